package ui

import (
	"context"
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"example.com/muster/procs"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/theme"
	"example.com/muster/ui/uitest"
)

// stage is the whole model over an invented session, without a terminal. Its
// clock moves by hand, and its ticks come when the test sends them.
type stage struct {
	*uitest.Driver
	root    *root
	session *uitest.Session
	now     time.Time
	display recorder
}

// recorder is a display that remembers what was asked of it.
type recorder struct {
	calls  []string
	cursor string // "x,y", "" while it is hidden
}

func (r *recorder) Show(string) {}
func (r *recorder) Cursor(x, y int, shown bool) {
	r.cursor = ""
	if shown {
		r.cursor = strconv.Itoa(x) + "," + strconv.Itoa(y)
	}
}
func (r *recorder) Redraw()          { r.calls = append(r.calls, "redraw") }
func (r *recorder) Copy(text string) { r.calls = append(r.calls, "copy "+text) }
func (r *recorder) Enter() error     { r.calls = append(r.calls, "enter"); return nil }
func (r *recorder) Leave() error     { r.calls = append(r.calls, "leave"); return nil }

// asked returns what was asked since the last time.
func (r *recorder) asked() []string {
	calls := r.calls
	r.calls = nil
	return calls
}

func newStage(t *testing.T, session *uitest.Session, change ...func(*Options)) *stage {
	t.Helper()
	s := &stage{session: session, now: uitest.Now}
	nowhere, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nowhere.Close() })
	o := Options{
		Session: session, Out: nowhere, Theme: theme.New(colorprofile.ANSI256, true), Now: func() time.Time { return s.now },
	}
	for _, f := range change {
		f(&o)
	}
	s.root = newRoot(o.withDefaults(), func(c procs.Command) error { return session.Do(t.Context(), c) }, &s.display)
	if w, ok := s.root.screens[keys.Processes].(watcher); ok {
		w.Watch(session.Earlier()) // as if it had been there before
	}
	s.Driver = uitest.Drive(t, s.root)
	s.Resize(120, 40)
	return s
}

// frame delivers a tick and returns the frame without colours.
func (s *stage) frame() string {
	s.Send(frameMsg{})
	return ansi.Strip(s.root.View())
}

// status is the line below the body, or the lines that a question or an error takes.
func (s *stage) status() string {
	lines := strings.Split(s.frame(), "\n")
	n := len(s.root.statusLines(s.session.Snapshot()))
	var words []string
	for _, l := range lines[len(lines)-1-n : len(lines)-1] {
		words = append(words, strings.TrimSpace(l))
	}
	return strings.Join(words, " ")
}

// hints is the last line.
func (s *stage) hints() string {
	lines := strings.Split(s.frame(), "\n")
	return strings.TrimSpace(lines[len(lines)-1])
}

// asked is the question with the answers to it.
func (s *stage) asked() string { return s.status() + "  " + s.hints() }

func (s *stage) wantCommands(t *testing.T, want ...procs.Command) {
	t.Helper()
	if d := cmp.Diff(want, s.session.Commands()); d != "" {
		t.Errorf("commands of the session (-want +got):\n%s", d)
	}
}

func TestFrames(t *testing.T) {
	for name, session := range map[string]func() *uitest.Session{"typical": uitest.Typical, "hostile": uitest.Hostile, "ended": uitest.Ended} {
		s := newStage(t, session())
		for _, size := range [][2]int{{40, 12}, {80, 24}, {120, 40}, {200, 60}} {
			if name != "typical" && size[0] > 80 {
				continue
			}
			s.Resize(size[0], size[1])
			uitest.Golden(t, name+"-"+strconv.Itoa(size[0])+"x"+strconv.Itoa(size[1]), s.root.View(), size[0], size[1])
		}
	}
}

func TestEveryScreenFitsEverySize(t *testing.T) {
	s := newStage(t, uitest.Hostile())
	for _, size := range [][2]int{{20, 5}, {1, 1}, {2, 2}, {19, 3}, {40, 4}, {300, 100}, {5, 60}} {
		s.Resize(size[0], size[1])
		for _, key := range []string{"1", "2", "3", "4", "5", "6", "7", "?", "?", "1", "/", "esc", "q", "n"} {
			s.Keys(key)
			uitest.Fits(t, s.root.View(), size[0], size[1])
		}
	}
}

func TestEnterOpensTheOutputOfTheRow(t *testing.T) {
	s := newStage(t, uitest.Typical())
	s.Keys("j", "enter")
	if s.root.at != keys.Output {
		t.Fatalf("screen %v is in front", s.root.at)
	}
	s.Keys("esc")
	if s.root.at != keys.Processes {
		t.Errorf("Esc leads to %v", s.root.at)
	}
}

func TestStopGoesToTheSession(t *testing.T) {
	s := newStage(t, uitest.Typical())
	s.Keys("x")
	s.wantCommands(t, procs.Stop{IDs: []procs.ID{{Pool: "train"}}})
	if got := s.status(); got != "stopping train/0" {
		t.Errorf("the status line says %q", got)
	}
	s.session.Refuse(errors.New("cannot stop train/0: it is gone"))
	s.Keys("x")
	if got := s.status(); got != "cannot stop train/0: it is gone" {
		t.Errorf("the status line says %q of an error", got)
	}
	s.Keys("j")
	if got := s.status(); strings.Contains(got, "cannot") {
		t.Errorf("the next key leaves %q", got)
	}
}

// p opens no form where there is nothing left to profile: the screen stays, and says so.
func TestNothingToProfile(t *testing.T) {
	s := newStage(t, uitest.Ended())
	s.Keys("p")
	if got := s.status(); s.root.at != keys.Processes || !strings.HasSuffix(got, "cannot profile train: no process of it runs") {
		t.Errorf("on screen %v it says %q", s.root.at, got)
	}
}

func TestRestartOfAPoolAsks(t *testing.T) {
	s := newStage(t, uitest.Typical())
	s.Keys("G", "R")
	if got := s.asked(); got != "restart all 4 of api?  y yes  n no" {
		t.Errorf("the question is %q", got)
	}
	s.Keys("j", "n")
	s.wantCommands(t)
	s.Keys("R", "y")
	if got := s.session.Commands(); len(got) != 1 || len(got[0].(procs.Restart).IDs) != 4 {
		t.Errorf("after y: %+v", got)
	}
}

// A yes to a question about a run that has ended would be about another one.
func TestAQuestionGoesWithWhatItIsAbout(t *testing.T) {
	again := func(slot *procs.Slot) {
		slot.Run = procs.Run{ID: slot.ID, N: 2, PIDRef: procs.PIDRef{PID: 9000, StartTime: 9}}
	}
	ends := func(slot *procs.Slot) {
		slot.State, slot.LastExit, slot.Descendants = procs.Exited, &procs.Exit{}, nil
	}
	for name, c := range map[string]struct {
		keys []string
		then func(*procs.Slot)
		want string
	}{
		"restart from a worker":       {[]string{"j", "r"}, ends, "nothing was done: train/0 has ended"},
		"kill of what runs again":     {[]string{"X"}, again, "nothing was done: train/0 has ended"},
		"restart of a pool":           {[]string{"G", "R"}, ends, "nothing was done: all 4 of api have ended"},
		"restart from one that lives": {[]string{"j", "r"}, func(slot *procs.Slot) { slot.Descendants = nil }, "restart all of train/0, which ForkPool-1 (pid 4130) belongs to?"},
	} {
		for _, seen := range []bool{true, false} {
			s := newStage(t, uitest.Typical())
			s.Keys(c.keys...)
			if s.root.question == nil {
				t.Fatalf("%s: nothing is asked", name)
			}
			s.session.Change(func(snap *procs.Snapshot) {
				for _, p := range snap.Pools {
					for i := range p.Slots {
						if p.Name == "train" || p.Name == "api" {
							c.then(&p.Slots[i])
						}
					}
				}
			})
			if seen {
				if got := s.status(); got != c.want {
					t.Errorf("%s: the status line says %q, want %q", name, got, c.want)
				}
			}
			if strings.HasPrefix(c.want, "nothing") {
				s.Keys("y")
				s.wantCommands(t)
			}
		}
	}
}

func TestQuitAsksStopsAndLeaves(t *testing.T) {
	s := newStage(t, uitest.Typical())
	s.Keys("q")
	if got := s.asked(); got != "stop 7 processes and leave?  y yes  n no" {
		t.Errorf("the question is %q", got)
	}
	s.Keys("n", "q", "q") // q again is yes too
	s.wantCommands(t, procs.Shutdown{})
	if got := s.status(); got != "stopping 7 processes ... (q again: kill now)" || s.Quit {
		t.Errorf("the status line says %q, left: %v", got, s.Quit)
	}
	s.Keys("q")
	s.wantCommands(t, procs.Shutdown{}, procs.Shutdown{Now: true})
	s.frame()
	if s.Quit {
		t.Error("it left before everything had ended")
	}
	s.session.Change(func(snap *procs.Snapshot) { snap.Ended = true })
	s.frame()
	if !s.Quit {
		t.Error("it stays although everything has ended")
	}
}

// What the question is about ends while it is asked.
func TestQuitAsksAboutWhatLivesNow(t *testing.T) {
	s := newStage(t, uitest.Typical())
	s.Keys("q")
	ended := uitest.Ended().Snapshot()
	s.session.Change(func(snap *procs.Snapshot) { snap.Pools = ended.Pools })
	if got := s.asked(); got != "end the session and leave?  y yes  n no" {
		t.Errorf("the question is %q", got)
	}
	s.session.Change(func(snap *procs.Snapshot) { snap.Ended = true })
	if got := s.asked(); got != "everything has ended: leave?  y yes  n no" {
		t.Errorf("the question is %q", got)
	}
	s.Keys("n")
	if s.frame(); s.Quit {
		t.Error("no has left")
	}
	s.Keys("q")
	if !s.Quit {
		t.Error("q does not leave at once")
	}
}

func TestQuitWhenAllHasEnded(t *testing.T) {
	s := newStage(t, uitest.Ended())
	if got := s.status(); got != "all 5 ended; q leaves" || s.Quit {
		t.Errorf("the status line says %q, left: %v", got, s.Quit)
	}
	s.Keys("q")
	s.wantCommands(t)
	if !s.Quit {
		t.Error("q does not leave at once")
	}
}

func TestExitLeavesByItself(t *testing.T) {
	session := uitest.Typical()
	s := newStage(t, session, func(o *Options) { o.Exit = true })
	s.frame()
	if s.Quit {
		t.Fatal("it left while processes run")
	}
	session.Change(func(snap *procs.Snapshot) { snap.Ended = true })
	s.frame()
	if !s.Quit {
		t.Error("it stays")
	}
}

func TestCtrlCTwiceKillsNow(t *testing.T) {
	s := newStage(t, uitest.Typical())
	s.Keys("ctrl+c")
	s.wantCommands(t)
	s.Keys("ctrl+c")
	s.wantCommands(t, procs.Shutdown{Now: true})
	s.Keys("ctrl+c")
	if !s.Quit {
		t.Error("a third Ctrl-C does not leave")
	}
}

// A stop that somebody else has asked for ends the screen too.
func TestStoppedFromOutside(t *testing.T) {
	s := newStage(t, uitest.Typical())
	s.session.Change(func(snap *procs.Snapshot) { snap.Stopping = true })
	if got := s.status(); !strings.HasPrefix(got, "stopping 7 processes") {
		t.Errorf("the status line says %q", got)
	}
	s.Keys("q")
	s.wantCommands(t, procs.Shutdown{Now: true})
	s.session.Change(func(snap *procs.Snapshot) { snap.Ended = true })
	s.frame()
	if !s.Quit {
		t.Error("it stays")
	}
}

func TestSuspendPausesFirst(t *testing.T) {
	s := newStage(t, uitest.Typical())
	s.Keys("ctrl+z")
	s.wantCommands(t, procs.Pause{}, procs.Resume{})
	if s.Suspended != 1 {
		t.Errorf("the program was suspended %d times", s.Suspended)
	}
	if d := cmp.Diff([]string{"redraw", "leave", "enter"}, s.display.asked()); d != "" {
		t.Errorf("asked of the terminal: %s", d)
	}
	s.session.Refuse(errors.New("cannot pause: no"))
	s.Keys("ctrl+z")
	if got := s.status(); s.Suspended != 1 || len(s.display.asked()) > 0 || got != "cannot pause: no" {
		t.Errorf("refused: suspended %d times, the status line says %q", s.Suspended, got)
	}
}

// The rule that keeps a flood away from the screen: what changes nothing builds nothing.
func TestNothingMovedNothingBuilt(t *testing.T) {
	s := newStage(t, uitest.Typical())
	s.frame()
	before := s.root.frame.built
	for range 10_000 {
		s.Send(frameMsg{})
		s.Send(struct{}{})
		s.Send(tea.MouseMsg{Action: tea.MouseActionMotion})
	}
	if n := s.root.frame.built - before; n != 0 {
		t.Errorf("%d frames were built although nothing moved", n)
	}
	s.session.Print(procs.ID{Pool: "train"}, 4121, procs.Stdout, "new")
	s.frame()
	s.frame()
	if n := s.root.frame.built - before; n != 1 {
		t.Errorf("after one new line %d frames were built", n)
	}
	s.now = s.now.Add(time.Second)
	s.frame()
	if n := s.root.frame.built - before; n != 2 {
		t.Errorf("after a second %d frames were built, so countdowns stand still", n-1)
	}
}

func TestLateMessagesAreDropped(t *testing.T) {
	s := newStage(t, uitest.Typical())
	s.root.sent = 7
	s.Send(doneMsg{n: 6, text: "old news"})
	if got := s.status(); strings.Contains(got, "old news") {
		t.Errorf("the status line says %q", got)
	}
	s.Send(doneMsg{n: 6, err: errors.New("cannot stop x: why")})
	if got := s.status(); got != "cannot stop x: why" {
		t.Errorf("an error of an older command is not said: %q", got)
	}
}

func TestWatchSendsWhatMovesAndEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		session := uitest.Typical()
		var sent atomic.Int64
		done := make(chan struct{})
		go func() {
			watch(ctx, watching(session), func(tea.Msg) { sent.Add(1) })
			close(done)
		}()
		settle := func(d time.Duration) int64 {
			before := sent.Load()
			time.Sleep(d) // of the bubble's clock
			synctest.Wait()
			return sent.Load() - before
		}
		settle(time.Second)
		if n := settle(10 * time.Second); n < 8 || n > 10 {
			t.Errorf("with nothing moving, %d frames in 10 s; want one a second for the clock", n)
		}
		session.Print(procs.ID{Pool: "train"}, 1, procs.Stdout, "x")
		if n := settle(stirGap + time.Millisecond); n != 1 {
			t.Errorf("a new line sent %d frames", n)
		}
		session.Change(func(snap *procs.Snapshot) { snap.Ended = true })
		settle(time.Second)
		if n := settle(10 * time.Second); n != 0 {
			t.Errorf("%d frames in 10 s although all has ended", n)
		}
		cancel()
		<-done
	})
}

// watching is what watch is told of a session.
func watching(s *uitest.Session) *Options {
	o := Options{Session: s, Now: time.Now}.withDefaults()
	return &o
}

// snapshotCounter counts the snapshots that are asked for: one is built for each.
type snapshotCounter struct {
	*uitest.Session
	snapshots atomic.Int64
}

func (c *snapshotCounter) Snapshot() *procs.Snapshot {
	c.snapshots.Add(1)
	return c.Session.Snapshot()
}

// TestABurstIsWatchedCheaply: a thousand starts stir a thousand times before the next frame.
func TestABurstIsWatchedCheaply(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		session := uitest.Typical()
		o, asked := watching(session), 0
		o.Idle = func() bool { asked++; return false }
		counter := &snapshotCounter{Session: session}
		o.Session = counter
		done := make(chan struct{})
		go func() {
			watch(ctx, o, func(tea.Msg) {})
			close(done)
		}()
		for range 100 {
			session.Print(procs.ID{Pool: "train"}, 1, procs.Stdout, "x")
			synctest.Wait()
		}
		if n := counter.snapshots.Load(); n > 0 || asked == 0 {
			t.Errorf("%d snapshots for 100 events and no frame, %d times asked whether all has ended", n, asked)
		}
		cancel()
		<-done
	})
}

func TestPrompt(t *testing.T) {
	s := newStage(t, uitest.Typical())
	s.Keys("/")
	s.Type("xfork")
	if got := s.status(); got != "/xfork" {
		t.Errorf("the prompt shows %q", got)
	}
	s.wantCommands(t) // the x is a letter here
	s.Keys("ctrl+u")
	s.Type("pool-2")
	if got := s.frame(); strings.Contains(got, "api/1") || !strings.Contains(got, "ForkPool-2") {
		t.Errorf("the filter does not act while it is typed:\n%s", got)
	}
	s.Keys("backspace", "backspace", "enter")
	if s.root.prompt != nil || !strings.Contains(s.frame(), "/pool") {
		t.Errorf("after Enter:\n%s", s.frame())
	}
	s.Keys("/")
	s.Type("zzz")
	s.Keys("esc")
	if got := s.frame(); !strings.Contains(got, "api/1") {
		t.Errorf("Esc does not give the filter up:\n%s", got)
	}
}

// Keys that arrive in one message are still keys; pasted text is none.
func TestKeysTogetherAndPaste(t *testing.T) {
	s := newStage(t, uitest.Typical())
	s.Send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("jj")})
	if got := s.frame(); !strings.Contains(got, "› ├ ForkPool-2") {
		t.Errorf("jj:\n%s", got)
	}
	s.Send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("xXqy"), Paste: true})
	s.wantCommands(t)
	if s.root.question != nil {
		t.Error("pasted text opened a question")
	}
	s.Send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("/api")})
	if got := s.status(); got != "/api" {
		t.Errorf("/api in one message gives the prompt %q", got)
	}
}

// Keys that arrive in one message are each for what the one before has selected, though no
// frame has shown that.
func TestKeysTogetherActOnWhatTheySelect(t *testing.T) {
	together := func(s *stage, keys string) *stage {
		s.Send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(keys)})
		return s
	}
	lines := func(n int) *uitest.Session {
		session := uitest.Typical()
		for i := range n {
			session.Print(procs.ID{Pool: "train"}, 4121, procs.Stdout, "step "+strconv.Itoa(i))
		}
		return session
	}
	had := len(mustOutput(t, uitest.Typical()))
	for _, row := range []struct{ keys, want string }{
		{"2gjjjy", "line 4 of"}, {"2gjjkjjy", "line 4 of"}, {"2Ggy", "line 1 of"}, {"2gGy", "line " + strconv.Itoa(had+300) + " of"},
	} {
		session := lines(300)
		s := together(newStage(t, session), row.keys)
		n, err := strconv.Atoi(strings.Fields(row.want)[1])
		if err != nil {
			t.Fatal(err)
		}
		want := "copy " + string(mustOutput(t, session)[n-1].Text)
		if got := s.display.asked(); len(got) == 0 || got[len(got)-1] != want {
			t.Errorf("%s copies %q, want %q", row.keys, got, want)
		}
		if got := s.frame(); !strings.Contains(got, row.want) {
			t.Errorf("%s is not at %q:\n%s", row.keys, row.want, got)
		}
	}
	marked := strings.Split(together(newStage(t, lines(300)), "2gjjjm").frame(), "\n")
	if at := slices.IndexFunc(marked, func(row string) bool { return strings.Contains(row, "mark 12:02") }); at != headerHeight+1+3 {
		t.Errorf("jjjm sets a mark in row %d:\n%s", at, strings.Join(marked, "\n"))
	}
	// A screen that has not been seen yet, and rows that have been folded away or sorted by the key before.
	if s := together(newStage(t, uitest.RingOf(t.TempDir(), 3)), "4jX"); !strings.Contains(s.status(), "kill web/0/Worker-2 (pid 4202), which has the flock on /tmp/bank/2.lock?") {
		t.Errorf("4jX asks %q", s.status())
	}
	for _, keys := range []string{"ghjX", "gssjX"} {
		one, alone := together(newStage(t, uitest.Typical()), keys), newStage(t, uitest.Typical())
		for _, key := range keys {
			alone.Keys(string(key))
		}
		if one.status() == "" || one.status() != alone.status() {
			t.Errorf("%s at once does %q, one after the other %q", keys, one.status(), alone.status())
		}
	}
}

func mustOutput(t *testing.T, s *uitest.Session) []procs.Line {
	t.Helper()
	page, err := s.Output(procs.Query{Max: 10_000})
	if err != nil {
		t.Fatal(err)
	}
	return page.Lines
}

// Escape and a key that arrive together are what a terminal sends of the key with Alt:
// they are both, unless that has a binding.
func TestEscapeAndAKeyTogether(t *testing.T) {
	for _, opens := range []string{"/", "?", ":"} {
		s := newStage(t, uitest.Typical())
		s.Keys(opens)
		s.Send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("2"), Alt: true})
		if s.root.typing() || s.root.over != nil || s.root.at != keys.Output {
			t.Errorf("after %s, Esc and 2 do not lead to screen 2:\n%s", opens, s.frame())
		}
	}
	s := withKeys(t, uitest.Composed(), "keys: {stop: Alt-j}\n")
	s.Send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("j"), Alt: true})
	s.wantCommands(t, procs.Stop{IDs: []procs.ID{{Pool: "db"}}})
}

func TestClicksOnTheHints(t *testing.T) {
	s := newStage(t, uitest.Typical())
	lines := strings.Split(s.frame(), "\n")
	x := strings.Index(lines[39], "? help")
	s.Click(x+1, 39)
	if s.root.over == nil {
		t.Fatalf("a click on %q does not open the help", lines[39])
	}
	x = strings.Index(lines[39], "1 processes")
	s.Click(x, 39)
	if s.root.over != nil || s.root.at != keys.Processes {
		t.Error("a click on the screen's name does not open it")
	}
	s.Click(5, headerHeight+3)
	if got := s.frame(); !strings.Contains(got, "› ├ ForkPool-2") {
		t.Errorf("a click on a row:\n%s", got)
	}
}

func TestHelpCoversTheScreen(t *testing.T) {
	s := newStage(t, uitest.Typical())
	s.Keys("?", "x", "R")
	s.wantCommands(t)
	if got := s.frame(); !strings.Contains(got, "half a page down") {
		t.Errorf("no help:\n%s", got)
	}
	s.Keys("esc")
	if got := s.frame(); strings.Contains(got, "half a page down") {
		t.Errorf("Esc leaves the help open:\n%s", got)
	}
}

func TestFocusAndPaneSizeAreReported(t *testing.T) {
	var ids []procs.ID
	var sizes [][2]int
	s := newStage(t, uitest.Typical(), func(o *Options) {
		o.Focus = func(id procs.ID) { ids = append(ids, id) }
		o.OnResize = func(cols, rows int) { sizes = append(sizes, [2]int{cols, rows}) }
	})
	s.frame()
	s.Keys("G")
	s.frame()
	s.frame()
	for w := 60; w < 100; w++ { // a storm of sizes: only what stands at a tick counts
		s.Resize(w, 24)
	}
	s.frame()
	if d := cmp.Diff([]procs.ID{{Pool: "train"}, {Pool: "api", Slot: 3}}, ids); d != "" {
		t.Errorf("focus: %s", d)
	}
	if d := cmp.Diff([][2]int{{118, 35}, {97, 19}}, sizes); d != "" {
		t.Errorf("sizes: %s", d)
	}
}

// An empty text would clear the clipboard.
func TestNothingIsCopied(t *testing.T) {
	session := uitest.Many(1)
	session.Print(procs.ID{Pool: "sleep"}, 10000, procs.Stdout, "")
	s := newStage(t, session)
	s.Keys("2", "G")
	s.frame()
	s.display.asked()
	s.Keys("y")
	if got := s.display.asked(); len(got) > 0 || s.status() != "nothing to copy" {
		t.Errorf("asked of the terminal: %q; the status line says %q", got, s.status())
	}
}

func TestCopyGoesToTheTerminal(t *testing.T) {
	s := newStage(t, uitest.Typical())
	s.display.asked()
	s.Keys("y")
	if d := cmp.Diff([]string{"copy 4121"}, s.display.asked()); d != "" {
		t.Errorf("asked of the terminal: %s", d)
	}
	if got := s.status(); !strings.HasPrefix(got, "copied pid 4121") {
		t.Errorf("the status line says %q", got)
	}
}

// BenchmarkFrame500 is what the whole frame over 500 slots costs once a second, when
// there is a new snapshot: bench/run tells it.
func BenchmarkFrame500(b *testing.B) {
	session := uitest.Many(500)
	now := uitest.Now
	o := Options{Session: session, Theme: theme.New(colorprofile.ANSI256, true), Now: func() time.Time { return now }}
	m := newRoot(o.withDefaults(), nil, &recorder{})
	m.resize(200, 60)
	snaps := [2]procs.Snapshot{*session.Snapshot(), *session.Snapshot()}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		now = now.Add(time.Second)
		snaps[i%2].At = now
		session.Set(&snaps[i%2])
		m.Update(frameMsg{})
	}
}

// BenchmarkTick is what an idle screen costs 15 times a second.
func BenchmarkTick(b *testing.B) {
	session := uitest.Many(1000)
	o := Options{Session: session, Theme: theme.New(colorprofile.ANSI256, true), Now: func() time.Time { return uitest.Now }}
	m := newRoot(o.withDefaults(), nil, &recorder{})
	m.resize(200, 60)
	b.Run("nothing-moved", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			m.Update(frameMsg{})
			_ = m.View()
		}
	})
	b.Run("new-line", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			session.Print(procs.ID{Pool: "none"}, 1, procs.Stdout, "x")
			m.Update(frameMsg{})
			_ = m.View()
		}
	})
}

// What the root itself does to what is selected is refused, too, when that has gone.
func TestKeysOfTheRootDoNotHitAnotherProcess(t *testing.T) {
	for _, key := range []string{"i", "p"} {
		session := uitest.Typical()
		s := newStage(t, session)
		s.Keys("j")
		session.Change(func(snap *procs.Snapshot) { snap.Pools[0].Slots[0].Descendants = nil })
		s.frame()
		s.Keys(key)
		if got := s.status(); got != "ForkPool-1 (pid 4130) has ended" || s.root.at != keys.Processes || s.root.pane != nil {
			t.Errorf("%s: the status is %q", key, got)
		}
		s.Keys(key)
		if got := s.status(); strings.HasSuffix(got, "has ended") {
			t.Errorf("%s again does nothing: %q", key, got)
		}
	}
}

// Only Ctrl-C that is confirmed, or pressed again, interrupts.
func TestWhatInterrupts(t *testing.T) {
	for _, tt := range []struct {
		keys []string
		want int
	}{
		{[]string{"q", "y"}, 0},
		{[]string{"q", "q"}, 0},
		{[]string{"ctrl+c"}, 0},
		{[]string{"ctrl+c", "n", "q", "y"}, 0},
		{[]string{"ctrl+c", "y"}, 1},
		{[]string{"ctrl+c", "ctrl+c"}, 1},
		{[]string{"q", "ctrl+c"}, 1},
	} {
		told := 0
		s := newStage(t, uitest.Typical(), func(o *Options) { o.Interrupted = func() { told++ } })
		s.Keys(tt.keys...)
		if told != tt.want {
			t.Errorf("%q: told %d times, want %d", tt.keys, told, tt.want)
		}
	}
}

// What is cut of a path on a sheet is its beginning: its end says where in the file.
func TestAPathIsCutAtItsBeginning(t *testing.T) {
	for _, tt := range []struct{ line, want string }{
		{"    /usr/lib/python3.11/multiprocessing/process.py:108 run", "    …ltiprocessing/process.py:108 run"},
		{"    train.py:12 a_function_with_a_name_that_is_long", "    train.py:12 a_function_with_a_na…"},
		{"    /srv/a.py:3 f", "    /srv/a.py:3 f"},
	} {
		if got := cut(tt.line, 37); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}
