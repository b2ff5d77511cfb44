package crash

import (
	"strings"
)

// message reads the further lines of an exception's message, notes included.
// In the margin of a group, in quotes and above a chain's separator the text
// itself shows where a message ends. At the end of a text only the time does:
// CPython prints a message by one call.
func (t *tracebackText) message(first string) string {
	var b strings.Builder
	b.WriteString(first)
	end := t.messageEnd()
	for ; t.i < end; t.i++ {
		s, ok := t.line(t.i)
		if !ok {
			s = t.drawn(t.i) // up to 3.12 only its first line has the margin
		}
		if b.Len() <= MaxMessage {
			b.WriteByte('\n')
			b.WriteString(s)
		}
	}
	return bounded(strings.TrimRight(b.String(), "\n "))
}

// messageEnd is the line behind a message whose second line would be the next.
func (t *tracebackText) messageEnd() int {
	if t.depth > 0 {
		return t.marginEnd()
	}
	if t.amid {
		return t.i
	}
	at := t.i - 1
	timed := t.i // up to here one call may have printed it
	for j := t.i; j-t.i < maxAhead; j++ {
		s, ok := t.line(j)
		if !ok {
			if t.quoted {
				return j
			}
			break
		}
		if how, _ := t.separator(j); how != "" {
			return j
		}
		if t.interrupts(s, j) {
			break
		}
		if j == t.v.len()-1 && t.v.partial(j) {
			t.cut = true
			if strings.HasPrefix(directCause, s) || strings.HasPrefix(whileHandling, s) {
				break
			}
		}
		if j == timed && j-t.i < maxMessage && t.v.atOnce(at, j) && !looksLogged(s) && !levelled(s) {
			timed++
		}
	}
	if t.quoted {
		return t.i
	}
	t.timed = timed - t.i
	return timed
}

// interrupts reports whether a line begins something else.
func (t *tracebackText) interrupts(s string, j int) bool {
	if isHeader(s) || strings.HasSuffix(s, groupHeader) || s == quotes {
		return true
	}
	return !t.quoted && beginsAnew(t.v.raw(j)) && !isFrame(s) || processName(s) != ""
}

// marginEnd is the end of a message in the margin of a group. Lines without
// a margin belong to it if others that have one follow.
func (t *tracebackText) marginEnd() int {
	end := t.i
	for j := t.i; j < t.v.len() && j-end < maxMessage; j++ {
		if _, ok := t.line(j); ok {
			if how, _ := t.separator(j); how != "" {
				return j
			}
			end = j + 1
			continue
		}
		if strings.HasPrefix(strings.TrimLeft(t.drawn(j), " "), "+-") {
			return j
		}
	}
	return end
}

// members reads the exceptions of a group, each under a numbered line.
func (t *tracebackText) members(e *Exception) {
	if t.depth == 0 || !strings.HasPrefix(t.drawn(t.i), indent(t.depth)+"+-+-") {
		return
	}
	in := *t
	in.depth, in.nested, in.quoted = t.depth+1, t.nested+1, false
	in.i++
	for in.nested <= maxNested {
		if s, ok := in.line(in.i); ok && in.begins(s) {
			m := in.chain().exception
			if len(e.Group) < maxGroup {
				e.Group = append(e.Group, m)
			}
		}
		for { // "and 3 more exceptions"
			if _, ok := in.line(in.i); !ok {
				break
			}
			in.i++
		}
		s := in.drawn(in.i)
		switch {
		case strings.HasPrefix(s, indent(in.depth)+"+---------------- "):
			in.i++
			continue
		case strings.HasPrefix(s, indent(in.depth)+"+-----"):
			in.i++
		case !strings.HasPrefix(s, indent(t.depth)+"|") && !strings.HasPrefix(strings.TrimLeft(s, " "), "+-"):
			// Only the innermost last member has a closing line.
			in.cut = in.cut || !t.closed(in.i-1)
		}
		break
	}
	t.i, t.cut, t.mixed = in.i, in.cut, in.mixed
}

// closed reports whether a line closes a group.
func (t *tracebackText) closed(i int) bool {
	return strings.Trim(t.drawn(i), " +-") == "" && t.drawn(i) != ""
}

// remoteType is the name of the exception whose text is a worker's traceback
// in quotes, "" if a line is not its first: multiprocessing/pool.py and
// concurrent/futures/process.py, and what is built like them.
func remoteType(s string) string {
	s = strings.TrimRight(s, ": ")
	if (strings.HasSuffix(s, ".RemoteTraceback") || strings.HasSuffix(s, "._RemoteTraceback")) && isQualifiedName(s) {
		return s
	}
	return ""
}

// remote reads a worker's text in its parent's quotes. The result is a stand-in
// of the remote type that has the worker's exception as its only group member.
func (t *tracebackText) remote() *Exception {
	s, _ := t.line(t.i)
	e := &Exception{Type: remoteType(s)}
	q, margin := t.line(t.i + 1)
	// Up to 3.12 the quotes within a group have no margin.
	bare := !margin && t.drawn(t.i+1) == quotes
	if q != quotes && !bare || t.nested >= maxNested {
		t.i++
		t.cut = true
		return e
	}
	in := *t
	in.i, in.quoted, in.nested, in.depth = t.i+2, true, t.nested+1, 0
	if t.depth > 0 && !bare {
		in.base = t.base + indent(t.depth) + "| "
	}
	e.Group = []*Exception{in.chain().exception}
	// What follows within the quotes is nothing that is known.
	for k := 0; k < maxAhead; k++ {
		if _, ok := in.line(in.i); !ok {
			break
		}
		in.i++
	}
	t.i, t.cut, t.mixed = in.i, in.cut, in.mixed
	if s := t.drawn(t.i); s == quotes || t.depth > 0 && s == indent(t.depth)+"| "+quotes {
		t.i++
	} else {
		t.cut = true
	}
	return e
}

// fetchedBy puts the parent's exception into a stand-in.
func fetchedBy(standIn, parent *Exception) {
	parent.How = "fetched"
	standIn.Chain = []*Exception{parent}
}

// unwrapRemote makes of a stand-in the worker's own exception, with its own
// causes and then the parent's as its chain.
func unwrapRemote(e *Exception) {
	if remoteType(e.Type) == "" || len(e.Group) != 1 {
		return
	}
	worker, parent, how := e.Group[0], e.Chain, e.How
	*e = *worker
	e.Chain = append(e.Chain[:len(e.Chain):len(e.Chain)], parent...)
	e.How = how
}

// parseBareSyntaxError reads the end of a program that could not be compiled:
// it has no header, as no code had run.
//
//	  File "x.py", line 1
//	    x = = 1
//	        ^
//	SyntaxError: invalid syntax
func parseBareSyntaxError(v *view, from int) ([]Words, int) {
	t := &tracebackText{v: v, i: from}
	var l frameList
	f, ok := pythonFrame(v.text(from))
	if !ok {
		return nil, from
	}
	l.add(f)
	t.i++
	for k := 0; k < 3 && strings.HasPrefix(v.text(t.i), "    "); k++ {
		if s := v.text(t.i); l.frames[0].Source == "" && strings.Trim(s, " ~^") != "" {
			l.frames[0].Source = bounded(strings.TrimSpace(s))
		}
		t.i++
	}
	typ, msg, ok := exceptionLine(v.text(t.i))
	if !ok || typ != "SyntaxError" && typ != "IndentationError" && typ != "TabError" || v.text(t.i) == typ && t.i == from+1 {
		return nil, from
	}
	markPythonLibrary(l.frames)
	cut := v.partial(t.i)
	t.i++
	w := Words{
		Format: PythonTraceback, Scope: EndsProcess, Cut: cut,
		Exception: &Exception{Type: typ, Message: bounded(msg), Frames: l.frames},
	}
	above := readAbove(v, from, "")
	w.Logged, w.Warned = above.logged, above.warned
	if above.scope != "" {
		w.Scope = above.scope
	}
	v.bound(&w, above.from, t.i)
	return []Words{w}, t.i
}
