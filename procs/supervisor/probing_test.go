package supervisor

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/muster/procs"
)

func TestReadinessComesAndGoes(t *testing.T) {
	stagePools(t, []procs.Spec{named("db", checked)}, func(w *world) { w.answer(idOf("db"), 1) }, func(st *stage) {
		st.after(time.Minute)
		st.expect("db", "running: not ready: exec ./check exits 1 (3 of 3)")
		st.answer(idOf("db"), 0)
		st.after(time.Second)
		st.expect("db", "running")
		if sl := st.slot("db"); !sl.Probed || !sl.Ready {
			st.t.Errorf("probed %v, ready %v", sl.Probed, sl.Ready)
		}
		st.answer(idOf("db"), 7)
		st.after(2 * time.Second)
		if sl := st.slot("db"); !sl.Ready {
			st.t.Error("two failures in a row of three are enough to be not ready")
		}
		st.after(time.Second)
		st.expect("db", "running: not ready: exec ./check exits 7 (3 of 3)")
		want := "db/0 starting ready false\ndb/0 running ready false\ndb/0 running ready true\ndb/0 running ready false"
		if got := strings.Join(st.changes, "\n"); got != want {
			st.t.Errorf("changes:\n%s\nwant:\n%s", got, want)
		}
		if st.processes[idOf("db")].ref.PID != st.slot("db").PID {
			st.t.Error("it was restarted: readiness is not liveness")
		}
	})
}

func TestAProbeThatHangsHasFailedAtItsDeadline(t *testing.T) {
	stagePools(t, []procs.Spec{named("db", checked)}, func(w *world) { w.answer(idOf("db"), hangs) }, func(st *stage) {
		st.expect("db", "running: not ready: exec ./check")
		st.after(procs.DefaultProbeTimeout)
		st.expect("db", "running: not ready: exec ./check: no answer within 5s (1 of 3)")
	})
}

func TestAProbeThatHangsEndsWithItsRun(t *testing.T) {
	stagePools(t, []procs.Spec{named("db", func(s *procs.Spec) {
		checked(s)
		s.Ready.Timeout = 24 * time.Hour
	})}, func(w *world) { w.answer(idOf("db"), hangs) }, func(st *stage) {
		st.ends("db", 0)
		st.expect("db", "exited: exit 0")
		st.answer(idOf("db"), 0)
		st.do(procs.Start{})
		st.expect("db", "running") // by the new run's own answer
	})
}

func TestARunThatDoesNotAnswerIsRestarted(t *testing.T) {
	live := func(s *procs.Spec) {
		s.Live = &procs.Probe{Exec: []string{"./check"}, Every: time.Second, Failures: 2}
		s.Restart.Max = 1
	}
	stagePools(t, []procs.Spec{named("db", live)}, nil, func(st *stage) {
		st.processes[idOf("db")].stubborn = true
		st.answer(idOf("db"), 1)
		st.after(time.Second)
		st.expect("db", "running: live: exec ./check exits 1 (1 of 2)")
		st.after(time.Second)
		st.expect("db", "stopping: live: exec ./check exits 1 (2 of 2)")
		st.after(procs.DefaultGrace)
		st.expect("db", "backing_off: live: exec ./check exits 1 (2 of 2)")
		st.answer(idOf("db"), 0)
		st.after(time.Second)
		st.expect("db", "running")
		if sl := st.slot("db"); sl.N != 2 || sl.Restarts != 1 {
			st.t.Errorf("run %d after %d restarts", sl.N, sl.Restarts)
		}
		st.answer(idOf("db"), 1)
		st.after(3 * time.Second)
		st.expect("db", "failed: crash loop: live: exec ./check exits 1 (2 of 2) after 1 restart")
		if e := st.slot("db").LastExit; e == nil || !e.Asked || e.Why != "live: exec ./check exits 1 (2 of 2)" {
			t.Errorf("its end is told as %+v", e)
		}
	})
}

func TestWhatIsDebuggedIsNotRestarted(t *testing.T) {
	live := func(s *procs.Spec) {
		s.Live = &procs.Probe{Exec: []string{"./check"}, Every: time.Second, Failures: 3}
	}
	stagePools(t, []procs.Spec{named("db", live)}, nil, func(st *stage) {
		st.answer(idOf("db"), 1)
		st.after(2 * time.Second)
		st.expect("db", "running: live: exec ./check exits 1 (2 of 3)")
		st.debugged.Store(true)
		st.after(time.Hour)
		st.expect("db", "running")
		st.debugged.Store(false)
		st.after(2 * time.Second)
		st.expect("db", "running: live: exec ./check exits 1 (2 of 3)") // counted anew
		st.after(time.Second)
		if s := st.slot("db"); s.N == 1 && s.State == procs.Running {
			t.Errorf("nobody debugs it any more, and it is %v", s.State)
		}
	})
}

func TestAPauseStopsTheProbes(t *testing.T) {
	live := func(s *procs.Spec) {
		s.Live = &procs.Probe{Exec: []string{"./check"}, Every: time.Second, Failures: 1}
	}
	stagePools(t, []procs.Spec{named("db", live)}, nil, func(st *stage) {
		st.answer(idOf("db"), hangs)
		st.after(time.Second) // a try is under way
		st.do(procs.Pause{})
		st.after(time.Hour)
		st.expect("db", "running")
		st.answer(idOf("db"), 0)
		st.do(procs.Resume{})
		st.after(time.Minute)
		st.expect("db", "running")
		if n := st.slot("db").N; n != 1 {
			st.t.Errorf("run %d: it was restarted for not answering while it was stopped", n)
		}
	})
}

func TestADelayGoesOnWhereAPauseFoundIt(t *testing.T) {
	late := func(s *procs.Spec) { s.Ready = &procs.Probe{Exec: []string{"./check"}, Delay: 10 * time.Second} }
	stagePools(t, []procs.Spec{named("db", late)}, nil, func(st *stage) {
		st.after(4 * time.Second)
		st.do(procs.Pause{})
		st.after(time.Hour)
		st.do(procs.Resume{})
		st.after(5 * time.Second)
		if n := st.tried(); n != 0 {
			st.t.Errorf("%d tries after 9 of 10 seconds", n)
		}
		st.after(time.Second)
		st.expect("db", "running")
		if !st.slot("db").Ready || st.tried() != 1 {
			st.t.Errorf("%d tries after 10 seconds: those of the pause were made up for", st.tried())
		}
	})
}

func TestReadinessByALineOfOutput(t *testing.T) {
	says := func(s *procs.Spec) { s.Ready = &procs.Probe{LogLine: `ready to accept`} }
	stagePools(t, []procs.Spec{named("db", says), named("api", nil, "db: ready")}, nil, func(st *stage) {
		st.expect("api", "starting: waits for db: ready, log line /ready to accept/")
		st.taps[idOf("db")](procs.Stdout, 0, []byte("starting\nready to acc"))
		synctest.Wait()
		st.expect("api", "starting: waits for db: ready, log line /ready to accept/")
		st.taps[idOf("db")](procs.Stdout, 0, []byte("ept\n"))
		synctest.Wait()
		st.expect("db", "running")
		st.expect("api", "running")
		st.ends("db", 0)
		st.do(procs.Start{IDs: []procs.ID{idOf("db")}})
		st.expect("db", "running: not ready: log line /ready to accept/") // a new run, a new line
	})
}

func TestALogLineThatIsNoPattern(t *testing.T) {
	stagePools(t, []procs.Spec{named("db", func(s *procs.Spec) { s.Ready = &procs.Probe{LogLine: `(`} })}, nil, func(st *stage) {
		st.expect("db", "failed: error parsing regexp: missing closing ): `(`")
	})
}

// What does not change is not told: a probe that says the same every second
// must not wake a screen.
func TestAProbeThatSaysTheSameIsSilent(t *testing.T) {
	stagePools(t, []procs.Spec{named("db", checked)}, nil, func(st *stage) {
		before := st.Version()
		st.after(time.Minute)
		if got := st.Version(); got != before {
			st.t.Errorf("the version moved by %d in a minute of good answers", got-before)
		}
	})
}

// Where there is no screen nobody would see why the pools above do not start.
func TestThatAProbeSaysNoAndThenYesIsNotedOnceARun(t *testing.T) {
	pools := []procs.Spec{named("db", checked), named("api", nil, "db: ready")}
	stagePools(t, pools, func(w *world) { w.answer(idOf("db"), 1) }, func(st *stage) {
		st.after(time.Second)
		st.noticed() // it may still come
		st.after(time.Minute)
		st.noticed("db/0 is not ready: exec ./check exits 1 (3 of 3)")
		st.answer(idOf("db"), 0)
		st.after(time.Second)
		st.noticed("db/0 is ready")
		for code := range 4 { // it flaps: the row shows it
			st.answer(idOf("db"), (code+1)%2)
			st.after(time.Minute)
		}
		st.noticed()
		st.answer(idOf("db"), 2)
		st.do(procs.Restart{IDs: []procs.ID{idOf("db")}})
		st.after(time.Minute)
		st.noticed("db/0 is not ready: exec ./check exits 2 (3 of 3)")
	})
}
