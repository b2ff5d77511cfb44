package cli

import (
	"strings"
	"testing"
)

// forksProgram forks at one place while a thread has a lock, three times, and once
// when it is gone. The children that wait for the lock are killed.
const forksProgram = `
import os, signal, threading

lock, locked, end = threading.Lock(), threading.Event(), threading.Event()

def hold():
    with lock:
        locked.set()
        end.wait()

def child():
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.write(write, b"x")
        lock.acquire()
        os._exit(0)
    os.read(read, 1)
    return pid

holder = threading.Thread(target=hold, name="holder")
holder.start()
locked.wait()
for _ in range(3):
    pid = child()
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
end.set()
holder.join()
os.waitpid(child(), 0)
`

// TestForksAmongThreads: whoever forks while a thread has a lock is told so, once for
// each place, and why the child hung stands on the card of its end.
func TestForksAmongThreads(t *testing.T) {
	r := run(t, []string{"--name", "serve"}, inPython(t, forksProgram))
	const where = "at prog.py:13 "
	told := "serve/0: it forks " + where + "(fork) while 1 other thread runs (holder): what other threads have locked"
	if n := strings.Count(r.stderr, told); n != 1 || strings.Count(r.stderr, "forks at") != 1 {
		t.Errorf("%d times: %q, in\n%s", n, told, r.stderr)
	}
	killed := 0
	for i := range r.report.Crashes {
		if strings.Contains(asText(r.report.Crashes[i].Notes), "it was forked "+where+"while 1 other thread ran in its parent") {
			killed++
		}
	}
	if killed != 3 || len(r.report.Crashes) != 3 {
		t.Errorf("of %d crashes %d say how they were forked: %s", len(r.report.Crashes), killed, asText(r.report.Crashes))
	}
}
