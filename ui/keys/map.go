package keys

import "slices"

// Map says what each key means on each screen: the table, with the keys that
// the user has chosen. It is immutable.
type Map struct{ rows []Binding }

var standard = &Map{table}

// Standard returns the map without any changes.
func Standard() *Map { return standard }

// Bindings returns a copy of all rows.
func (m *Map) Bindings() []Binding { return slices.Clone(m.rows) }

// holds reports whether the binding means something on screen s.
func (b Binding) holds(s Screen) bool { return len(b.On) == 0 || slices.Contains(b.On, s) }

// Intent is what the binding's keys mean.
func (b Binding) Intent() Intent { return Intent{Verb: b.Verb, N: b.N} }

// On returns the rows that hold on a screen.
func (m *Map) On(s Screen) []Binding {
	var rows []Binding
	for _, b := range m.rows {
		if b.holds(s) {
			rows = append(rows, b)
		}
	}
	return rows
}

// Resolve says what a key means on a screen; ok is false if it means nothing there.
// The key is named as bubbletea's KeyMsg.String does.
func (m *Map) Resolve(s Screen, key string) (in Intent, ok bool) {
	for _, b := range m.rows {
		if b.holds(s) && slices.Contains(b.Keys, key) {
			return b.Intent(), true
		}
	}
	return Intent{}, false
}

// Key names the key of a verb on a screen, for a sentence: "R". What has no key
// is to be found in the palette by its name: ": restart pool".
func (m *Map) Key(s Screen, v Verb) string {
	return m.key(func(b Binding) bool { return b.Verb == v && b.holds(s) })
}

// KeyTo names the key that opens a screen.
func (m *Map) KeyTo(s Screen) string {
	return m.key(func(b Binding) bool { return b.Verb == GoTo && b.N == int(s) })
}

func (m *Map) key(is func(Binding) bool) string {
	label := ""
	for _, b := range m.rows {
		switch {
		case !is(b):
		case len(b.Keys) > 0:
			return Name(b.Keys[0])
		case label == "":
			label = b.Label
		}
	}
	if label == "" {
		return ""
	}
	return m.Key(Processes, Palette) + " " + label
}

// Hint is a key and what it does, for the line at the bottom of the screen.
type Hint struct {
	Key, Label string
	Intent     Intent
}

// Hints returns the hints for some verbs on a screen, in the order asked for. A verb
// that has no key there is left out.
func (m *Map) Hints(s Screen, verbs ...Verb) []Hint {
	hints := make([]Hint, 0, len(verbs))
	for _, v := range verbs {
		for _, b := range m.rows {
			if b.Verb == v && b.holds(s) && len(b.Keys) > 0 {
				hints = append(hints, Hint{Key: Name(b.Keys[0]), Label: b.Label, Intent: b.Intent()})
				break
			}
		}
	}
	return hints
}
