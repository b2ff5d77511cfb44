package session

import (
	"slices"
	"sync"
	"time"

	"example.com/muster/procs"
	"example.com/muster/profiling/crash"
)

// sentLog remembers the signals that muster sent when somebody asked it to.
type sentLog struct {
	mu   sync.Mutex
	list []sentTo
}

type sentTo struct {
	ref procs.PIDRef
	// group: it was sent to a process group, which the process may have left.
	group bool
	crash.Sent
}

const (
	// maxSent bounds the signals that are remembered.
	maxSent = 1000
	// groupSent is how soon a process ends by a signal to its group.
	groupSent = 2 * time.Second
)

// add notes a signal to one process.
func (l *sentLog) add(ref procs.PIDRef, sig procs.Signal, at time.Time) {
	l.put(sentTo{ref, false, crash.Sent{Signal: sig, By: "muster", At: at}})
}

func (l *sentLog) put(list ...sentTo) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = append(l.list, list...)
	if n := len(l.list) - maxSent; n > 0 {
		l.list = slices.Delete(l.list, 0, n)
	}
}

// to returns what was sent to a process that ended at a time.
func (l *sentLog) to(ref procs.PIDRef, ended time.Time) (sent []crash.Sent) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.list {
		if s.ref == ref && (!s.group || ended.Sub(s.At) < groupSent) {
			sent = append(sent, s.Sent)
		}
	}
	return sent
}

// note remembers the signal of a command, before it is sent.
func (s *Session) note(c procs.Command) {
	switch c := c.(type) {
	case procs.SignalPID:
		s.sent.add(c.Ref, c.Signal, time.Now())
	case procs.SendSignal:
		var list []sentTo
		one := crash.Sent{Signal: c.Signal, By: "muster", At: time.Now()}
		for _, run := range s.sup.Runs() {
			if len(c.IDs) > 0 && !slices.Contains(c.IDs, run.ID) {
				continue
			}
			list = append(list, sentTo{run.PIDRef, true, one})
			for _, d := range s.cfg.Tree.Descendants(run.ID) {
				list = append(list, sentTo{d.PIDRef, true, one})
			}
		}
		s.sent.put(list...)
	}
}
