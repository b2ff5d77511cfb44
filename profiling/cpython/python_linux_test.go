package cpython

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"example.com/muster/procs"
	"example.com/muster/procs/procfs"
)

// installed lists every CPython that is covered and installed, the newest last:
// that of the system, and those of pyenv.
func installed() []string {
	var found []string
	for _, name := range []string{"/usr/bin/python3", "python3"} {
		if p, err := exec.LookPath(name); err == nil {
			found = append(found, p)
			break
		}
	}
	home, _ := os.UserHomeDir()
	for _, minors := range []string{"[89]", "1[0-4]"} {
		more, _ := filepath.Glob(filepath.Join(home, ".pyenv/versions/3."+minors+".*/bin/python3"))
		found = append(found, more...)
	}
	return found
}

// pythons runs a test with each of them.
func pythons(t *testing.T, run func(t *testing.T, python string)) {
	t.Helper()
	found := installed()
	if len(found) == 0 {
		t.Skip("needs python3")
	}
	for _, python := range found {
		name := "system"
		if strings.Contains(python, "/versions/") {
			name = filepath.Base(filepath.Dir(filepath.Dir(python)))
		}
		t.Run(name, func(t *testing.T) { run(t, python) })
	}
}

// program is a running program of a test, which prints lines and ends when its
// standard input does.
type program struct {
	t     testing.TB
	cmd   *exec.Cmd
	stdin io.WriteCloser
	out   *bufio.Reader
}

// start runs a program until the test ends.
func start(t testing.TB, name string, args ...string) *program {
	t.Helper()
	p := &program{t: t, cmd: exec.Command(name, args...)}
	p.cmd.Stderr = os.Stderr
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // its workers end with it
	p.cmd.Env = append(os.Environ(), "PYTHONUTF8=1", "PYTHONDONTWRITEBYTECODE=1")
	var err error
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.out = bufio.NewReader(out)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
		_ = p.stdin.Close()
		_ = p.cmd.Wait()
	})
	return p
}

// line returns the next line that the program prints.
func (p *program) line() string {
	p.t.Helper()
	line, err := p.out.ReadString('\n')
	if err != nil {
		p.t.Fatalf("%v printed no line: %v", p.cmd.Args, err)
	}
	return strings.TrimSuffix(line, "\n")
}

// json reads the next line as JSON.
func (p *program) json(v any) {
	p.t.Helper()
	line := p.line()
	if err := json.Unmarshal([]byte(line), v); err != nil {
		p.t.Fatalf("%q: %v", line, err)
	}
}

// next lets the program go on, and ends its next wait.
func (p *program) next() {
	p.t.Helper()
	if _, err := io.WriteString(p.stdin, "\n"); err != nil {
		p.t.Fatal(err)
	}
}

// end lets the program go on to its end.
func (p *program) end() {
	p.t.Helper()
	p.next()
	if _, err := io.Copy(io.Discard, p.out); err != nil {
		p.t.Fatal(err)
	}
}

// ref names the process of a pid.
func ref(t testing.TB, pid int) procs.PIDRef {
	t.Helper()
	s, err := procfs.ReadStat(pid)
	if err != nil {
		t.Fatal(err)
	}
	return procs.PIDRef{PID: pid, StartTime: s.StartTime}
}

// attach opens the interpreter of a process.
func attach(t testing.TB, pid int) *Interpreter {
	t.Helper()
	in, err := Open(ref(t, pid))
	if err != nil {
		t.Fatal(err)
	}
	return in
}
