package output

import (
	tea "github.com/charmbracelet/bubbletea"

	"example.com/muster/procs"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/port"
)

// More returns a command that looks further, if more is needed than what is
// known and no look is under way. The root asks after each frame. Looks are
// made one at a time: while one is made for something that is no longer
// wanted, the next one waits.
func (s *Screen) More() tea.Cmd {
	if s.looking || s.session == nil {
		return nil
	}
	if k := s.sought; k != nil {
		s.sought = nil
		return s.look(k.look(s.session))
	}
	if s.steps != 0 && !s.hunts {
		s.nextStep()
	}
	if h := s.waiting; h != nil {
		s.waiting = nil
		return s.look(h.step(s.session))
	}
	if s.sieve == nil {
		return nil
	}
	st, ok := s.sieve.next(s.window.follow, s.window.top, s.bodyHeight())
	if !ok {
		return nil
	}
	return s.look(st.look(s.session))
}

// look notes that a look is under way.
func (s *Screen) look(cmd tea.Cmd) tea.Cmd {
	s.looking = true
	return cmd
}

// Receive takes the answer to a look.
func (s *Screen) Receive(answer any) tea.Cmd {
	s.looking = false
	switch a := answer.(type) {
	case caught:
		return s.onCaught(a)
	case sought:
		return s.onSought(a)
	case step:
		if v := s.sieve; v != nil && a.gen == v.gen {
			v.take(a, s.bodyHeight())
			v.shed(v.index(s.window.top), s.window.follow)
			s.stand()
		}
	}
	return nil
}

func (st step) look(session port.Session) tea.Cmd {
	return func() tea.Msg {
		st.page, st.err = session.Output(st.query)
		return keys.AnswerMsg{Screen: keys.Output, Answer: st}
	}
}

// onSearch takes what has been typed so far. The first match is looked for at
// once, from where the search began: up from the end, else down.
// That nothing was found is said once nobody types any more.
func (s *Screen) onSearch(in keys.Intent) tea.Cmd {
	w := &s.window
	if s.origin == nil {
		s.origin = &place{follow: w.follow, spot: w.spot, offset: s.offset, inside: s.inside}
	}
	from := *s.origin
	if in.Done {
		s.origin = nil
	}
	changed := in.Text != s.search.typed
	s.search, s.searches = newPattern(in.Text), !in.Done
	if in.Text == "" { // given up
		s.stopHunt()
		w.follow, w.spot, w.stood, w.moves = from.follow, from.spot, nil, nil
		s.offset, s.inside = from.offset, from.inside
		return nil
	}
	if !changed && in.Done { // it is under way, or over already
		return s.sayOutcome()
	}
	s.startHunt(hunt{from: from.cur, backward: from.follow}, true)
	return nil
}

// hunt looks for the next match below the cursor, or above it, once the cursor is where
// the keys before have sent it: several that come at once go as many steps.
func (s *Screen) hunt(backward bool) {
	switch {
	case s.search.re == nil:
	case backward:
		s.steps--
	default:
		s.steps++
	}
}

// nextStep begins the next of the steps that are to be gone.
func (s *Screen) nextStep() {
	left, backward, next := s.steps-1, s.steps < 0, s.next
	if backward {
		left = s.steps + 1
	}
	s.startHunt(hunt{from: s.window.cur, backward: backward}, false)
	s.steps, s.next = left, next
}

// hunting reports whether the cursor is on its way to a match.
func (s *Screen) hunting() bool { return s.hunts || s.steps != 0 }

// startHunt begins a search; here says that the line it begins at counts.
func (s *Screen) startHunt(h hunt, here bool) {
	s.stopHunt()
	if s.search.re == nil {
		return
	}
	switch {
	case here && h.backward:
		h.from = procs.NewestLine
	case !here && !h.backward:
		h.from++
	}
	h.began = h.from
	h.gen, h.source, h.pattern, h.filter, h.not = s.gen, s.source, s.search, s.filter, s.not
	s.hunts, s.waiting = true, &h
}

// stopHunt makes the answer of a search, or of a seek, that is under way come too late.
func (s *Screen) stopHunt() {
	s.gen++
	s.hunts, s.waiting, s.sought, s.outcome, s.steps, s.next = false, nil, nil, nil, 0, nil
}

// onCaught goes to the line that was found, or looks further.
func (s *Screen) onCaught(c caught) tea.Cmd {
	if c.hunt.gen != s.gen {
		return nil
	}
	switch {
	case c.line != nil:
		s.goTo(c.line.Seq)
		s.reveal(c.line)
	case c.err == nil && !c.ended:
		s.waiting = &c.hunt
		return nil
	default:
		s.steps, s.next = 0, nil
	}
	s.hunts, s.outcome = false, &c
	if s.searches {
		return nil
	}
	say := s.sayOutcome()
	if s.next != nil && s.steps == 0 {
		if cmd := s.atMatch(); cmd != nil { // which says what came of it
			return cmd
		}
	}
	return say
}

// atMatch carries out what was asked for at the line that has been found.
func (s *Screen) atMatch() tea.Cmd {
	in := *s.next
	s.next = nil
	s.Sync(s.session, s.now)
	cmd, _ := s.Handle(in)
	return cmd
}

// sayOutcome tells how the last search ended.
func (s *Screen) sayOutcome() tea.Cmd {
	if s.outcome == nil {
		return nil
	}
	if say := s.outcome.say(); say.Text != "" {
		return keys.Send(say)
	}
	return nil
}

// inVain reports whether the last search has found nothing, in all lines that there were.
func (s *Screen) inVain() bool {
	return s.outcome != nil && s.outcome.line == nil && s.outcome.err == nil
}

// goTo puts the cursor on a line. A sieve that does not reach that far begins
// anew there.
func (s *Screen) goTo(seq uint64) {
	s.window.do(move{kind: toLine, seq: seq})
	if v := s.sieve; v != nil && (seq < v.lo || seq >= v.hi) {
		s.sieveFrom(seq)
	}
}

// sieveFrom forgets what the sieve has found, and begins anew at a line.
func (s *Screen) sieveFrom(seq uint64) {
	v := s.sieve
	s.gens++
	v.gen = s.gens
	v.keep(nil)
	v.begun, v.leaps, v.lo, v.hi = true, false, seq, seq
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
	case s.inVain():
		return "/" + plainName(s.search.typed) + " no match"
	}
	return "/" + plainName(s.search.typed)
}
