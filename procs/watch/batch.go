package watch

import (
	"maps"
	"slices"
	"time"
)

const (
	// quiet is how long nothing must have happened before changes are told.
	quiet = 200 * time.Millisecond
	// longest is how long changes wait while more and more come.
	longest = 2 * time.Second
)

// batch gathers names until it is time to tell them: an editor that saves a
// file, or a checkout of many, makes a burst of events.
type batch struct {
	names       map[string]bool
	first, last time.Time
}

// add notes a change at a time.
func (b *batch) add(now time.Time, name string) {
	if len(b.names) == 0 {
		b.names, b.first = map[string]bool{}, now
	}
	b.names[name], b.last = true, now
}

// due returns when the changes are to be told; false if there are none.
func (b *batch) due() (time.Time, bool) {
	at := b.last.Add(quiet)
	if end := b.first.Add(longest); end.Before(at) {
		at = end
	}
	return at, len(b.names) > 0
}

// take returns the changes, sorted, if it is time.
func (b *batch) take(now time.Time) []string {
	if at, ok := b.due(); !ok || now.Before(at) {
		return nil
	}
	names := slices.Sorted(maps.Keys(b.names))
	b.names = nil
	return names
}
