package supervisor

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/muster/procs"
)

// stage is a world with a supervisor in it, and what that has told.
type stage struct {
	*world
	*Supervisor
	t        *testing.T
	cancel   context.CancelFunc // of the supervisor's context
	debugged atomic.Bool
	mu       sync.Mutex
	notices  []string
	changes  []string
}

// stagePools runs a supervisor of several pools in a bubble of virtual time.
func stagePools(t *testing.T, pools []procs.Spec, prepare func(*world), story func(*stage)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		st := &stage{world: newWorld(), t: t}
		if prepare != nil {
			prepare(st.world)
		}
		st.Supervisor = New(Options{
			Pools: pools, Launch: st.world, Tree: st.world, Debugged: func(procs.ID) bool { return st.debugged.Load() },
			Notice: func(text string) {
				st.mu.Lock()
				defer st.mu.Unlock()
				st.notices = append(st.notices, text)
			},
			Changed: func(before, after procs.Slot) {
				st.mu.Lock()
				defer st.mu.Unlock()
				st.changes = append(st.changes, fmt.Sprintf("%s %s ready %v", after.ID, after.State, after.Ready))
			},
		})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		st.cancel = cancel
		go st.Run(ctx)
		synctest.Wait()
		story(st)
		synctest.Wait()
		if err := st.Do(t.Context(), procs.Shutdown{Now: true}); err != nil && err != ErrClosed {
			t.Error(err)
		}
		<-st.Done()
	})
}

// do carries out a command and waits until nothing moves any more.
func (st *stage) do(c procs.Command) {
	st.t.Helper()
	if err := st.Do(st.t.Context(), c); err != nil {
		st.t.Fatal(err)
	}
	synctest.Wait()
}

// shutdown ends the session in order, as far as it goes without time.
func (st *stage) shutdown() {
	st.t.Helper()
	st.do(procs.Shutdown{})
}

// refused carries out a command that is to fail with these words.
func (st *stage) refused(c procs.Command, want string) {
	st.t.Helper()
	if err := st.Do(st.t.Context(), c); err == nil || err.Error() != want {
		st.t.Errorf("%T: got %v, want %s", c, err, want)
	}
	synctest.Wait()
}

// ends ends the present run of slot 0 of a pool.
func (st *stage) ends(pool string, code int) {
	st.end(procs.ID{Pool: pool}, procs.Exit{Code: code})
	synctest.Wait()
}

func (st *stage) after(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// slot is slot 0 of a pool, or the one named "pool/n".
func (st *stage) slot(name string) procs.Slot {
	st.t.Helper()
	if !strings.Contains(name, "/") {
		name += "/0"
	}
	for _, p := range st.Pools() {
		for _, sl := range p.Slots {
			if sl.ID.String() == name {
				return sl
			}
		}
	}
	st.t.Fatalf("there is no slot %s", name)
	return procs.Slot{}
}

// expect checks what a row shows.
func (st *stage) expect(name, want string) {
	st.t.Helper()
	sl := st.slot(name)
	got := string(sl.State)
	if sl.Reason != "" {
		got += ": " + sl.Reason
	}
	if got != want {
		st.t.Errorf("%s is %s, want %s", name, got, want)
	}
}

func (st *stage) noticed(want ...string) {
	st.t.Helper()
	st.mu.Lock()
	defer st.mu.Unlock()
	if strings.Join(st.notices, "\n") != strings.Join(want, "\n") {
		st.t.Errorf("notices:\n%s\nwant:\n%s", strings.Join(st.notices, "\n"), strings.Join(want, "\n"))
	}
	st.notices = nil
}

func (st *stage) toldIs(want string) {
	st.t.Helper()
	if got := st.told(); got != want {
		st.t.Errorf("happened:\n%s\nwant:\n%s", got, want)
	}
}

// named is a pool with what it depends on, as "db: ready".
func named(name string, change func(*procs.Spec), deps ...string) procs.Spec {
	s := procs.Spec{Name: name, Argv: []string{name}}
	for _, d := range deps {
		pool, on, _ := strings.Cut(d, ": ")
		s.DependsOn = append(s.DependsOn, procs.Dependency{Pool: pool, On: procs.Condition(on)})
	}
	if change != nil {
		change(&s)
	}
	return s.WithDefaults()
}

func checked(s *procs.Spec) { s.Ready = &procs.Probe{Exec: []string{"./check"}} }

func idOf(pool string) procs.ID { return procs.ID{Pool: pool} }

func TestPoolsStartInOrderAndStopInReverse(t *testing.T) {
	pools := []procs.Spec{named("web", nil, "api: ready"), named("api", checked, "db: ready", "init: succeeded"), named("db", checked), named("init", nil), named("other", nil)}
	stagePools(t, pools, func(w *world) { w.answer(idOf("db"), 1); w.answer(idOf("api"), 1) }, func(st *stage) {
		st.expect("api", "starting: waits for db: ready, exec ./check exits 1 (1 of 3); init: succeeded")
		st.expect("web", "starting: waits for api: ready, which waits for db: ready")
		st.expect("db", "running: not ready: exec ./check exits 1 (1 of 3)")
		st.expect("other", "running")
		if st.Idle() {
			t.Error("idle although two pools wait")
		}
		st.told()
		st.answer(idOf("db"), 0)
		st.after(time.Second)
		st.expect("api", "starting: waits for init: succeeded")
		st.ends("init", 0)
		st.expect("api", "running: not ready: exec ./check exits 1 (1 of 3)")
		st.expect("web", "starting: waits for api: ready, exec ./check exits 1 (1 of 3)")
		st.answer(idOf("api"), 0)
		st.after(time.Second)
		st.expect("web", "running")
		st.toldIs("start api/0 run 1\nstart web/0 run 1")
		st.processes[idOf("other")].stubborn = true
		st.shutdown()
		st.toldIs("SIGTERM to other/0\nSIGCONT to other/0\nSIGTERM to web/0\nSIGCONT to web/0\nSIGTERM to api/0\nSIGCONT to api/0\nSIGTERM to db/0\nSIGCONT to db/0")
	})
}

func TestASlowStopHoldsUpOnlyWhatItNeeds(t *testing.T) {
	pools := []procs.Spec{named("db", nil), named("api", nil, "db: started"), named("cache", nil), named("web", nil, "cache: started")}
	stagePools(t, pools, nil, func(st *stage) {
		st.processes[idOf("api")].stubborn = true
		st.shutdown()
		if got, want := states(st.Supervisor), "db/0 running, api/0 stopping, cache/0 stopped, web/0 stopped"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		st.after(procs.DefaultGrace)
		if got, want := states(st.Supervisor), "db/0 stopped, api/0 stopped, cache/0 stopped, web/0 stopped"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

// What cannot be ended is left some time after it was killed, however often that was asked
// for; while others still end it is waited for.
func TestWhatCannotBeEndedIsLeft(t *testing.T) {
	stagePools(t, []procs.Spec{named("db", nil), named("slow", nil)}, nil, func(st *stage) {
		st.processes[idOf("db")].immortal, st.processes[idOf("slow")].immortal = true, true
		st.shutdown()
		st.after(time.Second)
		st.shutdown()
		st.after(killFor - time.Second)
		st.shutdown()
		st.noticed()
		st.ends("slow", 0)
		st.after(2 * time.Second)
		st.noticed()
		st.after(killFor)
		st.noticed(fmt.Sprintf("cannot end db/0 (pid %d): it may not be signalled, as what sudo runs may not, or hangs in the kernel", st.slot("db").PID))
		if st.Idle() {
			t.Error("it counts as ended")
		}
		<-st.done
	})
}

// A start that does not return is left as well.
func TestAStartThatHangsIsLeft(t *testing.T) {
	var gate chan struct{}
	stagePools(t, []procs.Spec{named("db", nil)}, func(w *world) { gate = w.shut() }, func(st *stage) {
		st.do(procs.Shutdown{Now: true})
		st.after(killFor)
		st.noticed("cannot end db/0 (it has not begun): it may not be signalled, as what sudo runs may not, or hangs in the kernel")
		<-st.done
		close(gate)
	})
}

func TestASecondShutdownKillsAll(t *testing.T) {
	stagePools(t, []procs.Spec{named("db", nil), named("api", nil, "db: started")}, nil, func(st *stage) {
		st.processes[idOf("api")].stubborn = true
		for range 2 {
			st.shutdown()
		}
		if got := st.told(); !strings.Contains(got, "SIGKILL to db/0") || !strings.Contains(got, "SIGKILL to api/0") {
			t.Errorf("got:\n%s", got)
		}
	})
}

func TestWhatDependsOnAFailedPoolFailsWithItAndRecovers(t *testing.T) {
	pools := []procs.Spec{named("db", func(s *procs.Spec) { s.Restart = procs.RestartPolicy{When: procs.RestartAlways, Max: 1}; checked(s) }), named("api", nil, "db: ready"), named("web", nil, "api: ready")}
	stagePools(t, pools, func(w *world) { w.answer(idOf("db"), 1) }, func(st *stage) {
		st.ends("db", 3)
		st.expect("api", "starting: waits for db: ready, db/0 is started again after exit 3")
		st.after(time.Second)
		st.ends("db", 3)
		st.expect("db", "failed: crash loop: exit 3 after 1 restart")
		st.expect("api", "failed: waits for db: ready, but db/0 failed: crash loop: exit 3 after 1 restart")
		st.expect("web", "failed: waits for api: ready, but db/0 failed: crash loop: exit 3 after 1 restart")
		if !st.Idle() {
			t.Error("not idle: a headless run would wait for ever")
		}
		st.do(procs.Start{IDs: []procs.ID{idOf("db")}})
		st.expect("api", "starting: waits for db: ready, exec ./check exits 1 (1 of 3)")
		st.answer(idOf("db"), 0)
		st.after(time.Second)
		st.expect("api", "running")
		st.expect("web", "running")
	})
}

func TestADisabledPoolBlocksUntilSomebodyStartsIt(t *testing.T) {
	pools := []procs.Spec{named("db", func(s *procs.Spec) { s.Disabled = true }), named("api", nil, "db: started")}
	stagePools(t, pools, nil, func(st *stage) {
		st.expect("db", "stopped: disabled")
		st.expect("api", "failed: waits for db: started, but db is disabled")
		if !st.Idle() {
			t.Error("not idle")
		}
		st.do(procs.Start{IDs: []procs.ID{idOf("db")}})
		st.expect("db", "running")
		st.expect("api", "running")
	})
}

func TestStartingByHand(t *testing.T) {
	pools := []procs.Spec{named("db", checked), named("api", nil, "db: ready")}
	stagePools(t, pools, func(w *world) { w.answer(idOf("db"), 1) }, func(st *stage) {
		st.do(procs.Start{}) // all: api waits on
		st.expect("api", "starting: waits for db: ready, exec ./check exits 1 (1 of 3)")
		st.do(procs.Stop{IDs: []procs.ID{idOf("api")}})
		st.expect("api", "stopped")
		st.do(procs.Start{IDs: []procs.ID{idOf("api")}}) // of a stopped one: it waits again
		st.expect("api", "starting: waits for db: ready, exec ./check exits 1 (1 of 3)")
		st.do(procs.Start{IDs: []procs.ID{idOf("api")}}) // of one that waits: the user knows
		st.expect("api", "running")
		st.do(procs.Stop{})
		st.expect("api", "stopped")
		st.told()
		st.answer(idOf("db"), 0)
		st.do(procs.Start{})
		st.toldIs("start db/0 run 2\nstart api/0 run 2")
	})
}

func TestRestartsByPolicyDoNotWait(t *testing.T) {
	pools := []procs.Spec{named("db", nil), named("api", func(s *procs.Spec) { s.Restart.When = procs.RestartAlways }, "db: ready")}
	stagePools(t, pools, nil, func(st *stage) {
		st.do(procs.Stop{IDs: []procs.ID{idOf("db")}})
		st.ends("api", 1)
		st.after(time.Second)
		st.expect("api", "running")
	})
}

func TestAPoolOfNoneHasAllThatOneCanWaitFor(t *testing.T) {
	pools := []procs.Spec{named("db", checked), named("api", nil, "db: ready")}
	stagePools(t, pools, func(w *world) { w.answer(idOf("db"), 1) }, func(st *stage) {
		st.do(procs.Scale{Pool: "db", Size: 0})
		st.expect("api", "running")
	})
}

func TestACycleEndsAllTheSame(t *testing.T) {
	pools := []procs.Spec{named("a", nil, "b: started"), named("b", nil, "a: started"), named("c", nil, "nope: started")}
	stagePools(t, pools, nil, func(st *stage) {
		st.expect("c", "failed: waits for nope: started, but there is no such pool")
		st.do(procs.Start{IDs: []procs.ID{idOf("a")}})
		st.expect("b", "running")
		st.shutdown()
		<-st.Done()
	})
}

// A chain and a star of five hundred pools start and stop without anybody
// looking at everything for each step.
func TestFiveHundredPools(t *testing.T) {
	for _, shape := range []string{"chain", "star"} {
		t.Run(shape, func(t *testing.T) {
			pools := []procs.Spec{named("p0", nil)}
			for i := 1; i < 500; i++ {
				dep := "p0: ready"
				if shape == "chain" {
					dep = fmt.Sprintf("p%d: ready", i-1)
				}
				pools = append(pools, named(fmt.Sprintf("p%d", i), nil, dep))
			}
			stagePools(t, pools, nil, func(st *stage) {
				for _, p := range st.Pools() {
					if p.Slots[0].State != procs.Running {
						t.Fatalf("%s is %s: %s", p.Name, p.Slots[0].State, p.Slots[0].Reason)
					}
				}
				st.told()
				st.shutdown()
				<-st.Done()
				if story := st.told(); !strings.HasSuffix(story, "SIGTERM to p0/0\nSIGCONT to p0/0") {
					t.Errorf("p0 was not the last to stop")
				}
			})
		})
	}
}
