package spawn

import (
	"context"
	"errors"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"example.com/muster/procs"
)

// stuckAfter is how long processes that may not be signalled (setuid
// programs, for a muster without root) are tried before they are left alone.
const stuckAfter = time.Second

// scope is the set of processes that are to be ended: the descendants of this
// process, or those groups of them that are known where descendants are not.
type scope struct {
	// spares tells, of a child's session, that it is not to be ended.
	spares func(sid int) bool
	// reap takes orphans that have ended off the kernel's table.
	reap func()
	// empty is proof that no descendant is left. Where it is nil, all that
	// walks have found must have ended, and two in a row find nobody: one may
	// miss a process while others end (proc(5), /proc/PID/task/TID/children).
	empty func() bool
	// groups are those of the programs that were started.
	groups func() []int
}

// end ends every process in scope: SIGTERM, up to grace for them to end, then
// SIGKILL to whatever is found until nothing is. It returns how many were left
// because they may not be signalled, or because ctx ended.
func (s scope) end(ctx context.Context, grace time.Duration) (left int) {
	found := s.living()
	if grace > 0 {
		s.signal(found, unix.SIGTERM, unix.SIGCONT)
		for deadline := time.Now().Add(grace); time.Now().Before(deadline) && ctx.Err() == nil; {
			if s.gone(found) {
				return 0
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
	var refusedSince time.Time
	for pause := time.Millisecond; !s.gone(found); pause = min(2*pause, 20*time.Millisecond) {
		found = s.walk(found)
		refused := s.signal(found, unix.SIGKILL)
		switch {
		case ctx.Err() != nil:
			return len(found)
		case refused < len(found) || refused == 0:
			refusedSince = time.Time{}
		case refusedSince.IsZero():
			refusedSince = time.Now()
		case time.Since(refusedSince) > stuckAfter:
			return refused
		}
		time.Sleep(pause)
	}
	return 0
}

// gone reports whether nothing in scope lives any more, and none of those that
// were found before.
func (s scope) gone(found []procs.PIDRef) bool {
	s.reap()
	if s.empty != nil {
		return s.empty()
	}
	return !slices.ContainsFunc(found, s.lives) && len(s.living()) == 0 && len(s.living()) == 0
}

// walk returns whoever lives, and whoever of those found before it missed.
func (s scope) walk(before []procs.PIDRef) []procs.PIDRef {
	living := s.living()
	for _, ref := range before {
		if !slices.Contains(living, ref) && s.lives(ref) {
			living = append(living, ref)
		}
	}
	return living
}

// signal sends signals to each process and counts those that may not be signalled.
func (s scope) signal(targets []procs.PIDRef, signals ...unix.Signal) (refused int) {
	for _, ref := range targets {
		for _, sig := range signals {
			if errors.Is(signalTarget(ref, sig), unix.EPERM) {
				refused++
				break
			}
		}
	}
	return refused
}
