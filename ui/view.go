package ui

import (
	"example.com/muster/ui/keys"
	"example.com/muster/ui/processes"
)

// View is how a user has arranged the screens, and would arrange them again. The
// zero View is how everybody begins.
type View struct {
	Hidden string // the columns of screen 1 that are left out: "fds,up"
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

// A columned is a screen whose columns can be chosen.
type columned interface {
	Hidden() string
	Hide(names string)
	ShowColumns(names []string)
	Picker(kept string) *processes.Picker
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
	if s, ok := m.screens[keys.Processes].(columned); ok {
		s.Hide(v.Hidden)
		if m.opt.Columns != nil {
			s.ShowColumns(m.opt.Columns)
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
	v.Hidden = m.opt.View.Hidden // where the user's file says which columns there are, they are not kept
	if s, ok := m.screens[keys.Processes].(columned); ok && m.opt.Columns == nil {
		v.Hidden = s.Hidden()
	}
	if s, ok := m.screens[keys.Output].(reader); ok {
		v.Wrap, v.Times = s.Reading()
	}
	return v
}

// pickColumns covers the screen in front with what chooses its columns.
func (m *root) pickColumns() {
	s, ok := m.front().(columned)
	if !ok {
		if _, open := m.over.(*processes.Picker); open { // the same key closes it
			m.over = nil
		}
		return
	}
	kept := "kept for the next time"
	if m.opt.Columns != nil {
		kept = "for now: config.yaml says which at the start"
	}
	p := s.Picker(kept)
	p.SetSize(m.w, bodyHeight(m.h))
	m.over = p
}
