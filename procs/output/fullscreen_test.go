package output

import (
	"strings"
	"testing"

	"example.com/muster/procs"
)

// shown is the texts of a page as a screen has them: "+" is a line in which the alternate
// screen was entered, "-" one of which nothing is to be seen.
func shown(p procs.Page) string {
	var all []string
	for i := range p.Lines {
		l := &p.Lines[i]
		text, drawn := OffScreen(l)
		line := string(plain(nil, text))
		switch {
		case l.Entered:
			line = "+" + line
		case drawn && line == "":
			line = "-"
		}
		all = append(all, line)
	}
	return strings.Join(all, "|")
}

func onTerminal(sl *Slot, text string) { sl.Write(procs.Terminal, 0, []byte(text)) }

// TestFullScreen: a slot knows when its program is on the alternate screen, wherever the
// output was cut into reads, and which lines that has made; its bytes stay.
func TestFullScreen(t *testing.T) {
	const all = "before\r\nedit \x1b[?25;1049h\x1b[Ha\r\nb\r\n\x1b[32mc\x1b[?25h\r\nd\x1b[?1049lafter\r\nlast\r\n"
	const from, to = len("before\r\nedit \x1b[?25;1049h"), len(all) - len("lafter\r\nlast\r\n") + 1
	for cut := range len(all) {
		s := New(Config{})
		sl := s.Slot(procs.ID{Pool: "p"})
		onTerminal(sl, all[:cut])
		if on := cut >= from && cut < to; sl.FullScreen() != on {
			t.Fatalf("after %q it is on the alternate screen: %v", all[:cut], !on)
		}
		onTerminal(sl, all[cut:])
		page := query(t, s, procs.Query{Source: procs.SlotSource(sl.id), Max: 10})
		if got, want := shown(page), "before|+edit |-|-|after|last"; got != want {
			t.Fatalf("cut at %d: %s, want %s", cut, got, want)
		}
		if got := string(page.Lines[3].Text); got != "\x1b[32mc\x1b[?25h" {
			t.Errorf("the text of a line has become %q", got)
		}
		merged := query(t, s, procs.Query{From: 2, Max: 3})
		if got := shown(merged); got != "-|-|after" {
			t.Errorf("of all output: %s", got)
		}
		_ = s.Close()
	}
}

// TestFullScreenEnds: a reset leaves the alternate screen, and so does the end of the run.
func TestFullScreenEnds(t *testing.T) {
	s := New(Config{})
	defer func() { _ = s.Close() }()
	sl := s.Slot(procs.ID{Pool: "p"})
	onTerminal(sl, "\x1b[?1049ha\r\n")
	sl.Note("muster says")
	onTerminal(sl, "b\x1bctext\r\n\x1b[?47h\x1b[?1")
	if !sl.FullScreen() {
		t.Error("it is not on the alternate screen any more")
	}
	sl.EndRun()
	onTerminal(sl, "049l\r\nplain\r\n")
	if sl.FullScreen() {
		t.Error("the next run is on the alternate screen of the one before")
	}
	sl.Write(procs.Stdout, 0, []byte("\x1b[?1049hpiped\n"))
	if sl.FullScreen() {
		t.Error("a pipe is on the alternate screen")
	}
	page := query(t, s, procs.Query{Source: procs.SlotSource(sl.id), Max: 10})
	if got, want := shown(page), "+|muster says|text|+|049l|plain|piped"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestFullScreenWithoutLines: a program that draws for long without a newline forgets its
// first strokes, and that it has entered the screen there.
func TestFullScreenWithoutLines(t *testing.T) {
	s := New(Config{})
	defer func() { _ = s.Close() }()
	sl := s.Slot(procs.ID{Pool: "p"})
	onTerminal(sl, "top\r\n\x1b[?1049h")
	onTerminal(sl, strings.Repeat(strings.Repeat("x", 99)+"\r", 2*maxLine/100))
	if last := sl.Last(); !last.Entered || !last.FullScreen || !last.Partial || strings.Contains(string(last.Text), "?1049") {
		t.Errorf("the last line entered %v, began there %v, partial %v", last.Entered, last.FullScreen, last.Partial)
	}
	onTerminal(sl, "\x1b[?1049l")
	onTerminal(sl, strings.Repeat(strings.Repeat("y", 99)+"\r", 2*maxLine/100)+"done     ")
	if last := sl.Last(); last.FullScreen {
		t.Error("a progress bar after it is taken for a part of its picture")
	}
	sl.EndRun()
	page := query(t, s, procs.Query{Source: procs.SlotSource(sl.id), Max: 10})
	if n := len(page.Lines); n != 2 || page.Lines[0].Entered || !page.Lines[1].Entered {
		t.Errorf("%d lines", n)
	}
}

// TestManyFullScreens: what is remembered of them is bounded.
func TestManyFullScreens(t *testing.T) {
	s := New(Config{})
	defer func() { _ = s.Close() }()
	sl := s.Slot(procs.ID{Pool: "p"})
	onTerminal(sl, strings.Repeat("\x1b[?1049h\r\nx\r\n\x1b[?1049l", 3*maxDrawings))
	if n := len(sl.drawn()); n != maxDrawings {
		t.Errorf("%d are remembered", n)
	}
	page := query(t, s, procs.Query{Source: procs.SlotSource(sl.id), From: procs.NewestLine, Backward: true, Max: 4})
	if got, want := shown(page), "-|+|-|-"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
