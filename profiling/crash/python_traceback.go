package crash

import (
	"strconv"
	"strings"
)

// What CPython prints of exceptions (Lib/traceback.py, TracebackException.format,
// and up to 3.12 Python/pythonrun.c, PyErr_Display).
const (
	directCause   = "The above exception was the direct cause of the following exception:"
	whileHandling = "During handling of the above exception, another exception occurred:"
	groupHeader   = "Exception Group " + tracebackHeader
	quotes        = `"""`
)

// The bounds of what is kept of one traceback.
const (
	maxChain   = 16   // exceptions of a chain: the nearest
	maxGroup   = 64   // members of a group: the first
	maxNested  = 12   // groups within groups, and quotes within quotes
	maxMessage = 64   // lines of a message that nothing but the time tells from later output
	maxAhead   = 4096 // lines that are searched for what proves a message to go on
	maxStrange = 8    // lines of others within a traceback
)

// tracebackText reads exceptions. Its position is between lines; a line
// belongs to it if it carries the margin.
//
//	                                   where the position is
//	Traceback (most recent call last): begin
//	  File "x.py", line 3, in f        frames
//	    raise ValueError("bad width")  frames
//	ValueError: bad width              exception
//	for a.jpg                          message
//	                                   chain
//	During handling of the above ...   chain
//
// In the drawing of a group each of these lines has a margin:
//
//   - Exception Group Traceback (most recent call last):
//     |   File "x.py", line 3, in f
//     | ExceptionGroup: several (2 sub-exceptions)
//     +-+---------------- 1 ----------------
//     | ValueError: bad width
//     +---------------- 2 ----------------
//     | TypeError: bad height
//     +------------------------------------
type tracebackText struct {
	v *view
	i int // the next line
	// base is the margin of the text as a whole: that of a group whose
	// member quotes it.
	base string
	// depth of the drawing: 0 is outside of any group.
	depth int
	// quoted text ends at three quotes.
	quoted bool
	// nested counts the texts around this one.
	nested int
	// amid: the text is mixed with one that began before it.
	amid bool
	// cut: the text stopped too early, or is mixed with others'.
	cut bool
	// mixed: another traceback began in the middle of this one.
	mixed bool
	// timed is how many of its last lines belong to it as far as the time tells.
	timed int
}

// indent is what stands before the drawing at a depth.
func indent(depth int) string { return strings.Repeat("  ", depth) }

// line returns a line without its margin. It is not ok where the text ends.
func (t *tracebackText) line(i int) (string, bool) {
	if i >= t.v.len() {
		return "", false
	}
	s, ok := strings.CutPrefix(t.v.text(i), t.base)
	if !ok {
		return "", false
	}
	if t.depth > 0 {
		if s, ok = strings.CutPrefix(s, indent(t.depth)+"|"); !ok {
			return "", false
		}
		s = strings.TrimPrefix(s, " ")
	}
	if t.quoted && s == quotes {
		return "", false
	}
	return s, true
}

// drawn returns a line of the drawing itself, without the text's base margin.
func (t *tracebackText) drawn(i int) string {
	s, ok := strings.CutPrefix(t.v.text(i), t.base)
	if !ok {
		return ""
	}
	return s
}

// parsePython reads a traceback and what CPython prints above one.
func parsePython(v *view, from int) ([]Words, int) {
	t := &tracebackText{v: v, i: from, amid: v.mixedAt == from}
	first := v.text(from)
	switch {
	case strings.HasSuffix(first, tracebackHeader) && framesFollow(v, from):
	case remoteType(first) != "" && v.text(from+1) == quotes:
	case isFrame(first) && !strings.Contains(first, ", in "):
		return parseBareSyntaxError(v, from)
	default:
		return nil, from
	}
	c := t.chain()
	w := Words{Format: PythonTraceback, Exception: c.exception, Cut: t.cut}
	above := readAbove(v, from, first)
	w.Thread, w.Process, w.Logged, w.Warned = above.thread, above.process, above.logged, above.warned
	w.Scope, w.Caught = scopeOf(above, c.outermost)
	found := []Words{w}
	switch {
	case t.amid:
		// Frames of two tracebacks cannot be told apart, nor their messages' owners.
		found[0].Cut = true
		found[0].Exception.Frames, found[0].Exception.Omitted = nil, 0
		found[0].Scope, found[0].Caught = EndsNothing, false
		found = append(found, t.leftOver()...)
	case t.mixed:
		v.mixedAt = t.i
	}
	v.bound(&found[0], above.from, t.i)
	if t.timed > 0 {
		found[0].Timed = v.line(t.i - t.timed).Seq
	}
	if e := found[0].Exception; e.Type == "" && len(e.Frames) == 0 {
		found = found[1:]
	}
	return found, max(t.i, from+1)
}

// framesFollow tells a traceback from a line that only speaks of one.
func framesFollow(v *view, header int) bool {
	n := header + 1
	if strings.HasSuffix(v.text(header), groupHeader) && v.text(header) != groupHeader {
		return strings.HasPrefix(v.text(n), "  |   File \"")
	}
	// Another worker's header may have come between.
	for k := 0; k < maxStrange && v.line(header).PID == 0 && isHeader(v.text(n)); k++ {
		n++
	}
	return isFrame(v.text(n))
}

func isHeader(s string) bool { return s == tracebackHeader }

// isFrame reports whether a line names a file: of a frame, or of the text that
// a SyntaxError is about.
func isFrame(s string) bool { return strings.HasPrefix(s, `  File "`) }

// leftOver reads the exceptions of the other tracebacks of a mixed text: their
// last lines follow each other.
func (t *tracebackText) leftOver() []Words {
	var more []Words
	for len(more) < maxStrange {
		s, ok := t.line(t.i)
		typ, msg, is := exceptionLine(s)
		if !ok || !is || !looksLikeType(typ) {
			break
		}
		w := Words{
			Format: PythonTraceback, Scope: EndsNothing, Cut: true,
			Exception: &Exception{Type: typ, Message: bounded(msg)},
		}
		t.i++
		t.v.bound(&w, t.i-1, t.i)
		more = append(more, w)
	}
	return more
}

// chained is a chain of exceptions that has been read.
type chained struct {
	exception *Exception
	// outermost is the last exception's outermost frame, where there is one:
	// it tells where that was caught.
	outermost *Frame
}

// chain reads exceptions that follow from each other, the last one being what
// the text is about.
func (t *tracebackText) chain() chained {
	var links []*Exception
	var outermost *Frame
	for {
		e, remote := t.one()
		outermost = nil
		if n := len(e.Frames); n > 0 {
			f := e.Frames[n-1]
			outermost = &f
		}
		if n := len(links); n > 0 && remoteType(links[n-1].Type) != "" && links[n-1].How == "cause" {
			// The parent's exception takes its place behind that of its worker.
			fetchedBy(links[n-1], e)
			links[n-1].How = ""
		} else {
			links = append(links, e)
		}
		if len(links) > maxChain {
			links = links[len(links)-maxChain:]
		}
		how, next := t.separator(t.i)
		if how == "" {
			t.cut = t.cut || remote // a parent always follows
			break
		}
		links[len(links)-1].How = how
		t.i = next
		if s, ok := t.line(next); !ok || !t.begins(s) {
			t.cut = true
			break
		}
	}
	last := links[len(links)-1]
	unwrapRemote(last)
	last.How = ""
	for i := len(links) - 2; i >= 0; i-- {
		unwrapRemote(links[i])
		own := links[i].Chain
		links[i].Chain = nil
		last.Chain = append(append(last.Chain, links[i]), own...)
	}
	last.Chain = last.Chain[:min(len(last.Chain), maxChain)]
	return chained{last, outermost}
}

// begins reports whether a line begins an exception of a chain.
func (t *tracebackText) begins(s string) bool {
	if isHeader(s) || s == groupHeader || remoteType(s) != "" || strings.HasPrefix(s, "  + "+groupHeader) {
		return true
	}
	_, _, ok := exceptionLine(s)
	return ok
}

// separator reads what stands between two exceptions of a chain: a sentence
// with blank lines around it.
func (t *tracebackText) separator(i int) (how string, next int) {
	for k := 0; k < 2; k++ {
		s, ok := t.line(i)
		if !ok {
			return "", i
		}
		switch s {
		case directCause:
			how = "cause"
		case whileHandling:
			how = "context"
		case "":
			i++
			continue
		}
		break
	}
	if how == "" {
		return "", i
	}
	if s, ok := t.line(i + 1); ok && s == "" {
		i++
	}
	return how, i + 1
}

// one reads one exception, and reports whether it is a worker's in its parent's
// quotes.
func (t *tracebackText) one() (e *Exception, remote bool) {
	s, _ := t.line(t.i)
	if remoteType(s) != "" {
		return t.remote(), true
	}
	if t.depth == 0 && strings.HasSuffix(s, groupHeader) && s != groupHeader {
		in := *t
		in.depth, in.i = 1, t.i+1
		e = in.body()
		t.i, t.cut, t.mixed = in.i, in.cut, in.mixed
		return e, false
	}
	if strings.HasSuffix(s, tracebackHeader) {
		t.i++
	}
	return t.body(), false
}

// body reads frames, the exception and its message, and a group's members.
func (t *tracebackText) body() *Exception {
	e := &Exception{}
	var l frameList
	t.frames(&l)
	markPythonLibrary(l.frames)
	e.Omitted = l.omitted
	e.Frames = l.reversed()
	s, ok := t.line(t.i)
	typ, msg, is := exceptionLine(s)
	if !ok || !is || t.mixed {
		t.cut = true
		return e
	}
	if t.v.partial(t.i) {
		t.cut = true
		if !strings.Contains(s, ":") {
			typ = "" // it may go on
		}
	}
	e.Type = strings.TrimPrefix(typ, "__main__.") // as 3.8 to 3.10 write it
	t.i++
	e.Message = t.message(msg)
	t.members(e)
	return e
}

// frames reads frames up to the line of the exception.
func (t *tracebackText) frames(l *frameList) {
	for {
		s, ok := t.line(t.i)
		switch {
		case !ok:
			return
		case isFrame(s):
			f, ok := pythonFrame(s)
			if !ok {
				if t.i == t.v.len()-1 { // as far as it has come
					t.i++
				}
				return
			}
			l.add(f)
		case strings.HasPrefix(s, "  [Previous line repeated "):
			n, _ := strconv.Atoi(strings.Fields(s)[3])
			if f := l.last(); f != nil && n > 0 && n < 1<<30 {
				f.Repeated += n
			}
		case strings.HasPrefix(s, "    "):
			if f := l.last(); f != nil && f.Source == "" && strings.Trim(s, " ~^") != "" {
				f.Source = bounded(strings.TrimSpace(s))
			}
		case strings.HasPrefix(s, "  "):
			// Nothing that CPython prints, but no end either.
		case !t.skipStrangers(s):
			return
		}
		t.i++
	}
}

// skipStrangers decides about a line within the frames that is not one: it
// is the exception, or somebody else's, in which case the position moves to the
// line before the one that goes on.
func (t *tracebackText) skipStrangers(s string) bool {
	if isHeader(s) {
		t.mixed, t.cut = true, true
		return false
	}
	_, _, is := exceptionLine(s)
	for k := 1; k <= maxStrange; k++ {
		next, ok := t.line(t.i + k)
		if !ok || isHeader(next) {
			return false
		}
		if isFrame(next) && strings.Contains(next, ", in ") {
			t.cut = true
			t.i += k - 1
			return true
		}
		typ, _, ends := exceptionLine(next)
		if is {
			return false
		}
		if ends && looksLikeType(typ) {
			t.cut = true
			t.i += k // the exception itself
			return false
		}
	}
	return false
}

// pythonFrame reads `  File "x.py", line 3, in f`. The file's name may hold
// anything, so the line is read from its end.
func pythonFrame(s string) (Frame, bool) {
	s = strings.TrimPrefix(s, `  File "`)
	i := strings.LastIndex(s, `", line `)
	if i < 0 {
		return Frame{}, false
	}
	f := Frame{File: bounded(s[:i])}
	number, function, _ := strings.Cut(s[i+len(`", line `):], ", in ")
	n, err := strconv.Atoi(strings.TrimSpace(number))
	if err != nil {
		return Frame{}, false
	}
	f.Line, f.Function = n, bounded(function)
	return f, true
}

// exceptionLine reads `ValueError: bad width`, or a type alone.
func exceptionLine(s string) (typ, message string, ok bool) {
	typ, message, colon := strings.Cut(s, ":")
	if !colon {
		typ = strings.TrimRight(s, " ")
	}
	if colon && message != "" && message[0] != ' ' || !isQualifiedName(typ) {
		return "", "", false
	}
	switch typ {
	case "DEBUG", "INFO", "WARN", "WARNING", "ERROR", "CRITICAL", "FATAL", "NOTSET":
		return "", "", false
	}
	return typ, strings.TrimPrefix(message, " "), true
}

// isQualifiedName reports whether s is a name with dots: "queue.Empty",
// "app.f.<locals>.Bad".
func isQualifiedName(s string) bool {
	if s == "" || len(s) > 512 {
		return false
	}
	for _, part := range strings.Split(s, ".") {
		if part == "<locals>" {
			continue
		}
		for i, r := range part {
			letter := r == '_' || r|0x20 >= 'a' && r|0x20 <= 'z' || r >= 0x80
			if !letter && (i == 0 || r < '0' || r > '9') {
				return false
			}
		}
		if part == "" {
			return false
		}
	}
	return true
}

// looksLikeType reports whether a name is built as exceptions' names are. It is
// asked where a line stands among others'.
func looksLikeType(typ string) bool {
	for _, end := range []string{"Error", "Exception", "Interrupt", "Exit", "Warning", "Group", "Empty", "Full", "Timeout"} {
		if strings.HasSuffix(typ, end) {
			return true
		}
	}
	return strings.HasPrefix(typ, "Stop") && strings.HasSuffix(typ, "Iteration")
}
