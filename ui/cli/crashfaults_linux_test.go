package cli

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestTenThousandCrashesAreOneRow lets a shell start 10,000 commands that kill
// themselves. That is one row with a count; of the reports the first and the
// last few are kept, in bounded memory.
func TestTenThousandCrashesAreOneRow(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes some seconds")
	}
	const most = 64 << 20 // of muster itself, with all of its rings full
	n := 10_000
	if raceDetector { // which takes ten times as long
		n = 2000
	}
	loop := `i=0; while [ $i -lt $1 ]; do sh -c 'kill -SEGV $$'; i=$((i+1)); done 2>/dev/null; sleep 0.2`
	many := run(t, []string{"--name", "many"}, []string{"sh", "-c", loop, "sh", strconv.Itoa(n)})
	rows := many.report.CrashRows
	if len(rows) != 1 || rows[0].Count != n || len(rows[0].IDs) != 5 || len(many.report.Crashes) != 5 {
		t.Errorf("%+v, %d reports", rows, len(many.report.Crashes))
	}
	for i := range many.report.Crashes {
		if c := &many.report.Crashes[i]; c.Exit == nil || c.Exit.Signal == nil || *c.Exit.Signal != "SIGSEGV" {
			t.Errorf("%+v", c)
		}
	}
	if !raceDetector && many.peak > most {
		t.Errorf("muster's peak was %d MiB", many.peak>>20)
	}
	told := strings.Count(many.stderr, "SIGSEGV: ")
	for _, more := range regexp.MustCompile(`SIGSEGV: .*: ([0-9,]+) more of this kind in `).FindAllStringSubmatch(many.stderr, -1) {
		count, _ := strconv.Atoi(strings.ReplaceAll(more[1], ",", "")) // digits
		told += count - 1
	}
	if told != n {
		t.Errorf("%d of %d are told:\n%s", told, n, many.stderr)
	}
}
