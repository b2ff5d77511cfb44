package supervisor

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"example.com/muster/procs"
)

// TestStarts: so many starts are in progress and no more; those that wait begin in
// their order, whoever is done first.
func TestStarts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const count = startsAtOnce + 10
		var s starts
		var group sync.WaitGroup
		var mu sync.Mutex
		var began []int
		progress := func() []int {
			synctest.Wait()
			mu.Lock()
			defer mu.Unlock()
			return slices.Clone(began)
		}
		end := make([]chan struct{}, count)
		for i := range count {
			end[i] = make(chan struct{})
			s.add(&group, func() {
				mu.Lock()
				began = append(began, i)
				mu.Unlock()
				<-end[i]
			})
		}
		if n := len(progress()); n != startsAtOnce {
			t.Errorf("%d starts are in progress, want %d", n, startsAtOnce)
		}
		for i := range count {
			close(end[i])
			now := progress()
			if want := min(startsAtOnce+i+1, count); len(now) != want {
				t.Fatalf("after the end of start %d, %d have begun, want %d", i, len(now), want)
			}
			if last := now[len(now)-1]; len(now) > startsAtOnce && last != len(now)-1 {
				t.Errorf("start %d begins in the place of %d", last, len(now)-1)
			}
		}
		group.Wait()
		if s.busy != 0 {
			t.Errorf("%d goroutines are counted at the end", s.busy)
		}
	})
}

// TestWhatIsNotWantedAnyMoreIsNotStarted: of many processes that wait for their turn
// to start, those that are killed before it has come are not started at all.
func TestWhatIsNotWantedAnyMoreIsNotStarted(t *testing.T) {
	const count = startsAtOnce + 10
	var gate chan struct{}
	stagePools(t, []procs.Spec{named("api", of(count, nil))}, func(w *world) { gate = w.shut() }, func(st *stage) {
		st.do(procs.Kill{})
		close(gate)
		synctest.Wait()
		told := st.told()
		if n := strings.Count(told, "start "); n != startsAtOnce {
			st.t.Errorf("%d were started, want the %d whose start was under way", n, startsAtOnce)
		}
		never := 0
		for _, sl := range st.Pools()[0].Slots {
			if sl.State != procs.Stopped {
				st.t.Errorf("%s is %s", sl.ID, sl.State)
			}
			if sl.N == 0 && sl.LastExit == nil {
				never++
			}
		}
		st.do(procs.Start{})
		if first := strings.Count(st.told(), " run 1"); never != 10 || first != 10 {
			st.t.Errorf("%d have had no run, and %d their first one later; want 10", never, first)
		}
	})
}
