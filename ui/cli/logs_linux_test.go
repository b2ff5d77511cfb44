package cli

import (
	"os"
	"testing"
)

// What was printed before the question is in the answer, also a moment before.
func TestLogsOfARunningSessionLackNothing(t *testing.T) {
	d := newDesk(t)
	config := "pools: {a: {command: 'echo hello; sleep 1000', ready: {log_line: hello}}}\n"
	if err := os.WriteFile(d.dir+"/muster.yaml", []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"up", "-d", "--session", "web"}, {"wait", "--for", "ready", "--timeout", "30s"}} {
		if _, stderr, code := d.muster(args...); code != 0 {
			t.Fatalf("%v: code %d, said %q", args, code, stderr)
		}
	}
	if out, stderr, code := d.muster("logs", "-n", "20"); out != "a/0 | hello\n" || code != 0 {
		t.Errorf("logs printed %q, said %q, code %d", out, stderr, code)
	}
	if _, stderr, code := d.muster("down"); code != 0 {
		t.Errorf("down: code %d, said %q", code, stderr)
	}
}
