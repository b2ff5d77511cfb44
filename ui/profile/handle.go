package profile

import (
	"slices"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/muster/profiling/report"
	"example.com/muster/session"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/source"
)

// Handle carries out an intent.
func (s *Screen) Handle(in keys.Intent) (tea.Cmd, bool) {
	switch {
	case s.form != nil:
		return s.inForm(in)
	case s.export != nil:
		return s.inMenu(in)
	case s.failed != nil && (in.Verb == keys.Back || in.Verb == keys.Open):
		s.failed = nil
		return nil, true
	}
	s.failed = nil
	switch in.Verb {
	case keys.Pane:
		s.show((s.view + view(map[bool]int{true: 1, false: -1}[in.N >= 0]) + views) % views)
	case keys.Look:
		s.show(view(in.N))
	case keys.Stop:
		return s.end(false), true
	case keys.Kill:
		return s.end(true), true
	case keys.Click:
		s.click(in)
	case keys.Back:
		return nil, s.back()
	default:
		return s.act(in)
	}
	return nil, true
}

// show brings a view to the front.
func (s *Screen) show(v view) { s.view = max(0, min(v, views-1)) }

// inForm carries out an intent while the form is open.
func (s *Screen) inForm(in keys.Intent) (tea.Cmd, bool) {
	if n, ok := keys.Step(in, len(s.form.shown())); ok {
		s.form.move(n)
		return nil, true
	}
	switch in.Verb {
	case keys.Left:
		s.form.change(-1)
	case keys.Right, keys.Pane:
		s.form.change(1)
	case keys.Click:
		if i := in.Y - 1 - len(s.progressLines()) - firstRow; i >= 0 && i < len(s.form.shown()) {
			if s.form.at == i {
				s.form.change(1)
			}
			s.form.at = i
		}
	case keys.Open:
		r := s.form.request()
		s.form = nil
		return s.start(r), true
	case keys.Back:
		s.form = nil
	}
	return nil, true
}

// inMenu carries out an intent while the formats are shown.
func (s *Screen) inMenu(in keys.Intent) (tea.Cmd, bool) {
	if n, ok := keys.Step(in, len(s.export.names)); ok {
		s.export.move(n)
		return nil, true
	}
	switch in.Verb {
	case keys.Open:
		msg := keys.ProfileMsg{Seq: s.opened.want, Format: s.export.names[s.export.at]}
		s.export = nil
		return keys.Send(msg), true
	case keys.Back:
		s.export = nil
	}
	return nil, true
}

// act carries out what depends on the view.
func (s *Screen) act(in keys.Intent) (tea.Cmd, bool) {
	if s.view == viewHistory {
		return s.inHistory(in)
	}
	if s.opened.answer == nil || s.opened.answer.err != nil {
		if in.Verb == keys.Filter || in.Verb == keys.Search {
			s.look(in)
			return nil, true
		}
		return nil, false
	}
	switch in.Verb {
	case keys.Value:
		s.nextValue()
	case keys.Search, keys.Filter:
		s.look(in)
	case keys.Edit:
		return s.edit(), true
	case keys.Copy:
		return s.copy(), true
	case keys.Save:
		return keys.Send(keys.ProfileMsg{Seq: s.opened.want, Format: "pprof"}), true
	case keys.Export:
		s.export = formats()
	case keys.Serve:
		return keys.Send(keys.ServeMsg{Seq: s.opened.want}), true
	default:
		return s.inView(in)
	}
	return nil, true
}

// formats are those in which a profile can be written.
func formats() *menu {
	return &menu{
		title: "Write this profile as",
		names: []string{"svg", "speedscope", "collapsed", "text", "pprof"},
		told: []string{
			"a flame graph for a browser, in one file", "for speedscope.app", "stacks as lines, for flamegraph.pl and others", "a table", "for go tool pprof and others",
		},
	}
}

// inView carries out what only the view in front knows.
func (s *Screen) inView(in keys.Intent) (tea.Cmd, bool) {
	switch s.view {
	case viewTop:
		return s.inTop(in)
	case viewSource:
		return s.inSource(in)
	case viewGroups:
		return s.inGroups(in)
	}
	switch in.Verb {
	case keys.Open, keys.Zoom:
		s.flame.zoomIn()
	case keys.Next, keys.Previous:
		by := map[bool]int{true: 1, false: -1}[in.Verb == keys.Next]
		if !s.flame.next(by) {
			return keys.Send(keys.SayMsg{Text: "nothing in sight was found; / searches"}), true
		}
	default:
		return nil, s.flame.move(in)
	}
	return nil, true
}

func (s *Screen) inTop(in keys.Intent) (tea.Cmd, bool) {
	if n, ok := step(in, s.h); ok {
		s.top.move(n)
		return nil, true
	}
	switch in.Verb {
	case keys.Sort:
		s.top.byCum = !s.top.byCum
		s.top.list = list{}
		s.top.set(s.opened.answer)
	case keys.Open:
		if f, ok := s.top.frame(); ok {
			if f.File == "" {
				return keys.Send(keys.SayMsg{Text: "no source file of " + plain(f.Function) + " is known"}), true
			}
			s.openSource(f)
		}
	default:
		return nil, false
	}
	return nil, true
}

func (s *Screen) inSource(in keys.Intent) (tea.Cmd, bool) {
	if n, ok := step(in, s.h); ok {
		s.text.move(n)
		return nil, true
	}
	switch in.Verb {
	case keys.Next:
		s.text.nextHot(1)
	case keys.Previous:
		s.text.nextHot(-1)
	default:
		return nil, false
	}
	return nil, true
}

func (s *Screen) inGroups(in keys.Intent) (tea.Cmd, bool) {
	if n, ok := step(in, s.h); ok {
		s.groups.move(n)
		return nil, true
	}
	a := s.opened.answer
	switch in.Verb {
	case keys.Left:
		s.nextLabel(-1)
	case keys.Right:
		s.nextLabel(1)
	case keys.Open:
		if s.groups.at < len(a.groups) && a.groups[s.groups.at].Label != "" {
			label, equal := a.by(), a.groups[s.groups.at].Label
			s.askFor(func(q *ask) { q.label, q.equal = label, equal })
			s.view = viewFlame
		}
	default:
		return nil, false
	}
	return nil, true
}

func (s *Screen) inHistory(in keys.Intent) (tea.Cmd, bool) {
	if n, ok := step(in, s.h); ok {
		s.history.move(n)
		return nil, true
	}
	c := s.chosen()
	if c == nil {
		return nil, in.Verb == keys.Search || in.Verb == keys.Filter
	}
	switch in.Verb {
	case keys.Open:
		if c.State != session.ProfileDone {
			s.failed = map[bool]*session.Profiled{true: c}[c.State == session.ProfileFailed]
			return nil, true
		}
		s.openUp(c.Seq)
		s.view = firstView(c)
	case keys.Compare:
		return s.compare(c), true
	case keys.Save:
		return keys.Send(keys.ProfileMsg{Seq: c.Seq, Format: "pprof"}), true
	case keys.Search, keys.Filter:
	default:
		return nil, false
	}
	return nil, true
}

// compare shows what differs between a capture and the one that is open, the
// earlier of them before.
func (s *Screen) compare(c *session.Profiled) tea.Cmd {
	open := s.capture(s.opened.want)
	switch {
	case open == nil || open.Seq == c.Seq:
		return keys.Send(keys.SayMsg{Text: "this one is open: choose another one to compare it with"})
	case c.State != session.ProfileDone:
		return keys.Send(keys.SayMsg{Text: "capture " + c.ID() + " is " + string(c.State) + ": there is nothing to compare", Bad: true})
	}
	before, after := c.Seq, open.Seq
	if before > after {
		before, after = after, before
	}
	if s.opened.want != after {
		s.openUp(after)
	}
	s.flame.reset()
	s.askFor(func(q *ask) { q.base, q.label, q.equal = before, "", "" })
	s.view = viewFlame
	return nil
}

// step is keys.Step, with the wheel.
func step(in keys.Intent, shown int) (int, bool) {
	if in.Verb == keys.Wheel {
		return in.N, true
	}
	return keys.Step(in, shown)
}

// look searches, or narrows the capture down.
func (s *Screen) look(in keys.Intent) {
	switch {
	case in.Verb == keys.Filter && !in.Done && in.Text != "":
		return // it is worked out anew: not with each key
	case in.Verb == keys.Filter:
		s.askFor(func(q *ask) { q.focus = in.Text })
	case s.view == viewTop && s.opened.answer != nil:
		s.top.filter = in.Text
		s.top.set(s.opened.answer)
	case s.view == viewFlame:
		s.flame.find(in.Text)
		if in.Done && in.Text != "" {
			s.flame.next(1)
		}
	}
}

// back closes the innermost thing that is open.
func (s *Screen) back() bool {
	switch o := &s.opened; {
	case s.view == viewFlame && s.flame.search != "":
		s.flame.find("")
	case s.view == viewTop && s.top.filter != "":
		s.top.filter = ""
		if o.answer != nil {
			s.top.set(o.answer)
		}
	case s.view == viewFlame && s.flame.zoomOut():
	case o.ask.narrowed():
		s.askFor(func(q *ask) { q.label, q.equal, q.focus = "", "", "" })
	case o.ask.base != 0:
		s.flame.reset()
		s.askFor(func(q *ask) { q.base = 0 })
	case s.view != viewFlame:
		s.view = viewFlame
	default:
		return false
	}
	return true
}

// frame is the one that is selected in the view in front.
func (s *Screen) frame() (report.Frame, bool) {
	switch s.view {
	case viewTop:
		return s.top.frame()
	case viewSource:
		line := s.text.at + 1
		return report.Frame{Function: s.text.values[line].Function, File: s.text.file, Line: line}, s.text.file != ""
	case viewFlame:
		if n := s.flame.selected(); n != nil && n.Frame != report.Root {
			return n.Frame, true
		}
	}
	return report.Frame{}, false
}

// edit opens the source of the selected frame in the editor.
func (s *Screen) edit() tea.Cmd {
	f, ok := s.frame()
	if !ok || f.File == "" {
		return keys.Send(keys.SayMsg{Text: "no source file of it is known"})
	}
	line := f.Line
	if line == 0 {
		line = max(1, s.opened.answer.lines[f.Function])
	}
	return keys.Send(keys.EditMsg{File: source.Place{PID: s.opened.answer.pid, File: f.File}.Path(), Line: line})
}

// copy copies the selected frame, or all of the table.
func (s *Screen) copy() tea.Cmd {
	f, ok := s.frame()
	if !ok {
		return keys.Send(keys.SayMsg{Text: "nothing is selected"})
	}
	text := plain(f.Function)
	if at := s.placeOf(f); at != "" {
		text += " " + at
	}
	return keys.Send(keys.CopyMsg{Text: text, What: "the function"})
}

// click goes to a tab, or to what is under the pointer.
func (s *Screen) click(in keys.Intent) {
	if in.Y == 0 {
		i := slices.IndexFunc(s.tabs, func(t tab) bool { return in.X >= t.from && in.X < t.to })
		if i >= 0 {
			s.show(s.tabs[i].view)
		}
		return
	}
	y := in.Y - 1 - len(s.progressLines())
	if y < 0 {
		return
	}
	if s.view == viewHistory {
		s.history.pick(y - 1)
		return
	}
	if s.absent() != "" {
		return
	}
	switch s.view {
	case viewFlame:
		s.flame.click(in.X, y)
	case viewTop:
		s.top.pick(y - 1)
	case viewSource:
		s.text.pick(y - 1)
	}
}

// pick puts the cursor on a row in sight.
func (l *list) pick(y int) {
	if i := l.top + y; y >= 0 && i < l.rows {
		l.at = i
	}
}
