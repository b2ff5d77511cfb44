package crash

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/muster/procs"
	"example.com/muster/profiling"
)

// A program that ends itself says why in a message, if at all: sys.exit prints what it is
// handed unless that is a number.

// exitHeadline is one line for a SystemExit: "exit 1: config file missing, at load.py:3 in load".
func (d *Death) exitHeadline(e *Exception) string {
	said := oneLine(e.Message, maxHeadline)
	if _, err := strconv.Atoi(said); err == nil || said == "True" { // which is a number in Python
		said = bareType(e.Type) + "(" + said + ")"
	} else if said == "" {
		said = bareType(e.Type)
	}
	how := fmt.Sprintf("exit %d: ", d.Exit.Code)
	where := place(e.Top())
	if where != "" {
		where = ", at " + where
	}
	return how + unstopped(oneLine(said, maxHeadline-len(how)-len(where))) + where
}

const (
	// exitsWithin is how soon a Python ends after it has printed the message of
	// sys.exit: it waits for its threads, and calls what atexit knows.
	exitsWithin = time.Second
	// linesAfterMessage is how much those may print.
	linesAfterMessage = 3
)

// ruleLastLine infers that the last line on standard error is why a process has ended.
const ruleLastLine = "last-on-stderr"

// judgeLastLine tells of a Python that ended with a code the last line on its standard error,
// if it may say why.
func (d *Death) judgeLastLine(v *Verdict) bool {
	text := d.lastComplaint(d.Own)
	if text == "" {
		return false
	}
	v.Headline = oneLine(fmt.Sprintf("exit %d, last on stderr: %s", d.Exit.Code, text), maxHeadline)
	v.Group += "|" + alike(text)
	note := "it printed that just before it ended"
	if d.Exit.Code == 1 && !d.Who.Abrupt {
		note += ", as sys.exit prints a message that it is handed"
	}
	v.note(note, profiling.Inferred, ruleLastLine)
	return true
}

// lastComplaint returns the last line on standard error in those that a process has written itself,
// if that came just before its end; "" if there is none or if it is a part of something else.
func (d *Death) lastComplaint(own []procs.Line) string {
	for k := len(own) - 1; k >= 0 && len(own)-k <= linesAfterMessage+1; k-- {
		l := &own[k]
		if l.Stream != procs.Stderr {
			continue
		}
		long := l.Cut || l.Partial || k > 0 && own[k-1].Stream == procs.Stderr && own[k-1].Cut
		words := slices.ContainsFunc(d.Words, func(w Words) bool { return (w.PID == 0 || w.PID == l.PID) && w.From <= l.Seq && l.Seq < w.sure() })
		if long || words || d.Exit.At.Sub(l.At).Abs() > exitsWithin {
			return ""
		}
		if text := complaint(l.Text); !d.ofTold(text) {
			return text
		}
		return ""
	}
	return ""
}

// ofTold reports whether a line is the end of a traceback that was told already, perhaps torn
// by another one.
func (d *Death) ofTold(line string) bool {
	return slices.ContainsFunc(d.Told, func(e Exception) bool {
		return e.Type != "" && strings.Contains(line, e.Type) || strings.HasPrefix(line, ":") || e.Message != "" && strings.HasSuffix(line, e.Message)
	})
}

// complaint returns a line, unless it is told by its form that it says no more than how it goes on.
func complaint(text []byte) string {
	line := strings.TrimRight(WithoutEscapes(string(text)), "\r \t")
	indented := strings.TrimLeft(line, " \t") != line
	if line == "" || indented || levelled(line) || strings.ContainsRune(line, '\r') { // which draws a progress bar
		return ""
	}
	return oneLine(line, maxHeadline)
}

// levelled reports whether a line names a level at which nothing is said to have failed.
func levelled(line string) bool { return goesOn(line) || warns(line) }

// goesOn reports whether a line is a record of how a program goes on.
func goesOn(line string) bool { return names(line, "DEBUG", "INFO") }

// warns reports whether a line is a warning.
func warns(line string) bool {
	return names(line, "WARN", "WARNING", "Warning", "UserWarning", "DeprecationWarning")
}

// names reports whether one of the words of a line is one of these.
func names(line string, these ...string) bool {
	for _, word := range strings.FieldsFunc(line, func(r rune) bool { return (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') }) {
		if slices.Contains(these, word) {
			return true
		}
	}
	return false
}

// bareType is a type without its module.
func bareType(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }
