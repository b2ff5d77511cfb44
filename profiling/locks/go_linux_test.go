package locks_test

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/muster/profiling"
	"example.com/muster/profiling/locks"
	"example.com/muster/profiling/locks/graph"
)

// until looks until a view is as wanted, and returns the last one.
func (w *watched) until(t *testing.T, want string, is func(*graph.View) bool) *graph.View {
	t.Helper()
	limit := time.After(2 * agreeTime)
	var last *graph.View
	for {
		v := w.next(limit)
		if v == nil {
			t.Fatalf("it never said %s:\n%s%+v", want, shown(last), last.Lines)
		}
		if last = v; is(v) {
			return v
		}
	}
}

// row returns a row of the coverage.
func row(v *graph.View, source string) (c profiling.Coverage, ok bool) {
	i := slices.IndexFunc(v.Coverage, func(c profiling.Coverage) bool { return c.Source == source })
	if i < 0 {
		return c, false
	}
	return v.Coverage[i], true
}

// lineOf finds the line of a function in a profile.
func lineOf(v *graph.View, p graph.Profile, function string) *graph.Line {
	for i := range v.Lines {
		if l := &v.Lines[i]; l.Profile == p && l.Function == function {
			return l
		}
	}
	return nil
}

// TestGoContention: a program that fights for a mutex tells both lines of it,
// who waits and who lets go, and that one that receives work is no contention.
func TestGoContention(t *testing.T) {
	c := openCorpus(t)
	p := c.start(t, []string{c.program(t, "go"), "fight"}, false)
	defer p.end(t)
	w := watch(p.tree, nil)
	defer w.stop()
	if p.await(t, w) == nil {
		return
	}
	both := func(v *graph.View) bool {
		return lineOf(v, graph.BlockProfile, "main.visit") != nil && lineOf(v, graph.MutexProfile, "main.visit") != nil && lineOf(v, graph.BlockProfile, "main.work") != nil
	}
	v := w.until(t, "where it contends", both)
	block, mutex := lineOf(v, graph.BlockProfile, "main.visit"), lineOf(v, graph.MutexProfile, "main.visit")
	if mutex.Line != block.Line+2 { // Lock, Sleep, Unlock
		t.Errorf("it waits at line %d and lets go at line %d", block.Line, mutex.Line)
	}
	for _, l := range []*graph.Line{block, mutex} {
		if !l.Contended || l.For != "mutex" || filepath.Base(l.File) != "main.go" || l.PID != p.cmd.Process.Pid {
			t.Errorf("%+v", l)
		}
		// Three of four wait at any time; each wait takes a visit of a millisecond at least.
		if l.Mean() < time.Millisecond || l.Share() < 0.5 || l.Share() > 12 || l.Waits < 1 || l.Over <= 0 {
			t.Errorf("%s: %d waits, %v each, share %.2f, in %v", l.Profile, l.Waits, l.Mean(), l.Share(), l.Over)
		}
	}
	if l := lineOf(v, graph.BlockProfile, "main.work"); l.Contended || l.For != "channel receive" {
		t.Errorf("to wait for work: %+v", l)
	}
	if c, ok := row(v, "go contention"); !ok || !c.OK {
		t.Errorf("coverage: %+v", c)
	}
	// One answer is enough, too.
	once := locks.Once(context.Background(), p.tree())
	for limit := time.Now().Add(agreeTime); !both(once) && time.Now().Before(limit); {
		once = locks.Once(context.Background(), p.tree())
	}
	if !both(once) {
		t.Errorf("asked once: %+v\n%s", once.Lines, shown(once))
	}
}

// TestGoIdle: goroutines that wait for work at channels contend nowhere, and
// that nothing is recorded is said, not taken for no contention.
func TestGoIdle(t *testing.T) {
	c := openCorpus(t)
	p := c.start(t, []string{c.program(t, "go"), "chan"}, false)
	defer p.end(t)
	w := watch(p.tree, nil)
	defer w.stop()
	if p.await(t, w) == nil {
		return
	}
	v := w.until(t, "that nothing is recorded", func(v *graph.View) bool {
		for _, l := range v.Lines {
			if l.Contended && l.For != "runtime lock" {
				t.Errorf("idle workers contend: %+v", l)
			}
		}
		for _, l := range v.Locks {
			if l.Contended || l.Abandoned || l.Deadlocked {
				t.Errorf("idle workers: %+v", l)
			}
		}
		c, ok := row(v, "go contention")
		return ok && strings.Contains(c.Note, "does not record where goroutines wait")
	})
	if c, _ := row(v, "go contention"); c.OK || !strings.Contains(c.Note, "runtime.SetMutexProfileFraction(10)") {
		t.Errorf("%+v", c)
	}
	if c, _ := row(v, "go"); !c.OK {
		t.Errorf("its goroutines are told: %+v", c)
	}
}

// TestGoKeepsAFile: a program that has a file lock and seems to wait for work
// is what muster cannot look into. Screen 4 warns of its silence by this chain.
func TestGoKeepsAFile(t *testing.T) {
	c := openCorpus(t)
	p := c.start(t, []string{c.program(t, "go"), "keep"}, false)
	defer p.end(t)
	w := watch(p.tree, nil)
	defer w.stop()
	if p.await(t, w) == nil {
		return
	}
	pid := p.cmd.Process.Pid
	v := w.until(t, "that it seems to wait for work", func(v *graph.View) bool {
		c, asked := row(v, "go")
		return asked && !strings.Contains(c.Note, "has not told yet") && slices.ContainsFunc(v.Locks, func(l graph.Lock) bool {
			return l.Kind == graph.Flock && l.Contended && len(l.Chain) == 1 && l.Chain[0].PID == pid && l.Chain[0].Doing == graph.Idle && l.Chain[0].WaitsFor == ""
		})
	})
	if c, _ := row(v, "go"); c.OK || !strings.Contains(c.Note, "it serves no net/http/pprof") {
		t.Errorf("coverage: %+v", c)
	}
}
