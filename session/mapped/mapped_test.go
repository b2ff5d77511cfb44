package mapped_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"example.com/muster/procs"
	"example.com/muster/procs/output"
	"example.com/muster/procs/procfs"
	"example.com/muster/procs/spawn"
	"example.com/muster/procs/task"
	"example.com/muster/procs/task/plan"
	"example.com/muster/procs/tree"
	"example.com/muster/profiling/crash"
	"example.com/muster/session"
	"example.com/muster/session/mapped"
)

func TestMain(m *testing.M) {
	if spawn.IsGuard(os.Args) {
		os.Exit(spawn.GuardMain())
	}
	os.Exit(m.Run())
}

// atMost bounds all waiting.
const atMost = time.Minute

// begin runs a command of the shell over items.
func begin(t *testing.T, o plan.Options, command string, items ...string) (*mapped.Session, *task.Map) {
	t.Helper()
	return beginWith(t, o, false, command, items...)
}

// beginWith is begin, with lines handed on as they are printed if lines says so.
func beginWith(t *testing.T, o plan.Options, lines bool, command string, items ...string) (*mapped.Session, *task.Map) {
	t.Helper()
	guard, err := spawn.StartGuard(spawn.GuardOptions{})
	if err != nil {
		t.Fatal(err)
	}
	store := output.New(output.Config{})
	l := task.List(items)
	work := &task.Command{
		Guard: guard, Environ: os.Environ(), Grace: time.Second,
		Template: task.ParseTemplate([]string{command}, task.TemplateOptions{Shell: "/bin/sh"}),
	}
	sink := mapped.Output{Store: store, Lines: lines}
	if lines {
		work.Line, work.KeepLines = sink.Line, true
	}
	m := task.New(task.Config{Plan: o, Source: task.NewProduct(task.NewGroup(false, &l)), Sink: task.Sinks{sink}, Interactive: true, Work: work})
	s := mapped.New(mapped.Config{
		Name: "test", Map: m, Argv: []string{command}, Dir: t.TempDir(), Store: store, Signal: spawn.SignalRef, StartTime: startTime,
		Tree: tree.New(tree.Options{GuardPID: guard.PID}),
	})
	ctx, cancel := context.WithTimeout(context.Background(), atMost)
	ended, measured := make(chan error, 1), make(chan struct{})
	go func() { ended <- m.Run(ctx) }() // ends with Stop, at the end of the test
	go func() { s.Run(ctx); close(measured) }()
	t.Cleanup(func() {
		m.Stop(true)
		if err := <-ended; err != nil {
			t.Error(err)
		}
		cancel()
		<-measured
		if err := guard.Close(context.Background()); err != nil {
			t.Error(err)
		}
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, m
}

func startTime(pid int) uint64 {
	stat, err := procfs.ReadStat(pid)
	if err != nil {
		return 0
	}
	return stat.StartTime
}

func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(atMost); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s has not come", what)
		}
	}
}

func TestWhatTheScreensSee(t *testing.T) {
	s, _ := begin(t, plan.Options{Workers: 2}, `echo "word of {}"; case {} in bad) echo "ValueError: no good" >&2; exit 3;; esac`, "good", "bad")
	until(t, "the end", func() bool { return s.Snapshot().Ended })
	snap := s.Snapshot()
	if len(snap.Pools) != 1 || snap.Pools[0].Name != "map" || len(snap.Pools[0].Slots) != 2 || snap.Stopping {
		t.Errorf("the pools are %+v", snap.Pools)
	}
	found := s.Found()
	if p := found.Tasks; p.OK != 1 || p.Failed != 1 || len(p.Reports) != 1 {
		t.Fatalf("found %+v", p)
	}
	r := found.Crashes[0]
	if r.Name != "item 2" || r.Task != "bad" || r.Exit.Code != 3 || r.Cause != crash.CauseExit || len(r.Tail) != 2 {
		t.Errorf("the report is %+v", r)
	}
	page, err := s.Output(procs.Query{Max: 10})
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, l := range page.Lines {
		lines = append(lines, l.Stream.String()+" "+string(l.Text))
	}
	if all := strings.Join(lines, "|"); !strings.Contains(all, "stdout word of good") || !strings.Contains(all, "stderr ValueError: no good") {
		t.Errorf("the output is %q", lines)
	}
	version := s.Version()
	if err := s.Do(t.Context(), procs.RetryItems{Seqs: []uint64{2}}); err != nil {
		t.Error(err)
	}
	until(t, "the second try", func() bool {
		p := s.Found().Tasks
		return p.Ended && p.Retried == 1 && p.Failed == 1
	})
	if again := s.Found().Crashes; len(again) != 1 || again[0] == r || again[0].Seq == r.Seq {
		t.Errorf("after the second try the reports are %+v", again)
	}
	if s.Version() == version {
		t.Error("the version has not moved")
	}
}

// TestLinesShowAsTheyCome: with --line-buffer the screen has a line before its item
// has ended, once, and the card of a failure has it still.
func TestLinesShowAsTheyCome(t *testing.T) {
	s, m := beginWith(t, plan.Options{Workers: 1}, true, `echo "word of {}"; exec sleep 60`, "a")
	page := func() (lines []string) {
		p, err := s.Output(procs.Query{Max: 10})
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range p.Lines {
			lines = append(lines, l.Stream.String()+" "+string(l.Text))
		}
		return lines
	}
	until(t, "the line", func() bool { return len(page()) > 0 })
	if p := m.Progress(); p.OK+p.Failed > 0 {
		t.Fatalf("the item has ended: %+v", p)
	}
	var ref procs.PIDRef
	until(t, "its process", func() bool {
		for _, slot := range s.Snapshot().Pools[0].Slots {
			ref = slot.PIDRef
		}
		return ref.StartTime != 0
	})
	if err := s.Do(t.Context(), procs.SignalPID{Ref: ref, Signal: procs.SIGKILL}); err != nil {
		t.Fatal(err)
	}
	until(t, "the end", func() bool { return s.Snapshot().Ended })
	if got := strings.Join(page(), "|"); got != "stdout word of a" {
		t.Errorf("the output is %q", got)
	}
	if r := s.Found().Crashes; len(r) != 1 || len(r[0].Tail) != 1 || string(r[0].Tail[0].Text) != "word of a" {
		t.Errorf("the reports are %+v", r)
	}
}

func TestCommandsThatCannotBe(t *testing.T) {
	s, m := begin(t, plan.Options{Workers: 1}, `true {}`, "a")
	until(t, "the end", func() bool { return s.Snapshot().Ended })
	for _, c := range []struct {
		command procs.Command
		why     string
	}{
		{procs.RetryItems{}, "no item has failed"},
		{procs.SkipItem{Worker: 0, Seq: 1}, "no worker is on it"},
		{procs.SkipItem{Worker: 7, Seq: 1}, "no worker is on it"},
		{procs.Scale{Pool: "map", Size: 0}, "less than one worker"},
		{procs.Restart{}, "no such thing"},
		{procs.Type{IDs: []procs.ID{{Pool: "map"}}, Data: []byte("x")}, "no terminal"},
	} {
		if err := s.Do(t.Context(), c.command); err == nil || !strings.Contains(err.Error(), c.why) {
			t.Errorf("%#v is answered with %v, want %q", c.command, err, c.why)
		}
	}
	_, err := s.Ask(t.Context(), session.TerminalQuestion{ID: procs.ID{Pool: "map"}})
	if err == nil || err.Error() != "cannot type into map/0: the workers of a map have no terminal" {
		t.Errorf("opening a terminal is answered with %v", err)
	}
	if err := s.Do(t.Context(), procs.Scale{Pool: "map", Size: 3}); err != nil {
		t.Error(err)
	}
	until(t, "three workers", func() bool { return m.Progress().Size == 3 })
	if s.Stopped() {
		t.Error("it is stopped")
	}
	if err := s.Do(t.Context(), procs.Shutdown{}); err != nil || !s.Stopped() {
		t.Errorf("Shutdown: %v", err)
	}
}

// TestPauseStopsAllThatRuns: what the items' processes have started stands still too,
// wherever it went.
func TestPauseStopsAllThatRuns(t *testing.T) {
	s, _ := begin(t, plan.Options{Workers: 2}, `sleep 60 & exec setsid -w sleep 60; : {}`, "a", "b")
	tree := func() (pids []int) {
		for _, slot := range s.Snapshot().Pools[0].Slots {
			if slot.PID != 0 {
				pids = append(pids, slot.PID)
			}
			for _, d := range slot.Descendants {
				if d.Exit == nil {
					pids = append(pids, d.PID)
				}
			}
		}
		return pids
	}
	until(t, "all processes", func() bool { return len(tree()) >= 6 }) // of each: setsid, and two that sleep
	stopped := func() (n int) {
		for _, pid := range tree() {
			if stat, err := procfs.ReadStat(pid); err == nil && stat.State == byte(procs.RunStopped) {
				n++
			}
		}
		return n
	}
	if err := s.Do(t.Context(), procs.Pause{}); err != nil {
		t.Fatal(err)
	}
	until(t, "that all stand still", func() bool { return stopped() >= 6 })
	if err := s.Do(t.Context(), procs.Resume{}); err != nil {
		t.Fatal(err)
	}
	until(t, "that none stands still", func() bool { return stopped() == 0 })
	if err := s.Do(t.Context(), procs.Pause{}); err != nil { // from which the end of the test has to find a way out
		t.Fatal(err)
	}
}

// TestReportsOfWhatFailed: each sort of failure says what it was.
func TestReportsOfWhatFailed(t *testing.T) {
	const trace = "Traceback (most recent call last):\n  File \"/a/job.py\", line 3, in job\n    raise KeyError(x)\nKeyError: 'x'\n"
	for _, c := range []struct {
		name     string
		item     task.FailedItem
		cause    crash.Cause
		headline string
		frame    string
	}{
		{"a function", task.FailedItem{Verdict: plan.Failed, Failure: task.Failure{Kind: "KeyError", Message: "KeyError: 'x'", Traceback: trace}}, crash.CauseException, "KeyError: 'x'", "job"},
		{"a worker that says so", task.FailedItem{Verdict: plan.Failed, Failure: task.Failure{Kind: "no picture", Message: "no picture: a.jpg"}}, crash.CauseException, "no picture: a.jpg", ""},
		{"too long", task.FailedItem{Verdict: plan.TimedOut, Failure: task.Failure{Kind: "timeout", Message: "took too long: ended after 5s"}, Exit: &procs.Exit{Signal: procs.SIGTERM}}, crash.CauseTimeout, "took too long: ended after 5s", ""},
		{"a lost worker", task.FailedItem{Verdict: plan.Lost, Failure: task.Failure{Kind: "lost: exit 1", Message: "its worker (pid 7) ended: exit 1"}, Exit: &procs.Exit{Code: 1}, Stderr: []byte(trace)}, crash.CauseException, "KeyError: 'x'", "job"},
		{"one that ended well", task.FailedItem{Verdict: plan.Lost, Failure: task.Failure{Kind: "lost: exit 0", Message: "its worker (pid 7) ended: exit 0"}, Exit: &procs.Exit{}}, crash.CauseLostTask, "its worker (pid 7) ended: exit 0", ""},
		{"a command", task.FailedItem{Verdict: plan.Failed, Failure: task.Failure{Kind: "exit 1", Message: "exit 1"}, Exit: &procs.Exit{Code: 1}, Stderr: []byte(trace), Command: "python3 job.py"}, crash.CauseException, "KeyError: 'x'", "job"},
		{"a signal", task.FailedItem{Verdict: plan.Failed, Failure: task.Failure{Kind: "SIGSEGV", Message: "SIGSEGV"}, Exit: &procs.Exit{Signal: 11}}, crash.CauseSignal, "SIGSEGV", ""},
	} {
		c.item.Seq = 7
		r := mapped.Report(&c.item, []string{"x"}, "/a")
		if r.Cause != c.cause || !strings.Contains(r.Headline, c.headline) || r.Name != "item 7" {
			t.Errorf("%s: %q, cause %s, headline %q", c.name, r.Name, r.Cause, r.Headline)
		}
		frame := ""
		if e := r.Exception(); e != nil && e.Top() != nil {
			frame = e.Top().Function
		}
		if frame != c.frame {
			t.Errorf("%s: the frame is %q, want %q", c.name, frame, c.frame)
		}
	}
}
