package ui

import (
	"example.com/muster/ui/keys"
)

// View is how a user has arranged the screens, and would arrange them again. The
// zero View is how everybody begins.
type View struct {
	Order  string // what the rows of screen 1 are sorted by; "" is by name
	Filter string // which of them are shown; "" is all
	Wrap   bool   // long lines of output are wrapped
	Times  int    // how lines say when they came; 0 is not at all
}

// A sorter is a screen whose rows can be sorted and filtered.
type sorter interface {
	Arrangement() (order, filter string)
	Arrange(order, filter string)
}

// A reader is a screen that shows lines of output.
type reader interface {
	Reading() (wrap bool, times int)
	SetReading(wrap bool, times int)
}

// arrange arranges the screens. That something is hidden is said, as nobody has
// hidden it in this session.
func (m *root) arrange(v View) {
	if s, ok := m.screens[keys.Processes].(sorter); ok {
		s.Arrange(v.Order, v.Filter)
		if v.Filter != "" {
			m.notice = keys.SayMsg{Text: "as before, only names with \"" + plain(v.Filter, nameWidth) + "\" are shown; " + m.opt.Keys.Key(keys.Processes, keys.Back) + " shows all"}
		}
	}
	for _, at := range []keys.Screen{keys.Processes, keys.Output} {
		if s, ok := m.screens[at].(reader); ok {
			s.SetReading(v.Wrap, v.Times)
		}
	}
}

// view is how the screens are arranged now.
func (m *root) view() View {
	var v View
	if s, ok := m.screens[keys.Processes].(sorter); ok {
		v.Order, v.Filter = s.Arrangement()
	}
	if s, ok := m.screens[keys.Output].(reader); ok {
		v.Wrap, v.Times = s.Reading()
	}
	return v
}
