package supervisor

import (
	"testing"
	"testing/synctest"
	"time"

	"example.com/muster/procs"
)

// What a pool that keeps daemons has left and is none ends with the session, which is told
// to who has not asked for the end of its run.
func TestWhatIsNoDaemonEndsWithTheSession(t *testing.T) {
	keeps := named("p", func(s *procs.Spec) { s.KeepDaemons = true })
	const told = "p/0 has ended; 1 process that it left was ended too (setsid with --keep-daemons lets it live)"
	prepare := func(w *world) {
		w.living[idOf("p")] = []procs.PIDRef{{PID: 500, StartTime: 9}}
		w.stopped = map[procs.ID]int{idOf("p"): 1}
	}
	tell := func(story func(*stage)) { stagePools(t, []procs.Spec{keeps}, prepare, story) }
	tell(func(st *stage) { // it heeds nothing but SIGKILL
		st.ends("p", 0)
		st.after(time.Hour)
		st.noticed()
		st.expect("p", "exited: exit 0")
		st.told()
		st.shutdown()
		st.after(procs.DefaultGrace - time.Second)
		st.toldIs("SIGTERM to pid 500\nSIGCONT to pid 500")
		st.noticed()
		st.after(2 * time.Second)
		st.toldIs("SIGKILL to pid 500")
		st.noticed(told)
	})
	tell(func(st *stage) { // there is no time
		st.ends("p", 0)
		st.after(0)
		st.told()
		st.shutdown()
		st.do(procs.Shutdown{Now: true})
		st.after(time.Second / 2)
		st.toldIs("SIGKILL to pid 500") // it has not yet been asked
		st.noticed(told)
	})
	tell(func(st *stage) { // a second request is in a hurry
		st.ends("p", 0)
		st.after(0)
		st.told()
		st.shutdown()
		st.shutdown()
		st.after(time.Second / 2)
		st.toldIs("SIGKILL to pid 500") // it has not yet been asked
	})
	tell(func(st *stage) { // who runs the session wants it to end
		st.ends("p", 0)
		st.after(0)
		st.told()
		st.shutdown()
		st.cancel()
		st.after(time.Second / 2)
		st.toldIs("SIGKILL to pid 500") // it has not yet been asked
	})
	tell(func(st *stage) { // its grace stands still while it does
		st.ends("p", 0)
		st.after(0)
		st.told()
		st.shutdown()
		st.after(procs.DefaultGrace / 2)
		st.do(procs.Pause{})
		st.after(time.Hour)
		st.do(procs.Resume{})
		st.after(procs.DefaultGrace/2 - time.Second)
		st.toldIs("SIGTERM to pid 500\nSIGCONT to pid 500\nSIGSTOP to pid 500\nSIGCONT to pid 500")
		st.after(2 * time.Second)
		st.toldIs("SIGKILL to pid 500")
	})
	tell(func(st *stage) { // nobody asks who stands still
		st.ends("p", 0)
		st.after(0)
		st.told()
		st.do(procs.Pause{})
		st.shutdown()
		st.after(time.Hour)
		st.toldIs("SIGSTOP to pid 500")
		st.do(procs.Resume{})
		st.after(procs.DefaultGrace - time.Second)
		st.toldIs("SIGCONT to pid 500\nSIGTERM to pid 500\nSIGCONT to pid 500")
		st.after(2 * time.Second)
		st.toldIs("SIGKILL to pid 500")
	})
	tell(func(st *stage) { // but for who is in a hurry
		st.ends("p", 0)
		st.after(0)
		st.told()
		st.do(procs.Pause{})
		st.shutdown()
		st.shutdown()
		st.after(time.Second / 2)
		st.toldIs("SIGSTOP to pid 500\nSIGKILL to pid 500")
	})
	tell(func(st *stage) { // its slot was scaled away
		st.ends("p", 0)
		st.after(0)
		st.do(procs.Scale{Pool: "p", Size: 0})
		st.after(0)
		st.told()
		st.shutdown()
		st.after(procs.DefaultGrace + time.Second)
		st.noticed(told)
	})
	tell(func(st *stage) { // its run was asked to end
		st.shutdown()
		st.after(procs.DefaultGrace + time.Second)
		st.noticed()
	})
}

// What ends while its slot is stopped was asked to, from the first moment of its run on; what
// its pool lets live after that was not.
func TestWhoWasAskedToEnd(t *testing.T) {
	for _, keep := range []bool{false, true} {
		var gate chan struct{}
		pool := named("p", func(s *procs.Spec) { s.KeepDaemons = keep })
		stagePools(t, []procs.Spec{pool}, func(w *world) { gate = w.shut() }, func(st *stage) {
			asked := func() bool { _, ok := st.toEnd.Load(idOf("p")); return ok }
			st.do(procs.Stop{})
			st.drains = make(chan struct{})
			close(gate)
			synctest.Wait()
			if !asked() {
				t.Errorf("daemons kept %v: nothing of a run that was stopped before it has begun was asked to end", keep)
			}
			close(st.drains)
			st.after(0)
			st.expect("p", "stopped")
			if asked() != !keep {
				t.Errorf("daemons kept %v: after the stop all is asked to end: %v", keep, asked())
			}
		})
	}
}
