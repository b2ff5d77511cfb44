package cli

import (
	"errors"
	"fmt"
	"syscall"
	"testing"

	"example.com/muster/procs"
	"example.com/muster/procs/spawn"
	"example.com/muster/procs/task"
)

// TestTheEndOfAMap: the exit code is that of the contract in docs/map.md, and what went
// wrong is told with what can be done about it.
func TestTheEndOfAMap(t *testing.T) {
	noShell := &spawn.StartError{Code: 127, Why: "not found: a && b", Kind: spawn.NotFound}
	noRoom := &spawn.StartError{Code: 1, Why: "no process can be made", Lacks: procs.LacksProcesses}
	for _, c := range []struct {
		name       string
		end        mapEnd
		code       int
		told, hint string
	}{
		{"all is done", mapEnd{}, 0, "", ""},
		{"items failed", mapEnd{failed: 3}, 3, "", ""},
		{"as many as can be told failed", mapEnd{failed: 5000}, 101, "", ""},
		{"a signal", mapEnd{signal: procs.SIGTERM, failed: 3}, 143, "", ""},
		{"a person did not want the rest", mapEnd{stopped: true, failed: 3}, 130, "", ""},
		{"nobody reads on", mapEnd{err: fmt.Errorf("cannot write: %w", syscall.EPIPE)}, 141, "", ""},
		{"a signal, and nobody reads on", mapEnd{err: syscall.EPIPE, signal: procs.SIGHUP}, 129, "broken pipe", ""},
		{"the source fails", mapEnd{err: errors.New("cannot read items"), failed: 3, stopped: true}, codeMap, "cannot read items", ""},
		{"the guard is killed", mapEnd{guardGone: true}, codeMap, "the guard process was killed: everything was stopped", ""},
		{"a worker notices it first", mapEnd{err: fmt.Errorf("worker 1: %w", spawn.ErrGuardEnded), left: errors.New("late")}, codeMap, "the guard process was killed: everything was stopped", ""},
		{"the guard ends badly", mapEnd{left: errors.New("cannot end the guard")}, codeMap, "cannot end the guard", ""},
		{"that of the map comes first", mapEnd{err: errors.New("cannot read items"), left: errors.New("cannot end the guard")}, codeMap, "cannot read items", ""},
		{"Python refuses", mapEnd{err: &task.Fatal{Message: "no function f", Traceback: "...", Hint: "define it"}}, codeMap, "no function f", "define it"},
		{"no such program", mapEnd{err: noShell}, codeMap, "not found: a && b", ""},
		{"that is meant for a shell", mapEnd{err: noShell, shellHint: "try --shell"}, codeMap, "not found: a && b", "try --shell"},
		{"too little of something", mapEnd{err: noRoom, shellHint: "try --shell"}, codeMap, "no process can be made", moreOf(procs.LacksProcesses)},
	} {
		code, told := c.end.code(c.end.fault())
		text, hint := "", ""
		if told != nil {
			text = told.Error()
		}
		if h, ok := errors.AsType[*hintedError](told); ok {
			hint = h.hint
		}
		if code != c.code || text != c.told || hint != c.hint {
			t.Errorf("%s: code %d, %q, hint %q; want %d, %q, %q", c.name, code, text, hint, c.code, c.told, c.hint)
		}
	}
}
