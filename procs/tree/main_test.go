package tree

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"example.com/muster/procs"
)

// The test binary plays its own children: what it does is in helperEnv.
const helperEnv = "MUSTER_TREE_HELPER"

// helpers are the parts that a child can play.
var helpers = map[string]func(){
	"sleep":   func() { waitForEOF() },
	"parent":  helperParent,
	"orphan":  helperOrphan,
	"brood":   helperBrood,
	"zombies": helperZombies,
	"exit3":   func() { os.Exit(3) },
}

var usedHelpers sync.Map

func TestMain(m *testing.M) {
	if part := os.Getenv(helperEnv); part != "" {
		helpers[part]()
		os.Exit(0)
	}
	becomeSubreaper()
	code := m.Run()
	for part := range helpers {
		if _, used := usedHelpers.Load(part); !used && code == 0 && runtime.GOOS == "linux" && wholeRun() {
			fmt.Fprintf(os.Stderr, "helper %q is used by no test\n", part)
			code = 1
		}
	}
	os.Exit(code)
}

// wholeRun reports whether all tests were asked for.
func wholeRun() bool {
	for _, arg := range os.Args[1:] {
		if len(arg) > 10 && (arg[:10] == "-test.run=" || arg[:11] == "-test.bench" || arg[:10] == "-test.fuzz" || arg[:10] == "-test.list") {
			return false
		}
	}
	return true
}

// self returns a command that plays a part.
func self(part string, args ...string) *exec.Cmd {
	usedHelpers.Store(part, true)
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), helperEnv+"="+part, "GORACE=atexit_sleep_ms=0")
	cmd.Stderr = os.Stderr
	return cmd
}

// waitForEOF lives until standard input ends, which it does with the test.
func waitForEOF() {
	fmt.Println("ready", os.Getpid())
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// spawn starts a further child. It does without os/exec, which forks once
// more, for a test of its own, when it is used for the first time.
func spawn(argv []string, env []string, setsid bool) (pid int) {
	pid, err := syscall.ForkExec(argv[0], argv, &syscall.ProcAttr{
		Env: env, Files: []uintptr{0, 1, 2}, Sys: &syscall.SysProcAttr{Setsid: setsid},
	})
	if err != nil {
		fmt.Println("cannot start:", err)
		os.Exit(1)
	}
	return pid
}

// play returns the environment in which a child plays another part.
func play(part string) []string {
	if err := os.Setenv(helperEnv, part); err != nil { // to append a second value would not replace the first
		panic(err)
	}
	return os.Environ()
}

// wait waits for a child.
func wait(pid int) {
	if _, err := syscall.Wait4(pid, nil, 0, nil); err != nil {
		fmt.Println("cannot wait:", err)
	}
}

// helperParent has a child that waits.
func helperParent() { wait(spawn([]string{os.Args[0], "child"}, play("sleep"), false)) }

// helperOrphan double-forks with an empty environment and a session of its
// own: nothing but its history says whose it is. With a slot's environment it
// passes that on. It ends when SIGUSR1 comes.
func helperOrphan() {
	seen := make(chan os.Signal, 1)
	signal.Notify(seen, syscall.SIGUSR1)
	env := []string{helperEnv + "=sleep"}
	if os.Getenv("MUSTER_SLOT") != "" {
		env = play("sleep")
	}
	spawn([]string{os.Args[0]}, env, true) // and leave it behind
	<-seen
}

// helperBrood starts many brief children, one after the other, says so, and
// waits.
func helperBrood() {
	n, _ := strconv.Atoi(os.Args[1])
	for range n {
		wait(spawn([]string{"/bin/sleep", "0.005"}, nil, false))
	}
	waitForEOF()
}

// helperZombies never waits for its child.
func helperZombies() {
	spawn([]string{os.Args[0]}, play("exit3"), false)
	waitForEOF()
}

// pool is a slot's process under test.
type pool struct {
	t     *testing.T
	cmd   *exec.Cmd
	run   procs.Run
	stdin io.WriteCloser
	lines *bufio.Scanner
	once  sync.Once
}

// start runs cmd as the process of slot 0 of the named pool, as the guard
// would: leader of its own session.
func start(t *testing.T, name string, cmd *exec.Cmd) *pool {
	t.Helper()
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout = w
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = w.Close()
	p := &pool{t: t, cmd: cmd, stdin: stdin, lines: bufio.NewScanner(stdout)}
	p.run = procs.Run{ID: procs.ID{Pool: name}, N: 1, PIDRef: procs.PIDRef{PID: cmd.Process.Pid}}
	t.Cleanup(func() { p.finish(); _ = stdout.Close() })
	return p
}

// ready waits for the line by which a sleeping helper says its pid.
func (p *pool) ready() (pid int) {
	p.t.Helper()
	for p.lines.Scan() {
		if _, err := fmt.Sscanf(p.lines.Text(), "ready %d", &pid); err == nil {
			return pid
		}
		p.t.Fatalf("helper said %q", p.lines.Text())
	}
	p.t.Fatal("helper ended without a word")
	return 0
}

// finish ends everything that reads the slot's input, and waits for the
// process.
func (p *pool) finish() {
	p.once.Do(func() {
		_ = p.stdin.Close()
		_ = p.cmd.Wait()
	})
}

// reap waits for what the slot's process leaves behind: it comes to us, who
// are its subreaper.
func (p *pool) reap(list []procs.Descendant) {
	p.finish()
	for _, d := range list {
		_, _ = syscall.Wait4(d.PID, nil, 0, nil) // an error says that it had a parent of its own
	}
}

// follow opens the connector, or skips where it is not permitted.
func follow(t *testing.T, tr *Tracker) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- tr.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	until(t, "the connector to open or to be refused", func() bool {
		select {
		case err := <-done:
			done <- err
			t.Skipf("the process connector is not permitted here: %v", err)
		default:
		}
		return tr.Coverage() == ""
	})
}

// until waits for a condition, looking again and again.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// strays returns the orphans that the guard has adopted and of which nothing
// tells whose they are. They end with the guard.
func (t *Tracker) strays() []procs.PIDRef {
	t.mu.Lock()
	defer t.mu.Unlock()
	var refs []procs.PIDRef
	for s := range t.unclaimed {
		s.base.walk(func(n *node) { refs = append(refs, n.ref) })
	}
	return refs
}
