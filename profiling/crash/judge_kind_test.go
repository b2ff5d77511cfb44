package crash

import (
	"testing"

	"example.com/muster/procs"
)

// TestKinds: ends that mean different things are different crashes, however alike the ends
// are; those that mean the same are one.
func TestKinds(t *testing.T) {
	pooled, futures, unseen := forked, forked, forked
	pooled.Pool, futures.Pool = "multiprocessing", "futures"
	unseen.Argv = nil
	left := Words{Format: AgentReport, Scope: EndsProcess, Exits: true, PID: forked.PID, Exception: &Exception{Type: "SystemExit", Message: "3", Frames: []Frame{{File: "a.py", Line: 3}}}}
	bad := func(scope Scope) []Words {
		return []Words{{Format: AgentReport, Scope: scope, PID: forked.PID, Exception: &Exception{Type: "ValueError", Frames: []Frame{{File: "a.py", Line: 3}}}}}
	}
	byMuster := []Sent{{Signal: procs.SIGHUP, By: "muster", At: at}}
	group := func(d Death) string {
		d.Run = judgedRun
		v := Judge(&d)
		if !v.Crash {
			t.Errorf("%+v is no crash", d)
		}
		return v.Group
	}
	for name, tt := range map[string]struct {
		a, b Death
		same bool
	}{
		"two workers that lose tasks":          {Death{Who: pooled, Exit: exit(3), Task: "f(1)"}, Death{Who: pooled, Exit: exit(3), Task: "f(2)"}, true},
		"a lost task, and a code":              {Death{Who: pooled, Exit: exit(3), Task: "f(1)"}, Death{Who: forked, Exit: exit(3)}, false},
		"the same by sys.exit":                 {Death{Who: pooled, Exit: exit(3), Task: "f(1)", Words: []Words{left}}, Death{Who: forked, Exit: exit(3), Words: []Words{left}}, false},
		"a lost task, and a code of nobody":    {Death{Who: pooled, Exit: exit(3), Task: "f(1)"}, Death{Who: unseen, Exit: exit(3)}, false},
		"a broken pool, and a code":            {Death{Who: futures, Exit: exit(3)}, Death{Who: forked, Exit: exit(3)}, false},
		"a broken pool, and a lost task":       {Death{Who: futures, Exit: exit(3), Task: "f(1)"}, Death{Who: pooled, Exit: exit(3), Task: "f(1)"}, false},
		"an idle worker, and another":          {Death{Who: pooled, Exit: exit(3)}, Death{Who: forked, Exit: exit(3)}, true},
		"OOM in a task, and without":           {Death{Who: pooled, Exit: killedBy(procs.SIGKILL), Task: "f(1)", OOM: OOM{GroupKills: 1}}, Death{Who: forked, Exit: killedBy(procs.SIGKILL), OOM: OOM{GroupKills: 1}}, false},
		"an end by an exception, and a task":   {Death{Who: forked, Exit: exit(1), Words: bad(EndsProcess)}, Death{Who: pooled, Words: bad(EndsTask)}, false},
		"an end by an exception, and a thread": {Death{Who: forked, Exit: exit(1), Words: bad(EndsProcess)}, Death{Who: forked, Words: bad(EndsThread)}, false},
		"an end by an exception, and a report": {Death{Who: forked, Exit: exit(1), Words: bad(EndsProcess)}, Death{Who: forked, Words: bad(EndsNothing)}, false},
		"two ends by an exception":             {Death{Who: forked, Exit: exit(1), Words: bad(EndsProcess)}, Death{Who: pooled, Exit: exit(1), Words: bad(EndsProcess)}, true},
		"two failed tasks":                     {Death{Who: pooled, Words: bad(EndsTask)}, Death{Who: forked, Words: bad(EndsTask)}, true},
		"SIGHUP by muster, and by somebody":    {Death{Who: own, Exit: killedBy(procs.SIGHUP), Sent: byMuster}, Death{Who: own, Exit: killedBy(procs.SIGHUP)}, false},
		"SIGHUP by muster, twice":              {Death{Who: own, Exit: killedBy(procs.SIGHUP), Sent: byMuster}, Death{Who: own, Exit: killedBy(procs.SIGHUP), Sent: byMuster}, true},
	} {
		row, r := Row{Group: group(tt.a)}, Report{More: More{Group: group(tt.b)}}
		if (row.Same(&r) || row.Fits(&r)) != tt.same {
			t.Errorf("%s: %q and %q: not %v", name, row.Group, r.Group, tt.same)
		}
	}
}
