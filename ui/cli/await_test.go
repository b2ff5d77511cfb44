package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// awaitTime is how long a script waits for a thing; then it is a fault, which
// is told, and no hang.
const awaitTime = time.Minute

// await is a command of the scripts: it repeats a shell command until that
// succeeds and its standard output matches each of the patterns.
//
//	await COMMAND [PATTERN...]
func await() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: await COMMAND [PATTERN...]")
		os.Exit(2)
	}
	out, err := awaited(awaitTime, os.Args[1], os.Args[2:]...)
	_, _ = os.Stdout.WriteString(out)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// awaited returns what the command printed when it was as wanted, or an error
// that tells what it last said.
func awaited(limit time.Duration, command string, patterns ...string) (string, error) {
	var wanted []*regexp.Regexp
	for _, p := range patterns {
		re, err := regexp.Compile("(?m)" + p)
		if err != nil {
			return "", fmt.Errorf("cannot await %q: %w", p, err)
		}
		wanted = append(wanted, re)
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	pause := time.NewTicker(50 * time.Millisecond)
	defer pause.Stop()
	last := ""
	for {
		out, said, err := tryOnce(ctx, command)
		missing := lacks(out, wanted)
		if err == nil && missing == "" {
			return out, nil
		}
		if ctx.Err() == nil || last == "" { // else it was cut off, and the one before says more
			last = fmt.Sprintf("%s%v", said, errors.Join(err, missingError(missing)))
		}
		select {
		case <-ctx.Done():
			return "", fmt.Errorf("await: not in %v: %s\nit last said:\n%s", limit, command, last)
		case <-pause.C:
		}
	}
}

// tryOnce runs the command, and ends it with all that it started when the time
// is over. It returns the standard output, and that with the standard error.
func tryOnce(ctx context.Context, command string) (out, said string, err error) {
	var stdout, stderr bytes.Buffer
	c := exec.CommandContext(ctx, "sh", "-c", command)
	c.Stdout, c.Stderr = &stdout, &stderr
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
	c.WaitDelay = time.Second
	err = c.Run()
	return stdout.String(), stdout.String() + stderr.String(), err
}

// lacks is the first pattern that the text does not match, or "".
func lacks(text string, wanted []*regexp.Regexp) string {
	for _, re := range wanted {
		if !re.MatchString(text) {
			return re.String()
		}
	}
	return ""
}

func missingError(pattern string) error {
	if pattern == "" {
		return nil
	}
	return fmt.Errorf("nothing matches %s", pattern)
}

func TestAwaitedTellsWhatItLastSaw(t *testing.T) {
	t.Parallel() // it mostly waits
	if out, err := awaited(awaitTime, "echo yes", "^y", "s$"); err != nil || out != "yes\n" {
		t.Errorf("%q, %v", out, err)
	}
	for command, want := range map[string]string{
		"echo no; echo why >&2":                 "no\nwhy\nnothing matches (?m)^yes$",
		"echo yes; echo but; exit 3":            "yes\nbut\nexit status 3",
		"echo no; sleep 1000 & echo hang; wait": "no\nhang\nsignal: killed",
	} {
		_, err := awaited(time.Second, command, "^yes$")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q in it", command, err, want)
		}
	}
}
