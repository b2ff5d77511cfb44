package vt

import (
	"strings"
	"testing"

	"example.com/muster/ui/draw"
)

// text is the screen without colours, a line each.
func text(s *Screen) string {
	lines := make([]string, s.h)
	for y := range lines {
		lines[y] = strings.TrimRight(s.Line(y, draw.NoColours), " ")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

// cases are programs for a screen of 10x4, with what it shows then. What tmux
// makes of them is compared in tmux_linux_test.go.
var cases = []struct{ name, in, want string }{
	{"lines", "ab\r\ncd\r\n", "ab\ncd"},
	{"a line that is too long wraps", "0123456789ab", "0123456789\nab"},
	{"the last column waits for the next character", "0123456789\r\nx", "0123456789\nx"},
	{"a cursor that waits in the last column goes back from there", "0123456789\bx", "01234567x9"},
	{"the screen scrolls", "a\r\nb\r\nc\r\nd\r\ne", "b\nc\nd\ne"},
	{"backspace and carriage return overwrite", "abc\b\bX\rY", "YXc"},
	{"tabs", "a\tb\r\n\t\tc", "a       b\n         c"},
	{"tab stops are set and cleared", "\x1b[3g\x1b[4G\x1bH\r\ta\x1b[0g", "   a"},
	{"cursor moves", "\x1b[3;4Ha\x1b[A\x1b[2Db\x1b[2Bc\x1b[2Cd\x1b[Ee\x1b[Ff\x1b[6Gg\x1b[2dh", "\n  b   h\nf  a g\ne  c  d"},
	{"moves end at the edges", "\x1b[99;99Ha\x1b[99A\x1b[99Db\x1b[99B\x1b[99Cc", "b\n\n\n         c"},
	{"erase in line", "abcdef\r\nabcdef\r\nabcdef\x1b[1;4H\x1b[K\x1b[2;4H\x1b[1K\x1b[3;4H\x1b[2K", "abc\n    ef"},
	{"erase in display", "abcd\r\nabcd\r\nabcd\x1b[2;2H\x1b[J", "abcd\na"},
	{"erase above", "abcd\r\nabcd\r\nabcd\x1b[2;2H\x1b[1J", "\n  cd\nabcd"},
	{"erase all keeps the cursor", "abcd\x1b[2Jx", "    x"},
	{"insert, delete and erase characters", "abcdef\x1b[2G\x1b[2@\r\nabcdef\x1b[2G\x1b[2P\r\nabcdef\x1b[2G\x1b[2X", "a  bcdef\nadef\na  def"},
	{"insert and delete lines", "a\r\nb\r\nc\r\nd\x1b[2;1H\x1b[L\x1b[1;1H\x1b[M", "\nb\nc"},
	{"a scroll region", "a\r\nb\r\nc\r\nd\x1b[2;3r\x1b[3;1H\nX\x1b[r", "a\nc\nX\nd"},
	{"a region scrolls down too", "a\r\nb\r\nc\r\nd\x1b[2;3r\x1b[2;1H\x1bMX\x1b[r", "a\nX\nb\nd"},
	{"lines below the region do not scroll", "\x1b[1;2r\x1b[4;1Ha\nb", "\n\n\nab"},
	{"moves end at the margins", "\x1b[2;3r\x1b[3;1H\x1b[9Aa\x1b[9Bb\x1b[r\x1b[4;1H\x1b[2;3r\x1b[4;3H\x1b[9Ac", "\na c\n b"},
	{"scroll up and down", "a\r\nb\r\nc\r\nd\x1b[S\x1b[2T", "\n\nb\nc"},
	{"origin", "\x1b[2;3r\x1b[?6h\x1b[1;1Ha\x1b[9;1Hb\x1b[?6l\x1b[1;1Hc\x1b[r", "c\na\nb"},
	{"insert mode", "abc\r\x1b[4hX\x1b[4lY", "XYbc"},
	{"no wrap", "\x1b[?7l0123456789ab\x1b[?7h", "012345678b"},
	{"save and restore", "ab\x1b7\x1b[3;3Hc\x1b8d", "abd\n\n  c"},
	{"the alternate screen leaves the main one alone", "abc\x1b[?1049h\x1b[Hxyz\x1b[?1049ld", "abcd"},
	{"on the alternate screen", "abc\x1b[?1049h\x1b[Hxyz", "xyz"},
	{"line drawing", "\x1b(0lqk\x1b(Blqk", "┌─┐lqk"},
	{"line drawing by shift", "\x1b)0x\x0ex\x0fx", "x│x"},
	{"wide characters", "世界!\x1b[1;3HX", "世X !"},
	{"half a wide character goes with the other half", "世界!\x1b[1;2HX", " X界!"},
	{"a wide character does not stand at the edge", "012345678世", "012345678\n世"},
	{"accents", "e\u0301a", "e\u0301a"},
	{"repeat", "ab\x1b[3bc", "abbbbc"},
	{"unknown sequences show nothing", "a\x1b[>4;2m\x1b[?2026h\x1b]0;title\x07\x1bP+q544e\x1b\\\x1b[?u\x1b[1;2;3yb", "ab"},
	{"a title that ends with ST", "a\x1b]2;title\x1b\\b", "ab"},
	{"a sequence that is given up", "a\x1b[12\x18b\x1b[3\x1b[Cc", "ab c"},
	{"controls within a sequence", "abc\x1b[\b2Dd", "dbc"},
	{"all is new", "abc\x1b[2;3r\x1b[4h\x1bcd", "d"},
	{"aligned", "\x1b#8\x1b[2;2H\x1b[J", "EEEEEEEEEE\nE"},
	{"bytes that are no text", "a\xffb\xe4\xb8", "a\ufffdb"},
}

func TestWhatIsShown(t *testing.T) {
	for _, tt := range cases {
		whole, pieces := New(10, 4), New(10, 4)
		_, _ = whole.Write([]byte(tt.in))
		if got := text(whole); got != tt.want {
			t.Errorf("%s: %q shows\n%s\nwant\n%s", tt.name, tt.in, got, tt.want)
		}
		for i := range len(tt.in) {
			_, _ = pieces.Write([]byte{tt.in[i]})
		}
		if got := text(pieces); got != tt.want {
			t.Errorf("%s: byte by byte it shows\n%s\nwant\n%s", tt.name, got, tt.want)
		}
	}
}

func TestColours(t *testing.T) {
	for _, tt := range []struct{ in, want, attributes string }{
		{"\x1b[1;31mred\x1b[0m plain", "\x1b[1;31mred\x1b[m plain", "\x1b[1mred\x1b[m plain"},
		{"\x1b[38;5;208ma\x1b[48;2;1;2;3mb", "\x1b[38;5;208ma\x1b[m\x1b[38;5;208;48;2;1;2;3mb\x1b[m", "ab"},
		{"\x1b[38:2::1:2:3;4ma", "\x1b[4;38;2;1;2;3ma\x1b[m", "\x1b[4ma\x1b[m"},
		{"\x1b[44m\x1b[K", "\x1b[44m          \x1b[m", ""},
		{"a\x1b[7mb\x1b[27mc", "a\x1b[7mb\x1b[mc", "a\x1b[7mb\x1b[mc"},
		{"\x1b[>4;2ma\x1b[?1mb", "ab", "ab"},
		{"\x1b[31m\x1b7\x1b[32ma\x1b8b", "\x1b[31mb\x1b[m", "b"},
	} {
		s := New(10, 1)
		_, _ = s.Write([]byte(tt.in))
		if got := s.Line(0, draw.AllColours); got != tt.want {
			t.Errorf("%q is %q, want %q", tt.in, got, tt.want)
		}
		if got := s.Line(0, draw.AttributesOnly); got != tt.attributes {
			t.Errorf("%q without colours is %q, want %q", tt.in, got, tt.attributes)
		}
	}
}

func TestReplies(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"\x1b[c\x1b[0c", "\x1b[?1;2c\x1b[?1;2c"},
		{"\x1b[5n", "\x1b[0n"},
		{"ab\r\nabc\x1b[6n", "\x1b[2;4R"},
		{"\x1b[2;3r\x1b[?6h\n\x1b[6n", "\x1b[2;1R"},
		{"\x1b]10;?\a\x1b]11;?\x1b\\", "\x1b]10;rgb:ffff/ffff/ffff\a\x1b]11;rgb:0000/0000/0000\x1b\\"},
		{"\x1b[?2026$p", "\x1b[?2026;0$y"},
		{"\x1b[>c\x1b[1c\x1b]52;c;?\a", ""},
	} {
		s := New(10, 4)
		_, _ = s.Write([]byte(tt.in))
		if got := string(s.Replies()); got != tt.want {
			t.Errorf("%q is answered with %q, want %q", tt.in, got, tt.want)
		}
		if again := s.Replies(); len(again) > 0 {
			t.Errorf("%q is answered twice", tt.in)
		}
	}
}

func TestModes(t *testing.T) {
	s := New(10, 4)
	_, _ = s.Write([]byte("\x1b[?1;2004h\x1b=\x1b[?1000h\x1b[?1006h\x1b[?1049h\x1b[?25l"))
	if want := (Modes{AppCursor: true, AppKeypad: true, Paste: true, Alternate: true, Mouse: true, MouseSGR: true}); s.Modes() != want {
		t.Errorf("%+v", s.Modes())
	}
	if _, _, shown := s.Cursor(); shown {
		t.Error("the cursor is shown")
	}
	_, _ = s.Write([]byte("\x1b[!p"))
	if _, _, shown := s.Cursor(); !shown || s.Modes() != (Modes{Alternate: true}) {
		t.Errorf("after a soft reset: %+v, cursor %v", s.Modes(), shown)
	}
}

// Characters that reorder a line would make it read as something else.
func TestWhatCannotBeSeenIsNotShown(t *testing.T) {
	s := New(10, 1)
	_, _ = s.Write([]byte("a\u202eb\u2066c\u200bd"))
	for _, r := range s.Line(0, draw.AllColours) {
		if !draw.Seen(r) {
			t.Errorf("%q holds %U", s.Line(0, draw.AllColours), r)
		}
	}
}

func FuzzScreen(f *testing.F) {
	for _, tt := range cases {
		f.Add([]byte(tt.in), uint8(10), uint8(4))
		f.Add([]byte(tt.in), uint8(1), uint8(1))
	}
	f.Add([]byte("\x1b[?1049h\x1b[99999999999;2r\x1b[5;10r\x1bD\x1bM\x1b[38:2::1:2:3m世\x1b[2L\x1b[99999b👩\u200d👩\u200d👧"), uint8(3), uint8(9))
	f.Add([]byte("00\u200d\xff0"), uint8(4), uint8(1))
	f.Fuzz(func(t *testing.T, in []byte, w, h uint8) {
		s := New(int(w), int(h))
		_, _ = s.Write(in)
		cols, rows := s.w, s.h
		if x, y, _ := s.Cursor(); x < 0 || x >= cols || y < 0 || y >= rows {
			t.Fatalf("the cursor is at %d,%d of %dx%d", x, y, cols, rows)
		}
		for y := range rows {
			sum := 0
			for _, c := range s.grid[y].cells {
				sum += int(c.width)
			}
			if sum != cols || len(s.grid[y].cells) != cols {
				t.Fatalf("line %d has %d cells that are %d wide, of %d", y, len(s.grid[y].cells), sum, cols)
			}
			line := s.Line(y, draw.AllColours)
			if n := draw.Width(line); n > cols {
				t.Fatalf("line %d is %d wide: %q", y, n, line)
			}
			if plain := s.Line(y, draw.NoColours); strings.ContainsFunc(plain, func(r rune) bool { return r < ' ' || r == del }) {
				t.Fatalf("line %d acts on a terminal: %q", y, plain)
			}
		}
		if s.top < 0 || s.bottom > rows || s.top >= s.bottom {
			t.Fatalf("the region is %d to %d of %d", s.top, s.bottom, rows)
		}
		if len(s.Replies()) > maxReplies {
			t.Fatal("it answers without end")
		}
	})
}
