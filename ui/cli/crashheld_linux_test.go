package cli

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// heldProgram has a worker that takes a lock and is killed with it, one that lets go of it
// before that, and one that wants the lock only once both are dead.
const heldProgram = `
import multiprocessing, os, signal, sys, time

def wait_for(path):
    while not os.path.exists(path):
        time.sleep(0.02)

def die(lock, keep):
    lock.acquire()
    time.sleep(1.5) # until somebody has looked
    if not keep:
        lock.release()
        time.sleep(1.5)
    os.kill(os.getpid(), signal.SIGKILL)

def want(lock):
    lock.acquire()

if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[2])
    kept, left = context.Lock(), context.Lock()
    both = [context.Process(target=die, args=(left, False), name="careful"), context.Process(target=die, args=(kept, True), name="careless")]
    for p in both: p.start()
    for p in both: p.join()
    last = context.Process(target=want, args=(kept,), name="late", daemon=True)
    last.start()
    wait_for(sys.argv[1])
`

// TestALockThatNobodyWaitedForIsMissed: who had a lock when it was last looked at, and has ended,
// is named when somebody waits for it at last, and its card has the lock; that of who had let
// go of another has none.
func TestALockThatNobodyWaitedForIsMissed(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"fork", "spawn"} {
		gate := newGate(t)
		p := start(t, []string{"--session", "held-" + method}, inPython(t, heldProgram, string(gate), method))
		waitFor(t, "the lock that is left", 20*time.Second, func() bool {
			cmd := exec.Command(os.Args[0], "crashes", "--json", "--session", "held-"+method)
			cmd.Env = p.cmd.Env
			out, err := cmd.Output()
			return err == nil && strings.Contains(string(out), `"abandoned":true`)
		})
		gate.open(t)
		r := p.end(t)
		for _, c := range r.report.Crashes {
			switch name := c.Process[strings.LastIndexByte(c.Process, '/')+1:]; name {
			case "careless":
				if len(c.Held) != 1 || !c.Held[0].Abandoned || !strings.Contains(c.Held[0].Name, "Lock made at ") {
					t.Errorf("%s: it held %s", method, asText(c.Held))
				}
			case "careful":
				if len(c.Held) != 0 {
					t.Errorf("%s: %s has let go of what it is said to hold: %s", method, name, asText(c.Held))
				}
			}
		}
		if len(r.report.Locks) == 0 || r.report.Locks[0].LastHolder == nil || !strings.HasSuffix(r.report.Locks[0].LastHolder.Process, "/careless") {
			t.Errorf("%s: the report says of the locks %s", method, asText(r.report.Locks))
		}
	}
}
