package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"example.com/muster/profiling/report"
)

// A newcomer knows one command. All else the screen says: each key that is pressed here
// is read off it.
func TestANewcomerFindsTheWay(t *testing.T) {
	cwd := t.TempDir()
	m := inTmuxShell(t, 120, 40, `cd "`+cwd+`"; "$0" demo; echo "[code $?]"; sleep 100`)
	for i := range 5 { // the tour
		m.see("tour " + string(rune('1'+i)) + " of 5")
		m.pressShown(`│ Press (\S+) `)
	}
	m.gone("tour 5 of 5")

	m.see("1 deadlock") // who waits for whom
	m.hint("locks")
	m.see("✗ deadlock")
	m.see("deadlock/0/transfer has the flock on ")
	m.see("which deadlock/0/transfer-2 has")

	m.hint("crashes") // why something died
	m.see("crash/")
	m.hint("open")
	m.see("its output")
	if screen := m.screen(); !strings.Contains(screen, "SIGSEGV") && !strings.Contains(screen, "panic: runtime error") {
		t.Errorf("the card does not say how it ended:\n%s", screen)
	}

	m.hint("profile") // where the time goes
	m.see("Enter starts")
	m.pressUntil("‹ 10 s ›", onLastLine("down"))
	m.pressUntil("‹ 1 s ›", `(←) and → change`)
	m.pressShown(`(\S+) starts`)
	m.see("cpu of ")
	m.hint("write")
	m.see("wrote ")
	file := regexp.MustCompile(`wrote (\S+)`).FindStringSubmatch(m.screen())[1]
	if packed, err := os.ReadFile(filepath.Join(cwd, file)); err != nil {
		t.Error(err)
	} else if _, err := report.Read(bytes.NewReader(packed)); err != nil {
		t.Errorf("%s: %v", file, err)
	}

	m.hint("quit")
	m.see("and leave?")
	m.pressShown(`(\S+) yes`)
	m.see("[code ") // 1 if one that has crashed is not running again just then
}

// hint presses a key that the last line of the screen names.
func (m *tmuxed) hint(label string) {
	m.t.Helper()
	m.pressShown(onLastLine(label))
}

// onLastLine finds a key on the last line, which ends with how to quit.
func onLastLine(label string) string {
	return ` (\S+) ` + label + `(?:  .*quit)?\s*$`
}

// namesOfKeys are those that tmux knows by another name.
var namesOfKeys = map[string]string{"←": "Left", "→": "Right", "Esc": "Escape"}

// pressShown waits until the screen names a key, and presses that.
func (m *tmuxed) pressShown(pattern string) {
	m.t.Helper()
	find := regexp.MustCompile(pattern)
	var key string
	waitFor(m.t, "a key: "+pattern, 30*time.Second, func() bool {
		found := find.FindStringSubmatch(m.screen())
		if found != nil {
			key = found[1]
		}
		return found != nil
	})
	if name := namesOfKeys[key]; name != "" {
		key = name
	}
	m.press(key)
}

// pressUntil presses a key that the screen names until the chosen row of a form says
// something.
func (m *tmuxed) pressUntil(says, pattern string) {
	m.t.Helper()
	for row := m.chosen(); !strings.Contains(row, says); row = m.chosen() {
		m.pressShown(pattern)
		waitFor(m.t, "another row than "+row, 30*time.Second, func() bool { return m.chosen() != row })
	}
}

// chosen is the row of a form that is chosen.
func (m *tmuxed) chosen() string {
	for line := range strings.Lines(m.screen()) {
		if strings.HasPrefix(line, " ›") {
			return line
		}
	}
	return ""
}

func (m *tmuxed) screen() string { m.t.Helper(); return m.tmux("capture-pane", "-p") }

// gone waits until the terminal shows a text no more.
func (m *tmuxed) gone(what string) {
	m.t.Helper()
	waitFor(m.t, "the end of "+what, 30*time.Second, func() bool { return !strings.Contains(m.screen(), what) })
}
