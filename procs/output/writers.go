package output

import (
	"cmp"
	"slices"

	"example.com/muster/procs"
)

const (
	// maxWriters bounds how many writers of a slot are remembered.
	maxWriters = 256
	// maxRests bounds the bytes of all their unterminated lines.
	maxRests = 1 << 20
)

// line is the unterminated line of one writer.
type line struct {
	writer
	rest []byte
	// heldCR is a carriage return that a terminal printed last and that is
	// dropped if a newline follows. It is not in rest.
	heldCR bool
	at     int64  // when rest last changed
	began  int64  // when its first byte came, if there is a rest
	turn   uint64 // grows with each change of any writer of the slot
}

// apply carries out what the splitter decided about the rest.
func (l *line) apply(drop int, add []byte) {
	switch {
	case drop == 0:
		l.rest = append(l.rest, add...)
		return
	case drop < len(l.rest):
		l.rest = append(l.rest[:copy(l.rest, l.rest[drop:])], add...)
		return
	}
	const large, small = 32 << 10, 4 << 10
	if cap(l.rest) > large && len(add) > 0 && len(add) <= small {
		l.rest = nil // give back what one long line needed
	}
	l.rest = append(l.rest[:0], add...)
}

// pending reports whether the writer has anything that is not a line yet.
func (l *line) pending() bool { return len(l.rest) > 0 || l.heldCR }

// writers are those of one slot that have printed lately, in no order.
type writers struct {
	all   []*line
	last  *line // the one that was found last
	bytes int   // of all rests
	turn  uint64
}

// find returns the line of w, or nil.
func (ws *writers) find(w writer) *line {
	if ws.last != nil && ws.last.writer == w {
		return ws.last
	}
	for _, l := range ws.all {
		if l.writer == w {
			ws.last = l
			return l
		}
	}
	return nil
}

func (ws *writers) add(w writer) *line {
	l := &line{writer: w}
	ws.all = append(ws.all, l)
	ws.last = l
	return l
}

func (ws *writers) remove(l *line) {
	i := slices.Index(ws.all, l)
	ws.all = slices.Delete(ws.all, i, i+1)
	ws.bytes -= len(l.rest)
	if ws.last == l {
		ws.last = nil
	}
}

// touch notes that l changed, from a rest of the given length.
func (ws *writers) touch(l *line, before int, at int64) {
	ws.turn++
	l.turn, l.at = ws.turn, at
	ws.bytes += len(l.rest) - before
}

// excess returns a writer to forget, other than keep, if there are more than
// are remembered or their rests are too long; nil if all is well. It is the
// one that has been silent the longest, those with nothing pending first.
func (ws *writers) excess(keep *line) *line {
	if len(ws.all) <= maxWriters && ws.bytes <= maxRests {
		return nil
	}
	var oldest *line
	for _, l := range ws.all {
		if l == keep || (len(ws.all) <= maxWriters && len(l.rest) == 0) {
			continue
		}
		if oldest == nil || before(l, oldest) {
			oldest = l
		}
	}
	return oldest
}

func before(a, b *line) bool {
	if a.pending() != b.pending() {
		return !a.pending()
	}
	return a.turn < b.turn
}

// newest returns the line that changed last among those with a rest; nil if
// there is none.
func (ws *writers) newest() *line {
	var found *line
	for _, l := range ws.all {
		if len(l.rest) > 0 && (found == nil || l.turn > found.turn) {
			found = l
		}
	}
	return found
}

// of returns the writers that match, those of a longer silence first; stream
// and pid below 0 match all.
func (ws *writers) of(stream int, pid int) []*line {
	var found []*line
	for _, l := range ws.all {
		if (stream < 0 || l.stream == procs.Stream(stream)) && (pid < 0 || int(l.pid) == pid) {
			found = append(found, l)
		}
	}
	slices.SortFunc(found, func(a, b *line) int { return cmp.Compare(a.turn, b.turn) })
	return found
}
