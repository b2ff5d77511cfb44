package processes

import "example.com/muster/procs"

// lastScan is how many lines of a slot are looked at for the newest of one
// of its descendants.
const lastScan = 256

// lastLine is the newest line of a descendant, and how many lines its slot had
// printed when it was read.
type lastLine struct {
	text  []byte
	lines uint64
}

// readLastLines reads the newest line of each descendant in sight whose slot
// has printed since. The snapshot has those of the slots.
func (s *Screen) readLastLines() {
	if len(s.lines) > maxTraces {
		clear(s.lines)
	}
	if !s.shows(colLast) {
		return
	}
	for i := range s.inSight() {
		r := &s.inSight()[i]
		if r.child == nil {
			continue
		}
		have, known := s.lines[r.key]
		if known && have.lines == r.slot.Lines {
			continue
		}
		page, err := s.session.Output(procs.Query{Source: r.source(), From: procs.NewestLine, Backward: true, Max: 1, ScanLimit: lastScan})
		if err == nil && len(page.Lines) > 0 {
			have.text = page.Lines[0].Text
		}
		have.lines = r.slot.Lines
		s.lines[r.key] = have
	}
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
