package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestAKilledMusterLosesTheLastTenthOfASecondOnly kills a muster with SIGKILL
// while a child prints. What muster logs shows then is whole and in order, and
// ends less than 100 ms before the end.
func TestAKilledMusterLosesTheLastTenthOfASecondOnly(t *testing.T) {
	for _, tt := range []struct {
		name, interval, mode string
		size                 int64 // of what is printed until the end
	}{
		{"slowly", "7ms", "pipe", 2 << 10},
		{"slowly in a terminal", "7ms", "pty", 2 << 10},
		{"quickly", "0", "pipe", 2 << 20},
		{"quickly by writer", "0", "by-writer", 2 << 20},
	} {
		t.Run(tt.name, func(t *testing.T) {
			const tries = 5 // a machine may be too busy to do anything within 100 ms
			for i := range tries {
				err := loses(t, tt.interval, tt.mode, tt.size)
				if err == nil {
					return
				}
				if t.Logf("try %d: %v", i+1, err); errors.Is(err, errBroken) {
					break
				}
			}
			t.Fail()
		})
	}
}

var errBroken = errors.New("the log is broken")

// loses kills a muster and says what is not as promised.
func loses(t *testing.T, interval, mode string, size int64) error {
	diary := filepath.Join(t.TempDir(), "diary")
	p := start(t, []string{"--session", "crash", "--output", mode, "--name", "diary"}, child(t, "diary", diary, interval))
	waitFor(t, "the child to print", 30*time.Second, func() bool {
		info, err := os.Stat(diary)
		return err == nil && info.Size() > size
	})
	at := time.Now()
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = p.cmd.Wait() // killed
	waitFor(t, "the child's end", 30*time.Second, func() bool { return len(pidsWith(diary)) == 0 })

	logs := exec.Command(os.Args[0], "logs", "--session", "crash", "--prefix", "none")
	logs.Env, logs.Stderr = p.cmd.Env, os.Stderr
	out, err := logs.Output()
	if err != nil {
		t.Fatal(err)
	}
	kept := strings.SplitAfter(string(out), "\n")
	kept = kept[:len(kept)-1]
	b, err := os.ReadFile(diary)
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.SplitAfter(string(b), "\n") {
		begun := i == len(kept)-1 && strings.HasPrefix(line, strings.TrimSuffix(kept[i], "\n")) // it was read so far, and is kept so far
		if i < len(kept) && kept[i] != line && !begun {
			return fmt.Errorf("%w: line %d is %q, and was printed as %q", errBroken, i, kept[i], line)
		}
		_, stamp, _ := strings.Cut(strings.TrimSpace(line), " ")
		if printed, err := strconv.ParseInt(stamp, 10, 64); err == nil && (i >= len(kept) || kept[i] != line) {
			if age := at.Sub(time.Unix(0, printed)); age > 100*time.Millisecond {
				return fmt.Errorf("the log has %d lines; the one after them had been printed for %v", len(kept), age)
			}
			break
		}
	}
	return nil
}

// text is a value as its JSON.
func asText(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}
