package cli

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"example.com/muster/session"
)

// Who stops the last process of a session in the background, or scales it down
// to none, can start it again: the session ends with down, or when its
// processes have ended by themselves.
func TestABackgroundSessionOutlivesWhatIsStopped(t *testing.T) {
	d := newDesk(t)
	pid := d.background("web", "sleep", "1000")
	for _, tt := range []struct{ args, want []string }{
		{[]string{"stop", "p"}, []string{"stops p/0\n", "stopped"}},
		{[]string{"start", "p"}, []string{"starts p/0\n", "running"}},
		{[]string{"scale", "p", "0"}, []string{"scales p to 0 processes\n", ""}},
		{[]string{"scale", "p", "1"}, []string{"scales p to 1 process\n", "running"}},
		{[]string{"stop", "--all"}, []string{"stops p/0\n", "stopped"}},
	} {
		if out, stderr, code := d.muster(tt.args...); code != 0 || out != tt.want[0] {
			t.Fatalf("%q: code %d, printed %q, said %q", tt.args, code, out, stderr)
		}
		waitFor(t, fmt.Sprintf("%q to be done", tt.args), 10*time.Second, func() bool {
			out, stderr, code := d.muster("ps", "--json")
			if code != 0 {
				t.Fatalf("after %q: code %d, %s", tt.args, code, stderr)
			}
			return stateIn(t, out) == tt.want[1]
		})
	}
	if out, stderr, code := d.muster("down"); code != 0 || out != "session web has ended\n" {
		t.Errorf("down: code %d, printed %q, said %q", code, out, stderr)
	}
	waitFor(t, "its own process to be gone", 5*time.Second, func() bool { return !alive(pid) })
}

// stateIn is the state of the only process that ps --json tells of, "" of none.
func stateIn(t *testing.T, ps string) string {
	t.Helper()
	var told session.PS
	if err := json.Unmarshal([]byte(ps), &told); err != nil || len(told.Pools) != 1 {
		t.Fatalf("%v: %s", err, ps)
	}
	if len(told.Pools[0].Processes) == 0 {
		return ""
	}
	return string(told.Pools[0].Processes[0].State)
}
