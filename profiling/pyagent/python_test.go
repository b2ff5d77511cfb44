package pyagent

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"example.com/muster/internal/corpus"
	"example.com/muster/procs"
)

// interpreters are the Pythons of this machine that the agent is for, one of each
// minor version: that of a distribution, where there is one, may have a
// sitecustomize.
var interpreters = sync.OnceValue(func() map[string]string {
	found := map[string]string{}
	for _, p := range corpus.Pythons() {
		found[p.Version] = p.Path
	}
	return found
})

// newest is the latest of them.
func newest() (latest string) {
	for version := range interpreters() {
		if len(version) > len(latest) || len(version) == len(latest) && version > latest {
			latest = version
		}
	}
	return latest
}

// eachPython runs a test with each of them; under the race detector, which takes
// long, with the newest.
func eachPython(t *testing.T, test func(t *testing.T, python string)) {
	t.Helper()
	if len(interpreters()) == 0 {
		t.Skip("needs python3")
	}
	for version, python := range interpreters() {
		if raceDetector && version != newest() {
			continue
		}
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			test(t, python)
		})
	}
}

// install installs an agent for the time of a test.
func install(t *testing.T) *Agent {
	t.Helper()
	a, err := Install(filepath.Join(t.TempDir(), "agent"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Remove(); err != nil {
			t.Error(err)
		}
	})
	return a
}

// plainEnviron is the environment without what concerns Python and muster. The
// modules of testdata leave nothing there.
func plainEnviron(more ...string) []string {
	more = append(more, "PYTHONDONTWRITEBYTECODE=1")
	return append(slices.DeleteFunc(os.Environ(), func(kv string) bool {
		return strings.HasPrefix(kv, "PYTHON") || strings.HasPrefix(kv, "MUSTER_")
	}), more...)
}

// outcome is all that is seen of a program.
type outcome struct {
	stdout, stderr string
	code           int
}

// tooLong is when a program of these tests is taken to hang.
const tooLong = 2 * time.Minute

// start starts a program which ends, with its children, when it has not been
// waited for before the timer.
func start(t *testing.T, cmd *exec.Cmd) *time.Timer {
	t.Helper()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	must(t, cmd.Start())
	pid := cmd.Process.Pid
	timer := time.AfterFunc(tooLong, func() {
		t.Errorf("%q hangs", cmd.Args)
		_ = syscall.Kill(-pid, syscall.SIGKILL) // that it has ended is fine
	})
	t.Cleanup(func() { timer.Stop() })
	return timer
}

func run(t *testing.T, env []string, argv ...string) outcome {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env, cmd.Stdout, cmd.Stderr, cmd.WaitDelay = env, &stdout, &stderr, tooLong
	defer start(t, cmd).Stop()
	var exit *exec.ExitError
	if err := cmd.Wait(); err != nil && !errors.As(err, &exit) {
		t.Fatalf("%v; stdout:\n%s\nstderr:\n%s", err, &stdout, &stderr)
	}
	return outcome{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// read returns all that has been reported.
func read(t *testing.T, a *Agent) []Report {
	t.Helper()
	reports, err := a.Read()
	if err != nil {
		t.Fatal(err)
	}
	return reports
}

// methods are the ways in which multiprocessing starts processes.
var methods = []string{"fork", "spawn", "forkserver"}

// TestWhatIsMade: the agent's word on names and places is what the program
// itself says of them, in the program and in its children.
func TestWhatIsMade(t *testing.T) {
	eachPython(t, func(t *testing.T, python string) {
		for _, method := range methods {
			t.Run(method, func(t *testing.T) {
				a := install(t)
				script, err := filepath.Abs("testdata/makes.py")
				if err != nil {
					t.Fatal(err)
				}
				r := run(t, a.Environ(plainEnviron(), ""), python, script, method)
				if r.code != 0 || r.stderr != "" {
					t.Fatalf("code %d, stderr:\n%s", r.code, r.stderr)
				}
				var known Known
				known.Add(read(t, a)...)
				said := map[string]int{}
				for line := range strings.Lines(r.stdout) {
					words := strings.Fields(line)
					said[words[0]]++
					checkTruth(t, &known, script, words)
				}
				if said["lock"] != 46 || said["pipe"] != 5 || said["process"] < 5 {
					t.Errorf("the program said %v", said)
				}
			})
		}
	})
}

// checkTruth compares one line of testdata/makes.py with what is known.
func checkTruth(t *testing.T, known *Known, script string, words []string) {
	t.Helper()
	number := func(i int) uint64 {
		n, err := strconv.ParseUint(words[i], 10, 64)
		if err != nil {
			t.Fatalf("%q: %v", words, err)
		}
		return n
	}
	var got, want string
	switch words[0] {
	case "lock":
		l, _ := known.Lock(procs.PIDRef{PID: int(number(1))}, number(2))
		role := l.Role
		if role == "" {
			role = "-"
		}
		got, want = fmt.Sprint(l.Kind, " ", role, " ", l.File, ":", l.Line), words[3]+" "+words[4]+" "+script+":"+words[5]
	case "pipe":
		p, _ := known.Pipe(number(1))
		got, want = fmt.Sprint(p.MadeBy, " ", p.File, ":", p.Line), words[2]+" "+script+":"+words[3]
	case "process":
		p, _ := known.Process(procs.PIDRef{PID: int(number(1))})
		got, want = p.Name, words[2]
		if _, ok := known.Process(procs.PIDRef{PID: p.PID, StartTime: p.StartTime + 1}); ok || p.StartTime == 0 {
			t.Errorf("%q: a later process of this pid counts as the same; start %d", words, p.StartTime)
		}
	default:
		t.Fatalf("the program said %q", words)
	}
	if got != want {
		t.Errorf("%q: the agents said %q, want %q", words, got, want)
	}
}

// TestNothingChanges: what a program prints and how it ends is the same with
// the agent, whatever it does with multiprocessing.
func TestNothingChanges(t *testing.T) {
	eachPython(t, func(t *testing.T, python string) {
		for _, method := range []string{"fork", "spawn"} {
			without := run(t, plainEnviron(), python, "testdata/ordinary.py", method)
			with := run(t, install(t).Environ(plainEnviron(), ""), python, "testdata/ordinary.py", method)
			if with != without {
				t.Errorf("%s: with the agent:\n%+v\nwithout:\n%+v", method, with, without)
			}
			if with.code != 7 {
				t.Errorf("%s: code %d, want the program's 7", method, with.code)
			}
		}
	})
}

// inMessages is what differs by itself where a sitecustomize fails: the stack.
var inMessages = regexp.MustCompile(`(?s)Traceback.*`)

// TestTheProgramsOwnSitecustomize: it is imported as it would be without the
// agent, or its error is told, and nothing of the agent is left to be seen.
func TestTheProgramsOwnSitecustomize(t *testing.T) {
	own := map[string]string{
		"none":         "",
		"good":         "import sys, json\nsys.mark = __name__, __file__, sys.path[0]\nprint('imported')\n",
		"fails":        "raise ValueError('no')\n",
		"lacks module": "import surely_absent\n",
		"ends it all":  "raise SystemExit(3)\n",
	}
	eachPython(t, func(t *testing.T, python string) {
		for name, text := range own {
			dir := t.TempDir()
			if text != "" {
				write(t, filepath.Join(dir, "sitecustomize.py"), text)
			}
			for _, env := range [][]string{plainEnviron("PYTHONPATH=" + dir + ":/nowhere"), plainEnviron()} {
				without := run(t, env, python, "testdata/state.py")
				with := run(t, install(t).Environ(env, ""), python, "testdata/state.py")
				with.stderr, without.stderr = inMessages.ReplaceAllString(with.stderr, ""), inMessages.ReplaceAllString(without.stderr, "")
				if with != without {
					t.Errorf("%s: with the agent:\n%+v\nwithout:\n%+v", name, with, without)
				}
			}
		}
	})
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestAPythonThatWantsNone: who isolates the interpreter has no agent.
func TestAPythonThatWantsNone(t *testing.T) {
	eachPython(t, func(t *testing.T, python string) {
		for flag, want := range map[string]bool{"-I": false, "-E": false, "-S": false, "-IS": false, "-s": true, "-u": true, "-B": true} {
			a := install(t)
			r := run(t, a.Environ(plainEnviron(), AllLines), python, flag, "-c", "import multiprocessing; multiprocessing.Lock(); print(1)")
			if reports := read(t, a); r.stdout != "1\n" || r.stderr != "" || r.code != 0 || (len(reports) > 0) != want {
				t.Errorf("python %s: %+v, %d reports, want some: %v", flag, r, len(reports), want)
			}
		}
	})
}

// TestAnAgentFurtherOut: where muster runs under muster, the inner one is told.
func TestAnAgentFurtherOut(t *testing.T) {
	eachPython(t, func(t *testing.T, python string) {
		outer, inner := install(t), install(t)
		env := plainEnviron("PYTHONPATH="+inner.dir+":"+outer.dir, "MUSTER_AGENT="+inner.reports())
		r := run(t, env, python, "-c", "import sys, multiprocessing; multiprocessing.Lock(); print(len(sys.meta_path), sys.modules.get('sitecustomize'))")
		without := run(t, plainEnviron(), python, "-c", "import sys; print(len(sys.meta_path) + 1, sys.modules.get('sitecustomize'))")
		if r.stdout != without.stdout || r.code != 0 || r.stderr != "" {
			t.Errorf("%+v, want %+v", r, without)
		}
		if in, out := read(t, inner), read(t, outer); len(in) != 2 || len(out) != 0 {
			t.Errorf("the inner has %d reports, the outer %d", len(in), len(out))
		}
	})
}

// TestABrokenAgent: whatever is wrong with the agent, the program is not told.
func TestABrokenAgent(t *testing.T) {
	harm := map[string]func(t *testing.T, a *Agent){
		"no directory":      func(t *testing.T, a *Agent) { must(t, os.RemoveAll(a.dir)) },
		"no file to report": func(t *testing.T, a *Agent) { must(t, os.Remove(a.reports())) },
		"no agent.py":       func(t *testing.T, a *Agent) { must(t, os.Remove(filepath.Join(a.dir, "agent.py"))) },
		"no Python": func(t *testing.T, a *Agent) {
			must(t, os.Remove(filepath.Join(a.dir, "agent.py")))
			write(t, filepath.Join(a.dir, "agent.py"), "no Python\n")
		},
		"an error": func(t *testing.T, a *Agent) {
			must(t, os.Remove(filepath.Join(a.dir, "agent.py")))
			write(t, filepath.Join(a.dir, "agent.py"), "1 / 0\n")
		},
		"a directory to report to": func(t *testing.T, a *Agent) {
			must(t, os.Remove(a.reports()))
			must(t, os.Mkdir(a.reports(), 0o700))
		},
	}
	eachPython(t, func(t *testing.T, python string) {
		without := run(t, plainEnviron(), python, "testdata/state.py")
		for what, harm := range harm {
			a := install(t)
			harm(t, a)
			with := run(t, a.Environ(plainEnviron(), AllLines), python, "testdata/state.py")
			if what == "no directory" { // then nobody is there to take it off the path
				with.stdout = strings.NewReplacer("'"+a.dir+"', ", "", ", '"+a.dir+"'", "").Replace(with.stdout)
			}
			if with != without {
				t.Errorf("%s: with the agent:\n%+v\nwithout:\n%+v", what, with, without)
			}
			const locks = "import multiprocessing as m; m.Queue(); p = m.Process(target=print); p.start(); p.join(); print(m.Lock())"
			if r := run(t, a.Environ(plainEnviron(), AllLines), python, "-c", locks); r != (outcome{"\n<Lock(owner=None)>\n", "", 0}) {
				t.Errorf("%s: %+v", what, r)
			}
		}
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestTenThousandLocks: a process says so much and no more.
func TestTenThousandLocks(t *testing.T) {
	eachPython(t, func(t *testing.T, python string) {
		a := install(t)
		r := run(t, a.Environ(plainEnviron(), ""), python, "-c", "import multiprocessing as m\nfor _ in range(10000): m.Lock()")
		if r.code != 0 {
			t.Fatalf("%+v", r)
		}
		locks, more := 0, 0
		for _, r := range read(t, a) {
			switch r.(type) {
			case Lock:
				locks++
			case More:
				more++
			}
		}
		if locks != 4096 || more != 1 {
			t.Errorf("%d locks and %d reports of more, want 4096 and 1", locks, more)
		}
	})
}

// TestPathsOfAnyBytes: a report is whole whatever the program's files are called.
func TestPathsOfAnyBytes(t *testing.T) {
	eachPython(t, func(t *testing.T, python string) {
		for _, name := range []string{"/plain", "/a\"b\\c\n", "/ü€\U0001f600", "/\xff\xfe", strings.Repeat("/long", 400) + "/end"} {
			a := install(t)
			quoted := fmt.Sprintf("bytes.fromhex(%q)", fmt.Sprintf("%x", name))
			r := run(t, a.Environ(plainEnviron(), ""), python, "-c",
				"import os, multiprocessing\nexec(compile('multiprocessing.Lock()', os.fsdecode("+quoted+"), 'exec'))")
			if r.code != 0 || r.stderr != "" {
				t.Fatalf("%+v", r)
			}
			var got *Lock
			for _, r := range read(t, a) {
				if l, ok := r.(Lock); ok {
					got = &l
				}
			}
			want := strings.ReplaceAll(name, "\xff\xfe", "\ufffd\ufffd") // each byte is one character to Python
			if got == nil || !strings.HasSuffix(want, got.File) || len(got.File) < min(len(want), 1000) {
				t.Errorf("%.40q: got %+v", name, got)
			}
		}
	})
}

// conversation is a program that says a line when it is ready, and ends with
// its standard input.
type conversation struct {
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Reader
	text *bytes.Buffer

	timer *time.Timer
}

func talk(t *testing.T, env []string, argv ...string) *conversation {
	t.Helper()
	c := &conversation{cmd: exec.Command(argv[0], argv[1:]...), text: &bytes.Buffer{}}
	c.cmd.Env, c.cmd.Stderr = env, c.text
	in, err := c.cmd.StdinPipe()
	must(t, err)
	out, err := c.cmd.StdoutPipe()
	must(t, err)
	c.in, c.out = in, bufio.NewReader(out)
	c.timer = start(t, c.cmd)
	return c
}

// talkTo is talk with a standard output that the caller reads.
func talkTo(t *testing.T, out *os.File, env []string, argv ...string) *conversation {
	t.Helper()
	c := &conversation{cmd: exec.Command(argv[0], argv[1:]...), text: &bytes.Buffer{}}
	c.cmd.Env, c.cmd.Stdout, c.cmd.Stderr = env, out, c.text
	in, err := c.cmd.StdinPipe()
	must(t, err)
	c.in = in
	c.timer = start(t, c.cmd)
	return c
}

func (c *conversation) line(t *testing.T) string {
	t.Helper()
	line, err := c.out.ReadString('\n')
	if err != nil {
		t.Fatalf("%v; stderr:\n%s", err, c.text)
	}
	return strings.TrimSuffix(line, "\n")
}

func (c *conversation) end(t *testing.T) {
	t.Helper()
	must(t, c.in.Close())
	defer c.timer.Stop()
	if err := c.cmd.Wait(); err != nil {
		t.Errorf("%v; stderr:\n%s", err, c.text)
	}
}
