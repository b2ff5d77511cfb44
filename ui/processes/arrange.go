package processes

import "slices"

// Arrangement is how the rows are arranged: the name of the column that they are sorted
// by, "" if they are not, and the text that their names have.
func (s *Screen) Arrangement() (order, filter string) {
	return orderName(s.view.sort), s.view.filter
}

// Arrange arranges the rows as Arrangement has told before. An order that there is
// not is by name.
func (s *Screen) Arrange(by, filter string) {
	s.view.sort = orders[max(0, slices.IndexFunc(orders, func(id columnID) bool { return orderName(id) == by }))]
	s.filter(filter, true)
}

// orderName is the name of a column for files, "" for that of the names.
func orderName(id columnID) string {
	for _, c := range choices {
		if c.id == id {
			return c.name
		}
	}
	return ""
}

// Reading is how the lines of the pane are shown.
func (s *Screen) Reading() (wrap bool, times int) { return s.pane.Reading() }

// SetReading has them shown so.
func (s *Screen) SetReading(wrap bool, times int) { s.pane.SetReading(wrap, times) }
