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

// judgeCode judges an end by an exit code other than 0.
func judgeCode(d *Death, v *Verdict) {
	if w := v.words(d); w != nil {
		v.Crash = !w.WithParent() || !d.givenUp()
		return
	}
	v.Crash = d.own() || d.worker()
	code := d.Exit.Code
	if code == 0 {
		v.Headline = "exit 0 in the midst of a task"
		return
	}
	if runs(d.Who.Argv, "timeout") && code == 124 {
		v.Cause, v.Certainty = CauseTimeout, Likely // its command may have ended with 124 itself
		v.Headline = "exit 124: timeout(1) says that its command took too long"
	} else if words := pythonCode(code); words != "" && (runs(d.Who.Argv, "python") || runs(d.Who.Argv, "pypy")) && (code != 2 || d.refused()) {
		mixed := d.mixedWords() != nil
		if mixed {
			words = strings.TrimSuffix(words, noneSeen) // some were, as a note says
		}
		if code != 1 || mixed || !d.judgeLastLine(v) {
			v.Headline = fmt.Sprintf("exit %d: %s", code, words)
		}
	}
	for i := range d.Children {
		c := &d.Children[i]
		if code > 128 && c.Exit.Signal == procs.Signal(code-128) {
			v.Headline = fmt.Sprintf("exit %d: its child %s ended by %s", code, oneLine(c.Label, maxHeadline/4), c.Exit.Signal)
			v.note(fmt.Sprintf("its child %s (pid %d) ended by %s before", oneLine(c.Label, maxHeadline/4), c.PID, c.Exit.Signal), profiling.Exact, "")
			return
		}
	}
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
		return "as after an exception that nothing caught, or sys.exit with a message" + noneSeen
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
