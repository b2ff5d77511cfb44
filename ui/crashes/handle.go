package crashes

import (
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/muster/procs"
	"example.com/muster/profiling/crash"
	"example.com/muster/ui/keys"
)

// Handle carries out an intent.
func (s *Screen) Handle(in keys.Intent) (tea.Cmd, bool) {
	switch in.Verb {
	case keys.Search, keys.Filter:
		s.setFilter(in.Text, in.Done)
		return nil, true
	case keys.Back:
		return nil, s.back()
	}
	r := s.report()
	if r == nil {
		return nil, false
	}
	if n, ok := keys.Step(in, s.h); ok {
		s.move(n)
		return nil, true
	}
	return s.act(in, r)
}

// act does what needs a selected report.
func (s *Screen) act(in keys.Intent, r *crash.Report) (tea.Cmd, bool) {
	switch in.Verb {
	case keys.Open:
		if s.inCard {
			return keys.Send(keys.OpenMsg{Screen: keys.Output, Source: procs.SlotSource(r.Run.ID), Until: lastPrinted(r)}), true
		}
		s.enter()
	case keys.Pane:
		if s.inCard {
			s.leave()
		} else {
			s.enter()
		}
	case keys.Next:
		s.choose(s.index() + 1)
	case keys.Previous:
		s.choose(s.index() - 1)
	case keys.Left:
		s.another(true)
	case keys.Right:
		s.another(false)
	case keys.Edit:
		return s.edit(r), true
	case keys.Restart:
		return s.rerun(r), true
	case keys.Debug:
		return s.debug(r), true
	case keys.Save:
		return keys.Send(keys.BundleMsg{ID: r.ID()}), true
	case keys.Copy:
		return keys.Send(keys.CopyMsg{Text: s.text(r), What: "crash " + r.ID()}), true
	case keys.Click:
		s.click(in)
	case keys.Wheel:
		s.wheel(in)
	default:
		return nil, false
	}
	return nil, true
}

// lastPrinted is when the last lines before a crash were printed, or when that was if
// there are none.
func lastPrinted(r *crash.Report) time.Time {
	if n := len(r.Tail); n > 0 {
		return r.Tail[n-1].At
	}
	return r.At
}

// rerun asks whether the program that crashed is to run again, alone.
func (s *Screen) rerun(r *crash.Report) tea.Cmd {
	name := plain(r.Run.ID.String())
	return keys.Send(keys.DoMsg{
		Command: procs.Rerun{Crash: r.Seq},
		Ask:     "run " + name + " again, alone, in a terminal of its own?",
		Done:    name + " runs again, alone: see the rows (" + s.keys.KeyTo(keys.Processes) + ")",
	})
}

// debuggable reports whether a debugger has something to look at.
func debuggable(r *crash.Report) bool { return r.Lives || r.Exit.Core }

// debug opens the debugger for a process that goes on, or for the core dump of
// one that has ended.
func (s *Screen) debug(r *crash.Report) tea.Cmd {
	msg := keys.DebugMsg{Ref: r.Who.PIDRef, Name: plain(r.Name), Ended: !r.Lives, Dir: r.Cwd}
	if debuggable(r) {
		return keys.Send(msg)
	}
	return keys.Send(keys.SayMsg{Text: msg.Name + " has ended and left no core dump: " + s.keys.Key(keys.Crashes, keys.Restart) + " runs it again", Bad: true})
}

// back closes the innermost thing that is open.
func (s *Screen) back() bool {
	switch {
	case s.inCard:
		s.leave()
	case s.filter != "":
		s.setFilter("", true)
	default:
		return false
	}
	return true
}

// setFilter takes effect with the next Sync. Each text begins with what was selected
// before anything was typed, so that one that is given up leaves that. done says that
// nobody types any more.
func (s *Screen) setFilter(text string, done bool) {
	text = strings.ToLower(text)
	if done && s.before != nil && text == s.filter { // it is as it was typed
		s.before = nil
		return
	}
	if s.before == nil {
		was := s.selection
		s.before = &was
	}
	s.selection = *s.before
	if done {
		s.before = nil
	}
	s.filter, s.scroll = text, 0
	if r := s.pin.report; r != nil && !matches(r, s.filter) {
		s.pin = pin{}
	}
}

// move scrolls the card, or selects another kind.
func (s *Screen) move(n int) {
	if s.inCard {
		s.scroll = min(max(s.scroll+n, 0), s.last)
		return
	}
	s.choose(s.index() + n)
}

// choose selects the newest report of a kind by its index.
func (s *Screen) choose(i int) {
	if len(s.kinds) > 0 {
		s.hold(s.kinds[min(max(i, 0), len(s.kinds)-1)].reports[0])
	}
}

// another selects an older report of the same kind, or a newer one, if there is one.
func (s *Screen) another(older bool) {
	if r := s.kind().beside(s.report().Seq, older); r != nil {
		s.hold(r)
	}
}

func (s *Screen) click(in keys.Intent) {
	if s.overCard(in.X, in.Y) {
		s.enter()
		return
	}
	if s.inCard {
		s.leave()
	}
	if i := s.top + in.Y - 1; in.Y >= 1 && i < len(s.kinds) {
		s.choose(i)
	}
}

func (s *Screen) wheel(in keys.Intent) {
	if s.overCard(in.X, in.Y) {
		s.scroll = min(max(s.scroll+in.N, 0), s.last)
		return
	}
	s.choose(s.index() + in.N)
}
