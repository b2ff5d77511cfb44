package uitest

import (
	"example.com/muster/procs"
	"example.com/muster/profiling/crash"
)

// NewCrash is the report of the end of a run of which nothing else is known. The caller fills in
// Seq and SameBefore.
func NewCrash(run procs.Run, argv []string, e procs.Exit, tail []procs.Line, samples []procs.Sample) *crash.Report {
	r := &crash.Report{
		Run: run, Argv: argv, At: e.At, Exit: e, Tail: tail, Samples: samples,
		Cause: crash.CauseExit, Certainty: crash.Certain, Headline: crash.Headline(e),
	}
	r.Name, r.Who = run.ID.String(), crash.Process{PIDRef: run.PIDRef, Argv: argv, Started: e.RunStartedAt}
	if !e.RunStartedAt.IsZero() {
		r.Age = e.At.Sub(e.RunStartedAt)
	}
	switch {
	case e.Signal.SelfMade():
		r.Cause = crash.CauseSignal
	case e.Signal != 0:
		r.Cause = crash.CauseKilled
	}
	return r
}
