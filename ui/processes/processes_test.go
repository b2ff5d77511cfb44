package processes_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"example.com/muster/procs"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/processes"
	"example.com/muster/ui/theme"
	"example.com/muster/ui/uitest"
)

// screen is a screen of w by h cells over a session, at the fixed time.
type screen struct {
	*processes.Screen
	session *uitest.Session
}

func newScreen(session *uitest.Session, w, h int) screen {
	s := screen{processes.New(theme.New(colorprofile.ANSI256, true), keys.Standard()), session}
	s.SetSize(w, h)
	s.Watch(session.Earlier())
	s.settle()
	return s
}

// asked counts what is asked of the past of slots.
type asked struct {
	*uitest.Session
	samples int
}

// Samples implements port.Session.
func (a *asked) Samples(id procs.ID, n int) []procs.Sample {
	a.samples++
	return a.Session.Samples(id, n)
}

// Whatever the rows are sorted by, the past is read of those in sight, once a second, and what
// they are sorted by is what they show.
func TestThePastIsReadOfRowsInSight(t *testing.T) {
	for _, by := range []string{"", "cpu", "read", "write", "switches"} {
		session := &asked{Session: uitest.Many(1000)}
		s := screen{processes.New(theme.New(colorprofile.ANSI256, true), keys.Standard()), session.Session}
		s.SetSize(200, 37)
		s.Arrange(by, "")
		if got, _ := s.Arrangement(); got != by {
			t.Fatalf("the rows are sorted by %q, not %q", got, by)
		}
		for second := range 3 {
			now := uitest.Now.Add(time.Duration(second) * time.Second)
			session.Change(func(snap *procs.Snapshot) {
				snap.At = now
				for i := range snap.Pools[0].Slots {
					m := &snap.Pools[0].Slots[i].Sample
					n := int64(second * (i*7%1000 + 1))
					m.At, m.Sum.ReadBytes, m.Sum.WriteBytes = now, n, n
					m.Sum.VoluntarySwitches, m.Sum.InvoluntarySwitches = n, 0
				}
			})
			for range 2 { // frames
				session.samples = 0
				s.Sync(session, now)
				s.Render()
				if session.samples > 37 {
					t.Errorf("by %s: %d slots are asked for their past", by, session.samples)
				}
			}
			if session.samples > 0 {
				t.Errorf("by %s: %d slots are asked again in the same second", by, session.samples)
			}
		}
		if by == "" || by == "cpu" {
			continue
		}
		s.Handle(keys.Intent{Verb: keys.Top})
		s.Sync(session, uitest.Now.Add(2*time.Second))
		for i, line := range strings.Split(ansi.Strip(s.Render()), "\n")[1:4] {
			if !strings.Contains(line, fmt.Sprintf(" %d ", 1000-i)) {
				t.Errorf("by %s: row %d is %q", by, i, line)
			}
		}
	}
}

// settle plays the root's part until the screen has looked up all that it needs.
func (s screen) settle() {
	s.Sync(s.session, uitest.Now)
	for cmd := s.More(); cmd != nil; cmd = s.More() {
		if a, ok := cmd().(keys.AnswerMsg); ok && a.Screen == keys.Processes { // the root would take any other elsewhere
			s.Receive(a.Answer)
		}
		s.Sync(s.session, uitest.Now)
	}
}

// press carries out intents one after the other and returns what the last
// one asked of the root.
func (s screen) press(verbs ...keys.Verb) tea.Msg {
	var cmd tea.Cmd
	for _, v := range verbs {
		cmd, _ = s.Handle(keys.Intent{Verb: v})
		s.settle()
	}
	if cmd == nil {
		return nil
	}
	return cmd()
}

// text is the frame without colours.
func (s screen) text() string {
	s.settle()
	return ansi.Strip(s.Render())
}

// lines returns the lines of the frame that contain sub.
func (s screen) lines(sub string) []string {
	var found []string
	for l := range strings.Lines(s.text()) {
		if strings.Contains(l, sub) {
			found = append(found, strings.TrimRight(l, " \n"))
		}
	}
	return found
}

var sizes = []struct{ w, h int }{{40, 12}, {80, 24}, {120, 40}, {200, 60}}

var sessions = map[string]func() *uitest.Session{
	"empty": uitest.Empty, "typical": uitest.Typical, "hostile": uitest.Hostile, "ended": uitest.Ended,
	"composed": uitest.Composed, "contention": func() *uitest.Session { return uitest.Contention("/src") },
	"deadlock": func() *uitest.Session { return uitest.Deadlocked("/src") }, "hostile-locks": uitest.HostileLocks,
	"many": func() *uitest.Session { return uitest.Many(500) },
}

func TestFrames(t *testing.T) {
	for name, session := range sessions {
		for _, size := range sizes {
			if size.w > 80 && name != "typical" && name != "many" && name != "composed" && name != "contention" && name != "deadlock" {
				continue // nothing new shows there
			}
			t.Run(fmt.Sprintf("%s-%dx%d", name, size.w, size.h), func(t *testing.T) {
				s := newScreen(session(), size.w, size.h-3)
				uitest.Golden(t, fmt.Sprintf("%s-%dx%d", name, size.w, size.h), s.Render(), size.w, size.h-3)
			})
		}
	}
}

// Whatever the size, the theme and the state of the screen: exactly h lines
// of at most w cells, and nothing but colours in them.
func TestEveryFrameFits(t *testing.T) {
	for name, session := range sessions {
		for _, profile := range []colorprofile.Profile{colorprofile.NoTTY, colorprofile.ASCII, colorprofile.ANSI, colorprofile.TrueColor} {
			s := screen{processes.New(theme.New(profile, false), keys.Standard()), session()}
			for _, size := range []struct{ w, h int }{{1, 1}, {2, 3}, {20, 2}, {20, 5}, {33, 14}, {79, 21}, {160, 20}, {300, 90}} {
				s.SetSize(size.w, size.h)
				for _, v := range []keys.Verb{keys.None, keys.Down, keys.Fold, keys.Pane, keys.Wrap, keys.Times, keys.Up, keys.Zoom, keys.Back, keys.Bottom, keys.Sort} {
					s.press(v)
					frame := s.Render()
					uitest.Fits(t, frame, size.w, size.h)
					if profile == colorprofile.NoTTY && strings.Contains(frame, "\x1b") {
						t.Errorf("%s: an escape sequence for a terminal that takes none", name)
					}
				}
			}
		}
	}
}

func TestStateIsToldInWords(t *testing.T) {
	s := newScreen(uitest.Typical(), 120, 37)
	for sub, want := range map[string]string{
		"api/1": "✗ SIGSEGV core", "api/2": "↻ in 4s", "api/3": "not found: ./api", "train/0": "● running", "ForkPool-2": "● on cpu",
	} {
		if l := s.lines(sub); len(l) == 0 || !strings.Contains(l[0], want) {
			t.Errorf("the row of %s does not say %q: %q", sub, want, l)
		}
	}
	if l := s.lines("api/2")[0]; !strings.Contains(l, "after exit 3: cannot") {
		t.Errorf("a row that backs off does not say how its run ended: %q", l)
	}
}

func TestWorkersShowTheirOwnLines(t *testing.T) {
	s := newScreen(uitest.Typical(), 120, 37)
	if l := s.lines("ForkPool-3")[0]; !strings.Contains(l, "resized 00062.jpg") {
		t.Errorf("the row of the worker lacks its last line: %q", l)
	}
	s.press(keys.Down, keys.Down)
	if got := s.lines("resized 000"); len(got) < 6 || strings.Contains(s.text(), "epoch 2") {
		t.Errorf("the pane of a worker does not show its lines alone:\n%s", s.text())
	}
}

func TestColumnsDoNotJump(t *testing.T) {
	session := uitest.Typical()
	s := newScreen(session, 120, 37)
	before := strings.Index(s.lines("api/0")[0], "GET /healthz")
	session.Change(func(snap *procs.Snapshot) {
		u := &snap.Pools[1].Slots[0].Sample.Sum
		u.CPUPercent, u.RSSBytes, u.Threads, u.FDs = 1599, 1<<45, 9999, 123456
		snap.Pools[1].Slots[0].Restarts = 120
	})
	if after := strings.Index(s.lines("api/0")[0], "GET /healthz"); after != before {
		t.Errorf("the last line moved from byte %d to %d when the figures grew", before, after)
	}
}

func TestFolding(t *testing.T) {
	s := newScreen(uitest.Typical(), 120, 37)
	s.press(keys.Fold)
	if l := s.lines("train/0"); !strings.Contains(l[0], "+5") || len(s.lines("├ ForkPool")) > 0 {
		t.Errorf("folded: %q, still shown: %q", l[0], s.lines("├ ForkPool"))
	}
	s.press(keys.Right, keys.Down, keys.Down, keys.Left)
	if id, _ := s.Selected(); id.Pool != "train" || !strings.HasPrefix(s.lines("› train/0")[0], "› ") {
		t.Errorf("left on a worker does not go to its parent:\n%s", s.text())
	}
	s.press(keys.Down, keys.Down, keys.Fold)
	if l := s.lines("› train/0"); len(l) == 0 || !strings.Contains(l[0], "+5") {
		t.Errorf("space on a worker does not fold its slot:\n%s", s.text())
	}
}

// What needs a look first comes first, and equal words stand together: by what is shown.
func TestSortedByState(t *testing.T) {
	in := func(pid int, state procs.RunState) procs.Descendant {
		d := child(pid, fmt.Sprintf("p%d", pid))
		d.State = state
		return d
	}
	s := family(120, 37,
		in(20, procs.RunSleeping), in(21, procs.RunRunning), in(22, procs.RunSleeping), in(23, procs.RunStopped), in(24, procs.RunRunning),
		crashed(25, "p25", procs.Exit{Code: 3}, 0), zombie(26, 0, time.Minute), in(27, procs.RunDisk))
	s.session.Change(func(snap *procs.Snapshot) {
		snap.Pools[0].Slots[1].Kernel = procs.RunStopped
		snap.Pools[0].Slots[2].State = procs.Failed
	})
	s.press(keys.Sort, keys.Sort, keys.Sort)
	if got, want := s.shown(), "sleep/2 sleep/1 ›sleep/0 p25 p23 process-26 p27 p21 p24 p20 p22"; got != want {
		t.Errorf("sorted by state: %s\nwant: %s\n%s", got, want, s.text())
	}
}

// The rows can be sorted by all columns of numbers, but by none that cannot be seen.
func TestEachColumnOfNumbersCanBeSortedBy(t *testing.T) {
	for w, want := range map[int]string{40: "CPU MEM STATE", 200: "CPU MEM STATE THR FDS READ/s WRITE CTXSW FORK UP RS"} {
		s := newScreen(uitest.Typical(), w, 37)
		var got []string
		for range 20 {
			s.press(keys.Sort)
			head, _, _ := strings.Cut(s.text(), "\n")
			m := regexp.MustCompile(`(\S+)↓`).FindStringSubmatch(head)
			if m == nil {
				break
			}
			got = append(got, m[1])
			by, _ := s.Arrangement()
			again := newScreen(uitest.Typical(), w, 37)
			again.Arrange(by, "")
			if again.text() != s.text() {
				t.Errorf("an arrangement by %q does not come back", by)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("with %d cells o sorts by %v, want %s", w, got, want)
		}
	}
}

// The biggest number comes first, what has none last.
func TestSortedByANumber(t *testing.T) {
	s := newScreen(uitest.Many(4), 140, 37)
	s.session.Change(func(snap *procs.Snapshot) {
		slots := snap.Pools[0].Slots
		for i, n := range []int{3, procs.Unknown, 9, 5} {
			slots[i].Sample.Sum.FDs, slots[i].Restarts = n, n
			slots[i].StartedAt = uitest.Now.Add(-time.Duration(n) * time.Minute)
		}
		slots[1].StartedAt = uitest.Now
		slots[3].State = procs.Exited
	})
	for by, want := range map[string]string{
		"fds": "sleep/2 ›sleep/0 sleep/1 sleep/3", "up": "sleep/2 ›sleep/0 sleep/1 sleep/3", "restarts": "sleep/2 sleep/3 ›sleep/0 sleep/1",
	} {
		s.Arrange(by, "")
		if got := s.shown(); got != want {
			t.Errorf("sorted by %s: %s, want %s", by, got, want)
		}
	}
}

// A branch that is folded away is counted as a slot's is: nothing that works hard is hidden.
func TestAFoldedBranchIsCounted(t *testing.T) {
	list := []procs.Descendant{child(20, "make"), child(21, "sh"), child(22, "cc")}
	for i := range list {
		d := &list[i]
		d.PPID, d.Depth = 19+i, i+1
		d.Usage = procs.Usage{CPUPercent: 10, RSSBytes: 100 << 20, Threads: 2, FDs: procs.Unknown}
	}
	list[0].PPID = 10000
	for state, word := range map[procs.RunState]string{
		procs.RunRunning: "● on cpu", procs.RunStopped: "‖ SIGSTOP", procs.RunSleeping: "· sleeping", procs.RunQueued: "◌ wants cpu",
	} {
		list[2].State = state // what needs a look first speaks for all
		s := family(200, 57, list...)
		s.press(keys.Down, keys.Fold)
		l := s.lines("make +2")
		if len(l) != 1 || !regexp.MustCompile(word+` +30% .* 300 MiB +6 `).MatchString(l[0]) || !strings.Contains(l[0], "▃") {
			t.Errorf("the folded row of 30%% CPU, 300 MiB and 6 threads, with one below that is %s:\n%s", word, s.text())
		}
	}
}

func TestSortAndFilter(t *testing.T) {
	s := newScreen(uitest.Typical(), 120, 37)
	s.press(keys.Sort)
	text := s.text()
	if !strings.Contains(text, "CPU↓") || strings.Index(text, "ForkPool-2") > strings.Index(text, "ForkPool-1") {
		t.Errorf("sorted by CPU, the busiest worker is not first:\n%s", text)
	}
	s.press(keys.Sort, keys.Sort)
	if text = s.text(); strings.Index(text, "api/3") > strings.Index(text, "train/0") {
		t.Errorf("sorted by state, what failed is not first:\n%s", text)
	}
	s.press(keys.Sort)
	s.Handle(keys.Intent{Verb: keys.Search, Text: "FORKPOOL-3"})
	if len(s.lines("api/0")) > 0 || len(s.lines("ForkPool-3")) == 0 {
		t.Errorf("the filter shows the wrong rows:\n%s", s.text())
	}
	s.press(keys.Back)
	if len(s.lines("api/0")) == 0 {
		t.Errorf("Esc does not end the filter:\n%s", s.text())
	}
}

// The cursor stays on what it was put on, whatever happens around it.
func TestSelectionFollowsTheProcess(t *testing.T) {
	session := uitest.Typical()
	s := newScreen(session, 120, 37)
	s.press(keys.Down, keys.Down)
	session.Change(func(snap *procs.Snapshot) {
		slot := &snap.Pools[0].Slots[0]
		slot.Descendants = append([]procs.Descendant{{PIDRef: procs.PIDRef{PID: 99}, PPID: 4121, Depth: 1, Label: "new"}}, slot.Descendants...)
	})
	if l := s.lines("› ├ ForkPool-2"); len(l) != 1 {
		t.Errorf("the cursor is no longer on ForkPool-2:\n%s", s.text())
	}
	session.Change(func(snap *procs.Snapshot) { snap.Pools[0].Slots[0].Descendants = nil })
	if l := s.lines("› train/0"); len(l) != 1 {
		t.Errorf("the worker is gone, and the cursor is not on its slot:\n%s", s.text())
	}
	session.Change(func(snap *procs.Snapshot) { snap.Pools = snap.Pools[1:] })
	if l := s.lines("› api/0"); len(l) != 1 {
		t.Errorf("the slot is gone, and the cursor is nowhere:\n%s", s.text())
	}
	session.Change(func(snap *procs.Snapshot) { snap.Pools = nil })
	s.text()
	if got := s.press(keys.Stop); got != nil {
		t.Errorf("stop with nothing selected asks for %#v", got)
	}
}

// withChild is a session of two slots, the first of which has a descendant that
// the cursor of the screen is on.
func withChild() screen {
	session := uitest.Many(2)
	session.Change(func(snap *procs.Snapshot) {
		snap.Pools[0].Slots[0].Descendants = []procs.Descendant{{PIDRef: procs.PIDRef{PID: 4704, StartTime: 1}, PPID: 10000, Depth: 1, Label: "sleep"}}
	})
	s := newScreen(session, 120, 37)
	s.press(keys.Down)
	return s
}

// ended ends the descendant.
func (s screen) ended() {
	s.session.Change(func(snap *procs.Snapshot) { snap.Pools[0].Slots[0].Descendants = nil })
	s.settle()
}

// When the cursor has moved by itself, the first key that acts would hit what nobody
// has pointed at: it says so instead, and the next one acts.
func TestWhatHasEndedIsNotExchangedForItsSlot(t *testing.T) {
	gone := keys.SayMsg{Text: "sleep (pid 4704) has ended", Bad: true}
	for _, v := range []keys.Verb{keys.Start, keys.Stop, keys.Kill, keys.Restart, keys.Debug, keys.Copy} {
		s := withChild()
		s.ended()
		s.press(keys.Pane, keys.Pane) // looks only
		if got := s.press(v); got != gone {
			t.Errorf("verb %d with the worker gone asks for %#v", v, got)
		}
		if got := s.press(v); got == nil || got == gone {
			t.Errorf("verb %d again asks for %#v", v, got)
		}
	}
	slot := procs.ID{Pool: "sleep"}
	for name, move := range map[string]func(screen){
		"k":      func(s screen) { s.press(keys.Up) },
		"mouse":  func(s screen) { s.Handle(keys.Intent{Verb: keys.Click, X: 5, Y: 1}) },
		"filter": func(s screen) { s.Handle(keys.Intent{Verb: keys.Search, Text: "sleep/0"}) },
		"palette": func(s screen) {
			if !s.Choose(slot, procs.PIDRef{}) {
				t.Error("the slot cannot be chosen")
			}
		},
	} {
		s := withChild()
		s.ended()
		move(s)
		s.settle()
		if got, ok := s.press(keys.Stop).(keys.DoMsg); !ok || !cmp.Equal(got.Command, procs.Command(procs.Stop{IDs: []procs.ID{slot}})) {
			t.Errorf("%s: stop asks for %#v", name, got)
		}
	}
}

// A descendant that ended badly keeps its row for a while; there is nobody to signal.
func TestWhatEndedBadlyIsNotSignalled(t *testing.T) {
	for _, v := range []keys.Verb{keys.Stop, keys.Kill, keys.Debug} {
		s := withChild()
		s.session.Change(func(snap *procs.Snapshot) {
			d := snap.Pools[0].Slots[0].Descendants[0]
			d.Exit, d.Told = &procs.Exit{Code: 3}, true
			snap.Pools[0].Slots[0].Descendants = []procs.Descendant{d}
		})
		s.settle()
		if got := s.press(v); got != (keys.SayMsg{Text: "sleep (pid 4704) has ended already", Bad: true}) {
			t.Errorf("verb %d asks for %#v", v, got)
		}
	}
}

// What is done to the pool is the same from each of its rows.
func TestScalingGoesOnWhenTheSelectedSlotHasGone(t *testing.T) {
	s := newScreen(uitest.Many(3), 120, 37)
	s.press(keys.Bottom, keys.ScaleDown)
	s.session.Change(func(snap *procs.Snapshot) { snap.Pools[0].Slots = snap.Pools[0].Slots[:2] })
	s.settle()
	if got, ok := s.press(keys.ScaleDown).(keys.DoMsg); !ok || got.Command.(procs.Scale).Size != 1 {
		t.Errorf("the second - asks for %#v", got)
	}
	if got := s.press(keys.Stop); got != (keys.SayMsg{Text: "sleep/2 has gone", Bad: true}) {
		t.Errorf("stop with the slot gone asks for %#v", got)
	}
}

// A size says nothing of what a person has stopped: the line that tells of it does.
func TestScalingNamesWhatDoesNotRun(t *testing.T) {
	s := newScreen(uitest.Many(3), 120, 37)
	s.session.Change(func(snap *procs.Snapshot) { snap.Pools[0].Slots[0].State = procs.Stopped })
	s.settle()
	if got, _ := s.press(keys.ScaleUp).(keys.DoMsg); got.Done != "sleep: 4 slots asked for; sleep/0 is stopped" {
		t.Errorf("+ says %q", got.Done)
	}
	for range 2 {
		s.press(keys.ScaleDown)
	}
	if got, _ := s.press(keys.ScaleDown).(keys.DoMsg); got.Done != "sleep: 1 slot asked for; sleep/0 is stopped" {
		t.Errorf("- says %q", got.Done)
	}
}

// The hints are the keys that do something to the selected row as it is.
func TestHintsGoByTheSelectedRow(t *testing.T) {
	const all = "start stop kill restart profile debug"
	for _, tt := range []struct {
		state  procs.State
		reason string
		want   string
	}{
		{procs.Running, "", "stop restart profile kill debug"},
		{procs.Starting, "", "stop restart profile kill debug"},
		{procs.Starting, "waits for db: ready", "stop start restart kill"},
		{procs.Stopping, "", "stop start restart profile kill debug"},
		{procs.BackingOff, "", "stop start restart kill"},
		{procs.Stopped, "", "start restart"},
		{procs.Failed, "", "start restart"},
		{procs.Exited, "", "start restart"},
	} {
		s := newScreen(uitest.Many(2), 120, 37)
		s.session.Change(func(snap *procs.Snapshot) {
			slot := &snap.Pools[0].Slots[0]
			slot.State, slot.Reason = tt.state, tt.reason
			if tt.state.Settled() || tt.state == procs.BackingOff || tt.reason != "" {
				slot.PIDRef = procs.PIDRef{}
			}
		})
		if got := s.hinted(all); got != tt.want {
			t.Errorf("%s %s: %q is offered, want %q", tt.state, tt.reason, got, tt.want)
		}
	}
	s := withChild()
	if got := s.hinted(all); got != "stop restart profile kill debug" {
		t.Errorf("of a descendant %q is offered", got)
	}
	s.session.Change(func(snap *procs.Snapshot) {
		d := snap.Pools[0].Slots[0].Descendants[0]
		d.Exit, d.Told = &procs.Exit{Code: 3}, true
		snap.Pools[0].Slots[0].Descendants = []procs.Descendant{d}
	})
	if got := s.hinted(all); got != "restart" {
		t.Errorf("of a descendant that ended badly %q is offered", got)
	}
	s.press(keys.Up)
	s.session.Change(func(snap *procs.Snapshot) { snap.Stopping = true })
	if got := s.hinted(all); got != "stop profile kill debug" {
		t.Errorf("while all is being ended %q is offered", got)
	}
}

// hinted are those of some labels that the bottom line has, in its order.
func (s screen) hinted(of string) string {
	s.settle()
	var labels []string
	for _, h := range s.Help() {
		if slices.Contains(strings.Fields(of), h.Label) {
			labels = append(labels, h.Label)
		}
	}
	return strings.Join(labels, " ")
}

// A filter may hide a slot when what it was for has ended.
func TestWhatTheFilterHidesByItselfIsNotExchanged(t *testing.T) {
	s := withChild()
	s.session.Change(func(snap *procs.Snapshot) {
		snap.Pools[0].Slots[1].Descendants = []procs.Descendant{{PIDRef: procs.PIDRef{PID: 4705, StartTime: 1}, PPID: 10001, Depth: 1, Label: "470"}}
		snap.Pools[0].Slots[0].Descendants = []procs.Descendant{{PIDRef: procs.PIDRef{PID: 4704, StartTime: 1}, PPID: 10000, Depth: 1, Label: "470"}}
	})
	s.settle()
	s.Handle(keys.Intent{Verb: keys.Search, Text: "470", Done: true})
	s.settle()
	s.press(keys.Top)
	s.ended()
	if got := s.press(keys.Stop); got != (keys.SayMsg{Text: "sleep/0 is not shown any more", Bad: true}) {
		t.Errorf("stop with the slot hidden asks for %#v", got)
	}
}

// What has ended well has no row, so that it cannot be chosen.
func TestWhatHasEndedCannotBeChosen(t *testing.T) {
	s := withChild()
	s.press(keys.Up)
	s.session.Change(func(snap *procs.Snapshot) {
		d := snap.Pools[0].Slots[0].Descendants[0]
		d.Exit = &procs.Exit{}
		snap.Pools[0].Slots[0].Descendants = []procs.Descendant{d}
	})
	s.settle()
	if s.Choose(procs.ID{Pool: "sleep"}, procs.PIDRef{PID: 4704, StartTime: 1}) {
		t.Error("it was chosen")
	}
}

func TestIntentsBecomeCommands(t *testing.T) {
	train, worker := procs.ID{Pool: "train"}, procs.PIDRef{PID: 4131, StartTime: 4131}
	for name, c := range map[string]struct {
		verbs []keys.Verb
		want  procs.Command
		asks  bool
	}{
		"stop a slot":            {[]keys.Verb{keys.Stop}, procs.Stop{IDs: []procs.ID{train}}, false},
		"kill a slot with much":  {[]keys.Verb{keys.Kill}, procs.Kill{IDs: []procs.ID{train}}, true},
		"kill one":               {[]keys.Verb{keys.Bottom, keys.Kill}, procs.Kill{IDs: []procs.ID{{Pool: "api", Slot: 3}}}, false},
		"start":                  {[]keys.Verb{keys.Bottom, keys.Start}, procs.Start{IDs: []procs.ID{{Pool: "api", Slot: 3}}}, false},
		"restart":                {[]keys.Verb{keys.Restart}, procs.Restart{IDs: []procs.ID{train}}, false},
		"stop a worker":          {[]keys.Verb{keys.Down, keys.Down, keys.Stop}, procs.SignalPID{Ref: worker, Signal: procs.SIGTERM}, false},
		"kill a worker":          {[]keys.Verb{keys.Down, keys.Down, keys.Kill}, procs.SignalPID{Ref: worker, Signal: procs.SIGKILL}, false},
		"restart from a worker":  {[]keys.Verb{keys.Down, keys.Restart}, procs.Restart{IDs: []procs.ID{train}}, true},
		"restart a pool of one":  {[]keys.Verb{keys.RestartPool}, procs.Restart{IDs: []procs.ID{train}}, false},
		"scale up":               {[]keys.Verb{keys.Bottom, keys.ScaleUp}, procs.Scale{Pool: "api", Size: 5}, false},
		"scale up twice at once": {[]keys.Verb{keys.Bottom, keys.ScaleUp, keys.ScaleUp}, procs.Scale{Pool: "api", Size: 6}, false},
		"scale down":             {[]keys.Verb{keys.Bottom, keys.ScaleDown}, procs.Scale{Pool: "api", Size: 3}, false},
	} {
		got, ok := newScreen(uitest.Typical(), 120, 37).press(c.verbs...).(keys.DoMsg)
		if !ok {
			t.Errorf("%s: no command", name)
			continue
		}
		if d := cmp.Diff(c.want, got.Command); d != "" {
			t.Errorf("%s: %s", name, d)
		}
		if (got.Ask != "") != c.asks {
			t.Errorf("%s: asks %q, want a question: %v", name, got.Ask, c.asks)
		}
	}
}

func TestRestartOfAPoolAsks(t *testing.T) {
	got, _ := newScreen(uitest.Typical(), 120, 37).press(keys.Bottom, keys.RestartPool).(keys.DoMsg)
	if got.Ask != "restart all 4 of api?" || len(got.Command.(procs.Restart).IDs) != 4 {
		t.Errorf("got %+v", got)
	}
}

func TestOpenAndCopy(t *testing.T) {
	s := newScreen(uitest.Typical(), 120, 37)
	want := keys.OpenMsg{Screen: keys.Output, Source: procs.Source{Pool: "train", OneSlot: true, PID: 4130}}
	if got := s.press(keys.Down, keys.Open); got != want {
		t.Errorf("Enter on a worker: %+v, want %+v", got, want)
	}
	for _, text := range []string{"4130", "ForkPool-1", "resized 00060.jpg to 224x224 in 3.0 ms", "4130"} {
		if got, _ := s.press(keys.Copy).(keys.CopyMsg); got.Text != text {
			t.Errorf("y copies %q, want %q", got.Text, text)
		}
	}
}

// What has printed nothing leaves the clipboard as it is.
func TestNoLastLineIsNotCopied(t *testing.T) {
	s := newScreen(farm(), 120, 37)
	s.press(keys.Down, keys.Copy)
	if got, want := s.press(keys.Copy), (keys.CopyMsg{Text: "worker-1", What: "the name"}); got != want {
		t.Errorf("the second y asks for %#v, want %#v", got, want)
	}
	if got, want := s.press(keys.Copy), (keys.SayMsg{Text: "nothing to copy: worker-1 (pid 501) has no last line"}); got != want {
		t.Errorf("the third y asks for %#v, want %#v", got, want)
	}
	if got, _ := s.press(keys.Copy).(keys.CopyMsg); got.Text != "501" {
		t.Errorf("the fourth y copies %q", got.Text)
	}
}

// The last line is read for who copies it also where its column is not shown.
func TestTheLastLineIsCopiedWithoutItsColumn(t *testing.T) {
	s := screen{processes.New(theme.New(colorprofile.ANSI256, true), keys.Standard()), uitest.Typical()}
	s.SetSize(120, 37)
	s.Hide("last_line")
	s.settle()
	s.press(keys.Down, keys.Copy, keys.Copy)
	if got, _ := s.press(keys.Copy).(keys.CopyMsg); got.Text != "resized 00060.jpg to 224x224 in 3.0 ms" {
		t.Errorf("the third y copies %q", got.Text)
	}
}

// The pane is the output screen; here only which keys reach it.
func TestPaneHasTheKeysWhileItHasTheFocus(t *testing.T) {
	session := uitest.New(uitest.Many(2).Snapshot())
	for i := range 200 {
		session.Print(procs.ID{Pool: "sleep"}, 10000, procs.Stdout, fmt.Sprintf("line %03d.", i))
	}
	s := newScreen(session, 80, 24)
	check := func(what, want string) {
		t.Helper()
		l := s.lines(" line ")
		if got := l[len(l)-1]; !strings.HasSuffix(got, want) {
			t.Errorf("%s: the lowest line is %q, want %q", what, got, want)
		}
	}
	check("at first", "line 199.")
	s.press(keys.Down, keys.Up)
	check("the cursor moved in the table", "line 199.")
	s.press(keys.Pane, keys.Top)
	if l := s.lines("line 000."); len(l) != 1 || len(s.lines("› sleep/0")) != 1 {
		t.Errorf("g in the pane:\n%s", s.text())
	}
	s.press(keys.Bottom, keys.Back, keys.Bottom)
	if len(s.lines("› sleep/1")) != 1 {
		t.Errorf("after Esc the table does not have the keys:\n%s", s.text())
	}
	s.press(keys.Up)
	s.Handle(keys.Intent{Verb: keys.Wheel, N: -3, X: 10, Y: 20})
	check("the wheel over the pane", "line 196.")
	if len(s.lines("› sleep/0")) != 1 {
		t.Errorf("the wheel over the pane moved the table:\n%s", s.text())
	}
	s.press(keys.Zoom)
	if len(s.lines("NAME")) > 0 || len(s.lines(" line ")) < 20 {
		t.Errorf("z does not give the pane the whole body:\n%s", s.text())
	}
	s.press(keys.Back)
	if len(s.lines("NAME")) != 1 {
		t.Errorf("Esc does not end the zoom:\n%s", s.text())
	}
}

// The keys are never with a table that cannot be seen: who leaves the zoomed pane sees it.
// What is meant for the output alone goes there from the rows too.
func TestMarksAreSetFromTheRows(t *testing.T) {
	s := newScreen(uitest.Typical(), 120, 40)
	s.press(keys.Mark)
	s.session.Print(procs.ID{Pool: "train"}, 1, procs.Stdout, "below the mark")
	if n := len(s.lines("── mark")); n != 1 {
		t.Errorf("%d marks are shown:\n%s", n, s.text())
	}
	if s.press(keys.NextMark); len(s.lines("── mark")) != 1 {
		t.Errorf("the mark is not in sight:\n%s", s.text())
	}
}

func TestLeavingTheZoomedPaneShowsTheTable(t *testing.T) {
	for _, size := range sizes {
		s := newScreen(uitest.Many(2), size.w, size.h-3)
		s.press(keys.Zoom, keys.Pane)
		if len(s.lines("› sleep/0")) == 0 {
			t.Errorf("%dx%d: x would stop what is not shown:\n%s", size.w, size.h, s.text())
		}
		if got := s.hinted("stop follow"); got != "stop" {
			t.Errorf("%dx%d: %q is offered", size.w, size.h, got)
		}
	}
}

// A search in the pane must not filter the table, and ends with the focus.
func TestSearchInThePane(t *testing.T) {
	s := newScreen(uitest.Typical(), 120, 24)
	s.press(keys.Pane)
	s.Handle(keys.Intent{Verb: keys.Search, Text: "epoch 0", Done: true})
	if len(s.lines("api/0")) == 0 || len(s.lines("│ epoch 0")) != 1 {
		t.Errorf("looked for epoch 0 in the pane:\n%s", s.text())
	}
	s.press(keys.Back)
	if strings.Contains(s.text(), "/epoch") {
		t.Errorf("Esc does not end the search of the pane:\n%s", s.text())
	}
}

func TestMouse(t *testing.T) {
	s := newScreen(uitest.Typical(), 120, 37)
	s.Handle(keys.Intent{Verb: keys.Click, X: 5, Y: 3})
	if l := s.lines("› ├ ForkPool-2"); len(l) != 1 {
		t.Errorf("a click on the third row does not select it:\n%s", s.text())
	}
	x := strings.Index(ansi.Strip(strings.Split(s.Render(), "\n")[0]), "CPU")
	s.Handle(keys.Intent{Verb: keys.Click, X: x, Y: 0})
	if len(s.lines("CPU↓")) != 1 {
		t.Errorf("a click on the title CPU does not sort by it:\n%s", s.text())
	}
	for title, want := range map[string]string{"THR": "THR↓", "PID": "CPU↓", "last 30s": "CPU↓", "MEM": "MEM↓", "NAME": "CPU last"} {
		head, _, _ := strings.Cut(s.text(), "\n")
		s.Handle(keys.Intent{Verb: keys.Click, X: len([]rune(head[:strings.Index(head, title)])), Y: 0})
		if head, _, _ = strings.Cut(s.text(), "\n"); !strings.Contains(head, want) {
			t.Errorf("after a click on the title %s the head is %q", title, head)
		}
		s.Handle(keys.Intent{Verb: keys.Click, X: x, Y: 0})
		if len(s.lines("CPU↓")) == 0 {
			s.Handle(keys.Intent{Verb: keys.Click, X: x, Y: 0})
		}
	}
	many := newScreen(uitest.Many(500), 120, 37)
	many.Handle(keys.Intent{Verb: keys.Wheel, N: 30, X: 3, Y: 5})
	if l := many.lines("sleep/"); !strings.Contains(l[0], "sleep/30") || !strings.HasPrefix(l[0], "›") {
		t.Errorf("after the wheel the first row is %q", l[0])
	}
}

// A tree that contradicts itself must not lose or repeat a process, nor hang.
func TestStrangeTrees(t *testing.T) {
	session := uitest.Many(1)
	session.Change(func(snap *procs.Snapshot) {
		slot := &snap.Pools[0].Slots[0]
		d := func(pid, ppid, depth int) procs.Descendant {
			return procs.Descendant{PIDRef: procs.PIDRef{PID: pid, StartTime: uint64(pid)}, PPID: ppid, Depth: depth, Label: fmt.Sprintf("p%d.", pid), State: 'S'}
		}
		slot.Descendants = []procs.Descendant{
			d(21, 22, 1), d(22, 21, 2), // a circle
			d(23, 23, 3),     // its own parent
			d(24, 1, 1),      // adopted by init
			d(25, 10000, 1),  // a child
			d(26, 25, 2),     // and its child, which
			d(27, 999999, 5), // has lost its own
		}
		ended := d(28, 10000, 1)
		ended.Exit = &procs.Exit{}
		killed := d(29, 10000, 1)
		killed.Exit, killed.Told = &procs.Exit{Signal: procs.SIGKILL}, true
		slot.Descendants = append(slot.Descendants, ended, killed)
	})
	s := newScreen(session, 120, 37)
	for pid := 21; pid <= 29; pid++ {
		want := 1
		if pid == 28 {
			want = 0 // ended well
		}
		if got := len(s.lines(fmt.Sprintf("p%d.", pid))); got != want {
			t.Errorf("p%d stands in %d lines, want %d", pid, got, want)
		}
	}
	if t.Failed() {
		t.Log(s.text())
	}
}

// BenchmarkRender500 builds the body over 500 slots anew: first after keys
// or output, then after a new snapshot, as comes once a second.
func BenchmarkRender500(b *testing.B) {
	session := uitest.Many(500)
	s := newScreen(session, 200, 57)
	b.Run("same-snapshot", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			s.Sync(session, uitest.Now)
			_ = s.Render()
		}
	})
	b.Run("new-snapshot", func(b *testing.B) {
		b.ReportAllocs()
		now := uitest.Now
		for b.Loop() {
			session.Change(func(snap *procs.Snapshot) { snap.At = snap.At.Add(1e9) })
			now = now.Add(1e9)
			s.Sync(session, now)
			_ = s.Render()
		}
	})
}

// A pool that says when it is ready is restarted a few at a time.
func TestRestartOfAProbedPoolRolls(t *testing.T) {
	s := newScreen(uitest.Composed(), 120, 37)
	s.session.Change(func(snap *procs.Snapshot) {
		for i := range snap.Pools[3].Slots {
			snap.Pools[3].Slots[i].Probed = true
		}
	})
	got, _ := s.press(keys.Down, keys.Down, keys.Down, keys.RestartPool).(keys.DoMsg)
	if roll, ok := got.Command.(procs.Roll); !ok || len(roll.Pools) != 1 || roll.Pools[0] != "api" || got.Ask == "" {
		t.Errorf("R asks for %+v", got)
	}
}

// What runs is told with what its marks stand for, and which port it was given.
func TestTheDetailHasThePort(t *testing.T) {
	session := uitest.Composed()
	session.Change(func(snap *procs.Snapshot) {
		p := &snap.Pools[0]
		p.Argv = []string{"/bin/bash", "-c", "serve {port} as {pool}/{slot} beside {pprof_port} with ${port}"}
		p.Slots[0].Port, p.Slots[0].PprofPort = 41234, 6060
	})
	s := newScreen(session, 120, 40)
	if got := s.lines("bash -c"); len(got) != 1 || !strings.Contains(got[0], "bash -c serve 41234 as db/0 beside 6060 with ${port}  (pipe, port 41234, pprof 6060)") {
		t.Errorf("got %q", got)
	}
}

// What a liveness probe says is told as long as it matters, so that nobody
// wonders why muster ends a process that seemed well.
func TestTheRowTellsWhatTheLivenessProbeSays(t *testing.T) {
	const why = "live: tcp 127.0.0.1:1: connection refused (1 of 3)"
	for _, state := range []procs.State{procs.Running, procs.Stopping, procs.BackingOff} {
		session := uitest.Composed()
		session.Change(func(snap *procs.Snapshot) {
			slot := &snap.Pools[0].Slots[0]
			slot.State, slot.Reason = state, why
			slot.LastExit = &procs.Exit{Signal: procs.SIGTERM, Asked: true}
		})
		s := newScreen(session, 120, 40)
		if got := s.lines("› db/0"); !strings.Contains(got[0], " live: tcp 127.") || strings.Contains(got[0], "SIGTERM") {
			t.Errorf("%s: the row says %q", state, got[0])
		}
		if got := s.lines("─ " + why); len(got) != 1 {
			t.Errorf("%s: the detail does not say it:\n%s", state, s.text())
		}
	}
}

// Columns stand still while processes with longer names come and go; they have their old places
// again in a terminal of another size, and when a pool has gone.
func TestColumnsStandStill(t *testing.T) {
	titles := func(s screen) string { // where each of them stands, but for the first
		_, rest, _ := strings.Cut(strings.Split(s.text(), "\n")[0], "NAME")
		return strings.Repeat(" ", 6) + regexp.MustCompile(`\d+-\d+/\d+`).ReplaceAllStringFunc(rest, func(s string) string { return strings.Repeat(" ", len(s)) })
	}
	for _, size := range sizes {
		session := uitest.Typical()
		s := newScreen(session, size.w, size.h-3)
		had := session.Snapshot().Pools
		before := titles(s)
		child := procs.Descendant{PIDRef: procs.PIDRef{PID: 9001, StartTime: 1}, PPID: had[0].Slots[0].PID, Depth: 1, Label: "a worker of another name", State: 'S'}
		set := func(pools []procs.Pool) { session.Change(func(snap *procs.Snapshot) { snap.Pools = pools }) }
		more := slices.Clone(had)
		more[0].Slots = slices.Clone(had[0].Slots)
		more[0].Slots[0].Descendants = append(slices.Clone(had[0].Slots[0].Descendants), child)
		set(more)
		wide := titles(s)
		set(had)
		if got := titles(s); got != wide {
			t.Errorf("%dx%d: with the process the columns move:\n%s\n%s", size.w, size.h, wide, got)
		}
		s.SetSize(size.w, size.h-3)
		if got := titles(s); got != before {
			t.Errorf("%dx%d: in a terminal of another size:\n%s\nnot\n%s", size.w, size.h, got, before)
		}
		set(append(slices.Clone(more), procs.Pool{Name: "another"}))
		wide = titles(s)
		set(had)
		if got := titles(s); size.w == 120 && got == wide {
			t.Errorf("%dx%d: the pool has gone, and its names still take their room:\n%s", size.w, size.h, got)
		}
	}
}
