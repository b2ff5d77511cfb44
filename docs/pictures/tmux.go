package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// terminal is a program in a tmux server of its own.
type terminal struct {
	socket string
}

// tmuxConf hides what is tmux's own.
const tmuxConf = "set -g status off\nset -g default-terminal tmux-256color\n"

// open starts a program in a terminal. dir is for its files; the program's
// own go there too, and not into the user's.
func open(dir string, s size, argv ...string) (*terminal, error) {
	t := &terminal{socket: filepath.Join(dir, "tmux-"+s.String())}
	conf := filepath.Join(dir, "tmux.conf")
	if err := os.WriteFile(conf, []byte(tmuxConf), 0o600); err != nil {
		return nil, err
	}
	state := filepath.Join(dir, "state")
	if err := os.RemoveAll(state); err != nil { // each scene begins without a past: crashes are numbered on
		return nil, err
	}
	args := []string{
		"-u", "-f", conf, "-S", t.socket,
		"new-session", "-d", "-x", strconv.Itoa(s.cols), "-y", strconv.Itoa(s.rows), "--",
	}
	cmd := exec.Command("tmux", append(args, argv...)...)
	cmd.Env = append(os.Environ(), "COLORTERM=truecolor", "LANG=C.UTF-8", "LC_ALL=C.UTF-8", "PATH="+dir+":"+os.Getenv("PATH"),
		"TRUTH=/dev/null",
		"XDG_STATE_HOME="+state, "XDG_CONFIG_HOME="+filepath.Join(dir, "config"), "XDG_RUNTIME_DIR="+filepath.Join(dir, "run"), "MUSTER_NO_TOUR=true")
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("cannot start tmux: %w: %s", err, out)
	}
	return t, nil
}

func (t *terminal) tmux(args ...string) (string, error) {
	out, err := exec.Command("tmux", append([]string{"-u", "-S", t.socket}, args...)...).Output()
	if err != nil {
		return "", fmt.Errorf("cannot ask tmux to %s (has the program ended?): %w", args[0], err)
	}
	return string(out), nil
}

// close leaves the program as a user does, and ends the server.
func (t *terminal) close() {
	for _, key := range []string{"q", "y"} {
		_ = t.press(key) // it may have ended
	}
	for range 600 { // a capture takes ten seconds // the server ends with the program
		if _, err := t.tmux("has-session"); err != nil {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	_, _ = t.tmux("kill-server") // hangs the program up
}

func (t *terminal) press(keys ...string) error {
	for _, k := range keys {
		if _, err := t.tmux("send-keys", k); err != nil {
			return err
		}
	}
	return nil
}

// settle lets the program run until there is something to see.
func (t *terminal) settle(warmUp time.Duration) error {
	if err := t.await(first); err != nil {
		return err
	}
	time.Sleep(warmUp)
	return nil
}

// await waits for a text on the screen.
func (t *terminal) await(re *regexp.Regexp) error {
	var plain string
	for range 600 { // a capture takes ten seconds
		var err error
		if plain, err = t.tmux("capture-pane", "-p"); err != nil {
			return err
		}
		if re.MatchString(plain) {
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return fmt.Errorf("cannot find %q on the screen:\n%s", re, strings.TrimSpace(plain))
}

// take goes to a screen, returns what is on it with its escape sequences, and goes back.
func (t *terminal) take(s shot) (string, error) {
	if err := t.press(s.keys...); err != nil {
		return "", err
	}
	if err := t.await(s.shows); err != nil {
		return "", err
	}
	time.Sleep(300 * time.Millisecond)                        // a frame may be half drawn
	captured, err := t.tmux("capture-pane", "-e", "-N", "-p") // -N: colours reach to the end of a line
	if err != nil {
		return "", err
	}
	return captured, t.press(s.back...)
}
