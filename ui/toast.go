package ui

import (
	"time"

	"example.com/muster/profiling/crash"
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
}

// sync looks for new crashes. What there was before the screen was opened is
// no news; the count in the header tells it.
func (n *toast) sync(s port.Session, now time.Time) {
	if n.crash != nil && now.After(n.until) {
		n.crash, n.more = nil, 0
	}
	list := port.Crashes(s)
	if len(list) == 0 {
		n.looked = true
		return
	}
	newest := list[len(list)-1]
	came := newest.Seq - n.seen
	n.seen = newest.Seq
	before := n.looked
	n.looked = true
	if !before || came <= 0 {
		return
	}
	if n.crash != nil {
		n.more++
	}
	n.more += came - 1
	n.crash, n.until = newest, now.Add(toastFor)
}

// text is what is told in at most w cells; "" if there is nothing, or the
// screen in front tells it anyway. lead is what must be pressed before muster's keys.
func (n *toast) text(at keys.Screen, k *keys.Map, lead string, ended bool, w int) string {
	if n.crash == nil || at == keys.Crashes || at == keys.Tasks {
		return ""
	}
	text := "✗ " + n.crash.Name + ": " + n.crash.Headline
	tails := n.tails(lead+k.KeyTo(keys.Crashes), ended && lead == "", k)
	for i, tail := range tails {
		if room := w - draw.Width(tail); room >= min(draw.Width(text), newsWidth) || i == len(tails)-1 {
			return plain(text, room) + tail
		}
	}
	return ""
}

// newsWidth is how many cells the news itself has before it is said which key
// tells more.
const newsWidth = 32

// tails are ways to say where more is told, the longest first.
func (n *toast) tails(key string, ended bool, k *keys.Map) []string {
	more, leave := key+" shows it", ""
	if n.more > 0 {
		more = key + " shows them"
	}
	if ended {
		leave = "; " + leaves(k)
	}
	tails := []string{"  (" + more + leave + ")", "  (" + key + leave + ")", "  (" + key + ")"}
	if n.more > 0 {
		tails = append([]string{"  (and " + draw.Count(n.more) + " more; " + more + leave + ")"}, tails...)
	}
	return tails
}
