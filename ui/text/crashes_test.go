package text

import (
	"strings"
	"testing"
	"time"

	"example.com/muster/profiling/crash"
	"example.com/muster/session"
)

// TestARowSaysWhatHelps: so does the list of crashes.
func TestARowSaysWhatHelps(t *testing.T) {
	rule := crash.RuleNoInput
	got := Crashes(
		[]session.KeptCrash{{CrashJSON: session.CrashJSON{ID: "c1", Process: "ask/0", Headline: "EOFError: EOF", Notes: []session.NoteJSON{{Text: "x", Rule: &rule}}}}},
		[]session.CrashRowJSON{{Pool: "ask", Count: 1, IDs: []string{"c1"}}},
		nil)
	if !strings.Contains(got, "  EOFError: EOF (its input is empty: --output pty)\n") {
		t.Errorf("the row says %s", got)
	}
}

// TestWhenAKindWasLast: a row of the list has the time of the last crash of its kind, also of
// one that was only counted.
func TestWhenAKindWasLast(t *testing.T) {
	noon := time.Date(2026, 11, 22, 12, 0, 0, 0, time.Local)
	for counted, want := range map[time.Duration]string{time.Minute: "12:01:00", 0: "12:00:00", -time.Minute: "12:00:00"} {
		got := Crashes(
			[]session.KeptCrash{{CrashJSON: session.CrashJSON{ID: "c1", At: session.Time(noon), Process: "train/0"}}},
			[]session.CrashRowJSON{{Pool: "train", Count: 41, Last: session.Time(noon.Add(counted)), IDs: []string{"c1"}}},
			nil)
		if !strings.Contains(got, "c1  Nov 22 "+want+"  train/0  41 ") {
			t.Errorf("%v later: %s", counted, got)
		}
	}
}
