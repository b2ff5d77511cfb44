package output

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/muster/procs"
	"example.com/muster/ui/keys"
)

// sideStep is how many cells Left and Right scroll.
const sideStep = 8

// Handle carries out an intent.
func (s *Screen) Handle(in keys.Intent) (tea.Cmd, bool) {
	if s.handleMove(in) {
		s.led = false
		return nil, true
	}
	if s.hunting() && forTheLine(in.Verb) {
		s.next = &in
		return nil, true
	}
	switch in.Verb {
	case keys.Follow:
		if s.led = false; s.window.follow && s.column() == "" {
			s.window.follow = false
		} else {
			s.toEnd()
		}
	case keys.Wrap:
		s.stay()
		s.wrap = !s.wrap
	case keys.Times:
		s.stay()
		s.times = (s.times + 1) % timesKinds
	case keys.Mark:
		s.mark()
	case keys.NextMark:
		s.nextMark()
	case keys.Pane:
		s.show(neighbour(s.sources(), s.source, max(-1, min(1, 2*in.N+1))))
	case keys.Open:
		s.narrow()
	case keys.Back:
		return s.back()
	case keys.Search:
		return s.onSearch(in), true
	case keys.Filter:
		s.onFilter(in)
	case keys.Next, keys.Previous:
		s.hunt(in.Verb == keys.Previous)
	case keys.Copy:
		return s.copy(), true
	case keys.Moment:
		return s.moment(), true
	default:
		return nil, false
	}
	return nil, true
}

// forTheLine reports whether a verb is for the line of the cursor: while that is on its
// way to a match, for the match.
func forTheLine(v keys.Verb) bool {
	return v == keys.Copy || v == keys.Mark || v == keys.Moment || v == keys.Open
}

// handleMove carries out what moves the window or its cursor.
func (s *Screen) handleMove(in keys.Intent) bool {
	w, page := &s.window, s.bodyHeight()
	n := rowsOfMove(in, page)
	if n != 0 && s.scrollInside(n) {
		return true
	}
	s.upward = n < 0
	switch in.Verb {
	case keys.Down, keys.Up:
		w.do(move{kind: byLine, n: n})
	case keys.HalfDown, keys.HalfUp, keys.PageDown, keys.PageUp:
		w.do(move{kind: byPage, n: n})
	case keys.Top:
		s.inside = inside{}
		w.do(move{kind: toTop})
		if v := s.sieve; v != nil && !v.complete() {
			s.sieveFrom(v.oldest)
			w.top, w.cur = v.oldest, v.oldest
		}
	case keys.Bottom:
		s.toEnd()
	case keys.Wheel:
		w.do(move{kind: byView, n: n})
	case keys.Click:
		if seq, ok := s.rows.at(in.Y - 1); ok {
			s.upward = seq < w.top // the end of that line was in sight
			w.do(move{kind: toLine, seq: seq})
		}
	case keys.Left:
		s.sideways(-sideStep)
	case keys.Right:
		s.sideways(sideStep)
	default:
		return false
	}
	return true
}

// sideways moves by n cells to the right, unless lines are wrapped.
func (s *Screen) sideways(n int) {
	if !s.wrap {
		s.offset, s.window.stood = max(0, s.offset+n), nil
	}
}

// unscroll shows lines from their beginning on; a search may have scrolled them.
func (s *Screen) unscroll() { s.offset, s.held.offset = 0, 0 }

// toEnd follows the end, where lines begin.
func (s *Screen) toEnd() {
	s.window.toEnd()
	s.unscroll()
}

// narrow shows only the slot of the current line.
func (s *Screen) narrow() {
	l := s.current()
	if l != nil && l.ID.Pool != "" && !s.source.OneSlot {
		s.show(procs.SlotSource(l.ID))
	}
}

// back takes away what was laid over the output last: search, filter, source.
func (s *Screen) back() (tea.Cmd, bool) {
	switch {
	case s.search.typed != "":
		s.search = pattern{}
		s.stopHunt()
		s.unscroll()
	case s.filter.typed != "":
		s.setFilter("")
	case s.source != s.home:
		s.show(s.home)
	default:
		return nil, false
	}
	return nil, true
}

// onFilter shows only the lines that match; an exclamation mark before the
// expression shows those that do not, as in less.
func (s *Screen) onFilter(in keys.Intent) {
	if in.Text != s.filter.typed {
		s.setFilter(in.Text)
	}
}

func (s *Screen) setFilter(typed string) {
	expr, not := strings.CutPrefix(typed, "!")
	s.filter, s.not = newPattern(expr), not
	s.filter.typed = typed
	s.sieve = nil
	s.stopHunt()
	if s.window.follow {
		s.window = window{follow: true}
	}
}
