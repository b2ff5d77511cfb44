package session

import (
	"testing"

	"example.com/muster/procs"
	"example.com/muster/profiling/locks/graph"
)

// What the threads of a process did at the last look counts until it ends; of a zombie ps
// says that it is one, and a report of who has ended nothing.
func TestWhatAProcessWaitsForUntilItsEnd(t *testing.T) {
	ref := procs.PIDRef{PID: 7, StartTime: 9}
	threads := map[graph.Thread]*graph.State{{PIDRef: ref}: {Doing: graph.InPipe}}
	for _, tt := range []struct {
		name       string
		state      procs.RunState
		exit       *procs.Exit
		ps, report string // "" is null
	}{
		{"it lives", procs.RunSleeping, nil, "pipe", "pipe"},
		{"nobody has waited for it", procs.RunZombie, &procs.Exit{}, "zombie", ""},
		{"it is gone", procs.RunDead, &procs.Exit{}, "", ""},
	} {
		d := procs.Descendant{PIDRef: ref, State: tt.state, Exit: tt.exit}
		if got := wordOf(descendantJSON(d, threads).Wait); got != tt.ps {
			t.Errorf("%s: ps says %q, want %q", tt.name, got, tt.ps)
		}
		if got := wordOf(descendantJSON(buried([]procs.Descendant{d})[0], threads).Wait); got != tt.report {
			t.Errorf("%s: the report says %q, want %q", tt.name, got, tt.report)
		}
	}
}

func wordOf(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
