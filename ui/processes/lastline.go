package processes

import (
	"slices"

	"example.com/muster/procs"
)

// lastScan is how many lines of a slot are looked at for the newest of one
// of its descendants.
const lastScan = 256

// lastLine is the newest line of a descendant, and how much its slot had
// printed when it was read.
type lastLine struct {
	text  []byte
	lines uint64
	bytes uint64
}

// readLastLines reads the newest line of each descendant in sight whose slot
// has printed since, or only of the selected one, for who copies it. The snapshot has
// those of the slots.
func (s *Screen) readLastLines() {
	if len(s.lines) > maxTraces {
		clear(s.lines)
	}
	rows := s.inSight()
	if !s.shows(colLast) {
		rows = s.rows[s.at:min(len(s.rows), s.at+1)]
	}
	for i := range rows {
		r := &rows[i]
		if r.child == nil {
			continue
		}
		have, known := s.lines[r.key]
		if known && have.lines == r.slot.Lines && have.bytes == r.slot.OutputBytes {
			continue
		}
		read := s.newestLine
		if known && have.lines == r.slot.Lines {
			read = s.openLine // no line has ended
		}
		if text, ok := read(r); ok {
			have.text = text
		}
		have.lines, have.bytes = r.slot.Lines, r.slot.OutputBytes
		s.lines[r.key] = have
	}
}

// newestLine reads the last line of a row's process, the one that has not ended if
// there is one.
func (s *Screen) newestLine(r *row) (text []byte, ok bool) {
	page, err := s.session.Output(procs.Query{Source: r.source(), From: procs.NewestLine, Backward: true, Max: 1, ScanLimit: lastScan})
	switch {
	case err != nil || len(page.Lines) == 0:
		return nil, false
	case page.Open > 1:
		return s.openLine(r)
	}
	return page.Lines[0].Text, true
}

// openLine reads the line of a row's process that has not ended, such as a
// progress bar; of those of its streams the one that grew last.
func (s *Screen) openLine(r *row) (text []byte, ok bool) {
	const streams = 2
	page, err := s.session.Output(procs.Query{Source: r.source(), From: procs.NewestLine, Max: streams})
	if err != nil || len(page.Lines) == 0 || page.Open == 0 {
		return nil, false
	}
	newest := slices.MaxFunc(page.Lines, func(a, b procs.Line) int { return a.At.Compare(b.At) })
	return newest.Text, true
}

func (s *Screen) shows(id columnID) bool {
	for _, c := range s.columns {
		if c.id == id {
			return true
		}
	}
	return false
}

// lastLine is the newest line that the row's process has printed.
func (s *Screen) lastLine(r *row) []byte {
	if r.child == nil {
		return r.slot.LastLine.Text
	}
	return s.lines[r.key].text
}
