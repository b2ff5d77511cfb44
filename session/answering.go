package session

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"example.com/muster/procs"
	"example.com/muster/procs/output"
	"example.com/muster/profiling"
	"example.com/muster/profiling/locks/graph"
)

// A Server answers for a session of pools, or for a map over items. What both know
// is core; what the API tells of it is built here.

// core is what any session answers; see ui/port.Session for what is promised.
type core interface {
	Snapshot() *procs.Snapshot
	Version() uint64
	Found() Found
	Samples(id procs.ID, n int) []procs.Sample
	Focus(id procs.ID)
	Do(ctx context.Context, c procs.Command) error
	Ask(ctx context.Context, q Question) (Answer, error)
	Store() *output.Store
}

// answering is what a Server needs of a session.
type answering interface {
	core
	PS() PS
	// current is the snapshot with the descendants of this moment.
	current() *procs.Snapshot
	Report() Report
	CrashesJSON() CrashesJSON
	LocksNow(ctx context.Context) LocksJSON
	// kept is a crash with all that is known of it, by its number.
	kept(seq int) (KeptCrash, bool)
	Rerun(ctx context.Context, seq int) (procs.ID, error)
	WaitProfile(ctx context.Context, seq int) (*Profiled, error)
	ring() *eventRing
	Metrics() http.Handler
}

func (s *Session) kept(seq int) (KeptCrash, bool) {
	report := s.crashes.find(seq)
	if report == nil {
		return KeptCrash{}, false
	}
	return s.keptCrash(report), true
}

func (s *Session) ring() *eventRing { return &s.events }

// Mapped is a map over items as a session: see session/mapped.
type Mapped interface {
	core
	// Coverage says what of the workers' descendants may have been missed, "" if
	// nothing.
	Coverage() string
}

// mapAnswers answers for a map. Of its processes nobody looks at locks, or profiles.
type mapAnswers struct {
	Mapped
	events eventRing // its output has places among them, and there are no others
}

func newMapAnswers(m Mapped) *mapAnswers {
	s := &mapAnswers{Mapped: m}
	s.events.next = m.Store().Next
	return s
}

// Metrics implements answering.
func (s *mapAnswers) Metrics() http.Handler {
	return metricsHandler(s.Snapshot, func() *graph.View { return s.Found().Locks })
}

func (s *mapAnswers) ring() *eventRing { return &s.events }

// current implements answering.
func (s *mapAnswers) current() *procs.Snapshot { return s.Snapshot() }

// PS implements answering.
func (s *mapAnswers) PS() PS { return s.ps(s.Snapshot()) }

func (s *mapAnswers) ps(snap *procs.Snapshot) PS {
	note := s.Coverage()
	coverage := []profiling.Coverage{{Source: "sample", OK: true}, {Source: "descendants", OK: note == "", Note: note}}
	return psOf(snap, s.Found().Locks, coverage, living)
}

// Report implements answering.
func (s *mapAnswers) Report() Report {
	snap := s.Snapshot()
	r := Report{PS: s.ps(snap), StartedAt: Time(snap.StartedAt), Notices: []string{}}
	crashes, locks := s.CrashesJSON(), s.LocksNow(context.Background())
	r.Crashes, r.CrashRows, r.Locks, r.Deadlocks, r.Rings = crashes.Crashes, crashes.Rows, locks.Locks, locks.Deadlocks, locks.Rings
	r.Coverage = append(append(r.Coverage, crashes.Coverage...), locks.Coverage...)
	return r
}

// CrashesJSON implements answering: they are the failed items of which all is kept.
func (s *mapAnswers) CrashesJSON() CrashesJSON {
	found := s.Found()
	j := crashesOf(found.Crashes, found.CrashRows, []profiling.Coverage{{Source: "items", OK: true}})
	if p := found.Tasks; p != nil && p.Failed > uint64(len(found.Crashes)) {
		j.Coverage[0].Note = fmt.Sprintf("%d items have failed; %d are kept with what they said, the results have all", p.Failed, len(found.Crashes))
	}
	return j
}

// LocksNow implements answering.
func (s *mapAnswers) LocksNow(context.Context) LocksJSON {
	j := LocksOf(s.Found().Locks, func(procs.PIDRef) Who { return Who{} })
	j.Coverage = append(j.Coverage, profiling.Coverage{Source: "map", Note: "nobody looks at the locks of a map's workers: muster locks PID does"})
	return j
}

func (s *mapAnswers) kept(seq int) (KeptCrash, bool) {
	snap := s.Snapshot()
	for _, r := range s.Found().Crashes {
		if r.Seq == seq {
			return KeptCrash{Session: snap.Session, SessionStartedAt: Time(snap.StartedAt), CrashJSON: crashJSON(r), Samples: samplesJSON(r.Samples)}, true
		}
	}
	return KeptCrash{}, false
}

// errNoRerun says what is done instead.
var errNoRerun = errors.New("cannot rerun what is an item of a map: retry tries it again")

// Rerun implements answering.
func (s *mapAnswers) Rerun(context.Context, int) (procs.ID, error) { return procs.ID{}, errNoRerun }

// WaitProfile implements answering.
func (s *mapAnswers) WaitProfile(_ context.Context, seq int) (*Profiled, error) {
	return nil, noSuch{fmt.Errorf("cannot tell of %s: of a map nothing is profiled; muster profile PID profiles a worker", ProfileID(seq))}
}
