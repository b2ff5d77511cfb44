package main

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// terminal is a program in a tmux server of its own.
type terminal struct{ socket string }

// tmuxConf hides what is tmux's own.
const tmuxConf = "set -g status off\nset -g default-terminal tmux-256color\n"

// open starts a program in a terminal on the stage.
func (s *setting) open(z size, argv ...string) (*terminal, error) {
	if err := s.clear(); err != nil {
		return nil, err
	}
	t := &terminal{socket: s.path("tmux")}
	conf := s.path("tmux.conf")
	if err := os.WriteFile(conf, []byte(tmuxConf), 0o600); err != nil {
		return nil, err
	}
	args := []string{
		"-u", "-f", conf, "-S", t.socket,
		"new-session", "-d", "-x", strconv.Itoa(z.cols), "-y", strconv.Itoa(z.rows), "--",
	}
	cmd := exec.Command("tmux", append(args, argv...)...)
	cmd.Dir, cmd.Env = stage, s.env
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
	for range 600 { // a capture takes ten seconds; the server ends with the program
		if _, err := t.tmux("has-session"); err != nil {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	_, _ = t.tmux("kill-server") // hangs the program up
}

// press types keys, each of them once the one before has done something, as a person
// does: some open a screen that the next one is for.
func (t *terminal) press(keys ...string) error {
	for i, k := range keys {
		before, err := t.capture()
		if err != nil {
			return err
		}
		if _, err := t.tmux("send-keys", k); err != nil {
			return err
		}
		if k == "Escape" {
			time.Sleep(200 * time.Millisecond) // or it and the next key are read as one with Alt
		}
		if i == len(keys)-1 {
			continue
		}
		for range 20 { // a key may as well do nothing
			time.Sleep(50 * time.Millisecond)
			if now, err := t.capture(); err != nil || now != before {
				break
			}
		}
	}
	return nil
}

// until asks for something again and again until it is as it should be, for a minute
// and a half: a machine may be slow.
func until(found func() (bool, error)) (bool, error) {
	for end := time.Now().Add(90 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if yes, err := found(); yes || err != nil || time.Now().After(end) {
			return yes, err
		}
	}
}

// await waits for a text on the screen, and until gone is there no more.
func (t *terminal) await(text, gone *regexp.Regexp) error {
	var plain string
	found, err := until(func() (found bool, err error) {
		plain, err = t.tmux("capture-pane", "-p")
		return text.MatchString(plain) && (gone == nil || !gone.MatchString(plain)), err
	})
	if err == nil && !found {
		err = fmt.Errorf("cannot find %q, without %q, on the screen:\n%s", text, gone, strings.TrimSpace(plain))
	}
	return err
}

// capture returns what is on the screen, with its escape sequences.
func (t *terminal) capture() (string, error) {
	return t.tmux("capture-pane", "-e", "-N", "-p") // -N: colours reach to the end of a line
}
