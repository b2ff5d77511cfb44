package crash

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"example.com/muster/procs"
	"example.com/muster/profiling"
)

var (
	judgedRun = procs.Run{ID: procs.ID{Pool: "p"}, N: 1, PIDRef: procs.PIDRef{PID: 10, StartTime: 1}}
	own       = Process{PIDRef: judgedRun.PIDRef, Argv: []string{"/usr/bin/python3.12", "train.py"}}
	shell     = Process{PIDRef: judgedRun.PIDRef, Argv: []string{"sh", "-c", "convert x"}, Role: procs.RoleShell}
	forked    = Process{PIDRef: procs.PIDRef{PID: 11, StartTime: 2}, PPID: 10, Label: "ForkPoolWorker-1", Role: procs.RoleWorker, Argv: own.Argv, ParentLived: true}
	plain     = Process{PIDRef: procs.PIDRef{PID: 12, StartTime: 3}, PPID: 10, Label: "grep", Role: procs.RoleProcess, Argv: []string{"grep", "x"}, ParentLived: true}
)

func exit(code int) *procs.Exit             { return &procs.Exit{Code: code, At: at} }
func killedBy(sig procs.Signal) *procs.Exit { return &procs.Exit{Signal: sig, At: at} }
func signalNamed(name string) procs.Signal {
	s, err := procs.ParseSignal(name)
	if err != nil {
		panic(err)
	}
	return s
}

// said makes words of a format by a process, in the lines 0 to 5.
func said(f Format, typ string, pid int) Words {
	return Words{
		Format: f, Scope: EndsProcess, PID: pid, From: 0, To: 5,
		Exception: &Exception{Type: typ, Message: "why", Frames: []Frame{{File: "a.py", Line: 3, Function: "f"}}},
	}
}

func begunAt(p Process, at time.Time) Process { p.Started = at; return p }

func with(w Words, change func(*Words)) []Words { change(&w); return []Words{w} }

// printed is a tail that goes on for n lines after the words of said.
func printed(n int) (tail []procs.Line) {
	for i := range n {
		tail = append(tail, procs.Line{Seq: uint64(5 + i)})
	}
	return tail
}

// TestJudge states each rule, and where it stays silent.
func TestJudge(t *testing.T) {
	segv, pipe, abrt, usr1 := signalNamed("SEGV"), signalNamed("PIPE"), signalNamed("ABRT"), signalNamed("USR1")
	traceback := said(PythonTraceback, "ValueError", 10)
	fault := with(said(Faulthandler, "Fatal Python error", 11), func(w *Words) { w.Exception.Message = "Segmentation fault" })
	orphan := forked
	orphan.ParentLived = false
	left := plain
	left.ParentLived = false
	unsigned := said(PythonTraceback, "ValueError", 0)
	caught := func(w *Words) { w.Caught, w.Scope = true, EndsNothing }
	torn := func(w *Words) { w.Cut, w.Scope, w.Exception = true, EndsThread, &Exception{Frames: w.Exception.Frames} }
	mix := func(w *Words) { w.Cut, w.Scope = true, EndsNothing }
	shellBeside, fleeting := plain, plain
	shellBeside.Role, shellBeside.Argv = procs.RoleShell, []string{"sh", "-c", "test -d py"}
	fleeting.Argv = nil
	futures, pooled := forked, forked
	futures.Pool, pooled.Pool = "futures", "multiprocessing"
	lonely := pooled
	lonely.ParentLived = false
	parentSent := []Sent{{Signal: procs.SIGTERM, By: "its parent", At: at}}
	interrupt := func(scope Scope) []Words {
		return with(said(AgentReport, "KeyboardInterrupt", 11), func(w *Words) { w.Scope = scope })
	}
	eof := func(library bool) []Words {
		return with(said(AgentReport, "EOFError", 11), func(w *Words) { w.Exception.Frames[0].Library = library })
	}
	noInput := func(pid int) []Words {
		return with(said(AgentReport, "EOFError", pid), func(w *Words) { w.Exception.Message = "EOF when reading a line" })
	}
	seen := []string{"/usr/lib/python3.12/socket.py:700 recv", "/srv/app.py:7 app", "/srv/app.py:30 main"}
	crowded := forked
	crowded.ForkedAmong, crowded.ForkedAt = 2, "serve.py:12"
	timeout := Process{PIDRef: judgedRun.PIDRef, Argv: []string{"timeout", "5", "x"}}
	hard := Process{PIDRef: judgedRun.PIDRef, Argv: []string{"timeout", "-k", "1", "5", "x"}}
	inGet := Waiting{Parent: []string{"threading.py:327 wait", "/usr/lib/python3.12/multiprocessing/pool.py:765 wait", "pool.py:768 get"}}
	var below []Child
	for i := range 5 {
		below = append(below, Child{
			PIDRef: procs.PIDRef{PID: 100 + i}, Label: fmt.Sprintf("job-%d", i), Argv: []string{"sh", "-c", fmt.Sprintf("test %d -ne %d", i, i)},
			Exit: procs.Exit{Code: 1, At: at.Add(time.Duration(i-5) * 400 * time.Millisecond)},
		})
	}
	below = append(below, Child{PIDRef: procs.PIDRef{PID: 105}, Label: "grep", Argv: []string{"/bin/grep", "x"}, Exit: procs.Exit{Code: 1, At: at}},
		Child{PIDRef: procs.PIDRef{PID: 106}, Label: "process-6", Exit: procs.Exit{Code: 1, At: at}})
	musterSent := func(sig procs.Signal) []Sent { return []Sent{{Signal: sig, By: "muster", At: at}} }

	tests := []struct {
		name      string
		death     Death
		crash     bool
		cause     Cause
		certainty Certainty
		headline  string // a part of it; its end where a $ follows
		note      string // a part of one; "" for no notes at all
		words     int
	}{
		// Codes of the slot's own process.
		{"a good end", Death{Who: own, Exit: exit(0)}, false, CauseExit, Certain, "exit 0", "", -1},
		{"asked for", Death{Who: own, Exit: &procs.Exit{Signal: procs.SIGTERM, Asked: true}}, false, CauseExit, Certain, "SIGTERM", "", -1},
		{"asked for, a descendant", Death{Who: forked, Exit: &procs.Exit{Signal: procs.SIGKILL, Asked: true}}, false, CauseExit, Certain, "SIGKILL", "", -1},
		{"a code", Death{Who: own, Exit: exit(3)}, true, CauseExit, Certain, "exit 3", "", -1},
		{"python's 1 without words", Death{Who: own, Exit: exit(1)}, true, CauseExit, Certain, "none was seen", "", -1},
		{"python's 2 at once", Death{Who: begunAt(own, at.Add(-time.Second/2)), Exit: exit(2)}, true, CauseExit, Certain, "exit 2: as after wrong arguments", "", -1},
		{"with its complaint", Death{Who: begunAt(own, at.Add(-time.Second/2)), Exit: exit(2), Tail: []procs.Line{{Text: []byte("python3: can't open file '/srv/train.py': [Errno 2] No such file or directory")}}}, true, CauseExit, Certain, "exit 2: as after wrong arguments", "", -1},
		{"with its usage", Death{Who: begunAt(own, at.Add(-time.Second/2)), Exit: exit(2), Tail: []procs.Line{{Text: []byte("usage: train.py [-h]")}, {Text: []byte("train.py: error: unrecognized arguments: -x")}}}, true, CauseExit, Certain, "exit 2: as after wrong arguments", "", -1},
		{"python's 2 after other output", Death{Who: begunAt(own, at.Add(-time.Second/2)), Exit: exit(2), Tail: []procs.Line{{Text: []byte("step 1")}}}, true, CauseExit, Certain, "exit 2$", "", -1},
		{"python's 2 after a while", Death{Who: begunAt(own, at.Add(-time.Minute)), Exit: exit(2)}, true, CauseExit, Certain, "exit 2$", "", -1},
		{"python's 2 of a worker", Death{Who: begunAt(forked, at.Add(-time.Second/2)), Exit: exit(2)}, true, CauseExit, Certain, "exit 2$", "", -1},
		{"input() where nobody can answer", Death{Who: own, Exit: exit(1), Words: noInput(10)}, true, CauseException, Certain, "EOFError: EOF when reading a line", "--output pty gives it a terminal", 0},
		{"the same in a worker, which has no input anyway", Death{Who: forked, Exit: exit(1), Words: noInput(11)}, true, CauseException, Certain, "EOFError: EOF when reading a line", "", 0},
		{"python's 120", Death{Who: own, Exit: exit(120)}, true, CauseExit, Certain, "could not be flushed", "", -1},
		{"a child's exitcode handed to sys.exit", Death{Who: own, Exit: exit(256 - 11)}, true, CauseExit, Certain, "perhaps -11, as Python counts a child that ended by SIGSEGV", "", -1},
		{"those codes of a shell", Death{Who: shell, Exit: exit(120)}, true, CauseExit, Certain, "exit 120", "", -1},
		{"137 of a shell is no OOM kill", Death{Who: shell, Exit: exit(137), OOM: OOM{GroupKills: 1, GroupDeaths: 1}}, true, CauseExit, Certain, "as of a shell whose command ended by SIGKILL", "", -1},
		{"137 with the child that died", Death{Who: shell, Exit: exit(137), Children: []Child{{PIDRef: plain.PIDRef, Label: "convert", Exit: *killedBy(procs.SIGKILL)}}}, true, CauseExit, Certain, "exit 137: its child convert ended by SIGKILL", "convert (pid 12)", -1},
		{"137 with a child that died otherwise", Death{Who: shell, Exit: exit(137), Children: []Child{{Label: "convert", Exit: *exit(1)}}}, true, CauseExit, Certain, "as of a shell", "", -1},
		{"jobs that failed below it", Death{Who: own, Exit: exit(2), Failed: below}, true, CauseExit, Certain, "exit 2", "job-4 (pid 104) below it: exit 1, 400ms before: sh -c test 4 -ne 4", -1},
		{"tools that answer by their code", Death{Who: own, Exit: exit(2), Failed: below[5:]}, true, CauseExit, Certain, "exit 2", "", -1},
		{"what nobody knows, with another code", Death{Who: own, Exit: exit(2), Failed: []Child{{Label: "process-7", Exit: procs.Exit{Code: 9, At: at}}}}, true, CauseExit, Certain, "exit 2", "process-7 (pid 0) below it: exit 9", -1},
		{"jobs that failed below what says why", Death{Who: own, Exit: exit(1), Words: []Words{traceback}, Failed: below}, true, CauseException, Certain, "ValueError: why, at a.py:3 in f", "", 0},
		{"more of them than are named", Death{Who: own, Exit: exit(2), Failed: below}, true, CauseExit, Certain, "exit 2", "and 2 others earlier", -1},
		{"timeout(1)", Death{Who: timeout, Exit: exit(124)}, true, CauseTimeout, Likely, "took too long", "", -1},
		{"timeout(1), whose command ended with 124", Death{Who: timeout, Exit: exit(124), Children: []Child{{PIDRef: plain.PIDRef, Label: "sh", Exit: *exit(124)}}}, true, CauseExit, Certain, "exit 124$", "", -1},
		{"timeout(1) below a shell", Death{Who: shell, Exit: exit(124), Failed: []Child{{Label: "timeout", Argv: timeout.Argv, Exit: *exit(124)}}}, true, CauseExit, Certain, "timeout(1) below it says", "timeout (pid 0) below it", -1},
		{"timeout(1) that has to kill", Death{Who: hard, Exit: killedBy(procs.SIGKILL)}, true, CauseTimeout, Likely, "SIGKILL: timeout(1) killed its command", "", -1},
		{"timeout(1) that only terminates", Death{Who: timeout, Exit: killedBy(procs.SIGKILL)}, true, CauseKilled, Likely, "killed at once", "", -1},
		{"124 of another program", Death{Who: shell, Exit: exit(124)}, true, CauseExit, Certain, "exit 124", "", -1},
		{"unknown, its own", Death{Who: own, Exit: &procs.Exit{Unknown: true}}, true, CauseExit, Certain, "status unknown", "", -1},
		{"unknown, a descendant", Death{Who: forked, Exit: &procs.Exit{Unknown: true}}, false, CauseExit, Certain, "status unknown", "", -1},
		{"unknown, with last words", Death{Who: forked, Exit: &procs.Exit{Unknown: true}, Words: []Words{said(PythonTraceback, "ValueError", 11)}}, true, CauseException, Certain, "ValueError: why", "", 0},
		{"cannot be started", Death{Who: own, Exit: &procs.Exit{Code: 127, StartError: "not found: x"}}, true, CauseExit, Certain, "cannot be started: not found: x", "", -1},

		// Words.
		{"a traceback", Death{Who: own, Exit: exit(1), Words: []Words{traceback}}, true, CauseException, Certain, "ValueError: why, at a.py:3 in f", "", 0},
		{"a traceback, and another code", Death{Who: own, Exit: exit(3), Words: []Words{traceback}}, true, CauseExit, Certain, "exit 3", "", -1},
		{"a logged traceback", Death{Who: own, Exit: exit(1), Words: with(traceback, func(w *Words) { w.Logged = true })}, true, CauseExit, Certain, "none was seen", "", -1},
		{"a caught one", Death{Who: own, Exit: exit(1), Words: with(traceback, func(w *Words) { w.Caught = true })}, true, CauseException, Likely, "ValueError", "caught this exception, and printed it", 0},
		{"a caught one, on its way", Death{Who: own, Exit: exit(1), Words: with(traceback, caught), Tail: printed(3)}, true, CauseException, Likely, "ValueError", "caught this exception, and printed it", 0},
		{"a caught one, and it went on", Death{Who: own, Exit: exit(1), Words: with(traceback, caught), Tail: printed(4)}, true, CauseExit, Certain, "none was seen", "", -1},
		{"a caught one, a while ago", Death{Who: own, Exit: exit(1), Words: with(traceback, caught), Tail: []procs.Line{{Seq: 4, At: at.Add(-3 * time.Second)}}}, true, CauseExit, Certain, "none was seen", "", -1},
		{"a caught one, and another code", Death{Who: own, Exit: exit(3), Words: with(traceback, caught)}, true, CauseExit, Certain, "exit 3", "", -1},
		{"a few lines later", Death{Who: own, Exit: exit(1), Words: []Words{traceback}, Tail: printed(12)}, true, CauseException, Likely, "ValueError", "", 0},
		{"long ago", Death{Who: own, Exit: exit(1), Words: []Words{traceback}, Tail: printed(TailLines)}, true, CauseExit, Certain, "none was seen", "", -1},
		{"a worker's traceback", Death{Who: own, Exit: exit(1), Words: []Words{said(PythonTraceback, "ValueError", 11)}}, true, CauseExit, Certain, "none was seen", "", -1},
		{"a worker's, by its name", Death{Who: own, Exit: exit(1), Words: with(said(PythonTraceback, "ValueError", 0), func(w *Words) { w.Process = "ForkPoolWorker-1" })}, true, CauseExit, Certain, "none was seen", "", -1},
		{"a thread's traceback", Death{Who: own, Exit: exit(1), Words: with(traceback, func(w *Words) { w.Scope = EndsThread })}, true, CauseExit, Certain, "none was seen", "", -1},
		{"a torn one", Death{Who: own, Exit: exit(1), Words: with(traceback, torn)}, true, CauseExit, Certain, "an exception that nothing caught$", "", -1},
		{"a worker's torn one", Death{Who: own, Exit: exit(1), Words: with(said(PythonTraceback, "", 11), torn)}, true, CauseExit, Certain, "none was seen", "", -1},
		{"a torn one, and it goes on", Death{Who: own, Words: with(traceback, torn)}, false, CauseExit, Certain, "", "", -1},
		{"told by the agent", Death{Who: own, Exit: exit(1), Words: []Words{said(AgentReport, "ValueError", 10)}, Tail: printed(TailLines)}, true, CauseException, Certain, "ValueError", "", 0},
		{"a MemoryError is no OOM kill", Death{Who: own, Exit: exit(1), Words: []Words{said(PythonTraceback, "MemoryError", 10)}, OOM: OOM{MachineKills: 1}}, true, CauseException, Certain, "MemoryError", "OOM killer had no part", 0},
		{"an interrupt", Death{Who: own, Exit: killedBy(procs.SIGINT), Words: []Words{said(PythonTraceback, "KeyboardInterrupt", 10)}}, true, CauseKilled, Likely, "SIGINT", "", 0},
		{"a Go panic", Death{Who: own, Exit: exit(2), Words: []Words{said(GoPanic, "panic", 10)}}, true, CausePanic, Certain, "panic: why", "", 0},
		{"a Go program at SIGQUIT", Death{Who: own, Exit: exit(2), Words: []Words{said(GoPanic, "SIGQUIT", 10)}}, true, CauseKilled, Certain, "SIGQUIT: why", "", 0},
		{"a Go program with SIGSEGV in its C", Death{Who: own, Exit: exit(2), Words: []Words{said(GoPanic, "SIGSEGV", 10)}}, true, CauseSignal, Certain, "SIGSEGV: why", "", 0},
		{"a Go panic that was recovered", Death{Who: own, Exit: exit(1), Words: []Words{said(GoPanic, "panic", 10)}}, true, CauseExit, Certain, "exit 1", "", -1},
		{"a race", Death{Who: own, Exit: exit(66), Words: with(said(GoRace, "data race", 10), func(w *Words) { w.Scope = EndsNothing })}, true, CauseException, Certain, "data race", "", 0},
		{"a race, and an end of its own", Death{Who: own, Exit: exit(3), Words: with(said(GoRace, "data race", 10), func(w *Words) { w.Scope = EndsNothing })}, true, CauseExit, Certain, "exit 3", "", -1},
		{"a Rust panic", Death{Who: own, Exit: exit(101), Words: []Words{said(RustPanic, "panic", 10)}}, true, CausePanic, Certain, "panic", "", 0},
		{"glibc", Death{Who: own, Exit: killedBy(abrt), Words: []Words{said(Glibc, "glibc abort", 10)}}, true, CauseSignal, Certain, "glibc abort", "", 0},
		{"ASan", Death{Who: own, Exit: exit(1), Words: []Words{said(ASan, "heap-use-after-free", 10)}}, true, CauseException, Certain, "heap-use-after-free", "", 0},
		{"a hang", Death{Who: own, Exit: exit(1), Words: with(said(Faulthandler, "timeout", 10), func(w *Words) { w.Scope = EndsNothing })}, true, CauseTimeout, Likely, "timeout", "", 0},
		{"cut by SIGKILL", Death{Who: own, Exit: killedBy(procs.SIGKILL), Words: with(traceback, func(w *Words) { w.Cut = true })}, true, CauseKilled, Likely, "SIGKILL", "printing this when it was killed: ValueError", -1},

		// Words of which the output does not tell whose they are.
		{"in a terminal, its own", Death{Who: own, Exit: exit(1), Words: []Words{unsigned}}, true, CauseException, Certain, "ValueError", "", 0},
		{"a shell's, which another may have printed", Death{Who: shell, Exit: exit(1), Words: []Words{unsigned}}, true, CauseException, Likely, "ValueError", "does not tell who wrote which", 0},
		{"a worker without a name", Death{Who: forked, Exit: exit(1), Words: []Words{unsigned}}, true, CauseException, Likely, "ValueError", "does not tell who wrote which", 0},
		{"mixed with another's", Death{Who: own, Exit: exit(1), Words: with(unsigned, func(w *Words) { w.Cut = true })}, true, CauseException, Likely, "ValueError", "mixed with the lines of others, or cut short", 0},
		{"a worker, whose words are mixed", Death{Who: forked, Exit: exit(1), Words: with(unsigned, mix)}, true, CauseExit, Certain, "as after sys.exit(1), or an exception", "mixed in this output, which does not tell who wrote which: ValueError: why, at a.py:3 in f; with --output by-writer", -1},
		{"another code, and mixed words", Death{Who: forked, Exit: exit(3), Words: with(unsigned, mix)}, true, CauseExit, Certain, "exit 3", "", -1},
		{"a shell beside it", Death{Who: shellBeside, Exit: exit(1), Words: []Words{unsigned}}, false, CauseExit, Certain, "exit 1", "", -1},
		{"one whose program is not known", Death{Who: fleeting, Exit: exit(1), Words: []Words{unsigned}}, false, CauseExit, Certain, "exit 1", "", -1},
		{"a grep beside it", Death{Who: plain, Exit: exit(1), Words: []Words{unsigned}}, false, CauseExit, Certain, "exit 1", "", -1},
		{"a Go program beside a shell", Death{Who: plain, Exit: exit(2), Words: []Words{said(GoPanic, "panic", 0)}}, true, CausePanic, Likely, "panic", "fit its end", 0},

		// Signals.
		{"SIGSEGV of a descendant", Death{Who: plain, Exit: killedBy(segv)}, true, CauseSignal, Certain, "SIGSEGV: touched memory", "or somebody sent it SIGSEGV", -1},
		{"SIGABRT that nothing tells of", Death{Who: own, Exit: killedBy(abrt)}, true, CauseSignal, Likely, "SIGABRT: aborted", "somebody may have sent it SIGABRT", -1},
		{"SIGABRT sent by muster", Death{Who: own, Exit: killedBy(abrt), Sent: musterSent(abrt)}, true, CauseSignal, Certain, "SIGABRT: muster sent it", "muster sent", -1},
		{"with faulthandler", Death{Who: forked, Exit: killedBy(segv), Words: fault}, true, CauseSignal, Certain, "SIGSEGV: touched memory that is not its own, at a.py:3 in f", "or somebody sent it SIGSEGV", 0},
		{"a dump on demand before SIGSEGV", Death{Who: forked, Exit: killedBy(segv), Words: with(fault[0], func(w *Words) { w.Scope = EndsNothing })}, true, CauseSignal, Certain, "SIGSEGV", "or somebody sent it SIGSEGV", -1},
		{"the head of a pipeline", Death{Who: plain, Exit: killedBy(pipe)}, false, CauseSignal, Certain, "SIGPIPE", "", -1},
		{"SIGPIPE of a worker", Death{Who: forked, Exit: killedBy(pipe)}, true, CauseSignal, Certain, "SIGPIPE", "", -1},
		{"Pool.terminate", Death{Who: forked, Exit: killedBy(procs.SIGTERM), Waiting: inGet}, false, CauseKilled, Certain, "SIGTERM", "its parent, which lives", -1},
		{"SIGTERM in the midst of a task", Death{Who: pooled, Exit: killedBy(procs.SIGTERM), Task: "f(1)"}, true, CauseLostTask, Certain, "SIGTERM", "who sent SIGTERM is not known", -1},
		{"the same of an executor's", Death{Who: futures, Exit: killedBy(procs.SIGTERM), Task: "f(1)", Parent: exit(1)}, true, CauseKilled, Likely, "SIGTERM", "BrokenProcessPool", -1},
		{"SIGTERM by its parent", Death{Who: pooled, Exit: killedBy(procs.SIGTERM), Task: "f(1)", Sent: parentSent}, false, CauseKilled, Certain, "SIGTERM", "its parent sent it SIGTERM", -1},
		{"SIGTERM by an executor", Death{Who: futures, Exit: killedBy(procs.SIGTERM), Task: "f(1)", Sent: parentSent}, false, CauseKilled, Certain, "SIGTERM", "its parent sent it SIGTERM", -1},
		{"SIGTERM by muster in a task", Death{Who: pooled, Exit: killedBy(procs.SIGTERM), Task: "f(1)", Sent: musterSent(procs.SIGTERM)}, true, CauseLostTask, Certain, "SIGTERM: muster sent it", "muster sent", -1},
		{"SIGKILL by muster in a task", Death{Who: pooled, Exit: killedBy(procs.SIGKILL), Task: "f(1)", Sent: musterSent(procs.SIGKILL)}, true, CauseLostTask, Certain, "SIGKILL: muster sent it$", "is lost: f(1)", -1},
		{"SIGKILL by muster of an idle worker", Death{Who: pooled, Exit: killedBy(procs.SIGKILL), Sent: musterSent(procs.SIGKILL)}, false, CauseKilled, Certain, "SIGKILL", "muster sent", -1},
		{"SIGKILL by muster in an executor's task", Death{Who: futures, Exit: killedBy(procs.SIGKILL), Task: "f(1)", Sent: musterSent(procs.SIGKILL)}, false, CauseKilled, Certain, "SIGKILL", "muster sent", -1},
		{"SIGKILL by muster in a task, and its parent ends", Death{Who: pooled, Exit: killedBy(procs.SIGKILL), Task: "f(1)", Sent: musterSent(procs.SIGKILL), Parent: killedBy(procs.SIGKILL)}, false, CauseKilled, Certain, "SIGKILL", "muster sent", -1},
		{"SIGKILL by muster in a task that is given up", Death{Who: pooled, Exit: killedBy(procs.SIGKILL), Task: "f(1)", Sent: musterSent(procs.SIGKILL), GivenUp: true}, false, CauseKilled, Certain, "SIGKILL", "muster sent", -1},
		{"SIGTERM, and its pool is given up", Death{Who: pooled, Exit: killedBy(procs.SIGTERM), Task: "f(1)", GivenUp: true}, false, CauseKilled, Likely, "SIGTERM", "its parent, which lives", -1},
		{"SIGTERM, and its parent ends", Death{Who: pooled, Exit: killedBy(procs.SIGTERM), Task: "f(1)", Parent: exit(0)}, false, CauseKilled, Likely, "SIGTERM", "its parent, which lives", -1},
		{"SIGTERM of an executor and its worker", Death{Who: futures, Exit: killedBy(procs.SIGTERM), Task: "f(1)", Parent: killedBy(procs.SIGTERM)}, false, CauseKilled, Likely, "SIGTERM", "its parent, which lives", -1},
		{"SIGTERM in a task, with the parent gone", Death{Who: lonely, Exit: killedBy(procs.SIGTERM), Task: "f(1)"}, false, CauseKilled, Likely, "SIGTERM", "", -1},
		{"SIGINT in a task, as a terminal sends it to all", Death{Who: pooled, Exit: killedBy(procs.SIGINT), Task: "f(1)"}, false, CauseKilled, Likely, "SIGINT", "its parent, which lives", -1},
		{"code 0 in the midst of a task", Death{Who: pooled, Exit: exit(0), Task: "f(1)"}, true, CauseLostTask, Certain, "exit 0 in the midst of a task$", "is lost: f(1)", -1},
		{"code 0 without one", Death{Who: pooled, Exit: exit(0)}, false, CauseExit, Certain, "exit 0$", "", -1},
		{"code 0 of what is in no pool", Death{Who: forked, Exit: exit(0), Task: "f(1)"}, false, CauseExit, Certain, "exit 0$", "", -1},
		{"code 0 in a task, asked for", Death{Who: pooled, Exit: &procs.Exit{Asked: true}, Task: "f(1)"}, false, CauseExit, Certain, "", "", -1},
		{"code 0 in a task, after its parent's SIGTERM", Death{Who: pooled, Exit: exit(0), Task: "f(1)", Sent: parentSent}, false, CauseExit, Certain, "exit 0$", "", -1},
		{"code 0 in a task that is given up", Death{Who: pooled, Exit: exit(0), Task: "f(1)", GivenUp: true}, false, CauseExit, Certain, "exit 0$", "", -1},
		{"code 0 in a task, and its parent ends", Death{Who: pooled, Exit: exit(0), Task: "f(1)", Parent: exit(1)}, false, CauseExit, Certain, "exit 0$", "", -1},
		{"code 0 in an executor's task", Death{Who: futures, Exit: exit(0), Task: "f(1)"}, true, CauseExit, Certain, "exit 0 in the midst of a task$", "BrokenProcessPool", -1},
		{"code 0 in a task of an executor that fails by it", Death{Who: futures, Exit: exit(0), Task: "f(1)", Parent: exit(1)}, true, CauseExit, Certain, "exit 0 in the midst of a task$", "BrokenProcessPool", -1},
		{"code 0 in a task of an executor that ends so, too", Death{Who: futures, Exit: exit(0), Task: "f(1)", Parent: exit(0)}, false, CauseExit, Certain, "exit 0$", "", -1},
		{"code 0 in a task of an executor that a signal ends", Death{Who: futures, Exit: exit(0), Task: "f(1)", Parent: killedBy(procs.SIGTERM)}, false, CauseExit, Certain, "exit 0$", "", -1},
		{"an executor's initializer", Death{Who: futures, Exit: exit(0), Words: []Words{said(AgentReport, "ValueError", 11)}, Parent: exit(0)}, true, CauseException, Certain, "ValueError", "BrokenProcessPool", 0},
		{"code 0 after a traceback", Death{Who: futures, Exit: exit(0), Words: []Words{said(PythonTraceback, "ValueError", 11)}}, false, CauseExit, Certain, "exit 0$", "", -1},
		{"code 0 after a task that failed", Death{Who: futures, Exit: exit(0), Words: with(said(AgentReport, "ValueError", 11), func(w *Words) { w.Scope = EndsTask })}, false, CauseExit, Certain, "exit 0$", "", -1},
		{"code 0 after another's exception", Death{Who: futures, Exit: exit(0), Words: []Words{said(AgentReport, "ValueError", 15)}}, false, CauseExit, Certain, "exit 0$", "", -1},
		{"an interrupt in a task", Death{Who: pooled, Exit: exit(1), Task: "f(1)", Words: interrupt(EndsProcess)}, true, CauseLostTask, Certain, "KeyboardInterrupt", "is lost: f(1)", 0},
		{"an interrupt in a task, of the parent too", Death{Who: pooled, Exit: exit(1), Task: "f(1)", Words: interrupt(EndsProcess), Parent: killedBy(procs.SIGINT)}, false, CauseException, Certain, "KeyboardInterrupt", "", 0},
		{"an interrupt in a task that is given up", Death{Who: pooled, Exit: exit(1), Task: "f(1)", Words: interrupt(EndsProcess), GivenUp: true}, false, CauseException, Certain, "KeyboardInterrupt", "", 0},
		{"an interrupt of an idle worker", Death{Who: futures, Exit: exit(1), Words: interrupt(EndsProcess)}, true, CauseException, Certain, "KeyboardInterrupt", "BrokenProcessPool", 0},
		{"an interrupt of an idle worker and its parent", Death{Who: futures, Exit: exit(1), Words: interrupt(EndsProcess), Parent: killedBy(procs.SIGINT)}, false, CauseException, Certain, "KeyboardInterrupt", "", 0},
		{"the end of a pipe, with the parent's", Death{Who: futures, Exit: exit(1), Words: eof(true), Parent: killedBy(procs.SIGINT)}, false, CauseException, Certain, "EOFError", "", 0},
		{"the end of a pipe, while the parent goes on", Death{Who: futures, Exit: exit(1), Words: eof(true)}, true, CauseException, Certain, "EOFError", "BrokenProcessPool", 0},
		{"the program's own EOFError", Death{Who: futures, Exit: exit(1), Words: eof(false), Parent: killedBy(procs.SIGINT)}, true, CauseException, Certain, "EOFError", "BrokenProcessPool", 0},
		{"an interrupt of a slot's own", Death{Who: own, Exit: exit(1), Words: []Words{said(AgentReport, "KeyboardInterrupt", 10)}}, true, CauseException, Certain, "KeyboardInterrupt", "", 0},
		{"code 0 after an executor's SIGTERM, and that fails", Death{Who: futures, Exit: exit(0), Task: "f(1)", Parent: exit(1), Sent: parentSent}, false, CauseExit, Certain, "exit 0$", "", -1},
		{"code 0 with the executor gone before", Death{Who: func() Process { p := futures; p.ParentLived = false; return p }(), Exit: exit(0), Task: "f(1)", Parent: exit(1)}, false, CauseExit, Certain, "exit 0$", "", -1},
		{"another exception, and the parent ends", Death{Who: forked, Exit: exit(1), Words: with(said(AgentReport, "ValueError", 11), func(w *Words) { w.Exception.Frames[0].Library = true }), Parent: exit(1)}, true, CauseException, Certain, "ValueError", "", 0},
		{"an interrupt in an executor's task", Death{Who: futures, Task: "f(1)", Words: interrupt(EndsTask)}, true, CauseException, Certain, "KeyboardInterrupt", "", 0},
		{"an interrupt in an executor's task, of the parent too", Death{Who: futures, Task: "f(1)", Words: interrupt(EndsTask), Parent: killedBy(procs.SIGINT)}, false, CauseException, Certain, "", "", -1},
		{"SIGTERM of an executor's worker, and its parent ends well", Death{Who: futures, Exit: killedBy(procs.SIGTERM), Task: "f(1)", Parent: exit(0)}, true, CauseKilled, Likely, "SIGTERM", "BrokenProcessPool", -1},
		{"SIGHUP in the midst of a task", Death{Who: pooled, Exit: killedBy(procs.SIGHUP), Task: "f(1)"}, true, CauseLostTask, Certain, "SIGHUP", "is lost: f(1)", -1},
		{"SIGHUP of its parent too", Death{Who: pooled, Exit: killedBy(procs.SIGHUP), Task: "f(1)", Parent: killedBy(procs.SIGHUP)}, false, CauseKilled, Likely, "SIGHUP", "its parent, which lives", -1},
		{"SIGHUP in a task that is given up", Death{Who: pooled, Exit: killedBy(procs.SIGHUP), Task: "f(1)", GivenUp: true}, false, CauseKilled, Likely, "SIGHUP", "its parent, which lives", -1},
		{"SIGHUP of an idle worker", Death{Who: pooled, Exit: killedBy(procs.SIGHUP)}, false, CauseKilled, Likely, "SIGHUP", "its parent, which lives", -1},
		{"SIGHUP of a Process", Death{Who: forked, Exit: killedBy(procs.SIGHUP), Task: "f(1)"}, false, CauseKilled, Likely, "SIGHUP", "its parent, which lives", -1},
		{"SIGHUP in an executor's task", Death{Who: futures, Exit: killedBy(procs.SIGHUP), Task: "f(1)"}, true, CauseKilled, Likely, "SIGHUP", "BrokenProcessPool", -1},
		{"SIGHUP in an executor's task, and its parent leaves", Death{Who: futures, Exit: killedBy(procs.SIGHUP), Task: "f(1)", Parent: exit(1)}, false, CauseKilled, Likely, "SIGHUP", "its parent, which lives", -1},
		{"SIGTERM of an idle worker", Death{Who: pooled, Exit: killedBy(procs.SIGTERM)}, false, CauseKilled, Likely, "SIGTERM", "its parent, which lives", -1},
		{"SIGTERM with the parent gone", Death{Who: orphan, Exit: killedBy(procs.SIGTERM)}, false, CauseKilled, Likely, "SIGTERM", "", -1},
		{"SIGTERM of a slot's own", Death{Who: own, Exit: killedBy(procs.SIGTERM)}, true, CauseKilled, Likely, "SIGTERM", "", -1},
		{"SIGKILL of a worker", Death{Who: forked, Exit: killedBy(procs.SIGKILL)}, true, CauseKilled, Likely, "SIGKILL", "", -1},
		{"SIGKILL while the parent goes on", Death{Who: plain, Exit: killedBy(procs.SIGKILL), OOM: OOM{MachineKills: 1}}, false, CauseKilled, Likely, "SIGKILL", "its parent, which lives", -1},
		{"SIGKILL where memory ran out", Death{Who: plain, Exit: killedBy(procs.SIGKILL), OOM: OOM{GroupKills: 1, GroupDeaths: 1}}, true, CauseOOM, Certain, "killed by the kernel", "counted 1", -1},
		{"SIGKILL where memory may have run out", Death{Who: plain, Exit: killedBy(procs.SIGKILL), OOM: OOM{GroupKills: -1, MachineKills: 1}}, true, CauseOOM, Likely, "likely killed by the kernel", "counted 1", -1},
		{"SIGKILL with the parent gone", Death{Who: left, Exit: killedBy(procs.SIGKILL)}, true, CauseKilled, Likely, "SIGKILL", "", -1},
		{"SIGKILL that its shell passed on", Death{Who: plain, Exit: killedBy(procs.SIGKILL), Parent: exit(137)}, true, CauseKilled, Likely, "SIGKILL", "", -1},
		{"SIGKILL of it and its parent", Death{Who: plain, Exit: killedBy(procs.SIGKILL), Parent: killedBy(procs.SIGKILL)}, true, CauseKilled, Likely, "SIGKILL", "", -1},
		{"SIGKILL by a parent that then failed", Death{Who: plain, Exit: killedBy(procs.SIGKILL), Parent: exit(1)}, false, CauseKilled, Likely, "SIGKILL", "its parent, which lives", -1},
		{"SIGHUP", Death{Who: own, Exit: killedBy(procs.SIGHUP)}, true, CauseKilled, Likely, "SIGHUP: hung up, as when its terminal is closed$", "", -1},
		{"SIGHUP by muster", Death{Who: own, Exit: killedBy(procs.SIGHUP), Sent: musterSent(procs.SIGHUP)}, true, CauseKilled, Certain, "SIGHUP: muster sent it$", "muster sent it SIGHUP", -1},
		{"SIGSEGV by muster, with a core", Death{Who: own, Exit: &procs.Exit{Signal: segv, Core: true, At: at}, Sent: musterSent(segv)}, true, CauseSignal, Certain, "SIGSEGV: muster sent it (core dumped)$", "muster sent it SIGSEGV", -1},
		{"SIGINT by muster, with words", Death{Who: own, Exit: killedBy(procs.SIGINT), Sent: musterSent(procs.SIGINT), Words: []Words{said(PythonTraceback, "KeyboardInterrupt", 10)}}, true, CauseKilled, Certain, "SIGINT: muster sent it: KeyboardInterrupt", "muster sent it SIGINT", 0},
		{"SIGSEGV, and another signal by muster", Death{Who: own, Exit: killedBy(segv), Sent: musterSent(procs.SIGHUP)}, true, CauseSignal, Certain, "SIGSEGV: touched memory that is not its own$", "or somebody sent it SIGSEGV", -1},
		{"SIGUSR1 by muster", Death{Who: own, Exit: killedBy(usr1), Sent: musterSent(usr1)}, true, CauseSignal, Certain, "SIGUSR1: muster sent it$", "muster sent it SIGUSR1", -1},
		{"the same, of a descendant", Death{Who: plain, Exit: killedBy(usr1), Sent: musterSent(usr1)}, false, CauseSignal, Certain, "SIGUSR1: muster sent it$", "muster sent it SIGUSR1", -1},
		{"SIGUSR1 of a descendant", Death{Who: plain, Exit: killedBy(usr1)}, true, CauseSignal, Certain, "SIGUSR1: got user signal 1 and had no handler for it$", "", -1},
		{"SIGSEGV by muster, of a descendant", Death{Who: plain, Exit: killedBy(segv), Sent: musterSent(segv)}, true, CauseSignal, Certain, "SIGSEGV: muster sent it$", "muster sent it SIGSEGV", -1},
		{"SIGSEGV of a descendant after SIGUSR1 by muster", Death{Who: plain, Exit: killedBy(segv), Sent: musterSent(usr1)}, true, CauseSignal, Certain, "SIGSEGV: touched memory that is not its own$", "or somebody sent it SIGSEGV", -1},
		{"SIGKILL by muster", Death{Who: forked, Exit: killedBy(procs.SIGKILL), Sent: musterSent(procs.SIGKILL)}, false, CauseKilled, Certain, "SIGKILL", "muster sent it SIGKILL", -1},
		{"another signal by muster", Death{Who: forked, Exit: killedBy(procs.SIGKILL), Sent: musterSent(procs.SIGCONT)}, true, CauseKilled, Likely, "SIGKILL", "", -1},

		{"killed, forked among threads", Death{Who: crowded, Exit: killedBy(procs.SIGKILL)}, true, CauseKilled, Likely, "SIGKILL", "forked at serve.py:12 while 2 other threads ran in its parent", -1},
		{"ended by itself, forked among threads", Death{Who: crowded, Exit: exit(3)}, true, CauseExit, Certain, "exit 3", "", -1},

		{"gunicorn's master gave up on it", Death{Who: forked, Exit: exit(1), Master: "[CRITICAL] WORKER TIMEOUT (pid:11)", Stack: seen}, true, CauseTimeout, Certain, "did not answer in time, at app.py:7 in app", "its master has printed: [CRITICAL] WORKER TIMEOUT (pid:11)", -1},
		{"the same, and killed it", Death{Who: forked, Exit: killedBy(procs.SIGKILL), Master: "[CRITICAL] WORKER TIMEOUT (pid:11)"}, true, CauseTimeout, Certain, "did not answer in time$", "its master has printed", -1},
		{"the same, and killed it while memory ran out", Death{Who: plain, Exit: killedBy(procs.SIGKILL), Master: "[CRITICAL] WORKER TIMEOUT (pid:11)", OOM: OOM{GroupKills: 1}}, true, CauseTimeout, Certain, "did not answer in time$", "its master has printed", -1},
		{"the same of a slot's own", Death{Who: own, Exit: exit(1), Master: "[CRITICAL] WORKER TIMEOUT (pid:11)"}, true, CauseExit, Certain, "exit 1", "", -1},
		{"killed, and seen before", Death{Who: forked, Exit: killedBy(procs.SIGKILL), Stack: seen}, true, CauseKilled, Likely, "SIGKILL", "its main thread was at /usr/lib/python3.12/socket.py:700 recv, called from app.py:7 in app", -1},
		{"a code, and seen before", Death{Who: forked, Exit: exit(3), Stack: seen}, true, CauseExit, Certain, "exit 3", "", -1},
		{"a traceback, and seen before", Death{Who: own, Exit: exit(1), Words: []Words{traceback}, Stack: seen}, true, CauseException, Certain, "ValueError", "", 0},

		// Memory.
		{"OOM, certain", Death{Who: forked, Exit: killedBy(procs.SIGKILL), OOM: OOM{GroupKills: 1, GroupDeaths: 1, LimitBytes: 64 << 20}}, true, CauseOOM, Certain, "killed by the kernel: memory ran out", "64 MiB", -1},
		{"OOM among several deaths", Death{Who: forked, Exit: killedBy(procs.SIGKILL), OOM: OOM{GroupKills: 1, GroupDeaths: 2}}, true, CauseOOM, Likely, "likely killed by the kernel", "counted 1", -1},
		{"OOM on the machine", Death{Who: own, Exit: killedBy(procs.SIGKILL), OOM: OOM{GroupKills: -1, MachineKills: 1}}, true, CauseOOM, Likely, "likely killed", "this machine", -1},
		{"OOM elsewhere", Death{Who: own, Exit: killedBy(procs.SIGKILL), OOM: OOM{MachineKills: 1}}, true, CauseKilled, Likely, "SIGKILL", "", -1},
		{"nothing counted", Death{Who: own, Exit: killedBy(procs.SIGKILL), OOM: OOM{GroupKills: -1, MachineKills: -1}}, true, CauseKilled, Likely, "SIGKILL", "", -1},
		{"muster's SIGKILL is no OOM kill", Death{Who: own, Exit: killedBy(procs.SIGKILL), Sent: musterSent(procs.SIGKILL), OOM: OOM{GroupKills: 1, GroupDeaths: 1}}, true, CauseKilled, Certain, "SIGKILL", "muster sent", -1},
		{"SIGTERM is no OOM kill", Death{Who: own, Exit: killedBy(procs.SIGTERM), OOM: OOM{GroupKills: 1, GroupDeaths: 1}}, true, CauseKilled, Likely, "SIGTERM", "", -1},

		// Descendants' codes, and pools.
		{"grep finds nothing", Death{Who: plain, Exit: exit(1)}, false, CauseExit, Certain, "exit 1", "", -1},
		{"a failing part of make", Death{Who: plain, Exit: exit(2)}, false, CauseExit, Certain, "exit 2", "", -1},
		{"a descendant that says why", Death{Who: plain, Exit: exit(2), Words: []Words{said(GoPanic, "panic", 12)}}, true, CausePanic, Certain, "panic", "", 0},
		{"os._exit(3) of a worker", Death{Who: forked, Exit: exit(3)}, true, CauseExit, Certain, "exit 3", "", -1},
		{"while its parent is in get", Death{Who: forked, Exit: exit(3), Waiting: inGet}, true, CauseLostTask, Likely, "exit 3", "its result will never come: multiprocessing.Pool replaces the worker and never finishes the task (python/cpython#96062)", -1},
		{"a Process while its parent is in get", Death{Who: func() Process { p := forked; p.Apart = true; return p }(), Exit: exit(3), Waiting: inGet}, true, CauseExit, Certain, "exit 3", "", -1},
		{"killed with a known task", Death{Who: func() Process { p := forked; p.Pool = "multiprocessing"; return p }(), Exit: killedBy(procs.SIGKILL), Task: "resize('a.jpg')"}, true, CauseLostTask, Certain, "SIGKILL", "lost: resize('a.jpg')", -1},
		{"with a known task", Death{Who: func() Process { p := forked; p.Pool = "multiprocessing"; return p }(), Exit: killedBy(segv), Task: "resize('a.jpg')"}, true, CauseLostTask, Certain, "SIGSEGV", "lost: resize('a.jpg')", -1},
		{"an idle worker", Death{Who: forked, Exit: exit(3), Waiting: Waiting{Parent: []string{"train.py:9 main"}}}, true, CauseExit, Certain, "exit 3", "", -1},
		{"a pool of the program's own", Death{Who: forked, Exit: exit(3), Waiting: Waiting{Parent: []string{"dbpool.py:7 get"}}}, true, CauseExit, Certain, "exit 3", "", -1},
		{"a worker's exception", Death{Who: forked, Exit: exit(1), Words: []Words{said(PythonTraceback, "ValueError", 11)}, Waiting: inGet}, true, CauseException, Certain, "ValueError", "", 0},
		{"futures", Death{Who: futures, Exit: killedBy(segv), Waiting: inGet}, true, CauseSignal, Certain, "SIGSEGV", "BrokenProcessPool", -1},

		// What goes on.
		{"a thread", Death{Who: own, Words: with(traceback, func(w *Words) { w.Scope = EndsThread })}, true, CauseException, Certain, "ValueError", "", 0},
		{"an aside of the agent's", Death{Who: own, Words: with(said(AgentReport, "ValueError", 10), func(w *Words) { w.Scope, w.Aside = EndsNothing, "nothing can catch it" })}, true, CauseException, Certain, "ValueError", "nothing can catch it", 0},
		{"the main thread alone", Death{Who: own, Words: []Words{traceback}}, true, CauseException, Certain, "ValueError", "without its main thread", 0},
		{"what was logged", Death{Who: own, Words: with(traceback, func(w *Words) { w.Logged = true })}, false, CauseExit, Certain, "", "", -1},
		{"what is mixed", Death{Who: own, Words: with(unsigned, mix)}, false, CauseExit, Certain, "", "", -1},
		{"what was caught", Death{Who: own, Words: with(traceback, func(w *Words) { w.Caught = true })}, false, CauseExit, Certain, "", "", -1},
		{"a dump on demand", Death{Who: own, Words: with(fault[0], func(w *Words) { w.Scope = EndsNothing })}, false, CauseExit, Certain, "", "", -1},
		{"nothing", Death{Who: own}, false, CauseExit, Certain, "", "", -1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.death.Run = judgedRun
			v := Judge(&tt.death)
			if v.Crash != tt.crash || v.Crash && (v.Cause != tt.cause || v.Certainty != tt.certainty) || v.Words != tt.words {
				t.Errorf("crash %v, %s %s, words %d; want %v, %s %s, %d", v.Crash, v.Certainty, v.Cause, v.Words, tt.crash, tt.certainty, tt.cause, tt.words)
			}
			if end, whole := strings.CutSuffix(tt.headline, "$"); !strings.Contains(v.Headline, end) || whole && !strings.HasSuffix(v.Headline, end) {
				t.Errorf("headline %q, want %q in it", v.Headline, tt.headline)
			}
			checkNotes(t, v.Notes, tt.note)
			if v.Crash && v.Group == "" {
				t.Error("no group")
			}
		})
	}
}

// checkNotes looks for a part of a note, and for how each is known.
func checkNotes(t *testing.T, notes []Note, want string) {
	t.Helper()
	found := want == "" && len(notes) == 0
	for _, n := range notes {
		found = found || want != "" && strings.Contains(n.Text, want)
		if n.Evidence == "" || (n.Evidence == profiling.Inferred) != (n.Rule != "") {
			t.Errorf("note %+v does not say how it is known", n)
		}
	}
	if !found {
		t.Errorf("notes %+v, want %q", notes, want)
	}
}

// TestCutInTheMiddleOfAFrame reads what SIGKILL left of a traceback: the note says
// how far it had come.
func TestCutInTheMiddleOfAFrame(t *testing.T) {
	lines := asLines([]byte("Traceback (most recent call last):\n  File \"/x/y.py\", line 3, in work\n    go()\n  File \"/x/y"))
	for i := range lines {
		lines[i].PID = own.PID
	}
	d := Death{Run: judgedRun, Who: own, Exit: killedBy(procs.SIGKILL), Words: Parse(lines), Tail: lines}
	v := Judge(&d)
	if !v.Crash || v.Cause != CauseKilled || !strings.HasPrefix(v.Headline, "SIGKILL") {
		t.Errorf("%+v", v)
	}
	checkNotes(t, v.Notes, "it was printing this when it was killed: an error whose name is not known, at y.py:3 in work")
}

// TestALongMessageLeavesRoomForThePlace keeps what matters most in a headline.
func TestALongMessageLeavesRoomForThePlace(t *testing.T) {
	e := Exception{Type: "ValueError", Message: strings.Repeat("x", 1<<20), Frames: []Frame{{File: "/app/big_message.py", Line: 6, Function: "fail"}}}
	if h := e.Headline(); !strings.HasSuffix(h, "x…, at big_message.py:6 in fail") || len([]rune(h)) > maxHeadline {
		t.Error(h)
	}
}

// TestGaveUp: a master names its worker; the worker's own word, and that on another
// one, are none.
func TestGaveUp(t *testing.T) {
	line := func(pid int, text string) procs.Line { return procs.Line{PID: pid, Text: []byte(text)} }
	lines := []procs.Line{
		line(10, "[10] [CRITICAL] WORKER TIMEOUT (pid:110)"), line(0, "\x1b[31m[10] [CRITICAL] WORKER TIMEOUT (pid:12)\x1b[0m"),
		line(13, "WORKER TIMEOUT (pid:13)"), line(10, "[10] [INFO] Booting worker with pid: 14"),
	}
	for pid, want := range map[int]string{11: "", 12: "[10] [CRITICAL] WORKER TIMEOUT (pid:12)", 13: "", 110: "[10] [CRITICAL] WORKER TIMEOUT (pid:110)"} {
		if got := GaveUp(lines, pid); got != want {
			t.Errorf("of %d: %q, want %q", pid, got, want)
		}
	}
}

// TestEndedBy: who has ended a process is told once, with one certainty: where that is known it is
// no guess of a note, and where it is not the certainty of the cause says so.
func TestEndedBy(t *testing.T) {
	gaveUp := "[CRITICAL] WORKER TIMEOUT (pid:11)"
	pooled := forked
	pooled.Pool = "multiprocessing"
	for name, tt := range map[string]struct {
		death   Death
		endedBy string
		notes   int
	}{
		"itself":                         {Death{Who: own, Exit: exit(1)}, "", 0},
		"nobody knows who":               {Death{Who: own, Exit: killedBy(procs.SIGKILL)}, "", 0},
		"muster":                         {Death{Who: own, Exit: killedBy(procs.SIGHUP), Sent: []Sent{{Signal: procs.SIGHUP, By: "muster"}}}, "muster", 1},
		"its master":                     {Death{Who: forked, Exit: exit(1), Master: gaveUp}, "its master", 1},
		"its master, at once":            {Death{Who: forked, Exit: killedBy(procs.SIGKILL), Master: gaveUp}, "its master", 1},
		"its master, which is no pool's": {Death{Who: plain, Exit: killedBy(procs.SIGKILL), Master: gaveUp}, "its master", 1},
		"nobody knows who, in a task":    {Death{Who: pooled, Exit: killedBy(procs.SIGTERM), Task: "f(1)"}, "", 3},
	} {
		tt.death.Run = judgedRun
		v := Judge(&tt.death)
		r := Of(&tt.death, v, at)
		if r.EndedBy != tt.endedBy || len(r.Notes) != tt.notes {
			t.Errorf("%s: it was ended by %q: %+v", name, r.EndedBy, r.Notes)
		}
	}
}
