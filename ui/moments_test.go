package ui

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"example.com/muster/procs"
	"example.com/muster/profiling/locks/graph"
	"example.com/muster/session"
	"example.com/muster/ui/uitest"
)

// printed is a session of one program that prints 60 lines, ten milliseconds apart, and that is
// measured each 100 ms from 50 ms after its first line on: see [uitest.Session.Print].
func printed(t *testing.T) *stage {
	t.Helper()
	people := uitest.Many(2)
	for i := range 60 {
		people.Print(procs.ID{Pool: "sleep"}, 10000, procs.Stdout, "line "+string(rune('A'+i/10))+string(rune('0'+i%10)))
	}
	for i := range 6 {
		m := session.Moment{At: uitest.Now.Add(-time.Minute + time.Duration(50+100*i)*time.Millisecond), Run: 1, PID: 10000, CPUPercent: float64(10 * i), RSSBytes: int64(i) << 20, Threads: 1 + i, Doing: graph.OnCPU}
		if i == 3 {
			m.Doing, m.Waited = graph.InLock, graph.Waited{Kind: graph.Flock, ID: "flock:08:01:77", Name: "/tmp/a.lock", Holder: 4711, Contended: true}
		}
		if i == 4 { // in pthread_join(3), say
			m.Doing = graph.InLock
		}
		people.Did(m)
	}
	s := newStage(t, people)
	s.Resize(100, 30)
	s.Keys("2")
	return s
}

// has checks that the frame has some texts.
func (s *stage) has(t *testing.T, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(s.frame(), w) {
			t.Errorf("the frame lacks %q:\n%s", w, s.frame())
		}
	}
}

// T on a line shows what its writer did then; Esc, or T again, leads back to the same
// frame: the same line, search, filter and scroll.
func TestFromALineToItsMomentAndBack(t *testing.T) {
	s := printed(t)
	s.Keys("/")
	s.Type("line [BD]")
	s.Keys("enter", "&")
	s.Type("line [A-E]")
	s.Keys("enter", "g", "n", "n", "k")
	before := s.root.View()
	for _, back := range []string{"esc", "T"} {
		s.Keys("T")
		s.has(t, "sleep/0", "line B0", "12:02:12.100", "› 12:02:12.150", "+50ms", "10%", "1.0 MiB", "computing", "▲ then", "50 ms after the line: computing; 10% CPU, 1.0 MiB, 2 threads, pid 10000, run 1")
		s.Keys("j", "j")
		s.has(t, "› 12:02:12.350", "flock /tmp/a.lock <- 4711", "waiting for the flock on /tmp/a.lock, which pid 4711 had", "△ chosen")
		s.Keys("k", "k")
		s.Keys(back)
		if got := s.root.View(); got != before {
			t.Errorf("%s leads to another frame:\n%s\nit was:\n%s", back, got, before)
		}
	}
	// Following goes on as well.
	s = printed(t)
	before = s.root.View()
	s.Keys("T", "k", "esc")
	if got := s.root.View(); got != before {
		t.Errorf("following does not go on:\n%s", got)
	}
}

// From a measurement T leads to the first line at its instant or after it, on whatever source is shown.
func TestFromAMomentToTheLines(t *testing.T) {
	s := printed(t)
	s.Keys("g", "T", "j", "j", "j", "T") // 350 ms after the first line
	s.has(t, "line D5", "line 36 of 60", "held")
	s.Keys("T") // of that line, whose instant it is
	s.has(t, "› 12:02:12.350", "+0")
	s.Keys("g", "enter")
	s.has(t, "line 6 of 60")

	// With a filter that hides the line the next one that passes.
	s.Keys("&")
	s.Type("9$")
	s.Keys("enter", "T", "G", "T")
	s.has(t, "6 of 6", "&9$")
	if got := s.status(); strings.Contains(got, "nothing") {
		t.Errorf("it says %q", got)
	}

	// From the row of a process, to the output of that one.
	s.Keys("esc", "1", "g", "T")
	s.has(t, "sleep/0  what it does", "› 12:02:12.550")
	s.Keys("T")
	s.has(t, "line 56 of 60", "sleep/0")
}

// The lines of a pane are looked at, and gone to, in the pane.
func TestMomentsInThePane(t *testing.T) {
	s := printed(t)
	s.Keys("1", "tab", "g", "T")
	s.has(t, "line A0", "› 12:02:12.050", "waiting for a lock or a thread")
	s.Keys("j", "j", "T")
	s.has(t, "line 26 of 60", "NAME")
}

// What is not known is said in place.
func TestMomentsThatAreNotKept(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*uitest.Session)
		want   string
	}{
		"never measured": {func(*uitest.Session) {}, "it was never measured"},
		"older": {func(s *uitest.Session) {
			s.Did(session.Moment{At: uitest.Now.Add(-10 * time.Second), PID: 10000}, session.Moment{At: uitest.Now.Add(-9 * time.Second), PID: 10000})
		}, "no measurement of then is kept: they begin at 12:03:02.000 (the last 2)"},
		"too new": {func(s *uitest.Session) { s.Did(session.Moment{At: uitest.Now.Add(-2 * time.Minute), PID: 10000}) }, "nothing was measured then: the last one before is of 12:01:12.000"},
		"a hole": {func(s *uitest.Session) {
			s.Did(session.Moment{At: uitest.Now.Add(-2 * time.Minute), PID: 10000}, session.Moment{At: uitest.Now, PID: 10000})
		}, "nothing was measured then: the next one is of 12:03:12.000"},
		"refused": {func(s *uitest.Session) { s.Refuse(errors.New("cannot ask session \"x\": \x1b[2J it is older")) }, `cannot ask session "x":`},
	} {
		people := uitest.Many(1)
		people.Print(procs.ID{Pool: "sleep"}, 10000, procs.Stdout, "strange")
		c.change(people)
		s := newStage(t, people)
		s.Keys("2", "T")
		if !strings.Contains(s.frame(), c.want) || !strings.Contains(s.frame(), "strange") {
			t.Errorf("%s: the frame lacks %q:\n%s", name, c.want, s.frame())
		}
		s.Keys("T", "T", "esc")
		s.has(t, "line 1 of 1")
	}

	// A line of which it is not known who of several wrote it.
	people := uitest.Typical()
	people.Print(procs.ID{Pool: "train"}, 0, procs.Terminal, "by whom?")
	s := newStage(t, people)
	s.Keys("2", "T")
	s.has(t, "by whom?", "which of its processes wrote it is not known without --output by-writer", "pid 4121")

	// A writer that lived too short: what is known of its slot.
	people = uitest.Many(1)
	people.Print(procs.ID{Pool: "sleep"}, 77, procs.Stdout, "from a child")
	people.Did(session.Moment{At: uitest.Now.Add(-time.Minute), PID: 10000, Run: 1})
	s = newStage(t, people)
	s.Keys("2", "T")
	s.has(t, "its writer, pid 77, was never measured; this is the pool's own process", "pid 10000")
}

// What has no figure yet has no peak either: unknown is not 0.
func TestMomentsWithoutFigures(t *testing.T) {
	people := uitest.Many(1)
	people.Print(procs.ID{Pool: "sleep"}, 77, procs.Stdout, "from a child")
	unknown := session.Moment{At: uitest.Now.Add(-time.Minute), PID: 77, Run: 1, CPUPercent: procs.Unknown, RSSBytes: procs.Unknown, Threads: procs.Unknown}
	people.Did(unknown)
	s := newStage(t, people)
	s.Keys("2", "T")
	for _, name := range []string{"CPU", "MEM"} {
		if !regexp.MustCompile(name + " +peak -[ \n]").MatchString(s.frame()) {
			t.Errorf("%s has a peak:\n%s", name, s.frame())
		}
	}
	known := unknown
	known.At, known.CPUPercent, known.RSSBytes = known.At.Add(time.Second), 0, 5<<20
	people = uitest.Many(1)
	people.Print(procs.ID{Pool: "sleep"}, 77, procs.Stdout, "from a child")
	people.Did(unknown, known)
	s = newStage(t, people)
	s.Keys("2", "T")
	s.has(t, "peak 0%", "peak 5.0 MiB")
}

// While it is open the measurements that follow are shown, and what was chosen stays so.
func TestMomentsGoOn(t *testing.T) {
	people := uitest.Many(1)
	people.Print(procs.ID{Pool: "sleep"}, 10000, procs.Stdout, "last words")
	at := func(ms int) time.Time {
		return uitest.Now.Add(-time.Minute + time.Duration(ms)*time.Millisecond)
	}
	people.Did(session.Moment{At: at(-900), PID: 10000, CPUPercent: 1})
	s := newStage(t, people)
	s.Keys("2", "T")
	s.has(t, "› 12:02:11.100")
	measured := func(ms int) {
		people.Did(session.Moment{At: at(ms), PID: 10000, CPUPercent: 2})
		people.Change(func(snap *procs.Snapshot) {
			snap.Pools[0].Slots[0].Sample.At = uitest.Now.Add(time.Duration(ms) * time.Second)
		})
		s.frame()
	}
	measured(100)
	s.has(t, "› 12:02:12.100") // the first after the line
	s.Keys("k")
	measured(1100)
	s.has(t, "› 12:02:11.100", "  12:02:13.100")
}

// Hostile names, lines and figures, and terminals of all sizes.
func TestMomentsFit(t *testing.T) {
	people := uitest.Hostile()
	people.Did(session.Moment{
		At: uitest.Now.Add(-time.Minute), PID: 5, CPUPercent: procs.Unknown, RSSBytes: procs.Unknown, Threads: procs.Unknown, Doing: "\x1b[2J",
		Waited: graph.Waited{Kind: "\x1b]0;x\a", ID: "\x1b", Name: "\x1b[2J made at \x1b[3J", Holder: 1 << 30},
	},
		session.Moment{At: uitest.Now, PID: 5, Run: 1 << 30, CPUPercent: 1e300, RSSBytes: 1 << 62, Threads: 1 << 30})
	s := newStage(t, people)
	for _, size := range [][2]int{{20, 5}, {1, 1}, {2, 2}, {19, 3}, {40, 4}, {40, 12}, {300, 100}, {5, 60}} {
		s.Resize(size[0], size[1])
		for _, key := range []string{"2", "T", "j", "k", "g", "l", "esc", "1", "T", "T"} {
			s.Keys(key)
			uitest.Fits(t, s.root.View(), size[0], size[1])
		}
	}
}

// Help that was asked for on the way shows what was below it again.
func TestHelpOverAMoment(t *testing.T) {
	s := printed(t)
	s.Keys("g", "T", "j", "?")
	s.has(t, "what its process did")
	s.Resize(90, 28)
	for _, back := range []string{"esc", "?"} {
		s.Keys(back)
		s.has(t, "› 12:02:12.150", "△ chosen")
		s.Keys("?")
	}
	s.Keys("?", "esc")
	s.has(t, "line 1 of 60")
}

// What is shown can be copied, and a click chooses.
func TestMomentsCopyAndClick(t *testing.T) {
	s := printed(t)
	s.Keys("g", "T")
	s.display.asked()
	s.Keys("y")
	copied := strings.Join(s.display.asked(), "")
	for _, want := range []string{"sleep/0", "line A0", "12:02:12.050", "computing"} {
		if !strings.Contains(copied, want) {
			t.Errorf("what is copied lacks %q:\n%s", want, copied)
		}
	}
	for y, line := range strings.Split(s.frame(), "\n") {
		if strings.Contains(line, "12:02:12.350 ") {
			s.Click(20, y)
			break
		}
	}
	s.has(t, "› 12:02:12.350")
}
