package locks

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"example.com/muster/profiling/locks/graph"
)

// In a PID namespace of its own a program counts its threads from 1, and so do
// the words in its memory. The kernel tells the numbers of both worlds in the
// line NSpid of status (pid_namespaces(7)).

// pidNamespace names the process's PID namespace, "" if it is muster's own.
func (p *process) pidNamespace() string {
	if p.namespace == nil {
		ns, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/pid", p.PID))
		ours, _ := os.Readlink("/proc/self/ns/pid")
		if err != nil || ns == ours {
			ns = ""
		}
		p.namespace = &ns
	}
	return *p.namespace
}

// tidWithin returns the number of a thread as its own namespace counts it, 0 if
// it is not known.
func (p *process) tidWithin(tid int) int {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/status", p.PID, tid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if numbers, ok := strings.CutPrefix(line, "NSpid:"); ok {
			f := strings.Fields(numbers)
			n, _ := strconv.Atoi(f[len(f)-1]) // 0 is "not known"
			return n
		}
	}
	return 0
}

// ownerWithin makes a holder of the thread that an owner word names in a
// namespace. One that is not found there has ended, if the lock is private.
func (l *looker) ownerWithin(ns string, p *process, at place, h graph.Holder) graph.Holder {
	for _, q := range l.order {
		if q != p && (!at.shared || q.pidNamespace() != ns || !q.hasMapped(at, l.now)) {
			continue
		}
		for _, t := range q.threads {
			if q.tidWithin(t.TID) == h.TID {
				h.PIDRef, h.TID = q.PIDRef, t.TID
				return h
			}
		}
	}
	h.TID = 0
	if at.shared {
		h.Outside = true // or it has ended: nothing tells the two apart
		return h
	}
	h.PIDRef, h.Dead, h.Lives = p.PIDRef, true, true
	return h
}
