package session

import (
	"testing"

	"example.com/muster/procs"
	"example.com/muster/profiling/crash"
	"example.com/muster/profiling/pyagent"
)

// TestThreadsThatTheAgentTells: once an agent has told of a thread, a thread's traceback in the
// output of its process, whole or torn, is none of its own; other words still are, and other processes'.
func TestThreadsThatTheAgentTells(t *testing.T) {
	run := procs.Run{ID: procs.ID{Pool: "p"}, N: 1, PIDRef: procs.PIDRef{PID: 7, StartTime: 1}}
	next := run
	next.N = 2
	var l crashLog
	l.agent.threaded(run.PIDRef, run)
	for name, tt := range map[string]struct {
		run   procs.Run
		ref   procs.PIDRef
		words crash.Words
		told  bool
	}{
		"a thread's":                 {run, run.PIDRef, crash.Words{Format: crash.PythonTraceback, Scope: crash.EndsThread, PID: 7}, true},
		"torn":                       {run, run.PIDRef, crash.Words{Format: crash.PythonTraceback, Scope: crash.EndsNothing, Cut: true, PID: 7}, true},
		"whose start is not known":   {run, procs.PIDRef{PID: 7}, crash.Words{Format: crash.PythonTraceback, Scope: crash.EndsThread, PID: 7}, true},
		"of nobody knows whom":       {run, run.PIDRef, crash.Words{Format: crash.PythonTraceback, Scope: crash.EndsThread}, true},
		"the same of the next run":   {next, procs.PIDRef{PID: 8}, crash.Words{Format: crash.PythonTraceback, Scope: crash.EndsThread}, false},
		"another process's":          {run, procs.PIDRef{PID: 8}, crash.Words{Format: crash.PythonTraceback, Scope: crash.EndsThread, PID: 8}, false},
		"that had the number before": {run, procs.PIDRef{PID: 7, StartTime: 2}, crash.Words{Format: crash.PythonTraceback, Scope: crash.EndsThread, PID: 7}, false},
		"a task's":                   {run, run.PIDRef, crash.Words{Format: crash.PythonTraceback, Scope: crash.EndsTask, PID: 7}, false},
		"a race":                     {run, run.PIDRef, crash.Words{Format: crash.TSan, Cut: true, PID: 7}, false},
		"the agent's":                {run, run.PIDRef, crash.Words{Format: crash.AgentReport, Scope: crash.EndsThread, PID: 7}, false},
	} {
		i := incident{run: tt.run, who: crash.Process{PIDRef: tt.ref}}
		if told := l.tellsThreads(i, &tt.words); told != tt.told {
			t.Errorf("%s: %v", name, told)
		}
	}
	thread := crash.Words{Format: crash.PythonTraceback, Scope: crash.EndsThread, PID: 7}
	for n, told := range []bool{true, false} { // of more exceptions than the agent tells apart
		l.counted([]pyagent.Report{pyagent.Again{First: pyagent.ExceptionID{PIDRef: run.PIDRef, N: uint64(1 - n)}, Count: 1}}, noon)
		if l.tellsThreads(incident{run: run, who: crash.Process{PIDRef: run.PIDRef}}, &thread) != told {
			t.Errorf("after a count of number %d: %v", 1-n, !told)
		}
	}
}
