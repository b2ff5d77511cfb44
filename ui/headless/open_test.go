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
		{"two progress bars are broken off once", false, "~0:. ~1:. ~0:.. ~0:... 0:.... 1:...", "p/0 | .\np/1 | .\np/0 | ....\np/1 | ...\n"},
		{"it becomes another", false, "~0:10% 0:done", "p/0 | 10%\np/0 | done\n"},
		{"more lines than it", false, "~0:a 0:ab|c", "p/0 | ab\np/0 | c\n"},
		{"a terminal is not hurt", true, "~0:a\x1b[2J 0:a\x1b[2Jb", "p/0 | ab\n"},
		{"a redrawn line", true, "~0:10% ~0:10%\r20% 0:10%\r20%\rdone", "p/0 | 10%\np/0 | done\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			p := NewLines(LineOptions{Out: &out, Prefix: "name", Terminal: tt.terminal, Theme: theme.New(colorprofile.NoTTY, true)})
			for _, c := range strings.Split(tt.chunks, " ") {
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
			if out.String() != tt.want {
				t.Errorf("printed %q, want %q", out.String(), tt.want)
			}
		})
	}
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
		"nothing, and no words":  {func(p *Lines) { p.Say("") }, func(p *Lines) { p.Say("") }, "So.\n"},
		"what may hurt a screen": {func(p *Lines) { p.Print(chunk("\x1b[31;5ma\x1b[2J")) }, func(*Lines) {}, "p/0 | a\nSo.\n"},
	} {
		var out bytes.Buffer
		p := NewLines(LineOptions{Out: &out, Prefix: "name", Terminal: true, Theme: theme.New(colorprofile.NoTTY, true)})
		tt.before(p)
		p.Say("So.")
		tt.after(p)
		if err := p.Flush(); err != nil || out.String() != tt.want {
			t.Errorf("after %s: %q, want %q (%v)", name, out.String(), tt.want, err)
		}
	}
}
