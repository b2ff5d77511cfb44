// Package stacks writes the stacks of many threads for people: the command
// muster stacks and the sheet that the key S opens show the same lines. It is
// pure.
package stacks

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"example.com/muster/profiling"
	"example.com/muster/profiling/locks/graph"
	"example.com/muster/session"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/waits"
)

// maxNames is how many processes of a stack are named.
const maxNames = 6

// Lines returns a headline for each stack, who has it, and its frames,
// innermost first, with an empty line between two; then what could not be read. Those who
// wait for a lock come first, then those who compute, and idle ones last.
func Lines(s session.StacksJSON) []string {
	var lines []string
	all := 0
	for i := range s.Stacks {
		all += s.Stacks[i].Count
	}
	for i, stack := range arranged(s.Stacks) {
		if i > 0 {
			lines = append(lines, "")
		}
		lines = append(lines, one(&stack, all)...)
	}
	if len(lines) == 0 {
		lines = append(lines, "there are no threads to look at")
	}
	for i, gap := range gaps(s) {
		if i == 0 {
			lines = append(lines, "")
		}
		lines = append(lines, gap)
	}
	return lines
}

// arranged puts the stacks into the order in which a person wants to read them. Idle threads
// that are in no code of the user's own become one, without frames.
func arranged(stacks []session.StackJSON) []session.StackJSON {
	var list []session.StackJSON
	var idle *session.StackJSON
	for _, s := range stacks {
		switch {
		case s.Wait != graph.Idle || waits.InOwn(s.Stack):
			list = append(list, s)
		case idle == nil:
			s.Stack, s.Processes = nil, slices.Clone(s.Processes)
			idle = &s
		default:
			idle.Count += s.Count
			for _, name := range s.Processes {
				if !slices.Contains(idle.Processes, name) {
					idle.Processes = append(idle.Processes, name)
				}
			}
		}
	}
	slices.SortStableFunc(list, func(a, b session.StackJSON) int { return cmp.Compare(rank(&a), rank(&b)) })
	if idle != nil {
		list = append(list, *idle)
	}
	return list
}

// rank is lower for what comes first.
func rank(s *session.StackJSON) int {
	switch s.Wait {
	case graph.InLock, graph.InGIL:
		if !waits.Joins(s.Wait, s.Stack) {
			return 0
		}
	case graph.OnCPU, graph.Runnable:
		return 1
	case graph.Idle:
		return 3
	}
	return 2
}

func gaps(s session.StacksJSON) (lines []string) {
	for _, c := range profiling.Gaps(s.Coverage) {
		lines = append(lines, fmt.Sprintf("not read: %s: %s", plain(c.Source), plain(c.Note)))
	}
	return lines
}

// one returns the lines of one stack.
func one(s *session.StackJSON, all int) []string {
	head := fmt.Sprintf("%d of %s: %s", s.Count, draw.Plural(all, "thread"), Doing(s.Wait, s.Stack))
	if f, ok := waits.Own(s.Stack); ok {
		head += " in " + f.String()
	}
	if s.Wait == graph.Idle && len(s.Stack) == 0 {
		return []string{head + ": " + names(s)}
	}
	lines := []string{head, "  " + names(s)}
	for i := 0; i < len(s.Stack); {
		n := 1
		for i+n < len(s.Stack) && s.Stack[i+n] == s.Stack[i] { // one that calls itself
			n++
		}
		line := "    " + plain(s.Stack[i])
		if n > 1 {
			line += fmt.Sprintf("  (%d times)", n)
		}
		lines = append(lines, line)
		i += n
	}
	return lines
}

// names lists who has a stack. Of a single thread it says which one.
func names(s *session.StackJSON) string {
	var list []string
	for _, name := range s.Processes[:min(len(s.Processes), maxNames)] {
		list = append(list, plain(name))
	}
	text := strings.Join(list, ", ")
	if more := len(s.Processes) - maxNames; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	switch {
	case s.Count == 1 && s.TID != s.PID:
		text += fmt.Sprintf(" (pid %d, thread %d)", s.PID, s.TID)
	case s.Count == 1 && !strings.HasPrefix(text, "pid "):
		text += fmt.Sprintf(" (pid %d)", s.PID)
	}
	return text
}

func plain(text string) string { return draw.Plain([]byte(text), 0) }

// doings says in words what a thread is.
var doings = map[graph.Doing]string{
	graph.OnCPU: "computing", graph.Runnable: "waiting for a CPU", graph.InLock: "waiting for a lock", graph.InGIL: "waiting for the GIL",
	graph.InIO: "waiting for the disk", graph.InPipe: "waiting at a pipe", graph.InSocket: "waiting at a socket", graph.InTTY: "waiting at a terminal",
	graph.Sleeping: "sleeping", graph.InChild: "waiting for a child", graph.Stopped: "stopped", graph.Zombie: "a zombie", graph.Idle: "idle",
}

// Doing says what a thread with a stack does, as in "which is": "waiting for a lock".
func Doing(d graph.Doing, stack []string) string {
	if waits.Joins(d, stack) {
		return "waiting for a thread"
	}
	if text, ok := doings[d]; ok {
		return text
	}
	return "doing what is not known"
}
