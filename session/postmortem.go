package session

import (
	"context"
	"time"

	"example.com/muster/internal/beat"
	"example.com/muster/procs"
	"example.com/muster/procs/tree"
	"example.com/muster/profiling/crash"
)

// PostMortem knows what the kernel tells of processes after their death, if it
// has seen them while they lived.
type PostMortem interface {
	// Look is shown all processes that live.
	Look(alive []procs.PIDRef)
	// Again says that they are the same as at the last Look.
	Again()
	// Died is told of each end by a signal at once.
	Died(ref procs.PIDRef, e procs.Exit)
	// OOM says what was counted around an end that Died was told of.
	OOM(ref procs.PIDRef) crash.OOM
	// CPULimit is the hard limit of the CPU time of who Died was told of; 0 if there is none or it
	// is not known.
	CPULimit(ref procs.PIDRef) time.Duration
	// Core says what became of a core dump of a process that began at a time,
	// in dir unless it is known to have been elsewhere.
	Core(ref procs.PIDRef, e procs.Exit, dir string, started time.Time) crash.Core
}

const (
	// showEvery is how soon new processes are shown to it, and showAtLeast how
	// often all are: counters that it reads are to be fresh. While nothing
	// begins or ends, nobody is woken in between.
	showEvery   = 100 * time.Millisecond
	showAtLeast = time.Second
)

// showLiving shows the living processes until ctx is done.
func (s *Session) showLiving(ctx context.Context) {
	if s.cfg.PostMortem == nil {
		return
	}
	timer := time.NewTimer(showAtLeast)
	defer timer.Stop()
	var list []tree.Process
	var alive []procs.PIDRef
	shown := ^uint64(0) // which version of the tree
	for ctx.Err() == nil {
		if version := s.cfg.Tree.Version(); version == shown {
			s.cfg.PostMortem.Again()
		} else {
			list, alive = s.cfg.Tree.Processes(list[:0]), alive[:0]
			for i := range list {
				if !list[i].Ended && list[i].StartTime != 0 {
					alive = append(alive, list[i].PIDRef)
				}
			}
			s.cfg.PostMortem.Look(alive)
			shown = version
		}
		timer.Reset(beat.Until(showAtLeast))
		select {
		case <-timer.C:
			continue
		case <-s.cfg.Tree.Changed():
		case <-ctx.Done():
		}
		timer.Reset(showEvery) // many may begin at once
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
	}
}

// died tells of an end by a signal.
func (s *Session) died(ref procs.PIDRef, e procs.Exit) {
	if e.Signal != 0 && s.cfg.PostMortem != nil {
		s.cfg.PostMortem.Died(ref, e)
	}
}

// autopsy adds to a death what the kernel knows of it.
func (s *Session) autopsy(d *crash.Death) {
	if d.Exit == nil || d.Exit.Signal == 0 || s.cfg.PostMortem == nil {
		return
	}
	d.OOM, d.CPULimit = s.cfg.PostMortem.OOM(d.Who.PIDRef), s.cfg.PostMortem.CPULimit(d.Who.PIDRef)
	d.Core = s.cfg.PostMortem.Core(d.Who.PIDRef, *d.Exit, d.Who.Cwd, d.Who.Started)
}
