package supervisor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.com/muster/procs"
	"example.com/muster/procs/spawn"
)

// world plays the operating system: runs are started and ended by the test.
type world struct {
	mu        sync.Mutex
	processes map[procs.ID]*fakeProcess
	living    map[procs.ID][]procs.PIDRef
	stopped   map[procs.ID]int // descendants that ended as they were asked to
	daemons   int              // of each of those
	hung      int              // of each of those
	unread    map[procs.ID]int // bytes that those of a slot have still to read; none there: nobody reads
	toEnd     sync.Map         // slots of which all is being ended
	nextPID   int
	refuse    error
	gate      chan struct{}       // if not nil, starts wait for it to be closed
	drains    chan struct{}       // if not nil, what a run has printed has come once it is closed
	argv      map[procs.ID]string // the program of the present run
	tries     int                 // of exec probes
	answers   map[procs.ID]int    // of exec probes: their exit codes
	taps      map[procs.ID]func(procs.Stream, int, []byte)
	story     []string
}

func newWorld() *world {
	return &world{processes: map[procs.ID]*fakeProcess{}, living: map[procs.ID][]procs.PIDRef{}, answers: map[procs.ID]int{}, taps: map[procs.ID]func(procs.Stream, int, []byte){}, argv: map[procs.ID]string{}, nextPID: 100}
}

func (w *world) log(format string, args ...any) {
	w.story = append(w.story, fmt.Sprintf(format, args...))
}

func (w *world) told() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := strings.Join(w.story, "\n")
	w.story = nil
	return s
}

// shut has starts wait until what it returns is closed.
func (w *world) shut() chan struct{} {
	w.gate = make(chan struct{})
	return w.gate
}

func (w *world) Launch(_ context.Context, l Launch) (Process, error) {
	w.mu.Lock()
	gate := w.gate
	w.mu.Unlock()
	if gate != nil {
		<-gate
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.refuse != nil {
		return nil, w.refuse
	}
	w.nextPID++
	p := &fakeProcess{world: w, id: l.ID, ref: procs.PIDRef{PID: w.nextPID, StartTime: 1}, exit: make(chan procs.Exit, 1)}
	w.processes[l.ID] = p
	w.taps[l.ID] = l.Tap
	w.argv[l.ID] = l.Spec.Argv[0]
	w.log("start %s run %d", l.ID, l.N)
	return p, nil
}

// Exec plays a probe: what the test says of the slot, or no answer at all.
func (w *world) Exec(ctx context.Context, l Launch, _ []string) (procs.Exit, string, error) {
	w.mu.Lock()
	code := w.answers[l.ID]
	w.tries++
	w.mu.Unlock()
	if code == hangs {
		<-ctx.Done()
		return procs.Exit{}, "", context.Cause(ctx)
	}
	return procs.Exit{Code: code}, "", nil
}

// hangs is the answer of a probe that gives none.
const hangs = -1

// tried counts the tries of exec probes.
func (w *world) tried() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.tries
}

// answer says what the probes of a slot find from now on.
func (w *world) answer(id procs.ID, code int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answers[id] = code
}

// end ends the present run of a slot.
func (w *world) end(id procs.ID, e procs.Exit) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.processes[id].exit <- e
}

func (w *world) Add(run procs.Run)           { w.toEnd.Delete(run.ID) }
func (w *world) Remove(procs.Run)            {}
func (w *world) Refresh(bool)                {}
func (w *world) Ending(id procs.ID)          { w.toEnd.Store(id, true) }
func (w *world) Kept(id procs.ID)            { w.toEnd.Delete(id) }
func (w *world) Killed(procs.ID)             {}
func (w *world) Left(procs.ID, procs.Signal) {}

func (w *world) Lingering(id procs.ID, _ procs.Signal) []procs.PIDRef { return w.Living(id) }

func (w *world) Stopped(id procs.ID, _ time.Time) (n, daemons, hung int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.stopped[id], w.daemons, w.hung
}

func (w *world) Draining(id procs.ID) (left int, some bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	left, some = w.unread[id]
	return left, some
}

func (w *world) Living(id procs.ID) []procs.PIDRef {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.living[id]
}

func (w *world) Signal(ref procs.PIDRef, sig procs.Signal) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.log("%s to pid %d", sig, ref.PID)
	if sig == procs.SIGKILL {
		for id, refs := range w.living {
			for i, r := range refs {
				if r == ref {
					w.living[id] = append(refs[:i:i], refs[i+1:]...)
				}
			}
		}
	}
	return nil
}

type fakeProcess struct {
	world    *world
	id       procs.ID
	ref      procs.PIDRef
	exit     chan procs.Exit
	stubborn bool // does not end when signalled
	immortal bool // may not be signalled
}

func (p *fakeProcess) Ref() procs.PIDRef           { return p.ref }
func (p *fakeProcess) Output() procs.OutputMode    { return procs.OutputPipe }
func (p *fakeProcess) Exit() <-chan procs.Exit     { return p.exit }
func (p *fakeProcess) FirstLine() uint64           { return 0 }
func (p *fakeProcess) Read()                       {}
func (p *fakeProcess) Terminal() *spawn.Terminal   { return nil }
func (p *fakeProcess) Resize(cols, rows int) error { return nil }
func (p *fakeProcess) Drain() bool {
	p.world.mu.Lock()
	drains := p.world.drains
	p.world.mu.Unlock()
	if drains != nil {
		<-drains
	}
	return false
}

func (p *fakeProcess) Signal(sig procs.Signal) error {
	p.world.mu.Lock()
	p.world.log("%s to the leader of %s", sig, p.id)
	p.world.mu.Unlock()
	return p.end(sig)
}

func (p *fakeProcess) SignalGroup(sig procs.Signal) error {
	p.world.mu.Lock()
	p.world.log("%s to %s", sig, p.id)
	p.world.mu.Unlock()
	return p.end(sig)
}

func (p *fakeProcess) end(sig procs.Signal) error {
	p.world.mu.Lock()
	defer p.world.mu.Unlock()
	switch {
	case p.immortal:
		return os.ErrPermission
	case sig == procs.SIGKILL, sig == procs.SIGTERM && !p.stubborn:
		select {
		case p.exit <- procs.Exit{Signal: sig}:
		default: // it is ending already
		}
	}
	return nil
}

func poolOf(change func(*procs.Spec)) procs.Spec {
	s := procs.Spec{Name: "p", Argv: []string{"prog"}}
	if change != nil {
		change(&s)
	}
	return s.WithDefaults()
}

// play runs a supervisor in a bubble of virtual time.
func play(t *testing.T, spec procs.Spec, story func(t *testing.T, w *world, s *Supervisor)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		s := New(Options{Pools: []procs.Spec{spec}, Launch: w, Tree: w})
		go s.Run(t.Context())
		synctest.Wait()
		story(t, w, s)
		synctest.Wait()
		if err := s.Do(t.Context(), procs.Shutdown{Now: true}); err != nil && err != ErrClosed {
			t.Error(err)
		}
		<-s.Done()
	})
}

func states(s *Supervisor) string {
	var out []string
	for _, p := range s.Pools() {
		for _, sl := range p.Slots {
			out = append(out, fmt.Sprintf("%s %s", sl.ID, sl.State))
		}
	}
	return strings.Join(out, ", ")
}

func TestARunThatEndsIsShownWithItsExit(t *testing.T) {
	play(t, poolOf(nil), func(t *testing.T, w *world, s *Supervisor) {
		w.end(procs.ID{Pool: "p"}, procs.Exit{Code: 3})
		synctest.Wait()
		sl := s.Pools()[0].Slots[0]
		if sl.State != procs.Exited || sl.Reason != "exit 3" || sl.LastExit.Code != 3 || sl.PID != 0 {
			t.Errorf("got %+v, want exited with exit 3 and no pid", sl)
		}
		if !s.Idle() {
			t.Error("not idle although the only run has ended")
		}
	})
}

func TestARestartWaitsForItsBackoff(t *testing.T) {
	play(t, poolOf(func(s *procs.Spec) { s.Restart.When = procs.RestartAlways }), func(t *testing.T, w *world, s *Supervisor) {
		w.end(procs.ID{Pool: "p"}, procs.Exit{Code: 1})
		synctest.Wait()
		if got := states(s); got != "p/0 backing_off" || s.Idle() {
			t.Fatalf("got %s, idle %v", got, s.Idle())
		}
		time.Sleep(procs.DefaultBackoff + time.Millisecond)
		synctest.Wait()
		if got := states(s); got != "p/0 running" {
			t.Fatalf("got %s after the backoff", got)
		}
	})
}

// TestRunsAreThoseThatLive: also while they come and go; and nothing is gathered anew
// while nothing changes.
func TestRunsAreThoseThatLive(t *testing.T) {
	two := poolOf(func(s *procs.Spec) { s.Size, s.Restart.When = 2, procs.RestartAlways })
	play(t, two, func(t *testing.T, w *world, s *Supervisor) {
		all := s.Runs()
		if again := s.Runs(); len(all) != 2 || &again[0] != &all[0] {
			t.Errorf("%v, then %v", all, again)
		}
		w.end(procs.ID{Pool: "p", Slot: 1}, procs.Exit{Code: 1})
		synctest.Wait()
		if left := s.Runs(); len(left) != 1 || left[0] != all[0] {
			t.Errorf("one of %v has ended: %v", all, left)
		}
		time.Sleep(procs.DefaultBackoff + time.Millisecond)
		synctest.Wait()
		if now := s.Runs(); len(now) != 2 || now[0] != all[0] || now[1].N != 2 {
			t.Errorf("it is back: %v", now)
		}
		if err := s.Do(t.Context(), procs.Scale{Pool: "p", Size: 3}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if now := s.Runs(); len(now) != 3 {
			t.Errorf("one more: %v", now)
		}
	})
}

func TestAStubbornProcessIsKilledWhenItsGraceIsOver(t *testing.T) {
	play(t, poolOf(nil), func(t *testing.T, w *world, s *Supervisor) {
		w.processes[procs.ID{Pool: "p"}].stubborn = true
		w.told()
		if err := s.Do(t.Context(), procs.Stop{}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(procs.DefaultGrace - time.Millisecond)
		synctest.Wait()
		if got := states(s); got != "p/0 stopping" {
			t.Fatalf("got %s within the grace", got)
		}
		time.Sleep(2 * time.Millisecond)
		synctest.Wait()
		if got, want := w.told(), "SIGTERM to p/0\nSIGCONT to p/0\nSIGKILL to p/0"; got != want {
			t.Errorf("got:\n%s\nwant:\n%s", got, want)
		}
		if got := states(s); got != "p/0 stopped" {
			t.Errorf("got %s", got)
		}
	})
}

func TestDescendantsThatRemainAreEndedBeforeTheRestart(t *testing.T) {
	id := procs.ID{Pool: "p"}
	play(t, poolOf(func(s *procs.Spec) { s.Restart.When = procs.RestartAlways }), func(t *testing.T, w *world, s *Supervisor) {
		w.living[id] = []procs.PIDRef{{PID: 500, StartTime: 9}}
		w.told()
		w.end(id, procs.Exit{Code: 1})
		time.Sleep(time.Second)
		synctest.Wait()
		if got := s.Pools()[0].Slots[0]; got.State != procs.Stopping || got.Reason != "ending its last descendant" {
			t.Errorf("got %s (%s) while a descendant remains", got.State, got.Reason)
		}
		time.Sleep(procs.DefaultGrace)
		synctest.Wait()
		want := "SIGTERM to pid 500\nSIGCONT to pid 500\nSIGKILL to pid 500\n" // it may have been stopped
		if got := w.told(); !strings.HasPrefix(got, want) {
			t.Errorf("got:\n%s\nwant it to begin like:\n%s", got, want)
		}
		if got := states(s); got != "p/0 running" {
			t.Errorf("got %s after the descendant was killed", got)
		}
	})
}

// Until what a run has left has ended nothing else happens: that is said once, with when
// it will be over, unless somebody has asked for the end or it is over soon.
func TestThatARunHasLeftSomethingIsTold(t *testing.T) {
	left := []procs.PIDRef{{PID: 500, StartTime: 9}, {PID: 501, StartTime: 9}}
	tell := func(story func(*stage)) {
		stagePools(t, []procs.Spec{named("p", nil)}, nil, story)
	}
	tell(func(st *stage) {
		st.living[idOf("p")] = left
		st.ends("p", 0)
		st.after(tellAfter / 2)
		st.noticed()
		st.after(tellAfter)
		st.noticed("p/0 has ended; 2 of its processes are being stopped (kill in 9s)")
		st.after(procs.DefaultGrace)
		st.noticed()
		st.expect("p", "exited: exit 0")
	})
	tell(func(st *stage) {
		st.living[idOf("p")] = left[:1]
		st.ends("p", 1)
		st.after(procs.DefaultGrace / 2)
		st.noticed("p/0 has ended; 1 of its processes is being stopped (kill in 9s)")
	})
	tell(func(st *stage) { // and what has ended with it is told
		st.living[idOf("p")] = left[:1]
		st.stopped, st.daemons = map[procs.ID]int{idOf("p"): 1}, 1
		st.ends("p", 0)
		st.after(procs.DefaultGrace + time.Second)
		st.noticed("p/0 has ended; 1 of its processes is being stopped (kill in 9s)",
			"p/0 has ended; 1 process that it left was ended too (--keep-daemons lets it live)")
	})
	for daemons, live := range []string{
		"setsid with --keep-daemons lets them live", "--keep-daemons lets those live that have left its session, by setsid", "--keep-daemons lets them live",
	} {
		tell(func(st *stage) {
			st.stopped, st.daemons = map[procs.ID]int{idOf("p"): 2}, daemons
			st.ends("p", 0)
			st.after(0)
			st.noticed("p/0 has ended; 2 processes that it left were ended too (" + live + ")")
		})
	}
	for hung, what := range map[int]string{
		1: "2 processes that it left were ended too, 1 of them as its terminal hung up (--output pipe spares what reads its output; setsid with --keep-daemons lets them live)",
		2: "2 processes that it left were hung up on (--output pipe spares what reads its output; setsid with --keep-daemons lets them live)",
	} {
		tell(func(st *stage) {
			st.stopped, st.daemons, st.hung = map[procs.ID]int{idOf("p"): 2}, 0, hung
			st.ends("p", 0)
			st.after(0)
			st.noticed("p/0 has ended; " + what)
		})
	}
	tell(func(st *stage) { // over soon
		st.living[idOf("p")] = left
		st.ends("p", 0)
		st.after(tellAfter / 2)
		st.world.mu.Lock()
		st.living[idOf("p")] = nil
		st.world.mu.Unlock()
		st.after(procs.DefaultGrace)
		st.noticed()
	})
	tell(func(st *stage) { // asked for
		st.living[idOf("p")] = left
		st.stopped = map[procs.ID]int{idOf("p"): 2}
		st.do(procs.Stop{})
		st.after(procs.DefaultGrace / 2)
		st.noticed()
	})
}

// Who still reads what a run has printed is asked to end only if that takes too long, or if
// somebody wants it.
func TestWhoReadsWhatIsLeftMayDoSo(t *testing.T) {
	p := idOf("p")
	tell := func(story func(*stage)) {
		stagePools(t, []procs.Spec{named("p", nil)}, nil, func(st *stage) {
			st.living[p] = []procs.PIDRef{{PID: 500, StartTime: 9}}
			st.unread = map[procs.ID]int{p: 4000}
			story(st)
		})
	}
	set := func(st *stage, unread int, living []procs.PIDRef) {
		st.world.mu.Lock()
		defer st.world.mu.Unlock()
		st.unread[p], st.living[p] = unread, living
	}
	signalled := func(st *stage, want bool) {
		t.Helper()
		if got := strings.Contains(st.told(), "SIGTERM to pid 500"); got != want {
			t.Errorf("signalled: %v, want %v:\n%s", got, want, st.told())
		}
	}
	tell(func(st *stage) { // it comes to the end
		st.ends("p", 0)
		for left := 3000; left >= 0; left -= 1000 {
			st.after(drainPause / 2)
			set(st, left, st.living[p])
		}
		st.after(drainPause / 4)
		set(st, 0, nil)
		st.after(2 * pollEvery)
		signalled(st, false)
		st.expect("p", "exited: exit 0")
		st.noticed()
	})
	tell(func(st *stage) { // it reads slowly, or not at all
		st.ends("p", 0)
		st.after(procs.DefaultGrace/2 - pollEvery)
		signalled(st, false)
		st.noticed()
		st.after(2 * pollEvery)
		signalled(st, true)
		st.noticed("p/0 has ended; those that pass on its output have not come to the end of it in 5s, bytes that are lost: 4000")
	})
	tell(func(st *stage) { // it has read all, and stays
		set(st, 0, st.living[p])
		st.ends("p", 0)
		st.after(drainPause - pollEvery)
		signalled(st, false)
		st.after(2 * pollEvery)
		signalled(st, true)
		st.noticed()
	})
	tell(func(st *stage) { // it is to be started again
		st.ends("p", 0)
		st.after(pollEvery)
		st.do(procs.Restart{})
		st.after(2 * pollEvery)
		signalled(st, true)
		st.noticed()
	})
	tell(func(st *stage) { // it reads for ever
		st.ends("p", 0)
		for left := range int(procs.DefaultGrace/time.Second) - 4 {
			set(st, 3000-left, st.living[p])
			st.after(drainPause - pollEvery)
		}
		signalled(st, true)
	})
	tell(func(st *stage) { // somebody wants it to end
		st.ends("p", 0)
		st.after(pollEvery)
		st.do(procs.Stop{})
		st.after(2 * pollEvery)
		signalled(st, true)
	})
	tell(func(st *stage) { // the end was asked for
		st.do(procs.Stop{})
		st.after(pollEvery)
		signalled(st, true)
	})
}

func TestScaleUpAndDown(t *testing.T) {
	play(t, poolOf(nil), func(t *testing.T, w *world, s *Supervisor) {
		if err := s.Do(t.Context(), procs.Scale{Pool: "p", Size: 3}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if got := states(s); got != "p/0 running, p/1 running, p/2 running" {
			t.Fatalf("got %s", got)
		}
		if err := s.Do(t.Context(), procs.Scale{Pool: "p", Size: 1}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if got := states(s); got != "p/0 running" {
			t.Fatalf("got %s", got)
		}
		if err := s.Do(t.Context(), procs.Scale{Pool: "q", Size: 1}); err == nil || err.Error() != "cannot scale q: there is no such pool" {
			t.Errorf("got %v", err)
		}
	})
}

// A scale up that is refused, because a slot has not gone yet, must not keep
// that slot from going.
func TestScalingUpWhileASlotIsStillStopping(t *testing.T) {
	play(t, poolOf(func(s *procs.Spec) { s.Size = 2 }), func(t *testing.T, w *world, s *Supervisor) {
		w.processes[procs.ID{Pool: "p", Slot: 1}].stubborn = true
		if err := s.Do(t.Context(), procs.Scale{Pool: "p", Size: 1}); err != nil {
			t.Fatal(err)
		}
		if err := s.Do(t.Context(), procs.Scale{Pool: "p", Size: 2}); err == nil || err.Error() != "cannot scale p to 2: p/1 is still stopping" {
			t.Errorf("got %v", err)
		}
		time.Sleep(procs.DefaultGrace + time.Second)
		synctest.Wait()
		if got := states(s); got != "p/0 running" {
			t.Errorf("got %s after the grace", got)
		}
		if err := s.Do(t.Context(), procs.Scale{Pool: "p", Size: 2}); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if got := states(s); got != "p/0 running, p/1 running" {
			t.Errorf("got %s", got)
		}
	})
}

func TestCommandsSayWhyTheyCannotBeCarriedOut(t *testing.T) {
	play(t, poolOf(nil), func(t *testing.T, w *world, s *Supervisor) {
		for _, tt := range []struct {
			cmd  procs.Command
			want string
		}{
			{procs.Start{}, "cannot start p/0: it is running already"},
			{procs.Stop{IDs: []procs.ID{{Pool: "p", Slot: 7}}}, "cannot stop p/7: there is no such process"},
			{procs.Scale{Pool: "p", Size: -1}, "cannot scale p to -1: a pool has 0 to 10000 processes"},
		} {
			if err := s.Do(t.Context(), tt.cmd); err == nil || err.Error() != tt.want {
				t.Errorf("%T: got %v, want %s", tt.cmd, err, tt.want)
			}
		}
	})
}

// Who gets a signal of a person's is who is asked to stop, unless that person says.
func TestASignalGoesWhereThePoolsStopDoes(t *testing.T) {
	for _, tt := range []struct {
		leader bool
		to     procs.SignalTo
		want   string
	}{
		{false, procs.ToAsPool, "SIGHUP to p/0"},
		{true, procs.ToAsPool, "SIGHUP to the leader of p/0"},
		{false, procs.ToLeader, "SIGHUP to the leader of p/0"},
		{true, procs.ToGroup, "SIGHUP to p/0"},
	} {
		play(t, poolOf(func(s *procs.Spec) { s.Stop.ToLeader = tt.leader }), func(t *testing.T, w *world, s *Supervisor) {
			w.told()
			if err := s.Do(t.Context(), procs.SendSignal{Signal: procs.SIGHUP, To: tt.to}); err != nil {
				t.Fatal(err)
			}
			if got := w.told(); got != tt.want {
				t.Errorf("to: leader is %v, the signal is for %q: %s, want %s", tt.leader, tt.to, got, tt.want)
			}
		})
	}
}

func TestACommandThatCannotBeStartedFailsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.refuse = &NotStarted{Code: 127, Why: "not found: nope"}
		s := New(Options{Pools: []procs.Spec{poolOf(func(s *procs.Spec) { s.Restart.When = procs.RestartAlways })}, Launch: w, Tree: w})
		go s.Run(t.Context())
		synctest.Wait()
		sl := s.Pools()[0].Slots[0]
		if sl.State != procs.Failed || sl.Reason != "not found: nope" || sl.LastExit.Code != 127 {
			t.Errorf("got %s (%s), exit %+v", sl.State, sl.Reason, sl.LastExit)
		}
		_ = s.Do(t.Context(), procs.Shutdown{}) // ends it; nothing runs
		<-s.Done()
	})
}

// TestAPauseHoldsWhatIsScaledUp: what starts in a pause stands still with all others.
func TestAPauseHoldsWhatIsScaledUp(t *testing.T) {
	stagePools(t, []procs.Spec{named("db", nil)}, nil, func(st *stage) {
		st.do(procs.Pause{})
		st.told()
		st.do(procs.Scale{Pool: "db", Size: 2})
		st.toldIs("start db/1 run 1\nSIGSTOP to db/1")
		if sl := st.Pools()[0].Slots[1]; !sl.Paused {
			st.t.Error("it is not shown as paused")
		}
		st.do(procs.Resume{})
		st.toldIs("SIGCONT to db/0\nSIGCONT to db/1")
	})
}

func TestAPauseStopsTheClocks(t *testing.T) {
	play(t, poolOf(nil), func(t *testing.T, w *world, s *Supervisor) {
		w.processes[procs.ID{Pool: "p"}].stubborn = true
		for _, c := range []procs.Command{procs.Stop{}, procs.Pause{}} {
			if err := s.Do(t.Context(), c); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if got := states(s); got != "p/0 stopping" {
			t.Fatalf("got %s: the grace ran out during the pause", got)
		}
		if err := s.Do(t.Context(), procs.Resume{}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(procs.DefaultGrace)
		synctest.Wait()
		if got := states(s); got != "p/0 stopped" {
			t.Fatalf("got %s after the rest of the grace", got)
		}
	})
}

// What is no fault of the command's has the code 1, whoever says so.
func TestACommandThatIsNotToBlame(t *testing.T) {
	play(t, poolOf(nil), func(t *testing.T, w *world, s *Supervisor) {
		w.end(procs.ID{Pool: "p"}, procs.Exit{})
		synctest.Wait()
		w.refuse = errors.New("cannot find a free port for {port}")
		if err := s.Do(t.Context(), procs.Start{}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if sl := s.Pools()[0].Slots[0]; sl.State != procs.Failed || sl.LastExit.Code != 1 || sl.Reason != w.refuse.Error() {
			t.Errorf("%s: %s, with code %d", sl.State, sl.Reason, sl.LastExit.Code)
		}
	})
}
