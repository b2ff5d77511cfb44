package processes

import (
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/muster/ui/keys"
)

// Handle carries out an intent.
func (s *Screen) Handle(in keys.Intent) (tea.Cmd, bool) {
	if s.inPane {
		if cmd, handled := s.handleInPane(in); handled {
			return cmd, true
		}
	}
	switch in.Verb {
	case keys.Pane:
		s.inPane, s.zoomed = !s.inPane, false // what has the keys is in sight
	case keys.Zoom:
		s.zoomed = !s.zoomed
		s.inPane = s.zoomed
	case keys.Back:
		return nil, s.back()
	case keys.Search, keys.Filter:
		s.filter(in.Text, in.Done)
	case keys.Click:
		return s.click(in)
	case keys.Wheel:
		return s.wheel(in)
	case keys.Follow, keys.Wrap, keys.Times, keys.Mark, keys.NextMark, keys.Next, keys.Previous:
		return s.pane.handle(in)
	case keys.Copy:
		return s.copy(), true
	case keys.Moment:
		return s.moment(), true
	default:
		if s.move(in.Verb) || s.tree(in.Verb) {
			return nil, true
		}
		return s.act(in.Verb)
	}
	return nil, true
}

// handleInPane gives the pane what is meant for it while it has the focus;
// the mouse says itself where it points.
func (s *Screen) handleInPane(in keys.Intent) (tea.Cmd, bool) {
	if in.Verb == keys.Click || in.Verb == keys.Wheel {
		return nil, false
	}
	return s.pane.handle(in)
}

// back closes the innermost thing that is open; a search in the pane has gone before.
func (s *Screen) back() bool {
	switch {
	case s.inPane:
		s.zoomed, s.inPane = false, false
	case s.view.filter != "":
		s.filter("", true)
	default:
		return false
	}
	return true
}

// filter shows only the rows whose name has the text in it. The cursor is on one of
// them: on the row that was selected before anything was typed if that is one, else on
// the first. done says that nobody types any more.
func (s *Screen) filter(text string, done bool) {
	if done && s.origin != nil && strings.ToLower(text) == s.view.filter { // it is as it was typed
		s.origin = nil
		return
	}
	if s.origin == nil {
		was := s.selected
		s.origin = &was
	}
	s.selected = *s.origin
	if done {
		s.origin = nil
	}
	s.view.filter = strings.ToLower(text)
	s.view.typed++
	s.stale, s.tall, s.narrowed, s.lost = true, 0, true, lost{}
}

// move moves the cursor.
func (s *Screen) move(v keys.Verb) bool {
	half, page := max(1, s.tableRows()/2), max(1, s.tableRows()-1)
	switch v {
	case keys.Up:
		s.selectRow(s.at - 1)
	case keys.Down:
		s.selectRow(s.at + 1)
	case keys.HalfUp:
		s.selectRow(s.at - half)
	case keys.HalfDown:
		s.selectRow(s.at + half)
	case keys.PageUp:
		s.selectRow(s.at - page)
	case keys.PageDown:
		s.selectRow(s.at + page)
	case keys.Top:
		s.selectRow(0)
	case keys.Bottom:
		s.selectRow(len(s.rows) - 1)
	default:
		return false
	}
	return true
}

func (s *Screen) selectRow(i int) {
	if len(s.rows) == 0 {
		return
	}
	s.at = max(0, min(i, len(s.rows)-1))
	s.selected, s.lost = s.rows[s.at].key, lost{}
}

// tree folds, unfolds and sorts.
func (s *Screen) tree(v keys.Verb) bool {
	if v == keys.Sort {
		s.sortByNext()
		return true
	}
	r := s.row()
	if r == nil || v != keys.Fold && v != keys.Left && v != keys.Right {
		return false
	}
	open := s.at+1 < len(s.rows) && s.rows[s.at+1].parent == s.at
	switch {
	case v == keys.Left && !open && r.parent >= 0:
		s.selectRow(r.parent)
	case open && v != keys.Right:
		s.view.folded[r.key] = s.view.typed
	case r.folded && v != keys.Left:
		delete(s.view.folded, r.key)
	case v == keys.Fold && r.parent >= 0: // a leaf: fold what it belongs to
		s.selectRow(r.parent)
		s.view.folded[s.selected] = s.view.typed
	}
	s.stale = true
	return true
}

// sortByNext sorts by the next column that is shown, and after the last by name.
func (s *Screen) sortByNext() {
	if s.layout.table.h == 0 {
		return
	}
	next := orders[slices.Index(orders, s.view.sort)+1:]
	s.view.sort, s.stale = colName, true
	if i := slices.IndexFunc(next, s.shows); i >= 0 {
		s.view.sort = next[i]
	}
}

// click selects the row, or sorts by the column, or goes to the pane.
func (s *Screen) click(in keys.Intent) (tea.Cmd, bool) {
	switch l := s.layout; {
	case l.pane.holds(in.X, in.Y):
		s.inPane = true
		return s.pane.handle(s.inside(in))
	case !l.table.holds(in.X, in.Y):
		return nil, false
	case in.Y < titlesHeight:
		s.inPane = false
		s.sortBy(in.X)
	case in.Y < s.headHeight():
		s.inPane = false
	default:
		s.inPane = false
		if i := s.top + in.Y - s.headHeight(); i < len(s.rows) {
			s.selectRow(i)
		}
	}
	return nil, true
}

// inside is a mouse intent as the pane sees it.
func (s *Screen) inside(in keys.Intent) keys.Intent {
	in.X -= s.layout.pane.x
	in.Y -= s.layout.pane.y + ruleHeight
	return in
}

// sortBy sorts by the column whose title is at x, or by name again. There are columns that
// nothing is sorted by: a click on them leaves the order as it is.
func (s *Screen) sortBy(x int) {
	from := cursorWidth
	for _, c := range s.columns {
		if x < from+c.width {
			switch {
			case !slices.Contains(orders, c.id):
			case c.id == s.view.sort:
				s.view.sort, s.stale = colName, true
			default:
				s.view.sort, s.stale = c.id, true
			}
			return
		}
		from += c.width + gap
	}
}

// wheel scrolls the part under the pointer. In the table the cursor comes
// along as far as it must to stay in sight.
func (s *Screen) wheel(in keys.Intent) (tea.Cmd, bool) {
	switch {
	case s.layout.pane.holds(in.X, in.Y):
		return s.pane.handle(s.inside(in))
	case s.layout.table.holds(in.X, in.Y):
		body := s.tableRows()
		s.top = max(0, min(s.top+in.N, len(s.rows)-body))
		s.selectRow(max(s.top, min(s.at, s.top+body-1)))
		return nil, true
	}
	return nil, false
}
