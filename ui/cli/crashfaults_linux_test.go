package cli

import (
	"bytes"
	"testing"
)

// TestTenThousandCrashesAreOneRow lets a shell start 10,000 commands that kill
// themselves. That is one row with a count; of the reports the first and the
// last few are kept, and muster needs no more memory than for a few.
func TestTenThousandCrashesAreOneRow(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes some seconds")
	}
	const n, most, room = 10_000, 64 << 20, 24 << 20
	loop := `i=0; while [ $i -lt $1 ]; do sh -c 'kill -SEGV $$'; i=$((i+1)); done 2>/dev/null; sleep 0.2`
	few := run(t, nil, []string{"sh", "-c", loop, "sh", "20"})
	many := run(t, []string{"--name", "many"}, []string{"sh", "-c", loop, "sh", "10000"})
	if rows := few.report.CrashRows; len(rows) != 1 || rows[0].Count != 20 {
		t.Errorf("of 20: %+v", rows)
	}
	rows := many.report.CrashRows
	if len(rows) != 1 || rows[0].Count != n || len(rows[0].IDs) != 5 || len(many.report.Crashes) != 5 {
		t.Errorf("%+v, %d reports", rows, len(many.report.Crashes))
	}
	for i := range many.report.Crashes {
		if c := &many.report.Crashes[i]; c.Exit == nil || c.Exit.Signal == nil || *c.Exit.Signal != "SIGSEGV" {
			t.Errorf("%+v", c)
		}
	}
	if !raceDetector && (many.peak > most || many.peak > few.peak+room) {
		t.Errorf("muster's peak was %d MiB for %d crashes, %d MiB for 20", many.peak>>20, n, few.peak>>20)
	}
	if got := bytes.Count([]byte(many.stderr), []byte("SIGSEGV")); got != n {
		t.Errorf("%d of %d are told as they happen", got, n)
	}
}
