package session

import (
	"context"
	"fmt"

	"example.com/muster/procs"
	"example.com/muster/procs/task"
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
	// Profiles are the captures, under way and past, oldest first; at most [MaxProfiles].
	Profiles []*Profiled
	// Tasks is how far the items are of a session that is a map; nil if it is none.
	Tasks *Tasks
}

// Tasks is a map over items. It is immutable.
type Tasks struct {
	*task.Progress
	// Reports tell of each of FailedItems what a crash report tells.
	Reports []*crash.Report
}

// Found returns what has been found out.
func (s *Session) Found() Found {
	reports, rows := s.crashes.both()
	return Found{Crashes: reports, CrashRows: rows, Locks: s.Locks(), Profiles: s.Profiles()}
}

// Question is something that takes a moment to find out; see [Session.Ask].
type Question interface{ question() }

type (
	// PlanQuestion asks what a [procs.Reload] would change now; the answer is a [Plan].
	PlanQuestion struct{}
	// StacksQuestion asks where all threads are of the processes that Targets
	// choose, as those of a [ProfileRequest] do; the answer is a [StacksJSON].
	StacksQuestion struct{ Targets []string }
	// StartProfile starts a capture; the answer is it, a *[Profiled].
	StartProfile struct{ Request ProfileRequest }
	// EndProfile ends a capture now, and keeps what was taken or throws it
	// away; the answer is it, a *[Profiled].
	EndProfile struct {
		Seq     int
		Discard bool
	}
	// ProfileQuestion asks for a capture's profile; the answer is [ProfileData].
	ProfileQuestion struct{ Seq int }
)

func (PlanQuestion) question()    {}
func (StacksQuestion) question()  {}
func (StartProfile) question()    {}
func (EndProfile) question()      {}
func (ProfileQuestion) question() {}

// Answer is the answer to a [Question]: see there for its type.
type Answer interface{ answer() }

// Plan is what a reload would change.
type Plan []procs.Change

// ProfileData is a profile in pprof's format, packed.
type ProfileData []byte

func (Plan) answer()        {}
func (*Profiled) answer()   {}
func (ProfileData) answer() {}
func (StacksJSON) answer()  {}

// asked is an answer, nil with an error.
func asked(p *Profiled, err error) (Answer, error) {
	if err != nil {
		return nil, err
	}
	return p, nil
}

// Ask finds out what takes a moment: it reads files, or memory, or profiles.
func (s *Session) Ask(ctx context.Context, q Question) (Answer, error) {
	switch q := q.(type) {
	case PlanQuestion:
		changes, err := s.Plan(ctx)
		return Plan(changes), err
	case StacksQuestion:
		return s.Stacks(ctx, q.Targets)
	case StartProfile:
		return asked(s.StartProfile(q.Request))
	case EndProfile:
		return asked(s.EndProfile(ctx, q.Seq, q.Discard))
	case TerminalQuestion:
		return s.openTerminal(ctx, q)
	case MomentsQuestion:
		return s.moments.Moments(q), nil
	case ProfileQuestion:
		data, err := s.ProfileData(q.Seq)
		return ProfileData(data), err
	}
	return nil, fmt.Errorf("cannot answer a %T", q)
}
