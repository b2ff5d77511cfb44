package locks

import (
	"context"

	"example.com/muster/profiling/cpython"
)

// HoldSearches lets each search for SemLocks tell asked that it has begun, and
// wait until goOn is closed. It returns how that is ended.
func HoldSearches(asked chan<- struct{}, goOn <-chan struct{}) (end func()) {
	find = func(ctx context.Context, s *semSearch, hint uint64) ([]cpython.SemLock, cpython.ScanNote, error) {
		select {
		case asked <- struct{}{}:
		case <-goOn:
		}
		<-goOn
		return findSemLocks(context.WithoutCancel(ctx), s, hint)
	}
	return func() { find = findSemLocks }
}
