package processes

import (
	"slices"

	"example.com/muster/procs"
)

// lastScan is how many lines of a slot are looked at for the newest of one
// of its descendants, lastPass how many lines of others are passed over in one frame: of those
// that are new, and a quarter of that of older ones.
const (
	lastScan = 256
	lastPass = 1 << 15
)

// lastLine is the newest line of a descendant, and how much its slot had
// printed when it was read.
type lastLine struct {
	text  []byte
	lines uint64
	bytes uint64
	// What lies between these two is still to be looked through, from its end; nothing if
	// they are the same.
	from, to uint64
	// since is from where on more has come than was looked through, plus 1; 0 if nothing has.
	since uint64
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
		if known && have.lines == r.slot.Lines && have.bytes == r.slot.OutputBytes && have.from == have.to {
			continue
		}
		s.look(r, &have, known)
		have.lines, have.bytes = r.slot.Lines, r.slot.OutputBytes
		s.lines[r.key] = have
	}
}

// look looks for the last line of a row's process, the one that has not ended if there is
// one, among what its slot has printed since the last look, and then among older lines. Where
// others have printed much, the next frames go on.
func (s *Screen) look(r *row, have *lastLine, known bool) {
	if known && r.slot.Lines == have.lines && r.slot.OutputBytes != have.bytes { // no line has ended
		if text, ok := s.openLine(r); ok {
			have.text = text
			return
		}
	}
	if r.slot.Lines != have.lines || !known {
		text, next, found := s.newestLine(r, procs.NewestLine, min(r.slot.Lines-min(have.lines, r.slot.Lines), lastPass))
		switch {
		case found:
			have.text, have.from, have.to, have.since = text, 0, 0, 0
			return
		case !known:
			have.to = next
		case next > have.lines && have.since == 0:
			have.since = have.lines + 1
		case next <= have.lines && have.since > 0 && have.from == have.to: // now there is time for that
			have.from, have.to, have.since = have.since-1, have.lines, 0
		}
	}
	if have.from == have.to {
		return
	}
	text, next, found := s.newestLine(r, have.to, lastPass/4)
	if have.to = max(have.from, next); found {
		have.text, have.to = text, have.from
	}
}

// newestLine reads the last line of a row's process before some line, and passes over as many
// of others. next is before which line to go on, 0 if there is nothing more.
func (s *Screen) newestLine(r *row, before, pass uint64) (text []byte, next uint64, ok bool) {
	page, err := s.session.Output(procs.Query{
		Source: r.source(), From: before, Backward: true, Max: 1, ScanLimit: lastScan, PassLimit: int(max(pass, 1)),
	})
	switch {
	case err != nil, len(page.Lines) == 0 && page.Next <= page.Oldest:
		return nil, 0, false
	case len(page.Lines) == 0:
		return nil, page.Next, false
	case page.Open > 1:
		text, ok = s.openLine(r)
		return text, 0, ok
	}
	return page.Lines[0].Text, 0, true
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
