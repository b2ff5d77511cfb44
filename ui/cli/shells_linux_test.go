package cli

import (
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
)

// shell returns a shell's path and an environment in which it finds muster and
// reads nothing of the user's own.
func (d *desk) shell(name string) (path string, env []string) {
	d.t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		d.t.Skipf("needs %s", name)
	}
	if err := os.Mkdir(d.dir+"/bin", 0o700); err != nil {
		d.t.Fatal(err)
	}
	script := "#!/bin/sh\nexec '" + os.Args[0] + "' \"$@\"\n"
	if err := os.WriteFile(d.dir+"/bin/muster", []byte(script), 0o700); err != nil { //nolint:gosec // it is to be run
		d.t.Fatal(err)
	}
	env = append(os.Environ(), d.env...)
	return path, append(env, "PATH="+d.dir+"/bin:"+os.Getenv("PATH"), "ZDOTDIR="+d.dir, "XDG_CONFIG_HOME="+d.dir, "XDG_DATA_HOME="+d.dir)
}

// Fish completes the names of pools, processes and sessions as they are now.
func TestCompletionInFish(t *testing.T) {
	d := newDesk(t)
	path, env := d.shell("fish")
	if _, stderr, code := d.muster("run", "-d", "-n", "2", "--session", "shop", "--name", "p", "--", "sleep", "1000"); code != 0 {
		t.Fatalf("code %d, said %q", code, stderr)
	}
	for _, tt := range []struct{ line, want string }{
		{"muster restart ", "p\t2 processes\np/0\trunning\np/1\trunning\n"},
		{"muster restart p/", "p/0\trunning\np/1\trunning\n"},
		{"muster attach s", "shop"},
		{"muster restart --session s", "shop"},
		{"muster comp", "completion\t"},
	} {
		cmd := exec.Command(path, "--no-config", "-c", `muster completion fish | source; complete -C "$argv[1]"`, tt.line)
		cmd.Env, cmd.Dir = env, d.dir
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.HasPrefix(string(out), tt.want) {
			t.Errorf("%q: %v, completes to %q, want %q", tt.line, err, out, tt.want)
		}
	}
	d.muster("down", "--now")
}

// Zsh does, where a person presses Tab.
func TestCompletionInZsh(t *testing.T) {
	d := newDesk(t)
	path, env := d.shell("zsh")
	if _, stderr, code := d.muster("run", "-d", "-n", "2", "--session", "shop", "--name", "p", "--", "sleep", "1000"); code != 0 {
		t.Fatalf("code %d, said %q", code, stderr)
	}
	cmd := exec.Command(path, "-f", "-i")
	cmd.Env, cmd.Dir = append(env, "TERM=dumb"), d.dir
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Cols: 120, Rows: 40})
	if err != nil {
		t.Fatal(err)
	}
	screen, read := new(screenText), make(chan struct{})
	go func() { // ends when the terminal is closed
		defer close(read)
		_, _ = io.Copy(screen, tty)
	}()
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it is killed
		_ = tty.Close()
		<-read
	}()
	say := func(text string) {
		if _, err := io.WriteString(tty, text); err != nil {
			t.Fatal(err)
		}
	}
	say("autoload -U compinit; compinit -u -D; source <(muster completion zsh); echo rea''dy\n")
	waitFor(t, "zsh", 20*time.Second, func() bool { return strings.Contains(screen.String(), "ready") })
	for _, tt := range []struct{ typed, want string }{
		{"echo muster; muster restart p/0 p/\t", "muster restart p/0 p/1"},
		{"muster attach sh\t", "muster attach shop"},
		{"muster restart \t\t", "2 processes"}, // both are listed, with what they are
	} {
		say(tt.typed)
		waitFor(t, tt.want, 20*time.Second, func() bool { return strings.Contains(screen.String(), tt.want) })
		say("\x15") // clears the line
	}
	d.muster("down", "--now")
}
