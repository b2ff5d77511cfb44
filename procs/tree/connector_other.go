//go:build !linux

package tree

import (
	"context"
	"errors"
)

// connector does not exist here: only Linux reports processes as they happen.
type connector struct{}

// Run returns at once: this system has no process connector, the tracker
// knows what [Tracker.Refresh] finds.
func (t *Tracker) Run(context.Context) error {
	err := errors.New("cannot follow process events: only Linux reports them")
	t.mu.Lock()
	defer t.mu.Unlock()
	close(t.opened)
	t.note = "descendants are found by polling: " + err.Error()
	return err
}

func (t *Tracker) drain() int { return 0 }
