package sample

import (
	"slices"
	"time"
)

// What a process uses between the last look at it and its end nobody has seen,
// and of one that begins and ends between two looks that is all of it. The kernel
// tells it to whoever waits for the process: a parent has the CPU time of all
// children that it has waited for, and of those that they had waited for, in its
// own stat (cutime and cstime of proc(5)); of a run it comes with its end
// (wait4(2)). What had been seen of such a process is taken off again.

// reaped is the CPU time of processes that have ended and been waited for.
type reaped struct {
	total time.Duration
	read  bool // total has been read
	// seen is what had been seen of some that are not in total yet, owed the pass
	// in which the last of them was gone.
	seen time.Duration
	owed uint64
}

// owedFor is for how many passes what is owed is waited for. It never comes of a
// child that somebody else has adopted, or whose parent ignores SIGCHLD.
const owedFor = 3

// owe notes that one is gone of which so much had been seen.
func (r *reaped) owe(seen time.Duration, pass uint64) {
	r.seen += seen
	r.owed = pass
}

// grow takes the total as it is now, and returns how much of it is new and had
// not been seen. Of a total that is read for the first time that is all of it
// only if the whole time of whoever tells it was looked at.
func (r *reaped) grow(total time.Duration, whole bool) time.Duration {
	more := max(0, total-r.total)
	if !r.read && !whole {
		more = 0
	}
	r.total, r.read = total, true
	seen := min(more, r.seen)
	r.seen -= seen
	return more - seen
}

// known is what has been seen of them, or told.
func (r *reaped) known() time.Duration { return r.total + r.seen }

// late is CPU time that was learned of in a pass.
type late struct {
	used time.Duration
	pass uint64
}

func (l *late) in(pass uint64) time.Duration {
	if l.pass != pass {
		return 0
	}
	return l.used
}

// rouse looks at those too that rest in this pass, where there is the CPU time of somebody
// to be learned: it may be theirs, which has been seen.
func (p *pass) rouse() {
	for i := 0; i < len(p.roused); i++ { // there may be more by that
		for _, e := range p.roused[i].entries {
			if p.due(e) {
				p.look(e)
			}
		}
	}
	p.roused = p.roused[:0]
}

// learn takes the CPU time of the children that a process has waited for. It comes
// after all have been looked at, parents first, and in a slot where there is any to be
// learned those that rest as well, see rouse: a child whose time is in it has been found
// gone by then, and what was seen of it is owed.
func (p *pass) learn(e *entry) {
	begun := !p.before.IsZero() && e.StartedAt > p.before.UnixNano()
	if p.count-e.waited.owed > owedFor {
		e.waited.seen = 0
	}
	e.late = late{e.waited.grow(e.childTime, begun), p.count}
	e.slot.cpu += e.late.used
	if e.late.used > 0 {
		p.stir(e.slot)
	}
}

// learnEnds takes the CPU time of the runs of a slot that had ended when the pass
// began: those have been found gone in it.
func (p *pass) learnEnds(s *slot) {
	s.late = late{s.end(s.endTime), p.count}
	s.cpu += s.late.used
	if s.late.used > 0 {
		p.stir(s)
	}
}

// bequeath notes what was known of a process that is gone: whoever waits for it
// is told that too.
func (p *pass) bequeath(e *entry) {
	known := e.clock + e.waited.known()
	e.clock, e.waited = 0, reaped{}
	s := e.slot
	switch {
	case s == nil:
	case e.Root:
		p.roused = append(p.roused, s)
		s.ended, s.beside = p.count, 0
		s.runs.owe(known, p.count)
	case known == 0:
	default:
		if heir := p.heir(e); heir != nil {
			heir.waited.owe(known, p.count)
		} else if s.ended == p.count {
			s.beside += known
		}
	}
}

// maxGone bounds how many ancestors that are gone are looked through: numbers that
// are in use again could make a ring of them.
const maxGone = 16

// heir is who comes to have waited for a process that is gone: its parent, or the
// parent of that if it is gone too. Where one between was too short-lived to be
// looked at, it is taken to be the slot's own process.
func (p *pass) heir(e *entry) *entry {
	pid := e.ppid
	for depth := 0; pid != 0 && depth < maxGone; depth++ {
		at := slices.IndexFunc(p.order, func(o *entry) bool { return o.PID == pid && o.slot == e.slot && !o.gone })
		if at >= 0 {
			return p.order[at]
		}
		pid = 0
		for _, o := range p.entries { // those that have just gone are there still
			if o.PID == e.ppid && o.slot == e.slot && o != e {
				e, pid = o, o.ppid
				break
			}
		}
	}
	if root := e.slot.root; root != nil && !root.gone {
		return root
	}
	return nil
}
