package output

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/muster/procs"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/port"
)

// A seek looks for the first line of a source at a time or after it, or for the last one
// up to then. Lines stand in the order in which they came, so that a few questions are enough, however many
// there are; they are asked by a command all the same, as a session may be far away.
type seek struct {
	gen    int // of the search; see Screen.gen
	source procs.Source
	at     time.Time
	last   bool
}

// sought is the answer to a seek.
type sought struct {
	seek
	seq  uint64
	none bool // no line is so new, or there is none at all
	gone bool // those of that time are no longer in memory: seq is the oldest that is
	err  error
}

// ShowAt goes to the first line of a source that was printed at a time or after it; search and
// filter stay.
func (s *Screen) ShowAt(src procs.Source, at time.Time) {
	if src != s.source {
		s.Show(src)
	}
	s.seek(src, at, false)
}

// ShowUntil goes to the last line of a source that was printed up to a time, with those
// before it above. A filter, which may hide them, is taken away; the search stays.
func (s *Screen) ShowUntil(src procs.Source, at time.Time) {
	if s.keepPlace(); s.filter.typed != "" {
		s.setFilter("")
	}
	s.Show(src)
	s.seek(src, at, true)
}

func (s *Screen) seek(src procs.Source, at time.Time, last bool) {
	s.stopHunt()
	if src.PID = 0; !src.OneSlot { // lines are counted over all writers, and all pools
		src.Pool = ""
	}
	s.led = false
	s.sought = &seek{gen: s.gen, source: src, at: at, last: last}
}

// look finds the line.
func (k seek) look(session port.Session) tea.Cmd {
	return func() tea.Msg { return keys.AnswerMsg{Screen: keys.Output, Answer: k.find(session)} }
}

func (k seek) find(session port.Session) sought {
	found := sought{seek: k}
	var page procs.Page
	if page, found.err = session.Output(procs.Query{Source: k.source, From: procs.NewestLine, Backward: true, Max: 1}); found.err != nil {
		return found
	}
	first, lo, hi := page.Oldest, page.Oldest, page.End
	for lo < hi {
		mid := lo + (hi-lo)/2
		page, found.err = session.Output(procs.Query{Source: k.source, From: mid, Max: 1})
		switch {
		case found.err != nil:
			return found
		case len(page.Lines) == 0: // it has ended meanwhile
			hi = mid
		case k.above(page.Lines[0].At):
			lo = page.Lines[0].Seq + 1
		default:
			hi = mid
		}
	}
	found.seq, found.none = lo, lo >= page.End
	found.gone = lo == first && first > 0
	if k.last && lo > first {
		found.seq, found.none = lo-1, false
	}
	return found
}

// above reports whether a line that was printed at a time is above the first one at the
// time looked for or after it; or, where the last one up to then is looked for, above the
// first one after it.
func (k seek) above(at time.Time) bool {
	if k.last {
		return !at.After(k.at)
	}
	return at.Before(k.at)
}

// onSought goes to what was found.
func (s *Screen) onSought(k sought) tea.Cmd {
	switch at := k.at.Format("15:04:05.000"); {
	case k.gen != s.gen:
		return nil
	case k.err != nil:
		return keys.Send(keys.SayMsg{Text: "cannot find the lines of " + at + ": " + plainName(k.err.Error()), Bad: true})
	case k.none && k.last: // the screen says so
	case k.none:
		return keys.Send(keys.SayMsg{Text: "nothing has been printed since " + at})
	default:
		s.window.follow = false
		if s.goTo(k.seq); k.last {
			s.endAt(k.seq)
		}
		if k.gone {
			return keys.Send(keys.SayMsg{Text: "the lines of " + at + " are no longer in memory; this is the oldest that is"})
		}
	}
	return nil
}

// endAt puts the cursor on a line, as the last one in sight.
func (s *Screen) endAt(seq uint64) {
	s.unscroll()
	s.inside, s.upward, s.led = inside{}, true, true
	s.window.do(move{kind: toSpot, spot: spot{cur: seq}})
}

// moment asks for what the writer of the current line did when it was printed.
func (s *Screen) moment() tea.Cmd {
	l := s.current()
	if l == nil || l.ID.Pool == "" {
		return keys.Send(keys.SayMsg{Text: "there is no line of a process here"})
	}
	w := s.writerOf(l)
	m := keys.MomentMsg{On: keys.Output, Screen: keys.Output, Source: s.source, ID: l.ID, Name: w.name, At: l.At, Text: append([]byte{}, l.Text...)}
	if l.Stream != procs.Muster {
		m.PID = l.PID
	}
	return keys.Send(m)
}
