package crash

import (
	"time"

	"example.com/muster/profiling"
)

// What a program has logged it has coped with, unless it ends by that: gunicorn's worker logs why
// it cannot boot, and ends with code 3 (spawn_worker of gunicorn/arbiter.py); many a program
// ends with log.exception and sys.exit(1).

// ruleLogged infers that an exception that was logged is why a process has ended.
const ruleLogged = "logged-before-end"

// explainByLog explains an end with a code by the exception that the process has logged
// just before it, if it has done nothing since.
func (d *Death) explainByLog(v *Verdict) bool {
	i := d.loggedLast()
	if i < 0 {
		return false
	}
	w := &d.Words[i]
	v.Words, v.Cause, v.Certainty = i, causeOf(w), Likely
	v.Headline, v.Group = w.Exception.Headline(), w.Exception.GroupKey()
	v.note("it logged this exception, and ended at once after it without another reason", profiling.Inferred, ruleLogged)
	return true
}

// loggedLast returns the index of the traceback that a process has printed last, if that is
// logged and may be why it ended with a code; -1 if not. A descendant that is no worker answers by its code.
func (d *Death) loggedLast() int {
	if !d.Signed || d.Exit.Signal != 0 || d.Exit.Code == 0 || d.Exit.Code > 128 || d.Exit.Unknown || !d.own() && !d.worker() {
		return -1
	}
	for i := len(d.Words) - 1; i >= 0; i-- {
		w := &d.Words[i]
		if w.Format != PythonTraceback || w.PID != d.Who.PID {
			continue
		}
		if !w.Logged || w.Warned || w.torn() || d.wentOn(w) {
			return -1
		}
		return i
	}
	return -1
}

// How a process may go on after what it has logged and still end by that.
const (
	loggedWithin     = 2 * time.Second // a busy machine takes a while over an end
	linesAfterLogged = 1
)

// wentOn reports whether a process has gone on after what it has logged: time has passed, or it
// has printed more than how it ends, or what may itself be why. That may look like a part of
// the message.
func (d *Death) wentOn(w *Words) bool {
	after, logged := 0, time.Time{}
	for i := range d.Own {
		l := &d.Own[i]
		switch {
		case l.Seq < w.sure():
			logged = l.At
		case complaint(l.Text) != "" || warns(string(l.Text)):
			return true
		default:
			after++
		}
	}
	return after > linesAfterLogged || logged.IsZero() || d.Exit.At.Sub(logged) > loggedWithin
}
