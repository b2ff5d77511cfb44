package palette

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// where returns the places of a text's letters, in bytes, that stand for a word that was
// typed, whatever their case; nil if none do. They are
//
//   - the word in one piece, which whole tells,
//   - the first letters of words that follow each other: "rtp" for "restart the pool",
//   - or a word from its beginning, of which less is left out than is typed: "sop" for "stop".
//
// Letters here and there are nothing that somebody meant.
func where(text, word string) (at []int, whole bool) {
	if ascii(text) && ascii(word) { // most are, and this is fast
		if from := strings.Index(strings.ToLower(text), strings.ToLower(word)); from >= 0 {
			for i := range word {
				at = append(at, from+i)
			}
			return at, true
		}
	}
	letters, typed := lettersOf(text), lowered(word)
	for i := range letters {
		if at := piece(letters[i:], typed); at != nil {
			return at, true
		}
	}
	for i := range letters {
		if !letters[i].begins {
			continue
		}
		if at := initials(letters[i:], typed); at != nil {
			return at, false
		}
		if at := shortened(letters[i:], typed); at != nil {
			return at, false
		}
	}
	return nil, false
}

// letter is one of a text's.
type letter struct {
	r      rune // in lower case
	at     int  // in bytes
	inWord bool
	begins bool // a word
}

// lettersOf finds a text's words: "restart", "train" and "0" in "restart train/0", "Fork",
// "Pool" and "3" in "ForkPool-3".
func lettersOf(text string) []letter {
	all := make([]letter, 0, len(text))
	before := ' '
	for at, r := range text {
		l := letter{r: unicode.ToLower(r), at: at, inWord: isWord(r)}
		l.begins = l.inWord && (!isWord(before) || unicode.IsUpper(r) && unicode.IsLower(before) || unicode.IsDigit(r) != unicode.IsDigit(before))
		all, before = append(all, l), r
	}
	return all
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) }

// piece is where letters begin with what was typed.
func piece(letters []letter, typed []rune) (at []int) {
	if len(letters) < len(typed) {
		return nil
	}
	for i, r := range typed {
		if letters[i].r != r {
			return nil
		}
		at = append(at, letters[i].at)
	}
	return at
}

// initials is where the first letters of words are what was typed, from the first word on.
func initials(letters []letter, typed []rune) (at []int) {
	typed = slices.DeleteFunc(slices.Clone(typed), func(r rune) bool { return !isWord(r) })
	for _, l := range letters {
		switch {
		case len(at) == len(typed):
			return at
		case !l.begins:
		case l.r != typed[len(at)]:
			return nil
		default:
			at = append(at, l.at)
		}
	}
	if len(at) < len(typed) {
		return nil
	}
	return at
}

// shortened is where the first word has what was typed, with fewer letters left out than
// there are.
func shortened(letters []letter, typed []rune) (at []int) {
	for i, l := range letters {
		if !l.inWord || l.begins && i > 0 || i+1 >= 2*len(typed) {
			return nil
		}
		if l.r == typed[len(at)] {
			at = append(at, l.at)
		}
		if len(at) == 0 {
			return nil
		}
		if len(at) == len(typed) {
			return at
		}
	}
	return nil
}

func lowered(s string) []rune {
	var all []rune
	for _, r := range s {
		all = append(all, unicode.ToLower(r))
	}
	return all
}

func ascii(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
}
