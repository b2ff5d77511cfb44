package crashes

import (
	"slices"

	"example.com/muster/profiling/crash"
)

// A pin is the report that somebody reads: it stays in the card, and is what the keys act
// on, whatever comes meanwhile and even if it is kept no more. Its report is nil while
// nobody does.
type pin struct {
	report *crash.Report
	newest int // number of the newest report when it began
}

// enter gives the card the focus.
func (s *Screen) enter() {
	s.inCard = true
	s.hold()
}

// leave gives the list the focus again.
func (s *Screen) leave() {
	s.inCard = false
	s.release()
}

// hold pins the report that is shown.
func (s *Screen) hold() {
	r := s.report()
	if r == nil || s.pin.report != nil {
		return
	}
	s.chosen, s.pin = keyOf(r), pin{report: r, newest: s.newest()}
}

// release has the card show what is selected in the list, which is on the kind that was
// read. Where that is at the top, the newest crash is selected as before.
func (s *Screen) release() {
	s.pin, s.scroll = pin{}, 0
	if s.seq == 0 && s.index() == 0 {
		s.chosen = ""
	}
}

// refresh takes what has become known of the pinned report: it is replaced then.
func (s *Screen) refresh() {
	was := s.pin.report
	if was == nil {
		return
	}
	if len(s.kinds) == 0 {
		s.release()
		return
	}
	if i := slices.IndexFunc(s.reports, func(r *crash.Report) bool { return r.Seq == was.Seq }); i >= 0 {
		s.pin.report = s.reports[i]
		s.chosen = keyOf(s.pin.report)
	}
}

// newest is the number of the newest report.
func (s *Screen) newest() int {
	if n := len(s.reports); n > 0 {
		return s.reports[n-1].Seq
	}
	return 0
}

// newer is how many crashes have come since the pinned report is being read.
func (s *Screen) newer() int {
	if s.pin.report == nil {
		return 0
	}
	return max(0, s.newest()-s.pin.newest)
}
