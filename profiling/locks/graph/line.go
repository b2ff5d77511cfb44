package graph

import (
	"time"

	"example.com/muster/procs"
)

// Profile is one of the two in which Go counts its own waits.
type Profile string

// The profiles differ in whose line they name.
const (
	// MutexProfile names the line that let go of a lock for which others had waited.
	MutexProfile Profile = "mutex"
	// BlockProfile names the line that waited.
	BlockProfile Profile = "block"
)

// Line is a source line of a Go program, at which its own profile has seen
// waits that ended between two readings of it.
type Line struct {
	procs.PIDRef
	Profile  Profile
	File     string
	Line     int
	Function string
	// For is what was waited for: "mutex", "channel receive". Contended says
	// that this is a lock; to wait for anything else may be to have no work.
	For       string
	Contended bool
	Waits     int64
	Total     time.Duration // of all waits, some of which may have begun before the first reading
	Over      time.Duration // between the readings
}

// Mean is how long one wait took.
func (l *Line) Mean() time.Duration {
	if l.Waits <= 0 {
		return 0
	}
	return l.Total / time.Duration(l.Waits)
}

// Share is the time waited per time looked at: 1 is one goroutine that always
// waits, and it may be more.
func (l *Line) Share() float64 {
	if l.Over <= 0 {
		return 0
	}
	return l.Total.Seconds() / l.Over.Seconds()
}
