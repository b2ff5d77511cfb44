package session

import (
	"testing"

	"example.com/muster/procs"
)

// A trigger that fires before anything has been seen of its pool is not lost at once, nor
// tried for ever.
func TestATriggerThatFiresEarly(t *testing.T) {
	w := newWhenever(&profiles{})
	fires := []fired{{trigger: procs.Trigger{When: procs.WhenRSS}, pool: "p", who: "p/0"}}
	for try := 1; len(fires) > 0; try++ {
		if try > whenTries {
			t.Fatalf("it is tried %d times", try)
		}
		w.unkept = nil
		w.keep(fires)
		if fires = w.unkept; (len(fires) == 1) != (try < whenTries) {
			t.Fatalf("after try %d %d are kept for another", try, len(fires))
		}
	}
}
