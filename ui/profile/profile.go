// Package profile is the screen of profiles: captures are asked for in a small
// form, and shown as a flame graph, a table, source lines, groups and, of two of
// them, what differs.
//
// Start at [Screen]. It has one view in front (views.go) of one capture that is
// open (open.go): its bytes are fetched, and every answer about them is worked
// out, outside the event loop. What is asked for next is in form.go, how far a
// capture is in progress.go.
package profile

import (
	"strings"
	"time"

	"example.com/muster/procs"
	"example.com/muster/profiling/capture"
	"example.com/muster/session"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/port"
	"example.com/muster/ui/source"
	"example.com/muster/ui/theme"
)

// view is one way to look at the capture that is open.
type view int

// The views, in the order of their tabs.
const (
	viewFlame view = iota
	viewTop
	viewSource
	viewGroups
	viewHistory
	views
)

var viewNames = [views]string{"flame", "top", "source", "groups", "history"}

// Screen is screen 6. Only the event loop may use it.
type Screen struct {
	theme   *theme.Theme
	keys    *keys.Map
	w, h    int
	now     time.Time
	session port.Session
	snap    *procs.Snapshot

	captures []*session.Profiled // oldest first
	awaited  int                 // a capture that was started here and is opened at its end; 0 for none
	failed   *session.Profiled   // one of those that came to nothing, until the next key

	view    view
	form    *form // covers the view; nil if it is closed
	export  *menu // likewise
	opened  opened
	flame   flame
	top     table
	text    listing
	groups  groups
	history list
	tabs    []tab

	files source.Files
}

// New returns the screen.
func New(t *theme.Theme, m *keys.Map) *Screen {
	s := &Screen{theme: t, keys: m, view: viewFlame}
	s.flame.theme = t
	return s
}

// SetSize gives the size in cells.
func (s *Screen) SetSize(w, h int) { s.w, s.h = max(w, 0), max(h, 0) }

// Sync reads which captures there are.
func (s *Screen) Sync(from port.Session, now time.Time) {
	s.now, s.session, s.snap = now, from, from.Snapshot()
	s.captures = from.Found().Profiles
	s.history.keep(len(s.captures))
	if c := s.capture(s.awaited); c != nil && c.State != session.ProfileRunning {
		s.awaited = 0
		switch c.State {
		case session.ProfileDone:
			s.openUp(c.Seq)
			s.view = firstView(c)
		case session.ProfileFailed:
			s.failed = c
		}
	}
	if s.opened.want == 0 && s.awaited == 0 {
		if c := s.newest(); c != nil {
			s.openUp(c.Seq)
		}
	}
}

// firstView is the one in which a capture is opened: lines that were timed are
// those of a file.
func firstView(c *session.Profiled) view {
	if c.Request.Kind == capture.Lines {
		return viewSource
	}
	return viewFlame
}

// capture returns one by its number; nil if it is not kept.
func (s *Screen) capture(seq int) *session.Profiled {
	for _, c := range s.captures {
		if c.Seq == seq {
			return c
		}
	}
	return nil
}

// newest returns the last capture that can be opened; nil if there is none.
func (s *Screen) newest() *session.Profiled {
	for i := len(s.captures) - 1; i >= 0; i-- {
		if c := s.captures[i]; c.State == session.ProfileDone {
			return c
		}
	}
	return nil
}

// running returns the captures that are under way.
func (s *Screen) running() (list []*session.Profiled) {
	for _, c := range s.captures {
		if c.State == session.ProfileRunning {
			list = append(list, c)
		}
	}
	return list
}

// Render returns the view in front, below its tabs.
func (s *Screen) Render() string {
	if s.w == 0 || s.h == 0 {
		return draw.Lines(nil, s.w, s.h)
	}
	lines := []string{s.tabLine()}
	lines = append(lines, s.progressLines()...)
	h := s.h - len(lines)
	switch {
	case s.form != nil:
		lines = append(lines, s.form.render(s.theme, s.keys, s.w, h)...)
	case s.export != nil:
		lines = append(lines, s.export.render(s.theme, s.w, h)...)
	case s.failed != nil:
		lines = append(lines, s.failure(s.failed, h)...)
	default:
		lines = append(lines, s.body(h)...)
	}
	return draw.Lines(lines, s.w, s.h)
}

// body is the view in front.
func (s *Screen) body(h int) []string {
	if s.view == viewHistory {
		return s.historyLines(h)
	}
	if text := s.absent(); text != "" {
		return s.words(text)
	}
	limits := s.opened.answer.limits
	if len(limits) == 0 || h < 2 {
		return s.viewLines(h)
	}
	text := draw.Truncate("left out: "+strings.Join(limits, "; "), s.w-2)
	lines := s.viewLines(h - 1)
	for len(lines) < h-1 {
		lines = append(lines, "")
	}
	return append(lines[:h-1], " "+s.theme.Dim.Paint(text))
}

// viewLines draw what the view in front shows of the capture that is open.
func (s *Screen) viewLines(h int) []string {
	switch s.view {
	case viewTop:
		return s.tableLines(h)
	case viewSource:
		return s.sourceLines(h)
	case viewGroups:
		return s.groupLines(h)
	}
	return s.flameLines(h)
}

// absent says why there is nothing to see, "" if there is something.
func (s *Screen) absent() string {
	o := &s.opened
	switch {
	case o.want == 0 && len(s.running()) > 0:
		return "The flame graph appears here when the capture is over. " + s.key(keys.Stop) + " ends it now, " + s.key(keys.Kill) + " throws it away."
	case o.want == 0:
		return "Where the time goes, by function and by line, appears here. " + s.key(keys.Capture) + " and then " + s.key(keys.Open) + " profiles a whole pool for ten seconds, whatever language it is in;" +
			" nothing is stopped for it. The arrow keys in the form change whom, what and for how long. Outside: muster profile."
	case o.err != nil:
		return o.err.Error()
	case o.answer == nil:
		return "reading capture " + session.ProfileID(o.want) + " …"
	case o.answer.err != nil:
		return o.answer.err.Error()
	case o.answer.tree.Total == 0 && o.answer.diff == nil:
		return s.nothing()
	}
	return ""
}

// nothing says what a capture without samples means.
func (s *Screen) nothing() string {
	c := s.capture(s.opened.want)
	text := "Nothing was seen in this capture."
	switch {
	case s.opened.ask.narrowed():
		text = "Nothing in this capture is so: " + s.opened.ask.what() + ". " + s.key(keys.Back) + " shows all of it."
	case c != nil && len(c.Beside) > 0:
		text = "This capture is no flame graph: " + plain(strings.Join(c.Beside, ", "))
	case c != nil && c.Request.Kind == "cpu":
		text = "Nothing was seen to run while this capture was taken. Its kind wall (" + s.key(keys.Capture) + ", then the arrow keys) also shows who waits, and where."
	}
	if c != nil {
		for _, v := range c.Coverage {
			if v.Note != "" {
				text += " " + v.Source + ": " + plain(v.Note) + "."
			}
		}
	}
	return text
}

// failure tells of a capture that came to nothing.
func (s *Screen) failure(c *session.Profiled, h int) []string {
	lines := []string{"", " " + s.theme.Error.Paint(draw.Truncate("Capture "+c.ID()+" failed: "+plain(c.Note), s.w-2))}
	for _, v := range c.Coverage {
		for _, l := range draw.Words(v.Source+": "+plain(v.Note), max(1, s.w-4)) {
			lines = append(lines, "   "+l)
		}
	}
	return lines[:min(len(lines), h)]
}

// words is a text as lines of the body.
func (s *Screen) words(text string) []string {
	lines := []string{""}
	for _, l := range draw.Words(plain(text), max(1, s.w-2)) {
		lines = append(lines, " "+l)
	}
	return lines
}

// key names the key of a verb.
func (s *Screen) key(v keys.Verb) string { return s.keys.Key(keys.Profile, v) }

// Help returns the hints for the bottom line.
func (s *Screen) Help() []keys.Hint {
	switch {
	case s.form != nil:
		return relabel(s.keys.Hints(keys.Profile, keys.Open, keys.Back, keys.Up, keys.Down, keys.Left, keys.Right), map[keys.Verb]string{
			keys.Open: "start", keys.Back: "close", keys.Left: "change", keys.Right: "change",
		})
	case s.export != nil:
		return relabel(s.keys.Hints(keys.Profile, keys.Open, keys.Back, keys.Down), map[keys.Verb]string{keys.Open: "write", keys.Back: "close"})
	}
	verbs := []keys.Verb{keys.Capture, keys.Pane}
	if len(s.running()) > 0 {
		verbs = append(verbs, keys.Stop, keys.Kill)
	}
	names := map[keys.Verb]string{keys.Pane: "view"}
	switch {
	case s.view == viewHistory:
		verbs = append(verbs, keys.Open, keys.Compare, keys.Save)
	case s.opened.answer == nil:
	case s.view == viewFlame:
		verbs = append(verbs, keys.Save, keys.Open, keys.Back, keys.Search, keys.Filter, keys.Value, keys.Edit, keys.Export, keys.Serve)
		names[keys.Open] = "zoom"
	case s.view == viewTop:
		verbs = append(verbs, keys.Save, keys.Open, keys.Sort, keys.Search, keys.Filter, keys.Value, keys.Export, keys.Serve)
		names[keys.Open] = "source"
	case s.view == viewSource:
		verbs = append(verbs, keys.Next, keys.Edit, keys.Back)
		names[keys.Next] = "next hot line"
	case s.view == viewGroups:
		verbs = append(verbs, keys.Open, keys.Right, keys.Back)
		names[keys.Open], names[keys.Right] = "only this", "by another label"
	}
	return relabel(s.keys.Hints(keys.Profile, verbs...), names)
}

func relabel(hints []keys.Hint, names map[keys.Verb]string) []keys.Hint {
	for i := range hints {
		if name := names[hints[i].Intent.Verb]; name != "" {
			hints[i].Label = name
		}
	}
	return hints
}

// plain is a text of a child or a user as one safe line.
func plain(s string) string { return strings.TrimSpace(draw.Plain([]byte(s), 1000)) }
