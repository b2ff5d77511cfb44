package crashes

import (
	"slices"

	"example.com/muster/profiling/crash"
)

// A pin is the report that is selected: it stays in the card, and is what the keys act on,
// whatever comes meanwhile and even if it is kept no more. Its report is nil while there is
// none.
type pin struct {
	report *crash.Report
	newest int // number of the newest report when it was selected
}

// enter gives the card the focus.
func (s *Screen) enter() { s.inCard = true }

// leave gives the list the focus again.
func (s *Screen) leave() { s.inCard, s.scroll = false, 0 }

// hold selects a report.
func (s *Screen) hold(r *crash.Report) {
	if was := s.pin.report; was == nil || was.Seq != r.Seq {
		s.scroll = 0
	}
	s.pin = pin{report: r, newest: s.newest()}
}

// refresh takes what has become known of the selected report: it is replaced then. Where
// none is selected, the newest crash is.
func (s *Screen) refresh() {
	was := s.pin.report
	switch {
	case len(s.kinds) == 0:
		s.pin, s.inCard, s.scroll = pin{}, false, 0
	case was == nil, !s.inCard && s.listed() < 0: // no crash after all, and nobody reads it
		s.choose(0)
	default:
		if i := slices.IndexFunc(s.reports, func(r *crash.Report) bool { return r.Seq == was.Seq }); i >= 0 {
			s.pin.report = s.reports[i]
		}
	}
}

// newest is the number of the newest report.
func (s *Screen) newest() int {
	if n := len(s.reports); n > 0 {
		return s.reports[n-1].Seq
	}
	return 0
}

// newer is how many crashes have come since the selected report is being read.
func (s *Screen) newer() int {
	if s.pin.report == nil {
		return 0
	}
	return max(0, s.newest()-s.pin.newest)
}
