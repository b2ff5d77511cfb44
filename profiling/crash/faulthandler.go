package crash

import (
	"slices"
	"strconv"
	"strings"
)

// What faulthandler and CPython's fatal errors print (Python/traceback.c,
// Modules/faulthandler.c, fatal_error in Python/pylifecycle.c).
const (
	fatalPython = "Fatal Python error: "
	mostRecent  = " (most recent call first):"
	cStack      = "Current thread's C stack trace" + mostRecent
)

// maxDumped is how many frames of a stack CPython dumps (MAX_FRAME_DEPTH).
const maxDumped = 100

// maxOthers bounds how many different stacks of other threads are kept.
const maxOthers = 128

// parseFaulthandler reads a dump of Python stacks.
//
//	Fatal Python error: Segmentation fault        what
//	                                              what
//	Thread 0x00007f89 (most recent call first):   stacks
//	  File "x.py", line 5 in work                 stacks
//	                                              stacks
//	Current thread 0x00007f8b (most recent ...):  stacks
//	  File "x.py", line 9 in <module>             stacks
//	                                              stacks
//	Current thread's C stack trace (most ...):    stacks, from 3.14 on
//	  Binary file "/usr/bin/python3", at f+0x42   stacks
//	                                              stacks
//	Extension modules: numpy.core (total: 1)      end
//
// The same without its first lines is a dump that was asked for.
func parseFaulthandler(v *view, from int) ([]Words, int) {
	first := v.text(from)
	w := Words{Format: Faulthandler, Scope: EndsNothing, Exception: &Exception{Type: "stack dump"}}
	i := from
	message, fatal := strings.CutPrefix(first, fatalPython)
	switch {
	case fatal:
		w.Scope = EndsProcess
		w.Exception.Type, w.Exception.Message = strings.TrimSuffix(fatalPython, ": "), bounded(message)
		i = skipToStacks(v, from+1)
	case strings.HasPrefix(first, "Timeout (") && strings.HasSuffix(first, ")!") && isStackHeader(v.text(from+1)):
		w.Exception.Type, w.Exception.Message = "timeout", bounded(strings.TrimSuffix(strings.TrimPrefix(first, "Timeout ("), ")!"))
		i++
	case isStackHeader(first) && first != cStack && pythonStackFollows(v, from+1):
	default:
		return nil, from
	}
	d := dump{v: v, i: i}
	d.read()
	if w.Exception.Type == "timeout" && !d.sawCurrent {
		d.mainIsCurrent()
	}
	w.Exception.Frames, w.Thread, w.Others = d.current, d.thread, d.others.stacks
	w.Cut = d.cut || !d.sawCurrent && (fatal || d.others.count == 0) && !d.ended || d.i > from && v.partial(d.i-1)
	v.bound(&w, from, max(d.i, from+1))
	return []Words{w}, max(d.i, from+1)
}

// skipToStacks passes what stands between a fatal error and its stacks: the
// runtime's state, and an exception that was set.
func skipToStacks(v *view, i int) int {
	for k := i; k < v.len() && k < i+maxMessage; k++ {
		s := v.text(k)
		if isStackHeader(s) {
			return k
		}
		if beginsAnew(v.raw(k)) && !strings.HasSuffix(s, tracebackHeader) && !isFrame(s) {
			break
		}
	}
	return i
}

// isStackHeader reports whether a line says whose stack follows.
func isStackHeader(s string) bool {
	return strings.HasSuffix(s, mostRecent) && (strings.HasPrefix(s, "Thread 0x") ||
		strings.HasPrefix(s, "Current thread") || strings.HasPrefix(s, "Stack"))
}

// pythonStackFollows tells a dump from a line that only looks like its header.
func pythonStackFollows(v *view, i int) bool {
	_, ok := faulthandlerFrame(v.text(i))
	return ok || strings.HasPrefix(v.text(i), "  <") || strings.HasPrefix(v.text(i), "  Garbage-collecting")
}

// dump reads the stacks of a faulthandler dump.
type dump struct {
	v          *view
	i          int
	current    []Frame
	thread     string
	sawCurrent bool
	ended      bool // a line was seen that stands at the end only
	elided     bool // not all threads are there
	cut        bool
	others     stackSet
}

func (d *dump) read() {
	for d.i < d.v.len() {
		s := d.v.text(d.i)
		switch {
		case isStackHeader(s):
			d.i++
			d.stack(strings.TrimSuffix(s, mostRecent), s == cStack)
			continue
		case strings.HasPrefix(s, "Extension modules: "):
			d.i++
			d.ended = true
			return
		case s == "...", strings.HasPrefix(s, "<Cannot show all threads"): // more than 100
			d.elided = true
		case s == "" && d.goesOn(d.v.text(d.i+1)):
		default:
			return
		}
		d.i++
	}
}

// goesOn reports whether a line behind a blank one is of the same dump.
func (d *dump) goesOn(s string) bool {
	return isStackHeader(s) || strings.HasPrefix(s, "Extension modules: ") || s == "..." && d.others.count > 0
}

// mainIsCurrent takes the main thread for the one that was too slow. The
// watchdog is no thread of Python's, so none is current; the oldest, which is
// the main one, stands last (_Py_DumpTracebackThreads in Python/traceback.c
// begins with the newest), unless there were too many to list.
func (d *dump) mainIsCurrent() {
	if d.elided || d.others.last < 0 || d.others.count == 0 {
		return
	}
	s := &d.others.stacks[d.others.last]
	d.sawCurrent, d.current = true, s.Frames
	if s.Count--; s.Count == 0 {
		d.others.stacks = slices.Delete(d.others.stacks, d.others.last, d.others.last+1)
	}
}

// stack reads the frames of one thread, innermost first.
func (d *dump) stack(who string, native bool) {
	var l frameList
	seen, whole, forked, n := false, false, false, 0
	for ; d.i < d.v.len(); d.i++ {
		s := d.v.text(d.i)
		f, ok := faulthandlerFrame(s)
		if native {
			f, ok = binaryFrame(s)
		}
		switch {
		case ok:
			if !native && f.Line == 0 && f.File == "__init__" && f.Function == f.File { // no function of anybody's: _Py_InitCleanup
				continue
			}
			if !forked {
				l.add(f)
			}
			seen, n = true, n+1
			// Below its beginning a forked worker has the frames in which its parent was.
			forked = forked || !native && isWorkerStart(&f)
			continue
		case strings.HasPrefix(s, "  ...") || strings.HasPrefix(s, "  <") || strings.HasPrefix(s, "<no Python frame>"):
			seen, whole = true, true
			continue
		case strings.HasPrefix(s, "  Garbage-collecting"):
			continue
		}
		break
	}
	d.cut = d.cut || !seen
	if !native {
		slices.Reverse(l.frames)
		markPythonLibrary(l.frames)
		slices.Reverse(l.frames)
	}
	if f := l.last(); f != nil && !native && !whole && n < maxDumped && d.end() {
		// The text may have been going on.
		d.cut = d.cut || !isProgramStart(f) && f.Function != "_bootstrap"
	}
	if !native && !d.sawCurrent && !strings.HasPrefix(who, "Thread ") {
		d.sawCurrent, d.current = true, l.frames
		if who != "Stack" {
			d.thread = who
		}
		return
	}
	d.others.add(Stack{Thread: who, Count: 1, Frames: l.frames})
}

// end reports whether nothing follows but a line that has no end.
func (d *dump) end() bool {
	return d.i >= d.v.len() || d.i == d.v.len()-1 && d.v.partial(d.i)
}

// faulthandlerFrame reads `  File "x.py", line 5 in f`.
func faulthandlerFrame(s string) (Frame, bool) {
	if !isFrame(s) {
		return Frame{}, false
	}
	s = strings.TrimPrefix(s, `  File "`)
	i := strings.LastIndex(s, `", line `)
	if i < 0 {
		return Frame{}, false
	}
	number, function, ok := strings.Cut(s[i+len(`", line `):], " in ")
	n, err := strconv.Atoi(number)
	if !ok || err != nil && number != "???" {
		return Frame{}, false
	}
	return Frame{File: bounded(s[:i]), Line: n, Function: bounded(function)}, true
}

// binaryFrame reads `  Binary file "/lib/libc.so.6", at abort+0xd3 [0x7f10]`.
func binaryFrame(s string) (Frame, bool) {
	s, ok := strings.CutPrefix(s, `  Binary file "`)
	if !ok {
		return Frame{}, false
	}
	file, where, ok := strings.Cut(s, `", at `)
	if !ok {
		return Frame{}, false
	}
	where, _, _ = strings.Cut(where, " [")
	function, _, _ := strings.Cut(where, "+0x")
	return Frame{File: bounded(file), Function: bounded(function), Library: isNativeLibrary(file) || strings.Contains(file, "/python")}, true
}

// stackSet folds equal stacks, and is bounded: further different ones are
// counted only.
type stackSet struct {
	stacks []Stack
	count  int
	index  map[string]int
	last   int // where the latest one is, -1 if it was counted only
}

func (set *stackSet) add(s Stack) {
	set.count += s.Count
	var key strings.Builder
	for _, f := range s.Frames {
		key.WriteString(f.File)
		key.WriteByte(0)
		key.WriteString(strconv.Itoa(f.Line))
		key.WriteByte(0)
		key.WriteString(f.Function)
		key.WriteByte(0)
	}
	if i, ok := set.index[key.String()]; ok {
		set.stacks[i].Count += s.Count
		set.last = i
		return
	}
	if set.last = -1; len(set.stacks) >= maxOthers {
		return
	}
	if set.index == nil {
		set.index = map[string]int{}
	}
	set.last = len(set.stacks)
	set.index[key.String()] = set.last
	set.stacks = append(set.stacks, s)
}
