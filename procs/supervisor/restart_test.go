package supervisor

import (
	"testing"
	"time"

	"example.com/muster/procs"
)

func TestARestartOfSeveralPoolsStartsThemInOrder(t *testing.T) {
	pools := []procs.Spec{named("web", nil, "api: started"), named("api", nil, "db: ready", "init: succeeded"), named("db", checked), named("init", nil)}
	stagePools(t, pools, nil, func(st *stage) {
		st.ends("init", 0)
		st.runs("web running.1, api running.1, db running.1, init exited.1")
		st.answer(idOf("db"), 1)
		st.told()
		st.do(procs.Restart{})
		st.runs("web starting.1, api starting.1, db running.2?, init running.2")
		st.expect("api", "starting: waits for db: ready, exec ./check exits 1 (1 of 3); init: succeeded")
		st.expect("web", "starting: waits for api: started, which waits for db: ready")
		st.ends("init", 0)
		st.answer(idOf("db"), 0)
		st.after(time.Second)
		st.runs("web running.2, api running.2, db running.2, init exited.2")
	})
}

func TestARestartOfSeveralPoolsDoesNotStartWhatCannotBe(t *testing.T) {
	pools := []procs.Spec{named("init", nil), named("api", nil, "init: succeeded")}
	stagePools(t, pools, nil, func(st *stage) {
		st.ends("init", 0)
		st.do(procs.Restart{})
		st.ends("init", 4)
		st.expect("api", "failed: waits for init: succeeded, but init/0 ended: exit 4")
		st.do(procs.Restart{IDs: []procs.ID{idOf("api")}}) // by hand: as anything that cannot start
		st.expect("api", "running")
	})
}

func TestARestartOfOnePoolWaitsForNothing(t *testing.T) {
	stagePools(t, []procs.Spec{named("db", checked), named("api", nil, "db: ready")}, nil, func(st *stage) {
		st.do(procs.Stop{IDs: []procs.ID{idOf("db")}})
		st.do(procs.Restart{IDs: []procs.ID{idOf("api")}})
		st.runs("db stopped.1, api running.2")
	})
}

func TestWhatIsToWaitAfterItsRestartCanBeStopped(t *testing.T) {
	stagePools(t, []procs.Spec{named("db", checked), named("api", nil, "db: ready")}, nil, func(st *stage) {
		st.processes[idOf("api")].stubborn = true
		st.do(procs.Restart{})
		st.do(procs.Stop{IDs: []procs.ID{idOf("api")}})
		st.after(procs.DefaultGrace)
		st.runs("db running.2, api stopped.1")
	})
}

func TestARollWaitsForWhatThePoolDependsOn(t *testing.T) {
	before := []procs.Spec{named("api", of(2, nil))}
	after := []procs.Spec{named("api", of(2, func(s *procs.Spec) { s.Argv = []string{"api2"} }), "db: ready"), named("db", checked)}
	stagePools(t, before, nil, func(st *stage) {
		st.answer(idOf("db"), 1)
		st.do(procs.Apply{Pools: after})
		st.runs("api rolling running.1 running.1, db running.1?")
		told := st.said() // with the check, if that has been made by then
		const waits = "the rolling restart of api waits for db: ready"
		if len(told) != 1 || told[0] != waits && told[0] != waits+", exec ./check" {
			t.Errorf("got %q", told)
		}
		st.noticed(told...)
		st.answer(idOf("db"), 0)
		st.after(time.Second)
		st.runs("api running.2 running.2, db running.1")
		st.noticed()
		st.do(procs.Stop{IDs: []procs.ID{idOf("db")}}) // it will not come by itself: then the roll goes on
		st.do(procs.Roll{Pools: []string{"api"}})
		st.runs("api running.3 running.3, db stopped.1")
	})
}
