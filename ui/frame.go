package ui

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/muster/procs"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/theme"
)

// The frame's lines around the body. A terminal of fewer lines than four
// loses them from the bottom.
const (
	headerHeight = 1
	statusHeight = 1
	hintsHeight  = 1
)

// bodyHeight is how many lines a screen gets in a terminal of h lines.
func bodyHeight(h int) int { return max(1, h-headerHeight-statusHeight-hintsHeight) }

// frame is what is shown, and what is needed to keep it up to date.
type frame struct {
	text    string
	version uint64    // of the session when it was built
	at      time.Time // when it was built
	built   int       // how many have been built
	hints   []segment // what can be clicked in the last line
	hintsY  int
}

// segment is a part of a line that can be clicked.
type segment struct {
	from, to int // cells
	hint     keys.Hint
}

// hintAt returns the hint at a cell.
func (f *frame) hintAt(x, y int) (keys.Hint, bool) {
	if y != f.hintsY {
		return keys.Hint{}, false
	}
	for _, s := range f.hints {
		if x >= s.from && x < s.to {
			return s.hint, true
		}
	}
	return keys.Hint{}, false
}

// draw builds the frame from what is so now, and has it shown.
func (m *root) draw(now time.Time) {
	if m.w <= 0 || m.h <= 0 {
		return
	}
	// The version is read first: what moves while the frame is built is drawn by the next one.
	m.frame.version, m.frame.at = m.opt.Session.Version(), now
	m.frame.built++
	snap := m.opt.Session.Snapshot()
	if w, ok := m.screens[keys.Processes].(watcher); ok {
		w.Watch(snap)
	}
	s := m.sync(now)
	m.alarm.sync(m.opt.Session, snap)
	m.toast.sync(m.opt.Session, m.at, now)
	m.follow(snap)
	m.withdraw(snap)
	m.notes(now)

	m.picture(s)

	hints, segments := m.hintLine(s)
	body := strings.Split(s.Render(), "\n")
	if m.pane == nil && m.touring() {
		body = m.tour.over(body, m.opt.Theme, m.opt.Keys, m.w)
	}
	if m.palette != nil {
		body = m.palette.Over(body)
	}
	m.frame.hints, m.frame.hintsY = segments, m.h-1
	lines := make([]string, 0, m.h)
	lines = append(lines, header(m.opt.Theme, snap, now, m.w, m.lockCounts()...))
	status := m.statusLines(snap)
	lines = append(lines, body[:max(0, len(body)-len(status)+1)]...)
	lines = append(lines, status...)
	lines = append(lines, hints)
	m.frame.text = strings.Join(lines[:min(len(lines), m.h)], "\n")
	m.placeCursor()
	m.display.Show(m.frame.text)
}

// sync has the screen in front read what it shows.
func (m *root) sync(now time.Time) Screen {
	s := m.front()
	s.Sync(m.opt.Session, now)
	return s
}

// part is a piece of the header; those of the lowest rank go first where it is narrow.
type part struct {
	text  string
	rank  int
	style theme.Style
}

// header is the first line: what runs at the left, what it costs and what is
// wrong at the right.
func header(t *theme.Theme, snap *procs.Snapshot, now time.Time, w int, wrong ...part) string {
	left := []part{{"muster", 1, t.Accent}, {plain(snap.Session, max(8, w/4)), 6, ""}}
	right := wrong
	if len(snap.Pools) > 0 { // else a file is shown
		right = append(append(slices.Clone(wrong), headerFigures(t, snap)...), part{elapsed(snap, now), 2, ""}) // figures do not move with what comes and goes
	}
	for lineWidth(left)+lineWidth(right)+1 > w && dropLowest(&left, &right) {
		continue
	}
	var b strings.Builder
	n := writeParts(&b, t, left)
	rest := w - n - lineWidth(right)
	t.Header.On(&b, draw.Spaces(rest))
	writeParts(&b, t, right)
	if rest < 0 {
		return draw.Truncate(b.String(), w)
	}
	return b.String()
}

// headerFigures are the counts and sums over all pools.
func headerFigures(t *theme.Theme, snap *procs.Snapshot) []part {
	var cpu float64
	var rss int64
	for _, p := range snap.Pools {
		for i := range p.Slots {
			s := &p.Slots[i]
			if s.State.Live() && !s.Sample.At.IsZero() {
				cpu += max(0, s.Sample.Sum.CPUPercent)
				rss += max(0, s.Sample.Sum.RSSBytes)
			}
		}
	}
	cores := ""
	if snap.Host.Cores > 0 {
		cores = "of " + strconv.Itoa(snap.Host.Cores*100) + "%"
	}
	parts := []part{{processesText(countProcesses(snap)), 4, ""}, {"CPU " + draw.PadLeft(draw.Percent(cpu), 4), 5, ""}}
	if cores != "" {
		parts = append(parts, part{cores, 0, ""})
	}
	parts = append(parts, part{"MEM " + draw.PadLeft(draw.Bytes(rss), draw.BytesWidth), 3, ""})
	if snap.Crashes > 0 {
		parts = append(parts, part{draw.Count(snap.Crashes) + " crashed", 8, t.Error})
	}
	return parts
}

// elapsed is how long the session has been running, as h:mm:ss.
func elapsed(snap *procs.Snapshot, now time.Time) string {
	if snap.Ended {
		now = snap.At
	}
	s := int(max(0, now.Sub(snap.StartedAt)) / time.Second)
	return strconv.Itoa(s/3600) + ":" + twoDigits(s/60%60) + ":" + twoDigits(s%60)
}

func twoDigits(n int) string { return string([]byte{'0' + byte(n/10), '0' + byte(n%10)}) }

// partGap is how many cells stand around each part.
const partGap = 1

func lineWidth(parts []part) int {
	n := 0
	for _, p := range parts {
		n += draw.Width(p.text) + 2*partGap
	}
	return n
}

// dropLowest removes the part of the lowest rank, unless one alone is left.
func dropLowest(lists ...*[]part) bool {
	var from *[]part
	at, total := -1, 0
	for _, l := range lists {
		total += len(*l)
		for i, p := range *l {
			if at < 0 || p.rank < (*from)[at].rank {
				from, at = l, i
			}
		}
	}
	if total <= 1 {
		return false
	}
	*from = append((*from)[:at:at], (*from)[at+1:]...)
	return true
}

// writeParts writes parts on the header's ground. Where that is reversed, what is wrong
// stands in a box of its colour.
func writeParts(b *strings.Builder, t *theme.Theme, parts []part) int {
	for _, p := range parts {
		(t.Header + p.style).On(b, draw.Spaces(partGap)+p.text+draw.Spaces(partGap))
	}
	return lineWidth(parts)
}
