package keys

import "slices"

// Choice is the keys that the user wants for what the table calls Name.
type Choice struct {
	Name string
	Keys []string // as [Parse] returns them
}

// Conflict is a key that would mean two things on one screen. Name is one that
// was chosen, Other what has the key too.
type Conflict struct {
	Key         string
	Screen      Screen
	Name, Other string
}

// Names lists what can be given other keys, in the order of the table.
func Names() []string {
	var names []string
	for _, b := range table {
		if !slices.Contains(names, b.Name) {
			names = append(names, b.Name)
		}
	}
	return names
}

// Kept lists what must keep a key, as nothing else leads to it.
func Kept() []string { return []string{"open", "back", "palette", "quit", "abort"} }

// With returns the map with the keys that the user has chosen, and what is in
// conflict then; a map with conflicts is of no use.
func (m *Map) With(choices []Choice) (*Map, []Conflict) {
	changed := &Map{m.Bindings()}
	chosen := map[string]bool{}
	for _, c := range choices {
		chosen[c.Name] = true
		for i := range changed.rows {
			if changed.rows[i].Name == c.Name {
				changed.rows[i].Keys = c.Keys
			}
		}
	}
	return changed, changed.conflicts(chosen)
}

// conflicts finds keys that mean two things, each pair of things once.
func (m *Map) conflicts(chosen map[string]bool) []Conflict {
	var all []Conflict
	for _, s := range Screens() {
		has := map[string]string{}
		for _, b := range m.On(s) {
			for _, k := range b.Keys {
				before, twice := has[k]
				if !twice {
					has[k] = b.Name
					continue
				}
				c := Conflict{Key: k, Screen: s, Name: b.Name, Other: before}
				if !chosen[c.Name] {
					c.Name, c.Other = c.Other, c.Name
				}
				told := slices.ContainsFunc(all, func(o Conflict) bool { return o.Key == c.Key && o.Name == c.Name && o.Other == c.Other })
				if !told {
					all = append(all, c)
				}
			}
		}
	}
	return all
}
