package supervisor

import (
	"strings"
	"testing"
	"time"

	"example.com/muster/procs"
)

func of(size int, more func(*procs.Spec)) func(*procs.Spec) {
	return func(s *procs.Spec) {
		s.Size = size
		if more != nil {
			more(s)
		}
	}
}

// runs tells the state and run of each slot: "api/0 running 2, ...".
func (st *stage) runs(want string) {
	st.t.Helper()
	var out []string
	for _, p := range st.Pools() {
		text := p.Name
		if p.Rolling {
			text += " rolling"
		}
		for _, sl := range p.Slots {
			text += " " + string(sl.State) + "." + string(rune('0'+sl.N))
			if sl.State == procs.Running && !sl.Ready {
				text += "?"
			}
		}
		out = append(out, text)
	}
	if got := strings.Join(out, ", "); got != want {
		st.t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestARollingRestartWaitsForEachToBeReady(t *testing.T) {
	spec := named("api", of(3, func(s *procs.Spec) { checked(s); s.MaxUnavailable = 2 }))
	stagePools(t, []procs.Spec{spec}, nil, func(st *stage) {
		for i := range 3 {
			st.answer(procs.ID{Pool: "api", Slot: i}, 1)
		}
		st.do(procs.Roll{Pools: []string{"api"}})
		st.runs("api rolling running.2? running.2? running.1")
		st.refused(procs.Roll{}, "cannot restart api: a rolling restart is under way")
		st.answer(procs.ID{Pool: "api", Slot: 1}, 0)
		st.answer(procs.ID{Pool: "api", Slot: 2}, 0)
		st.after(time.Second)
		st.runs("api rolling running.2? running.2 running.2")
		st.answer(procs.ID{Pool: "api"}, 0)
		st.after(time.Second)
		st.runs("api running.2 running.2 running.2")
		st.noticed()
	})
}

func TestARollingRestartStopsWhenASlotFails(t *testing.T) {
	stagePools(t, []procs.Spec{named("api", of(4, nil))}, nil, func(st *stage) {
		st.do(procs.Stop{IDs: []procs.ID{{Pool: "api", Slot: 0}}})
		st.world.mu.Lock()
		st.refuse = &NotStarted{Code: 127, Why: "not found: api"}
		st.world.mu.Unlock()
		st.do(procs.Roll{})
		st.runs("api stopped.1 failed.2 running.1 running.1")
		st.noticed("the rolling restart of api has stopped: api/1: not found: api; 2 others run on as they were")
	})
}

func TestARollingRestartDoesNotWaitForEver(t *testing.T) {
	stagePools(t, []procs.Spec{named("api", of(2, checked))}, nil, func(st *stage) {
		st.answer(procs.ID{Pool: "api"}, 1)
		st.do(procs.Roll{})
		st.after(30 * time.Second)
		st.do(procs.Pause{})
		st.after(time.Hour)
		st.do(procs.Resume{})
		st.runs("api rolling running.2? running.1")
		st.noticed("api/0 is not ready: exec ./check exits 1 (3 of 3)")
		st.after(34 * time.Second)
		st.runs("api running.2? running.1")
		st.noticed("the rolling restart of api has stopped: api/0 has not become ready within 1m3s: not ready: exec ./check exits 1 (3 of 3); api/1 runs on as it was")
	})
}

func TestWhatSomebodyStopsDuringARollStaysStopped(t *testing.T) {
	stagePools(t, []procs.Spec{named("api", of(3, checked))}, nil, func(st *stage) {
		st.answer(procs.ID{Pool: "api"}, 1)
		st.do(procs.Roll{})
		st.do(procs.Stop{IDs: []procs.ID{{Pool: "api", Slot: 2}}})
		st.do(procs.Stop{IDs: []procs.ID{{Pool: "api", Slot: 0}}})
		st.runs("api stopped.2 running.2 stopped.1")
		st.noticed()
	})
}

func TestAPoolIsRolledAfterWhatItDependsOn(t *testing.T) {
	stagePools(t, []procs.Spec{named("api", nil, "db: ready"), named("db", checked)}, nil, func(st *stage) {
		st.answer(idOf("db"), 1)
		st.do(procs.Roll{})
		st.runs("api rolling running.1, db rolling running.2?")
		st.answer(idOf("db"), 0)
		st.after(time.Second)
		st.runs("api running.2, db running.2")
	})
}

// A slot that somebody restarts just now runs, as far as anybody else is concerned.
func TestARollOfWhatIsBeingRestarted(t *testing.T) {
	stagePools(t, []procs.Spec{named("api", nil)}, nil, func(st *stage) {
		st.processes[idOf("api")].stubborn = true
		st.do(procs.Restart{IDs: []procs.ID{idOf("api")}})
		st.do(procs.Roll{})
		st.runs("api rolling stopping.1")
		st.after(time.Minute) // the grace is over
		st.runs("api running.2")
		st.noticed("api/0 (pid 101) did not end within 10s of SIGTERM: killed")
	})
}

func TestRollRefusals(t *testing.T) {
	stagePools(t, []procs.Spec{named("api", nil)}, nil, func(st *stage) {
		st.refused(procs.Roll{Pools: []string{"nope"}}, "cannot restart nope: there is no such pool")
		st.do(procs.Stop{})
		st.refused(procs.Roll{}, "cannot restart api: nothing runs")
	})
}
