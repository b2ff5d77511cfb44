package capture

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"example.com/muster/procs"
)

// The test binary plays the programs that are profiled: the part is in this
// variable, its arguments are in the one after it.
const (
	partEnv = "MUSTER_CAPTURE_PART"
	argsEnv = "MUSTER_CAPTURE_ARGS"
)

// parts are what can be played. Each says "ready" and more with [say] when it
// is, and goes on until the end of standard input.
var parts = map[string]func(args []string){}

func TestMain(m *testing.M) {
	if part := parts[os.Getenv(partEnv)]; part != nil {
		part(strings.Fields(os.Getenv(argsEnv)))
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// say tells the test.
func say(a ...any) { fmt.Println(a...) }

// untilTold returns when the test wants the part to end.
func untilTold() { io.Copy(io.Discard, os.Stdin) }

// program is a child that plays a part.
type program struct {
	*exec.Cmd
	in  io.WriteCloser
	out *bufio.Scanner
}

// play starts a part and waits until it is ready; more is for its environment.
func play(t *testing.T, part, args string, more ...string) *program {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(append(os.Environ(), partEnv+"="+part, argsEnv+"="+args), more...)
	return launch(t, cmd)
}

// launch starts a program and waits until it is ready.
func launch(t *testing.T, cmd *exec.Cmd) *program {
	t.Helper()
	p := &program{Cmd: cmd}
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.in, p.out = in, bufio.NewScanner(out)
	t.Cleanup(func() { p.end() })
	if !p.out.Scan() || !strings.HasPrefix(p.out.Text(), "ready") {
		t.Fatalf("the program says %q", p.out.Text())
	}
	return p
}

// end lets the program end, and returns what it said until then.
func (p *program) end() (said []string) {
	if p.in == nil {
		return nil
	}
	p.in.Close()
	p.in = nil
	for p.out.Scan() {
		said = append(said, p.out.Text())
	}
	p.Wait()
	return said
}

// subject names a program as a slot of a pool.
func (p *program) subject(pool string, slot int) Subject {
	return Subject{procs.PIDRef{PID: p.Process.Pid}, pool, fmt.Sprintf("%s/%d", pool, slot)}
}
