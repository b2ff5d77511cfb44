package locks

import (
	"strconv"
	"strings"

	"example.com/muster/procs"
	"example.com/muster/profiling/locks/graph"
)

// Who has a lock and waits for bytes may have nothing to do, as the one worker
// of an idle pool that reads the queue for the others; or it has asked for
// something, and keeps the others waiting until the answer comes.

// answers marks the waits of those who have a lock that are for an answer.
func (l *looker) answers() {
	has := map[procs.PIDRef]bool{}
	for i := range l.out.Objects {
		if o := &l.out.Objects[i]; !o.Any {
			for k := range o.Holders {
				has[o.Holders[k].PIDRef] = true
			}
		}
	}
	if len(has) == 0 {
		return
	}
	for i := range l.out.Waits {
		if w := &l.out.Waits[i]; w.ForWork && !w.ForAnswer && has[w.PIDRef] {
			w.ForAnswer = l.forAnswer(w)
		}
	}
}

// forAnswer reports whether bytes are an answer: only children of the process
// can write them, as into the pipe of a subprocess; or it has made the
// connection that they come from.
func (l *looker) forAnswer(w *graph.Wait) bool {
	o := &l.out.Objects[l.out.objects[w.For]]
	switch o.Kind {
	case graph.Socket:
		number, _, _ := strings.Cut(strings.TrimPrefix(string(o.ID), "socket:"), ":")
		if ino, err := strconv.ParseUint(number, 10, 64); err == nil && l.socks.asks(ino) {
			return true
		}
	case graph.Pipe:
	default:
		return false
	}
	if !o.Complete {
		return false
	}
	for i := range o.Holders {
		if !l.descends(o.Holders[i].PIDRef, w.PIDRef) {
			return false
		}
	}
	return len(o.Holders) > 0
}

// maxGenerations bounds how far up parents are followed.
const maxGenerations = 64

// descends reports whether a process is a child of another one, or of a child
// of that, and so on.
func (l *looker) descends(ref, from procs.PIDRef) bool {
	p := l.of[ref]
	for range maxGenerations {
		if p == nil || p.PIDRef == from {
			return false
		}
		if p.parent == from.PID {
			return true
		}
		p = l.byPID(p.parent)
	}
	return false
}
