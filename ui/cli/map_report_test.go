package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/muster/procs"
	"example.com/muster/procs/task"
	"example.com/muster/procs/task/plan"
)

// TestTheLineOfProgress: an estimate is not told to less than a second, what it took in the end is.
func TestTheLineOfProgress(t *testing.T) {
	began := time.Unix(1e9, 0)
	p := &task.Progress{
		Started: began, At: began.Add(1953 * time.Millisecond), Counts: plan.Counts{OK: 3, Failed: 1, Running: 2}, Total: 8, TotalKnown: true, Rate: 2.05,
		ETA: 1900 * time.Millisecond, ETALow: 700 * time.Microsecond, ETAHigh: 3 * time.Second,
	}
	if got, want := progressLine(p), "map 4/8 50% | 1 failed | 2 running | 2.0/s | ETA 1s (1s to 3s)"; got != want {
		t.Errorf("under way it is %q, want %q", got, want)
	}
	before := *p
	p.Paused, p.Rate, p.ETA, p.ETALow, p.ETAHigh = true, 0, 0, 0, 0
	if got, want := progressLine(p), "map 4/8 50% | 1 failed | 2 running | paused"; got != want {
		t.Errorf("paused it is %q, want %q", got, want)
	}
	*p = before
	p.Ended, p.Running, p.OK = true, 0, 7
	if got, want := progressLine(p), "map 8/8 100% | 1 failed | 0 running | 2.0/s | 1.9s"; got != want {
		t.Errorf("in the end it is %q, want %q", got, want)
	}
}

// TestTheHintForWhatItemsLacked: it goes by what an item could not be started without, not by
// what its program has said.
func TestTheHintForWhatItemsLacked(t *testing.T) {
	for _, c := range []struct {
		group task.FailureGroup
		hint  string
	}{
		{task.FailureGroup{Kind: "too many open files", Message: "too many open files", Lacks: procs.LacksFiles}, "ulimit -n"},
		{task.FailureGroup{Kind: "k", Message: "resource temporarily unavailable", Lacks: procs.LacksProcesses}, "ulimit -u"},
		{task.FailureGroup{Kind: "k", Message: "cannot allocate memory", Lacks: procs.LacksMemory}, "ulimit -v"},
		{task.FailureGroup{Kind: "RuntimeError", Message: "RuntimeError: proxy said: too many open files"}, ""},
	} {
		name := filepath.Join(t.TempDir(), "stderr")
		file, err := os.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		c.group.Count = 1
		r := newMapReport(&app{stdout: file, stderr: file}, &mapFlags{})
		r.end(&task.Progress{Counts: plan.Counts{Failed: 1}, Failures: []task.FailureGroup{c.group}}, 0, nil)
		_ = file.Close()
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, hint, told := strings.Cut(string(text), "hint: "); told != (c.hint != "") || !strings.Contains(hint, c.hint) {
			t.Errorf("%+v gives the hint %q, want one of %q", c.group, hint, c.hint)
		}
	}
}
