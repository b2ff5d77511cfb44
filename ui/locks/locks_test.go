package locks_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"example.com/muster/procs"
	"example.com/muster/profiling"
	"example.com/muster/profiling/locks/graph"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/locks"
	"example.com/muster/ui/theme"
	"example.com/muster/ui/uitest"
	"example.com/muster/ui/waits"
)

// sources is the directory that the stacks of the scenes name.
func sources(t testing.TB) string {
	t.Helper()
	dir, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// desk is a screen over a session, at the fixed time.
type desk struct {
	t       testing.TB
	screen  *locks.Screen
	session *uitest.Session
	w, h    int
}

func newDesk(t testing.TB, s *uitest.Session, w, h int) *desk {
	d := &desk{t: t, screen: locks.New(theme.New(colorprofile.TrueColor, true), keys.Standard()), session: s, w: w, h: h}
	d.screen.SetSize(w, h)
	return d
}

// frame plays the root's part until the screen has read all that it needs.
func (d *desk) frame() string {
	d.t.Helper()
	d.screen.Sync(d.session, uitest.Now)
	for cmd := d.screen.More(); cmd != nil; cmd = d.screen.More() {
		d.screen.Receive(cmd().(keys.AnswerMsg).Answer)
		d.screen.Sync(d.session, uitest.Now)
	}
	f := d.screen.Render()
	uitest.Fits(d.t, f, d.w, d.h)
	return f
}

// press presses keys and returns what the last one asked of the root.
func (d *desk) press(names ...string) (msg tea.Msg) {
	d.t.Helper()
	d.frame()
	return uitest.Press(d.t, keys.Locks, d.screen, d.frame, names...)
}

// Where it is very narrow the state is a sign, so that there is room for the name.
func TestANarrowTableHasNames(t *testing.T) {
	newDesk(t, uitest.Contention(sources(t)), 20, 5).has("› ● ")
	newDesk(t, uitest.Contention(sources(t)), 40, 12).has("● contended")
}

func (d *desk) has(wants ...string) {
	d.t.Helper()
	text := ansi.Strip(d.frame())
	for _, want := range wants {
		if !strings.Contains(text, want) {
			d.t.Errorf("the frame lacks %q:\n%s", want, text)
		}
	}
}

func (d *desk) hasNot(words ...string) {
	d.t.Helper()
	text := ansi.Strip(d.frame())
	for _, word := range words {
		if strings.Contains(text, word) {
			d.t.Errorf("the frame has %q:\n%s", word, text)
		}
	}
}

// scenes are the invented sessions by the names of their goldens.
func scenes(t testing.TB) map[string]*uitest.Session {
	dir := sources(t)
	return map[string]*uitest.Session{
		"contention": uitest.Contention(dir), "deadlock": uitest.Deadlocked(dir), "abandoned": uitest.AbandonedLock(dir),
		"idle": uitest.IdlePool(), "many": uitest.ManyLocks(30), "nothing": uitest.NobodyWaits(), "unseen": uitest.Typical(),
		"notpermitted": uitest.NotPermitted(), "hostile": uitest.HostileLocks(), "go": uitest.GoContention(dir),
	}
}

func TestGolden(t *testing.T) {
	for name, session := range scenes(t) {
		for _, size := range []struct{ w, h int }{{40, 12}, {80, 24}, {120, 40}, {200, 60}} {
			at := fmt.Sprintf("-%dx%d", size.w, size.h)
			d := newDesk(t, session, size.w, size.h)
			uitest.Golden(t, name+at, d.frame(), size.w, size.h)
			if size.w < 100 && session.Locks().Locks != nil {
				d.press("enter")
				uitest.Golden(t, name+"-card"+at, d.frame(), size.w, size.h)
			}
		}
	}
}

func TestTheCardTellsAll(t *testing.T) {
	d := newDesk(t, uitest.Contention(sources(t)), 120, 40)
	d.has(
		"3 workers wait for the Lock made at worker.py:7, held for 12 s by train/0/ForkPool-2, which is sleeping in",
		"╭ train/0/ForkPool-1  4130  12s  in worker.py:17 resize",
		"↓ wait for Lock made at worker.py:7, held for 12 s by",
		"  train/0/ForkPool-2  4131       sleeping in worker.py:19 resize",
		"▶ 17     with lock:", "▶ 19     time.sleep(12)", // both sides
		"exact: count in the process's SemLock", "somebody waited in 100% of the last 12 s", "3 waits, 33 s in all, the longest 12 s",
	)
}

func TestADeadlockIsARing(t *testing.T) {
	d := newDesk(t, uitest.Deadlocked(sources(t)), 120, 40)
	text := ansi.Strip(d.frame())
	ring := []string{
		"╭▶ web/0/Worker-1  4201", "waits for flock on /tmp/bank/bob.lock, which is held by", "│  web/0/Worker-2  4202",
		"waits for flock on /tmp/bank/alice.lock, which is held by", "╰─ web/0/Worker-1  4201", "╭ web/0/Worker-3", "↓ also waits for",
	}
	for _, want := range ring {
		_, after, ok := strings.Cut(text, want)
		if !ok {
			t.Fatalf("the ring lacks %q, or it stands elsewhere:\n%s", want, ansi.Strip(d.frame()))
		}
		text = after
	}
}

func TestAnAbandonedLockNamesItsLastHolder(t *testing.T) {
	d := newDesk(t, uitest.AbandonedLock(sources(t)), 120, 40)
	d.has("✝ abandoned", "✝ train/0/ForkPool-3", "ended (SIGKILL)", "train/0/ForkPool-3 (pid 4132), 13 s ago; it has ended: SIGKILL: killed at once")
}

// Of a process that lives on it is not said that it has ended, but of its thread.
func TestAnAbandonedLockOfAThread(t *testing.T) {
	s := uitest.Typical()
	ref := procs.PIDRef{PID: 4130, StartTime: 4130}
	has := graph.Holder{Thread: graph.Thread{PIDRef: ref, TID: 4710}, Evidence: profiling.Exact, Dead: true, Lives: true}
	l := graph.Lock{
		Object:  graph.Object{ID: "pthread_mutex:1", Kind: graph.PthreadMutex, Name: "pthread mutex at 0x10", Holders: []graph.Holder{has}, Taken: true, Complete: true},
		Waiters: []graph.Waiter{{Thread: graph.Thread{PIDRef: procs.PIDRef{PID: 4131, StartTime: 4131}, TID: 4131}, Since: uitest.Now}}, Abandoned: true,
		Chain: []graph.Link{{Holder: has, Doing: graph.Zombie}}, LastHolder: &graph.LastHolder{Holder: has, Until: uitest.Now},
	}
	s.SetLocks(&graph.View{At: uitest.Now, Locks: []graph.Lock{l}})
	d := newDesk(t, s, 140, 40)
	d.has("4710 of train/0/ForkPool-1  ", "last held by thread 4710 of train/0/ForkPool-1", "the thread that took it has ended; its process lives on")
	d.hasNot("no process that could release it lives")
}

// Nobody has a barrier: who waits there waits for the others.
func TestNobodyHasABarrier(t *testing.T) {
	s := uitest.Typical()
	at := func(tid int) graph.Waiter {
		return graph.Waiter{Thread: graph.Thread{PIDRef: procs.PIDRef{PID: 4130, StartTime: 4130}, TID: tid}, Since: uitest.Now}
	}
	s.SetLocks(&graph.View{At: uitest.Now, Locks: []graph.Lock{{
		Object:  graph.Object{ID: "pthread_barrier:1", Kind: graph.PthreadBarrier, Name: "pthread barrier(4) at 0x10", State: graph.Gathers},
		Waiters: []graph.Waiter{at(4130), at(4710)},
	}}})
	d := newDesk(t, s, 120, 40)
	d.has("◌ waiting   barrier", "nobody  ", "2 threads wait at the pthread barrier(4) at 0x10; 2 have not come.", "wait for pthread barrier(4) at 0x10, to which not all have come", "value     not all have come")
	d.hasNot("not known", "semaphore")
}

// Idle locks must not hide what is wrong: many of them are folded away.
func TestIdleLocksAreFolded(t *testing.T) {
	d := newDesk(t, uitest.ManyLocks(60), 100, 60)
	d.press("G")
	d.has("› ▸ 10 waits that are probably for work  (h shows them)")
	d.hasNot("· idle")
	d.press("h", "G")
	d.has("· idle")
	d.hasNot("h shows them")
	d.press("h", "G", "enter", "G") // the line itself opens it, too
	d.has("· idle")
	d = newDesk(t, uitest.IdlePool(), 100, 30)
	d.has("· idle      mp.Lock") // these are few
	d.press("h")
	d.has("2 waits that are probably for work", "No lock is contended")
	d.hasNot("· idle")
}

// One lock that needs no look is told of in the singular, and a wait that one look has seen is
// shorter than a second; where nobody has waited there is none.
func TestWordsOfTheList(t *testing.T) {
	s := uitest.IdlePool()
	before := s.Locks()
	show := func(longest time.Duration, waiters []graph.Waiter) *desk {
		view := *before
		view.Locks = slices.DeleteFunc(slices.Clone(view.Locks), func(l graph.Lock) bool { return l.Kind == graph.Pipe })
		view.Locks[0].Stats.Longest, view.Locks[0].Waiters = longest, waiters
		s.SetLocks(&view)
		return newDesk(t, s, 140, 30)
	}
	waiters := before.Locks[0].Waiters
	show(0, waiters).has("<1s")
	show(3*time.Second, waiters).hasNot("<1s")
	d := show(0, nil)
	d.hasNot("<1s")
	d.press("h")
	d.has("1 wait that is probably for work")
}

// What a filter has found stays selected without it; one that is given up changes nothing.
func TestAFilterThatIsTakenAway(t *testing.T) {
	d := newDesk(t, uitest.ManyLocks(30), 120, 40)
	filter := func(text string, done bool) {
		d.screen.Handle(keys.Intent{Verb: keys.Search, Text: text, Done: done})
		d.frame()
	}
	d.frame()
	filter("stage0.py:17", false)
	filter("", true)
	d.has("› ● contended socket       stage5.py:36")
	filter("stage0.py:17", true)
	d.press("esc")
	d.has("› ● contended SysV sem     stage0.py:17")
}

// TestWhoWaitsForItself: its chain says so, and ends.
func TestWhoWaitsForItself(t *testing.T) {
	s := uitest.Typical()
	who := graph.Thread{PIDRef: procs.PIDRef{PID: 4130, StartTime: 4130}, TID: 4130}
	has := graph.Holder{Thread: who, Evidence: profiling.Inferred}
	l := graph.Lock{
		Object:  graph.Object{ID: "mp:00:1b:7", Kind: graph.MPSemaphore, Name: "Semaphore made at worker.py:28", Any: true, Holders: []graph.Holder{has}},
		Waiters: []graph.Waiter{{Thread: who, Since: uitest.Now}}, Contended: true, Chain: []graph.Link{{Holder: has, Doing: graph.InLock, WaitsFor: "mp:00:1b:7"}},
	}
	s.SetLocks(&graph.View{At: uitest.Now, Locks: []graph.Lock{l}})
	d := newDesk(t, s, 120, 40)
	d.has(" ╭ train/0/ForkPool-1", "↓ waits for Semaphore made at worker.py:28, which only it itself could release")
	if n := strings.Count(d.frame(), "↓ "); n != 1 {
		t.Errorf("the chain has %d steps", n)
	}
	l.Waiters = append(l.Waiters, graph.Waiter{Thread: graph.Thread{PIDRef: procs.PIDRef{PID: 4131, StartTime: 4131}, TID: 4131}, Since: uitest.Now})
	s.SetLocks(&graph.View{At: uitest.Now, Locks: []graph.Lock{l}})
	d.has("which only one process could release:", "↓ waits for Semaphore made at worker.py:28, as above")
}

// TestThePlaceStaysInSight: of a long name the table cuts what tells least.
func TestThePlaceStaysInSight(t *testing.T) {
	s := uitest.Typical()
	who := graph.Thread{PIDRef: procs.PIDRef{PID: 4130, StartTime: 4130}, TID: 4130}
	o := graph.Object{ID: "mp:00:1b:7", Kind: graph.MPCondition, Name: "Barrier made at worker.py:28 (_cond._wait_semaphore)"}
	s.SetLocks(&graph.View{At: uitest.Now, Locks: []graph.Lock{{Object: o, Waiters: []graph.Waiter{{Thread: who, Since: uitest.Now}}}}})
	for _, size := range [][2]int{{120, 40}, {80, 24}, {60, 20}} {
		d := newDesk(t, s, size[0], size[1])
		if row := strings.Split(ansi.Strip(d.frame()), "\n")[1]; !strings.Contains(row, " worker.py:28 ") || size[0] == 120 != strings.Contains(row, " Barrier worker.py:28 ") {
			t.Errorf("at %d cells the row is %q", size[0], row)
		}
	}
}

func TestFilter(t *testing.T) {
	d := newDesk(t, uitest.Deadlocked(sources(t)), 120, 30)
	d.frame()
	for _, text := range []string{"bob", "WORKER-2", "4202", "deadlock", "flock", "zzz"} {
		d.screen.Handle(keys.Intent{Verb: keys.Filter, Text: text})
		if got := strings.Contains(ansi.Strip(d.frame()), "flock        /tmp/bank/bob.lock"); got != (text != "zzz") {
			t.Errorf("the filter %q shows the lock: %v\n%s", text, got, ansi.Strip(d.frame()))
		}
	}
	d.has("no lock, holder or waiter matches zzz (Esc shows all)")
	d.press("esc")
	d.has("alice.lock")
	if _, handled := d.screen.Handle(keys.Intent{Verb: keys.Back}); handled {
		t.Error("Esc in the table is not left to the root")
	}
}

// A lock that was selected stays so when another one becomes worse; at the top
// it is always the worst.
func TestSelection(t *testing.T) {
	s := uitest.ManyLocks(30)
	d := newDesk(t, s, 120, 40)
	v := *s.Locks()
	first, second := v.Locks[0], v.Locks[1]
	d.press("j")
	swapped := v
	swapped.Locks = append([]graph.Lock{second, first}, v.Locks[2:]...)
	s.SetLocks(&swapped)
	d.has("› ● contended " + kindAndName(&second))
	d.press("g")
	s.SetLocks(&v)
	d.has("› ● contended " + kindAndName(&first))
	v2 := v
	v2.Locks = v.Locks[1:]
	d.press("j", "j")
	s.SetLocks(&v2)
	d.has("› ● contended " + kindAndName(&v.Locks[2]))
	s.SetLocks(&graph.View{At: uitest.Now})
	d.has("Nobody waits for a lock.")
	d.press("enter", "y", "X", "n", "j", "G", "tab", "e") // nothing to act on, and nothing breaks
}

// TestWhoIsChosenIsInSight: n and p bring who they choose into the card's window.
func TestWhoIsChosenIsInSight(t *testing.T) {
	d := newDesk(t, uitest.Deadlocked(sources(t)), 40, 9)
	d.press("enter")
	for range 4 {
		d.press("n")
		d.has("›")
	}
	for range 4 {
		d.press("p")
		d.has("›")
	}
}

// TestNamesThatBeginAlike are told apart by their ends, and the tree keeps the pids.
func TestNamesThatBeginAlike(t *testing.T) {
	long := "a_very_long_worker_name_that_goes_on_and_on_for_ever_and_ever_and_ever_"
	s := uitest.Deadlocked(sources(t))
	s.Change(func(snap *procs.Snapshot) {
		for i := range snap.Pools[0].Slots[0].Descendants {
			snap.Pools[0].Slots[0].Descendants[i].Label = long + strconv.Itoa(i+1)
		}
	})
	d := newDesk(t, s, 80, 24)
	d.press("enter")
	d.has("ever_1  4201", "ever_2  4202", "ever_3  4203", "web/0/a_very_l")
}

func kindAndName(l *graph.Lock) string {
	return fmt.Sprintf("%-12s %s", waits.Kind(l.Kind), waits.Place(&l.Object))
}

func TestKillAsksAndNamesTheHolder(t *testing.T) {
	d := newDesk(t, uitest.Contention(sources(t)), 120, 40)
	got, _ := d.press("X").(keys.DoMsg)
	want := procs.SignalPID{Ref: procs.PIDRef{PID: 4131, StartTime: 4131}, Signal: procs.SIGKILL}
	if got.Command != procs.Command(want) || got.Ask != "kill train/0/ForkPool-2 (pid 4131), which has the Lock made at worker.py:7?" {
		t.Errorf("X asks for %+v", got)
	}
	got, _ = d.press("n", "n", "X").(keys.DoMsg) // the first n opens the card; after the holder comes the first waiter
	if c, ok := got.Command.(procs.SignalPID); !ok || c.Ref.PID != 4130 || got.Ask != "kill train/0/ForkPool-1 (pid 4130)?" {
		t.Errorf("X on a waiter asks for %+v", got)
	}
	if got, _ := newDesk(t, uitest.AbandonedLock(sources(t)), 120, 40).press("X").(keys.DoMsg); got.Ask == "" || strings.Contains(got.Ask, "ForkPool-3") {
		t.Errorf("of an abandoned lock, X asks for %+v", got)
	}
	if got, ok := newDesk(t, uitest.HostileLocks(), 120, 40).press("j", "X").(keys.SayMsg); !ok || !strings.Contains(got.Text, "none of muster's processes") {
		t.Errorf("X on a process of somebody else asks for %+v", got)
	}
	many := newDesk(t, uitest.ManyLocks(30), 120, 40)
	if got, _ := many.press("X").(keys.DoMsg); !strings.HasSuffix(got.Ask, ", and all that it started?") {
		t.Errorf("X on a slot's own process asks for %+v", got)
	}
}

// TestTheKeysOfARing: of each lock of a deadlock, all keys are for who has it, until
// another one is chosen.
func TestTheKeysOfARing(t *testing.T) {
	for _, n := range []int{2, 3} {
		for row := range n {
			t.Run(fmt.Sprintf("%d-of-%d", row+1, n), func(t *testing.T) {
				desk := func() *desk {
					d := newDesk(t, uitest.RingOf(sources(t), n), 120, 60)
					d.press(slices.Repeat([]string{"j"}, row)...)
					return d
				}
				d := desk()
				name, pid := fmt.Sprintf("web/0/Worker-%d", row+1), 4201+row
				lock := fmt.Sprintf("/tmp/bank/%d.lock", row+1)
				d.has(fmt.Sprintf("› ✗ deadlock  flock        %-20s %s %d", lock, name, pid), "waits  "+name)
				ask := fmt.Sprintf("kill %s (pid %d), which has the flock on %s?", name, pid, lock)
				if got, _ := d.press("X").(keys.DoMsg); got.Ask != ask || got.Command != procs.Command(procs.SignalPID{Ref: procs.PIDRef{PID: pid, StartTime: uint64(pid)}, Signal: procs.SIGKILL}) {
					t.Errorf("X asks for %+v, want %q", got, ask)
				}
				source := procs.Source{Pool: "web", OneSlot: true, PID: pid}
				if got := d.press("P"); got != (keys.OpenMsg{Screen: keys.Processes, Source: source}) {
					t.Errorf("P asks for %+v", got)
				}
				if got, want := d.press("e"), (keys.EditMsg{File: filepath.Join(sources(t), "bank.py"), Line: row + 1}); got != want {
					t.Errorf("e asks for %+v, want %+v", got, want)
				}
				if got, _ := d.press("d").(keys.DebugMsg); got.Ref.PID != pid {
					t.Errorf("d asks for %+v", got)
				}
				d.press("enter")
				d.atParty(name)
				if got := d.press("enter"); got != (keys.OpenMsg{Screen: keys.Output, Source: source}) {
					t.Errorf("Enter asks for %+v", got)
				}
				next := fmt.Sprintf("web/0/Worker-%d", (row+1)%n+1)
				got, _ := d.press("n", "X").(keys.DoMsg)
				d.atParty(next)
				if want := fmt.Sprintf("kill %s (pid %d)?", next, 4201+(row+1)%n); got.Ask != want {
					t.Errorf("X on who was chosen asks %q, want %q", got.Ask, want)
				}
			})
		}
	}
}

// atParty asserts that the cursor of the card is at a process.
func (d *desk) atParty(name string) {
	d.t.Helper()
	for _, row := range strings.Split(ansi.Strip(d.frame()), "\n") {
		if strings.HasPrefix(row, "›") && !strings.Contains(row, "deadlock") {
			if !strings.Contains(row, name) {
				d.t.Errorf("the card's cursor is at %q, want %s", row, name)
			}
			return
		}
	}
	d.t.Errorf("the card has no cursor:\n%s", ansi.Strip(d.frame()))
}

// TestWhoKeepsTheHolder: who stands further down the chain does not have the lock itself.
func TestWhoKeepsTheHolder(t *testing.T) {
	s := uitest.Typical()
	at := func(pid int) graph.Thread {
		return graph.Thread{PIDRef: procs.PIDRef{PID: pid, StartTime: uint64(pid)}, TID: pid}
	}
	has := func(pid int) graph.Holder { return graph.Holder{Thread: at(pid), Evidence: profiling.Exact} }
	lock := func(id string, waiter int, chain ...graph.Link) graph.Lock {
		return graph.Lock{
			Object:  graph.Object{ID: graph.ID(id), Kind: graph.Flock, Name: "/tmp/" + id, Taken: true, Complete: true, Holders: []graph.Holder{chain[0].Holder}},
			Waiters: []graph.Waiter{{Thread: at(waiter), Since: uitest.Now}}, Chain: chain, Contended: true,
		}
	}
	end := graph.Link{Holder: has(4132), Doing: graph.Sleeping}
	s.SetLocks(&graph.View{At: uitest.Now, Locks: []graph.Lock{
		lock("a", 4130, graph.Link{Holder: has(4131), Doing: graph.InLock, WaitsFor: "b"}, end), lock("b", 4131, end),
	}})
	d := newDesk(t, s, 120, 40)
	if got, _ := d.press("X").(keys.DoMsg); got.Ask != "kill train/0/ForkPool-2 (pid 4131), which has the flock on /tmp/a?" {
		t.Errorf("X asks %q", got.Ask)
	}
	if got, _ := d.press("n", "n", "X").(keys.DoMsg); got.Ask != "kill train/0/ForkPool-3 (pid 4132)?" {
		t.Errorf("X on who keeps the holder asks %q", got.Ask)
	}
}

func TestGoingElsewhere(t *testing.T) {
	d := newDesk(t, uitest.Contention(sources(t)), 120, 40)
	holder := procs.Source{Pool: "train", OneSlot: true, PID: 4131}
	if got := d.press("P"); got != (keys.OpenMsg{Screen: keys.Processes, Source: holder}) {
		t.Errorf("P asks for %+v", got)
	}
	if got := d.press("enter"); got != nil {
		t.Errorf("the first Enter asks the root for %v", got)
	}
	if got := d.press("enter"); got != (keys.OpenMsg{Screen: keys.Output, Source: holder}) {
		t.Errorf("the second Enter asks for %+v", got)
	}
	want := keys.EditMsg{File: filepath.Join(sources(t), "worker.py"), Line: 19}
	if got := d.press("e"); got != want {
		t.Errorf("e asks for %+v, want %+v", got, want)
	}
	if id, ok := d.screen.Selected(); !ok || id.String() != "train/0" {
		t.Errorf("selected is %v", id)
	}
}

func TestCopy(t *testing.T) {
	got, _ := newDesk(t, uitest.Contention(sources(t)), 40, 12).press("y").(keys.CopyMsg)
	for _, want := range []string{"3 workers wait for the Lock made at worker.py:7, held for 12 s by train/0/ForkPool-2", "\n ╭ train/0/ForkPool-1  4130  12s", "▶ 19     time.sleep(12)"} {
		if !strings.Contains(got.Text, want) {
			t.Errorf("the report lacks %q:\n%s", want, got.Text)
		}
	}
	if got, _ := newDesk(t, uitest.HostileLocks(), 80, 24).press("y").(keys.CopyMsg); got.Text == "" || strings.ContainsAny(got.Text, "\x1b\a\x00") {
		t.Errorf("the report has escape sequences: %q", got.Text)
	}
}

func TestWhatCannotBeReadIsSaid(t *testing.T) {
	d := newDesk(t, uitest.NotPermitted(), 120, 40)
	d.has("! futex, semlock, pthread: not permitted: kernel.yama.ptrace_scope is 2", "! 2 more sources", "ForkPool-2 ?", "? inferred")
}

func TestMouse(t *testing.T) {
	d := newDesk(t, uitest.Deadlocked(sources(t)), 120, 40)
	d.frame()
	d.screen.Handle(keys.Intent{Verb: keys.Click, X: 4, Y: 2})
	d.has("› ✗ deadlock  flock        /tmp/bank/bob.lock")
	d.screen.Handle(keys.Intent{Verb: keys.Wheel, N: -3, X: 4, Y: 2})
	d.has("› ✗ deadlock  flock        /tmp/bank/alice.lock")
	d.screen.Handle(keys.Intent{Verb: keys.Click, X: 4, Y: 20})
	d.hasNot("WHO HAS IT") // the card has the whole screen
	d.screen.Handle(keys.Intent{Verb: keys.Wheel, N: 3, X: 4, Y: 2})
	d.press("tab")
	d.has("WHO HAS IT")
}

// Whatever the size, the theme and the state of the screen: exactly h lines of
// at most w cells, and nothing but colours in them.
func TestEveryFrameFits(t *testing.T) {
	for name, session := range scenes(t) {
		for _, profile := range []colorprofile.Profile{colorprofile.NoTTY, colorprofile.ASCII, colorprofile.TrueColor} {
			d := newDesk(t, session, 0, 0)
			d.screen = locks.New(theme.New(profile, false), keys.Standard())
			for _, size := range []struct{ w, h int }{{1, 1}, {2, 3}, {20, 2}, {20, 5}, {33, 14}, {79, 21}, {170, 20}} {
				d.w, d.h = size.w, size.h
				d.screen.SetSize(size.w, size.h)
				d.press("j", "enter", "n", "G", "N", "tab", "h", "G", "enter", "g") // each of which draws a frame
				if f := d.frame(); profile == colorprofile.NoTTY && strings.Contains(f, "\x1b") {
					t.Errorf("%s: an escape sequence for a terminal that takes none", name)
				}
			}
		}
	}
}

// BenchmarkFrame is a frame with 500 locks: the same view again, as for the
// clock or the keys, and a new one, as up to 20 times a second.
func BenchmarkFrame(b *testing.B) {
	s := uitest.ManyLocks(500)
	screen := locks.New(theme.New(colorprofile.ANSI256, true), keys.Standard())
	screen.SetSize(200, 57)
	v := s.Locks()
	b.Run("same-view", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			screen.Sync(s, uitest.Now)
			_ = screen.Render()
		}
	})
	b.Run("new-view", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			fresh := *v
			s.SetLocks(&fresh)
			screen.Sync(s, uitest.Now)
			_ = screen.Render()
		}
	})
}
