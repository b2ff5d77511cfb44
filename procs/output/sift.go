package output

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"slices"
)

// A sifter rules out lines that cannot match, many at a time: whoever searches
// a log looks at the raw text of whole blocks, and only at what a sifter lets
// through as lines. It lets through every line that matches, and some more.
type sifter struct {
	words []word // a line that matches has one of them
	wide  bool   // one has a letter with a third form: see thirdForms
	tuned bool   // the words go by what is least common in the text itself
	plain []byte // a line without what does not show
}

// thirdForms are the letters outside ASCII that match k and s where case does
// not matter: KELVIN SIGN and LATIN SMALL LETTER LONG S, see unicode.SimpleFold.
var thirdForms = [][]byte{[]byte("\u212a"), []byte("\u017f")}

// newSifter returns a sifter for an expression, or nil if it would let
// everything through.
func newSifter(expr string) *sifter {
	words, fold := needs(expr)
	if len(words) == 0 {
		return nil
	}
	f := &sifter{}
	for _, w := range words {
		f.words = append(f.words, newWord(w, fold))
		f.wide = f.wide || fold && bytes.ContainsAny(w, "ks")
	}
	return f
}

// stretch is how much text is looked at in one go: what the second look reads
// is then still in the processor's cache.
const stretch = 16 << 10

// first returns the offset of the first line in text that may match, or -1.
// text begins at the start of a line.
func (f *sifter) first(text []byte) int {
	if !f.tuned && len(text) >= stretch {
		f.tuned = true
		for i := range f.words {
			f.words[i].tune(text[:stretch])
		}
	}
	for at := 0; at < len(text); {
		end := len(text)
		if end-at > stretch {
			end = at + stretch
			if n := bytes.LastIndexByte(text[at:end], '\n'); n >= 0 {
				end = at + n + 1
			} else if n := bytes.IndexByte(text[end:], '\n'); n >= 0 {
				end += n + 1
			} else {
				end = len(text)
			}
		}
		if i := f.firstOf(text[at:end]); i >= 0 {
			return at + i
		}
		at = end
	}
	return -1
}

// firstOf is first for a stretch. The words stand in the text as they are,
// but in lines with escape sequences and the like: these are looked at apart.
func (f *sifter) firstOf(text []byte) int {
	if f.wide && (bytes.Contains(text, thirdForms[0]) || bytes.Contains(text, thirdForms[1])) {
		return 0
	}
	hit, at := f.index(text, 0), 0
	for {
		until := len(text)
		if hit >= 0 {
			until = hit
		}
		c := firstControl(text[at:until])
		if c < 0 {
			if hit < 0 {
				return -1
			}
			return bytes.LastIndexByte(text[:hit], '\n') + 1
		}
		start := bytes.LastIndexByte(text[:at+c], '\n') + 1
		end := len(text)
		if n := bytes.IndexByte(text[at+c:], '\n'); n >= 0 {
			end = at + c + n + 1
		}
		if f.shows(text[start:end]) {
			return start
		}
		at = end
		if hit >= 0 && hit < at {
			hit = f.index(text, at)
		}
	}
}

// index returns where in text, from on, the first of the words stands.
func (f *sifter) index(text []byte, from int) int {
	found := -1
	for i := range f.words {
		w, end := &f.words[i], len(text)
		if found >= 0 {
			end = min(end, found+len(w.text)-1) // before the one that was found
		}
		if n := w.index(text[from:max(from, end)]); n >= 0 {
			found = from + n
		}
	}
	return found
}

// shows reports whether a line shows one of the words, once all that does not
// show is removed.
func (f *sifter) shows(line []byte) bool {
	shown := plain(f.plain, bytes.TrimSuffix(line, newline))
	if len(shown) > 0 && &shown[0] != &line[0] {
		f.plain = shown[:0]
	}
	return f.index(shown, 0) >= 0
}

// Bytes of a word that are looked at together, as in hasControl.
const (
	ones = 0x0101010101010101
	tops = 0x8080808080808080
	lows = ^uint64(tops)
)

// firstControl returns the offset of the first control character other than
// tab and newline, or -1. Most text has none, and that is told faster than
// where one is.
func firstControl(text []byte) int {
	if clean(text) {
		return -1
	}
	at := 0
	for ; len(text)-at >= 8; at += 8 {
		if m := controls(binary.LittleEndian.Uint64(text[at:])); m != 0 {
			return at + bits.TrailingZeros64(m)/8
		}
	}
	return at + slices.IndexFunc(text[at:], func(c byte) bool { return isControl(c) && c != '\n' })
}

// clean reports whether text has no control characters but tab and newline.
func clean(text []byte) bool {
	fine := uint64(tops)
	for ; len(text) >= 32; text = text[32:] {
		fine &= harmless(text) & harmless(text[8:]) & harmless(text[16:]) & harmless(text[24:])
	}
	for ; len(text) >= 8; text = text[8:] {
		fine &= harmless(text)
	}
	return fine == tops && !slices.ContainsFunc(text, func(c byte) bool { return isControl(c) && c != '\n' })
}

// harmless returns a word whose top bit of each byte is set where that of the
// first 8 bytes of b is no control character other than tab and newline. The
// bytes are turned by one for it, so that DEL comes before NUL: then 10 and 11
// are good, and what is above 32.
func harmless(b []byte) uint64 {
	x := binary.LittleEndian.Uint64(b)
	turned := (x&lows + ones) & lows
	const (
		atLeast10 = (0x80 - 10) * ones
		atLeast33 = (0x80 - 33) * ones
		atMost11  = (0x80 + 11) * ones
	)
	return (turned+atLeast10)&(turned+atLeast33|(atMost11-turned)) | x
}

// controls returns a word whose byte is 0x80 where that of x is a control
// character other than tab and newline, and 0 elsewhere.
func controls(x uint64) uint64 {
	x7 := x & lows
	small := ^(x7 + 0x60*ones)         // below 0x20
	tab := ^((x7 ^ '\t'*ones) + lows)  // equal to it
	line := ^((x7 ^ '\n'*ones) + lows) // likewise
	del := x7 + ones                   // 0x7f
	return ((small &^ (tab | line)) | del) &^ x & tops
}
