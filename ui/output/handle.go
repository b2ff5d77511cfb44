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
		return s.lookBack(), true
	}
	switch in.Verb {
	case keys.Follow:
		if s.window.follow {
			s.window.follow = false
		} else {
			s.window.toEnd()
		}
	case keys.Wrap:
		s.wrap, s.offset = !s.wrap, 0
	case keys.Times:
		s.times = (s.times + 1) % timesKinds
	case keys.Mark:
		s.mark()
	case keys.NextMark:
		s.nextMark()
	case keys.Pane:
		s.show(neighbour(s.all, s.source, max(-1, min(1, 2*in.N+1))))
		return s.lookBack(), true
	case keys.Open:
		return s.narrow(), true
	case keys.Back:
		return s.back()
	case keys.Search:
		return s.onSearch(in), true
	case keys.Filter:
		return s.onFilter(in), true
	case keys.Next, keys.Previous:
		return s.hunt(in.Verb == keys.Previous), true
	case keys.Copy:
		return s.copy(), true
	default:
		return nil, false
	}
	return nil, true
}

// handleMove carries out what moves the window or its cursor.
func (s *Screen) handleMove(in keys.Intent) bool {
	w, page := &s.window, s.bodyHeight()
	switch in.Verb {
	case keys.Down:
		w.do(move{kind: byLine, n: 1})
	case keys.Up:
		w.do(move{kind: byLine, n: -1})
	case keys.HalfDown:
		w.do(move{kind: byPage, n: max(1, page/2)})
	case keys.HalfUp:
		w.do(move{kind: byPage, n: -max(1, page/2)})
	case keys.PageDown:
		w.do(move{kind: byPage, n: max(1, page-1)})
	case keys.PageUp:
		w.do(move{kind: byPage, n: -max(1, page-1)})
	case keys.Top:
		if v := s.sieve; v != nil && !v.complete() {
			v.restartAt(v.oldest)
		}
		w.do(move{kind: toTop})
	case keys.Bottom:
		w.toEnd()
	case keys.Wheel:
		w.do(move{kind: byView, n: in.N})
	case keys.Click:
		if seq, ok := s.rows.at(in.Y - 1); ok {
			w.do(move{kind: toLine, seq: seq})
		}
	case keys.Left:
		s.offset = max(0, s.offset-sideStep)
	case keys.Right:
		if !s.wrap {
			s.offset += sideStep
		}
	default:
		return false
	}
	return true
}

// narrow shows only the slot of the current line.
func (s *Screen) narrow() tea.Cmd {
	l := s.current()
	if l == nil || l.ID.Pool == "" || s.source.OneSlot {
		return nil
	}
	s.show(procs.SlotSource(l.ID))
	return s.lookBack()
}

// back takes away what was laid over the output last: search, filter, source.
func (s *Screen) back() (tea.Cmd, bool) {
	switch {
	case s.search.typed != "":
		s.search, s.hunts = pattern{}, false
		s.gen++
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
func (s *Screen) onFilter(in keys.Intent) tea.Cmd {
	if in.Text == s.filter.typed {
		return nil
	}
	s.setFilter(in.Text)
	return s.lookBack()
}

func (s *Screen) setFilter(typed string) {
	expr, not := strings.CutPrefix(typed, "!")
	s.filter, s.not = newPattern(expr), not
	s.filter.typed = typed
	s.sieve = nil
	s.gen++
	if s.window.follow {
		s.window = window{follow: true}
	}
}

// lookBack has a sieve look further back, if less is known above the window
// than one more page.
func (s *Screen) lookBack() tea.Cmd {
	v := s.sieve
	if s.session == nil {
		return nil
	}
	if v == nil {
		f, ok := s.feed().(*sieve)
		if !ok {
			return nil
		}
		v = f
	}
	if v.busy || !v.begun || v.complete() || v.index(s.window.top) > 2*s.bodyHeight() {
		return nil
	}
	v.busy = true
	return lookFor(v.gen, s.session, v.back(stepScan))
}

// onSought takes up what was found further back.
func (s *Screen) onSought(a sought) tea.Cmd {
	v := s.sieve
	if v == nil || a.gen != v.gen {
		return nil
	}
	v.busy = false
	if v.err = a.err; a.err != nil {
		return nil
	}
	v.oldest = a.page.Oldest
	v.older(a.page)
	return s.lookBack()
}
