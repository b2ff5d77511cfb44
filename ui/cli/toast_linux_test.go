package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestAToastInARealTerminal: a crash whose message has escape sequences is told on
// every screen as text: it clears nothing, names nothing, colours nothing.
func TestAToastInARealTerminal(t *testing.T) {
	const program = `
import os, sys, threading, time
def fail():
    raise ValueError("\x1b]0;owned\x07\x1b[2J\x1b[1;1H\x1b[31;7mred\x1b[?1049l alert\x9b2J\u202e\r\nsecond")
while not os.path.exists(sys.argv[1]): time.sleep(0.01)
threading.Thread(target=fail).start()
while not os.path.exists(sys.argv[1] + ".end"): time.sleep(0.01)
`
	file := filepath.Join(t.TempDir(), "feed.py")
	if err := os.WriteFile(file, []byte(program), 0o600); err != nil {
		t.Fatal(err)
	}
	g := newGate(t)
	m := inTmux(t, 120, 40, "run", "--name", "feed", "--", pythonToDebug(t), file, string(g))
	m.see("● running")
	title := m.tmux("display-message", "-p", "#{pane_title}")
	g.open(t)
	m.see("✗ feed/0: ValueError: red alert")
	m.see(" 1 crashed ") // it is told by the agent and by the output
	for _, key := range []string{"2", "4", "?", "1", "5"} {
		m.press(key)
		if key != "?" {
			m.see("red") // in the toast, in the output, or on the card
		}
		screen := m.tmux("capture-pane", "-p", "-e")
		for _, line := range strings.Split(screen, "\n") {
			if toast := strings.Contains(line, "✗ feed/0"); strings.ContainsAny(line, "\u009b\u202e") || toast && strings.Contains(line, "31m") {
				t.Errorf("screen %s: %q", key, line)
			}
		}
		if first, _, _ := strings.Cut(m.tmux("capture-pane", "-p"), "\n"); !strings.Contains(first, "muster") {
			t.Errorf("screen %s: the first line is %q", key, first)
		}
		if now := m.tmux("display-message", "-p", "#{pane_title}"); now != title {
			t.Errorf("screen %s: the terminal is called %q, no longer %q", key, now, title)
		}
		if key == "?" {
			m.press("Escape")
		}
	}
	gate(string(g) + ".end").open(t)
	m.press("1")
	m.see("✓ exit 0")
	m.see(" 1 crashed ")
	m.press("q")
	m.see("[code 0]")
}
