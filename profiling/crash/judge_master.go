package crash

import (
	"fmt"
	"slices"
	"strings"

	"example.com/muster/procs"
	"example.com/muster/profiling"
)

// judgeMaster says of a worker that its own master gave up on, and said so, that it
// took too long. gunicorn's arbiter prints which worker, sends it SIGABRT, upon which
// the worker leaves with code 1, and later SIGKILL: murder_workers of gunicorn/arbiter.py,
// handle_abort of gunicorn/workers/base.py.
func judgeMaster(d *Death, v *Verdict) {
	if d.Master == "" || d.own() {
		return
	}
	v.Crash, v.Cause, v.Certainty, v.EndedBy = true, CauseTimeout, Certain, "its master"
	v.Headline = "its master ended it: it did not answer in time"
	if where := d.lastSeen(); where != "" {
		v.Headline = oneLine("its master ended it: it did not answer in time, at "+where, maxHeadline)
	}
	v.Group = "timeout|" + d.lastSeen()
	v.note("its master has printed: "+oneLine(d.Master, maxHeadline), profiling.Exact, "")
}

// GaveUp returns the line in which the master of a worker says that it took too
// long, "" if there is none. The lines of the worker itself say nothing.
func GaveUp(lines []procs.Line, pid int) string {
	said := fmt.Sprintf("WORKER TIMEOUT (pid:%d)", pid)
	for i := range slices.Backward(lines) {
		if l := &lines[i]; l.PID != pid && strings.Contains(string(l.Text), said) {
			return string(stripEscapes(l.Text))
		}
	}
	return ""
}

// judgeLastSeen says of what was ended from outside and has said nothing where its main
// thread was when somebody last looked.
func judgeLastSeen(d *Death, v *Verdict) {
	if !v.Crash || v.Words >= 0 || d.Exit.Signal == 0 && v.Cause != CauseTimeout || len(d.Stack) == 0 {
		return
	}
	at := oneLine(d.Stack[0], maxHeadline/2)
	if own := d.lastSeen(); own != "" && own != place(stackFrame(d.Stack[0])) {
		at += ", called from " + own
	}
	v.note("when it was last looked at, its main thread was at "+at, profiling.Sampled, "")
}

// lastSeen is the innermost place in the user's own code at which the main thread
// was last seen: "serve.py:12 in wait"; "" if not known.
func (d *Death) lastSeen() string {
	for _, call := range d.Stack {
		if f := stackFrame(call); f != nil && !f.Library {
			return place(f)
		}
	}
	return ""
}

// stackFrame reads a call as stacks have it, "serve.py:12 wait"; nil if it has no line.
func stackFrame(call string) *Frame {
	at, function, _ := strings.Cut(call, " ")
	colon := strings.LastIndexByte(at, ':')
	if colon < 0 {
		return nil
	}
	line := 0
	if _, err := fmt.Sscan(at[colon+1:], &line); err != nil {
		return nil
	}
	f := PythonFrame(at[:colon], line, function)
	return &f
}
