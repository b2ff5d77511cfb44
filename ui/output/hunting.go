package output

import (
	tea "github.com/charmbracelet/bubbletea"

	"example.com/muster/procs"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/port"
)

func lookFor(gen int, session port.Session, q procs.Query) tea.Cmd {
	return func() tea.Msg {
		page, err := session.Output(q)
		return keys.AnswerMsg{Screen: keys.Output, Answer: sought{gen: gen, page: page, err: err}}
	}
}

// onSearch takes what has been typed so far. The first match is looked for at
// once, from where the search began: up from the end, else down.
func (s *Screen) onSearch(in keys.Intent) tea.Cmd {
	w := &s.window
	if s.origin == nil {
		s.origin = &place{follow: w.follow, top: w.top, cur: w.cur}
	}
	from := *s.origin
	if in.Done {
		s.origin = nil
	}
	changed := in.Text != s.search.typed
	s.search = newPattern(in.Text)
	if in.Text == "" { // given up
		s.gen++
		s.hunts = false
		w.follow, w.top, w.cur, w.moves = from.follow, from.top, from.cur, nil
		return nil
	}
	if !changed && in.Done {
		return nil // it is under way, or there already
	}
	return s.startHunt(hunt{from: from.cur, backward: from.follow, typing: !in.Done}, true)
}

// hunt looks for the next match below the cursor, or above it.
func (s *Screen) hunt(backward bool) tea.Cmd {
	return s.startHunt(hunt{from: s.window.cur, backward: backward}, false)
}

// startHunt begins a search; here says that the line it begins at counts.
func (s *Screen) startHunt(h hunt, here bool) tea.Cmd {
	s.gen++
	s.hunts = false
	if s.search.re == nil || s.session == nil {
		return nil
	}
	switch {
	case here && h.backward:
		h.from = procs.NewestLine
	case !here && !h.backward:
		h.from++
	}
	s.hunts = true
	h.gen, h.source, h.pattern, h.filter, h.not = s.gen, s.source, s.search, s.filter, s.not
	return h.step(s.session)
}

// onCaught goes to the line that was found, or looks further.
func (s *Screen) onCaught(c caught) tea.Cmd {
	if c.hunt.gen != s.gen || s.session == nil {
		return nil
	}
	switch {
	case c.line != nil:
		s.hunts = false
		return s.goTo(c.line.Seq)
	case c.err == nil && !c.ended:
		return c.hunt.step(s.session)
	}
	s.hunts = false
	if c.hunt.typing {
		return nil
	}
	return keys.Send(c.say())
}

// goTo puts the cursor on a line. A sieve that does not reach that far back
// begins anew there.
func (s *Screen) goTo(seq uint64) tea.Cmd {
	s.window.do(move{kind: toLine, seq: seq})
	if v := s.sieve; v != nil && seq < v.lo {
		v.restartAt(seq)
		return s.lookBack()
	}
	return nil
}

// restartAt forgets what was found and begins at a line. Sync goes on from
// there towards the end.
func (v *sieve) restartAt(seq uint64) {
	v.keep(nil)
	v.lo, v.hi = seq, seq
}

// searchStatus is what the title says about the search.
func (s *Screen) searchStatus() string {
	switch {
	case s.search.typed == "":
		return ""
	case s.search.err != nil:
		return "/" + plainName(s.search.typed) + ": " + s.search.problem()
	case s.hunts:
		return "/" + plainName(s.search.typed) + " searching"
	}
	return "/" + plainName(s.search.typed)
}
