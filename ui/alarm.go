package ui

import (
	"example.com/muster/procs"
	"example.com/muster/profiling/locks/graph"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/port"
	"example.com/muster/ui/waits"
)

// alarm is what every screen says of the locks: a banner for a deadlock, a ring or an
// abandoned lock, and counts in the header.
type alarm struct {
	view *graph.View // of which it was made
	snap *procs.Snapshot

	banner                    []string // the longest first; none if all is well
	blocked, deadlocks, rings int
}

// sync makes the alarm anew if there is another view, or if the names of those
// who appear in the banner may have changed.
func (a *alarm) sync(s port.Session, snap *procs.Snapshot) {
	v := port.Locks(s)
	if a.view == v && (a.snap == snap || len(a.banner) == 0) {
		return
	}
	a.view, a.snap = v, snap
	a.banner, a.blocked, a.deadlocks, a.rings = nil, 0, len(v.Deadlocks), len(v.Rings)
	if len(v.Locks) > 0 {
		b := waits.New(v, snap, port.Crashes(s))
		a.banner, a.blocked = b.Alarms(), b.Blocked()
	}
}

// text is the banner in at most w cells. On any other screen than that of the
// locks it says which one tells more. lead is what must be pressed before muster's keys.
func (a *alarm) text(at keys.Screen, k *keys.Map, lead string, w int) string {
	if len(a.banner) == 0 {
		return ""
	}
	more := ""
	if at != keys.Locks {
		more = "  (" + lead + k.KeyTo(keys.Locks) + " shows it)"
	}
	for _, text := range a.banner {
		if draw.Width(text)+len(more) <= w {
			return text + more
		}
	}
	return draw.Truncate(a.banner[len(a.banner)-1], max(0, w-len(more))) + more
}

// lockCounts are the counts in the header.
func (m *root) lockCounts() []part {
	var parts []part
	if n := m.alarm.blocked; n > 0 {
		parts = append(parts, part{draw.Count(n) + " blocked", 7, m.opt.Theme.Warning})
	}
	if n := m.alarm.deadlocks; n > 0 {
		parts = append(parts, part{draw.Plural(n, "deadlock"), 9, m.opt.Theme.Error})
	}
	if n := m.alarm.rings; n > 0 {
		parts = append(parts, part{draw.Plural(n, "ring"), 9, m.opt.Theme.Error})
	}
	return parts
}
