package cli

import (
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"example.com/muster/session"
)

// TestWhatEndsMean reads in the report what became of a process, from those who
// know it: its parent, its children, its pool.
func TestWhatEndsMean(t *testing.T) {
	const lost = `
import multiprocessing, os, signal, sys, threading
def work(n):
    if n == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return n
if __name__ == "__main__":
    multiprocessing.get_context("fork").Pool(2).map(work, range(4), chunksize=1)
`
	const broken = `
import concurrent.futures, multiprocessing, os, signal
def work(n):
    os.kill(os.getpid(), signal.SIGKILL)
if __name__ == "__main__":
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("fork")) as pool:
        pool.submit(work, 1).result()
`
	for _, tt := range []struct {
		name, script           string
		command                []string
		worker, stays          bool
		cause, certainty, told string
	}{
		{name: "lost task", script: lost, worker: true, stays: true, cause: "lost_task", certainty: "certain", told: "its result will never come"},
		{name: "broken pool", script: broken, worker: true, cause: "killed", certainty: "likely", told: "BrokenProcessPool"},
		{name: "137 of a shell", command: []string{"sh", "-c", `sh -c 'kill -KILL $$'; exit $?`}, cause: "exit", certainty: "certain", told: "its child"},
		{name: "137 of its own", command: []string{"sh", "-c", "exit 137"}, cause: "exit", certainty: "certain", told: "exit 137"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			command := tt.command
			if tt.script != "" {
				command = inPython(t, tt.script)
			}
			p := start(t, []string{"--session", "ends", "--grace", "1s"}, command)
			if tt.stays {
				waitFor(t, "the crash", time.Minute, func() bool {
					ask := exec.Command(os.Args[0], "crashes", "--json", "--session", "ends")
					ask.Env = p.cmd.Env
					out, err := ask.Output()
					return err == nil && strings.Contains(string(out), tt.cause)
				})
				if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
					t.Fatal(err)
				}
			}
			p.end(t)
			b, err := os.ReadFile(p.dir + "/report.json")
			if err != nil {
				t.Fatal(err)
			}
			var report struct{ Crashes []session.CrashJSON }
			if err := json.Unmarshal(b, &report); err != nil {
				t.Fatal(err)
			}
			for i := range report.Crashes {
				c := &report.Crashes[i]
				if strings.Count(c.Process, "/") == 2 != tt.worker {
					continue
				}
				all := c.Headline + asText(c.Notes)
				if string(c.Cause) != tt.cause || string(c.Certainty) != tt.certainty || !strings.Contains(all, tt.told) || strings.Contains(all, "OOM") {
					t.Errorf("%s, %s: %s", c.Cause, c.Certainty, all)
				}
				return
			}
			t.Errorf("there is no such crash in %s", b)
		})
	}
}
