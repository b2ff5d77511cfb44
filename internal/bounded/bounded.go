// Package bounded has a map of a bounded size: it keeps the keys that came last.
package bounded

import (
	"iter"
	"maps"
)

// Map is a map that drops the key that it has had for longest when it is full.
// The zero value is empty.
type Map[K comparable, V any] struct {
	values map[K]V
	order  []K // a ring once it is full
	oldest int
}

// Get returns the value of a key, and whether the map has it.
func (m *Map[K, V]) Get(key K) (V, bool) {
	v, ok := m.values[key]
	return v, ok
}

// Put sets the value of a key, and drops the oldest key if there would be more
// than limit, which is the same in each call. A key that is set anew is as old
// as it was.
func (m *Map[K, V]) Put(key K, value V, limit int) {
	if m.values == nil {
		m.values = map[K]V{}
	}
	if _, known := m.values[key]; known {
		m.values[key] = value
		return
	}
	if len(m.order) < limit {
		m.order = append(m.order, key)
	} else {
		delete(m.values, m.order[m.oldest])
		m.order[m.oldest] = key
		m.oldest = (m.oldest + 1) % limit
	}
	m.values[key] = value
}

// All yields what the map has, in no order.
func (m *Map[K, V]) All() iter.Seq2[K, V] { return maps.All(m.values) }

// Len returns how many keys the map has.
func (m *Map[K, V]) Len() int { return len(m.values) }
