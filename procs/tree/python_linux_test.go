package tree

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// poolScript starts three workers by the method that it is told, says when all
// of them work, and lets them go when its input ends.
const poolScript = `
import multiprocessing as mp, os, sys
def work(gate):
    gate.wait()
    gate.wait()
if __name__ == "__main__":
    ctx = mp.get_context(sys.argv[1])
    gate = ctx.Barrier(4)
    workers = [ctx.Process(target=work, args=(gate,)) for _ in range(3)]
    for w in workers: w.start()
    gate.wait()
    print("ready", os.getpid(), flush=True)
    sys.stdin.read()
    gate.wait()
    for w in workers: w.join()
`

// TestMultiprocessing runs real pools and expects their processes to be
// called what they are.
func TestMultiprocessing(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("needs python3")
	}
	script := filepath.Join(t.TempDir(), "pool.py")
	if err := os.WriteFile(script, []byte(poolScript), 0o600); err != nil {
		t.Fatal(err)
	}
	workers := []string{"1 worker worker-1", "1 worker worker-2", "1 worker worker-3"}
	nested := []string{"2 worker worker-1", "2 worker worker-2", "2 worker worker-3"}
	tracker := "1 resource_tracker resource_tracker"
	for method, want := range map[string][]string{
		"fork":       workers,
		"spawn":      append([]string{tracker}, workers...),
		"forkserver": append([]string{tracker, "1 forkserver forkserver"}, nested...),
	} {
		t.Run(method, func(t *testing.T) {
			modes(t, func(t *testing.T, tr *Tracker, _ bool) {
				p := start(t, "pool", exec.Command(python, script, method))
				tr.Add(p.run)
				p.ready()
				tr.Refresh(true)
				var got []string
				list := tr.Descendants(p.run.ID)
				defer p.reap(list)
				for _, d := range list {
					if d.Exit == nil {
						got = append(got, fmt.Sprint(d.Depth, " ", d.Role, " ", d.Label))
					}
				}
				if !slices.Equal(got, want) {
					t.Errorf("processes\n%q, want\n%q", got, want)
				}
			})
		})
	}
}
