package crash

import "strings"

// What Node and V8 print before they abort (src/node_errors.cc, OnFatalError; src/debug_utils.cc,
// Abort and Assert; deps/v8/src/base/logging.cc, V8_Fatal).
const (
	nodeFatal       = "FATAL ERROR: "
	nodeNativeStack = "----- Native stack trace -----"
	nodeScriptStack = "----- JavaScript stack trace -----"
	nodeAssertion   = "  #  Assertion failed: "
	v8Fatal         = "# Fatal error in "
	// outOfMemory ends what is said where V8's heap has reached its limit.
	outOfMemory = "JavaScript heap out of memory"
)

// parseNodeAbort reads what stands above a stack of machine code, and the stack of
// JavaScript below that where there is one:
//
//	FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory
//	----- Native stack trace -----
//
//	 1: 0xb78db3 node::OOMErrorHandler(char const*, v8::OOMDetails const&) [node]
//
// A process.abort() has nothing above it.
func parseNodeAbort(v *view, from int, first string) ([]Words, int) {
	e, head, next := nodeAbortHead(v, from, first)
	if e == nil {
		return nil, from
	}
	w := Words{Format: NodeAbort, Scope: EndsProcess, Exception: e}
	end, complete, ok := e.abortStacks(v, next)
	if !ok && (e.Type != "FATAL ERROR" || !outOfHeap(v, from)) || end == from+1 && first == nodeNativeStack {
		return nil, from
	}
	w.Cut = v.partial(end-1) || !complete && (e.Type == "abort" || e.Type == "assertion failed") // which JavaScript has called
	v.bound(&w, head, end)
	return []Words{w}, end
}

// nodeAbortHead reads what stands above the stacks, from the line head on; nil if it is nothing
// of the kind.
func nodeAbortHead(v *view, from int, first string) (e *Exception, head, next int) {
	if first == nodeNativeStack {
		return &Exception{Type: "abort"}, from, from
	}
	if message, ok := strings.CutPrefix(first, nodeFatal); ok {
		return &Exception{Type: "FATAL ERROR", Message: bounded(message)}, from, from + 1
	}
	if message, ok := strings.CutPrefix(first, nodeAssertion); ok && from > 0 {
		e := &Exception{Type: "assertion failed", Message: bounded(message)}
		if e.assertedAt(v.text(from - 1)) {
			return e, from - 1, from + 1
		}
		return nil, from, from
	}
	message, ok := strings.CutPrefix(v.text(from+1), "# ")
	if !ok || !strings.HasPrefix(first, v8Fatal) {
		return nil, from, from
	}
	for next = from + 2; next < v.len() && next-from < maxUnknown && strings.HasPrefix(v.text(next), "#"); {
		next++
	}
	head = from
	if from > 0 && v.text(from-1) == "#" {
		head--
	}
	return &Exception{Type: "Fatal error", Message: bounded(message)}, head, next
}

// outOfHeap reports whether V8 has told of its heap above a line.
func outOfHeap(v *view, i int) bool {
	for k := i - 1; k >= 0 && k >= i-3; k-- {
		if v.text(k) == "<--- JS stacktrace --->" {
			return true
		}
	}
	return false
}

// assertedAt reads where an assertion of Node's own has failed:
//
//	#  node[1907]: static void node::TTYWrap::New(const v8::FunctionCallbackInfo<v8::Value>&) at ../src/tty_wrap.cc:126
func (e *Exception) assertedAt(s string) bool {
	s, ok := strings.CutPrefix(s, "  #  ")
	i := strings.LastIndex(s, " at ")
	if !ok || i < 0 {
		return false
	}
	file, line, _ := splitPlace(s[i+4:])
	_, function, ok := strings.Cut(s[:i], "]: ")
	if !ok || line == 0 {
		return false
	}
	e.Frames = []Frame{{File: bounded(file), Line: line, Function: bounded(function), Library: true}}
	return true
}

// abortStacks reads both stacks. That of machine code is of V8's and Node's own
// functions, and tells nobody anything; complete says that it is not the last.
func (e *Exception) abortStacks(v *view, i int) (end int, complete, ok bool) {
	end = i
	i = pastBlank(v, i)
	if v.text(i) == nodeNativeStack {
		ok = true
		end = i + 1
		i = pastBlank(v, end)
	}
	for i < v.len() && isNativeCall(v.text(i)) {
		i++
		end, ok = i, true
	}
	i = pastBlank(v, i)
	if !ok || v.text(i) != nodeScriptStack {
		return end, false, ok
	}
	end = i + 1
	l := frameList{frames: e.Frames}
	for i = pastBlank(v, end); i < v.len() && !v.partial(i); i++ {
		call, is := cutNumber(v.text(i))
		f, has := nodeCall(call)
		if !is || !has {
			break
		}
		l.add(f)
		end, complete = i+1, true
	}
	e.Frames, e.Omitted = l.frames, l.omitted
	return end, complete, ok
}

func pastBlank(v *view, i int) int {
	for i < v.len() && v.text(i) == "" {
		i++
	}
	return i
}

// isNativeCall tells lines such as " 1: 0xb78db3 node::Abort() [node]".
func isNativeCall(s string) bool {
	call, ok := cutNumber(s)
	return ok && strings.HasPrefix(call, "0x")
}

// cutNumber takes the number off a line of a stack.
func cutNumber(s string) (call string, ok bool) {
	number, call, ok := strings.Cut(strings.TrimLeft(s, " "), ": ")
	return call, ok && number != "" && strings.Trim(number, "0123456789") == ""
}
