package crash

import (
	"testing"
	"time"

	"example.com/muster/procs"
)

// TestWhoseLastLines: a report has the lines of the very process that ended; those of
// the slot only where it has none, or where what it ran may say why it ended.
func TestWhoseLastLines(t *testing.T) {
	exit := func(code int) procs.Exit { return procs.Exit{Code: code} }
	python, shell, make := []string{"python3", "a.py"}, []string{"sh", "-c", "x"}, []string{"make"}
	own, all := []procs.Line{{Seq: 1, PID: 10}}, []procs.Line{{Seq: 1, PID: 10}, {Seq: 2, PID: 11}}
	words := []Words{{Format: PythonTraceback, PID: 10, Scope: EndsProcess, To: 2, Exception: &Exception{Type: "CalledProcessError"}}}
	for name, tt := range map[string]struct {
		argv     []string
		role     procs.Role
		exit     procs.Exit
		children []Child
		words    []Words
		own      []procs.Line
		unsigned bool
		pid      int
		lines    int
		why      string
	}{
		"its own":                          {argv: python, exit: exit(1), own: own, lines: 1},
		"its own, by a signal":             {argv: shell, role: procs.RoleShell, exit: procs.Exit{Signal: 11}, own: own, lines: 1},
		"none":                             {argv: python, exit: exit(1), lines: 2, why: TailOfOthers},
		"a mode that does not tell":        {argv: python, exit: exit(1), unsigned: true, lines: 2},
		"a descendant":                     {argv: python, exit: exit(1), pid: 11, own: own, lines: 2},
		"a shell":                          {argv: shell, role: procs.RoleShell, exit: exit(1), own: own, lines: 2, why: TailOfCommands},
		"a command that failed":            {argv: make, exit: exit(2), children: []Child{{Argv: []string{"cc"}, Exit: exit(1)}}, own: own, lines: 2, why: TailOfCommands},
		"one that was soon gone":           {argv: make, exit: exit(2), children: []Child{{Exit: exit(1)}}, own: own, lines: 2, why: TailOfCommands},
		"a command that did not":           {argv: make, exit: exit(2), children: []Child{{Argv: []string{"cc"}}}, own: own, lines: 1},
		"a fork that failed":               {argv: python, exit: exit(1), children: []Child{{Argv: python, Exit: exit(1)}}, own: own, lines: 1},
		"a worker that failed":             {argv: python, exit: exit(1), children: []Child{{Role: procs.RoleWorker, Argv: make, Exit: exit(1)}}, own: own, lines: 1},
		"a command, and words of its own":  {argv: python, exit: exit(1), children: []Child{{Argv: make, Exit: exit(1)}}, words: words, own: own, lines: 1},
		"a command, and no words that fit": {argv: python, exit: exit(3), children: []Child{{Argv: make, Exit: exit(1)}}, words: words, own: own, lines: 2, why: TailOfCommands},
	} {
		d := Death{
			Run: procs.Run{PIDRef: procs.PIDRef{PID: 10}}, Who: Process{PIDRef: procs.PIDRef{PID: max(10, tt.pid)}, Argv: tt.argv, Role: tt.role},
			Exit: &tt.exit, Children: tt.children, Words: tt.words, Tail: all, Own: tt.own, Signed: !tt.unsigned,
		}
		r := Of(&d, Judge(&d), time.Time{})
		if len(r.Tail) != tt.lines || r.TailWhy != tt.why {
			t.Errorf("%s: %d lines, %q", name, len(r.Tail), r.TailWhy)
		}
	}
}
