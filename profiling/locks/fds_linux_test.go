package locks

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"example.com/muster/procs"
	"example.com/muster/procs/procfs"
	"example.com/muster/profiling/locks/graph"
)

// TestAClosedEnd: whoever has closed its end of a pipe is not said to have it, from
// the next look on.
func TestAClosedEnd(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	run := func(stdin io.Reader, stdout *os.File, stderr io.Writer, argv ...string) procs.PIDRef {
		cmd := exec.Command(argv[0], argv[1:]...)
		cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, stdout, stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			_ = cmd.Process.Kill()
			_ = cmd.Wait() // killed
		})
		st, err := procfs.ReadStat(cmd.Process.Pid)
		if err != nil {
			t.Fatal(err)
		}
		return procs.PIDRef{PID: cmd.Process.Pid, StartTime: st.StartTime}
	}
	control, tell := files(t)
	heard, said := files(t)
	closes := run(control, w, said, "sh", "-c", "echo up >&2; read x; exec >&-; echo closed >&2; read y")
	keeps := run(nil, w, nil, "sleep", "1000")
	waits := run(r, nil, nil, "sh", "-c", "read x")
	_, _ = r.Close(), w.Close() // only they have it
	lines := bufio.NewReader(heard)
	line := func(want string) {
		t.Helper()
		if got, err := lines.ReadString('\n'); got != want+"\n" {
			t.Fatalf("said %q, %v", got, err)
		}
	}
	line("up")

	l := newLooker(t.Context(), Options{Eager: true})
	defer l.close()
	holders := func() (who []procs.PIDRef) {
		look := l.look(time.Now(), []procs.PIDRef{closes, keeps, waits})
		for _, wait := range look.Waits {
			if wait.PIDRef != waits {
				continue
			}
			i := slices.IndexFunc(look.Objects, func(o graph.Object) bool { return o.ID == wait.For })
			for _, h := range look.Objects[i].Holders {
				who = append(who, h.PIDRef)
			}
		}
		return who
	}
	both := []procs.PIDRef{closes, keeps}
	for deadline := time.Now().Add(10 * time.Second); !slices.Equal(holders(), both); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the pipe is held by %v, want %v", holders(), both)
		}
	}
	if _, err := tell.WriteString("\n"); err != nil {
		t.Fatal(err)
	}
	line("closed")
	if got := holders(); !slices.Equal(got, both[1:]) {
		t.Errorf("after %v has closed its end, the pipe is held by %v, want %v", closes, got, keeps)
	}
}

// files are a pipe's two ends, which the test closes.
func files(t *testing.T) (r, w *os.File) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = r.Close(), w.Close() }) // nothing can be lost
	return r, w
}
