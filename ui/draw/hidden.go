package draw

import (
	"fmt"
	"unicode"
)

// hidden says what to do with a character that cannot be seen but changes how
// text reads: spell it out, or drop it. Both are empty for all others.
//
// Characters that reorder text (Unicode Standard Annex 9) can make a line read
// as something else, see https://trojansource.codes: they are spelt out. Marks
// of direction, joiners of words, and the like only take part in layout; they
// are dropped. U+200C and U+200D join letters and emoji and are kept.
func hidden(r rune) (spell string, drop bool) {
	switch {
	case r < 0xad:
		return "", false
	case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
		return fmt.Sprintf("<U+%04X>", r), false
	case r == 0x2028, r == 0x2029: // separators of lines and paragraphs
		return "␤", false
	case r == 0x200c, r == 0x200d:
		return "", false
	case r >= 0x0600 && r <= 0x0605, r == 0x06dd, r == 0x070f, r == 0x08e2, r == 0x110bd:
		return "", false // signs that show, though Unicode counts them as format
	}
	return "", unicode.Is(unicode.Cf, r)
}

// Seen reports whether a character may stand in a cell of a terminal as it is:
// it is no control character, and none that cannot be seen but changes how the
// text around it reads.
func Seen(r rune) bool {
	spell, drop := hidden(r)
	return spell == "" && !drop && !unicode.IsControl(r)
}
