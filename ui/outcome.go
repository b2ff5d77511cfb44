package ui

import (
	"slices"
	"time"

	"example.com/muster/procs"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/keys"
	sentences "example.com/muster/ui/plain"
)

// request is a command that was sent, and how the slots were then: once what it asks for
// has happened, the status line says that instead of what was said when it was accepted.
type request struct {
	command procs.Command
	at      time.Time
	before  *procs.Snapshot
}

// outcome says what has become of a request; "" while it is under way, and of a command whose
// answer says it already.
func (r *request) outcome(snap *procs.Snapshot) string {
	switch c := r.command.(type) {
	case procs.Stop:
		return r.each(c.IDs, snap, r.stopped)
	case procs.Kill:
		return r.each(c.IDs, snap, r.stopped)
	case procs.Start:
		return r.each(c.IDs, snap, r.started)
	case procs.Restart:
		return r.each(c.IDs, snap, r.started)
	case procs.Roll:
		return r.rolled(c, snap)
	case procs.Scale:
		return scaled(c, snap)
	}
	return ""
}

// follow puts what has become of the newest request in the place of what was said of it, if
// that is still there.
func (m *root) follow(snap *procs.Snapshot) {
	if m.request == nil || m.notice != m.accepted {
		m.request = nil
		return
	}
	text := m.request.outcome(snap)
	if text == "" {
		return
	}
	if snap.Ended { // no frame follows that would tell how to leave
		text += "; " + leaves(m.opt.Keys)
	}
	m.request, m.notice = nil, keys.SayMsg{Text: text}
}

// became says what one slot has become, of which is is nil if it has been scaled away: the
// words follow its name if done, else they are a sentence about something else. "" if it is under way.
type became func(was, is *procs.Slot) (words string, done bool)

// each tells of one slot, or of many by the name of their pool. Of those that have become something
// else it tells the first.
func (r *request) each(ids []procs.ID, snap *procs.Snapshot, one became) string {
	words, other, n := "", "", 0
	for _, id := range ids {
		text, done := one(r.before.Slot(id), snap.Slot(id))
		switch {
		case text == "":
			return ""
		case done:
			words = text
			n++
		case other == "":
			other = text
		}
	}
	switch {
	case len(ids) == 0:
		return ""
	case n == 0:
		return other
	case len(ids) == 1:
		return ids[0].String() + " " + words
	case n == len(ids):
		return "all " + draw.Count(n) + " of " + ids[0].Pool + " " + words
	}
	return draw.Count(n) + " of the " + draw.Count(len(ids)) + " of " + ids[0].Pool + " " + words + "; " + other
}

// stopped is what becomes of a slot that is to stop.
func (r *request) stopped(was, is *procs.Slot) (words string, done bool) {
	switch {
	case is == nil:
		return "stopped", true
	case !is.State.Settled():
		return "", false
	case is.State != procs.Stopped:
		return sentences.Stands(is), false
	}
	if words := r.killed(was, is); words != "" {
		return words, true
	}
	return "stopped", true
}

// killed says that the run which was there before has been killed; "" if it has not.
func (r *request) killed(was, is *procs.Slot) string {
	e := is.LastExit
	if was == nil || e == nil || !e.Asked || e.Signal != procs.SIGKILL || was.LastExit != nil && !e.At.After(was.LastExit.At) {
		return ""
	}
	if _, at := r.command.(procs.Kill); at {
		return "was killed"
	}
	asked := r.at
	if was.State == procs.Stopping {
		asked = was.Since
	}
	return "was killed after " + draw.Took(max(0, e.At.Sub(asked)))
}

// started is what becomes of a slot that is to start, after its end if it runs.
func (r *request) started(was, is *procs.Slot) (words string, done bool) {
	switch {
	case was == nil || is == nil || is.N == was.N && is.Since.Equal(was.Since):
		return "", false // the snapshot is of before
	case is.State == procs.Stopping, is.State == procs.Starting && is.Reason == "":
		return "", false
	case is.State != procs.Running || is.N == was.N:
		return sentences.Stands(is), false
	case was.State.Live():
		if killed := r.killed(was, is); killed != "" {
			return killed + " and started again", true
		}
		return "restarted", true
	}
	return "started", true
}

// rolled tells the end of a rolling restart.
func (r *request) rolled(c procs.Roll, snap *procs.Snapshot) string {
	var ids []procs.ID
	for i := range snap.Pools {
		p := &snap.Pools[i]
		if !slices.Contains(c.Pools, p.Name) {
			continue
		}
		if p.Rolling {
			return ""
		}
		for k := range p.Slots {
			ids = append(ids, p.Slots[k].ID)
		}
	}
	return r.each(ids, snap, r.started)
}

// scaled tells that a pool has as many slots as it is to have, and which of those do not run.
func scaled(c procs.Scale, snap *procs.Snapshot) string {
	i := slices.IndexFunc(snap.Pools, func(p procs.Pool) bool { return p.Name == c.Pool })
	if i < 0 {
		return ""
	}
	p := &snap.Pools[i]
	if p.Size != c.Size || len(p.Slots) != c.Size {
		return ""
	}
	for k := range p.Slots {
		if s := &p.Slots[k]; s.State == procs.Stopping || s.State == procs.Starting && s.Reason == "" {
			return ""
		}
	}
	text := p.Name + " has " + draw.Plural(c.Size, "slot") + " now"
	if idle, _ := sentences.Idle(p.Slots, c.Size); idle != "" {
		text += "; " + idle
	}
	return text
}
