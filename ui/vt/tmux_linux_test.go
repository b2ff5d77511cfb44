package vt

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// unlike are the cases in which tmux 3.3 shows something else than xterm, and how.
var unlike = map[string]string{
	"a cursor that waits in the last column goes back from there": "tmux goes back from behind the last column",
	"line drawing":                                   "capture-pane writes the letters",
	"line drawing by shift":                          "likewise",
	"bytes that are no text":                         "tmux shows nothing for them",
	"half a wide character goes with the other half": "tmux moves the whole one",
}

// TestAsTmuxShowsIt gives every case to a terminal that others have written.
func TestAsTmuxShowsIt(t *testing.T) {
	if _, err := exec.LookPath("tmux"); err != nil {
		t.Skip("this test needs tmux")
	}
	dir := t.TempDir()
	tmux := func(args ...string) string {
		t.Helper()
		out, err := exec.Command("tmux", append([]string{"-u", "-f", "/dev/null", "-S", dir + "/tmux"}, args...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("tmux %q: %v: %s", args, err, out)
		}
		return string(out)
	}
	// Each case has a window of its own, with the size of the screens of cases.
	// What comes last says that all has come, and is no part of what is shown.
	script := `stty -opost -echo; cat "$0"; printf '\033]2;done\007'; exec sleep 100`
	args := []string{}
	for i, tt := range cases {
		file := dir + "/" + strconv.Itoa(i)
		if err := os.WriteFile(file, []byte(tt.in), 0o600); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			args = append(args, "new-session", "-d", "-x", "10", "-y", "4", "-s", "s", "-n", "w0", "sh", "-c", script, file)
		} else {
			args = append(args, ";", "new-window", "-d", "-t", "s:"+strconv.Itoa(i), "sh", "-c", script, file)
		}
	}
	t.Cleanup(func() { tmux("kill-server") })
	tmux(args...)
	for deadline := time.Now().Add(60 * time.Second); strings.Count(tmux("list-panes", "-s", "-t", "s", "-F", "#{pane_title}"), "done") < len(cases); {
		if time.Now().After(deadline) {
			t.Fatal("tmux does not get on")
		}
		<-time.After(10 * time.Millisecond)
	}
	for i, tt := range cases {
		if unlike[tt.name] != "" {
			continue
		}
		window := "s:" + strconv.Itoa(i)
		out := tmux("capture-pane", "-p", "-t", window, ";", "display-message", "-p", "-t", window, "#{cursor_x} #{cursor_y} #{cursor_flag}")
		lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
		for i := range lines {
			lines[i] = strings.TrimRight(lines[i], " ")
		}
		at, shown := lines[len(lines)-1], strings.TrimRight(strings.Join(lines[:len(lines)-1], "\n"), "\n")
		s := New(10, 4)
		_, _ = s.Write([]byte(tt.in))
		x, y, visible := s.Cursor()
		if s.cursor.wraps {
			x++ // tmux counts the column behind the last one
		}
		flag := "0"
		if visible {
			flag = "1"
		}
		if got := text(s); got != shown {
			t.Errorf("%s: %q shows\n%s\nin tmux\n%s", tt.name, tt.in, got, shown)
		}
		if got := strconv.Itoa(x) + " " + strconv.Itoa(y) + " " + flag; got != at {
			t.Errorf("%s: %q leaves the cursor at %s, in tmux at %s", tt.name, tt.in, got, at)
		}
	}
}
