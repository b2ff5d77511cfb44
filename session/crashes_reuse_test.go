package session

import (
	"testing"
	"time"

	"example.com/muster/procs"
	"example.com/muster/profiling/crash"
	"example.com/muster/profiling/locks/graph"
	"example.com/muster/profiling/pyagent"
)

// A number that was another process's a moment ago tells nothing of this one:
// not its last words, nor the signals that were sent to it, nor its locks, nor its task.
func TestANumberThatIsUsedAgain(t *testing.T) {
	before, now := procs.PIDRef{PID: 7, StartTime: 100}, procs.PIDRef{PID: 7, StartTime: 101}
	if before.MayBe(now) {
		t.Error("both are the same")
	}

	var sent sentLog
	run := procs.Run{N: 1}
	sent.add(before, procs.SIGKILL, noon)
	if len(sent.to(run, now, noon, noon)) != 0 || len(sent.to(run, before, noon, noon)) != 1 {
		t.Errorf("sent to it: %v", sent.to(run, now, noon, noon))
	}

	held := graph.Lock{Abandoned: true, LastHolder: &graph.LastHolder{Holder: graph.Holder{Thread: graph.Thread{PIDRef: before}}}}
	if holderOf(&held, now) != nil || holderOf(&held, before) == nil {
		t.Error("it has the lock of another one")
	}

	var l crashLog
	l.agent.known.Add(pyagent.Process{PIDRef: before, PPID: 3, Pool: "multiprocessing"})
	for who, is := range map[*crash.Process]bool{
		{PIDRef: before, PPID: 3}: true, {PIDRef: now, PPID: 3}: false,
		{PIDRef: procs.PIDRef{PID: 7}, PPID: 3}: true, {PIDRef: procs.PIDRef{PID: 7}, PPID: 4}: false,
	} {
		if _, ok := l.workerOf(who); ok != is {
			t.Errorf("%+v is taken for the worker: %v", who, ok)
		}
	}

	lines := []procs.Line{{Seq: 4, At: noon}, {Seq: 5, At: noon.Add(2 * time.Second)}}
	if own := linesSince(lines, 0, noon.Add(time.Second)); len(own) != 1 || own[0].Seq != 5 {
		t.Errorf("it has printed %v", own)
	}
	if all := linesSince(lines, 0, time.Time{}); len(all) != 2 {
		t.Errorf("since nobody knows when: %v", all)
	}
	if run := linesSince(lines, 5, time.Time{}); len(run) != 1 {
		t.Errorf("of the run: %v", run)
	}
}
