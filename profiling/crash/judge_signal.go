package crash

import (
	"fmt"
	"time"

	"example.com/muster/procs"
	"example.com/muster/profiling"
)

// judgeSignal judges an end by a signal.
func judgeSignal(d *Death, v *Verdict) {
	sig := d.Exit.Signal
	sent := d.sender(sig)
	how := howKilled(d.Exit, sent)
	if v.Words < 0 {
		v.Cause, v.Headline = CauseSignal, how
	}
	if sentFromOutside(sig) {
		v.Cause = CauseKilled
	}
	if w := v.words(d); w != nil && w.Format == Faulthandler {
		v.Cause, v.Headline = CauseSignal, how // the signal says it better than "Fatal Python error"
		if where := place(w.Exception.Top()); where != "" {
			v.Headline = oneLine(how+", at "+where, maxHeadline)
		}
		v.Group = sig.String() + "|" + w.Exception.GroupKey()
	} else if w != nil && v.Cause == CauseKilled {
		v.Headline = oneLine(how+": "+w.Exception.Headline(), maxHeadline)
	}
	if sig == procs.SIGKILL && sent == "" && timeoutKills(d.Who.Argv) {
		v.Cause, v.Certainty, v.Headline = CauseTimeout, Likely, "SIGKILL: timeout(1) killed its command, and itself by that, as it took too long"
	}
	if v.Words < 0 || v.Cause == CauseKilled {
		if w := d.cutShort(); w != nil && sig == procs.SIGKILL {
			v.note("it was printing this when it was killed: "+w.Exception.Headline(), profiling.Exact, "")
		}
	}
	switch {
	case d.own(): // who signals a slot has not asked it to end
	case sent == "muster" && d.Who.Pool == "multiprocessing" && d.losesTask():
	case sent != "" && !sig.SelfMade(), endsByRequest(sig) && !d.torn(sig), d.endedByParent(sig):
		v.Crash = false
	case sig.String() == "SIGPIPE" && !d.worker():
		v.Crash = false // the usual end of the head of a pipeline
	}
	judgeSender(d, v, sent)
}

// howKilled says by which signal a process ended, and who has sent it or else what its
// arrival usually means.
func howKilled(e *procs.Exit, sent string) string {
	how := *e
	how.By = sent
	return Headline(how)
}

// words returns those that explain the end, nil if none do.
func (v *Verdict) words(d *Death) *Words {
	if v.Words < 0 {
		return nil
	}
	return &d.Words[v.Words]
}

// endsByRequest reports whether a signal is one that others end a process
// with as a matter of course.
func endsByRequest(sig procs.Signal) bool {
	switch sig {
	case procs.SIGTERM, procs.SIGINT, procs.SIGHUP, procs.SIGQUIT:
		return true
	}
	return false
}

// endedByParent reports whether the parent of a descendant, which lives, is taken
// to have sent a signal. By SIGKILL parents end what they have given up on
// (Popen.kill, kill -9 %1), but no worker, of which they expect something. The kernel's
// OOM killer sends it as well, and a parent that goes down with it has not ended it.
func (d *Death) endedByParent(sig procs.Signal) bool {
	switch {
	case d.own() || !d.Who.ParentLived:
		return false
	case sig == procs.SIGKILL:
		return !d.worker() && !d.OOM.counted() && !d.parentFollowed()
	}
	return endsByRequest(sig) && !d.torn(sig)
}

// torn reports whether a signal took a worker from a task that its parent still wants. A
// terminal that is closed sends SIGHUP to the parent as well, which then may end in any way.
func (d *Death) torn(sig procs.Signal) bool {
	return Tears(sig) && d.losesTask() && (sig == procs.SIGTERM || d.Parent == nil)
}

// Tears reports whether a signal by which processes are asked to end may have come to a worker
// alone, whose parent wants its task. By SIGINT and SIGQUIT a person ends all of the work.
func Tears(sig procs.Signal) bool { return sig == procs.SIGTERM || sig == procs.SIGHUP }

// parentFollowed reports whether the parent ended at once by the same signal, or by
// the code with which a shell passes it on.
func (d *Death) parentFollowed() bool {
	p := d.Parent
	return p != nil && (p.Unknown || p.ShellCode() == d.Exit.ShellCode())
}

// sender returns who is known to have sent a signal, "" if nobody is.
func (d *Death) sender(sig procs.Signal) string {
	for i := len(d.Sent) - 1; i >= 0; i-- {
		if d.Sent[i].Signal == sig {
			return d.Sent[i].By
		}
	}
	return ""
}

// judgeSender says who sent the signal, as far as that can be known. That somebody has,
// and nobody knows who, is what a likely CauseKilled means.
func judgeSender(d *Death, v *Verdict, sent string) {
	sig := d.Exit.Signal
	switch {
	case sent != "":
		v.EndedBy = sent
		v.Group = "sent by " + sent + "|" + v.Group // else nobody knows who has, or it did it itself
		v.note(fmt.Sprintf("%s sent it %s", sent, sig), profiling.Exact, "")
	case sig.String() == "SIGABRT" && v.Words < 0 && d.Master == "":
		v.Certainty = Likely
		d.judgeAbort(v)
	case sig.SelfMade() && sig.String() != "SIGABRT" && d.Master == "" && v.Crash:
		v.note("or somebody sent it "+sig.String()+": the kernel does not tell the two apart", profiling.Inferred, "fault-or-sent")
	case !sentFromOutside(sig) || d.Master != "" && !d.own(): // which says it; see judgeMaster
	case sig == procs.SIGKILL && judgeOOM(d, v):
	case d.endedByParent(sig):
		v.Certainty = Likely
		v.note("its parent, which lives, is taken to have ended it", profiling.Inferred, "ended-by-parent")
	default: // it may have sent it to itself
		v.Certainty = Likely
		if limit := d.CPULimit; limit > 0 && sig == procs.SIGKILL && !usedLess(d.Exit, limit) {
			if d.Exit.UserTime+d.Exit.SystemTime > 0 && v.Words < 0 {
				v.EndedBy, v.Headline = theKernel, fmt.Sprintf("SIGKILL: it had used up the %d s of CPU time that it was limited to", limit/time.Second)
			}
			v.note(fmt.Sprintf("its CPU time was limited to %d s, after which the kernel kills (ulimit -t)", limit/time.Second), profiling.Exact, "")
		}
	}
}

// judgeAbort tells of an abort that no words explain the last line on standard error, if that may
// say why. Who aborts prints what it likes, and where lines of others are among its own,
// or are not told apart from output, nobody knows that it has printed nothing of the kind.
func (d *Death) judgeAbort(v *Verdict) {
	const sent = "somebody may have sent it SIGABRT, as timeout -s and watchdogs do"
	lines, note := d.Own, "it printed that just before it ended"
	if !d.Signed && d.speaksAlone() {
		lines, note = d.Tail, "that was printed just before it ended, in an output that does not tell by whom"
	}
	text := d.lastComplaint(lines)
	switch {
	case text != "":
		v.Headline = oneLine(fmt.Sprintf("%s, last on stderr: %s", d.Exit.Signal, text), maxHeadline)
		v.Group += "|" + alike(text)
		v.note(note, profiling.Inferred, ruleLastLine)
		v.note("or "+sent, profiling.Inferred, "abort-or-sent")
	case len(lines) == 0 && len(d.Tail) == 0:
		v.note("it printed nothing that tells of an abort: "+sent, profiling.Inferred, "abort-or-sent")
	default:
		v.note("nothing that muster understands of its last lines tells of an abort: "+sent, profiling.Inferred, "abort-or-sent")
	}
}

// theKernel is who ends a process that has used up what it was limited to.
const theKernel = "the kernel"

// usedLess reports whether a process is known to have used less CPU time than that. The limit
// is looked at by another clock than that of the end, which may be behind.
func usedLess(e *procs.Exit, limit time.Duration) bool {
	used := e.UserTime + e.SystemTime
	return used > 0 && used+50*time.Millisecond < limit
}

// counted reports whether the kernel has counted a kill that may be this end.
func (o OOM) counted() bool { return o.GroupKills > 0 || o.MachineKills > 0 && o.GroupKills < 0 }

// judgeOOM finds out whether the kernel killed a process because memory ran
// out: memory.events of its cgroup counts such kills (cgroup-v2.rst), and
// oom_kill in /proc/vmstat those of the whole machine. It is certain only
// where one kill meets one death.
func judgeOOM(d *Death, v *Verdict) bool {
	o := d.OOM
	switch {
	case !o.counted():
		return false
	case o.GroupKills > 0:
		v.Certainty = Likely
		if o.GroupKills == 1 && o.GroupDeaths == 1 {
			v.Certainty = Certain
		}
		v.note(fmt.Sprintf("the kernel counted %d OOM kills in its cgroup just then", o.GroupKills), profiling.Exact, "")
	default:
		v.Certainty = Likely
		v.note(fmt.Sprintf("the kernel counted %d OOM kills on this machine just then", o.MachineKills), profiling.Exact, "")
	}
	v.Cause, v.Headline = CauseOOM, "killed by the kernel: memory ran out"
	if v.Certainty == Likely {
		v.Headline = "likely " + v.Headline
	}
	v.Group = "oom"
	if o.LimitBytes > 0 {
		v.note(fmt.Sprintf("its cgroup may use %d MiB", o.LimitBytes>>20), profiling.Exact, "")
	}
	return true
}
