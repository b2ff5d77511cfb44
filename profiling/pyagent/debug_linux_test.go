package pyagent

import (
	"bufio"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.com/muster/procs"
)

// person debugs a process as one would at a terminal.
type person struct {
	t     *testing.T
	debug *Debug
	in    *io.PipeWriter
	out   *bufio.Reader
	over  chan error // of Talk
}

func breakIn(t *testing.T, pid int) *person {
	t.Helper()
	d, err := Break(procs.PIDRef{PID: pid})
	must(t, err)
	typed, in := io.Pipe()
	out, said := io.Pipe()
	p := &person{t: t, debug: d, in: in, out: bufio.NewReader(out), over: make(chan error, 1)}
	go func() {
		err := d.Talk(typed, said)
		_ = said.Close()
		_ = typed.Close()
		p.over <- errors.Join(err, d.Close())
	}()
	t.Cleanup(func() { _ = in.Close(); _ = out.Close() })
	p.prompt()
	return p
}

// prompt returns what is said before the next prompt.
func (p *person) prompt() string {
	p.t.Helper()
	var text strings.Builder
	for !strings.HasSuffix(text.String(), "(Pdb) ") {
		b, err := p.out.ReadByte()
		if err != nil {
			p.t.Fatalf("%v after %q", err, text.String())
		}
		text.WriteByte(b)
	}
	return text.String()
}

func (p *person) says(command string) {
	p.t.Helper()
	_, err := io.WriteString(p.in, command+"\n")
	must(p.t, err)
}

func (p *person) asks(command string) string {
	p.t.Helper()
	p.says(command)
	return p.prompt()
}

// interrupt interrupts until there is a prompt: one that comes while it still
// reads the command before is none.
func (p *person) interrupt() {
	p.t.Helper()
	prompted := make(chan struct{})
	go func() { // ends with the prompt, or with what is said
		defer close(prompted)
		p.prompt()
	}()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for late := time.After(time.Minute); ; {
		select {
		case <-prompted:
			return
		case <-again.C:
			must(p.t, p.debug.Interrupt())
		case <-late:
			p.t.Fatal("it does not stop again")
		}
	}
}

// left waits for the end of the conversation, and reads what is said till then.
func (p *person) left() {
	p.t.Helper()
	_, err := io.Copy(io.Discard, p.out)
	must(p.t, err)
	select {
	case err := <-p.over:
		must(p.t, err)
	case <-time.After(time.Minute):
		p.t.Fatal("the process does not let go")
	}
}

// TestBreak: in a worker of a pool one can step, print and go on; the pool's
// result is right, and nothing is left in the agent's directory.
func TestBreak(t *testing.T) {
	eachPython(t, func(t *testing.T, python string) {
		a := install(t)
		c := talk(t, a.Environ(plainEnviron(), ""), python, "testdata/pool.py")
		first, _, _ := strings.Cut(c.line(t), " ")
		pid, err := strconv.Atoi(first)
		must(t, err)
		p := breakIn(t, pid)
		inWork := func() bool { // or it had no task yet
			where := p.asks("where")
			if strings.Contains(where, "<muster debugger>") { // on its way out of the debugger before
				t.Fatalf("a debugger stops in another one:\n%s", where)
			}
			return strings.Contains(where, "work()")
		}
		for i := 0; !inWork(); i++ {
			if i > 1000 {
				t.Fatal("the worker never works")
			}
			p.says("c")
			p.left()
			p = breakIn(t, pid)
		}
		if got := p.asks("p secret - 40"); !strings.Contains(got, "1") && !strings.Contains(got, "2") {
			t.Errorf("the secret is %q", got)
		}
		if got := p.asks("n"); !strings.Contains(got, "pool.py(") {
			t.Errorf("the next line is %q", got)
		}
		if got := p.asks("b 15"); !strings.Contains(got, "Breakpoint") {
			t.Errorf("no breakpoint: %q", got)
		}
		if got := p.asks("c"); !strings.Contains(got, "-> return after") {
			t.Errorf("it stopped at %q", got)
		}
		p.says("q")
		p.left()
		if got := c.line(t); got != "170" {
			t.Errorf("the pool's result is %q", got)
		}
		c.end(t)
		if left, err := filepath.Glob(filepath.Join(a.dir, "debug-*")); err != nil || len(left) > 0 {
			t.Errorf("%v %v is left", left, err)
		}
	})
}

// TestBreakInACall: a sleep that a debugger interrupts goes on, and so does a
// program whose debugger's terminal has gone. One can interrupt it again.
func TestBreakInACall(t *testing.T) {
	eachPython(t, func(t *testing.T, python string) {
		a := install(t)
		c := talk(t, a.Environ(plainEnviron(), ""), python, "-c",
			"import sys\nsys.settrace(None)\nprint(flush=True)\ngot = sys.stdin.read()\nprint(repr(got), sys.gettrace(), 'readline' in sys.modules, flush=True)")
		c.line(t)
		p := breakIn(t, c.cmd.Process.Pid)
		p.says("n") // comes back only when it has read all
		p.interrupt()
		must(t, p.in.Close())
		p.left()
		p = breakIn(t, c.cmd.Process.Pid)
		must(t, p.debug.conn.Close())
		_, _ = io.Copy(io.Discard, p.out)
		<-p.over // with an error: the connection was cut
		_, err := io.WriteString(c.in, "words")
		must(t, err)
		must(t, c.in.Close())
		if got := c.line(t); got != "'words' None False" {
			t.Errorf("it said %q", got)
		}
		if err := c.cmd.Wait(); err != nil {
			t.Errorf("%v; stderr:\n%s", err, c.text)
		}
	})
}

// TestNoBreak: a program that cannot be reached is left as it is.
func TestNoBreak(t *testing.T) {
	eachPython(t, func(t *testing.T, python string) {
		a := install(t)
		const waits = "print(flush=True); sys.stdin.read()"
		for why, argv := range map[string][]string{
			"not loaded":   {python, "-I", "-c", "import sys; " + waits},
			"signal 59":    {python, "-c", "import sys, signal; signal.pthread_sigmask(signal.SIG_BLOCK, [59]); " + waits},
			"not answered": {python, "-c", "import sys, signal; signal.signal(59, lambda *_: None); " + waits},
		} {
			c := talk(t, a.Environ(plainEnviron(), ""), argv...)
			c.line(t)
			if _, err := Break(procs.PIDRef{PID: c.cmd.Process.Pid}); !errors.Is(err, ErrNoDebugger) || !strings.Contains(err.Error(), why) {
				t.Errorf("want %q, got %v", why, err)
			}
			c.end(t)
		}
		c := talk(t, plainEnviron(), python, "-c", "import sys; "+waits)
		c.line(t)
		if _, err := Break(procs.PIDRef{PID: c.cmd.Process.Pid}); !errors.Is(err, ErrNoDebugger) {
			t.Errorf("without an agent: %v", err)
		}
		c.end(t)
		if _, err := Break(procs.PIDRef{PID: c.cmd.Process.Pid}); !errors.Is(err, os.ErrProcessDone) {
			t.Errorf("one that has ended: %v", err)
		}
	})
}
