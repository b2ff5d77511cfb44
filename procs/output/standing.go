package output

import "time"

// Standing returns the lines of all slots that have not ended and have not
// grown for a while, each as a chunk of its own, with a newline that was not
// printed; and whether there are others. Where the clock was set back since a
// line grew that counts as long ago.
func (s *Store) Standing(now time.Time, while time.Duration) (standing []Chunk, others bool) {
	for _, sl := range s.all() {
		for _, l := range sl.openLines().lines {
			at := time.Unix(0, l.at)
			if age := now.Sub(at); age >= 0 && age < while {
				others = true
				continue
			}
			standing = append(standing, Chunk{
				ID: sl.id, Stream: l.stream, PID: int(l.pid), At: at, Lines: 1, Text: append(l.text, '\n'), Open: true,
			})
		}
	}
	return standing, others
}
