package output

import "slices"

// kept is where somebody reads in a source while another one is shown.
type kept struct {
	window window // without its lines
	offset int
	inside inside
	held   held
	match  bool
	sought bool // by a search
	name   int  // width of the column of names
}

// maxPlaces is in how many sources a place is kept; the oldest goes first.
const maxPlaces = 64

// keepPlace takes down where the source is held that is about to be left, or that it is
// followed again. Where somebody was only led to is no place to come back to.
func (s *Screen) keepPlace() {
	if s.led {
		return
	}
	s.stay() // lines may be wrapped in another way when it is shown again
	if _, known := s.places.Get(s.source); s.window.follow && !known {
		return
	}
	w := s.window
	w.lines, w.before, w.moves = nil, nil, slices.Clone(w.moves)
	k := kept{window: w, offset: s.offset, inside: s.inside, held: s.held, match: s.match, sought: s.search.typed != "", name: s.rows.name}
	k.inside.rows, k.held.inside.rows = nil, nil // they are found anew
	s.places.Put(s.source, k, maxPlaces)
}

// findPlace goes to where the source was held, if it was.
func (s *Screen) findPlace() {
	if k, ok := s.places.Get(s.source); ok && !k.window.follow {
		s.window, s.offset, s.inside, s.held, s.match = k.window, k.offset, k.inside, k.held, k.match
		s.rows.name = k.name
		if k.sought && s.search.typed == "" { // which has scrolled it
			s.unscroll()
		}
	}
}
