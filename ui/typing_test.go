package ui

import (
	"strconv"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/muster/procs"
	"example.com/muster/session"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/uitest"
)

// From the key i on no key is muster's own, also while the terminal is opened.
func TestKeysGoToTheProcess(t *testing.T) {
	people := uitest.Typical()
	terminal := &uitest.Terminal{Text: "(Pdb) \x1b[?25h"}
	people.Open(terminal)
	s := newStage(t, people)
	s.Send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("iq?1:")}) // they came together
	first := procs.ID{Pool: "train"}
	s.wantCommands(t, procs.Type{IDs: []procs.ID{first}, Data: []byte("q?1:")})
	if q, ok := people.Asked()[0].(session.TerminalQuestion); !ok || q != (session.TerminalQuestion{ID: first, Cols: 120, Rows: 36}) {
		t.Errorf("it asked %+v", people.Asked())
	}
	lines := strings.Split(s.frame(), "\n")
	if !strings.HasPrefix(lines[1], " train/0 ") || !strings.HasSuffix(lines[1], " Ctrl-] leaves ") || lines[2] != "(Pdb) " && lines[2] != "(Pdb)" {
		t.Errorf("the pane shows %q", lines[1:3])
	}
	if s.status() != "muster's own keys are off" || strings.TrimSpace(lines[39]) != "Ctrl-] leaves" {
		t.Errorf("below it says %q, %q", s.status(), lines[39])
	}
	for _, key := range []string{"q", "ctrl+c", "esc", "2", "?", ":", "x", "ctrl+z"} {
		s.Keys(key)
	}
	s.Click(50, 20)
	if s.Quit || s.Suspended > 0 || s.root.question != nil || s.root.at != 1 || s.root.pane == nil {
		t.Error("a key did something to muster")
	}
	s.Keys("ctrl+]")
	if frame := s.frame(); !strings.Contains(frame, "LAST LINE") || s.root.pane != nil {
		t.Errorf("after Ctrl-]:\n%s", frame)
	}
	s.wantCommands(t, procs.Type{IDs: []procs.ID{first}, Data: []byte("q?1:")})
	s.Keys("q")
	if s.root.question == nil {
		t.Error("muster's own keys are still off")
	}
	if terminal.Closed == 0 {
		t.Error("the terminal was not given back")
	}
}

func TestThePaletteTypesIntoAProcess(t *testing.T) {
	people := uitest.Typical()
	people.Open(&uitest.Terminal{})
	people.Change(func(snap *procs.Snapshot) {
		last := &snap.Pools[len(snap.Pools)-1]
		last.Slots[0].Output, last.Slots[0].PID, last.Slots[0].State = procs.OutputPTY, 7, procs.Running
	})
	s := newStage(t, people)
	s.Keys("2", ":")
	s.Type("type into")
	s.Keys("enter")
	if s.root.pane == nil || s.root.pane.ID() != people.Snapshot().Pools[len(people.Snapshot().Pools)-1].Slots[0].ID {
		t.Errorf("the pane is %+v:\n%s", s.root.pane, s.frame())
	}
}

func TestTheHintLeavesThePane(t *testing.T) {
	people := uitest.Typical()
	people.Open(&uitest.Terminal{})
	s := newStage(t, people)
	s.Keys("i")
	s.Click(3, 39)
	if s.root.pane != nil {
		t.Error("a click on the hint does nothing")
	}
}

func TestAProcessWithoutATerminal(t *testing.T) {
	s := newStage(t, uitest.Typical())
	s.Keys("i")
	if got := s.status(); got != "cannot type into train/0: it has no terminal; --output pty gives it one" || s.root.pane != nil {
		t.Errorf("it says %q", got)
	}
	s.Keys("2", "i")
	if got := s.status(); got != "cannot type: select a process first" {
		t.Errorf("where all output is shown it says %q", got)
	}
	s.Keys("?", "i")
	if s.root.pane != nil || s.root.over == nil {
		t.Error("what is covered is typed into")
	}
}

// Where all output is shown and there is one process, that one is meant.
func TestTheOnlyProcessIsTypedInto(t *testing.T) {
	people := uitest.Typical()
	people.Open(&uitest.Terminal{Text: "(Pdb) "})
	people.Change(func(snap *procs.Snapshot) { snap.Pools = snap.Pools[:1] })
	s := newStage(t, people)
	s.Keys("2", "i")
	if s.root.pane == nil || s.root.pane.ID() != (procs.ID{Pool: "train"}) {
		t.Errorf("it says %q", s.status())
	}
}

// The cursor of the process is the terminal's own.
func TestTheCursorOfThePane(t *testing.T) {
	people := uitest.Typical()
	people.Open(&uitest.Terminal{Text: "(Pdb) "})
	s := newStage(t, people)
	if s.display.cursor != "" {
		t.Error("the cursor is shown")
	}
	s.root.typeInto()
	open := s.root.pane.More()
	_, read := s.root.Update(open())
	_, _ = s.root.Update(firstOf(read))
	if s.display.cursor != "6,2" {
		t.Errorf("the cursor is at %q", s.display.cursor)
	}
	s.Keys("ctrl+]")
	if s.display.cursor != "" {
		t.Error("the cursor stays")
	}
}

// firstOf carries out the first command of several, and returns its message.
func firstOf(cmd tea.Cmd) tea.Msg {
	for {
		msg := cmd()
		batch, ok := msg.(tea.BatchMsg)
		if !ok {
			return msg
		}
		for _, c := range batch {
			if c != nil {
				cmd = c
				break
			}
		}
	}
}

func TestFramesOfThePane(t *testing.T) {
	const text = "> /srv/train.py(12)step()\r\n-> loss = \x1b[1;32mmodel\x1b[0m(batch)\r\n(Pdb) p loss\r\n\x1b[38;5;208m0.12\x1b[m  世界\r\n(Pdb) "
	for _, size := range [][2]int{{40, 12}, {80, 24}, {120, 40}} {
		people := uitest.Typical()
		people.Open(&uitest.Terminal{Text: text})
		s := newStage(t, people)
		s.Resize(size[0], size[1])
		s.Keys("i")
		uitest.Golden(t, "pane-"+strconv.Itoa(size[0])+"x"+strconv.Itoa(size[1]), s.root.View(), size[0], size[1])
	}
}

// While keys go to a process, what happens elsewhere is told with the way to it, and takes no key.
func TestNewsInThePane(t *testing.T) {
	people := uitest.Typical()
	people.Open(&uitest.Terminal{Text: "Password: "})
	s := newStage(t, people)
	s.Keys("i")
	if got := s.status(); got != "muster's own keys are off" {
		t.Fatalf("at first it says %q", got)
	}
	crashed := people.Snapshot().Pools[1].Slots[1]
	people.Crash(uitest.NewCrash(crashed.Run, []string{"./api"}, *crashed.LastExit, nil, nil))
	if got := s.status(); !strings.HasPrefix(got, "✗ api/1: ") || !strings.HasSuffix(got, "(Ctrl-] 5 shows it)") {
		t.Errorf("of a crash it says %q", got)
	}
	s.Keys("5", "q", "y")
	if s.root.pane == nil || s.root.at != keys.Processes {
		t.Error("a key is taken for muster's own")
	}
	s.now = s.now.Add(time.Minute)
	if got := s.status(); got != "muster's own keys are off" {
		t.Errorf("a minute later it says %q", got)
	}
	if s.Keys("ctrl+]", "5"); s.root.at != keys.Crashes {
		t.Errorf("the keys that it names lead to %v", s.root.at)
	}
	s.Keys("1")

	// A question that comes while one types waits for its answer.
	people.Open(&uitest.Terminal{})
	s.Keys("i")
	people.SetPlan([]procs.Change{{Pool: "api", Kind: procs.Scaled, From: 1, To: 2}}, nil)
	s.Send(s.root.plan())
	if got := s.status(); got != "apply this change?  (Ctrl-], then answer)" {
		t.Errorf("of a question it says %q", got)
	}
	if s.Keys("y"); len(people.Commands()) > 0 {
		if _, ok := people.Commands()[len(people.Commands())-1].(procs.Type); !ok {
			t.Errorf("y is taken for the answer: %v", people.Commands())
		}
	}
	s.Keys("ctrl+]", "y")
	if got := people.Commands()[len(people.Commands())-1]; got != procs.Command(procs.Reload{}) {
		t.Errorf("after the pane y is %T", got)
	}

	// A deadlock, and the stop that somebody else has asked for.
	bank := uitest.Deadlocked("/src")
	bank.Open(&uitest.Terminal{})
	s = newStage(t, bank)
	s.Keys("i")
	if got := s.status(); !strings.HasPrefix(got, "deadlock") || !strings.HasSuffix(got, "(Ctrl-] 4 shows it)") {
		t.Errorf("of a deadlock it says %q", got)
	}
	bank.Change(func(snap *procs.Snapshot) { snap.Stopping = true })
	if got := s.status(); !strings.HasPrefix(got, "stopping ") || !strings.HasSuffix(got, "(Ctrl-] q again: kill now)") {
		t.Errorf("of a stop it says %q", got)
	}
}
