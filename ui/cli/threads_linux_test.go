package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/muster/session"
)

// TestThreadsThatFailAtOnce: what threads print into each other's lines is told once by the
// agent, whatever the mode of the output, and without it under no name that is none.
func TestThreadsThatFailAtOnce(t *testing.T) {
	for _, flags := range [][]string{{"--output", "by-writer"}, {"--output", "pipe"}, {"--output", "pty"}, {"--no-agent"}, {"--no-agent", "--output", "pipe"}} {
		for _, how := range []string{"once", "torn"} {
			script := filepath.Join("..", "..", "testdata", "crashes", "py", "threads.py")
			r := run(t, append([]string{"--name", "poll"}, flags...), []string{python(t), script, how}, "TRUTH=/dev/null", "PYTHONDONTWRITEBYTECODE=1")
			told := asText(r.report.Crashes)
			if strings.Contains(told, "name is not known") {
				t.Errorf("%v, %s: %s", flags, how, told)
			}
			if agent := flags[0] != "--no-agent"; agent && (len(r.report.Crashes) != 5 || len(r.report.CrashRows) != 1 || r.report.CrashRows[0].Count != 5) {
				t.Errorf("%v, %s: %d crashes: %s in rows %s", flags, how, len(r.report.Crashes), told, asText(r.report.CrashRows))
			}
		}
	}
}

// TestEachExceptionIsCounted: of many alike all are counted, at once and in what is left on
// disk, also those of which nothing was told but at the program's end.
func TestEachExceptionIsCounted(t *testing.T) {
	const script = `
import threading
def fails():
    raise KeyError("x")
for _ in range(40):
    t = threading.Thread(target=fails)
    t.start()
    t.join()
`
	d := newDesk(t)
	report := filepath.Join(d.dir, "report.json")
	if _, stderr, code := d.muster("run", "--no-tui", "--session", "s", "--report", report, "--", python(t), "-c", script); code != 0 {
		t.Fatalf("code %d, said %q", code, stderr)
	}
	var r struct {
		Rows []session.CrashRowJSON `json:"crash_rows"`
	}
	text, err := os.ReadFile(report)
	if err != nil || json.Unmarshal(text, &r) != nil || len(r.Rows) != 1 || r.Rows[0].Count != 40 {
		t.Errorf("%v; the rows are %+v", err, r.Rows)
	}
	out, stderr, code := d.muster("crashes", "--all", "--session", "s", "--json")
	var kept struct{ Rows []session.CrashRowJSON }
	if err := json.Unmarshal([]byte(out), &kept); err != nil || code != 0 || len(kept.Rows) != 1 || kept.Rows[0].Count != 40 || kept.Rows[0].Last != r.Rows[0].Last {
		t.Errorf("%v, code %d, said %q; the rows that are kept are %+v, want those of %+v", err, code, stderr, kept.Rows, r.Rows)
	}
}
