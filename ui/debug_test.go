package ui

import (
	"errors"
	"os/exec"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/google/go-cmp/cmp"

	"example.com/muster/procs"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/uitest"
)

// debugs is what the screens ask to be debugged, and what the debugger says.
type debugs struct {
	asked []keys.DebugMsg
	said  string
	err   error
}

func (d *debugs) on(t *testing.T, session *uitest.Session) *stage {
	t.Helper()
	s := newStage(t, session, func(o *Options) {
		o.In = o.Out
		o.Debug = func(msg keys.DebugMsg) *Debugger {
			d.asked = append(d.asked, msg)
			made := NewDebugger(exec.Command("none"), o.Out)
			made.said.WriteString(d.said)
			return made
		}
	})
	s.root.execDebugger = func(_ tea.ExecCommand, done tea.ExecCallback) tea.Cmd {
		return func() tea.Msg { return done(d.err) }
	}
	return s
}

func (d *debugs) want(t *testing.T, want ...keys.DebugMsg) {
	t.Helper()
	if diff := cmp.Diff(want, d.asked); diff != "" {
		t.Errorf("debugged (-want +got):\n%s", diff)
	}
	d.asked = nil
}

// TestDebugGivesTheTerminalAway: and takes it back, with what was said.
func TestDebugGivesTheTerminalAway(t *testing.T) {
	d := &debugs{said: "api/0 (pid 7) goes on\n"}
	s := d.on(t, uitest.Typical())
	s.display.asked()
	s.Keys("d")
	slot := s.session.Snapshot().Pools[0].Slots[0]
	d.want(t, keys.DebugMsg{Ref: slot.PIDRef, Name: slot.ID.String()})
	if diff := cmp.Diff([]string{"leave", "enter"}, s.display.asked()); diff != "" {
		t.Errorf("asked of the terminal: %s", diff)
	}
	if got := s.status(); got != "api/0 (pid 7) goes on" {
		t.Errorf("it says %q", got)
	}
	d.said, d.err = "muster: cannot debug api/0: no debugger is installed\nhint: install gdb or lldb\n", errors.New("exit status 1")
	s.Keys("d")
	if got := s.status(); got != "cannot debug api/0: no debugger is installed (install gdb or lldb)" {
		t.Errorf("a refusal: %q", got)
	}
	d.said = ""
	s.Keys("d")
	if got := s.status(); got != "cannot debug: exit status 1" {
		t.Errorf("one that says nothing: %q", got)
	}
}

// TestDebugOnEachScreen: what lives is debugged, what has ended is not.
func TestDebugOnEachScreen(t *testing.T) {
	d := &debugs{}
	s := d.on(t, uitest.Contention(t.TempDir()))
	s.Keys("4", "d")
	if len(d.asked) != 1 || d.asked[0].Ref.PID == 0 || d.asked[0].Name == "" || d.asked[0].Ended {
		t.Errorf("on the locks %+v is debugged", d.asked)
	}
	d.asked = nil
	s = d.on(t, uitest.NobodyWaits())
	s.Keys("4", "d")
	d.want(t)
	s = d.on(t, uitest.Ended())
	s.Keys("d")
	d.want(t)
	if got := s.status(); !strings.Contains(got, "does not run") {
		t.Errorf("a row that has ended: %q", got)
	}
}

func TestDebugACrash(t *testing.T) {
	ref := procs.PIDRef{PID: 4711, StartTime: 3}
	for name, c := range map[string]struct {
		exit  procs.Exit
		lives bool
		want  []keys.DebugMsg
		says  string
	}{
		"lives": {lives: true, want: []keys.DebugMsg{{Ref: ref, Name: "train/0", Dir: "/srv"}}},
		"core":  {exit: procs.Exit{Signal: 11, Core: true}, want: []keys.DebugMsg{{Ref: ref, Name: "train/0", Ended: true, Dir: "/srv"}}},
		"gone":  {exit: procs.Exit{Code: 3}, says: "train/0 has ended and left no core dump: r runs it again"},
	} {
		session := uitest.Empty()
		r := uitest.NewCrash(procs.Run{ID: procs.ID{Pool: "train"}, N: 1, PIDRef: ref}, []string{"./train"}, c.exit, nil, nil)
		r.Lives, r.Name, r.Cwd = c.lives, "train/0", "/srv"
		r.Who.PIDRef, r.Who.Argv = ref, []string{"./train"}
		session.Crash(r)
		d := &debugs{}
		s := d.on(t, session)
		s.Keys("5", "d")
		d.want(t, c.want...)
		if got := s.status(); c.says != "" && got != c.says {
			t.Errorf("%s: it says %q", name, got)
		}
	}
}
