package crash

import "strings"

const (
	// nodeVersion begins the line with which Node 17 and later end what they print of an
	// uncaught exception (src/node_errors.cc, TriggerUncaughtException).
	nodeVersion = "Node.js v"
	// nodeUncaught is what a thrown value that is no Error is told by.
	nodeUncaught = "Uncaught"
	// nodeFrame begins a line of a stack.
	nodeFrame = "    at "
)

// parseNode reads what Node prints of an exception that nothing has caught, and of an
// abort:
//
//	/srv/app/resize.js:3
//	  throw new RangeError('bad width')
//	  ^
//
//	RangeError: bad width
//	    at resize (/srv/app/resize.js:3:9)
//	    at node:internal/main/run_main_module:28:49
//
//	Node.js v20.20.2
//
// An error that a program has printed itself has no such last line, nor the first three.
func parseNode(v *view, from int) ([]Words, int) {
	first := v.text(from)
	switch {
	case isCarets([]byte(first)):
		return parseNodeException(v, from)
	case strings.HasPrefix(first, nodeUncaught+" "):
		return parseNodeFrom(v, from, strings.TrimPrefix(first, nodeUncaught+" "))
	}
	return parseNodeAbort(v, from, first)
}

// parseNodeException reads an exception around the carets under its line of source.
func parseNodeException(v *view, from int) ([]Words, int) {
	head, thrown, ok := nodeSource(v, from)
	if !ok {
		return nil, from
	}
	end, complete, mixed, nested := nodeEnd(v, from)
	t := nodeText{v: v, i: from + 1, end: end}
	t.skipBlank()
	if t.line(0) == nodeUncaught+":" { // above a value, in some versions
		t.i++
	}
	first := t.line(0)
	t.i++
	w := Words{Format: Node, Scope: EndsProcess, Cut: !complete, Exception: t.exception(first, 0)}
	if !complete {
		t.skipRest()
		if len(w.Exception.Frames) == 0 && !nested || t.i < end || end < v.len() && !mixed {
			return nil, from
		}
		w.Caught = !mixed // as far as it is known
	}
	w.Exception.thrownAt(thrown)
	if complete {
		end++
	}
	v.bound(&w, head, end)
	return []Words{w}, end
}

// nodeSource reads the place and the source above carets. Where the lines begin with them,
// as behind a prefix, it is not known.
func nodeSource(v *view, carets int) (head int, f Frame, ok bool) {
	if carets < 2 {
		return carets, Frame{}, true
	}
	head = carets - 2
	place := v.text(head)
	file, line, _ := splitPlace(place)
	if line == 0 || file == "" || strings.TrimLeft(place, " \t") != place || !v.atOnceOrShortlyAfter(head, carets) {
		return head, f, false
	}
	f = nodePlace(place)
	f.Source = bounded(strings.TrimSpace(v.text(carets - 1)))
	return head, f, true
}

// maxNode bounds the lines of one exception.
const maxNode = 1024

// nodeEnd finds the line of Node's version below carets. The message of a child that has failed
// may hold all that the child has printed, its version too: that is nested. It is mixed if
// another process may have begun to print in it.
func nodeEnd(v *view, carets int) (end int, complete, mixed, nested bool) {
	inner := 0
	for end = carets + 1; end < v.len() && end-carets < maxNode && v.atOnceOrShortlyAfter(carets, end); end++ {
		switch {
		case isNodeVersion(v.text(end)):
			if inner == 0 {
				return end, true, false, nested
			}
			inner--
		case end-carets > 2 && beginsNode(v, end):
			if v.line(carets).PID == 0 || inner >= maxNested {
				return end - 2, false, true, nested
			}
			inner++
			nested = true
		}
	}
	return end, false, false, nested
}

// beginsNode reports whether a line is that of the carets of an exception.
func beginsNode(v *view, i int) bool {
	if !isCarets(v.raw(i)) {
		return false
	}
	_, _, ok := nodeSource(v, i)
	return ok
}

func isNodeVersion(s string) bool {
	s, ok := strings.CutPrefix(s, nodeVersion)
	return ok && s != "" && s[0] >= '0' && s[0] <= '9' && !strings.Contains(s, " ")
}

// parseNodeFrom reads what V8 prints with --abort-on-uncaught-exception (Isolate::Throw):
//
//	Uncaught RangeError: bad width
//
//	FROM
//	resize (/srv/app/resize.js:3:9)
func parseNodeFrom(v *view, from int, first string) ([]Words, int) {
	i := from + 1
	message := first
	for i < v.len() && i-from < maxMessage && v.text(i) != "FROM" && !beginsAnew(v.raw(i)) {
		message += "\n" + v.text(i)
		i++
	}
	if v.text(i) != "FROM" || v.text(i-1) != "" || !v.atOnceOrShortlyAfter(from, i) {
		return nil, from
	}
	w := Words{Format: Node, Scope: EndsProcess, Exception: &Exception{}}
	w.Exception.Type, w.Exception.Message = nodeHead(strings.TrimSpace(message), true)
	var l frameList
	for i++; i < v.len(); i++ { // the last has no end of line
		f, ok := nodeCall(v.text(i))
		if !ok || f.File == "" {
			break
		}
		l.add(f)
	}
	w.Exception.Frames, w.Exception.Omitted = l.frames, l.omitted
	top := w.Exception.Top()
	w.Cut = top == nil || top.Library // more may follow
	v.bound(&w, from, i)
	return []Words{w}, i
}

// thrownAt adds where an exception was thrown if its stack does not say it: a
// SyntaxError's is that of who loads the file, and a value has none.
func (e *Exception) thrownAt(f Frame) {
	own := false
	for i := range e.Frames {
		g := &e.Frames[i]
		if g.File == f.File && g.Line == f.Line {
			g.Source = f.Source
			return
		}
		own = own || !g.Library
	}
	if f.File != "" && !f.Library && (!own || e.Type == "SyntaxError") {
		e.Frames = append([]Frame{f}, e.Frames[:min(len(e.Frames), maxFrames-1)]...)
	}
}
