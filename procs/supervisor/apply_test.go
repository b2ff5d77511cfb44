package supervisor

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"example.com/muster/procs"
)

func TestApply(t *testing.T) {
	before := []procs.Spec{named("db", nil), named("api", of(2, nil), "db: ready"), named("old", nil)}
	tests := []struct {
		name  string
		after []procs.Spec
		runs  string
		told  string
	}{
		{"nothing", before, "db running.1, api running.1 running.1, old running.1", ""},
		{
			"a pool more", append([]procs.Spec{named("new", nil, "db: ready")}, before...),
			"new running.1, db running.1, api running.1 running.1, old running.1", "start new/0 run 1",
		},
		{
			"a pool less", before[:2],
			"db running.1, api running.1 running.1", "SIGTERM to old/0\nSIGCONT to old/0",
		},
		{
			"more processes",
			[]procs.Spec{before[0], named("api", of(3, nil), "db: ready"), before[2]},
			"db running.1, api running.1 running.1 running.1, old running.1", "start api/2 run 1",
		},
		{
			"fewer processes",
			[]procs.Spec{before[0], named("api", nil, "db: ready"), before[2]},
			"db running.1, api running.1, old running.1", "SIGTERM to api/1\nSIGCONT to api/1",
		},
		{
			"another command",
			[]procs.Spec{before[0], named("api", of(2, func(s *procs.Spec) { s.Argv = []string{"api2"} }), "db: ready"), before[2]},
			"db running.1, api running.2 running.2, old running.1",
			"SIGTERM to api/0\nSIGCONT to api/0\nstart api/0 run 2\nSIGTERM to api/1\nSIGCONT to api/1\nstart api/1 run 2",
		},
		{
			"disabled",
			[]procs.Spec{named("db", func(s *procs.Spec) { s.Disabled = true }), before[1], before[2]},
			"db stopped.1, api running.1 running.1, old running.1", "SIGTERM to db/0\nSIGCONT to db/0",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			stagePools(t, before, nil, func(st *stage) {
				st.told()
				st.do(procs.Apply{Pools: tt.after})
				st.runs(tt.runs)
				st.toldIs(tt.told)
				if changes := procs.Diff(st.Specs(), tt.after); len(changes) > 0 {
					st.t.Errorf("still differs: %v", changes)
				}
				st.noticed()
			})
		})
	}
}

func TestApplyTakesOverPoliciesInPlace(t *testing.T) {
	stagePools(t, []procs.Spec{named("api", nil), named("web", nil, "api: ready")}, nil, func(st *stage) {
		st.answer(idOf("api"), 1)
		grace := func(s *procs.Spec) { s.Stop.Grace = time.Hour; s.Restart.When = procs.RestartAlways; checked(s) }
		st.do(procs.Apply{Pools: []procs.Spec{named("api", grace), named("web", nil, "api: ready")}})
		st.expect("api", "running: not ready: exec ./check exits 1 (1 of 3)")
		st.expect("web", "running") // what runs does not wait again
		if n := st.slot("api").N; n != 1 {
			st.t.Errorf("run %d: it was restarted", n)
		}
		st.ends("api", 0)
		st.after(time.Second)
		st.expect("api", "running: not ready: exec ./check exits 1 (1 of 3)")
		st.processes[idOf("api")].stubborn = true
		st.do(procs.Stop{IDs: []procs.ID{idOf("api")}})
		st.after(time.Minute)
		st.expect("api", "stopping")
	})
}

func TestApplyStartsWhatFailedUnderTheOldCommand(t *testing.T) {
	stagePools(t, []procs.Spec{named("api", of(2, nil))}, nil, func(st *stage) {
		st.ends("api", 1)
		st.do(procs.Stop{IDs: []procs.ID{{Pool: "api", Slot: 1}}})
		st.do(procs.Apply{Pools: []procs.Spec{named("api", of(2, func(s *procs.Spec) { s.Argv = []string{"mended"} }))}})
		st.runs("api running.2 stopped.1")
	})
}

func TestApplyReleasesWhatNeedNotWaitAnyMore(t *testing.T) {
	stagePools(t, []procs.Spec{named("db", checked), named("api", nil, "db: ready")}, func(w *world) { w.answer(idOf("db"), 1) }, func(st *stage) {
		st.expect("api", "starting: waits for db: ready, exec ./check exits 1 (1 of 3)")
		st.do(procs.Apply{Pools: []procs.Spec{named("db", checked), named("api", nil, "db: started")}})
		st.expect("api", "running")
	})
}

func TestApplyWithEnabledPool(t *testing.T) {
	off := named("db", func(s *procs.Spec) { s.Disabled = true })
	stagePools(t, []procs.Spec{off, named("api", nil, "db: ready")}, nil, func(st *stage) {
		st.do(procs.Apply{Pools: []procs.Spec{named("db", nil), named("api", nil, "db: ready")}})
		st.runs("db running.1, api running.1")
	})
}

// TestApplyOfAnotherCommand: what starts for the change itself starts once, and is
// not restarted for the new command.
func TestApplyOfAnotherCommand(t *testing.T) {
	mended := func(s *procs.Spec) { s.Argv = []string{"mended"} }
	off := named("db", func(s *procs.Spec) { s.Disabled = true })
	for _, tt := range []struct {
		name   string
		before procs.Spec
		first  procs.Command
		after  procs.Spec
		runs   string
	}{
		{"to a disabled pool", off, nil, named("db", mended), "db running.1"},
		{"to a disabled pool that was started by hand", off, procs.Start{IDs: []procs.ID{idOf("db")}}, named("db", mended), "db running.2"},
		{"with more processes", named("db", nil), nil, named("db", of(3, mended)), "db running.2 running.1 running.1"},
		{"and disabled", named("db", nil), nil, named("db", func(s *procs.Spec) { mended(s); s.Disabled = true }), "db stopped.1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			stagePools(t, []procs.Spec{tt.before}, nil, func(st *stage) {
				if tt.first != nil {
					st.do(tt.first)
				}
				st.do(procs.Apply{Pools: []procs.Spec{tt.after}})
				st.runs(tt.runs)
				if got := st.argv[idOf("db")]; !tt.after.Disabled && got != "mended" {
					st.t.Errorf("it runs %s", got)
				}
			})
		})
	}
}

// TestApplyDoesNotStopHalfWay: a slot whose last run still prints when the time of
// who asked is over gets the new spec all the same.
func TestApplyDoesNotStopHalfWay(t *testing.T) {
	always := func(s *procs.Spec) { s.Restart.When = procs.RestartAlways }
	stagePools(t, []procs.Spec{named("api", of(2, always))}, nil, func(st *stage) {
		st.world.mu.Lock()
		drains := make(chan struct{})
		st.drains = drains
		st.world.mu.Unlock()
		st.ends("api", 1)
		time.AfterFunc(10*time.Second, func() { close(drains) })
		ctx, cancel := context.WithTimeout(st.t.Context(), time.Second)
		defer cancel()
		after := []procs.Spec{named("api", of(3, func(s *procs.Spec) { always(s); s.Argv = []string{"mended"} }))}
		if err := st.Do(ctx, procs.Apply{Pools: after}); err != nil {
			st.t.Error(err)
		}
		st.after(time.Minute)
		for i := range 3 {
			if id := (procs.ID{Pool: "api", Slot: i}); st.argv[id] != "mended" {
				st.t.Errorf("%s runs %q", id, st.argv[id])
			}
		}
	})
}

// TestApplyWhileAStartIsUnderWay: a line that is to tell of readiness, and that
// nobody looks for in the output of a run that had been started before it was said,
// counts as printed.
func TestApplyWhileAStartIsUnderWay(t *testing.T) {
	logs := func(line string) procs.Spec {
		return named("api", func(s *procs.Spec) { s.Ready = &procs.Probe{LogLine: line} })
	}
	var gate chan struct{}
	stagePools(t, []procs.Spec{logs("up")}, func(w *world) { gate = w.shut() }, func(st *stage) {
		st.do(procs.Apply{Pools: []procs.Spec{logs("ready")}})
		close(gate)
		synctest.Wait()
		st.expect("api", "running")
		if !st.slot("api").Ready {
			st.t.Error("it is not ready")
		}
	})
}

func TestApplyOfWhatCannotBeChangesNothing(t *testing.T) {
	before := []procs.Spec{named("db", nil), named("api", nil, "db: ready")}
	stagePools(t, before, nil, func(st *stage) {
		st.told()
		for _, tt := range []struct {
			pools []procs.Spec
			want  string
		}{
			{[]procs.Spec{named("api", nil, "db: ready")}, "cannot apply the configuration: api depends on db, and there is no such pool"},
			{[]procs.Spec{named("db", nil, "api: ready"), before[1]}, "cannot apply the configuration: db depends on itself: db -> api -> db"},
			{[]procs.Spec{before[0], before[0]}, "cannot apply the configuration: there are two pools db"},
			{[]procs.Spec{named("db", func(s *procs.Spec) { s.Argv = nil })}, "cannot apply the configuration: db has no command"},
			{[]procs.Spec{named("db", of(10_001, nil))}, "cannot apply the configuration: db: a pool has 0 to 10000 processes"},
		} {
			st.refused(procs.Apply{Pools: tt.pools}, tt.want)
		}
		st.runs("db running.1, api running.1")
		st.toldIs("")
	})
}

func TestApplyWhileAPoolIsStillLeaving(t *testing.T) {
	both := []procs.Spec{named("db", nil), named("api", nil)}
	stagePools(t, both, nil, func(st *stage) {
		st.processes[idOf("api")].stubborn = true
		st.do(procs.Apply{Pools: both[:1]})
		st.runs("db running.1, api stopping.1")
		st.refused(procs.Apply{Pools: both}, "cannot apply the configuration: api is still stopping")
		st.refused(procs.Start{IDs: []procs.ID{idOf("api")}}, "cannot start api/0: it has been scaled away")
		st.refused(procs.Scale{Pool: "api", Size: 2}, "cannot scale api: there is no such pool")
		st.do(procs.Apply{Pools: both[:1]}) // nothing to do, and nobody kills it
		st.runs("db running.1, api stopping.1")
		st.after(procs.DefaultGrace)
		st.runs("db running.1")
		st.do(procs.Apply{Pools: both})
		st.runs("db running.1, api running.1")
	})
}

func TestApplyIsRefusedWhileEverythingStops(t *testing.T) {
	stagePools(t, []procs.Spec{named("db", nil)}, nil, func(st *stage) {
		st.processes[idOf("db")].stubborn = true
		st.shutdown()
		st.refused(procs.Apply{Pools: []procs.Spec{named("db", nil)}}, "the session has ended")
	})
}

func TestShutdownDuringARollStartsNothing(t *testing.T) {
	stagePools(t, []procs.Spec{named("api", of(3, checked))}, nil, func(st *stage) {
		st.answer(procs.ID{Pool: "api"}, 1)
		st.do(procs.Roll{})
		st.told()
		st.shutdown()
		<-st.Done()
		synctest.Wait()
		for _, p := range st.Pools() {
			for _, sl := range p.Slots {
				if sl.State != procs.Stopped {
					st.t.Errorf("%s is %s", sl.ID, sl.State)
				}
			}
		}
	})
}

// Pools that a configuration has no more go in the order of a session's end:
// what others need stays until these have ended.
func TestRemovedPoolsGoInReverseOrder(t *testing.T) {
	before := []procs.Spec{named("db", nil), named("api", nil, "db: ready"), named("web", nil, "api: started"), named("old", nil)}
	stagePools(t, before, nil, func(st *stage) {
		st.processes[idOf("web")].stubborn = true
		st.processes[idOf("api")].stubborn = true
		st.told()
		st.do(procs.Apply{Pools: before[3:]})
		st.toldIs("SIGTERM to web/0\nSIGCONT to web/0")
		st.expect("db", "running")
		st.expect("api", "running")
		st.ends("web", 0)
		st.toldIs("SIGTERM to api/0\nSIGCONT to api/0")
		st.expect("db", "running")
		st.ends("api", 0)
		st.toldIs("SIGTERM to db/0\nSIGCONT to db/0")
		st.runs("old running.1")
	})
}

// A shutdown while pools leave ends those that still wait for their turn.
func TestShutdownWhilePoolsLeave(t *testing.T) {
	before := []procs.Spec{named("db", nil), named("api", nil, "db: ready"), named("old", nil)}
	stagePools(t, before, nil, func(st *stage) {
		st.processes[idOf("api")].stubborn = true
		st.do(procs.Apply{Pools: before[2:]})
		st.expect("db", "running")
		st.do(procs.Shutdown{})
		st.ends("api", 0)
		<-st.Done()
	})
}
