package output

import (
	"bytes"
	"time"
)

// Standing returns the lines of all slots that have not ended and have not
// grown for a while, each as a chunk of its own, with a newline that was not
// printed; and whether there are others. Where the clock was set back since a
// line grew that counts as long ago.
func (s *Store) Standing(now time.Time, while time.Duration) (standing []Chunk, others bool) {
	for _, sl := range s.all() {
		if !sl.open.Load() {
			continue
		}
		more, grow := sl.standing(now, while)
		standing, others = append(standing, more...), others || grow
	}
	return standing, others
}

func (s *Slot) standing(now time.Time, while time.Duration) (standing []Chunk, others bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.writers.waiting() {
		at := time.Unix(0, l.at)
		if age := now.Sub(at); age >= 0 && age < while {
			others = true
			continue
		}
		standing = append(standing, Chunk{
			ID: s.id, Stream: l.stream, PID: int(l.pid), At: at, Lines: 1,
			Text: append(bytes.Clone(l.rest), '\n'), Open: true,
		})
	}
	return standing, others
}
