package crash

import (
	"strings"

	"example.com/muster/internal/pattern"
)

// nodeText reads an error as Node prints it (lib/internal/util/inspect.js, formatError):
// its message, its stack, and its properties in braces, its cause among them.
type nodeText struct {
	v *view
	// i is the next line, end the one behind the last.
	i, end int
}

// line returns the next line without its margin; one that does not have it is "".
func (t *nodeText) line(margin int) string {
	if t.i >= t.end {
		return ""
	}
	s := t.v.text(t.i)
	if len(s) < margin || strings.Trim(s[:margin], " ") != "" {
		return ""
	}
	return s[margin:]
}

// outside reports whether the next line is not of an error with that margin.
func (t *nodeText) outside(margin int) bool {
	return t.i >= t.end || margin > 0 && t.line(margin) == "" && t.v.text(t.i) != ""
}

func (t *nodeText) skipBlank() {
	for t.i < t.end && t.v.text(t.i) == "" {
		t.i++
	}
}

// skipRest passes what stands behind an error: where it was emitted.
func (t *nodeText) skipRest() {
	for ; t.i < t.end; t.i++ {
		if s := t.v.text(t.i); s != "" && !strings.HasPrefix(s, "    ") && !strings.HasPrefix(s, nodeEmitted) && s != "}" && !t.v.partial(t.i) {
			return
		}
	}
}

// exception reads an error whose first line has been taken.
func (t *nodeText) exception(first string, margin int) *Exception {
	e := &Exception{}
	head, bare, open := t.head(first, margin)
	var l frameList
	if !bare {
		open = t.stack(&l, margin)
	}
	e.Type, e.Message = nodeHead(strings.TrimSpace(head), bare || len(l.frames) > 0)
	e.Frames, e.Omitted = l.frames, l.omitted
	if e.Type == unhandledRejection { // its frames are Node's machinery, which is the same for each
		e.Message, e.Frames = strings.TrimPrefix(e.Message, rejectionWords), nil
	}
	if open && margin <= 4*maxNested {
		t.properties(e, margin)
	}
	return e
}

// What is said of a promise that was rejected with something else than an Error
// (lib/internal/process/promises.js).
const (
	unhandledRejection = "UnhandledPromiseRejection"
	rejectionWords     = "This error originated either by throwing inside of an async function without a catch block, " +
		"or by rejecting a promise which was not handled with .catch(). "
)

// head reads the lines above a stack. An error without one stands in brackets: it is bare.
func (t *nodeText) head(first string, margin int) (head string, bare, open bool) {
	var b strings.Builder
	bracket := strings.HasPrefix(first, "[") && !strings.HasPrefix(first, "[ ")
	inner := 0 // whole exceptions of children in the message
	for s := first; ; t.i++ {
		if rest, open, ok := closes(s, "]"); bracket && ok {
			b.WriteString(rest)
			return b.String()[1:], true, open
		}
		if b.Len() <= MaxMessage {
			b.WriteString(s)
			b.WriteByte('\n')
		}
		if t.outside(margin) || inner == 0 && t.stackBegins(margin) {
			return b.String(), false, false
		}
		switch s = t.line(margin); {
		case isNodeVersion(s) && inner > 0:
			inner--
		case margin == 0 && beginsNode(t.v, t.i):
			inner++
		}
	}
}

// What stands below a value that was thrown, without and with --trace-uncaught, and below
// the stack of an error that an EventEmitter could hand to nobody.
const (
	nodeHint     = "(Use `"
	nodeThrownAt = "Thrown at:"
	nodeEmitted  = "Emitted 'error' event"
)

// stackBegins reports whether a message ends above the next line.
func (t *nodeText) stackBegins(margin int) bool {
	s := t.line(margin)
	return strings.HasPrefix(s, nodeFrame) || s == nodeThrownAt || strings.HasPrefix(s, nodeHint) && strings.Contains(s, " --trace-uncaught ...`")
}

// stack reads frames, and reports whether properties of the error follow.
func (t *nodeText) stack(l *frameList, margin int) (open bool) {
	if t.line(margin) == nodeThrownAt {
		t.i++
	}
	emitted := false
	for ; t.i < t.end; t.i++ {
		if t.v.partial(t.i) { // a frame may be cut anywhere
			continue
		}
		s := t.line(margin)
		s, open, _ = closes(s, "")
		call, ok := strings.CutPrefix(s, nodeFrame)
		switch {
		case ok:
			if f, ok := nodeCall(call); ok && !emitted {
				l.add(f)
			}
		case strings.HasPrefix(s, nodeEmitted):
			emitted = true // the frames below are of who emitted it
		case strings.HasPrefix(s, "    ... "), strings.HasPrefix(s, "    [... "), strings.HasPrefix(s, "        -> "):
		default:
			return false
		}
		if open {
			t.i++
			return true
		}
	}
	return false
}

// closes takes what ends an error off a line, and reports whether its properties follow.
func closes(s, end string) (rest string, open, ok bool) {
	if rest, ok := strings.CutSuffix(s, end+" {"); ok {
		return rest, true, true
	}
	rest, ok = strings.CutSuffix(strings.TrimSuffix(s, ","), end)
	return rest, false, ok
}

// properties reads up to the brace that closes them.
func (t *nodeText) properties(e *Exception, margin int) {
	for t.i < t.end {
		s := t.line(margin)
		if t.outside(margin) {
			return
		}
		t.i++
		if s == "}" || s == "}," {
			return
		}
		if cause, ok := cutAny(s, "  [cause]: ", "  cause: "); ok && t.isError(cause, margin+2) {
			c := t.exception(cause, margin+2)
			c.How = "cause"
			e.Chain = append([]*Exception{c}, c.Chain...)
			c.Chain = nil
		} else if s == "  [errors]: [" || s == "  errors: [" {
			t.members(e, margin+4)
		}
	}
}

// members reads the errors of an AggregateError.
func (t *nodeText) members(e *Exception, margin int) {
	for !t.outside(margin - 2) {
		first := t.line(margin)
		if first == "" || !t.isErrorAt(first, margin) {
			if s := t.line(margin - 2); s == "]" || s == "]," {
				t.i++
				return
			}
			t.i++
			continue
		}
		t.i++
		m := t.exception(first, margin)
		if len(e.Group) < maxGroup {
			e.Group = append(e.Group, m)
		}
	}
}

// isErrorAt is isError of the next line itself.
func (t *nodeText) isErrorAt(s string, margin int) bool {
	t.i++
	defer func() { t.i-- }()
	return t.isError(s, margin)
}

// isError reports whether a property's value is an error: it has a stack below it, or is named so.
func (t *nodeText) isError(s string, margin int) bool {
	if strings.HasPrefix(t.line(margin), nodeFrame) {
		return true
	}
	name := nodeName().FindString(strings.TrimPrefix(s, "["))
	return isErrorName(name)
}

// nodeName is how an error's first line begins, with its code: "Error [ERR_ASSERTION]".
var nodeName = pattern.Later(`^[A-Za-z_$][\w$.]*( \[[\w$. ]+\])?`)

func isErrorName(name string) bool {
	return strings.Contains(name, "Error") || strings.Contains(name, "Exception")
}

// maxNodeName bounds a name that has other characters than such names have: "Invariant Violation".
const maxNodeName = 64

// nodeHead splits what stands above a stack. A value that was thrown and is
// no error is a message only.
func nodeHead(head string, isError bool) (typ, message string) {
	name := nodeName().FindString(head)
	rest := head[len(name):]
	switch first, more, ok := strings.Cut(head, ": "); {
	case name != "" && (isError || isErrorName(name)) && (rest == "" || rest[0] == '\n'):
		message = rest
	case name != "" && (isError || isErrorName(name)) && strings.HasPrefix(rest, ": "):
		message = rest[2:]
	case isError && ok && len(first) <= maxNodeName && !strings.Contains(first, "\n"):
		name, message = first, more
	default:
		name, message = nodeUncaught, head
	}
	if class, code, ok := strings.Cut(name, " ["); ok && code != strings.ToUpper(code) { // "ConfigError [Error]"
		name = class
	}
	return bounded(name), bounded(strings.TrimSpace(message))
}
