package capture

import (
	"fmt"
	"math"
	"time"

	"example.com/muster/profiling/goroutines"
)

// A program is asked for its CPU profile for some seconds at a time: one that ends
// meanwhile takes only those with it. Each question costs muster some 20 ms, as the
// kernel is slow to tell who has accepted a connection, so that they get longer.
const (
	firstPiece   = 2 * time.Second
	longestPiece = 32 * time.Second
)

// brief is how long a program must have been profiled to have samples, if it is
// busy: the runtime takes one each 10 ms.
const brief = 50 * time.Millisecond

// brokenOff says that a program has answered, and then no more.
type brokenOff struct {
	after time.Duration // that are not told, at most
	why   error
}

func (b *brokenOff) Error() string {
	return fmt.Sprintf("its last %s are not told: %v", b.after.Round(100*time.Millisecond), b.why)
}

func (b *brokenOff) Unwrap() error { return b.why }

// pieces asks a program for its CPU profile, again and again until the capture is
// over. The error is a [brokenOff] unless it told nothing.
func (g *golang) pieces(asker *goroutines.Asker, s *Subject) error {
	piece, told := firstPiece, time.Duration(0)
	for some := false; ; some, piece = true, min(2*piece, longestPiece) {
		began := time.Now()
		seconds := int(math.Ceil(min(max(g.ends.Sub(began), time.Second), piece).Seconds())) // net/http/pprof reads whole ones
		long := time.Duration(seconds) * time.Second
		p, err := asker.Profile(g.ctx, s.PIDRef, fmt.Sprintf("profile?seconds=%d", seconds), long+answerWithin, g.over)
		if err == nil {
			told += time.Duration(p.DurationNanos)
			err = g.t.recorder.addGo(s, p, long)
		}
		switch {
		case err != nil && some:
			return &brokenOff{time.Since(began), err}
		case err != nil:
			return err
		case g.isOver():
			if told < brief {
				g.note(s, fmt.Sprintf("it was profiled for %s only, as the capture was over then", told.Round(time.Millisecond)))
			}
			return nil
		}
	}
}

// isOver reports whether the capture is.
func (g *golang) isOver() bool {
	select {
	case <-g.over:
		return true
	default:
		return false
	}
}
