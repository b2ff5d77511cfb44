package crash

import (
	"testing"
	"time"

	"example.com/muster/procs"
)

var at = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func TestWhatIsACrash(t *testing.T) {
	tests := []struct {
		name     string
		exit     procs.Exit
		crash    bool
		cause    Cause
		headline string
	}{
		{"a code", procs.Exit{Code: 3}, true, CauseExit, "exit 3"},
		{"a signal of its own making", procs.Exit{Signal: 11, Core: true}, true, CauseSignal, "SIGSEGV: touched memory that is not its own (core dumped)"},
		{"a signal from outside", procs.Exit{Signal: procs.SIGKILL}, true, CauseKilled, "SIGKILL: killed at once: by somebody, or by the kernel when memory ran out"},
		{"a shell's word for a signal", procs.Exit{Code: 139}, true, CauseExit, "exit 139: as of a shell whose command ended by SIGSEGV"},
		{"a shell that found no command", procs.Exit{Code: 127}, true, CauseExit, "exit 127: a command was not found"},
		{"a start that failed", procs.Exit{Code: 127, StartError: "not found: x"}, true, CauseExit, "cannot be started: not found: x"},
		{"an end that nobody saw", procs.Exit{Unknown: true}, true, CauseExit, "ended, status unknown"},
		{"a good end", procs.Exit{}, false, CauseExit, "exit 0"},
		{"what was asked for", procs.Exit{Signal: procs.SIGTERM, Asked: true}, false, CauseExit, "SIGTERM: asked to terminate"},
		{"a code that was asked for", procs.Exit{Code: 1, Asked: true}, false, CauseExit, "exit 1"},
		{"a fault of who was asked to end", procs.Exit{Signal: 11, Asked: true}, true, CauseSignal, "SIGSEGV: touched memory that is not its own"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.exit.At, tt.exit.RunStartedAt = at, at.Add(-time.Minute)
			v := Judge(&Death{Run: judgedRun, Who: Process{PIDRef: judgedRun.PIDRef, Argv: []string{"x"}}, Exit: &tt.exit})
			if got := Headline(tt.exit); IsCrash(tt.exit) != tt.crash || v.Cause != tt.cause || got != tt.headline {
				t.Errorf("crash %v, cause %s, headline %q", IsCrash(tt.exit), v.Cause, got)
			}
		})
	}
}
