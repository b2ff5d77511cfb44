package cli

import (
	"slices"
	"testing"

	"example.com/muster/procs"
	"example.com/muster/profiling/crash"
	"example.com/muster/session"
)

// TestFailuresBehindAScreen: a line for each of five kinds, and how many others there were; nothing
// where nothing has failed.
func TestFailuresBehindAScreen(t *testing.T) {
	var found session.Found
	add := func(name, headline string, count int) {
		seq := len(found.Crashes) + 1
		found.Crashes = append(found.Crashes, &crash.Report{
			Seq: seq, Headline: headline, More: crash.More{Name: name, Who: crash.Process{PIDRef: procs.PIDRef{PID: 100 + seq}}},
		})
		found.CrashRows = append(found.CrashRows, crash.Row{Pool: "p", Group: headline, Count: count, IDs: []int{seq}})
	}
	if got := failures(found, "s"); len(got) != 0 {
		t.Errorf("%q where all ended well", got)
	}
	add("p/0", "exit 3", 1)
	add("p/0/w-1", "ValueError: bad\x1b[31m width", 1200)
	want := []string{"p/0 (pid 101): exit 3", "p/0/w-1 (pid 102): ValueError: bad width, 1,200 times"}
	if got := failures(found, "s"); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	for range 5 {
		add("p/1", "exit 4", 2)
	}
	if got := failures(found, "s"); len(got) != maxFailures+1 || got[maxFailures] != "and 4 other crashes; muster crashes --all --session s tells all" {
		t.Errorf("%q", got)
	}
}
