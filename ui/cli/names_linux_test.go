package cli

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/muster/session"
)

// namesProgram starts three processes that live for as long as it is told, or until the
// file exists that is told; the second one fails.
const namesProgram = `
import multiprocessing as mp, os, sys, time

def work(i):
    print("hello from", mp.current_process().name)
    if os.path.isabs(sys.argv[1]):
        while not os.path.exists(sys.argv[1]):
            time.sleep(0.01)
    else:
        time.sleep(float(sys.argv[1]))
    sys.exit(3 if i == 1 else 0)

if __name__ == "__main__":
    mp.set_start_method(sys.argv[3])
    workers = [mp.Process(target=work, args=(i,), name=sys.argv[2].format(i)) for i in range(3)]
    for w in workers:
        w.start()
    for w in workers:
        w.join()
`

// namedWorkers are the labels of the workers in a document, by their numbers in it.
func namedWorkers(ps session.PS) (labels []string, byPID map[int]string) {
	byPID = map[int]string{}
	for _, d := range ps.Pools[0].Processes[0].Descendants {
		if d.Role == "worker" {
			labels = append(labels, d.Label)
			byPID[d.PID] = d.Label
		}
	}
	slices.Sort(labels)
	return labels, byPID
}

// TestWorkersAreCalledByTheirNames: a worker has the name that its program gave it in the
// report and in its crash, however short it lived; those of one name are numbered.
func TestWorkersAreCalledByTheirNames(t *testing.T) {
	for _, tt := range []struct {
		life, name, method string
		want               []string
	}{
		{"0", "loader-{}", "fork", []string{"loader-0", "loader-1", "loader-2"}},
		{"0.3", "loader-{}", "fork", []string{"loader-0", "loader-1", "loader-2"}},
		{"0.1", "dup", "fork", []string{"dup", "dup-2", "dup-3"}},
		{"0.1", "dup", "spawn", []string{"dup", "dup-2", "dup-3"}},
	} {
		r := run(t, []string{"--name", "q", "--interval", "10s"}, inPython(t, namesProgram, tt.life, tt.name, tt.method))
		got, byPID := namedWorkers(r.report.PS)
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s, %s, %s: the workers are %q, want %q", tt.life, tt.name, tt.method, got, tt.want)
		}
		if len(r.report.Crashes) != 1 || r.report.Crashes[0].PID == nil {
			t.Fatalf("the crashes are %+v, want one", r.report.Crashes)
		}
		c := r.report.Crashes[0]
		if label := byPID[*c.PID]; c.Process != "q/0/"+label {
			t.Errorf("%s, %s, %s: the crash is that of %s, the row of %d is %q", tt.life, tt.name, tt.method, c.Process, *c.PID, label)
		}
	}
}

// TestAlikeWorkersCanBeAskedFor: who has the name of another one is found by its own label.
func TestAlikeWorkersCanBeAskedFor(t *testing.T) {
	gate := newGate(t)
	p := start(t, []string{"--session", "alike", "--name", "q", "--interval", "200ms"}, inPython(t, namesProgram, string(gate), "dup", "fork"))
	want := []string{"dup", "dup-2", "dup-3"}
	awaitState(t, p, "alike", func(ps session.PS) bool {
		labels, _ := namedWorkers(ps)
		return slices.Equal(labels, want)
	})
	found := func(label string) bool {
		cmd := exec.Command(os.Args[0], "stacks", "--session", "alike", "q/0/"+label)
		cmd.Env = p.cmd.Env
		out, err := cmd.CombinedOutput()
		return err == nil && strings.Contains(string(out), "q/0/"+label)
	}
	for _, label := range want {
		waitFor(t, "the stacks of "+label, 10*time.Second, func() bool { return found(label) }) // it may be starting
	}
	if found("dup-4") {
		t.Error("there are stacks of dup-4")
	}
	gate.open(t)
	p.end(t)
}
