package crash

import "strings"

// above is what the lines above a traceback say of it.
type above struct {
	from    int // the first of these lines
	scope   Scope
	thread  string
	process string
	logged  bool
	warned  bool // the record is a warning
}

// readAbove looks at the lines above a traceback whose first line is given.
func readAbove(v *view, from int, first string) above {
	a := above{from: from}
	if before := strings.TrimSuffix(first, tracebackHeader); before != first && looksLogged(before) {
		a.logged, a.warned, a.scope = true, warns(before), EndsNothing
		return a
	}
	for k := 1; k <= 3 && from-k >= 0; k++ {
		if !v.atOnceOrShortlyAfter(from-k, from) {
			break
		}
		if a.read(v.text(from-k), k) {
			a.from = from - k
			break
		}
	}
	return a
}

// read judges the line that stands k lines above a traceback, and reports
// whether it belongs to it.
func (a *above) read(s string, k int) bool {
	if strings.HasSuffix(s, "exception was never retrieved") {
		a.scope = EndsTask
		return true
	}
	if strings.Contains(s, "Exception in callback ") && k == 2 {
		a.scope = EndsTask
		return true
	}
	if k > 1 {
		return false
	}
	if name, ok := strings.CutPrefix(s, "Exception in thread "); ok && strings.HasSuffix(name, ":") {
		a.scope, a.thread = EndsThread, bounded(strings.TrimSuffix(name, ":"))
		return true
	}
	if name := processName(s); name != "" {
		a.scope, a.process = EndsProcess, name
		return true
	}
	switch {
	case strings.HasPrefix(s, "Unhandled exception in thread started by "), strings.HasPrefix(s, "Exception ignored in thread started by"):
		a.scope = EndsThread
	case strings.HasPrefix(s, "Exception ignored "), s == "Error in atexit._run_exitfuncs:":
		a.scope = EndsNothing
	case looksLogged(s):
		a.scope, a.logged, a.warned = EndsNothing, true, warns(s)
	default:
		return false
	}
	return true
}

// processName is the name in "Process ForkPoolWorker-3:", which
// multiprocessing/process.py prints above the traceback of a process's end.
func processName(s string) string {
	name, ok := strings.CutPrefix(s, "Process ")
	if !ok || !strings.HasSuffix(name, ":") || len(name) > 256 {
		return ""
	}
	return strings.TrimSuffix(name, ":")
}

// scopeOf says what a traceback ended, from the lines above it or else from its
// outermost frame: an exception that nothing has caught came out of the
// program's first frame, any other one was caught on its way and printed.
func scopeOf(a above, outermost *Frame) (Scope, bool) {
	if a.scope != "" {
		return a.scope, false
	}
	if outermost == nil || isProgramStart(outermost) {
		return EndsProcess, false
	}
	if strings.HasSuffix(outermost.File, "/threading.py") && strings.HasPrefix(outermost.Function, "_bootstrap") {
		return EndsThread, false
	}
	return EndsNothing, true
}

// isProgramStart reports whether a program's first call is at a frame: a module
// that is run, by name too (runpy), what multiprocessing runs in a new process,
// or a SyntaxError's line, which is in no function.
func isProgramStart(f *Frame) bool {
	return isWorkerStart(f) || f.Function == "<module>" || f.Function == "" || f.Function == "_run_module_as_main"
}

// isWorkerStart reports whether a frame is the first of a new process of multiprocessing.
func isWorkerStart(f *Frame) bool {
	return f.Function == "_bootstrap" && strings.HasSuffix(f.File, "/multiprocessing/process.py")
}

// levels are the words of log levels at which programs tell of exceptions.
var levels = []string{"ERROR", "CRITICAL", "WARNING", "EXCEPTION", "FATAL", "SEVERE", "[error]", "level=error", "| error "}

// looksLogged reports whether a line is a log record of something bad. A
// record of level INFO above a traceback is more likely what the program did
// before it ended.
func looksLogged(s string) bool {
	s = s[:min(len(s), 256)]
	for _, l := range levels {
		for rest, off := s, 0; ; {
			i := strings.Index(rest, l)
			if i < 0 {
				break
			}
			off += i
			if isWord(s, off, off+len(l)) {
				return true
			}
			off += len(l)
			rest = s[off:]
		}
	}
	return false
}

// isWord reports whether s[i:j] has no letters at its sides.
func isWord(s string, i, j int) bool {
	letter := func(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' }
	return (i == 0 || !letter(s[i-1])) && (j == len(s) || !letter(s[j]))
}
