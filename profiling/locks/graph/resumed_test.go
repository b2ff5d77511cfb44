package graph

import (
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	"example.com/muster/procs"
)

// TestInterrupted: who handles a signal and waits for the same again has waited all the time, and is
// told to wait for one look at which it is out of its wait.
func TestInterrupted(t *testing.T) {
	a, b, c, d := th(1), th(2), th(3), th(4)
	ring := func(s *scene) {
		s.waits(a, "L")
		s.waits(b, "M")
		s.lock("L", b)
		s.lock("M", a)
	}
	one := func(how ...string) func(*scene) {
		return func(s *scene) {
			s.waits(a, "L", how...)
			s.does(Sleeping, b, c)
			s.lock("L", b)
		}
	}
	twice := func(of func(*scene), then ...func(*scene)) []func(*scene) {
		return append([]func(*scene){of, of}, then...)
	}
	// out takes threads out of what they are in; what nobody waits for then is not in the look.
	out := func(of func(*scene), threads ...Thread) func(*scene) {
		return func(s *scene) {
			var all scene
			of(&all)
			s.Threads = all.Threads
			for i := range s.Threads {
				if st := &s.Threads[i]; slices.Contains(threads, st.Thread) {
					st.Doing, st.Ran = OnCPU, 8
				}
			}
			for _, w := range all.Waits {
				if slices.Contains(threads, w.Thread) {
					continue
				}
				s.Waits = append(s.Waits, w)
				for _, o := range all.Objects {
					if o.ID == w.For {
						s.Objects = append(s.Objects, o)
					}
				}
			}
		}
	}
	ran := func(of func(*scene), threads ...int) func(*scene) {
		return func(s *scene) {
			of(s)
			for _, i := range threads {
				s.Threads[i].Ran = 8
			}
		}
	}
	abandoned := func(s *scene) {
		s.waits(a, "L")
		s.lock("L", c).Holders[0].Dead = true
	}
	chain := func(s *scene) {
		s.waits(a, "L")
		s.waits(b, "M")
		s.does(Sleeping, c)
		s.lock("L", b)
		s.lock("M", c)
	}
	// shared is a lock that each who has it may let go of: b sleeps with it, a and d want it.
	shared := func(unsure bool, how ...string) func(*scene) {
		return func(s *scene) {
			s.waits(a, "L")
			s.lock("L", b)
			s.waits(d, "L", how...)
			s.does(Sleeping, b)
			s.does(InChild, c)
			o := &s.Objects[0]
			o.Holders[0].AnyThread, o.Holders[0].Unsure = true, unsure
			o.Others = []procs.PIDRef{a.PIDRef, c.PIDRef, d.PIDRef}
		}
	}
	// ownerless is a lock of which only the process is known that has it: one of its other threads.
	ownerless := func(d Doing, how ...string) func(*scene) {
		return func(s *scene) {
			s.waits(a, "L", how...)
			s.Objects = append(s.Objects, Object{ID: "L", Kind: ThreadLock, Within: a.PIDRef, Complete: true, Guess: true, Wanted: true})
			if d != "" {
				s.does(d, a.and(11))
			}
		}
	}
	interpreter := func(s *scene) {
		ownerless("")(s)
		s.waits(a.and(11), "GIL")
		s.Objects = append(s.Objects, Object{ID: "GIL", Kind: GIL, Within: a.PIDRef, Complete: true, Renews: true})
	}
	pipes := func(s *scene) {
		s.waits(a, "P")
		s.waits(b, "Q")
		s.pipe("P", b)
		s.pipe("Q", a)
	}
	for _, tt := range []struct {
		name  string
		looks []func(*scene)
		since int // the look at which the wait of a has begun for the last one; -1: it does not wait
		told  int // deadlocks
	}{
		{"both of a deadlock run", twice(ring, ran(ring, 0, 1)), 0, 1},
		{"one of a deadlock is out", twice(ring, out(ring, a)), 0, 1},
		{"both are, and are back", twice(ring, out(ring, a, b), ran(ring, 0, 1)), 0, 1},
		{"one does not come back", twice(ring, out(ring, a), out(ring, a)), -1, 0},
		{"one has given up, and sleeps", twice(ring, func(s *scene) { s.does(Sleeping, a); s.waits(b, "M"); s.lock("M", a) }), -1, 0},
		{"for an abandoned lock", twice(abandoned, ran(abandoned, 0)), 0, 0},
		{"while its holder sleeps", twice(one(), ran(one(), 0)), 0, 0},
		{"is out while its holder sleeps", twice(one(), out(one(), a), ran(one(), 0)), 0, 0},
		{"does not come back", twice(one(), out(one(), a), out(one(), a)), -1, 0},
		{"its holder has run, too", twice(one(), ran(one(), 0, 1)), 2, 0},
		{"its holder has run, and it is out", twice(one(), ran(out(one(), a), 1)), -1, 0},
		{"another one has it", twice(one(), func(s *scene) { ran(one(), 0)(s); s.Objects[0].Holders[0].Thread = c }), 2, 0},
		{"has it", twice(one(), func(s *scene) { s.does(OnCPU, a); s.waits(c, "L"); s.lock("L", a) }), -1, 0},
		{"tries again", twice(one("timed"), ran(one("timed"), 0)), 2, 0},
		{"its holder only waits on as well", twice(chain, ran(chain, 0, 1)), 0, 0},
		{"for a lock that its parent may let go of, which waits on", twice(shared(false), ran(shared(false), 0)), 0, 0},
		{"is out of that", twice(shared(false), out(shared(false), a), ran(shared(false), 0)), 0, 0},
		{"all that want it run", twice(shared(false), ran(shared(false), 0, 1)), 0, 0},
		{"all of them are out", twice(shared(false), out(shared(false), a, d), ran(shared(false), 0, 1)), 0, 0},
		{"whoever may have it has not run", twice(shared(true), ran(shared(true), 0)), 0, 0},
		{"its parent has run", twice(shared(false), ran(shared(false), 0, 3)), 2, 0},
		{"its holder has", twice(shared(false), ran(shared(false), 0, 2)), 2, 0},
		{"who tries for it has", twice(shared(false, "timed"), ran(shared(false, "timed"), 0, 1)), 2, 0},
		{"who wanted it does something else", twice(shared(false), func(s *scene) {
			ran(shared(false), 0, 1)(s)
			s.Waits, s.Threads[1].Doing = s.Waits[:1], Sleeping
		}), 2, 0},
		{"for a lock that keeps no owner", twice(ownerless(Sleeping), ran(ownerless(Sleeping), 0)), 0, 0},
		{"is out of that one", twice(ownerless(Sleeping), out(ownerless(Sleeping), a), ran(ownerless(Sleeping), 0)), 0, 0},
		{"another thread has run", twice(ownerless(Sleeping), ran(ownerless(Sleeping), 0, 1)), 2, 0},
		{"another thread runs", twice(ownerless(OnCPU), ran(ownerless(OnCPU), 0)), 2, 0},
		{"another thread has come", []func(*scene){ownerless(Sleeping), func(s *scene) { ran(ownerless(Sleeping), 0)(s); s.does(Sleeping, a.and(12)) }}, 1, 0},
		{"another thread may have had the interpreter", twice(interpreter, ran(interpreter, 0, 1)), 2, 0},
		{"no other thread can have it", twice(ownerless(""), ran(ownerless(""), 0)), 2, 0},
		{"waits for what threads bring", twice(ownerless(Sleeping, "work"), ran(ownerless(Sleeping, "work"), 0)), 2, 0},
		{"who wanted it has been out of that for two looks", twice(shared(false), out(shared(false), d), func(s *scene) {
			ran(out(shared(false), d), 0)(s)
			s.Threads[1].Ran = 9
		}), 3, 0},
		{"two that exchange locks", []func(*scene){ring, ran(ring, 0, 1), ring}, 2, 0},
		{"two that send each other bytes", []func(*scene){pipes, ran(pipes, 0, 1), pipes}, 2, 0},
	} {
		var tr Tracker
		var v *View
		for i, describe := range tt.looks {
			var s scene
			describe(&s)
			s.At = noon.Add(time.Duration(i) * time.Second)
			v = tr.Add(s.Look)
		}
		since := -1
		for _, l := range v.Locks {
			for _, w := range l.Waiters {
				if w.Thread == a {
					since = int(w.Since.Sub(noon) / time.Second)
				}
			}
		}
		if since != tt.since || len(v.Deadlocks) != tt.told {
			t.Errorf("%s: waits since look %d, %d deadlocks; want %d and %d", tt.name, since, len(v.Deadlocks), tt.since, tt.told)
		}
	}
}

// TestWanted: a lock that keeps no owner is told once a wait for it lasts, also one that signals
// interrupt before each look; and as long as each look after that sees a wait for it.
func TestWanted(t *testing.T) {
	const none, main, other, gone = 0, 1, 2, 4 // who has run since the look before, and who does not wait
	for _, tt := range []struct {
		name string
		ran  []int
		want string // in which looks it is wanted
	}{
		{"nobody runs", []int{none, none, none}, "-ww"},
		{"signals come", []int{none, main, main, main}, "-www"},
		{"somebody may let go of it all the time", []int{none, main + other, main + other}, "---"},
		{"somebody may have let go of it once", []int{none, none, main + other, main + other}, "-www"},
		{"nobody has waited for it in between", []int{none, none, main + other + gone, main + other}, "-w -"},
	} {
		var tr Tracker
		got, ran := "", [2]uint64{}
		for i, what := range tt.ran {
			var s scene
			if what&gone == 0 {
				s.waits(th(1), "L")
				s.Objects = append(s.Objects, Object{ID: "L", Kind: ThreadLock, Within: th(1).PIDRef, Complete: true, Guess: true, Wanted: true})
			} else {
				s.does(Sleeping, th(1))
			}
			s.does(Sleeping, th(1).and(11))
			for i := range ran {
				ran[i] += uint64(what >> i & 1)
				s.Threads[i].Ran += ran[i]
			}
			s.At = noon.Add(time.Duration(i) * time.Second)
			switch v := tr.Add(s.Look); {
			case len(v.Locks) == 0:
				got += " "
			case v.Locks[0].Wanted:
				got += "w"
			default:
				got += "-"
			}
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// interrupted are two looks at so many threads, each of which waits for a lock of its own that
// a sleeper has: in the second a signal has taken all of them out of their waits.
func interrupted(threads int) (in, out Look) {
	sleeper := th(1)
	var s scene
	s.does(Sleeping, sleeper)
	for i := range threads {
		id := ID("L" + strconv.Itoa(i))
		s.waits(th(100+i), id)
		s.lock(id, sleeper)
	}
	s.At = noon
	in, out = s.Look, Look{At: noon.Add(time.Second), Threads: slices.Clone(s.Threads)}
	for i := range out.Threads[1:] {
		out.Threads[1+i].Doing, out.Threads[1+i].Ran = OnCPU, 8
	}
	return in, out
}

// TestManyInterrupted: a signal that hits twice as many threads is twice as much work.
func TestManyInterrupted(t *testing.T) {
	cost := func(threads int) uint64 {
		in, out := interrupted(threads)
		var tr Tracker
		tr.Add(in)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		v := tr.Add(out)
		runtime.ReadMemStats(&after)
		if len(v.Locks) != threads || !v.Locks[0].Waiters[0].Since.Equal(noon) {
			t.Fatalf("of %d waits %d go on", threads, len(v.Locks))
		}
		return after.TotalAlloc - before.TotalAlloc
	}
	if half, whole := cost(1000), cost(2000); whole > 3*half {
		t.Errorf("1000 threads take %d bytes, 2000 take %d", half, whole)
	}
}

func BenchmarkInterrupted(b *testing.B) {
	in, out := interrupted(2000)
	b.ReportAllocs()
	for b.Loop() {
		var tr Tracker
		tr.Add(in)
		tr.Add(out)
	}
}
