package crash

import "strings"

// The words of the two C++ runtimes (libstdc++, vterminate.cc and pure.cc;
// libc++abi, cxa_default_handlers.cpp). libc++abi may have its file's name before them.
const (
	terminateCalled = "terminate called "
	pureVirtual     = "pure virtual method called"
	libcxxAbi       = "libc++abi"
)

// parseCPP reads what C++ runtimes print before they abort.
//
//	terminate called after throwing an instance of 'std::runtime_error'
//	  what():  bad width
//
//	libc++abi: terminating due to uncaught exception of type std::runtime_error: bad width
func parseCPP(v *view, from int) ([]Words, int) {
	s := v.text(from)
	w := Words{Format: CPPTerminate, Scope: EndsProcess, Cut: v.partial(from), Exception: &Exception{Type: "terminate"}}
	next := from + 1
	switch {
	case s == pureVirtual:
		w.Exception.Type = pureVirtual
		if strings.HasPrefix(v.text(next), terminateCalled) {
			next++
		}
	case strings.HasPrefix(s, terminateCalled):
		next = w.libstdcxx(v, from, strings.TrimPrefix(s, terminateCalled))
	case strings.HasPrefix(s, libcxxAbi):
		_, what, ok := strings.Cut(s, ": ")
		if !ok {
			return nil, from
		}
		next = w.libcxx(v, from, what)
	}
	if next == from || s != pureVirtual && next == from+1 && w.Exception.Type == "terminate" && w.Exception.Message == "" {
		return nil, from
	}
	v.bound(&w, from, next)
	return []Words{w}, next
}

// libstdcxx reads what follows "terminate called ".
func (w *Words) libstdcxx(v *view, from int, s string) int {
	typ, ok := strings.CutPrefix(s, "after throwing an instance of '")
	if !ok {
		if s != "without an active exception" && s != "recursively" && !w.Cut {
			return from
		}
		w.Exception.Message = bounded(s)
		return from + 1
	}
	if typ, ok = strings.CutSuffix(typ, "'"); !ok {
		w.Cut = true
		if !v.partial(from) {
			return from
		}
		w.Exception.Message = "an exception whose type is cut"
		return from + 1
	}
	w.Exception.Type = bounded(typ)
	if v.mixedAt == from {
		w.Cut = true
		return from + 1
	}
	what, ok := strings.CutPrefix(v.text(from+1), "  what():  ")
	if strings.HasPrefix(v.text(from+1), terminateCalled) {
		v.mixedAt = from + 1
	}
	if !ok {
		// A type without what() ends here; so does a text that was cut.
		w.Cut = w.Cut || from+1 < v.len() && v.partial(from+1)
		return from + 1
	}
	w.Cut = v.partial(from + 1)
	return w.furtherLines(v, from+1, what)
}

// libcxx reads what follows "libc++abi: ".
func (w *Words) libcxx(v *view, from int, s string) int {
	if typ, ok := cutAny(s, "terminating due to uncaught exception of type ", "terminating with uncaught exception of type "); ok {
		typ, what, _ := strings.Cut(typ, ": ")
		w.Exception.Type = bounded(typ)
		return w.furtherLines(v, from, what)
	}
	switch {
	case s == "terminating", strings.HasPrefix(s, "terminating due to "), strings.HasPrefix(s, "terminating with "):
		w.Exception.Message = bounded("libc++abi: " + s)
	case s == "Pure virtual function called!":
		w.Exception.Type = pureVirtual
	default:
		return from
	}
	return from + 1
}

// furtherLines reads the lines of a message that came with its first, which
// stands at a line.
func (w *Words) furtherLines(v *view, at int, first string) int {
	message := first
	next := at + 1
	for next < v.len() && next-at < maxMessage && v.atOnce(at, next) && v.text(next) != "" && !beginsAnew(v.raw(next)) && len(message) <= MaxMessage {
		if v.partial(next) {
			w.Cut = true
		}
		message += "\n" + v.text(next)
		next++
	}
	w.Exception.Message = bounded(message)
	return next
}

// cutAny cuts the first of some prefixes that s has.
func cutAny(s string, prefixes ...string) (string, bool) {
	for _, p := range prefixes {
		if rest, ok := strings.CutPrefix(s, p); ok {
			return rest, true
		}
	}
	return s, false
}
