package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/muster/profiling/debug"
	"example.com/muster/session"
)

// TestWhatIsDebuggedLives: while a debugger is attached to a process, or to a worker of
// it, its row says so, and no liveness probe restarts it; afterwards one does.
func TestWhatIsDebuggedLives(t *testing.T) {
	const loop = "import multiprocessing, time\ndef work():\n    while True: time.sleep(0.01)\n"
	const alone, worker = loop + "work()\n", loop + "if __name__ == '__main__':\n    p = multiprocessing.get_context('fork').Process(target=work, name='w')\n    p.start()\n    p.join()\n"
	for _, tt := range []struct {
		name, what, program, leave string
		command                    func(t *testing.T, script string) []string
	}{
		{"the pdb inside", "db/0", alone, "q\n", func(t *testing.T, script string) []string { return []string{pythonToDebug(t), script} }},
		{"the pdb in a worker", "db/0/w", worker, "q\n", func(t *testing.T, script string) []string { return []string{pythonToDebug(t), script} }},
		{"gdb", "db/0", "", "detach\nq\n", func(t *testing.T, _ string) []string {
			if debug.Find("gdb") == "" {
				t.Skip("this test needs gdb")
			}
			return []string{built(t, "gcc", "-g", "-O0", "-o", "EXE", "testdata/debug_native.c")}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t)
			d.write("loop.py", tt.program)
			argv, err := json.Marshal(tt.command(t, filepath.Join(d.dir, "loop.py")))
			if err != nil {
				t.Fatal(err)
			}
			d.write("muster.yaml", fmt.Sprintf("pools:\n  db:\n    command: %s\n    restart: always\n    stop: {grace: 100ms}\n"+
				"    live: {exec: 'echo x >>tries; test ! -e ill', every: 50ms, failures: 1}\n", argv))
			if _, stderr, code := d.muster("up", "-d", "--session", "web", "--interval", "100ms"); code != 0 {
				t.Fatalf("code %d, said %q", code, stderr)
			}
			state := func() (run int, debugged, there bool) {
				out, _, _ := d.muster("ps", "--json")
				var ps session.PS
				if json.Unmarshal([]byte(out), &ps) != nil || len(ps.Pools) == 0 {
					return 0, false, false
				}
				p := ps.Pools[0].Processes[0]
				if tt.what == p.Name {
					return p.Run, p.Debugged, p.PID != nil
				}
				for _, c := range p.Descendants {
					if p.Name+"/"+c.Label == tt.what {
						return p.Run, c.Debugged, true
					}
				}
				return p.Run, false, false
			}
			tries := func() int {
				b, _ := os.ReadFile(filepath.Join(d.dir, "tries")) // there may be none yet
				return strings.Count(string(b), "x")
			}
			awaiting := func(what string, ok func() bool) { t.Helper(); waitFor(t, what, time.Minute, ok) }

			awaiting("the process", func() bool { _, debugged, there := state(); return there && !debugged })
			debugger := exec.Command(os.Args[0], "debug", tt.what)
			debugger.Env, debugger.Dir = append(os.Environ(), d.env...), d.dir
			in, err := debugger.StdinPipe()
			if err == nil {
				err = debugger.Start()
			}
			if err != nil {
				t.Fatal(err)
			}
			awaiting("its row to say that it is debugged", func() bool { _, debugged, _ := state(); return debugged })
			d.write("ill", "")
			before := tries()
			awaiting("more tries", func() bool { return tries() > before+5 })
			if run, debugged, _ := state(); run != 1 || !debugged {
				t.Errorf("run %d, debugged %v: its probe said no", run, debugged)
			}
			if err := os.Remove(filepath.Join(d.dir, "ill")); err != nil {
				t.Fatal(err)
			}
			before = tries()
			awaiting("a try that succeeds", func() bool { return tries() > before+2 })
			if _, err := io.WriteString(in, tt.leave); err != nil {
				t.Error(err)
			}
			_ = in.Close()
			if err := debugger.Wait(); err != nil {
				t.Error(err)
			}
			awaiting("its row to say that it is not debugged", func() bool { _, debugged, there := state(); return there && !debugged })
			if run, _, _ := state(); run != 1 {
				t.Errorf("run %d: it was restarted", run)
			}
			d.write("ill", "")
			awaiting("the restart", func() bool { run, _, _ := state(); return run > 1 })
			if _, stderr, code := d.muster("down", "web", "--now"); code != 0 {
				t.Errorf("down: code %d, said %q", code, stderr)
			}
		})
	}
}
