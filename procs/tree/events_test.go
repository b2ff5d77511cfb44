package tree

import (
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/muster/procs"
)

// fakeKernel answers with a table; what is not in it does not exist.
type fakeKernel struct {
	procs map[int]look
	kids  map[int][]int
	env   map[int]map[string]string
	argv  map[int][]string
	outs  map[int][2]string
	going map[int]bool // they are about to end
	minds map[int]bool // they have a handler for each signal
	// programs counts how often it was asked what a process runs.
	programs int
	// during is called while children are read: the world moves on meanwhile.
	during func()
}

func (k *fakeKernel) look(pid int) (look, bool) { l, ok := k.procs[pid]; return l, ok }

func (k *fakeKernel) exists(pid int) bool { _, ok := k.procs[pid]; return ok }

func (k *fakeKernel) children(pid, _ int, pids []int) (list []int, ok bool) {
	pids = append(pids, k.kids[pid]...)
	if k.during != nil {
		k.during()
	}
	return pids, true
}

func (k *fakeKernel) program(pid int) ([]string, string) {
	k.programs++
	return k.argv[pid], "x"
}

func (k *fakeKernel) outputs(pid int) [2]string { return k.outs[pid] }

func (k *fakeKernel) environ(pid int, _ ...string) map[string]string { return k.env[pid] }

func (k *fakeKernel) drains(int) (left int, ok bool) { return 0, false }

func (k *fakeKernel) heeds(pid int, _ procs.Signal) (pending, minds bool) {
	return k.going[pid], k.minds[pid]
}

const guardPID = 10

// fake returns a tracker over a table, with a slot whose process is 100.
func fake(t *testing.T) (*Tracker, *fakeKernel, procs.Run) {
	t.Helper()
	k := &fakeKernel{procs: map[int]look{}, kids: map[int][]int{}}
	tr := New(Options{GuardPID: func() int { return guardPID }, Session: "s1"})
	tr.kernel = k
	k.procs[100] = look{ppid: guardPID, sid: 100, pgid: 100, state: 'S', threads: 1, start: 5}
	run := procs.Run{ID: procs.ID{Pool: "p"}, N: 1, PIDRef: procs.PIDRef{PID: 100, StartTime: 5}}
	return tr, k, run
}

var base = time.Unix(1_700_000_000, 0)

func forkOf(parent, pid int) event {
	return event{kind: forked, parent: parent, pid: pid, at: base}
}

func exitEvent(pid int, status uint32) event {
	return event{kind: exited, pid: pid, status: status, at: base.Add(time.Second)}
}

// TestALookDoesNotUndoAnEnd: a process that is still found running a moment after its end was
// reported ends as reported; one that goes on for long does not end.
func TestALookDoesNotUndoAnEnd(t *testing.T) {
	for name, goesOn := range map[string]bool{"it is gone then": false, "it goes on": true} {
		t.Run(name, func(t *testing.T) {
			tr, k, run := fake(t)
			now := base.Add(time.Second)
			tr.now = func() time.Time { return now }
			tr.apply([]event{forkOf(guardPID, 100)})
			tr.Add(run)
			r := tr.Deaths()
			k.procs[101] = look{ppid: 100, state: 'R', threads: 1, start: 6}
			tr.apply([]event{forkOf(100, 101), exitEvent(101, 11)})
			tr.confirmExits()
			if now = now.Add(30 * time.Millisecond); goesOn {
				now = now.Add(inDoubt)
			} else {
				delete(k.procs, 101)
			}
			tr.confirmExits()
			ends, _, _ := r.take(nil)
			switch {
			case goesOn && len(ends) > 0:
				t.Errorf("%v", ends[0].Exit)
			case !goesOn && (len(ends) != 1 || ends[0].Exit.Signal != 11):
				t.Errorf("there are %d ends, not one by SIGSEGV: %+v", len(ends), ends)
			}
			if len(tr.exiting) > 0 {
				t.Error("it is asked after for ever")
			}
		})
	}
}

// TestAllBeforeAdd: what a run's process did counts also if all of it has ended
// before anybody claimed it, and is not taken for what another process did that
// had its number long before.
func TestAllBeforeAdd(t *testing.T) {
	for name, after := range map[string]time.Duration{"at once": 0, "before its child is waited for": 0, "long after": 2 * lateFor} {
		t.Run(name, func(t *testing.T) {
			tr, k, run := fake(t)
			now := base
			tr.now = func() time.Time { return now }
			r := tr.Deaths()
			delete(k.procs, 100)
			if strings.HasPrefix(name, "before") {
				k.procs[101] = look{ppid: guardPID, state: 'Z', threads: 1, start: 6, ended: true, status: 11}
			}
			tr.apply([]event{forkOf(guardPID, 100), forkOf(100, 101), exitEvent(101, 11), exitEvent(100, 0)})
			tr.confirmExits()
			now = now.Add(after)
			tr.Add(run)
			tr.Remove(run)
			want := 1
			if after > 0 {
				want = 0
			}
			got := told(t, r)
			delete(k.procs, 101)
			tr.Refresh(true)
			if len(got) != want || want > 0 && (got[0].PID != 101 || got[0].Exit.Signal.String() != "SIGSEGV" || got[0].Run != run || !got[0].ParentLived) {
				t.Errorf("told %+v, want %d", got, want)
			}
			if gone, _ := tr.Ended(run.ID); len(gone) != want {
				t.Errorf("ended %+v, want %d", gone, want)
			}
			if total, _ := tr.Forks(run.ID); total != uint64(want) {
				t.Errorf("%d forks, want %d", total, want)
			}
			if again := told(t, r); len(again) > 0 {
				t.Errorf("told again: %+v", again)
			}
			if len(tr.late)+len(tr.unclaimed)+len(tr.byPID) > 0 {
				t.Errorf("kept: %d late, %d unclaimed, %d living", len(tr.late), len(tr.unclaimed), len(tr.byPID))
			}
		})
	}
}

// TestManyExecs: of processes that are started by thousands those that live on get
// their names a moment later, and those that have ended are not asked for.
func TestManyExecs(t *testing.T) {
	const started, ended = 1000, 600
	tr, k, run := fake(t)
	tr.now = func() time.Time { return base }
	tr.apply([]event{forkOf(guardPID, 100)})
	tr.Add(run)
	var events []event
	for pid := 200; pid < 200+started; pid++ {
		events = append(events, forkOf(100, pid), event{kind: execed, pid: pid, at: base})
		k.procs[pid] = look{ppid: 100, state: 'S', threads: 1, start: 7}
	}
	tr.apply(events)
	if k.programs > programsPerSecond+1 {
		t.Errorf("%d were asked for at once", k.programs)
	}
	k.programs = 0
	var exits []event
	for pid := 200; pid < 200+ended; pid++ {
		exits = append(exits, exitEvent(pid, 0))
	}
	tr.apply(exits)
	tr.readUnread()
	if k.programs < started-ended || k.programs > started-ended+2 {
		t.Errorf("%d were asked for later, want the %d that live", k.programs, started-ended)
	}
	for pid := 200 + ended; pid < 200+started; pid++ {
		if comm := tr.byPID[pid].comm; comm != "x" {
			t.Fatalf("process %d is named %q", pid, comm)
		}
	}
}

// Who has ended before it was read what it runs is called as its zombie is.
func TestNameOfAZombie(t *testing.T) {
	tr, k, run := fake(t)
	tr.apply([]event{forkOf(guardPID, 100)})
	tr.Add(run)
	k.procs[101] = look{ppid: 100, state: 'Z', threads: 1, start: 7}
	tr.apply([]event{forkOf(100, 101), {kind: execed, pid: 101, at: base}, exitEvent(101, 9)})
	tr.confirmExits()
	if got := tr.Descendants(run.ID); len(got) != 1 || got[0].Label != "x" {
		t.Errorf("%+v, want one that is called x", got)
	}
}

// Who crashes at once is called as its zombie is, which its parent waits for a moment later.
func TestNameOfACrashAtOnce(t *testing.T) {
	tr, k, run := fake(t)
	tr.apply([]event{forkOf(guardPID, 100)})
	tr.Add(run)
	k.procs[101] = look{ppid: 100, state: 'Z', threads: 1, start: 7}
	tr.apply([]event{forkOf(100, 101), {kind: execed, pid: 101, at: base}, exitEvent(101, 11)})
	delete(k.procs, 101) // its parent has waited
	tr.confirmExits()
	if got, _ := tr.Ended(run.ID); len(got) != 1 || got[0].Label != "x" {
		t.Errorf("%+v, want one that is called x", got)
	}
}

// TestForkAfterExec: when one batch of events tells of an exec and of forks after
// it, the forked are called by what was exec'd, also those that have ended.
func TestForkAfterExec(t *testing.T) {
	for _, over := range []bool{false, true} {
		tr, k, run := fake(t)
		now := base
		tr.now = func() time.Time { return now }
		tr.apply([]event{forkOf(guardPID, 100)})
		tr.Add(run)
		if over {
			tr.programs = bucket{second: now}
		}
		k.argv = map[int][]string{100: {"python3", "pool.py"}, 101: {"python3", "pool.py"}}
		k.procs[101] = look{ppid: 100, state: 'S', threads: 1, start: 7}
		tr.apply([]event{{kind: execed, pid: 100, at: base}, forkOf(100, 101), forkOf(100, 102), exitEvent(102, 0), forkOf(100, 103)})
		tr.readUnread()
		var got []string
		for _, d := range tr.Descendants(run.ID) {
			got = append(got, d.Label+" "+string(d.Role))
		}
		if want := []string{"worker-1 worker", "worker-2 worker", "worker-3 worker"}; !slices.Equal(got, want) {
			t.Errorf("over the limit %v: %q, want %q", over, got, want)
		}
	}
}

// TestTheDeadOfTheLastRun: who has ended with one run of a slot is not listed with the next.
func TestTheDeadOfTheLastRun(t *testing.T) {
	tr, k, run := fake(t)
	tr.now = func() time.Time { return base.Add(2 * time.Second) }
	tr.apply([]event{forkOf(guardPID, 100)})
	tr.Add(run)
	delete(k.procs, 100)
	tr.apply([]event{forkOf(100, 101), exitEvent(101, 9), exitEvent(100, 0)})
	tr.confirmExits()
	tr.Remove(run)
	if list := tr.Descendants(run.ID); len(list) != 1 || list[0].PID != 101 {
		t.Errorf("after the run: %v", list)
	}
	again := run
	again.N, again.PIDRef = 2, procs.PIDRef{PID: 200, StartTime: 8}
	k.procs[200] = look{ppid: guardPID, sid: 200, pgid: 200, state: 'S', threads: 1, start: 8}
	tr.apply([]event{forkOf(guardPID, 200), forkOf(200, 201), exitEvent(201, 9)})
	tr.Add(again)
	tr.confirmExits()
	if list := tr.Descendants(run.ID); len(list) != 1 || list[0].PID != 201 {
		t.Errorf("in the next run: %v", list)
	}
	if past, _ := tr.Ended(run.ID); len(past) != 2 {
		t.Errorf("ended over all runs: %v", past)
	}
}

// TestBeforeAdd: what a run's process did before anybody claimed it counts.
func TestBeforeAdd(t *testing.T) {
	tr, _, run := fake(t)
	tr.apply([]event{forkOf(guardPID, 100), forkOf(100, 101), forkOf(100, 102), exitEvent(101, 9)})
	tr.confirmExits()
	tr.Add(run)
	tr.mu.Lock()
	exact := tr.slots[run.ID].exact
	tr.mu.Unlock()
	if total, _ := tr.Forks(run.ID); total != 2 || !exact {
		t.Errorf("%d forks, exact %v; want 2, exact", total, exact)
	}
	gone, _ := tr.Ended(run.ID)
	if len(gone) != 1 || gone[0].Exit.Signal != procs.SIGKILL || gone[0].PID != 101 {
		t.Errorf("ended %+v, want 101 by SIGKILL", gone)
	}
	if len(tr.unclaimed) != 0 {
		t.Errorf("%d unclaimed", len(tr.unclaimed))
	}
}

// TestOrphanChain: a double fork is known by its history.
func TestOrphanChain(t *testing.T) {
	tr, _, run := fake(t)
	tr.apply([]event{forkOf(guardPID, 100)})
	tr.Add(run)
	tr.apply([]event{forkOf(100, 101), forkOf(101, 102), exitEvent(101, 0)})
	tr.confirmExits()
	tr.Remove(run)
	if living := tr.Living(run.ID); len(living) != 1 || living[0].PID != 102 {
		t.Errorf("living %v, want 102", living)
	}
	list := tr.Descendants(run.ID)
	if len(list) != 1 || list[0].PID != 102 { // 101 ended long ago by this clock
		t.Errorf("list %+v", list)
	}
}

// TestPIDReuse: a fork under a known number means that the old one is gone.
func TestPIDReuse(t *testing.T) {
	tr, _, run := fake(t)
	tr.apply([]event{forkOf(guardPID, 100)})
	tr.Add(run)
	tr.apply([]event{forkOf(100, 101), {kind: forked, parent: 100, pid: 101, at: base.Add(time.Minute)}})
	if total, _ := tr.Forks(run.ID); total != 2 {
		t.Errorf("%d forks, want 2", total)
	}
	if gone, _ := tr.Ended(run.ID); len(gone) != 1 || !gone[0].Exit.Unknown {
		t.Errorf("ended %+v, want one of which nothing is known", gone)
	}
}

// TestLookAndEvent: a process that a look has found is not counted again when
// its fork is reported, nor revived when it ended during the look.
func TestLookAndEvent(t *testing.T) {
	tr, k, run := fake(t)
	tr.Add(run)
	k.kids[100] = []int{101}
	k.procs[101] = look{ppid: 100, state: 'S', threads: 1, start: 7, startedAt: base.Add(-3 * time.Millisecond)}
	tr.Refresh(true)
	tr.apply([]event{forkOf(100, 101)})
	if total, _ := tr.Forks(run.ID); total != 1 {
		t.Errorf("%d forks, want 1", total)
	}

	k.kids[100] = []int{102}
	k.procs[102] = look{ppid: 100, state: 'S', threads: 1, start: 8, startedAt: base}
	k.during = func() {
		k.during = nil
		stays := k.procs[102]
		delete(k.procs, 102)
		tr.apply([]event{forkOf(100, 102), exitEvent(102, 0)})
		tr.confirmExits()
		k.procs[102] = stays // as if it had been read before
	}
	delete(k.procs, 101)
	tr.Refresh(true)
	if total, _ := tr.Forks(run.ID); total != 2 {
		t.Errorf("%d forks, want 2", total)
	}
	if living := tr.Living(run.ID); len(living) != 0 {
		t.Errorf("living %v: revived", living)
	}
}

// TestLookedAtBeforeItIsTold: a run that a look found first is counted from its beginning
// on, too, once its fork is told.
func TestLookedAtBeforeItIsTold(t *testing.T) {
	tr, k, run := fake(t)
	tr.note = "" // as with a connector
	k.procs[100] = look{ppid: guardPID, sid: 100, state: 'S', threads: 1, start: 5, startedAt: base}
	k.kids[guardPID] = []int{100}
	tr.Refresh(true)
	tr.Add(run)
	exact := func() bool {
		tr.mu.Lock()
		defer tr.mu.Unlock()
		return tr.slots[run.ID].exact
	}
	if exact() {
		t.Error("exact before its fork is told")
	}
	tr.apply([]event{forkOf(guardPID, 100)})
	if !exact() {
		t.Error("not exact after its fork was told")
	}
}

// TestLost: what the kernel dropped makes every count a lower bound, until
// the next run.
func TestLost(t *testing.T) {
	tr, _, run := fake(t)
	tr.conn = new(connector)
	defer func() { tr.conn = nil }()
	tr.apply([]event{forkOf(guardPID, 100), {kind: lost}})
	tr.draining.Lock() // nobody may read from that connector
	s := func() *slot {
		tr.mu.Lock()
		defer tr.mu.Unlock()
		s := tr.claim(run)
		s.begin(tr.byPID[100], run)
		return s
	}()
	tr.draining.Unlock()
	if _, exact := tr.Forks(run.ID); exact || tr.Coverage() == "" {
		t.Error("exact, although events were lost")
	}
	tr.apply([]event{exitEvent(100, 0)})
	tr.confirmExits()
	tr.apply([]event{forkOf(guardPID, 103)})
	run.PIDRef, run.N = procs.PIDRef{PID: 103}, 2
	tr.mu.Lock()
	tr.claim(run)
	tr.mu.Unlock()
	if _, exact := tr.Forks(run.ID); !exact {
		t.Errorf("%+v is not exact, although nothing of the new run was lost", s.id)
	}
}

// TestBounded: a slot that forks without end does not grow.
func TestBounded(t *testing.T) {
	tr, _, run := fake(t)
	tr.apply([]event{forkOf(guardPID, 100)})
	tr.Add(run)
	for i := range 50_000 {
		tr.apply([]event{forkOf(100, 1000+i%100), exitEvent(1000+i%100, 0)})
		tr.confirmExits()
	}
	if total, _ := tr.Forks(run.ID); total != 50_000 {
		t.Errorf("%d forks", total)
	}
	gone, dropped := tr.Ended(run.ID)
	if len(gone) != keepEnded || dropped != 50_000-keepEnded || len(tr.byPID) != 1 || len(tr.slots[run.ID].labels.count) > 2 || len(tr.slots[run.ID].labels.used) > keepEnded {
		t.Errorf("%d kept, %d dropped, %d known, %d names", len(gone), dropped, len(tr.byPID), len(tr.slots[run.ID].labels.count))
	}
	if last := gone[keepEnded-1]; last.PID != 1000+49_999%100 {
		t.Errorf("the newest is %d", last.PID)
	}
}

// TestOrder: parents before children, by time of start; those that lost their
// parent stand at the top.
func TestOrder(t *testing.T) {
	tr, _, run := fake(t)
	grow(t, tr, run)
	var got []int
	for _, d := range tr.Descendants(run.ID) {
		got = append(got, d.PID*10+d.Depth)
	}
	want := []int{2001, 2012, 2023, 1501, 1602}
	if len(got) != len(want) {
		t.Fatalf("order %v, want %v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("order %v, want %v", got, want)
		}
	}
}

// grow builds a tree whose pids do not follow the order of starting.
func grow(t *testing.T, tr *Tracker, run procs.Run) {
	t.Helper()
	tr.apply([]event{forkOf(guardPID, 100)})
	tr.Add(run)
	for i, e := range []event{forkOf(100, 200), forkOf(100, 150), forkOf(200, 201), forkOf(150, 160), forkOf(201, 202)} {
		e.at = base.Add(time.Duration(i) * time.Second)
		tr.apply([]event{e})
	}
}

// TestOwnerOfOrphan: each rule alone tells whose an orphan is, and where none
// holds it is nobody's.
func TestOwnerOfOrphan(t *testing.T) {
	env := func(session, pool, slot string) map[string]string {
		return map[string]string{envSession: session, envPool: pool, envSlot: slot}
	}
	for _, tt := range []struct {
		name      string
		sid, pgid int
		env       map[string]string
		outs      [2]string
		want      string // the pool; "" for nobody
	}{
		{name: "session", sid: 100, pgid: 500, want: "p"},
		{name: "process group", sid: 500, pgid: 200, want: "q"},
		{name: "environment", sid: 500, env: env("s1", "q", "0"), want: "q"},
		{name: "environment of another muster", sid: 500, env: env("s2", "q", "0")},
		{name: "environment of no slot", sid: 500, env: env("s1", "q", "7")},
		{name: "environment of nonsense", sid: 500, env: env("s1", "q", "x")},
		{name: "output", sid: 500, outs: [2]string{"/dev/null", "pipe:[2]"}, want: "q"},
		{name: "output of both", sid: 500, outs: [2]string{"pipe:[9]", ""}},
		{name: "output to a file", sid: 500, outs: [2]string{"/tmp/x", "/tmp/x"}},
		{name: "nothing", sid: 500},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tr, k, run := fake(t)
			k.procs[200] = look{ppid: guardPID, sid: 200, pgid: 200, state: 'S', threads: 1, start: 6}
			k.outs = map[int][2]string{100: {"pipe:[9]", "/tmp/x"}, 200: {"pipe:[9]", "pipe:[2]"}, 500: tt.outs}
			k.env = map[int]map[string]string{500: tt.env}
			tr.Add(run)
			tr.Add(procs.Run{ID: procs.ID{Pool: "q"}, N: 1, PIDRef: procs.PIDRef{PID: 200}})
			k.kids[guardPID] = []int{100, 200, 500}
			k.procs[500] = look{ppid: guardPID, sid: tt.sid, pgid: tt.pgid, state: 'S', threads: 1, start: 9}
			tr.Refresh(true)
			for _, pool := range []string{"p", "q"} {
				if living := tr.Living(procs.ID{Pool: pool}); (len(living) == 1) != (pool == tt.want) {
					t.Errorf("pool %s has %v; the orphan belongs to %q", pool, living, tt.want)
				}
			}
			if strays := tr.strays(); (len(strays) == 1) != (tt.want == "") {
				t.Errorf("strays %v; the orphan belongs to %q", strays, tt.want)
			}
		})
	}
}

// TestMainThreadEnds: a process whose main thread alone has ended lives on.
func TestMainThreadEnds(t *testing.T) {
	for _, l := range []look{
		{ppid: 100, state: 'Z', threads: 2, start: 7}, // pthread_exit in main
		{ppid: 100, state: 'S', threads: 1, start: 7}, // exec in another thread
	} {
		tr, k, run := fake(t)
		tr.apply([]event{forkOf(guardPID, 100)})
		tr.Add(run)
		k.procs[101] = l
		tr.apply([]event{forkOf(100, 101), exitEvent(101, 0)})
		tr.confirmExits()
		list := tr.Descendants(run.ID)
		if living := tr.Living(run.ID); len(living) != 1 || len(list) != 1 || list[0].Exit != nil {
			t.Errorf("%+v: living %v, listed %+v; want it to live", l, living, list)
		}
	}
}

// A process that the kernel has told of is listed before anybody knows when it started; whoever
// needs that is told it, as the next listing is. What has ended meanwhile, or is none of the
// tree's, stays as it is.
func TestWhenAForkedProcessStarted(t *testing.T) {
	tr, k, run := fake(t)
	tr.Add(run)
	tr.apply([]event{forkOf(100, 101), forkOf(100, 102)})
	k.procs[101] = look{ppid: 100, state: 'R', threads: 1, start: 7}
	k.procs[103] = look{ppid: 1, state: 'R', threads: 1, start: 9}
	list := tr.Descendants(run.ID)
	if len(list) != 2 || list[0].PIDRef != (procs.PIDRef{PID: 101}) {
		t.Fatalf("listed are %v", list)
	}
	for _, c := range []struct{ of, want procs.PIDRef }{
		{list[0].PIDRef, procs.PIDRef{PID: 101, StartTime: 7}},
		{list[1].PIDRef, procs.PIDRef{PID: 102}}, // it has ended
		{procs.PIDRef{PID: 103}, procs.PIDRef{PID: 103}},
		{procs.PIDRef{PID: 104, StartTime: 3}, procs.PIDRef{PID: 104, StartTime: 3}},
	} {
		if got := tr.WithStartTime(c.of); got != c.want {
			t.Errorf("%v is %v, not %v", c.of, got, c.want)
		}
	}
	if list = tr.Descendants(run.ID); list[0].StartTime != 7 {
		t.Errorf("then listed are %v", list)
	}
	delete(k.procs, 101)
	if got := tr.WithStartTime(procs.PIDRef{PID: 101}); got.StartTime != 7 {
		t.Errorf("what is known is asked for again: %v", got)
	}
}

// TestUnreadableIsNotGone: who cannot be read, as for want of descriptors, is no more said
// to have ended than before, and is looked at again.
func TestUnreadableIsNotGone(t *testing.T) {
	tr, k, run := fake(t)
	now := base.Add(time.Second)
	tr.now = func() time.Time { return now }
	tr.apply([]event{forkOf(guardPID, 100), forkOf(100, 101), forkOf(100, 102)})
	tr.Add(run)
	r := tr.Deaths()
	k.procs[100], k.procs[101], k.procs[102] = look{}, look{}, look{}
	tr.Refresh(true)
	tr.apply([]event{exitEvent(102, 3<<8)})
	tr.confirmExits()
	living, ends := tr.Living(run.ID), told(t, r)
	if len(living) != 1 || living[0].PID != 101 || len(ends) != 0 {
		t.Errorf("living: %v; told to have ended: %+v", living, ends)
	}
	k.procs[100] = look{ppid: guardPID, sid: 100, pgid: 100, state: 'S', threads: 1, start: 5}
	k.procs[102] = look{ppid: 100, sid: 100, state: 'S', threads: 1, start: 6} // its main thread alone has ended
	delete(k.procs, 101)
	now = now.Add(inDoubt)
	tr.confirmExits()
	tr.Refresh(true)
	living, ends = tr.Living(run.ID), told(t, r)
	if len(living) != 1 || living[0].PID != 102 || len(ends) != 1 || ends[0].PID != 101 {
		t.Errorf("once they can be read, living: %v; told to have ended: %+v", living, ends)
	}
}
