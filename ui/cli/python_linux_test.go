package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.com/muster/session"
)

// poolProgram is what muster is for: a Pool of four, a Queue, a Lock, and
// prints from each worker. It works until the file that it is told exists.
const poolProgram = `
import multiprocessing as mp, os, sys, time

def begin(lock, queue):
    global the_lock, the_queue
    the_lock, the_queue = lock, queue

def work(item):
    with the_lock:
        print("item", item, "is done by", os.getpid())
    the_queue.put(os.getpid())
    ballast = bytearray(32 << 20)
    while not os.path.exists(sys.argv[1]):
        sum(range(10_000))
    return item * item

if __name__ == "__main__":
    lock, queue = mp.Lock(), mp.Queue()
    with mp.Pool(4, begin, (lock, queue)) as pool:
        squares = pool.map_async(work, range(4), chunksize=1)
        print("workers", *sorted(queue.get() for _ in range(4)))
        print("sum", sum(squares.get()))
    sys.exit(5)
`

// inPython returns the command that runs a program of Python, which it writes
// to a file.
func inPython(t *testing.T, program string, args ...string) []string {
	t.Helper()
	script := filepath.Join(t.TempDir(), "prog.py")
	if err := os.WriteFile(script, []byte(program), 0o600); err != nil {
		t.Fatal(err)
	}
	return append([]string{python(t), script}, args...)
}

// python returns the Python that a test needs; the gate has one.
func python(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("needs python3")
	}
	return path
}

// TestAPythonPool: each worker is a row with its own CPU, memory and output,
// and the program's exit code is muster's.
func TestAPythonPool(t *testing.T) {
	gate := newGate(t)
	p := start(t, []string{"--session", "python", "--json", "--interval", "200ms"}, inPython(t, poolProgram, string(gate)), "PYTHONUNBUFFERED=")
	var workers []int
	awaitState(t, p, "python", func(ps session.PS) bool {
		for _, d := range ps.Pools[0].Processes[0].Descendants {
			busy := d.CPUPercent != nil && *d.CPUPercent > 0 && d.RSSBytes != nil && *d.RSSBytes > 32<<20
			if d.Role == "worker" && busy && !slices.Contains(workers, d.PID) { // not all at a time, if the machine is busy
				workers = append(workers, d.PID)
			}
		}
		return len(workers) == 4
	})
	gate.open(t)
	r := p.end(t)
	if r.code != 5 {
		t.Errorf("code %d, want the program's 5; stderr:\n%s", r.code, r.stderr)
	}
	slices.Sort(workers)
	lines := linesByPID(t, r.stdout)
	for _, pid := range workers {
		own := lines[pid]
		if want := fmt.Sprint(" is done by ", pid); len(own) != 1 || !strings.HasSuffix(own[0], want) {
			t.Errorf("worker %d printed %q, want one line that ends in %q", pid, own, want)
		}
	}
	want := []string{"workers " + strings.Trim(fmt.Sprint(workers), "[]"), "sum 14"}
	for pid, own := range lines {
		if !slices.Contains(workers, pid) && !slices.Equal(own, want) {
			t.Errorf("process %d printed %q, want %q", pid, own, want)
		}
	}
	if len(lines) != 5 {
		t.Errorf("%d processes printed, want the program and its four workers: %v", len(lines), lines)
	}
}

// linesByPID sorts the output events of `--json` by who wrote them.
func linesByPID(t *testing.T, events string) map[int][]string {
	t.Helper()
	lines := map[int][]string{}
	for line := range strings.Lines(events) {
		var e struct {
			Type, Text string
			PID        int
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%v in %q", err, line)
		}
		if e.Type == "output" {
			lines[e.PID] = append(lines[e.PID], e.Text)
		}
	}
	return lines
}
