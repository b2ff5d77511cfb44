package native

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"example.com/muster/profiling/peek"
)

// goBuild builds a program of testdata.
func goBuild(t *testing.T, dir, cgo string, flags ...string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), dir)
	cmd := exec.Command("go", append(append([]string{"build", "-o", out}, flags...), "./testdata/"+dir)...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED="+cgo)
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return out
}

// TestGoSystemCall: the stack of a goroutine in a system call is whole, with
// lines, by the table that even a stripped program has.
func TestGoSystemCall(t *testing.T) {
	for name, flags := range map[string][]string{"plain": nil, "stripped": {"-ldflags=-s -w"}, "pie": {"-buildmode=pie"}, "unoptimized": {"-gcflags=-N -l"}} {
		t.Run(name, func(t *testing.T) {
			prog := goBuild(t, "goflock", "0", flags...)
			c := start(t, unix.SYS_FLOCK, prog, filepath.Join(t.TempDir(), "lock"))
			s := Symbols{Patience: time.Hour}
			defer s.Close()
			frames, note := c.stack(t, &s)
			take, main := index(frames, "main.take"), index(frames, "main.main")
			if note != "" || take < 2 || main != take+1 || frames[take].Line != 20 || frames[main].Line != 39 ||
				filepath.Base(frames[main].File) != "main.go" || frames[len(frames)-1].Function != "runtime.main" {
				t.Errorf("note %q\n%s", note, show(frames))
			}
			parked(t, c, &s)
		})
	}
}

// TestGoroutine: the stack of a goroutine ends with what its go statement calls.
func TestGoroutine(t *testing.T) {
	c := start(t, unix.SYS_FLOCK, goBuild(t, "goflock", "0"), filepath.Join(t.TempDir(), "lock"), "go")
	s := Symbols{Patience: time.Hour}
	defer s.Close()
	frames, note := c.stack(t, &s)
	if last := len(frames) - 1; note != "" || last < 3 || frames[last].Function != "main.main.gowrap1" || frames[last-1].Function != "main.hold" || frames[last-2].Function != "main.take" {
		t.Errorf("note %q\n%s", note, show(frames))
	}
}

// parked looks at the other threads: they wait in the runtime for work, and
// that is said.
func parked(t *testing.T, c *child, s *Symbols) {
	t.Helper()
	tasks, err := os.ReadDir("/proc/" + strconv.Itoa(c.p.Ref.PID) + "/task")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, task := range tasks {
		other := *c
		other.tid, _ = strconv.Atoi(task.Name())
		b, _ := os.ReadFile("/proc/" + strconv.Itoa(c.p.Ref.PID) + "/task/" + task.Name() + "/syscall")
		if !strings.HasPrefix(string(b), strconv.Itoa(unix.SYS_FUTEX)+" ") {
			continue
		}
		other.regs = blockedIn(t, c.p.Ref.PID, other.tid, unix.SYS_FUTEX)
		frames, note := other.stack(t, s)
		if len(frames) < 3 || frames[0].Function != "runtime.futex" || note != schedulerNote {
			t.Errorf("note %q\n%s", note, show(frames))
		}
		found++
	}
	if found == 0 {
		t.Error("no thread waits for work")
	}
}

// TestGoInC: what a goroutine calls in C is told up to the call.
func TestGoInC(t *testing.T) {
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Skip("needs gcc")
	}
	for _, flags := range [][]string{nil, {"-ldflags=-s -w"}} {
		c := start(t, unix.SYS_READ, goBuild(t, "gocgo", "1", flags...))
		s := Symbols{Patience: time.Hour}
		defer s.Close()
		frames, note := c.stack(t, &s)
		if flags == nil && (index(frames, "c_waits") != 1 || frames[len(frames)-1].Function != "runtime.asmcgocall" || !strings.Contains(note, "called from Go")) {
			t.Errorf("note %q\n%s", note, show(frames))
		}
		if note == "" || len(frames) < 3 {
			t.Errorf("stripped: note %q\n%s", note, show(frames))
		}
	}
}

// TestGoProgram: Go programs are told from others, and from those that serve their
// profiles; that they are recognised is what the tests of goroutines rest on.
func TestGoProgram(t *testing.T) {
	for _, c := range []struct {
		prog      string
		args      []string
		call      int
		is, pprof bool
	}{
		{goBuild(t, "goflock", "0", "-ldflags=-s -w"), []string{filepath.Join(t.TempDir(), "lock")}, unix.SYS_FLOCK, true, false},
		{build(t, "-O0"), []string{"read", "main"}, unix.SYS_READ, false, false},
	} {
		p := start(t, c.call, c.prog, c.args...)
		if is, pprof, err := GoProgram(p.p); err != nil || is != c.is || pprof != c.pprof {
			t.Errorf("%s: go %v, pprof %v, %v", filepath.Base(c.prog), is, pprof, err)
		}
		p.end()
		if _, _, err := GoProgram(p.p); !errors.Is(err, peek.ErrGone) {
			t.Errorf("a program that has ended: %v", err)
		}
	}
}
