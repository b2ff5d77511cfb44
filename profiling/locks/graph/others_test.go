package graph

import (
	"testing"

	"example.com/muster/procs"
)

// TestOthers: who has a lock as well may let go of it in place of its holder.
func TestOthers(t *testing.T) {
	a, b, c, d := th(1), th(2), th(3), th(4)
	ring := func(s *scene) {
		s.waits(a, "L")
		s.waits(b, "M")
		s.lock("L", b).Others = []procs.PIDRef{a.PIDRef, c.PIDRef}
		s.lock("M", a).Others = []procs.PIDRef{b.PIDRef, c.PIDRef}
	}
	own := func(s *scene) {
		s.waits(a, "L")
		s.lock("L", a).Others = []procs.PIDRef{c.PIDRef}
	}
	const dead, lives = "L deadlocked contended, M deadlocked contended", "L contended, M contended"
	for _, tt := range []struct {
		name  string
		scene func(*scene)
		want  string
	}{
		{"that one sleeps", func(s *scene) { ring(s); s.does(Sleeping, c) }, lives},
		{"it computes", func(s *scene) { ring(s); s.does(OnCPU, c) }, lives},
		{"it waits for bytes from outside", func(s *scene) { ring(s); s.does(InTTY, c) }, dead},
		{"what it is in ends by itself", func(s *scene) { ring(s); s.does(Idle, c); s.Threads[2].Timed = true }, lives},
		{"it is a worker of the same pool that does something else", func(s *scene) {
			ring(s)
			s.does(Sleeping, c)
			s.Objects[0].Aside, s.Objects[1].Aside = []procs.PIDRef{c.PIDRef}, []procs.PIDRef{c.PIDRef}
		}, dead},
		{"it waits for them to end", func(s *scene) { ring(s); s.waits(c, "P"); s.pipe("P", a) }, "L deadlocked contended, M deadlocked contended, P contended"},
		{"it waits for somebody who sleeps", func(s *scene) { ring(s); s.waits(c, "P"); s.does(Sleeping, d); s.pipe("P", d) }, "L contended, M contended, P contended"},
		{"it waits with a timeout", func(s *scene) { ring(s); s.waits(c, "P", "timed"); s.pipe("P", a) }, "L contended, M contended, P contended"},
		{"one of the locks was passed on before", func(s *scene) { ring(s); s.does(InTTY, c); s.Objects[0].Passed = true }, lives},
		{"one waits for itself, and another sleeps", func(s *scene) { own(s); s.does(Sleeping, c) }, "L contended"},
		{"one waits for itself, and another for bytes from outside", func(s *scene) { own(s); s.does(InTTY, c) }, "L contended"},
		{"one waits for itself, and another for its end", func(s *scene) { own(s); s.waits(c, "P"); s.pipe("P", a) }, "L deadlocked contended, P contended"},
	} {
		if _, got := told(tt.scene); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// TestReleasable: of an abandoned lock, whether somebody else may let go of it.
func TestReleasable(t *testing.T) {
	a, b := th(1), th(2)
	lost := func(s *scene) {
		s.waits(a, "L")
		s.lock("L").Others = []procs.PIDRef{a.PIDRef, b.PIDRef}
	}
	for _, tt := range []struct {
		name  string
		scene func(*scene)
		want  bool
	}{
		{"another one sleeps", func(s *scene) { lost(s); s.does(Sleeping, b) }, true},
		{"another one waits for bytes", func(s *scene) { lost(s); s.does(InTTY, b) }, true},
		{"another one waits for it as well", func(s *scene) { lost(s); s.waits(b, "L"); s.does(Sleeping, b.and(22)) }, false},
		{"another one waits for whoever waits for it", func(s *scene) { lost(s); s.waits(b, "P"); s.pipe("P", a) }, false},
		{"nobody else has it", func(s *scene) { lost(s); s.Objects[0].Others = nil; s.does(Sleeping, b) }, false},
	} {
		v, _ := told(tt.scene)
		if l := v.Locks[0]; !l.Abandoned || l.Releasable != tt.want {
			t.Errorf("%s: abandoned %v, releasable %v", tt.name, l.Abandoned, l.Releasable)
		}
	}
}

// TestRings: each waits for the next, and only who shares a lock of theirs could end that.
// It is told beside deadlocks, and of a lock that somebody may let go of in another way it is not.
func TestRings(t *testing.T) {
	a, b, c := th(1), th(2), th(3)
	ring := func(s *scene) {
		s.waits(a, "L")
		s.waits(b, "M")
		s.lock("L", b).Others = []procs.PIDRef{a.PIDRef, c.PIDRef}
		s.lock("M", a).Others = []procs.PIDRef{b.PIDRef, c.PIDRef}
	}
	for _, tt := range []struct {
		name  string
		scene func(*scene)
		rings int
	}{
		{"who shares the locks sleeps", func(s *scene) { ring(s); s.does(Sleeping, c) }, 1},
		{"it computes", func(s *scene) { ring(s); s.does(OnCPU, c) }, 1},
		{"nobody else has them", func(s *scene) {
			ring(s)
			s.does(Sleeping, c)
			s.Objects[0].Others, s.Objects[1].Others = nil, nil
		}, 0}, // a deadlock
		{"it waits for bytes", func(s *scene) { ring(s); s.does(InTTY, c) }, 0}, // likewise
		{"one of the two has a thread that computes, and may let go", func(s *scene) {
			ring(s)
			s.does(Sleeping, c)
			s.does(OnCPU, a.and(11))
			s.Objects[1].Holders[0].AnyThread = true
		}, 0},
		{"one waits with a timeout", func(s *scene) {
			s.waits(a, "L", "timed")
			s.waits(b, "M")
			s.lock("L", b).Others = []procs.PIDRef{c.PIDRef}
			s.lock("M", a).Others = []procs.PIDRef{c.PIDRef}
			s.does(Sleeping, c)
		}, 0},
		{"one of the locks was passed on before", func(s *scene) { ring(s); s.does(Sleeping, c); s.Objects[0].Passed = true }, 0},
		{"who waits for itself may be given a signal", func(s *scene) {
			s.waits(a, "L")
			s.lock("L", a).Others = []procs.PIDRef{c.PIDRef}
			s.does(Sleeping, c)
		}, 0},
		{"it is no ring: who has the lock sleeps", func(s *scene) {
			s.waits(a, "L")
			s.does(Sleeping, b)
			s.lock("L", b).Others = []procs.PIDRef{a.PIDRef, c.PIDRef}
			s.does(Sleeping, c)
		}, 0},
	} {
		v, got := told(tt.scene)
		if len(v.Rings) != tt.rings {
			t.Errorf("%s: %d rings, want %d; %s", tt.name, len(v.Rings), tt.rings, got)
		}
		for _, l := range v.Locks {
			if l.Ring != (tt.rings > 0) || l.Ring && (!l.Contended || l.Deadlocked) {
				t.Errorf("%s: %s: ring %v, contended %v, deadlocked %v", tt.name, l.ID, l.Ring, l.Contended, l.Deadlocked)
			}
		}
	}
}
