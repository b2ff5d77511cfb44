//go:build !linux

package tree

import (
	"context"
	"errors"
)

// pidfds does not exist here: only Linux has descriptors of processes.
type pidfds struct{}

// FollowExits returns at once: only Linux tells how processes of others end.
func (t *Tracker) FollowExits(context.Context) error {
	return errors.New("cannot follow the ends of processes: only Linux tells them")
}

func (t *Tracker) follow([]target) {}

func (t *Tracker) drainExits() {}
