package output

import (
	"bytes"
	"time"
)

// wanted says which lines a scan is after.
type wanted struct {
	since, until int64 // Unix nanoseconds; 0 for no bound
	matcher      *matcher
	sifter       *sifter // nil if it would rule out nothing
}

func newWanted(c ScanOptions, ps *patterns) (*wanted, error) {
	m, err := ps.matcher(c.Match, c.Not)
	if err != nil {
		return nil, err
	}
	w := &wanted{since: nanos(c.Since), until: nanos(c.Until), matcher: m}
	if !c.Not {
		w.sifter = m.sifter
	}
	return w, nil
}

func nanos(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

// everything reports whether every line is wanted.
func (w *wanted) everything() bool { return w.since == 0 && w.until == 0 && w.matcher.re == nil }

func (w *wanted) during(at int64) bool {
	return (w.since == 0 || at >= w.since) && (w.until == 0 || at <= w.until)
}

// overlaps reports whether some of the time between two moments is wanted.
func (w *wanted) overlaps(from, to int64) bool {
	return (w.since == 0 || to >= w.since) && (w.until == 0 || from <= w.until)
}

// lines appends those lines of text that match to dst, and counts them.
func (w *wanted) lines(dst, text []byte) ([]byte, uint64) {
	if w.matcher.re == nil {
		return append(dst, text...), uint64(bytes.Count(text, newline))
	}
	n := uint64(0)
	for len(text) > 0 {
		if w.sifter != nil {
			i := w.sifter.first(text)
			if i < 0 {
				break
			}
			text = text[i:]
		}
		end := bytes.IndexByte(text, '\n') + 1
		if w.matcher.match(text[:end-1]) {
			dst = append(dst, text[:end]...)
			n++
		}
		text = text[end:]
	}
	return dst, n
}
