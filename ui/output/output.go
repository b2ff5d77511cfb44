// Package output is the screen that shows what processes print: all of them
// merged, one pool, one slot or one writer of a slot.
//
// Start at [Screen.Sync]. It pulls only the lines in sight, through a feed:
// direct (feed.go) where every line of the source is shown, a sieve (sieve.go)
// where lines are looked for. Which lines are in sight is the window's part
// (window.go), and where it stood in sources that were shown before is kept
// (places.go); row.go draws them. A search may take longer than a frame, so it
// is a chain of commands (search.go), each of a bounded number of lines; an
// answer carries the generation of its question, and a late one is dropped.
package output

import (
	"slices"
	"time"

	"example.com/muster/internal/bounded"
	"example.com/muster/procs"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/port"
	"example.com/muster/ui/theme"
)

// Screen is screen 2. Only the event loop may use it.
type Screen struct {
	theme *theme.Theme
	keys  *keys.Map
	w, h  int

	session port.Session    // as of the last Sync, for commands
	snap    *procs.Snapshot // that was read last
	now     time.Time
	start   time.Time // of the session
	logDir  string
	pools   int
	writers writers

	source procs.Source
	home   procs.Source // the one that was asked for; Back leads there
	window window
	sieve  *sieve // nil if every line of the source is shown
	err    error  // why the output cannot be read
	gens   int    // of sieves so far

	filter   pattern
	not      bool // the filter is inverted
	search   pattern
	origin   *place       // where the search that is being typed began
	hunts    bool         // a search is under way
	steps    int          // how many matches further to go after that; up if it is negative
	next     *keys.Intent // to carry out at the line that it finds; nil if nothing
	searches bool         // its expression is being typed
	outcome  *caught      // how it ended; nil before
	gen      int          // of the search; an answer to an older one comes too late

	looking bool  // a command looks for lines
	waiting *hunt // the step of a search to make next
	sought  *seek // a time to go to next

	wrap   bool
	times  times
	offset int // cells scrolled to the left
	inside inside
	upward bool // the last move was up
	held   held // while window.stood
	match  bool // the match on the cursor's line is to stay in sight
	led    bool // the user was led to the cursor's line, and has not moved since
	places bounded.Map[procs.Source, kept]
	marks  []mark
	copied copied
	rows   rows

	picture []string // what the full-screen program shows; nil if it is not known
}

// place is where a search began, to come back to.
type place struct {
	follow bool
	spot
	offset int
	inside inside
}

// New returns the screen, following everything.
func New(t *theme.Theme, m *keys.Map) *Screen {
	return &Screen{theme: t, keys: m, window: window{follow: true}}
}

// Reading is how lines are shown: wrapped or cut, and with which times.
func (s *Screen) Reading() (wrap bool, times int) { return s.wrap, int(s.times) }

// SetReading has lines shown as Reading has told before.
func (s *Screen) SetReading(wrap bool, kind int) {
	s.wrap = wrap
	if kind > 0 && kind < int(timesKinds) {
		s.times = times(kind)
	}
}

// SetSize gives the size in cells.
func (s *Screen) SetSize(w, h int) {
	if w, h = max(w, 0), max(h, 0); w != s.w || h != s.h {
		s.stay()
		s.w, s.h = w, h
	}
}

// Show changes the source: it is followed, or held where it was held before. Back
// returns to this one, and from it to the screen that asked for it.
func (s *Screen) Show(src procs.Source) {
	s.home = src
	s.show(src)
}

func (s *Screen) show(src procs.Source) {
	if src == s.source && !s.led {
		return
	}
	s.keepPlace()
	s.led = false
	s.source = src
	s.restart()
	s.findPlace()
}

// Selected returns the slot whose output is shown, if it is one.
func (s *Screen) Selected() (id procs.ID, ok bool) {
	return procs.ID{Pool: s.source.Pool, Slot: s.source.Slot}, s.source.OneSlot
}

// Sync reads the lines in sight.
func (s *Screen) Sync(session port.Session, now time.Time) {
	snap := session.Snapshot()
	s.session, s.now = session, now
	if snap != s.snap { // it is immutable: the same one says the same
		s.snap = snap
		s.read(snap)
	}

	body := s.bodyHeight()
	s.layout()
	f := s.feed()
	s.window.sync(f, body, s.rowsOf)
	if d, ok := f.(*direct); ok {
		s.err = d.err
	}
	s.layout() // for the names that are in sight now
	s.measure()
	if l := s.current(); l != nil && s.match {
		s.reveal(l)
	}
	s.match = false
	if s.inVain() && slices.ContainsFunc(s.window.lines, s.matches) { // it has been printed since
		s.outcome = nil
	}
}

// matches reports whether the search finds a line.
func (s *Screen) matches(l procs.Line) bool { return s.search.re.MatchString(draw.Plain(l.Text, 0)) }

// read takes from a snapshot what the lines need beside themselves: how many pools
// there are, and who writes.
func (s *Screen) read(snap *procs.Snapshot) {
	s.start, s.logDir = snap.StartedAt, snap.LogDir
	s.pools = len(snap.Pools)
	s.writers.sync(snap)
}

// feed returns where the lines come from.
func (s *Screen) feed() feed {
	if s.filter.re == nil && !sparse(s.source, s.pools) {
		s.sieve = nil
		return &direct{session: s.session, source: s.source, raw: s.search.typed != ""}
	}
	if s.sieve == nil {
		s.gens++
		s.sieve = &sieve{source: s.source, match: s.filter.expr(), not: s.not, gen: s.gens}
		if w := &s.window; !w.follow { // it begins where the reader is, not at the end
			s.sieve.begun, s.sieve.lo, s.sieve.hi = true, w.top, w.top
		}
	}
	if s.err = s.sieve.note(s.session); s.err == nil {
		s.err = s.sieve.err
	}
	return s.sieve
}

// restart follows the end, with nothing known and nothing under way.
func (s *Screen) restart() {
	s.stopHunt()
	s.sieve, s.offset, s.inside, s.origin = nil, 0, inside{}, nil
	s.window = window{follow: true}
	s.rows = rows{}
}

// bodyHeight is how many rows there are for lines: all but the title.
func (s *Screen) bodyHeight() int { return max(1, s.h-1) }

// Help returns the hints for the bottom line.
func (s *Screen) Help() []keys.Hint {
	hints := s.keys.Hints(keys.Output, keys.Search, keys.Filter, keys.Follow, keys.Pane, keys.Wrap, keys.Times, keys.Mark, keys.Copy, keys.Moment, keys.Next, keys.Open)
	for i := range hints {
		if hints[i].Intent.Verb == keys.Pane {
			hints[i].Label = "source"
		}
	}
	return hints
}
