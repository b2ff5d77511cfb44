package ui

import (
	"time"

	"example.com/muster/profiling/crash"
	"example.com/muster/session"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/port"
)

// toastFor is how long a crash is told on every screen.
const toastFor = 8 * time.Second

// toast tells of the newest crash on every screen, for a while.
type toast struct {
	seen   int  // number of the newest report that has been looked at
	looked bool // there has been a look
	crash  *crash.Report
	until  time.Time
	more   int // crashes that came with it, or while it was shown

	// old is what was seen before the news began: the number of the newest report, and
	// how many there were of each kind.
	old struct {
		seq    int
		counts map[string]int
	}
}

// sync looks for new crashes. What there was before the screen was opened is
// no news; the count in the header tells it. Neither is what has been withdrawn, as
// the screen of crashes does not show it, nor what the screen in front tells: whoever
// leaves that has seen it.
func (n *toast) sync(s port.Session, at keys.Screen, now time.Time) {
	if n.crash != nil && now.After(n.until) {
		n.crash = nil
	}
	found := s.Found()
	var newest *crash.Report
	if len(found.Crashes) > 0 {
		newest = found.Crashes[len(found.Crashes)-1]
	}
	came := newest != nil && newest.Seq > n.seen
	if came {
		n.seen = newest.Seq
	}
	before := n.looked
	n.looked = true
	switch {
	case tellsCrashes(at):
		n.crash = nil
	case came && before:
		n.crash, n.until = newest, now.Add(toastFor)
	case n.crash != nil && newest != nil && newest.Seq > n.old.seq:
		n.crash = newest
	default:
		n.crash = nil
	}
	n.more = 0
	if n.crash == nil {
		n.old.seq, n.old.counts = n.seen, counts(found.CrashRows)
		return
	}
	n.more = max(0, n.came(found)-1)
}

// tellsCrashes reports whether a screen shows crashes itself.
func tellsCrashes(at keys.Screen) bool { return at == keys.Crashes || at == keys.Tasks }

// came is how many crashes have come since the news began and have not been withdrawn.
func (n *toast) came(found session.Found) int {
	isNew := func(seq int) bool { return seq > n.old.seq }
	kept, all := 0, 0
	for _, r := range found.Crashes {
		if isNew(r.Seq) {
			kept++
		}
	}
	for i := range found.CrashRows {
		row, shown := &found.CrashRows[i], 0
		for _, seq := range row.IDs {
			if isNew(seq) {
				shown++
			}
		}
		all += max(shown, row.Count-n.old.counts[kindOf(row)]) // of many of a kind a few are kept
	}
	return min(max(kept, all), n.seen-n.old.seq)
}

// counts is how many crashes there were of each kind.
func counts(rows []crash.Row) map[string]int {
	m := make(map[string]int, len(rows))
	for i := range rows {
		m[kindOf(&rows[i])] = rows[i].Count
	}
	return m
}

func kindOf(row *crash.Row) string { return row.Pool + "\x00" + row.Group }

// text is what is told in at most w cells; "" if there is nothing, or the
// screen in front tells it anyway. lead is what must be pressed before muster's keys.
func (n *toast) text(at keys.Screen, k *keys.Map, lead string, ended bool, w int) string {
	if n.crash == nil || tellsCrashes(at) {
		return ""
	}
	text, helps := "✗ "+n.crash.Name+": "+n.crash.Headline+crash.Spared(n.crash.Spared()), crash.Remedy(n.crash.Noted)
	tails := n.tails(lead+k.KeyTo(keys.Crashes), ended && lead == "", k)
	for i, tail := range tails {
		least := newsWidth
		if i == len(tails)-2 {
			least = newsLeast
		}
		if room := w - draw.Width(tail); room >= min(draw.Width(text+helps), least) || i == len(tails)-1 {
			return news(text, helps, room) + tail
		}
	}
	return ""
}

// news is what is told, in room cells. What helps is told whole, and only where that leaves the
// rest enough of them to say something.
func news(text, helps string, room int) string {
	if head := room - draw.Width(helps); head >= min(newsHead, draw.Width(text)) {
		return plain(text, head) + helps
	}
	return plain(text, room)
}

const (
	// newsWidth is how many cells the news itself has before more is said than which key
	// tells of it.
	newsWidth = 32
	// newsHead is how many of those in front of what helps say something.
	newsHead = 16
	// newsLeast is how many it has before that is said.
	newsLeast = 6
)

// tails are ways to say where more is told, the longest first. None is a key alone, which
// would look like a count; the last says nothing.
func (n *toast) tails(key string, ended bool, k *keys.Map) []string {
	more, leave := key+" shows it", ""
	if n.more > 0 {
		more = key + " shows them"
	}
	if ended {
		leave = "; " + leaves(k)
	}
	tails := []string{"  (" + more + leave + ")", "  (" + more + ")", "  " + more, ""}
	if n.more > 0 {
		tails = append([]string{"  (and " + draw.Count(n.more) + " more; " + more + leave + ")"}, tails...)
	}
	return tails
}
