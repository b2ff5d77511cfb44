package session

import (
	"context"
	"time"

	"example.com/muster/procs"
	"example.com/muster/procs/tree"
)

// lateWithin is how soon what a process has printed is read on a machine that
// is busy.
const lateWithin = time.Second

// left is a process that has ended, which may have left a line without a newline.
type left struct {
	id  procs.ID
	who procs.PIDRef
	due time.Time // when its lines are ended
}

// leftLines are the processes of late whose lines are to be ended once what they
// have printed has been read: at first those of whom that is to be expected soon.
// Each list is in the order of its times.
type leftLines struct{ soon, late []left }

// add notes an end.
func (q *leftLines) add(d *tree.Death, now time.Time) {
	q.soon = append(q.soon, left{d.Run.ID, d.PIDRef, now.Add(printedWithin)})
}

// due removes and returns those whose time has come, each of them twice: a second
// time for what came late.
func (q *leftLines) due(now time.Time) []left {
	soon := upTo(&q.soon, now)
	late := upTo(&q.late, now)
	for _, l := range soon {
		q.late = append(q.late, left{l.id, l.who, now.Add(lateWithin)})
	}
	return append(soon, late...)
}

// upTo cuts off those whose time has come.
func upTo(list *[]left, now time.Time) []left {
	n := 0
	for n < len(*list) && !(*list)[n].due.After(now) {
		n++
	}
	head := (*list)[:n:n]
	*list = (*list)[n:]
	return head
}

// wait returns a context that is done when the next is due, if not before.
func (q *leftLines) wait(ctx context.Context) (context.Context, context.CancelFunc) {
	var next time.Time
	for _, list := range [][]left{q.soon, q.late} {
		if len(list) > 0 && (next.IsZero() || list[0].due.Before(next)) {
			next = list[0].due
		}
	}
	if next.IsZero() {
		return ctx, func() {}
	}
	return context.WithDeadline(ctx, next)
}

// endLines ends the lines that a process which has ended left without a newline:
// nothing will go on with them. Where its number has been given to another process
// of the slot meanwhile, it leaves them to that.
func (s *Session) endLines(id procs.ID, who procs.PIDRef) {
	slot := s.cfg.Store.Slot(id)
	if !slot.Unfinished(who.PID) {
		return
	}
	if run, ok := s.runs.Load(id); ok && run.(procs.Run).PID == who.PID { //nolint:forcetypeassert // nothing else is stored
		return
	}
	if !givenAgain(s.cfg.Tree.Descendants(id), who) {
		slot.EndProcess(who.PID)
	}
}

// givenAgain reports whether another process that lives has the number of one that
// has ended.
func givenAgain(list []procs.Descendant, who procs.PIDRef) bool {
	for i := range list {
		if d := &list[i]; d.PID == who.PID && d.PIDRef != who && d.Exit == nil {
			return true
		}
	}
	return false
}
