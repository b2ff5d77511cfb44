package headless

import (
	"bytes"
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"

	"example.com/muster/procs"
	"example.com/muster/procs/output"
	"example.com/muster/ui/theme"
)

// TestOpenLines prints lines that have not ended ("~" in front) among others:
// every line appears whole, and what follows a prompt stands behind it.
func TestOpenLines(t *testing.T) {
	for _, tt := range []struct {
		name     string
		terminal bool
		chunks   string // "slot:text", by spaces; _ is a space
		want     string
	}{
		{"it ends", false, "~0:Password:_ 0:Password:_x", "p/0 | Password: x\n"},
		{"it ends as it is", false, "~0:ok 0:ok 0:more", "p/0 | ok\np/0 | more\n"},
		{"it grows", false, "~0:. ~0:.. ~0:.. 0:...", "p/0 | ...\n"},
		{"another comes", false, "~0:Name:_ 1:hello 0:Name:_bob", "p/0 | Name: \np/1 | hello\np/0 | Name: bob\n"},
		{"another comes, and it ends as it was", false, "~0:Name:_ 1:hello 0:Name:_ 0:x", "p/0 | Name: \np/1 | hello\np/0 | x\n"},
		{"another comes, and it ends with others behind it", false, "~0:Name:_ ~1:ab 0:Name:_|c 1:abc", "p/0 | Name: \np/1 | ab\np/0 | c\np/1 | abc\n"},
		{"another comes, and it ends as it was behind one that stands", false, "~0:Name:_ ~1:ab 0:Name:_ 1:abc", "p/0 | Name: \np/1 | abc\n"},
		{"two progress bars are broken off once", false, "~0:. ~1:. ~0:.. ~0:... 0:.... 1:...", "p/0 | .\np/1 | .\np/0 | ....\np/1 | ...\n"},
		{"it becomes another", false, "~0:10% 0:done", "p/0 | 10%\np/0 | done\n"},
		{"more lines than it", false, "~0:a 0:ab|c", "p/0 | ab\np/0 | c\n"},
		{"a terminal is not hurt", true, "~0:a\x1b[2J 0:a\x1b[2Jb", "p/0 | ab\n"},
		{"a redrawn line", true, "~0:10% ~0:10%\r20% 0:10%\r20%\rdone", "p/0 | 10%\np/0 | done\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := printed(t, LineOptions{Terminal: tt.terminal}, tt.chunks); got != tt.want {
				t.Errorf("printed %q, want %q", got, tt.want)
			}
		})
	}
}

// TestRedrawnLines: a line that redraws itself is redrawn where it stands, if it can be
// reached there.
func TestRedrawnLines(t *testing.T) {
	const again = "\r\x1b[K"
	for _, tt := range []struct {
		name    string
		columns int
		chunks  string // as in TestOpenLines
		want    string
	}{
		{"it goes on, and ends", 20, "~0:10% ~0:10%\r20% ~0:10%\r20%\r30% 0:10%\r20%\r30%\rdone", "p/0 | 10%" + again + "p/0 | 20%" + again + "p/0 | 30%" + again + "p/0 | done\n"},
		{"it ends as it was", 20, "~0:10% ~0:10%\r20% 0:10%\r20% 0:x", "p/0 | 10%" + again + "p/0 | 20%\np/0 | x\n"},
		{"another comes", 20, "~0:10% 1:x ~0:10%\r20% 0:10%\r30%", "p/0 | 10%\np/1 | x\np/0 | 30%\n"},
		{"another comes, and it goes on below", 20, "~0:\r10% 1:x ~0:\r10%\r20% 0:\r10%\r30%", "p/0 | 10%" + again + "p/1 | x\np/0 | 20%" + again + "p/0 | 30%\n"},
		{"a second one waits until the first ends", 20, "~0:\r1% ~1:\r5% ~0:\r1%\r2% ~1:\r6% 0:\rdone ~1:\r7% 1:\rend", "p/0 | 1%" + again + "p/0 | 2%" + again + "p/0 | done\np/1 | 7%" + again + "p/1 | end\n"},
		{"a second one ends first", 20, "~0:\r1% ~1:\r5% 1:\rend ~0:\r2%", "p/0 | 1%" + again + "p/1 | end\np/0 | 2%"},
		{"a prompt comes", 20, "~0:\r1% ~1:Name:_", "p/0 | 1%" + again + "p/1 | Name: "},
		{"it is longer than a row and another comes", 9, "~0:\r10% 1:x ~0:\r20%", "p/0 | 10%\np/1 | x\n"},
		{"it is longer than a row", 9, "~0:10% ~0:10%\r20% 0:10%\r30%", "p/0 | 10%\np/0 | 30%\n"},
		{"it has become longer than a row", 10, "~0:10% ~0:10%_ 0:30%", "p/0 | 10% \np/0 | 30%\n"},
	} {
		if got := printed(t, LineOptions{Terminal: true, Columns: func() int { return tt.columns }}, tt.chunks); got != tt.want {
			t.Errorf("%s: printed %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestWholeLines: whoever counts lines gets each of them once.
func TestWholeLines(t *testing.T) {
	if got := printed(t, LineOptions{Whole: true}, "~0:Name:_ 1:hello ~1:. 0:Name:_bob 1:.."); got != "p/1 | hello\np/0 | Name: bob\np/1 | ..\n" {
		t.Errorf("printed %q", got)
	}
}

// TestColourless: what is no terminal gets the bytes as they came, unless somebody
// wants no colours.
func TestColourless(t *testing.T) {
	const line = "0:\x1b[31mred\x1b[0m\x1b[2J\xff\tx 0:a\x00b"
	for colourless, want := range map[bool]string{
		false: "p/0 | \x1b[31mred\x1b[0m\x1b[2J\xff\tx\np/0 | a\x00b\n",
		true:  "p/0 | red\xff\tx\np/0 | a\x00b\n",
	} {
		if got := printed(t, LineOptions{Colourless: colourless}, line); got != want {
			t.Errorf("colourless %v: printed %q, want %q", colourless, got, want)
		}
	}
}

// printed plays chunks, "slot:text" by spaces, with _ for a space, | for a newline and ~
// in front of a line that has not ended.
func printed(t *testing.T, o LineOptions, chunks string) string {
	t.Helper()
	var out bytes.Buffer
	o.Out, o.Prefix, o.Theme = &out, "name", theme.New(colorprofile.NoTTY, true)
	p := NewLines(o)
	for _, c := range strings.Split(chunks, " ") {
		c, open := strings.CutPrefix(c, "~")
		text := strings.NewReplacer("_", " ", "|", "\n").Replace(c[2:]) + "\n"
		chunk := output.Chunk{ID: procs.ID{Pool: "p", Slot: int(c[0] - '0')}, Text: []byte(text), Lines: strings.Count(text, "\n"), Open: open}
		if open {
			p.Open(chunk)
		} else {
			p.Print(chunk)
		}
	}
	if err := p.Flush(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestSay: a sentence stands on a line of its own, whatever stands before it.
func TestSay(t *testing.T) {
	chunk := func(text string) output.Chunk {
		return output.Chunk{ID: procs.ID{Pool: "p"}, Lines: 1, Text: []byte(text + "\n")}
	}
	for name, tt := range map[string]struct {
		before, after func(*Lines)
		want          string
	}{
		"a line":                 {func(p *Lines) { p.Print(chunk("a")) }, func(p *Lines) { p.Print(chunk("b")) }, "p/0 | a\nSo.\np/0 | b\n"},
		"a prompt":               {func(p *Lines) { p.Open(chunk("Name: ")) }, func(p *Lines) { p.Print(chunk("Name: bob")) }, "p/0 | Name: \nSo.\np/0 | Name: bob\n"},
		"a part of a long line":  {func(p *Lines) { c := chunk("lo"); c.Cut = true; p.Print(c) }, func(p *Lines) { p.Print(chunk("ng")) }, "p/0 | lo\nSo.\np/0 | ng\n"},
		"nothing, and no words":  {func(p *Lines) { p.say("") }, func(p *Lines) { p.say("") }, "So.\n"},
		"what may hurt a screen": {func(p *Lines) { p.Print(chunk("\x1b[31;5ma\x1b[2J")) }, func(*Lines) {}, "p/0 | a\nSo.\n"},
	} {
		var out bytes.Buffer
		p := NewLines(LineOptions{Out: &out, Prefix: "name", Terminal: true, Theme: theme.New(colorprofile.NoTTY, true)})
		tt.before(p)
		p.say("So.")
		tt.after(p)
		if err := p.Flush(); err != nil || out.String() != tt.want {
			t.Errorf("after %s: %q, want %q (%v)", name, out.String(), tt.want, err)
		}
	}
}
