package session

import (
	"context"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"example.com/muster/procs"
)

// metrics asks a session for its metrics in a format.
func metrics(s *Session, accept string) string {
	r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
	r.Header.Set("Accept", accept)
	w := httptest.NewRecorder()
	s.Metrics().ServeHTTP(w, r)
	return w.Body.String()
}

// value returns the value of a series, or -1.
func value(t *testing.T, text, series string) float64 {
	t.Helper()
	m := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(series) + ` (\S+)$`).FindStringSubmatch(text)
	if m == nil {
		return -1
	}
	v, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestMetricsCount: the counters of a slot go on over its restarts, and its
// state is one of all.
func TestMetricsCount(t *testing.T) {
	spec := procs.Spec{Name: "p", Argv: []string{"/bin/sh", "-c", `echo hello; printf 123; i=0; while :; do i=$((i+1)); done`}, Output: procs.OutputPipe}.WithDefaults()
	s, end := live(t, spec)
	defer end()
	const bytes, lines, cpu, restarts = `muster_process_output_bytes_total{pool="p",slot="0"}`, `muster_process_output_lines_total{pool="p",slot="0"}`,
		`muster_process_cpu_seconds_total{pool="p",slot="0"}`, `muster_process_restarts_total{pool="p",slot="0"}`
	until(t, "CPU time and output", func() bool {
		text := metrics(s, "")
		return value(t, text, cpu) > 0 && value(t, text, bytes) == 9
	})
	before := value(t, metrics(s, ""), cpu)
	if err := s.Do(context.Background(), procs.Restart{IDs: []procs.ID{{Pool: "p"}}}); err != nil {
		t.Fatal(err)
	}
	until(t, "output of the second run", func() bool {
		text := metrics(s, "")
		if v := value(t, text, cpu); v < before {
			t.Fatalf("the CPU time fell from %v to %v", before, v)
		}
		return value(t, text, bytes) == 18 && value(t, text, `muster_process_state{pool="p",slot="0",state="running"}`) == 1
	})
	text := metrics(s, "")
	if n := value(t, text, lines); n < 3 {
		t.Errorf("%v lines", n)
	}
	if n := value(t, text, restarts); n != 0 {
		t.Errorf("%v restarts; those by hand do not count", n)
	}
	if n := strings.Count(text, `muster_process_state{pool="p",slot="0",state="`); n != len(allStates) {
		t.Errorf("%d states", n)
	}
	for _, st := range allStates {
		if v := value(t, text, `muster_process_state{pool="p",slot="0",state="`+string(st)+`"}`); v != truth(st == procs.Running) {
			t.Errorf("state %s: %v", st, v)
		}
	}
}

// TestMetricsAreValid: each family is told once, with its type, every counter
// ends in _total and every unit in the name, and the end is marked.
func TestMetricsAreValid(t *testing.T) {
	s, end := live(t, sleeper("p"), sleeper("q"))
	defer end()
	until(t, "a sample", func() bool { return s.Snapshot().Pools[0].Slots[0].Sample.Own.RSSBytes > 0 })
	text := metrics(s, "application/openmetrics-text; version=1.0.0")
	if !strings.HasSuffix(text, "\n# EOF\n") {
		t.Errorf("it ends in %q", text[len(text)-20:])
	}
	types := map[string]string{}
	family := ""
	for _, line := range strings.Split(strings.TrimSuffix(text, "\n# EOF\n"), "\n") {
		f := strings.Fields(line)
		switch {
		case f[0] == "#" && f[1] == "TYPE":
			if types[f[2]] != "" {
				t.Errorf("%s is told twice", f[2])
			}
			family, types[f[2]] = f[2], f[3]
		case f[0] == "#" && f[1] == "UNIT" && (f[2] != family || !strings.HasSuffix(f[2], "_"+f[3])):
			t.Errorf("after %s: %s", family, line)
		case f[0] != "#":
			name, _, _ := strings.Cut(f[0], "{")
			if counter := types[family] == "counter"; counter != (name == family+"_total") || !counter && name != family {
				t.Errorf("in %s, a %s: %s", family, types[family], line)
			}
		}
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	if _, err := parser.TextToMetricFamilies(strings.NewReader(metrics(s, "text/plain"))); err != nil {
		t.Error(err)
	}
}

// TestMetricsOfNothing: a session without slots answers, too.
func TestMetricsOfNothing(t *testing.T) {
	s, end := live(t)
	defer end()
	if text := metrics(s, ""); !strings.Contains(text, `muster_crashes_total 0.0`) || !strings.HasSuffix(text, "# EOF\n") {
		t.Errorf("it answers %s", text)
	}
}
