package cli

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A barrier is no work, nor is the end of tasks: who waits there for long is to be looked at.
// Who waits for an event has nothing to do; and a barrier that is passed all the time is no
// hang, however often somebody is met at it.
func TestWhoWaitsAtABarrierHasNoIdleTime(t *testing.T) {
	t.Parallel() // it mostly waits
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("this test needs python3")
	}
	const start = `
import multiprocessing as mp, threading, time
mp.set_start_method("fork")
def twice(f):
    for _ in range(2):
        mp.Process(target=f).start()
`
	for _, tt := range []struct{ name, program, says, state string }{
		{"hangs", "b = mp.Barrier(3)\ntwice(b.wait)", "Barrier(3) made at p.py:7 ", "not all have come"},
		{"threads", "b = threading.Barrier(2)\nb.wait()", "a Barrier of threads awaited at ", "not all have come"},
		{"tasks", "q = mp.JoinableQueue()\nq.put(1)\nq.join()", "JoinableQueue made at p.py:7 ", "tasks are not done"},
		{"event", "e = mp.Event()\ntwice(e.wait)", "Event made at p.py:7 ", "value 0"},
		{"passed", "b = mp.Barrier(2)\ndef loop():\n    while True:\n        b.wait()\n        time.sleep(0.01)\ntwice(loop)", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t)
			file := filepath.Join(d.dir, "p.py")
			if err := os.WriteFile(file, []byte(start+tt.program+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			d.background("web", "python3", file)
			defer d.muster("down", "web", "--now")
			until := time.Now().Add(3 * time.Second) // for what is never told
			waitFor(t, tt.says+tt.state, 20*time.Second, func() bool {
				out, _, _ := d.muster("locks", "--all", "--json")
				var list struct {
					Locks []struct {
						Name, State            string
						Idle, Contended, Quiet bool
						Waiters                []struct{}
					}
					Deadlocks []struct{}
				}
				if err := json.Unmarshal([]byte(out), &list); err != nil {
					t.Fatalf("%v: %s", err, out)
				}
				if len(list.Deadlocks) > 0 {
					t.Fatalf("a deadlock: %s", out)
				}
				for _, l := range list.Locks {
					if l.State == tt.state && strings.HasPrefix(l.Name, tt.says) && len(l.Waiters) > 0 {
						idle := tt.name == "event"
						if l.Idle != idle || l.Contended {
							t.Errorf("got %+v", l)
						}
						return l.Quiet == idle // a lock of threads is told once two looks have seen it
					}
				}
				return tt.says == "" && time.Now().After(until)
			})
		})
	}
}
