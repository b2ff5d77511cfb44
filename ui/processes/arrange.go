package processes

import "slices"

// orderNames are the names of what rows can be sorted by, for [Screen.Arrange].
var orderNames = [orders]string{byName: "", byCPU: "cpu", byMem: "mem", byState: "state"}

// Arrangement is how the rows are arranged: what they are sorted by, and the text
// that their names have.
func (s *Screen) Arrangement() (order, filter string) {
	return orderNames[s.view.sort], s.view.filter
}

// Arrange arranges the rows as Arrangement has told before. An order that there is
// not is by name.
func (s *Screen) Arrange(by, filter string) {
	s.view.sort = order(max(0, slices.Index(orderNames[:], by)))
	s.filter(filter, true)
}

// Reading is how the lines of the pane are shown.
func (s *Screen) Reading() (wrap bool, times int) { return s.pane.Reading() }

// SetReading has them shown so.
func (s *Screen) SetReading(wrap bool, times int) { s.pane.SetReading(wrap, times) }
