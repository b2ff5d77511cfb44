package ui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/muster/procs"
	"example.com/muster/session"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/port"
	"example.com/muster/ui/terminal"
)

// statusLines are the line below the body, and above it as many more as a question
// or an error needs to be read whole: those take the place of the body's last ones.
func (m *root) statusLines(snap *procs.Snapshot) []string {
	text, style := "", m.opt.Theme.Accent
	switch {
	case m.pane != nil:
	case m.question != nil:
		text = m.question.says(snap)
	case m.prompt == nil && m.notice.Bad:
		text, style = m.notice.Text, m.opt.Theme.Error
	}
	if text == "" {
		return []string{m.statusLine(snap)}
	}
	w, most := max(1, m.w-2), min(statusMost, 1+bodyHeight(m.h)/4)
	words := draw.Words(plain(text, statusMost*m.w), w)
	if len(words) > most {
		words[most-1] = draw.Truncate(strings.Join(words[most-1:], " "), w)
	}
	var lines []string
	for _, l := range words[:min(len(words), most)] {
		lines = append(lines, " "+style.Paint(draw.Truncate(l, w)))
	}
	return lines
}

// statusMost is how many lines a question or an error takes at the most.
const statusMost = 3

// statusLine is the line below the body where there is neither a question nor an
// error. The first of these that has something to say speaks: the prompt, the result of
// what was asked for, the way out, a new crash, the end of all processes, a deadlock or an
// abandoned lock, muster's own newest warning or one of what goes on, the counts of states.
func (m *root) statusLine(snap *procs.Snapshot) string {
	if m.pane != nil {
		return m.paneStatus(snap)
	}
	t := m.opt.Theme
	w := m.w - 1
	switch text := m.news(snap, w); {
	case m.prompt != nil:
		return m.promptLine()
	case m.notice.Text != "" && m.frame.at.Sub(m.noticed) < noticeFor:
		return " " + plain(m.notice.Text, w)
	case text != "":
		return " " + text
	}
	counts := counted(snap)
	if p := port.Tasks(m.opt.Session); p != nil {
		counts = tasksCounted(p)
	}
	return " " + t.Dim.Paint(countsText(counts, w))
}

// news is what has happened by itself and should be known, in at most w cells; "" if nothing
// has. While keys go to a process, the keys that it names come after the one that leaves that.
func (m *root) news(snap *procs.Snapshot, w int) string {
	t, lead := m.opt.Theme, ""
	if m.pane != nil {
		lead = terminal.LeaveName + " "
	}
	switch text, crashed := m.leaveText(snap, lead), m.toast.text(m.at, m.opt.Keys, lead, snap.Ended, w); {
	case text != "":
		return t.Warning.Paint(draw.Truncate(text, w))
	case crashed != "":
		return t.Error.Paint(crashed)
	case snap.Ended && m.pane == nil:
		text := endedText(snap, m.opt.Keys)
		if p := port.Tasks(m.opt.Session); p != nil {
			text = tasksEnded(p, m.opt.Keys)
		}
		return t.Strong.Paint(draw.Truncate(text, w)) + m.lastWarning(snap, w-draw.Width(text))
	case len(m.alarm.banner) > 0 && !snap.Ended:
		return t.Error.Paint(m.alarm.text(m.at, m.opt.Keys, lead, w))
	}
	if text := warning(snap, m.frame.at); text != "" {
		return t.Warning.Paint(plain(text, w))
	}
	return ""
}

// warning is muster's own newest warning, unless that was long before a moment. Once it
// has been read, one that was renewed since is shown again: what that tells of goes on.
func warning(snap *procs.Snapshot, at time.Time) string {
	if len(snap.Notices) == 0 {
		return ""
	}
	last := &snap.Notices[len(snap.Notices)-1]
	if at.Sub(last.At) >= noticeFor {
		for i := range snap.Notices {
			if n := &snap.Notices[i]; n.Said().After(last.Said()) {
				last = n
			}
		}
	}
	if at.Sub(last.Said()) >= warnFor {
		return ""
	}
	return last.Text
}

// lastWarning is what was told about the end of all, in at most w cells.
func (m *root) lastWarning(snap *procs.Snapshot, w int) string {
	text := warning(snap, lastExit(snap))
	if text == "" || w < warnLeast {
		return ""
	}
	return m.opt.Theme.Warning.Paint("  " + plain(text, w-2))
}

// warnLeast is how many cells a warning must have to tell anything.
const warnLeast = 20

// lastExit is when the last of all runs ended.
func lastExit(snap *procs.Snapshot) time.Time {
	var at time.Time
	for _, p := range snap.Pools {
		for i := range p.Slots {
			if e := p.Slots[i].LastExit; e != nil && e.At.After(at) {
				at = e.At
			}
		}
	}
	return at
}

// noticeFor is how long the result of what was asked for is told: after that it
// hides no news. An error stays until the next key.
const noticeFor = 8 * time.Second

// notes remembers since when the notice has been on the screen.
func (m *root) notes(now time.Time) {
	if m.notice != m.told {
		m.told, m.noticed = m.notice, now
	}
}

// promptLine is what is being typed, and while that is nothing what can be.
func (m *root) promptLine() string {
	t := m.opt.Theme
	sign, cursor := " "+t.Key.Paint(m.prompt.sign()), t.Selection.Paint(" ")
	if len(m.prompt.text) == 0 {
		return draw.Truncate(sign+cursor+" "+t.Dim.Paint(m.prompt.asks(m.opt.Keys)), m.w)
	}
	shown := draw.TruncateLeft(plain(string(m.prompt.text), 4*m.w), max(0, m.w-3))
	return draw.Truncate(sign+shown+cursor, m.w)
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
		text += ", " + draw.Count(p.Left()) + " not done"
	}
	return text + "; " + leaves(k)
}

// count is how many are so, as the status line tells it. Those of the lowest rank go
// first where it is narrow.
type count struct {
	text string
	rank int
}

// tasksCounted counts the items of a map by where they are.
func tasksCounted(p *session.Tasks) []count {
	counts := []count{{draw.Count(p.Done()) + " done", 2}, {draw.Count(p.Running) + " running", 1}}
	if p.TotalKnown && p.Total > p.Done()+uint64(p.Running) {
		counts = append(counts, count{draw.Count(p.Total-p.Done()-uint64(p.Running)) + " to do", 0})
	}
	if p.Failed > 0 {
		counts = append(counts, count{draw.Count(p.Failed) + " failed", 3})
	}
	return counts
}

// countsText tells counts in at most w cells: "5 running, 1 waiting, 1 failed".
func countsText(counts []count, w int) string {
	for {
		texts := make([]string, len(counts))
		least := 0
		for i, c := range counts {
			texts[i] = c.text
			if c.rank < counts[least].rank {
				least = i
			}
		}
		text := strings.Join(texts, ", ")
		if draw.Width(text) <= w || len(counts) < 2 {
			return draw.Truncate(text, w)
		}
		counts = slices.Delete(slices.Clone(counts), least, least+1)
	}
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
	switch {
	case len(snap.Pools) == 0: // a file is shown
		return leaves(k)
	case slots == 0:
		return "there is no process; " + k.Key(keys.Processes, keys.ScaleUp) + " starts one, " + leaves(k)
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

// counted counts the slots by what they do.
func counted(snap *procs.Snapshot) []count {
	slots := map[string]int{}
	for _, p := range snap.Pools {
		for i := range p.Slots {
			slots[doing(&p.Slots[i])]++
		}
	}
	var counts []count
	for _, of := range []count{
		{"running", 7}, {"paused", 6}, {"not ready", 6}, {"waiting", 3}, {"starting", 4}, {"stopping", 5}, {"backing off", 8}, {"failed", 10}, {"ended badly", 9}, {"exited", 1}, {"stopped", 0},
	} {
		if n := slots[of.text]; n > 0 {
			counts = append(counts, count{draw.Count(n) + " " + of.text, of.rank})
		}
	}
	return counts
}

// doing is what a slot does, in a word of counted.
func doing(s *procs.Slot) string {
	switch {
	case s.State == procs.Starting && s.Reason != "":
		return "waiting"
	case s.State == procs.Running && (s.Paused || s.Kernel == procs.RunStopped):
		return "paused"
	case s.State == procs.Running && s.Probed && !s.Ready:
		return "not ready"
	case s.State == procs.Exited && s.LastExit != nil && !s.LastExit.OK():
		return "ended badly"
	}
	return strings.ReplaceAll(string(s.State), "_", " ")
}

// hintLine is the last line: the screens, what the one in front can do, and
// the two keys that everybody must find. It also says what can be clicked where.
func (m *root) hintLine(s Screen) (string, []segment) {
	l := hintLine{root: m}
	if all, taken := m.taken(); taken {
		for _, h := range all {
			l.write(h, m.w-l.x, m.question != nil)
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
	if m.w >= besideTabs {
		for _, h := range m.tabs() {
			room -= l.write(h, room, h.Intent.N == int(m.at) && m.over == nil)
		}
	}
	if tabs := m.tabs(); m.w < besideTabs && m.w >= besideFind && len(tabs) > 1 { // that there are others must show
		room -= l.write(keys.Hint{Key: tabs[0].Key + "-" + tabs[len(tabs)-1].Key, Label: "screens", Intent: keys.Intent{Verb: keys.Help}}, room, false)
	}
	for _, h := range s.Help() {
		room -= l.write(h, room, false)
	}
	for _, h := range last {
		l.write(h, m.w-l.x, false)
	}
	return draw.Truncate(l.b.String(), m.w), l.segments
}

// taken are the hints of whoever takes all keys: then those of the screens mean nothing.
func (m *root) taken() (hints []keys.Hint, taken bool) {
	switch {
	case m.question != nil:
		hints = m.question.choices()
		if m.question.covers {
			for _, h := range m.over.Help() {
				if h.Intent.Moves() {
					hints = append(hints, h)
				}
			}
		}
		return hints, true
	case m.pane != nil:
		return m.pane.Help(), true
	case m.palette != nil:
		return m.palette.Help(), true
	case m.prompt != nil:
		return m.prompt.help(), true
	}
	return nil, false
}

// besideFind is the width from which on there is room for the palette's key too.
const besideFind = 60

// besideTabs is the width from which on each screen has a hint of its own.
const besideTabs = 100

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
	l.segments = append(l.segments, segment{from: l.x, to: l.x + w, hint: h})
	l.x += w
	return w
}
