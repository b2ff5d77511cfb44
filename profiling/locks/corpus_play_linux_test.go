package locks_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"example.com/muster/procs"
	"example.com/muster/procs/procfs"
	"example.com/muster/profiling/locks"
	"example.com/muster/profiling/locks/graph"
	"example.com/muster/profiling/pyagent"
)

const (
	reachTime = 60 * time.Second // to reach the state, on a busy machine
	agreeTime = 60 * time.Second // to see it as it is
	endTime   = 60 * time.Second // to be gone
	notHere   = 77               // the code of a program that this machine does not permit
)

// played is a program of the corpus that runs.
type played struct {
	cmd    *exec.Cmd
	stdin  io.Closer
	output bytes.Buffer
	dir    string
	ended  chan struct{}
	agent  *pyagent.Agent // nil: none
}

// play runs a program and looks at it.
func (c *playground) play(t *testing.T, which play) {
	p := c.start(t, which.argv(t), which.agent)
	defer p.end(t)
	w := watch(p.tree, p.agent)
	defer w.stop()
	said := p.await(t, w)
	if said == nil {
		return
	}
	if faults := said.check(p.cmd.Process.Pid); len(faults) > 0 {
		t.Fatalf("the truth is not true:\n%s\n%s", lines(faults), said)
	}
	if !said.covered() {
		t.Fatal("a kind of it is not compared")
	}
	late := watch(p.tree, nil)
	defer late.stop()
	early := make(chan error, 1)
	go func() { early <- said.compare(w) }()
	if err := said.compare(late); err != nil {
		t.Errorf("a watcher who came late %v", err)
	}
	if err := <-early; err != nil {
		t.Errorf("a watcher since the program began %v", err)
	}
}

func (c *playground) start(t *testing.T, argv []string, agent bool) *played {
	p := &played{cmd: exec.Command(argv[0], argv[1:]...), ended: make(chan struct{})}
	var err error
	if p.dir, err = os.MkdirTemp(c.path("runs"), ""); err != nil { // short: names of Unix sockets come to lie in it
		t.Fatal(err)
	}
	p.cmd.Env = append(os.Environ(), "TRUTH="+filepath.Join(p.dir, "truth"), "TMPDIR="+p.dir, "PYTHONDONTWRITEBYTECODE=1")
	if agent {
		if p.agent, err = pyagent.Install(filepath.Join(p.dir, "agent")); err != nil {
			t.Fatal(err)
		}
		p.cmd.Env = p.agent.Environ(p.cmd.Env, "")
	}
	p.cmd.Stdout, p.cmd.Stderr = &p.output, &p.output
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	p.cmd.WaitDelay = time.Second
	if p.stdin, err = p.cmd.StdinPipe(); err == nil {
		err = p.cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		_ = p.cmd.Wait()
	}()
	return p
}

// await returns what the program says once it is in its state, nil if it may
// not be run here. It must not be called deadlocked on the way there.
func (p *played) await(t *testing.T, w *watched) *truth {
	limit := time.After(reachTime)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		if v := w.w.View(); len(v.Deadlocks) > 0 {
			w.early = v.Deadlocks
		}
		said, err := readTruth(filepath.Join(p.dir, "truth"))
		if err == nil {
			return said
		}
		if !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		select {
		case <-p.ended:
			if p.cmd.ProcessState.ExitCode() == notHere {
				t.Log("this machine does not permit it")
				return nil
			}
			t.Fatalf("it ended (%v) and said no truth:\n%s", p.cmd.ProcessState, p.output.Bytes())
		case <-limit:
			t.Fatalf("it did not reach its state in %v", reachTime)
		case <-tick.C:
		}
	}
}

// end lets the program end, and sees to it that nothing of it is left.
func (p *played) end(t *testing.T) {
	left := p.group()
	p.stdin.Close()
	limit := time.After(endTime)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		for ref := range p.group() {
			left[ref] = true
		}
		maps.DeleteFunc(left, func(ref procs.PIDRef, _ bool) bool { return !lives(ref) })
		if len(left) == 0 {
			break
		}
		select {
		case <-limit:
			t.Errorf("processes of it were left: %v", slices.Collect(maps.Keys(left)))
			for ref := range left {
				_ = syscall.Kill(ref.PID, syscall.SIGKILL)
			}
			limit = time.After(endTime)
		case <-tick.C:
		}
	}
	<-p.ended
	if p.agent != nil {
		_ = p.agent.Remove() // it goes with the directory
	}
	os.RemoveAll(p.dir)
}

// tree returns the program and its descendants. A Watcher asks for them before
// each look, and looks the less often the longer that takes.
func (p *played) tree() []procs.PIDRef {
	var all []procs.PIDRef
	for todo := []int{p.cmd.Process.Pid}; len(todo) > 0; todo = todo[1:] {
		if s, err := procfs.ReadStat(todo[0]); err == nil && !s.Ended() {
			all = append(all, procs.PIDRef{PID: todo[0], StartTime: s.StartTime})
			todo = procfs.Children(todo[0], s.Threads, todo)
		}
	}
	return all
}

// group returns the descendants, and whoever else is in the program's group.
func (p *played) group() map[procs.PIDRef]bool {
	all := map[procs.PIDRef]bool{}
	for _, ref := range p.tree() {
		all[ref] = true
	}
	for pid, s := range allProcesses() {
		if !s.Ended() && s.PGID == p.cmd.Process.Pid {
			all[procs.PIDRef{PID: pid, StartTime: s.StartTime}] = true
		}
	}
	return all
}

func lives(ref procs.PIDRef) bool {
	s, err := procfs.ReadStat(ref.PID)
	return err == nil && !s.Ended() && s.StartTime == ref.StartTime
}

func allProcesses() map[int]procfs.Stat {
	all := map[int]procfs.Stat{}
	names, err := os.ReadDir("/proc")
	if err != nil {
		panic(err)
	}
	for _, n := range names {
		if pid, err := strconv.Atoi(n.Name()); err == nil {
			if s, err := procfs.ReadStat(pid); err == nil {
				all[pid] = s
			}
		}
	}
	return all
}

// watched is a Watcher that looks.
type watched struct {
	w      *locks.Watcher
	stop   func()
	early  []graph.Deadlock // told before the program was in its state
	seenAt time.Time
}

func watch(targets func() []procs.PIDRef, agent *pyagent.Agent) *watched {
	w := &watched{w: locks.New(locks.Options{Targets: targets, Agent: agent})}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.w.Run(ctx)
	}()
	w.stop = func() {
		cancel()
		<-done
	}
	return w
}

// next waits for a look that was not seen yet, nil if there was none in time.
func (w *watched) next(limit <-chan time.Time) *graph.View {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		if v := w.w.View(); v.At.After(w.seenAt) {
			w.seenAt = v.At
			return v
		}
		select {
		case <-limit:
			return nil
		case <-tick.C:
		}
	}
}
