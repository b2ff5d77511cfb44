package ui

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"example.com/muster/procs"
	"example.com/muster/profiling/locks/graph"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/uitest"
)

// frameAt opens a screen by its key at a size.
func (s *stage) frameAt(key string, w, h int) string {
	s.Resize(w, h)
	s.Keys(key)
	return s.root.View()
}

func TestFramesOfLocks(t *testing.T) {
	for name, session := range map[string]*uitest.Session{
		"contention": uitest.Contention("/src"), "deadlock": uitest.Deadlocked("/src"), "abandoned": uitest.AbandonedLock("/src"),
	} {
		s := newStage(t, session)
		uitest.Golden(t, "locks-"+name+"-40x12", s.frameAt("4", 40, 12), 40, 12)
		uitest.Golden(t, "locks-"+name+"-80x24", s.frameAt("4", 80, 24), 80, 24)
		uitest.Golden(t, "locks-"+name+"-120x40", s.frameAt("4", 120, 40), 120, 40)
		uitest.Golden(t, "processes-"+name+"-120x40", s.frameAt("1", 120, 40), 120, 40)
	}
}

// A deadlock is told on every screen, in words, whatever the colours and
// however narrow it is, and goes when it goes.
func TestTheBannerIsOnEveryScreen(t *testing.T) {
	session := uitest.Deadlocked("/src")
	s := newStage(t, session)
	const long = "deadlock: web/0/Worker-1 and web/0/Worker-2 wait for each other's lock"
	for _, key := range []string{"1", "2", "3", "5", "6", "7", "?"} {
		s.Keys(key)
		if got := s.status(); got != long+"  (4 shows it)" {
			t.Errorf("screen %s: the status line says %q", key, got)
		}
	}
	s.Keys("esc", "4")
	if got := s.status(); got != long {
		t.Errorf("on the screen of locks it says %q", got)
	}
	s.Keys("1")
	s.Resize(60, 20)
	if got := s.status(); got != "deadlock of 2 processes  (4 shows it)" {
		t.Errorf("at 60 columns it says %q", got)
	}
	s.Keys("x") // what was asked for is said first, until the next key
	if got := s.status(); !strings.HasPrefix(got, "stopping web/0") {
		t.Errorf("after x: %q", got)
	}
	s.Keys("j")
	if got := s.status(); !strings.HasPrefix(got, "deadlock") {
		t.Errorf("after the next key: %q", got)
	}
	session.SetLocks(&graph.View{At: uitest.Now})
	if got := s.status(); got != "1 running" {
		t.Errorf("without a deadlock it says %q", got)
	}
}

func TestTheHeaderCounts(t *testing.T) {
	for _, tt := range []struct {
		session *uitest.Session
		w       int
		want    string
	}{
		{uitest.Deadlocked("/src"), 120, "3 blocked  1 deadlock  "},
		{uitest.Deadlocked("/src"), 40, "3 blocked  1 deadlock"},
		{uitest.InARing("/src"), 120, "3 blocked  1 ring  "},
		{uitest.Contention("/src"), 120, "3 blocked  7 processes  CPU 199%  of 200%  MEM 854 MiB  2 crashed  "},
		{uitest.IdlePool(), 120, "2 crashed  0:03:12"},
	} {
		s := newStage(t, tt.session)
		s.Resize(tt.w, 30)
		if got, _, _ := strings.Cut(s.frame(), "\n"); !strings.Contains(got, tt.want) {
			t.Errorf("at %d columns the header is %q, want %q in it", tt.w, got, tt.want)
		}
	}
}

// The keys of the screen of locks reach the session, the other screens and the clipboard.
func TestLocksActThroughTheRoot(t *testing.T) {
	s := newStage(t, uitest.Contention("/src"))
	s.Keys("4", "X")
	if got := s.asked(); got != "kill train/0/ForkPool-2 (pid 4131), which has the Lock made at worker.py:7?  y yes  n no" {
		t.Errorf("the question is %q", got)
	}
	s.wantCommands(t)
	s.Keys("y")
	s.wantCommands(t, procs.SignalPID{Ref: procs.PIDRef{PID: 4131, StartTime: 4131}, Signal: procs.SIGKILL})
	s.display.asked()
	s.Keys("y")
	if got := s.display.asked(); len(got) != 1 || !strings.HasPrefix(got[0], "copy  ● contended  Lock made at worker.py:7\n") {
		t.Errorf("y asks of the terminal: %q", got)
	}
	s.Keys("P")
	if got := s.frame(); s.root.at != keys.Processes || !strings.Contains(got, "› ├ ForkPool-2") {
		t.Errorf("P leads to:\n%s", got)
	}
	s.Keys("4", "enter", "enter")
	if got := s.frame(); s.root.at != keys.Output || !strings.Contains(got, "ForkPool-2") {
		t.Errorf("Enter twice leads to:\n%s", got)
	}
	s.Keys("4", "esc", "/")
	s.Type("zzz")
	if got := s.frame(); !strings.Contains(got, "matches zzz") {
		t.Errorf("the filter does not act while it is typed:\n%s", got)
	}
}

func TestSourceLinesAreReadOutsideTheLoop(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "worker.py"), []byte(strings.Repeat("pass\n", 18)+"time.sleep(12)  # \x1b[2J\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := newStage(t, uitest.Contention(dir))
	s.Keys("4")
	if got := s.frame(); !strings.Contains(got, "▶ 19 time.sleep(12)  #") {
		t.Errorf("no source:\n%s", got)
	}
	uitest.Fits(t, s.root.View(), 120, 40)
}

func TestEditGivesTheTerminalAway(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "worker.py")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s := newStage(t, uitest.Contention(dir))
	var ran []string
	var fails error
	s.root.exec = func(c *exec.Cmd, done tea.ExecCallback) tea.Cmd {
		ran = c.Args
		return func() tea.Msg { return done(fails) }
	}
	t.Setenv("EDITOR", "sh -e")
	s.display.asked()
	s.Keys("4", "e")
	if d := cmp.Diff([]string{"sh", "-e", "+19", file}, ran); d != "" {
		t.Errorf("the editor (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{"leave", "enter"}, s.display.asked()); d != "" {
		t.Errorf("asked of the terminal: %s", d)
	}
	fails = errors.New("exit status 7")
	s.Keys("e")
	if got := s.status(); got != "exit status 7" {
		t.Errorf("an editor that fails: %q", got)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	ran = nil
	s.Keys("e")
	if got := s.status(); ran != nil || !strings.HasPrefix(got, "cannot open the source: ") {
		t.Errorf("a file that is not there: %q, ran %q", got, ran)
	}
	t.Setenv("EDITOR", filepath.Join(dir, "none"))
	s.Send(keys.EditMsg{File: dir, Line: 1})
	if got := s.status(); !strings.HasPrefix(got, "cannot open an editor (see EDITOR): ") {
		t.Errorf("an editor that is not there: %q", got)
	}
	s.Send(keys.EditMsg{File: "+!touch x", Line: 1})
	if got := s.status(); ran != nil || !strings.HasPrefix(got, "cannot open +!touch x: ") {
		t.Errorf("a name that looks like an option: %q, ran %q", got, ran)
	}
}

func TestLineArgs(t *testing.T) {
	for editor, want := range map[string][]string{
		"vim": {"+7", "/a.py"}, "/usr/bin/code": {"--wait", "--goto", "/a.py:7"}, "hx": {"/a.py:7"}, "nano": {"+7", "/a.py"},
	} {
		if got := lineArgs(editor, "/a.py", 7); !slices.Equal(got, want) {
			t.Errorf("%s gets %q, want %q", editor, got, want)
		}
	}
}

func TestTheBannerIsNoColourAlone(t *testing.T) {
	s := newStage(t, uitest.AbandonedLock("/src"))
	s.Keys("2")
	lines := strings.Split(s.root.View(), "\n")
	if got := lines[len(lines)-2]; !strings.Contains(got, "\x1b[") || !strings.Contains(ansi.Strip(got), "abandoned lock: 3 workers wait for the Lock made at worker.py:7") {
		t.Errorf("the banner is %q", got)
	}
}
