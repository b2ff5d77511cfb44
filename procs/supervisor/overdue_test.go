package supervisor

import (
	"regexp"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"example.com/muster/procs"
)

// said is what has been told so far.
func (st *stage) said() []string {
	st.mu.Lock()
	defer st.mu.Unlock()
	return slices.Clone(st.notices)
}

// Of many that have to be killed at once a few are named, and the others counted. Who
// ends in time is not told of, nor who is killed since somebody wants that.
func TestWhoDoesNotEndWithinItsGraceIsToldOf(t *testing.T) {
	many := procs.Spec{Name: "many", Argv: []string{"x"}, Size: 6, Stop: procs.StopPolicy{Signal: procs.SIGINT, Grace: 2 * time.Second}}
	one := procs.Spec{Name: "one", Argv: []string{"x"}, Size: 2, Stop: procs.StopPolicy{Signal: procs.SIGTERM, Grace: time.Minute}}
	stagePools(t, []procs.Spec{many, one}, nil, func(st *stage) {
		id := procs.ID{Pool: "one"}
		st.processes[id].stubborn = true // but not the other one
		for i := range many.Size {
			st.processes[procs.ID{Pool: "many", Slot: i}].stubborn = true
		}
		st.do(procs.Stop{})
		if told := st.said(); len(told) > 0 {
			t.Errorf("within the grace: %q", told)
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		told := st.said()
		slices.Sort(told)
		if len(told) != 4 || told[0] != "3 more processes did not end within their grace: killed" || !overdueLine.MatchString(told[1]) {
			t.Errorf("after the grace: %q", told)
		}
		st.do(procs.Kill{IDs: []procs.ID{id}})
		time.Sleep(time.Hour)
		if told := st.said(); len(told) != 4 {
			t.Errorf("of who was killed on request: %q", told)
		}
	})
}

// The number is told before the session ends, too.
func TestTheEndOfASessionTellsHowManyWereKilled(t *testing.T) {
	many := procs.Spec{Name: "many", Argv: []string{"x"}, Size: 5, Stop: procs.StopPolicy{Signal: procs.SIGINT, Grace: 2 * time.Second}}
	stagePools(t, []procs.Spec{many}, nil, func(st *stage) {
		for i := range many.Size {
			st.processes[procs.ID{Pool: "many", Slot: i}].stubborn = true
		}
		st.do(procs.Shutdown{})
		<-st.Done()
		if told := st.said(); len(told) != 4 || !slices.Contains(told, "2 more processes did not end within their grace: killed") {
			t.Errorf("got %q", told)
		}
	})
}

var overdueLine = regexp.MustCompile(`^many/\d \(pid \d+\) did not end within 2s of SIGINT: killed$`)
