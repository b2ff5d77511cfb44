package graph

import (
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/muster/procs"
	"example.com/muster/profiling"
)

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// th is the main thread of a process.
func th(pid int) Thread { return Thread{procs.PIDRef{PID: pid, StartTime: uint64(pid)}, pid} }

func (t Thread) and(tid int) Thread { t.TID = tid; return t }

// scene is a look that is being described.
type scene struct{ Look }

// runs adds threads that wait for nothing.
func (s *scene) does(d Doing, threads ...Thread) {
	for _, t := range threads {
		s.Threads = append(s.Threads, State{Thread: t, Doing: d, Ran: 7})
	}
}

// waits adds a thread that waits.
func (s *scene) waits(t Thread, id ID, how ...string) {
	s.Threads = append(s.Threads, State{Thread: t, Doing: InLock, Ran: 7, Stack: []string{"w.py:5 work"}})
	s.Waits = append(s.Waits, Wait{Thread: t, For: id, Timed: slices.Contains(how, "timed"), ForWork: slices.Contains(how, "work"), MayEnd: slices.Contains(how, "may end"), Idles: slices.Contains(how, "idles")})
}

// lock adds a lock that somebody has.
func (s *scene) lock(id ID, holders ...Thread) *Object {
	o := Object{ID: id, Kind: PthreadMutex, Complete: true, Taken: true}
	for _, h := range holders {
		o.Holders = append(o.Holders, Holder{Thread: h, Evidence: profiling.Exact})
	}
	s.Objects = append(s.Objects, o)
	return &s.Objects[len(s.Objects)-1]
}

// pipe adds an object whose wait any of the holders can end.
func (s *scene) pipe(id ID, ends ...Thread) {
	o := s.lock(id, ends...)
	o.Kind, o.Any, o.Taken = Pipe, true, false
	for i := range o.Holders {
		o.Holders[i].TID = 0
	}
}

// told shows a scene twice, a second apart, and says what is told of it.
func told(describe func(*scene)) (v *View, text string) {
	var tr Tracker
	for i := range 2 {
		var s scene
		describe(&s)
		s.At = noon.Add(time.Duration(i) * time.Second)
		v = tr.Add(s.Look)
	}
	var words []string
	for _, l := range v.Locks {
		word := string(l.ID)
		for _, w := range []struct {
			is   bool
			word string
		}{{l.Deadlocked, "deadlocked"}, {l.Contended, "contended"}, {l.Abandoned, "abandoned"}, {l.Idle, "idle"}} {
			if w.is {
				word += " " + w.word
			}
		}
		words = append(words, word)
	}
	return v, strings.Join(words, ", ")
}

func TestAnswers(t *testing.T) {
	a, b, c, d := th(1), th(2), th(3), th(4)
	tests := []struct {
		name      string
		scene     func(*scene)
		want      string
		deadlocks int
	}{
		{"a worker has what another wants", func(s *scene) {
			s.does(Sleeping, a)
			s.waits(b, "L")
			s.lock("L", a)
		}, "L contended", 0},
		{"each has what the other wants", func(s *scene) {
			s.waits(a, "L")
			s.waits(b, "M")
			s.lock("L", b)
			s.lock("M", a)
		}, "L deadlocked contended, M deadlocked contended", 1},
		{"one waits for itself", func(s *scene) {
			s.waits(a, "L")
			s.lock("L", a)
		}, "L deadlocked contended", 1},
		{"one waits for a lock that somebody else may have let go of and taken since", func(s *scene) {
			s.waits(a, "L")
			s.lock("L", a).Holders[0].Unsure = true
		}, "L contended", 0},
		{"a parent waits for its child, which waits for the parent's lock", func(s *scene) {
			s.waits(a, "C")
			s.waits(b, "L")
			s.pipe("C", b)
			s.Objects[0].Kind = Child
			s.lock("L", a)
		}, "L deadlocked contended, C deadlocked contended", 1},
		{"a parent waits for its child, which works", func(s *scene) {
			s.waits(a, "C")
			s.waits(c, "L")
			s.does(Sleeping, b)
			s.pipe("C", b)
			s.Objects[0].Kind = Child
			s.lock("L", a)
		}, "L contended", 0},
		{"a wait in a cycle ends by itself", func(s *scene) {
			s.waits(a, "L", "timed")
			s.waits(b, "M")
			s.lock("L", b)
			s.lock("M", a)
		}, "L contended, M contended", 0},
		{"who waits behind a deadlock is no part of it", func(s *scene) {
			s.waits(a, "L")
			s.waits(b, "M")
			s.waits(c, "L")
			s.lock("L", b)
			s.lock("M", a)
		}, "L deadlocked contended, M deadlocked contended", 1},
		{"another thread of the holder could let go", func(s *scene) {
			s.waits(a, "L")
			s.waits(b, "M")
			s.does(Sleeping, b.and(22))
			s.lock("L", b).Holders[0].AnyThread = true
			s.lock("M", a)
		}, "L contended, M contended", 0},
		{"the other thread waits for its own process", func(s *scene) {
			s.waits(a, "L")
			s.waits(b, "M")
			s.waits(b.and(22), "own")
			s.lock("L", b).Holders[0].AnyThread = true
			s.lock("M", a)
			o := s.lock("own")
			o.Guess, o.Within = true, b.PIDRef
		}, "L deadlocked contended, M deadlocked contended", 1},
		{"a holder that nobody looks at", func(s *scene) {
			s.waits(a, "L")
			s.waits(b, "M")
			s.lock("L", c).Holders[0].Outside = true
			s.lock("M", a)
		}, "L contended, M contended", 0},
		{"a holder that is not known", func(s *scene) {
			s.waits(a, "L")
			s.waits(b, "M")
			s.lock("L").Complete = false
			s.lock("M").Complete, s.Objects[1].Taken = false, false
		}, "L contended, M", 0},
		{"a dead holder", func(s *scene) {
			s.waits(a, "L")
			s.waits(b, "M")
			s.lock("L", d).Holders[0].Dead = true
			s.lock("M", a)
		}, "L abandoned, M contended", 0},
		{"nobody has it, though it is taken", func(s *scene) {
			s.waits(a, "L")
			s.lock("L")
		}, "L abandoned", 0},
		{"consumers of an empty queue", func(s *scene) {
			s.does(Sleeping, d)
			s.waits(a, "P", "work")
			s.waits(b, "L")
			s.waits(c, "L")
			s.lock("L", a)
			s.pipe("P", d)
		}, "L idle, P idle", 0},
		{"who waits for the end of a child, which waits for work", func(s *scene) {
			s.waits(a, "L")
			s.waits(b, "E")
			s.waits(c, "P", "work")
			s.does(Sleeping, d)
			s.lock("L", b)
			s.lock("E", c).Kind = Child
			s.pipe("P", d)
		}, "L contended, P idle", 0},
		{"who waits for an answer", func(s *scene) {
			s.does(Sleeping, d)
			s.waits(a, "L")
			s.waits(b, "P", "work")
			s.Waits[1].ForAnswer = true
			s.lock("L", b)
			s.pipe("P", d)
		}, "L contended, P idle", 0},
		{"two processes read from each other", func(s *scene) {
			s.waits(a, "P", "work")
			s.waits(b, "Q", "work")
			s.pipe("P", b)
			s.pipe("Q", a)
		}, "P deadlocked contended, Q deadlocked contended", 1},
		{"an idle pool whose threads wait for its workers", func(s *scene) {
			s.waits(a, "R", "work")
			s.waits(a.and(11), "E", "work", "idles")
			s.waits(b, "T", "work", "idles")
			s.waits(c, "L", "idles")
			s.pipe("R", b, c)
			s.pipe("E", b, c)
			s.pipe("T", a)
			s.lock("L", b)
		}, "E idle, L idle, R idle, T idle", 0},
		{"a worker waits in its task for the process that waits for its result", func(s *scene) {
			s.waits(a, "R", "work")
			s.waits(a.and(11), "E", "work", "idles")
			s.waits(b, "T", "work", "idles")
			s.waits(c, "P", "work")
			s.pipe("R", b, c)
			s.pipe("E", b, c)
			s.pipe("T", a)
			s.pipe("P", a)
		}, "P deadlocked contended, R deadlocked contended, E idle, T idle", 1},
		{"an idle worker has a lock that a task wants", func(s *scene) {
			s.waits(a, "R", "work")
			s.waits(b, "T", "work", "idles")
			s.waits(c, "L")
			s.pipe("R", b, c)
			s.pipe("T", a)
			s.lock("L", b)
		}, "L deadlocked contended, R deadlocked contended, T deadlocked contended", 1},
		{"two write to each other, and both have all ends", func(s *scene) {
			s.waits(a, "P")
			s.waits(b, "Q")
			s.pipe("P", a, b)
			s.pipe("Q", a, b)
		}, "P deadlocked contended, Q deadlocked contended", 1},
		{"two write to each other, and another thread of one can read", func(s *scene) {
			s.waits(a, "P")
			s.waits(b, "Q")
			s.does(Sleeping, a.and(11))
			s.pipe("P", a, b)
			s.pipe("Q", a, b)
		}, "P contended, Q contended", 0},
		{"one waits for room in a pipe whose reader waits for something else", func(s *scene) {
			s.waits(a, "P")
			s.waits(b, "Q", "work")
			s.does(Sleeping, c)
			s.pipe("P", b)
			s.pipe("Q", c)
		}, "P contended, Q idle", 0},
		{"who waits for room in a pipe has a lock", func(s *scene) {
			s.waits(a, "L")
			s.waits(b, "P")
			s.waits(c, "Q", "work")
			s.does(Sleeping, d)
			s.lock("L", b)
			s.pipe("P", c)
			s.pipe("Q", d)
		}, "L contended, P contended, Q idle", 0},
		{"one writes into a pipe whose only reader it is itself", func(s *scene) {
			s.waits(a, "P")
			s.pipe("P", a)
		}, "P deadlocked contended", 1},
		{"one end of a pipe lives on", func(s *scene) {
			s.waits(a, "P", "work")
			s.waits(b, "Q", "work")
			s.does(Sleeping, c)
			s.pipe("P", b, c)
			s.pipe("Q", a)
		}, "P idle, Q idle", 0},
		{"a process alone reads its own pipe", func(s *scene) {
			s.waits(a, "P", "work")
			s.pipe("P", a)
		}, "P deadlocked contended", 1},
		{"the idle worker of a pool has an end, too", func(s *scene) {
			s.waits(a, "P", "work")
			s.waits(b, "Q", "work", "idles")
			s.pipe("P", a, b)
			s.pipe("Q", a)
		}, "P idle, Q idle", 0},
		{"one that reads its own pipe may have a signal", func(s *scene) {
			s.waits(a, "P", "work", "may end")
			s.pipe("P", a)
		}, "P idle", 0},
		{"another thread may write to the pipe", func(s *scene) {
			s.waits(a, "P", "work")
			s.does(Sleeping, Thread{PIDRef: a.PIDRef, TID: 99})
			s.pipe("P", a)
		}, "P idle", 0},
		{"all threads want the lock of one that reads its own pipe", func(s *scene) {
			s.waits(a, "P", "work")
			s.waits(Thread{PIDRef: a.PIDRef, TID: 99}, "L")
			s.pipe("P", a)
			s.lock("L", a)
		}, "P deadlocked contended, L contended", 1},
		{"a cycle of three through a pipe", func(s *scene) {
			s.waits(a, "L")
			s.waits(b, "M")
			s.waits(c, "P")
			s.lock("L", b)
			s.lock("M", c)
			s.pipe("P", a)
		}, "L deadlocked contended, M deadlocked contended, P deadlocked contended", 1},
		{"something that may be no lock", func(s *scene) {
			s.does(Sleeping, a)
			s.waits(b, "F")
			o := s.lock("F", a)
			o.Guess, o.Any = true, true
		}, "", 0},
	}
	for _, tt := range tests {
		v, got := told(tt.scene)
		if got != tt.want || len(v.Deadlocks) != tt.deadlocks {
			t.Errorf("%s: %q and %d deadlocks, want %q and %d", tt.name, got, len(v.Deadlocks), tt.want, tt.deadlocks)
		}
	}
}

// TestOfSeveralAnotherThanTheWaiterIsNamed: who was forked has an end of its own pipe.
func TestOfSeveralAnotherThanTheWaiterIsNamed(t *testing.T) {
	a, b := th(1), th(2)
	v, _ := told(func(s *scene) {
		s.waits(a, "P")
		s.waits(b, "L", "timed")
		s.does(Sleeping, th(3))
		s.pipe("P", a, b)
		s.lock("L", th(3))
	})
	for _, l := range v.Locks {
		if l.ID == "P" && (len(l.Chain) == 0 || l.Chain[0].PID != b.PID) {
			t.Errorf("chain %+v", l.Chain)
		}
	}
}

// TestACycleIsToldOnlyOnceItStands: one look is no proof, nor are two between
// which a thread has run. Once it stands, who runs does so for a signal.
func TestACycleIsToldOnlyOnceItStands(t *testing.T) {
	var tr Tracker
	look := func(second int, ran uint64) int {
		var s scene
		s.waits(th(1), "L")
		s.waits(th(2), "M")
		s.lock("L", th(2))
		s.lock("M", th(1))
		s.Threads[1].Ran = ran
		s.At = noon.Add(time.Duration(second) * time.Second)
		return len(tr.Add(s.Look).Deadlocks)
	}
	for i, step := range []struct {
		ran  uint64
		want int
	}{{1, 0}, {2, 0}, {2, 1}, {2, 1}, {3, 1}, {4, 1}} {
		if got := look(i, step.ran); got != step.want {
			t.Errorf("look %d: %d deadlocks, want %d", i, got, step.want)
		}
	}
}

// TestAbandonedOnlyIfTwoLooksSayIt: value and holders are read one after the
// other, while the lock may change hands.
func TestAbandonedOnlyIfTwoLooksSayIt(t *testing.T) {
	var tr Tracker
	for i, step := range []struct{ held, want bool }{{false, false}, {true, false}, {false, false}, {false, true}, {true, false}} {
		var s scene
		s.waits(th(1), "L")
		if step.held {
			s.does(OnCPU, th(2))
			s.lock("L", th(2))
		} else {
			s.lock("L")
		}
		s.At = noon.Add(time.Duration(i) * time.Second)
		if l := tr.Add(s.Look).Locks[0]; l.Abandoned != step.want {
			t.Errorf("look %d: abandoned %v, want %v", i, l.Abandoned, step.want)
		}
	}
}

// TestTime: how long somebody waits and holds is known from look to look, and
// a lock is remembered once nobody waits any more.
func TestTime(t *testing.T) {
	var tr Tracker
	look := func(second int, waits bool) *View {
		var s scene
		s.does(OnCPU, th(1))
		if waits {
			s.waits(th(2), "L")
			s.lock("L", th(1))
		} else {
			s.does(OnCPU, th(2))
		}
		s.At = noon.Add(time.Duration(second) * time.Second)
		return tr.Add(s.Look)
	}
	look(0, true)
	look(1, true)
	v := look(3, true)
	l := v.Locks[0]
	if !l.Waiters[0].Since.Equal(noon) || l.Stats.Waits != 1 || l.Stats.Longest != 3*time.Second || l.Stats.Total != 3*time.Second || l.Stats.Share() != 1 {
		t.Errorf("%+v", l)
	}
	if l.LastHolder == nil || l.LastHolder.PID != 1 || !l.LastHolder.Since.Equal(noon) || !l.LastHolder.Until.Equal(v.At) || l.Stats.HoldsLongest != 3*time.Second {
		t.Errorf("last holder %+v, %+v", l.LastHolder, l.Stats)
	}
	if len(l.Chain) != 1 || l.Chain[0].PID != 1 || l.Chain[0].Doing != OnCPU {
		t.Errorf("chain %+v", l.Chain)
	}
	v = look(6, false)
	if l := v.Locks[0]; len(v.Locks) != 1 || len(l.Waiters) != 0 || l.Contended || l.Stats.Share() != 0.5 || l.LastHolder.PID != 1 {
		t.Errorf("after it: %+v", v.Locks)
	}
	v = look(60, true)
	if l := v.Locks[0]; l.Stats.Waits != 2 || l.Stats.Contended != 3*time.Second {
		t.Errorf("what nobody looked at is counted: %+v", l.Stats)
	}
}

// TestUnsettled: the time in which it is not known yet who has a lock counts once that is
// known, if the same wait has gone on: nobody has waited longer than the lock was held.
func TestUnsettled(t *testing.T) {
	for _, tt := range []struct {
		name            string
		unknown         int    // looks in which nobody is known to have it
		taken           bool   // while it is not known: as if its holder were gone
		ran             uint64 // of the waiter from then on: 7 is the same wait
		held, contended time.Duration
	}{
		{"its value does not tell", 2, false, 7, 3 * time.Second, 3 * time.Second},
		{"its value tells that it is taken", 1, true, 7, 3 * time.Second, 3 * time.Second},
		{"another wait", 2, false, 8, time.Second, 2 * time.Second},
		{"known at once", 0, false, 7, 3 * time.Second, 3 * time.Second},
	} {
		var tr Tracker
		var v *View
		for i := range 4 {
			var s scene
			s.At = noon.Add(time.Duration(i) * time.Second)
			s.waits(th(2), "l")
			if i < tt.unknown {
				s.lock("l").Taken = tt.taken
			} else {
				s.Threads[0].Ran = tt.ran
				s.does(OnCPU, th(1))
				s.lock("l", th(1))
			}
			v = tr.Add(s.Look)
		}
		l := v.Locks[0]
		if held := v.At.Sub(l.LastHolder.Since); held != tt.held || l.Stats.HoldsLongest != tt.held || l.Stats.Contended != tt.contended {
			t.Errorf("%s: held for %s (%s at most), contended for %s, want %s and %s", tt.name, held, l.Stats.HoldsLongest, l.Stats.Contended, tt.held, tt.contended)
		}
	}
}

// TestHeldAgain: who has a lock again and again is not told to have it all the time. The end of
// a wait that has a timeout tells nothing.
func TestHeldAgain(t *testing.T) {
	for _, tt := range []struct {
		name string
		ran  uint64 // of one of two waiters in the last look
		how  string
		gap  bool // there was a look at which nobody waited
		held time.Duration
	}{
		{"both wait on", 7, "", false, 3 * time.Second},
		{"one waits anew", 8, "", false, 0},
		{"one whose wait has a timeout does", 8, "timed", false, 3 * time.Second},
		{"nobody waited meanwhile", 7, "", true, 0},
	} {
		var tr Tracker
		var v *View
		for i := range 4 {
			var s scene
			s.At = noon.Add(time.Duration(i) * time.Second)
			s.does(OnCPU, th(1))
			if i != 2 || !tt.gap {
				s.waits(th(2), "l", tt.how)
				if i == 3 {
					s.Threads[1].Ran = tt.ran
				}
				s.waits(th(3), "l")
				s.lock("l", th(1))
			}
			v = tr.Add(s.Look)
		}
		if l := v.Locks[0]; v.At.Sub(l.LastHolder.Since) != tt.held {
			t.Errorf("%s: held for %s, want %s", tt.name, v.At.Sub(l.LastHolder.Since), tt.held)
		}
	}
}

// TestShortWaits: waits of which none lasts from one look to the next add up as long ones do.
func TestShortWaits(t *testing.T) {
	var tr Tracker
	var l Lock
	for i := range 11 {
		var s scene
		s.does(OnCPU, th(1))
		s.waits(th(2+i), "L")
		s.waits(th(20+i), "L")
		s.lock("L", th(1))
		s.At = noon.Add(time.Duration(i) * 50 * time.Millisecond)
		l = tr.Add(s.Look).Locks[0]
	}
	if s := l.Stats; s.Waits != 22 || s.Longest != 0 || s.Total != time.Second || s.Share() != 1 {
		t.Errorf("%+v", s)
	}
}

func TestForget(t *testing.T) {
	var tr Tracker
	for i := range MaxLocks + 10 {
		var s scene
		s.does(OnCPU, th(1))
		id := ID(rune(i)) + "L"
		s.waits(th(2), id)
		s.lock(id, th(1))
		s.At = noon.Add(time.Duration(i) * time.Second)
		tr.Add(s.Look)
	}
	if len(tr.locks) > MaxLocks {
		t.Errorf("%d locks are remembered", len(tr.locks))
	}
}

// FuzzTracker: whatever waits for whatever, it ends, and no deadlock holds a
// thread that could go on.
func FuzzTracker(f *testing.F) {
	f.Add([]byte("\x01\x02\x03\x04\x05\x06"))
	f.Fuzz(func(t *testing.T, script []byte) {
		_, _ = told(func(s *scene) {
			for i, b := range script[:min(len(script), 64)] {
				id := ID([]string{"A", "B", "C", "D"}[b%4])
				who := th(int(b>>2) % 8)
				switch b >> 5 {
				case 0, 1, 2:
					s.waits(who.and(i), id, []string{"", "timed", "work", ""}[b%4])
				case 3, 4:
					s.lock(id, who, th(i%8))
				case 5:
					s.pipe(id, who)
				default:
					s.does(OnCPU, who.and(i))
				}
			}
		})
	})
}

// TestLater: while nobody runs no look is made, and each wait lasts longer all the same.
func TestLater(t *testing.T) {
	scene := func(s *scene) {
		s.waits(th(1), "L")
		s.waits(th(2), "L")
		s.lock("L").Complete = false
	}
	v, _ := told(scene)
	at := v.At.Add(7 * time.Second)
	later := v.Later(at)
	if v.Look() != v || later.Look() != v || later.Later(at.Add(time.Second)).Look() != v {
		t.Error("a later view is not of the same look")
	}
	got, before := later.Locks[0].Stats, v.Locks[0].Stats
	if !later.At.Equal(at) || got.Longest != 8*time.Second || got.Total != 16*time.Second || got.Watched != 8*time.Second {
		t.Errorf("7 s later: of %v, %+v", later.At, got)
	}
	if before.Longest != time.Second {
		t.Errorf("the view itself has become another: %+v", before)
	}
	v.Locks[0].Contended = true
	if got := v.Later(at).Locks[0].Stats; got.Contended != before.Contended+7*time.Second {
		t.Errorf("of a lock that is contended: %+v, before %+v", got, before)
	}
}

// TestEnded: who had a lock while nobody waited for it, and has ended, is the last who had it,
// unless somebody was seen with it later.
func TestEnded(t *testing.T) {
	var tr Tracker
	look := func(second int, ended *LastHolder, holders ...Thread) *LastHolder {
		var s scene
		s.waits(th(2), "L")
		s.lock("L", holders...).Ended = ended
		s.At = noon.Add(time.Duration(second) * time.Second)
		return tr.Add(s.Look).Locks[0].LastHolder
	}
	before := &LastHolder{Holder: Holder{Thread: th(1)}, Since: noon.Add(-time.Minute), Until: noon.Add(-time.Second)}
	if got := look(0, nil); got != nil {
		t.Errorf("nobody has had it, but %+v", got)
	}
	if got := look(1, before); got != before {
		t.Errorf("the last is %+v", got)
	}
	look(2, nil, th(3))
	if got := look(3, before); got == nil || got.PID != 3 {
		t.Errorf("the last is %+v, not who was seen with it since", got)
	}
}

// TestOnlyAThreadHasEnded: of who had an abandoned lock it is known whether the process lives on,
// though the lock may name it no more.
func TestOnlyAThreadHasEnded(t *testing.T) {
	for _, lives := range []bool{true, false} {
		var tr Tracker
		var last *LastHolder
		for i := range 4 {
			var s scene
			s.waits(th(1), "L")
			if lives {
				s.does(Sleeping, th(2))
			}
			if i < 2 {
				s.does(OnCPU, th(2).and(3))
				s.lock("L", th(2).and(3))
			} else {
				s.lock("L", Thread{procs.PIDRef{PID: 3}, 3}).Holders[0].Dead = true
			}
			s.At = noon.Add(time.Duration(i) * time.Second)
			l := tr.Add(s.Look).Locks[0]
			if last = l.LastHolder; last.Lives && !l.Abandoned {
				t.Errorf("look %d: %+v has ended", i, last)
			}
		}
		if last.Lives != lives || last.Thread != th(2).and(3) {
			t.Errorf("the process lives: %v, told: %+v", lives, last)
		}
	}
}
