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

// sentTo is a signal to one process, or to a run of a slot.
type sentTo struct {
	ref procs.PIDRef
	run procs.Run // zero for one process
	// group: the run's process group got it, which a descendant may have left.
	group bool
	crash.Sent
}

// reached reports whether it is taken to have reached a process of a run that began and
// ended at some times.
func (s *sentTo) reached(run procs.Run, ref procs.PIDRef, began, ended time.Time) bool {
	switch {
	case s.run.N == 0:
		return s.ref == ref
	case s.run.ID != run.ID || s.run.N != run.N || ref.PID != run.PID && !s.group:
		return false
	}
	since := ended.Sub(s.At)
	return since > -startSlack && since < groupSent && !began.After(s.At.Add(startSlack))
}

const (
	// maxSent bounds the signals that are remembered.
	maxSent = 1000
	// groupSent is how soon a process ends by a signal to its slot.
	groupSent = 2 * time.Second
)

// add notes a signal to one process.
func (l *sentLog) add(ref procs.PIDRef, sig procs.Signal, at time.Time) {
	l.put(sentTo{ref: ref, Sent: crash.Sent{Signal: sig, By: "muster", At: at}})
}

func (l *sentLog) put(list ...sentTo) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = append(l.list, list...)
	if n := len(l.list) - maxSent; n > 0 {
		l.list = slices.Delete(l.list, 0, n)
	}
}

// to returns what was sent to a process of a run.
func (l *sentLog) to(run procs.Run, ref procs.PIDRef, began, ended time.Time) (sent []crash.Sent) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range l.list {
		if l.list[i].reached(run, ref, began, ended) {
			sent = append(sent, l.list[i].Sent)
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
			spec, _ := s.sup.Slot(run.ID)
			list = append(list, sentTo{run: run, group: !c.To.Leader(spec.Stop), Sent: one})
		}
		s.sent.put(list...)
	}
}
