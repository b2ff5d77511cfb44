package locks

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/muster/procs"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/waits"
)

// Handle carries out an intent.
func (s *Screen) Handle(in keys.Intent) (tea.Cmd, bool) {
	if s.board == nil {
		return nil, false
	}
	if n, ok := keys.Step(in, s.h); ok {
		s.move(n)
		return nil, true
	}
	switch in.Verb {
	case keys.Search, keys.Filter:
		s.setFilter(in.Text, in.Done)
	case keys.Back:
		return nil, s.back()
	case keys.Fold:
		s.toggle()
	case keys.Click:
		s.click(in)
	case keys.Wheel:
		s.wheel(in)
	default:
		if s.lock() == nil {
			if in.Verb == keys.Open && s.quiet > 0 {
				s.toggle()
				return nil, true
			}
			return nil, false
		}
		return s.act(in)
	}
	return nil, true
}

// act does what needs a selected lock.
func (s *Screen) act(in keys.Intent) (tea.Cmd, bool) {
	switch in.Verb {
	case keys.Open:
		if s.inCard {
			return s.goTo(keys.Output), true
		}
		s.focus(true)
	case keys.Pane:
		s.focus(!s.inCard)
	case keys.Next:
		s.nextParty(1)
	case keys.Previous:
		s.nextParty(-1)
	case keys.Row:
		return s.goTo(keys.Processes), true
	case keys.Kill:
		return s.kill(), true
	case keys.Edit:
		return s.edit(), true
	case keys.Debug:
		return s.debug(), true
	case keys.Copy:
		l := s.lock()
		return keys.Send(keys.CopyMsg{Text: s.report(l), What: "a report of the " + waits.Thing(&l.Object)}), true
	default:
		return nil, false
	}
	return nil, true
}

// focus gives the keys to the card or to the table.
func (s *Screen) focus(card bool) {
	s.inCard = card
	if !card {
		s.party = 0
	}
}

// back closes the innermost thing that is open.
func (s *Screen) back() bool {
	switch {
	case s.inCard:
		s.focus(false)
	case s.filter != "":
		s.setFilter("", true)
	default:
		return false
	}
	return true
}

// setFilter shows only the locks that have the text. What the one before has left selected
// stays so; what is typed selects nothing until it is done, as it may be given up.
func (s *Screen) setFilter(text string, done bool) {
	if l := s.lock(); s.filter != "" && !s.typing && l != nil {
		s.chosen = l.ID
	}
	s.filter, s.typing = strings.ToLower(text), !done
	s.list()
	if s.filter == "" && s.at == 0 { // the worst, whichever that is
		s.chosen = ""
	}
}

// toggle folds the locks that need no look away, or shows them.
func (s *Screen) toggle() {
	if s.folded() {
		s.fold = foldNone
	} else {
		s.fold = foldAll
	}
	s.list()
}

// move scrolls the card, or selects another lock.
func (s *Screen) move(n int) {
	if s.inCard {
		s.scroll = min(max(s.scroll+n, 0), s.last)
		return
	}
	s.choose(s.at + n)
}

// choose selects a lock by its index. At the top the worst one is, also when
// there is a worse one.
func (s *Screen) choose(i int) {
	i = max(0, min(i, s.lines()-1))
	if i != s.at {
		s.scroll, s.party = 0, 0
	}
	s.at, s.chosen = i, ""
	if l := s.lock(); l != nil && i > 0 {
		s.chosen = l.ID
	}
}

// nextParty selects the next one in the tree, and opens the card for that.
func (s *Screen) nextParty(by int) {
	list := s.parties(s.lock())
	if len(list) == 0 {
		return
	}
	at := s.partyAt(list)
	if s.inCard {
		at = (at + by + len(list)) % len(list)
	}
	s.inCard, s.party, s.sought = true, at+1, true
}

func (s *Screen) click(in keys.Intent) {
	l := s.arrange()
	s.focus(l.overCard(in.X, in.Y) && s.lock() != nil)
	if s.inCard || in.X >= l.tableW {
		return
	}
	if i := s.top + in.Y - 1; in.Y >= 1 && in.Y < l.tableH && i < s.lines() {
		s.choose(i)
	}
}

func (s *Screen) wheel(in keys.Intent) {
	if s.arrange().overCard(in.X, in.Y) {
		s.scroll = min(max(s.scroll+in.N, 0), s.last)
		return
	}
	s.choose(s.at + in.N)
}

func say(text string) tea.Cmd { return keys.Send(keys.SayMsg{Text: text}) }

// goTo opens a screen at the selected process.
func (s *Screen) goTo(screen keys.Screen) tea.Cmd {
	p := s.selected()
	if p == nil {
		return say("nobody has it or waits for it now")
	}
	who, ok := s.board.People.Find(p.PIDRef)
	if !ok {
		return say(s.board.People.Name(p.PIDRef) + " is none of muster's processes")
	}
	src := procs.SlotSource(who.ID)
	if who.Child != nil {
		src.PID = p.PID
	}
	return keys.Send(keys.OpenMsg{Screen: screen, Source: src})
}

// kill asks whether the selected process is to be killed, which is who has
// the lock unless another one was chosen.
func (s *Screen) kill() tea.Cmd {
	p := s.selected()
	if p == nil {
		return say("nobody has it or waits for it now")
	}
	name := s.board.People.WithPID(p.Thread)
	who, ok := s.board.People.Find(p.PIDRef)
	switch {
	case !ok:
		return say(name + " is none of muster's processes: it is left alone")
	case p.ended || who.Exit() != nil:
		return say(name + " has ended already")
	}
	ask := "kill " + name
	if p.Has {
		ask += ", which has the " + waits.Thing(&s.lock().Object)
	}
	msg := keys.DoMsg{Command: procs.Kill{IDs: []procs.ID{who.ID}}, Ask: ask + ", and all that it started?", Done: "killing " + name, About: []procs.PIDRef{p.PIDRef}, Ended: name + " has ended"}
	if who.Child != nil {
		msg.Command, msg.Ask, msg.Done = procs.SignalPID{Ref: who.Child.PIDRef, Signal: procs.SIGKILL}, ask+"?", "sent SIGKILL to "+name
	}
	return keys.Send(msg)
}

// edit opens the source line of the selected process.
func (s *Screen) edit() tea.Cmd {
	p := s.selected()
	if p == nil {
		return say("nobody has it or waits for it now")
	}
	f, ok := waits.Own(p.Stack)
	if !ok || f.File == "" {
		return say("no source line of " + s.board.People.Thread(p.Thread) + " is known")
	}
	return keys.Send(keys.EditMsg{File: placeOf(p.PID, f).Path(), Line: f.Line})
}

// debug opens the debugger for the selected process, which may be none of muster's.
func (s *Screen) debug() tea.Cmd {
	p := s.selected()
	if p == nil {
		return say("nobody has it or waits for it now")
	}
	who, ok := s.board.People.Find(p.PIDRef)
	if p.ended || ok && who.Exit() != nil {
		return say(s.board.People.WithPID(p.Thread) + " has ended already")
	}
	msg := keys.DebugMsg{Ref: p.PIDRef}
	if ok {
		msg.Name = who.Name()
	}
	return keys.Send(msg)
}
