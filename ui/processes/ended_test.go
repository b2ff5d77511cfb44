package processes_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/muster/procs"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/uitest"
)

// family is a screen over three slots of which the first has the descendants.
func family(w, h int, list ...procs.Descendant) screen {
	session := uitest.Many(3)
	session.Change(func(snap *procs.Snapshot) { snap.Pools[0].Slots[0].Descendants = list })
	return newScreen(session, w, h)
}

// child is a descendant of that slot that runs.
func child(pid int, label string) procs.Descendant {
	return procs.Descendant{PIDRef: procs.PIDRef{PID: pid, StartTime: uint64(pid)}, PPID: 10000, Depth: 1, Label: label, State: procs.RunSleeping}
}

// dead is one that has ended some time ago and been waited for.
func dead(pid int, label string, exit procs.Exit, ago time.Duration) procs.Descendant {
	d := child(pid, label)
	exit.At = uitest.Now.Add(-ago)
	d.State, d.Exit = procs.RunDead, &exit
	return d
}

// crashed is one whose end is told as a crash.
func crashed(pid int, label string, exit procs.Exit, ago time.Duration) procs.Descendant {
	d := dead(pid, label, exit, ago)
	d.Told = true
	return d
}

// zombie is one that nobody has waited for.
func zombie(pid int, code int, ago time.Duration) procs.Descendant {
	d := dead(pid, fmt.Sprintf("process-%d", pid), procs.Exit{Code: code}, ago)
	d.State = procs.RunZombie
	return d
}

// A shell script's commands answer by their codes: only an end that is told as a crash has
// a row, and all slots stay in sight.
func TestOnlyATellingEndKeepsItsRow(t *testing.T) {
	list := []procs.Descendant{child(20, "sleep")}
	for pid := 100; pid < 160; pid++ {
		list = append(list, dead(pid, "grep", procs.Exit{Code: 1}, time.Second), dead(pid+100, "timeout", procs.Exit{Signal: procs.SIGTERM}, time.Second))
	}
	list = append(list, crashed(300, "worker-1", procs.Exit{Signal: procs.Signal(11)}, time.Second), crashed(301, "worker-2", procs.Exit{}, 2*time.Second))
	for _, size := range sizes {
		s := family(size.w, size.h-3, list...)
		for _, name := range []string{"grep", "timeout"} {
			if rows := s.lines(name); len(rows) > 0 {
				t.Errorf("%d columns: commands of a script have rows: %q", size.w, rows)
			}
		}
		for name, want := range map[string]string{"sleep/1": "●", "sleep/2": "●", "├ sleep": "·", "rker-1": "✗ SIGSEGV", "rker-2": "✗ exit 0"} {
			if rows := s.lines(name); len(rows) != 1 || !strings.Contains(rows[0], want) {
				t.Errorf("%d columns: the rows of %s are %q, want one with %q:\n%s", size.w, name, rows, want, s.text())
			}
		}
	}
}

// However many have crashed, the newest have rows, and one row has the others.
func TestOfManyCrashesTheNewestHaveRows(t *testing.T) {
	list := []procs.Descendant{child(20, "worker-20")}
	for i := range 12 {
		list = append(list, crashed(100+i, fmt.Sprintf("worker-%d", i), procs.Exit{Code: 3}, time.Duration(12-i)*time.Second/2))
	}
	s := family(120, 37, list...)
	var names []string
	for l := range strings.Lines(s.text()) {
		if strings.Contains(l, "├ ") || strings.Contains(l, "└ ") {
			names = append(names, strings.Fields(l)[1]+" "+strings.Fields(l)[2])
		}
	}
	want := []string{"worker-20 20", "8 more", "worker-8 108", "worker-9 109", "worker-10 110", "worker-11 111"}
	if !slices.Equal(names, want) {
		t.Errorf("the rows are %q, want %q:\n%s", names, want, s.text())
	}
	if l := s.lines("8 more"); len(l) != 1 || !strings.Contains(l[0], "✗ ended") || !strings.Contains(l[0], "see the crashes") {
		t.Errorf("the row of the others is %q", l)
	}
}

// What runs is above what has ended, unless the rows are sorted by what needs a look.
func TestWhatHasEndedIsBelowWhatRuns(t *testing.T) {
	s := family(120, 37, crashed(100, "gone", procs.Exit{Code: 3}, time.Second), zombie(101, 0, time.Minute), child(20, "busy"))
	for range 4 {
		text := s.text()
		if strings.Contains(text, "STATE↓") {
			s.press(keys.Sort)
			continue
		}
		if busy := strings.Index(text, "busy"); busy > strings.Index(text, "gone") || busy > strings.Index(text, "process-101") {
			t.Errorf("what has ended is above what runs:\n%s", text)
		}
		s.press(keys.Sort)
	}
}

// What is folded away is counted if it runs, and can be unfolded if it does not.
func TestAFoldCountsWhatRuns(t *testing.T) {
	s := family(120, 37, child(20, "busy"), crashed(100, "gone", procs.Exit{Code: 3}, time.Second), zombie(101, 0, time.Minute), zombie(102, 0, time.Minute))
	s.press(keys.Fold)
	if l := s.lines("sleep/0 +1 "); len(l) != 1 || len(s.lines("gone"))+len(s.lines("zombie")) > 0 {
		t.Errorf("folded:\n%s", s.text())
	}
	s = family(120, 37, zombie(101, 0, time.Minute), zombie(102, 0, time.Minute))
	s.press(keys.Fold)
	if l := s.lines("sleep/0 +0 "); len(l) != 1 {
		t.Errorf("folded, with none that runs:\n%s", s.text())
	}
	s.press(keys.Right)
	if len(s.lines("2 zombies")) != 1 {
		t.Errorf("unfolded again:\n%s", s.text())
	}
}

// Zombies that stay are one row for each parent, whatever their codes.
func TestZombiesAreToldInOneRow(t *testing.T) {
	list := []procs.Descendant{child(20, "child")}
	for pid := 1000; pid < 1300; pid++ {
		list = append(list, zombie(pid, pid%2, time.Minute))
	}
	one := zombie(2000, 1, time.Minute)
	one.PPID, one.Depth = 20, 2
	for _, size := range sizes {
		s := family(size.w, size.h-3, append(list, one)...)
		many := s.lines("300 zom")
		if len(many) != 1 || !strings.Contains(many[0], "✝ zombie") {
			t.Errorf("%d columns: the row of the zombies is %q:\n%s", size.w, many, s.text())
		}
		if size.w >= 80 && len(many) == 1 && !strings.Contains(many[0], "150 of them failed: exit 1") ||
			size.w >= 120 && len(many) == 1 && !strings.Contains(many[0], "their parent has not waited for them") {
			t.Errorf("%d columns: the row %q does not say what is wrong", size.w, many[0])
		}
		if l := s.lines("│ └ p"); len(l) != 1 || !strings.Contains(l[0], "✝ zombie") {
			t.Errorf("%d columns: the row of the zombie of the child is %q:\n%s", size.w, l, s.text())
		}
	}
	s := family(120, 37, append(list, one)...)
	s.press(keys.Bottom, keys.Up, keys.Up)
	if l := s.lines("─ 300 zombies, 150 of them failed: exit 1; their parent has not waited for them"); len(l) != 1 {
		t.Errorf("the detail of the selected row is another:\n%s", s.text())
	}
	for _, v := range []keys.Verb{keys.Stop, keys.Kill, keys.Debug} {
		if got := s.press(v); got != (keys.SayMsg{Text: "300 zombies have ended already: only their parent can remove them, by waiting for them", Bad: true}) {
			t.Errorf("verb %d asks for %#v", v, got)
		}
	}
	s.press(keys.Up)
	if l := s.lines("─ exit 1, 1:00 ago; its parent has not waited for it"); len(l) != 1 {
		t.Errorf("the detail of a single zombie is another:\n%s", s.text())
	}
	if got := s.press(keys.Stop); got != (keys.SayMsg{Text: "process-2000 (pid 2000) has ended already: only its parent can remove it, by waiting for it", Bad: true}) {
		t.Errorf("stop asks for %#v", got)
	}
}

// A row of zombies says how those ended that did not end well, as far as it has room.
func TestZombiesSayHowTheyEnded(t *testing.T) {
	z := func(pid int, exit procs.Exit) procs.Descendant {
		d := zombie(pid, 0, time.Minute)
		exit.At = d.Exit.At
		d.Exit = &exit
		return d
	}
	ok, one, two, unknown := procs.Exit{}, procs.Exit{Code: 1}, procs.Exit{Code: 2}, procs.Exit{Unknown: true}
	segv, long := procs.Exit{Signal: procs.Signal(11)}, procs.Exit{Code: 100}
	for name, tt := range map[string]struct {
		ends []procs.Exit
		row  string // at 120 columns
		thin string // at 40
	}{
		"of two ways":     {[]procs.Exit{ok, one, two}, "2 of them failed: exit 1, exit 2; their parent has not waited for them", "exit 1, ex"},
		"of one way":      {[]procs.Exit{one, ok, one}, "2 of them failed: exit 1; their parent has not waited for them", "exit 1"},
		"the most first":  {[]procs.Exit{one, two, two, segv}, "all failed: exit 2 ×2, SIGSEGV, exit 1; their parent", "exit 2"},
		"of many ways":    {[]procs.Exit{one, two, two, segv, long, {Code: 3}}, "all failed: exit 2 ×2, SIGSEGV, exit 1, …; their parent", "exit 2"},
		"well":            {[]procs.Exit{ok, ok}, "   their parent has not waited for them", "their par"},
		"as nobody knows": {[]procs.Exit{unknown, ok}, "   their parent has not waited for them", "their par"},
		"one well":        {[]procs.Exit{ok}, "   its parent has not waited for it", "its parent"},
		"one badly":       {[]procs.Exit{two}, "   exit 2; its parent has not waited for it", "exit 2"},
	} {
		var list []procs.Descendant
		for i, e := range tt.ends {
			list = append(list, z(100+i, e))
		}
		for w, want := range map[int]string{120: tt.row, 40: tt.thin} {
			s := family(w, 9, list...)
			if rows := s.lines("✝ zombie"); len(rows) != 1 || !strings.Contains(strings.ReplaceAll(rows[0], "✝ zombie", ""), want) {
				t.Errorf("%s: at %d columns the row is %q, want %q:\n%s", name, w, rows, want, s.text())
			}
		}
	}
	s := family(120, 37, z(100, ok), z(101, one), z(102, two))
	s.press(keys.Down)
	if l := s.lines("─ 3 zombies, 2 of them failed: exit 1, exit 2; their parent has not waited for them"); len(l) != 1 {
		t.Errorf("the detail of the selected row is another:\n%s", s.text())
	}
	s = family(120, 37, z(101, two))
	s.press(keys.Down)
	if l := s.lines("─ exit 2, 1:00 ago; its parent has not waited for it"); len(l) != 1 {
		t.Errorf("the detail of a single zombie is another:\n%s", s.text())
	}
}

// Of many that have crashed and that nobody has waited for, the newest say how they ended.
func TestManyCrashedZombies(t *testing.T) {
	var list []procs.Descendant
	for i := range 30 {
		d := zombie(100+i, 1, 9*time.Second)
		d.Told = true
		list = append(list, d)
	}
	s := family(120, 37, list...)
	if l := s.lines("26 more zombies"); len(l) != 1 || !strings.Contains(l[0], "✝ zombie") || len(s.lines("✗ exit 1")) != 4 {
		t.Errorf("the row of those without one of their own is %q:\n%s", l, s.text())
	}
	for i := range list {
		list[i].Exit.At = uitest.Now.Add(-time.Second)
	}
	s = family(120, 37, list...)
	if len(s.lines("zombie")) > 0 || len(s.lines("✗ exit 1")) != 4 {
		t.Errorf("told too soon:\n%s", s.text())
	}
}

// What will be waited for in a moment is not told.
func TestAZombieOfAMomentIsNotTold(t *testing.T) {
	s := family(120, 37, child(20, "child"), zombie(21, 0, time.Second), zombie(22, 1, time.Second))
	if strings.Contains(s.text(), "zombie") || strings.Contains(s.text(), "process-") {
		t.Errorf("told too soon:\n%s", s.text())
	}
}

// It takes a moment until an end is found to be a crash: the cursor is on that again, as
// long as it has not been moved.
func TestTheCursorComesBackToWhatHasCrashed(t *testing.T) {
	for name, tt := range map[string]struct {
		meanwhile func(screen)
		want      string
	}{
		"nothing pressed": {func(screen) {}, "› └ sleep"},
		"moved":           {func(s screen) { s.press(keys.Down) }, "› sleep/1"},
	} {
		s := withChild()
		d := s.session.Snapshot().Pools[0].Slots[0].Descendants[0]
		s.ended()
		tt.meanwhile(s)
		d.Exit, d.Told = &procs.Exit{Signal: procs.SIGKILL}, true
		s.session.Change(func(snap *procs.Snapshot) { snap.Pools[0].Slots[0].Descendants = []procs.Descendant{d} })
		if len(s.lines(tt.want)) != 1 {
			t.Errorf("%s: the cursor is not on %q:\n%s", name, tt.want, s.text())
		}
	}
}

// A row that stands for many is the same one while they change, and no row of one of them.
func TestTheCursorStaysOnMany(t *testing.T) {
	set := func(s screen, list ...procs.Descendant) {
		s.session.Change(func(snap *procs.Snapshot) { snap.Pools[0].Slots[0].Descendants = list })
	}
	s := family(120, 37, zombie(20, 0, time.Minute), zombie(21, 0, time.Minute))
	s.press(keys.Down)
	set(s, zombie(19, 0, time.Minute), zombie(21, 0, time.Minute), zombie(22, 0, time.Minute))
	if len(s.lines("› └ 3 zombies")) != 1 {
		t.Errorf("the cursor is not on the zombies:\n%s", s.text())
	}
	var list []procs.Descendant
	for i := range 8 {
		list = append(list, crashed(100+i, fmt.Sprint("w", i), procs.Exit{Code: 1}, time.Duration(9-i)*time.Second))
	}
	s = family(120, 37, list[:5]...)
	s.press(keys.Bottom)
	for len(s.lines("› ├ w1")) == 0 && len(s.lines("› └ w1")) == 0 { // the oldest that has a row
		s.press(keys.Up)
	}
	set(s, list[:6]...)
	if len(s.lines("› ├ 2 more"))+len(s.lines("› └ 2 more")) > 0 {
		t.Errorf("the cursor went from a crash to others:\n%s", s.text())
	}
	set(s, list[1:6]...) // now it is the first of them
	set(s, list[1:7]...)
	if len(s.lines("› ├ 2 more"))+len(s.lines("› └ 2 more")) > 0 {
		t.Errorf("the cursor went by itself to others:\n%s", s.text())
	}
}

// What is selected keeps its row when it ends, with how, until the cursor moves on.
func TestTheSelectedOneKeepsItsRow(t *testing.T) {
	jobs := []procs.Descendant{child(101, "job-1"), child(102, "job-2"), child(103, "job-3")}
	s := family(120, 37, jobs...)
	s.press(keys.Down, keys.Down)
	change := func(list ...procs.Descendant) {
		s.session.Change(func(snap *procs.Snapshot) { snap.Pools[0].Slots[0].Descendants = list })
		s.settle()
	}
	change(jobs[0], dead(102, "job-2", procs.Exit{Code: 1}, time.Second), jobs[2])
	if rows := s.lines(" job-"); len(rows) != 3 || !strings.Contains(rows[1], "› ├ job-2") || !strings.Contains(rows[1], "✗ exit 1") {
		t.Errorf("the rows are %q", rows)
	}
	if got := s.press(keys.Stop); got != (keys.SayMsg{Text: "job-2 (pid 102) has ended already", Bad: true}) {
		t.Errorf("stop asks for %#v", got)
	}
	s.press(keys.Down)
	change(jobs[0], dead(102, "job-2", procs.Exit{Code: 1}, time.Second), jobs[2])
	if rows := s.lines(" job-"); len(rows) != 2 || !strings.Contains(rows[1], "› └ job-3") {
		t.Errorf("once the cursor has moved on the rows are %q", rows)
	}
	change(jobs[0])
	if rows := s.lines("› "); len(rows) != 1 || !strings.Contains(rows[0], "sleep/0") {
		t.Errorf("of one of which nothing is known any more the rows are %q", rows)
	}
}

// So does one that was selected before it was known when it had begun, and has ended since.
func TestOneThatHasJustBegunKeepsItsRow(t *testing.T) {
	begun := child(102, "job-2")
	begun.StartTime = 0
	s := family(120, 37, child(101, "job-1"), begun, child(103, "job-3"))
	s.press(keys.Down, keys.Down)
	change := func(job procs.Descendant) {
		s.session.Change(func(snap *procs.Snapshot) {
			snap.Pools[0].Slots[0].Descendants = []procs.Descendant{child(101, "job-1"), job, child(103, "job-3")}
		})
		s.settle()
		if rows := s.lines(" job-"); len(rows) != 3 || !strings.Contains(rows[1], "› ├ job-2") {
			t.Errorf("the rows are %q", rows)
		}
	}
	change(child(102, "job-2")) // it has been measured
	change(dead(102, "job-2", procs.Exit{Code: 1}, time.Second))
	if rows := s.lines("› ├ job-2"); len(rows) != 1 || !strings.Contains(rows[0], "✗ exit 1") {
		t.Errorf("its row is %q", rows)
	}
	s = family(120, 37, child(101, "job-1"), begun, child(103, "job-3"))
	s.press(keys.Down, keys.Down)
	change(dead(102, "job-2", procs.Exit{Code: 1}, time.Second)) // between two looks
}

// The commands of a shell loop follow each other faster than a person reads: the step down
// from one that has ended leads out of the loop, and not to the next command for ever.
func TestAStepDownLeavesALoop(t *testing.T) {
	s := family(120, 37, child(101, "sleep-1"))
	s.press(keys.Down)
	next := child(102, "sleep-2")
	next.StartedAt = uitest.Now
	s.session.Change(func(snap *procs.Snapshot) {
		snap.Pools[0].Slots[0].Descendants = []procs.Descendant{dead(101, "sleep-1", procs.Exit{}, time.Second), next}
	})
	s.settle()
	s.press(keys.Down)
	if rows := s.lines("› "); len(rows) != 1 || !strings.Contains(rows[0], "sleep/1 ") {
		t.Errorf("the cursor is on %q", rows)
	}
}

// However deep the tree, each row has a name that says something.
func TestDeepTreesHaveNames(t *testing.T) {
	var list []procs.Descendant
	for i := range 18 {
		d := child(101+i, fmt.Sprintf("level-%d", i+1))
		d.PPID, d.Depth = 100+i, i+1
		if i == 0 {
			d.PPID = 10000
		}
		list = append(list, d)
	}
	for _, size := range sizes {
		s := family(size.w, 40, list...)
		for i := range list {
			if rows := s.lines(fmt.Sprintf("-%d ", i+1)); len(rows) != 1 || !strings.Contains(rows[0], "lev") {
				t.Errorf("%d columns: the rows of level %d are %q", size.w, i+1, rows)
			}
		}
	}
}

// So it does if its end is told as a crash, or nobody has waited for it.
func TestTheSelectedOneKeepsItsPlace(t *testing.T) {
	for name, end := range map[string]func(pid int) procs.Descendant{
		"crashed": func(pid int) procs.Descendant { return crashed(pid, "w-2", procs.Exit{Code: 1}, 5*time.Second) },
		"zombie": func(pid int) procs.Descendant {
			d := zombie(pid, 0, 5*time.Second)
			d.Label = "w-2"
			return d
		},
	} {
		var list []procs.Descendant
		for i := 1; i <= 8; i++ {
			list = append(list, child(100+i, fmt.Sprintf("w-%d", i)))
		}
		s := family(120, 37, list...)
		s.press(keys.Down, keys.Down)
		for i := 2; i <= 7; i++ { // it, and then more than have rows of their own
			gone := end(100 + i)
			gone.Label = list[i-1].Label
			list = slices.Clone(list)
			list[i-1] = gone
			s.session.Change(func(snap *procs.Snapshot) { snap.Pools[0].Slots[0].Descendants = list })
			s.settle()
			rows := s.lines("w-")
			if len(rows) < 3 || !strings.Contains(rows[0], "w-1 ") || !strings.Contains(rows[1], "› ├ w-2 ") || strings.Contains(rows[1], "sleeping") {
				t.Errorf("%s: with %d ended the rows are %q", name, i-1, rows)
			}
		}
	}
}

// A run that did not end when asked to, and was killed, has not just stopped.
func TestAStopByKillingIsTold(t *testing.T) {
	begin := uitest.Now.Add(-time.Minute)
	for name, tt := range map[string]struct {
		want string
		seen bool // the screen was there while it stopped
		exit *procs.Exit
		took time.Duration
	}{
		"it ended when asked to": {"─ stopped ─", true, &procs.Exit{Signal: procs.SIGTERM, Asked: true}, time.Second},
		"it did not":             {"─ stopped, by SIGKILL after 1.0s ─", true, &procs.Exit{Signal: procs.SIGKILL, Asked: true}, 1050 * time.Millisecond},
		"it was killed at once":  {"─ stopped, by SIGKILL ─", true, &procs.Exit{Signal: procs.SIGKILL, Asked: true}, time.Millisecond},
		"nobody saw it":          {"─ stopped, by SIGKILL ─", false, &procs.Exit{Signal: procs.SIGKILL, Asked: true}, time.Second},
		"it was never started":   {"─ stopped ─", true, nil, 0},
		"it backed off":          {"─ stopped ─", true, &procs.Exit{Signal: procs.SIGKILL}, time.Second},
	} {
		session := uitest.Many(1)
		s := newScreen(session, 120, 37)
		step := func(at time.Time, f func(*procs.Slot)) {
			session.Change(func(snap *procs.Snapshot) {
				snap.At = at
				f(&snap.Pools[0].Slots[0])
			})
		}
		step(uitest.Now.Add(time.Second), func(slot *procs.Slot) { slot.State, slot.Since = procs.Stopping, begin })
		if tt.seen {
			s.settle()
		}
		step(uitest.Now.Add(2*time.Second), func(slot *procs.Slot) {
			slot.State, slot.Since, slot.PID, slot.LastExit = procs.Stopped, begin.Add(tt.took), 0, tt.exit
			if tt.exit != nil {
				tt.exit.At = begin.Add(tt.took)
			}
		})
		if got := s.text(); !strings.Contains(got, tt.want) {
			t.Errorf("%s: the pane's title lacks %q:\n%s", name, tt.want, got)
		}
	}
}
