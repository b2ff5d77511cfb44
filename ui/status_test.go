package ui

import (
	"errors"
	"strings"
	"testing"
	"time"

	"example.com/muster/procs"
	"example.com/muster/profiling/crash"
	"example.com/muster/session"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/uitest"
)

// A warning gives the line back: what was so an hour ago must not look like news.
func TestAWarningIsShownForAWhile(t *testing.T) {
	s := newStage(t, uitest.Composed())
	counts := s.status()
	s.session.Change(func(snap *procs.Snapshot) {
		snap.Notices = []procs.Notice{{At: s.now, Text: "the log could not be opened"}, {At: s.now.Add(time.Second), Text: "db/0 is ready"}}
	})
	s.now = s.now.Add(30 * time.Second)
	if got := s.status(); got != "db/0 is ready" {
		t.Errorf("the status line says %q", got)
	}
	s.now = s.now.Add(warnFor)
	s.session.Stir()
	if got := s.status(); got != counts {
		t.Errorf("long after it the status line says %q, want %q", got, counts)
	}
}

// Trouble that goes on is told again and again, but lets what is newer be read.
func TestAWarningThatIsRenewed(t *testing.T) {
	s := newStage(t, uitest.Composed())
	begin := s.now
	for _, tt := range []struct {
		after   time.Duration
		renewed time.Duration // when the trouble was told of last
		want    string
	}{
		{0, 0, "the disk is full"},
		{3 * time.Second, 3 * time.Second, "the disk is full"},
		{5 * time.Second, 5 * time.Second, "db/0 is ready"},
		{11 * time.Second, 11 * time.Second, "db/0 is ready"},
		{14 * time.Second, 13 * time.Second, "the disk is full"},
		{time.Hour, time.Hour, "the disk is full"},
	} {
		s.now = begin.Add(tt.after)
		s.session.Change(func(snap *procs.Snapshot) {
			snap.Notices = []procs.Notice{{At: begin.Add(-time.Hour), Renewed: begin.Add(tt.renewed), Text: "the disk is full"}}
			if tt.after > 4*time.Second {
				snap.Notices = append(snap.Notices, procs.Notice{At: begin.Add(4 * time.Second), Text: "db/0 is ready"})
			}
		})
		s.session.Stir()
		if got := s.status(); got != tt.want {
			t.Errorf("after %v the status line says %q, want %q", tt.after, got, tt.want)
		}
	}
}

// What was told about the end stays, whenever it is read; what was told long before is no news.
func TestAWarningOfTheEndStays(t *testing.T) {
	s := newStage(t, uitest.Many(1))
	ended := s.now
	warn := func(at time.Time) {
		s.session.Change(func(snap *procs.Snapshot) {
			snap.Ended, snap.Notices = true, []procs.Notice{{At: at, Text: "sleep/0 has ended; 1 process that it left was ended too"}}
			snap.Pools[0].Slots[0].State, snap.Pools[0].Slots[0].LastExit = procs.Exited, &procs.Exit{At: ended}
		})
	}
	s.now = ended.Add(time.Hour)
	warn(ended.Add(time.Second))
	if got, want := s.status(), "it has ended; q leaves  sleep/0 has ended; 1 process that it left was ended too"; got != want {
		t.Errorf("the status line says %q, want %q", got, want)
	}
	s.Resize(40, 12)
	if got, want := s.status(), "it has ended; q leaves"; got != want {
		t.Errorf("where it is narrow the status line says %q, want %q", got, want)
	}
	s.Resize(120, 40)
	warn(ended.Add(-warnFor))
	if got, want := s.status(), "it has ended; q leaves"; got != want {
		t.Errorf("the status line says %q, want %q", got, want)
	}
}

func TestWhereNothingHasBeenStarted(t *testing.T) {
	session := uitest.Composed()
	session.Change(func(snap *procs.Snapshot) {
		snap.Ended = true
		snap.Pools = snap.Pools[5:] // the one that is disabled
	})
	if got, want := newStage(t, session).status(), "nothing has been started; s starts what is selected, q leaves"; got != want {
		t.Errorf("the status line says %q, want %q", got, want)
	}
}

// Where all pools have lost their slots something has been started, and s starts nothing.
func TestTheStatusLineWhereNoProcessIsLeft(t *testing.T) {
	session := uitest.Many(1)
	session.Change(func(snap *procs.Snapshot) { snap.Ended, snap.Pools[0].Size, snap.Pools[0].Slots = true, 0, nil })
	if got, want := newStage(t, session).status(), "there is no process; + starts one, q leaves"; got != want {
		t.Errorf("the status line says %q, want %q", got, want)
	}
}

// A run that ended by a signal did not just exit.
func TestTheCountsTellWhatEndedBadly(t *testing.T) {
	session := uitest.Many(5)
	session.Change(func(snap *procs.Snapshot) {
		for i, e := range []*procs.Exit{{Signal: 11}, {Code: 3}, {}} {
			slot := &snap.Pools[0].Slots[i]
			slot.State, slot.LastExit = procs.Exited, e
		}
	})
	s := newStage(t, session)
	if got, want := s.status(), "2 running, 2 ended badly, 1 exited"; got != want {
		t.Errorf("the status line says %q, want %q", got, want)
	}
	s.Resize(28, 24)
	if got, want := s.status(), "2 running, 2 ended badly"; got != want {
		t.Errorf("where it is narrow the status line says %q, want %q", got, want)
	}
}

// The key that a new crash is told with shows that crash, whatever was read there before.
func TestTheKeyOfTheNewsShowsThem(t *testing.T) {
	s := newStage(t, uitest.Composed())
	crashed := func(slot, code int) {
		s.session.Crash(uitest.NewCrash(procs.Run{ID: procs.ID{Pool: "web", Slot: slot}, N: 1}, nil, procs.Exit{Code: code, At: s.now}, nil, nil))
	}
	crashed(0, 3)
	s.Keys("5", "enter", "1")
	crashed(1, 4)
	if got, want := s.status(), "✗ web/1: exit 4  (5 shows it)"; got != want {
		t.Errorf("the status line says %q, want %q", got, want)
	}
	s.Keys("5")
	s.has(t, "exit code 4")
}

// A crash is told on every screen, for a while; one that was there before the
// screen was opened is no news.
func TestACrashIsToldOnEveryScreen(t *testing.T) {
	s := newStage(t, uitest.Composed())
	crashed := func(slot int, at time.Time) {
		s.session.Crash(uitest.NewCrash(procs.Run{ID: procs.ID{Pool: "web", Slot: slot}, N: 1}, nil, procs.Exit{Code: 3, At: at}, nil, nil))
	}
	counts := s.status()
	crashed(0, s.now)
	if got, want := s.status(), "✗ web/0: exit 3  (5 shows it)"; got != want {
		t.Errorf("the status line says %q, want %q", got, want)
	}
	crashed(1, s.now)
	if got, want := s.status(), "✗ web/1: exit 3  (and 1 more; 5 shows them)"; got != want {
		t.Errorf("the status line says %q, want %q", got, want)
	}
	s.now = s.now.Add(toastFor + time.Second)
	s.session.Stir()
	if got := s.status(); got != counts {
		t.Errorf("long after it the status line says %q, want %q", got, counts)
	}
	old := uitest.Composed()
	old.Crash(uitest.NewCrash(procs.Run{}, nil, procs.Exit{Code: 3, At: s.now}, nil, nil))
	if got := newStage(t, old).status(); got != counts {
		t.Errorf("of an old crash the status line says %q, want %q", got, counts)
	}
}

// Whoever has looked at the crashes has seen those that there were: the next screen tells
// only of what comes later.
func TestCrashesThatWereWatchedAreNoNews(t *testing.T) {
	s := newStage(t, uitest.Composed())
	crashed := func(slot int) {
		s.session.Crash(uitest.NewCrash(procs.Run{ID: procs.ID{Pool: "web", Slot: slot}, N: 1}, nil, procs.Exit{Code: 3, At: s.now}, nil, nil))
		s.status()
	}
	counts := s.status()
	crashed(0)
	s.Keys("5")
	crashed(1)
	s.Keys("1")
	if got := s.status(); got != counts {
		t.Errorf("after a visit to the crashes the status line says %q, want %q", got, counts)
	}
	crashed(2)
	if got, want := s.status(), "✗ web/2: exit 3  (5 shows it)"; got != want {
		t.Errorf("of what came later it says %q, want %q", got, want)
	}
}

// What is withdrawn, as what is tried again in a map, is no news any more: where more is shown it does not stand.
func TestWhatIsWithdrawnIsNotTold(t *testing.T) {
	s := newStage(t, uitest.Composed())
	counts := s.status()
	crashed := func() {
		for slot := range 3 {
			s.session.Crash(uitest.NewCrash(procs.Run{ID: procs.ID{Pool: "web", Slot: slot}, N: 1}, nil, procs.Exit{Code: 3, At: s.now}, nil, nil))
		}
	}
	for range 3 {
		crashed()
		if got, want := s.status(), "✗ web/2: exit 3  (and 2 more; 5 shows them)"; got != want {
			t.Errorf("the status line says %q, want %q", got, want)
		}
		s.session.Withdraw(3)
		if got := s.status(); got != counts {
			t.Errorf("when all are withdrawn the status line says %q, want %q", got, counts)
		}
	}
	crashed()
	s.session.Withdraw(1)
	if got, want := s.status(), "✗ web/2: exit 3  (and 1 more; 5 shows them)"; got != want {
		t.Errorf("when one is withdrawn the status line says %q, want %q", got, want)
	}
}

// many is a session of which only the newest crash of a kind is kept, and counted.
type many struct {
	*uitest.Session
	count int
}

func (s *many) Found() session.Found {
	r := uitest.NewCrash(procs.Run{ID: procs.ID{Pool: "web"}, N: 1}, nil, procs.Exit{Code: 3}, nil, nil)
	r.Seq, r.Group = s.count, "exit 3"
	return session.Found{Crashes: []*crash.Report{r}, CrashRows: []crash.Row{{Pool: "web", Group: "exit 3", Count: s.count, IDs: []int{r.Seq}}}}
}

// Of many of a kind a few are kept: all are counted, as on the screen that shows them.
func TestOfManyCrashesAllThatAreNewAreCounted(t *testing.T) {
	s, n, now := &many{uitest.Empty(), 10}, toast{}, uitest.Now
	for _, of := range []struct{ count, more int }{{10, 0}, {11, 0}, {500, 489}, {1300, 1289}} {
		s.count = of.count
		if n.sync(s, keys.Processes, now); n.more != of.more || (n.crash != nil) != (of.count > 10) {
			t.Errorf("at %d crashes it tells of %v and %d more, want %d", of.count, n.crash, n.more, of.more)
		}
	}
	now = now.Add(toastFor + time.Second)
	n.sync(s, keys.Processes, now)
	s.count++
	if n.sync(s, keys.Processes, now); n.crash == nil || n.more != 0 {
		t.Errorf("of one more, later, it tells of %v and %d more", n.crash, n.more)
	}
}

// What helps against a crash is part of the news, and is not what is cut.
func TestTheNewsSaysWhatHelps(t *testing.T) {
	s := newStage(t, uitest.Composed())
	r := uitest.NewCrash(procs.Run{ID: procs.ID{Pool: "ask"}, N: 1}, nil, procs.Exit{Code: 1, At: s.now}, nil, nil)
	r.Headline, r.Notes = "EOFError: EOF when reading a line", []crash.Note{{Text: "its input is empty", Rule: crash.RuleNoInput}}
	s.session.Crash(r)
	for w, want := range map[int]string{
		120: "✗ ask/0: EOFError: EOF when reading a line (its input is empty: --output pty)  (5 shows it)",
		80:  "✗ ask/0: EOFError: EOF when r… (its input is empty: --output pty)  (5 shows it)",
		60:  "✗ ask/0: EOFError: EOF when reading a line  (5 shows it)",
	} {
		s.Resize(w, 24)
		if got := s.status(); got != want {
			t.Errorf("at %d columns the line is %q, want %q", w, got, want)
		}
	}
}

// A key alone, in brackets, would look like a count.
func TestTheKeyOfTheNewsIsNoCount(t *testing.T) {
	s := newStage(t, uitest.Composed())
	s.session.Crash(uitest.NewCrash(procs.Run{ID: procs.ID{Pool: "a-web-server", Slot: 1}, N: 1}, nil, procs.Exit{Code: 3, At: s.now}, nil, nil))
	for _, c := range []struct {
		w    int
		want string
	}{
		{80, "✗ a-web-server/1: exit 3  (5 shows it)"},
		{39, "✗ a-web-server/1: exit 3  (5 shows it)"},
		{30, "✗ a-web-server/1…  5 shows it"},
		{20, "✗ a-we…  5 shows it"},
		{16, "✗ a-web-server…"},
	} {
		s.Resize(c.w, 5)
		if got := s.status(); got != c.want {
			t.Errorf("in %d cells the status line says %q, want %q", c.w, got, c.want)
		}
		uitest.Fits(t, s.root.View(), c.w, 5)
	}
}

// What was done is told, and then gives the line back to news; an error stays until the next key.
func TestAResultHidesNoNews(t *testing.T) {
	s := newStage(t, uitest.Composed())
	s.Keys("y")
	if got := s.status(); !strings.HasPrefix(got, "copied ") {
		t.Fatalf("the status line says %q", got)
	}
	s.now = s.now.Add(noticeFor - time.Second)
	s.Keys("y") // once more: it is told for as long again
	s.now = s.now.Add(noticeFor - time.Second)
	s.session.Stir()
	if got := s.status(); !strings.HasPrefix(got, "copied ") {
		t.Errorf("soon after the second time the status line says %q", got)
	}
	s.session.Crash(uitest.NewCrash(procs.Run{ID: procs.ID{Pool: "web"}, N: 1}, nil, procs.Exit{Code: 3, At: s.now}, nil, nil))
	s.now = s.now.Add(2 * time.Second)
	s.session.Stir()
	if got, want := s.status(), "✗ web/0: exit 3  (5 shows it)"; got != want {
		t.Errorf("the status line says %q, want %q", got, want)
	}
	s.root.fail(errors.New("cannot stop web/0: it has ended"))
	s.now = s.now.Add(time.Hour)
	s.session.Stir()
	if got, want := s.status(), "cannot stop web/0: it has ended"; got != want {
		t.Errorf("an hour after the error the status line says %q, want %q", got, want)
	}
}

// Errors and questions are whole where the terminal is narrow, and news say more of what
// has happened than of where to look.
func TestTheStatusLineWhereItIsNarrow(t *testing.T) {
	s := newStage(t, uitest.Contention("/src"))
	s.Resize(40, 12)
	s.Keys("4", "X")
	if got, want := s.asked(), "kill train/0/ForkPool-2 (pid 4131), which has the Lock made at worker.py:7?  y yes  n no"; got != want {
		t.Errorf("the question is %q, want %q", got, want)
	}
	uitest.Fits(t, s.root.View(), 40, 12)
	s.Keys("n")
	s.root.fail(errors.New("cannot write /home/somebody/reports/train.pb.gz: no space left on device"))
	s.now = s.now.Add(time.Second)
	if got, want := s.status(), "cannot write /home/somebody/reports/train.pb.gz: no space left on device"; got != want {
		t.Errorf("the error is %q, want %q", got, want)
	}
	s.Keys("1")
	for range 12 {
		s.session.Crash(uitest.NewCrash(procs.Run{ID: procs.ID{Pool: "train"}, N: 1}, nil, procs.Exit{Code: 3, At: s.now}, nil, nil))
	}
	if got, want := s.status(), "✗ train/0: exit 3  (5 shows them)"; got != want {
		t.Errorf("the news are %q, want %q", got, want)
	}
}

// While somebody types or is asked, the last line tells the keys that work then, and no others.
func TestHintsAreOfWhoeverTakesTheKeys(t *testing.T) {
	s := newStage(t, uitest.Composed())
	s.Keys("/")
	if got, want := s.hints(), "Enter done  Esc give up  Ctrl-U clear"; got != want {
		t.Errorf("beside the prompt the hints are %q, want %q", got, want)
	}
	if got, want := s.status(), "/  show the names that match; search in the pane"; got != want {
		t.Errorf("the empty prompt says %q, want %q", got, want)
	}
	s.Type("web api db")
	s.Keys("ctrl+w")
	if got := string(s.root.prompt.text); got != "web api " {
		t.Errorf("Ctrl-W leaves %q", got)
	}
	s.Keys("ctrl+w", "ctrl+w", "ctrl+w")
	s.Type("web")
	x := strings.Index(s.hints(), "Ctrl-U") + 1
	s.Click(x, 39)
	if got := string(s.root.prompt.text); got != "" {
		t.Errorf("a click on Ctrl-U leaves %q", got)
	}
	s.Click(strings.Index(s.hints(), "Esc")+1, 39)
	if s.root.prompt != nil {
		t.Error("a click on Esc leaves the prompt open")
	}
	s.Keys("q")
	s.Click(strings.Index(s.hints(), "n no")+1, 39)
	if got := s.status(); s.root.question != nil || got != "nothing was done" {
		t.Errorf("after a click on no the status line says %q", got)
	}
	s.Keys("q")
	s.Click(1, 39)
	s.wantCommands(t, procs.Shutdown{})
}

// The answers to the question of an attached screen are all there at 40 columns.
func TestTheAnswersFitWhereItIsNarrow(t *testing.T) {
	s := newStage(t, uitest.Typical(), func(o *Options) { o.Attached = true })
	s.Resize(40, 12)
	s.Keys("q")
	if got, want := s.asked(), "leave 7 processes running?  d detach  s stop all and leave  n stay"; got != want {
		t.Errorf("it asks %q, want %q", got, want)
	}
}

// A process that is stopped does not run, as its row says; one that a debugger looks at is counted by its state.
func TestTheCountsTellWhatIsPaused(t *testing.T) {
	session := uitest.Many(5)
	session.Change(func(snap *procs.Snapshot) {
		slots := snap.Pools[0].Slots
		slots[0].Kernel, slots[1].Paused, slots[2].Kernel = procs.RunStopped, true, procs.RunSleeping
		slots[3].Kernel, slots[3].State, slots[3].LastExit = procs.RunStopped, procs.Stopped, &procs.Exit{Asked: true}
	})
	if got, want := newStage(t, session).status(), "2 running, 2 paused, 1 stopped"; got != want {
		t.Errorf("the status line says %q, want %q", got, want)
	}
}
