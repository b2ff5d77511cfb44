package ui

import (
	"fmt"
	"strings"
	"time"

	"example.com/muster/procs"
	"example.com/muster/session"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/port"
)

// statusLine is the line below the body. The first of these that has
// something to say speaks: a question, the prompt, an error or a result, the
// way out, a new crash, the end of all processes, a deadlock or an abandoned lock, muster's
// own newest warning, the counts of states.
func (m *root) statusLine(snap *procs.Snapshot) string {
	if m.pane != nil {
		return m.paneStatus()
	}
	t := m.opt.Theme
	w := m.w - 1
	switch text, news := m.leaveText(snap), m.toast.text(m.at, m.opt.Keys, snap.Ended, w); {
	case m.question != nil:
		var keysOf string
		for _, c := range m.question.choices() {
			keysOf += "  " + t.Key.Paint(c.Key) + " " + c.Label
		}
		q := draw.Truncate(plain(m.question.text, m.w), max(0, w-draw.Width(keysOf)))
		return " " + t.Accent.Paint(q) + draw.Truncate(keysOf, max(0, w-draw.Width(q)))
	case m.prompt != nil:
		shown := draw.TruncateLeft(plain(string(m.prompt.text), 4*m.w), max(0, w-2))
		return draw.Truncate(" "+t.Key.Paint(m.prompt.sign())+shown+t.Selection.Paint(" "), m.w)
	case m.notice.Bad:
		return " " + t.Error.Paint(plain(m.notice.Text, w))
	case m.notice.Text != "":
		return " " + plain(m.notice.Text, w)
	case text != "":
		return " " + t.Warning.Paint(draw.Truncate(text, w))
	case news != "":
		return " " + t.Error.Paint(news)
	case snap.Ended:
		text := endedText(snap, m.opt.Keys)
		if p := port.Tasks(m.opt.Session); p != nil {
			text = tasksEnded(p, m.opt.Keys)
		}
		return " " + t.Strong.Paint(draw.Truncate(text, w))
	case len(m.alarm.banner) > 0:
		return " " + t.Error.Paint(m.alarm.text(m.at, m.opt.Keys, w))
	}
	if n := len(snap.Notices); n > 0 && m.frame.at.Sub(snap.Notices[n-1].At) < warnFor {
		return " " + t.Warning.Paint(plain(snap.Notices[n-1].Text, w))
	}
	counts := countsText(snap)
	if p := port.Tasks(m.opt.Session); p != nil {
		counts = tasksCounted(p)
	}
	return " " + t.Dim.Paint(draw.Truncate(counts, w))
}

// tasksEnded says that all items of a map have come to their end, and what can be done then.
func tasksEnded(p *session.Tasks, k *keys.Map) string {
	text := draw.Plural(p.Done(), "item") + " done"
	switch {
	case p.Failed > 0 && p.Again > 0 && !p.Stopped:
		text += ", " + draw.Count(p.Failed) + " failed; " + k.Key(keys.Tasks, keys.RestartPool) + " tries again"
	case p.Failed > 0:
		text += ", " + draw.Count(p.Failed) + " failed"
	}
	if p.Unfinished > 0 {
		text += ", " + draw.Count(p.Unfinished) + " not finished"
	}
	return text + "; " + leaves(k)
}

// tasksCounted counts the items of a map by where they are.
func tasksCounted(p *session.Tasks) string {
	text := draw.Count(p.Done()) + " done, " + draw.Count(p.Running) + " running"
	if p.TotalKnown && p.Total > p.Done()+uint64(p.Running) {
		text += ", " + draw.Count(p.Total-p.Done()-uint64(p.Running)) + " to do"
	}
	if p.Failed > 0 {
		text += ", " + draw.Count(p.Failed) + " failed"
	}
	return text
}

// warnFor is how long a warning of muster's own is shown. The session's
// events keep it for those who look later.
const warnFor = time.Minute

// plain is a text that may come from a child or a user, safe to draw, in at most w cells.
func plain(s string, w int) string {
	return draw.Sanitise([]byte(s), draw.Options{Width: max(1, w), Colours: draw.NoColours, Ellipsis: true})
}

// endedText says that all is over, and how to leave.
func endedText(snap *procs.Snapshot, k *keys.Map) string {
	slots, bad, ran := 0, 0, 0
	for _, p := range snap.Pools {
		for i := range p.Slots {
			slots++
			if p.Slots[i].N > 0 {
				ran++
			}
			if e := p.Slots[i].LastExit; e != nil && !e.OK() {
				bad++
			}
		}
	}
	if len(snap.Pools) == 0 { // a file is shown
		return leaves(k)
	}
	if ran == 0 {
		return "nothing has been started; " + k.Key(keys.Processes, keys.Start) + " starts what is selected, " + leaves(k)
	}
	what := fmt.Sprintf("all %s ended", draw.Count(slots))
	if slots == 1 {
		what = "it has ended"
	}
	switch {
	case bad == slots && bad > 0:
		what += " badly"
	case bad > 0:
		what += ", " + draw.Count(bad) + " badly"
	}
	return what + "; " + leaves(k)
}

// leaves says which key leaves.
func leaves(k *keys.Map) string { return k.Key(keys.Processes, keys.Quit) + " leaves" }

// countsText counts the slots by what they do: "5 running, 1 waiting, 1 failed".
func countsText(snap *procs.Snapshot) string {
	counts := map[string]int{}
	for _, p := range snap.Pools {
		for i := range p.Slots {
			counts[doing(&p.Slots[i])]++
		}
	}
	var texts []string
	for _, word := range []string{"running", "not ready", "waiting", "starting", "stopping", "backing off", "failed", "exited", "stopped"} {
		if counts[word] > 0 {
			texts = append(texts, draw.Count(counts[word])+" "+word)
		}
	}
	return strings.Join(texts, ", ")
}

// doing is what a slot does, in a word of countsText.
func doing(s *procs.Slot) string {
	switch {
	case s.State == procs.Starting && s.Reason != "":
		return "waiting"
	case s.State == procs.Running && s.Probed && !s.Ready:
		return "not ready"
	}
	return strings.ReplaceAll(string(s.State), "_", " ")
}

// hintLine is the last line: the screens, what the one in front can do, and
// the two keys that everybody must find. It also says what can be clicked where.
func (m *root) hintLine(s Screen) (string, []segment) {
	l := hintLine{root: m}
	if m.pane != nil {
		for _, h := range m.pane.Help() {
			l.write(h, m.w-l.x, false)
		}
		return draw.Truncate(l.b.String(), m.w), l.segments
	}
	if m.palette != nil {
		for _, h := range m.palette.Help() {
			l.write(h, m.w-l.x, false)
		}
		return draw.Truncate(l.b.String(), m.w), l.segments
	}
	last := m.opt.Keys.Hints(m.at, keys.Help, keys.Quit)
	if m.w >= besideFind {
		last = m.opt.Keys.Hints(m.at, keys.Palette, keys.Help, keys.Quit)
	}
	room := m.w - 1
	for _, h := range last {
		room -= hintWidth(h)
	}
	if m.w >= 100 {
		for _, h := range m.tabs() {
			room -= l.write(h, room, h.Intent.N == int(m.at) && m.over == nil)
		}
	}
	for _, h := range s.Help() {
		room -= l.write(h, room, false)
	}
	for _, h := range last {
		l.write(h, m.w-l.x, false)
	}
	return draw.Truncate(l.b.String(), m.w), l.segments
}

// besideFind is the width from which on there is room for the palette's key too.
const besideFind = 60

// tabs are the screens that exist.
func (m *root) tabs() []keys.Hint {
	var hints []keys.Hint
	for _, s := range keys.Screens() {
		if s == keys.Tasks && port.Tasks(m.opt.Session) == nil {
			continue
		}
		if _, not := m.screens[s].(*unbuilt); !not {
			hints = append(hints, keys.Hint{Key: m.opt.Keys.KeyTo(s), Label: s.String(), Intent: keys.Intent{Verb: keys.GoTo, N: int(s)}})
		}
	}
	return hints
}

// hintLine collects hints from left to right.
type hintLine struct {
	root     *root
	b        strings.Builder
	x        int
	segments []segment
}

func hintWidth(h keys.Hint) int { return draw.Width(h.Key) + 1 + draw.Width(h.Label) + 2 }

// write adds a hint if it takes at most room cells, and returns how many it took.
func (l *hintLine) write(h keys.Hint, room int, active bool) int {
	w := hintWidth(h)
	if w > room {
		return 0
	}
	t := l.root.opt.Theme
	l.b.WriteString(" ")
	t.Key.On(&l.b, h.Key)
	l.b.WriteString(" ")
	if active {
		t.Strong.On(&l.b, h.Label)
	} else {
		t.Dim.On(&l.b, h.Label)
	}
	l.b.WriteString(" ")
	l.segments = append(l.segments, segment{from: l.x, to: l.x + w, intent: h.Intent})
	l.x += w
	return w
}
