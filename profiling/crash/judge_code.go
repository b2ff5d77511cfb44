package crash

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"example.com/muster/procs"
	"example.com/muster/profiling"
)

// RuleNoInput is what is inferred of who asks and finds that its input has nothing.
const RuleNoInput = "no-input"

// judgeCode judges an end by an exit code other than 0.
func judgeCode(d *Death, v *Verdict) {
	if w := v.words(d); w != nil {
		v.Crash = !w.WithParent() || !d.givenUp()
		if d.own() && w.noInput() {
			v.note("its input is empty: --output pty gives it a terminal, in which it can be answered", profiling.Inferred, RuleNoInput)
		}
		return
	}
	v.Crash = d.own() || d.worker()
	code := d.Exit.Code
	if code == 0 {
		v.Headline = "exit 0 in the midst of a task"
		return
	}
	if runs(d.Who.Argv, "timeout") && code == 124 && !d.endedBefore(124) {
		v.Cause, v.Certainty = CauseTimeout, Likely // its command may have ended with 124 itself
		v.Headline = "exit 124: timeout(1) says that its command took too long"
	} else if code == 124 && d.timedOutBelow() {
		v.Headline = "exit 124: timeout(1) below it says that its command took too long"
	} else if runs(d.Who.Argv, "python") || runs(d.Who.Argv, "pypy") {
		d.judgePython(v)
	}
	for i := range d.Children {
		c := &d.Children[i]
		if code > 128 && c.Exit.Signal == procs.Signal(code-128) {
			v.Headline = fmt.Sprintf("exit %d: its child %s ended by %s", code, oneLine(c.Label, maxHeadline/4), c.Exit.Signal)
			v.note(fmt.Sprintf("its child %s (pid %d) ended by %s before", oneLine(c.Label, maxHeadline/4), c.PID, c.Exit.Signal), profiling.Exact, "")
			return
		}
	}
	d.noteFailed(v)
}

// timedOutBelow reports whether a timeout(1) below a process has ended with the code of that.
func (d *Death) timedOutBelow() bool {
	return slices.ContainsFunc(slices.Concat(d.Children, d.Failed), func(c Child) bool {
		return c.Exit.Signal == 0 && c.Exit.Code == 124 && runs(c.Argv, "timeout")
	})
}

// timeoutKills reports whether timeout(1) is to send SIGKILL: to its group then, so that it
// ends by that as well (coreutils, timeout.c).
func timeoutKills(argv []string) bool {
	if !runs(argv, "timeout") {
		return false
	}
	for args := argv[1:]; len(args) > 0 && strings.HasPrefix(args[0], "-") && args[0] != "--"; args = args[1:] {
		arg := args[0]
		switch name, value, _ := strings.Cut(arg, "="); {
		case name == "--kill-after" || strings.HasPrefix(arg, "-k"):
			return true
		case arg == "-s" || arg == "--signal":
			if args = args[1:]; len(args) == 0 || isKill(args[0]) {
				return len(args) > 0
			}
		case name == "--signal" && isKill(value), strings.HasPrefix(arg, "-s") && isKill(arg[2:]):
			return true
		}
	}
	return false
}

func isKill(name string) bool {
	sig, err := procs.ParseSignal(name)
	return err == nil && sig == procs.SIGKILL
}

// endedBefore reports whether a process below it is known to have ended with that code itself.
func (d *Death) endedBefore(code int) bool {
	return slices.ContainsFunc(slices.Concat(d.Children, d.Failed), func(c Child) bool { return c.Exit.Signal == 0 && c.Exit.Code == code })
}

// judgePython judges a code of a Python that no words explain: by the last line on its standard
// error, else by what that code of Python's own means.
func (d *Death) judgePython(v *Verdict) {
	code := d.Exit.Code
	words := pythonCode(code)
	mixed := d.mixedWords() != nil
	switch {
	case code == 1 && d.Who.Abrupt:
		words = "its agent has seen neither an exception nor sys.exit: os._exit, or C code"
	case code == 1 && (mixed || d.tore()):
		words = strings.TrimSuffix(words, noneSeen) // some were: of others, as a note says, or torn
	case code == 2 && !d.refused():
		words = ""
	}
	switch {
	case code <= maxOwnCode && code != 120 && !mixed && d.judgeLastLine(v):
		if words != "" && (code != 1 || d.Who.Abrupt) { // what 1 means by itself is less than such a line
			v.note(fmt.Sprintf("exit %d: %s", code, words), profiling.Inferred, "code-of-python")
		}
	case words != "":
		v.Headline = fmt.Sprintf("exit %d: %s", code, words)
	}
}

// maxOwnCode is the last code that shells leave to programs.
const maxOwnCode = 125

// before is how long before an end something was, for a sentence.
func before(d time.Duration) time.Duration {
	if d < time.Second {
		return d.Round(time.Millisecond)
	}
	return d.Round(100 * time.Millisecond)
}

// maxFailed is how many of those are named that ended badly below a process.
const maxFailed = 3

// noteFailed names who had ended badly below a process whose code nothing explains, the
// last of them first: that may be the code of one of them, or count them, as of GNU parallel.
func (d *Death) noteFailed(v *Verdict) {
	failed := d.suspects()
	for i := range min(len(failed), maxFailed) {
		c := &failed[i]
		text := fmt.Sprintf("%s (pid %d) below it: %s, %s before", oneLine(c.Label, maxHeadline/4), c.PID, c.Exit, before(d.Exit.At.Sub(c.Exit.At)))
		if len(c.Argv) > 0 {
			text += ": " + oneLine(strings.Join(c.Argv, " "), maxHeadline/2)
		}
		v.note(text, profiling.Exact, "")
	}
	if more := len(failed) - maxFailed; more > 0 {
		v.note("and "+profiling.Count(more, "other", "others")+" earlier", profiling.Exact, "")
	}
}

// suspects are those below a process by whose end it may have failed, the newest first. Who
// may have answered by its code is left out, and beside others who was ended while its
// parent went on: a probe, a time limit.
func (d *Death) suspects() []Child {
	failed := slices.DeleteFunc(slices.Clone(d.Failed), func(c Child) bool { return c.answers() })
	slices.Reverse(failed)
	if slices.ContainsFunc(failed, func(c Child) bool { return !c.dismissed() }) {
		failed = slices.DeleteFunc(failed, func(c Child) bool { return c.dismissed() })
	}
	return failed
}

// dismissed reports whether the parent of a process is taken to have ended it, and went on.
func (c *Child) dismissed() bool {
	return c.Outlived && (c.Exit.Signal == procs.SIGKILL || c.Exit.Signal == procs.SIGTERM)
}

// answering are programs that answer a question by the code 1.
var answering = []string{"grep", "egrep", "fgrep", "rg", "test", "[", "diff", "cmp", "expr", "false", "which", "pgrep", "pidof", "readlink", "tput", "git"}

// answers reports whether a process may only have answered a question by its code: one of
// these, or of which nobody knows what it was, as it was so short.
func (c *Child) answers() bool {
	return c.Exit.Signal == 0 && c.Exit.Code == 1 && (len(c.Argv) == 0 || slices.Contains(answering, path.Base(c.Argv[0])))
}

// refusedWithin is how soon a program has ended that refuses its arguments.
const refusedWithin = time.Second

// refused reports whether a Python may have refused its arguments, or not found its
// script: it has just begun, on a command line of its own, and if it has printed
// anything, that complains.
func (d *Death) refused() bool {
	if d.worker() || d.Who.Started.IsZero() || d.Exit.At.Sub(d.Who.Started) > refusedWithin {
		return false
	}
	return len(d.Tail) == 0 || slices.ContainsFunc(d.Tail, func(l procs.Line) bool {
		text := bytes.ToLower(l.Text)
		return bytes.Contains(text, []byte("usage:")) || bytes.Contains(text, []byte("can't open file"))
	})
}

const noneSeen = "; none was seen"

// pythonCode explains the codes that CPython ends with by itself: pymain_run_python
// and Py_RunMain in Modules/main.c, and Process.exitcode of multiprocessing
// that was handed to sys.exit.
func pythonCode(code int) string {
	switch {
	case code == 1:
		return "as after sys.exit(1), or an exception that nothing caught" + noneSeen
	case code == 2:
		return "as after wrong arguments, or a script that cannot be opened"
	case code == 120:
		return "its standard output could not be flushed at the end"
	case code >= 256-31 && code < 255:
		return fmt.Sprintf("perhaps %d, as Python counts a child that ended by %s", code-256, procs.Signal(256-code))
	}
	return ""
}

// runs reports whether argv runs a program, whatever version its name ends in.
func runs(argv []string, program string) bool {
	if len(argv) == 0 {
		return false
	}
	return strings.TrimRight(path.Base(argv[0]), "0123456789.") == program
}
