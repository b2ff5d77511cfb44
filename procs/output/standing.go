package output

import "time"

// Standing returns the lines of all slots that have not ended and have not
// grown since a time, each as a chunk of its own, with a newline that was not
// printed; and when the oldest of the others last grew, which is zero if there
// are none.
func (s *Store) Standing(since time.Time) (standing []Chunk, growing time.Time) {
	for _, sl := range s.all() {
		for _, l := range sl.openLines().lines {
			at := time.Unix(0, l.at)
			if at.After(since) {
				if growing.IsZero() || at.Before(growing) {
					growing = at
				}
				continue
			}
			standing = append(standing, Chunk{
				ID: sl.id, Stream: l.stream, PID: int(l.pid), At: at, Lines: 1, Text: append(l.text, '\n'), Open: true,
			})
		}
	}
	return standing, growing
}
