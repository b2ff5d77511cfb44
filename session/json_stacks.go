package session

import (
	"cmp"
	"slices"
	"strings"

	"example.com/muster/procs"
	"example.com/muster/profiling"
	"example.com/muster/profiling/locks/graph"
)

type (
	// StacksJSON is what `muster stacks --json` prints.
	StacksJSON struct {
		Stacks   []StackJSON          `json:"stacks"`
		Coverage []profiling.Coverage `json:"coverage"`
	}
	// StackJSON is a stack, and how many threads have it.
	StackJSON struct {
		Processes []string `json:"processes"` // each once
		// PID and TID are of one of the threads.
		PID   int         `json:"pid"`
		TID   int         `json:"tid"`
		Count int         `json:"count"` // threads
		Wait  graph.Doing `json:"wait"`
		Stack []string    `json:"stack"` // innermost first; empty where it was not read
	}
)

// StacksOf merges what is equal: threads that do the same in the same place,
// the most frequent first. It is pure.
func StacksOf(threads []graph.State, coverage []profiling.Coverage, who func(procs.PIDRef) Who) StacksJSON {
	s := StacksJSON{Stacks: []StackJSON{}, Coverage: append([]profiling.Coverage{}, coverage...)}
	place := map[string]int{}
	for _, t := range threads {
		key := string(t.Doing) + "\x00" + strings.Join(t.Stack, "\x00")
		i, ok := place[key]
		if !ok {
			i = len(s.Stacks)
			place[key] = i
			s.Stacks = append(s.Stacks, StackJSON{PID: t.PID, TID: t.TID, Wait: t.Doing, Stack: validAll(t.Stack)})
		}
		same := &s.Stacks[i]
		same.Count++
		if name := who(t.PIDRef).Name; !slices.Contains(same.Processes, name) {
			same.Processes = append(same.Processes, name)
		}
	}
	slices.SortStableFunc(s.Stacks, func(a, b StackJSON) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.PID, b.PID), cmp.Compare(a.TID, b.TID))
	})
	return s
}
