package crash

import (
	"fmt"
	"strings"
)

// parseSanitizer reads a report of a sanitizer of gcc or clang (compiler-rt,
// asan_errors.cpp, tsan_report.cpp, lsan_common.cpp).
//
//	=========================================                         above
//	==25347==ERROR: AddressSanitizer: heap-use-after-free on ...      begin
//	READ of size 4 at 0x60400000005c thread T0                        heading
//	    #0 0x555555646a55 in use /app/x.c:7:9                         frames
//	                                                                  heading
//	freed by thread T0 here:                                          heading
//	    #0 0x55555560be66 in free (/app/prog+0xb7e66)                 frames
//	                                                                  heading
//	SUMMARY: AddressSanitizer: heap-use-after-free /app/x.c:7 in use  tail
//	Shadow bytes around the buggy address:                            tail
//	==25347==ABORTING                                                 end
//
// ThreadSanitizer's begins with WARNING and ends with a rule.
func parseSanitizer(v *view, from int) ([]Words, int) {
	tool, what, fatal := sanitizerOpening(v.text(from))
	if tool == "" {
		return nil, from
	}
	r := sanitizerReport{v: v, i: from + 1, tool: tool, e: &Exception{}}
	w := Words{Format: ASan, Scope: EndsNothing, Exception: r.e}
	if tool == "ThreadSanitizer" {
		w.Format = TSan
	}
	r.e.Type, r.e.Message = sanitizerError(what)
	_, w.Thread, _ = strings.Cut(strings.TrimSuffix(what, ":"), " in ")
	if v.mixedAt != from {
		r.sections()
	} else if other, _, _ := sanitizerOpening(v.text(r.i)); other != "" {
		v.mixedAt = r.i
	}
	if r.thread != "" {
		w.Thread = r.thread
	}
	w.Cut = !r.summary
	if fatal && (r.aborting || w.Cut || tool == "LeakSanitizer") {
		w.Scope = EndsProcess
	}
	w.Others = r.others.stacks
	start := from
	for start > 0 && (strings.Trim(v.text(start-1), "=") == "" && v.text(start-1) != "" || strings.HasSuffix(v.text(start-1), "Sanitizer:DEADLYSIGNAL")) {
		start--
	}
	v.bound(&w, start, r.i)
	return []Words{w}, r.i
}

// SameRace reports whether two reports are of one data race: the same kind, of
// the same two places. A race detector tells of a race again when the two
// sides come in the other order, and may when other threads are at it.
func SameRace(a, b *Words) bool {
	if a == nil || b == nil || a.Format != b.Format || a.Format != TSan && a.Format != GoRace || a.Exception.Type != b.Exception.Type {
		return false
	}
	a1, a2 := raceSides(a)
	b1, b2 := raceSides(b)
	return a1 != "" && a2 != "" && (a1 == b1 && a2 == b2 || a1 == b2 && a2 == b1)
}

// raceSides are where the two sides of a race are, "" where that could not be read.
func raceSides(w *Words) (one, other string) {
	side := func(frames []Frame) string {
		e := Exception{Frames: frames}
		if f := e.Top(); f != nil && f.File != "" {
			return fmt.Sprintf("%s:%d", f.File, f.Line)
		}
		return ""
	}
	if len(w.Others) > 0 {
		other = side(w.Others[0].Frames)
	}
	return side(w.Exception.Frames), other
}

// sanitizerOpening splits a report's first line. Those that are fatal end the
// process, unless halt_on_error=0.
func sanitizerOpening(s string) (tool, what string, fatal bool) {
	if rest, ok := strings.CutPrefix(s, "=="); ok {
		pid, tail, ok := strings.Cut(rest, "==")
		if !ok || strings.Trim(pid, "0123456789") != "" {
			return "", "", false
		}
		s = strings.TrimPrefix(tail, " ")
	}
	level, rest, _ := strings.Cut(s, ": ")
	tool, what, ok := strings.Cut(rest, ": ")
	if !ok || !strings.HasSuffix(tool, "Sanitizer") || strings.Contains(tool, " ") || what == "" {
		return "", "", false
	}
	switch level {
	case "ERROR", "FATAL":
		return tool, what, true
	case "WARNING":
		return tool, what, tool == "MemorySanitizer"
	}
	return "", "", false
}

// sanitizerError makes a type and a message of what stands behind the tool's
// name.
func sanitizerError(what string) (typ, message string) {
	what, _, _ = strings.Cut(what, " (pid=")
	what, _, _ = strings.Cut(what, " (pc 0x")
	what, _, _ = strings.Cut(what, " at pc 0x")
	switch {
	case strings.HasPrefix(what, "detected memory leaks"):
		return "memory leak", ""
	case strings.HasPrefix(what, "attempting free on address"):
		return "bad-free", "an address that was not allocated"
	}
	what = strings.TrimPrefix(what, "attempting ")
	typ, message, on := strings.Cut(what, " on ")
	if on && !strings.Contains(typ, " ") {
		if message, _, _ = strings.Cut(message, " in thread "); !strings.HasPrefix(message, "unknown") {
			message = "" // an address says nothing
		}
		return bounded(typ), bounded(message)
	}
	return bounded(what), ""
}

// sanitizerReport reads the sections of a report: a heading, and frames.
type sanitizerReport struct {
	v    *view
	i    int
	tool string
	e    *Exception

	heading string // the last line that was no frame
	thread  string
	parts   []string // of the message
	first   bool     // the first stack has been read
	others  stackSet

	summary, aborting bool
}

// maxUnknown is how many lines of a report may be none that is known.
const maxUnknown = 8

func (r *sanitizerReport) sections() {
	unknown := 0
	for r.i < r.v.len() && unknown <= maxUnknown {
		s := r.v.text(r.i)
		trimmed := strings.TrimLeft(s, " ")
		switch {
		case r.v.partial(r.i):
			r.finish()
			return
		case strings.HasPrefix(trimmed, "#"):
			r.stack()
			continue
		case strings.HasPrefix(s, "SUMMARY: "):
			r.summary = true
			r.tail(s)
			r.finish()
			return
		case beginsAnew(r.v.raw(r.i)) && r.foreign(s):
			r.finish()
			return
		case s == "":
		default:
			if !r.known(s, trimmed) {
				unknown++
			}
			r.heading = strings.TrimSuffix(trimmed, ":")
		}
		r.i++
	}
	r.finish()
}

// foreign reports whether a line that begins something begins something else
// than a line of this report.
func (r *sanitizerReport) foreign(s string) bool {
	if tool, _, _ := sanitizerOpening(s); tool != "" {
		r.v.mixedAt = r.i
		return true
	}
	return !strings.HasPrefix(s, "==")
}

// known notes what a line tells, and reports whether it is part of a report.
func (r *sanitizerReport) known(s, trimmed string) bool {
	unknown := strings.HasPrefix(s, "  ") || strings.HasSuffix(s, ":") || strings.HasPrefix(s, "==") ||
		strings.HasPrefix(s, "0x") || strings.HasPrefix(s, "HINT") || strings.HasPrefix(s, "Address") || strings.HasPrefix(s, "[")
	if _, hint, ok := strings.Cut(s, "==The signal is caused by a "); ok {
		r.parts = append(r.parts, strings.TrimSuffix(hint, "."))
	}
	if _, hint, ok := strings.Cut(s, "==Hint: "); ok {
		r.parts = append(r.parts, strings.TrimSuffix(hint, "."))
	}
	if who, operation := raceOperation(strings.TrimSuffix(trimmed, ":")); operation && len(r.parts) < 4 {
		r.parts = append(r.parts, strings.ToLower(who[:1])+who[1:])
		return true
	}
	if access, thread, ok := strings.Cut(trimmed, " thread T"); ok && strings.Contains(access, " of size ") {
		access, _, _ = strings.Cut(access, " at 0x")
		r.parts = append(r.parts, access)
		r.thread = "thread T" + thread
		return true
	}
	if strings.Contains(trimmed, " leak of ") && len(r.parts) < 4 {
		what, _, _ := strings.Cut(trimmed, " allocated from")
		r.parts = append(r.parts, what)
	}
	return unknown
}

// finish makes the message of what was noted.
func (r *sanitizerReport) finish() {
	parts := r.parts
	if r.e.Message != "" {
		parts = append([]string{r.e.Message}, parts...)
	}
	r.e.Message = bounded(strings.Join(parts, ", "))
}

// stack reads frames, which begin at #0.
func (r *sanitizerReport) stack() {
	var l frameList
	for n := 0; r.i < r.v.len(); r.i++ {
		f, index, ok := nativeFrame(r.v.text(r.i))
		if !ok || index == 0 && n > 0 || r.v.partial(r.i) {
			break
		}
		l.add(f)
		n++
	}
	if len(l.frames) == 0 {
		r.i++
		return
	}
	if !r.first {
		r.first = true
		r.e.Frames, r.e.Omitted = l.frames, l.omitted
		return
	}
	r.others.add(Stack{Thread: bounded(r.heading), Count: 1, Frames: l.frames})
}

// tail passes what follows the summary.
func (r *sanitizerReport) tail(summary string) {
	if r.e.Type == "memory leak" {
		if _, leaked, ok := strings.Cut(summary, "Sanitizer: "); ok {
			r.e.Message, r.parts = strings.TrimSuffix(leaked, "."), nil
		}
	}
	for r.i++; r.i < r.v.len(); r.i++ {
		s := r.v.text(r.i)
		switch {
		case strings.HasPrefix(s, "  "), strings.HasPrefix(s, "=>0x"), strings.HasPrefix(s, "Shadow "):
			continue
		case strings.HasPrefix(s, "==") && strings.HasSuffix(s, "==ABORTING"):
			r.aborting = true
			r.i++
		case s == raceRule:
			r.i++
		}
		return
	}
}

// parseUBSan reads a line of UndefinedBehaviorSanitizer, and the stack that it
// prints if it was told to (compiler-rt, ubsan_diag.cpp).
//
//	/app/x.c:3:41: runtime error: signed integer overflow: ...
func parseUBSan(v *view, from int) ([]Words, int) {
	place, message, ok := strings.Cut(v.text(from), ubsanMark)
	if !ok {
		return nil, from
	}
	file, line, column := splitPlace(place)
	if line == 0 || column == 0 {
		return nil, from
	}
	w := Words{Format: UBSan, Scope: EndsNothing, Cut: v.partial(from), Exception: &Exception{Type: "undefined behavior", Message: bounded(message)}}
	i := from + 1
	var l frameList
	for ; i < v.len() && !v.partial(i); i++ {
		f, _, ok := nativeFrame(v.text(i))
		if !ok {
			break
		}
		l.add(f)
	}
	w.Cut = w.Cut || i < v.len() && v.partial(i)
	if len(l.frames) == 0 {
		l.add(Frame{File: bounded(file), Line: line, Library: isNativeLibrary(file)})
	} else if v.text(i) == "" && i < v.len() {
		i++
	}
	w.Exception.Frames = l.frames
	if strings.HasPrefix(v.text(i), "SUMMARY: UndefinedBehaviorSanitizer") {
		i++
	}
	v.bound(&w, from, i)
	return []Words{w}, i
}

// ubsanMark is in the middle of a line that is told by nothing else.
const ubsanMark = ": runtime error: "
