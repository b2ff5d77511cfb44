package session

import (
	"context"
	"fmt"

	"example.com/muster/procs"
	"example.com/muster/profiling/crash"
	"example.com/muster/profiling/locks/graph"
)

// Found is what a session has found out by itself, without being asked. It is immutable.
type Found struct {
	// Crashes are the bad ends so far, oldest first; at most [MaxCrashes].
	Crashes []*crash.Report
	// CrashRows count the crashes by kind. Of those of one kind the first and
	// the last few are in Crashes.
	CrashRows []crash.Row
	// Locks says who waits for what, and who has it. It is never nil.
	Locks *graph.View
}

// Found returns what has been found out.
func (s *Session) Found() Found {
	reports, rows := s.crashes.both()
	return Found{Crashes: reports, CrashRows: rows, Locks: s.Locks()}
}

// Question is something that takes a moment to find out; see [Session.Ask].
type Question interface{ question() }

type (
	// PlanQuestion asks what a [procs.Reload] would change now; the answer is a [Plan].
	PlanQuestion struct{}
	// StacksQuestion asks where all threads are; the answer is a [StacksJSON].
	StacksQuestion struct{}
)

func (PlanQuestion) question()   {}
func (StacksQuestion) question() {}

// Answer is the answer to a [Question]: see there for its type.
type Answer interface{ answer() }

// Plan is what a reload would change.
type Plan []procs.Change

func (Plan) answer()       {}
func (StacksJSON) answer() {}

// Ask finds out what takes a moment: it reads files, or memory.
func (s *Session) Ask(ctx context.Context, q Question) (Answer, error) {
	switch q.(type) {
	case PlanQuestion:
		changes, err := s.Plan(ctx)
		return Plan(changes), err
	case StacksQuestion:
		return s.Stacks(ctx), nil
	}
	return nil, fmt.Errorf("cannot answer a %T", q)
}
