package output

import (
	"bytes"
	"strings"
)

// A word is what a sifter looks for. It goes from one place to the next where
// the least common of the word's bytes stands, which is several times as fast
// as [bytes.Index]: that goes by the first two, however common they are.
type word struct {
	text []byte // in lower case, if case does not matter
	fold bool
	rare int  // the place of the byte to go by
	a, b byte // that byte; in lower and upper case
}

// maxWord is how much of a word is looked for. The line decides on the rest.
const maxWord = 48

// common are bytes as they are found in logs, the most common ones first.
const common = " e0ta1oi2nsr-:h3dl4.u5c6m7p8/9fg,_=yb\"wvk()[]'T{}xjqz"

// newWord returns a word; text is not empty, and in lower case if fold.
func newWord(text []byte, fold bool) word {
	w := word{text: text[:min(len(text), maxWord)], fold: fold}
	w.goBy(func(b byte) int {
		if n := strings.IndexByte(common, b); n >= 0 {
			return len(common) - n
		}
		return 0
	})
	return w
}

// tune goes by what is least common in a text that is like those to come.
func (w *word) tune(text []byte) {
	w.goBy(func(b byte) int {
		n := bytes.Count(text, []byte{b})
		if w.fold && upper(b) != b {
			n += bytes.Count(text, []byte{upper(b)})
		}
		return n
	})
}

// goBy chooses the byte that is least often found.
func (w *word) goBy(often func(byte) int) {
	least := often(w.text[0])
	w.rare = 0
	for i, b := range w.text[1:] {
		if n := often(b); n < least {
			least, w.rare = n, i+1
		}
	}
	w.a = w.text[w.rare]
	w.b = w.a
	if w.fold {
		w.b = upper(w.a)
	}
}

// upper returns an ASCII letter in upper case, other bytes as they are.
func upper(b byte) byte {
	if 'a' <= b && b <= 'z' {
		return b - ('a' - 'A')
	}
	return b
}

// index returns the offset of the word in text, or -1.
func (w *word) index(text []byte) int {
	last := len(text) - len(w.text)
	if last < 0 {
		return -1
	}
	within := text[w.rare : last+w.rare+1] // where the byte can be
	other := none
	if w.b != w.a {
		other = after(within, w.b, 0)
	}
	for next := after(within, w.a, 0); ; {
		at := min(next, other)
		if at == none {
			return -1
		}
		if w.is(text[at : at+uint64(len(w.text))]) {
			return int(at)
		}
		if at == next {
			next = after(within, w.a, at+1)
		} else {
			other = after(within, w.b, at+1)
		}
	}
}

// after returns the offset of b in text, from on, or none.
func after(text []byte, b byte, from uint64) uint64 {
	i := bytes.IndexByte(text[from:], b)
	if i < 0 {
		return none
	}
	return from + uint64(i)
}

// is reports whether text, which is as long, is the word.
func (w *word) is(text []byte) bool {
	if !w.fold {
		return string(text) == string(w.text)
	}
	for i, c := range text {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != w.text[i] {
			return false
		}
	}
	return true
}
