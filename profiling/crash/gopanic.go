package crash

import (
	"strconv"
	"strings"
)

// parseGoPanic reads the end of a Go program (runtime/panic.go, printpanics and
// fatalthrow; runtime/signal_unix.go, sighandler).
//
//	panic: bad width [recovered]                what
//		panic: worse                            what
//	[signal SIGSEGV: segmentation violation]    what
//	                                            what
//	goroutine 1 [running]:                      goroutines
//	main.f(0x1)                                 goroutines
//		/app/main.go:12 +0x1d                   goroutines
//	                                            goroutines
//	goroutine 5 [chan receive, 2 minutes]:      goroutines
//
// The same without its first lines is what debug.PrintStack and net/http print
// of a panic that was recovered.
func parseGoPanic(v *view, from int) ([]Words, int) {
	first := v.text(from)
	if isGoroutineHeader(first) {
		return parseRecovered(v, from)
	}
	typ, message := goOpening(first)
	if typ == "" {
		return nil, from
	}
	at := goroutinesBehind(v, from)
	if at < 0 {
		return parseBarePanic(v, from)
	}
	w := Words{Format: GoPanic, Scope: EndsProcess, Exception: &Exception{Type: typ}}
	what := []string{message}
	size := len(message)
	for i := from + 1; i < at && size <= 2*maxChain*MaxMessage; i++ {
		s := v.text(i)
		if s == "runtime stack:" {
			break
		}
		size += len(s)
		what = append(what, s)
	}
	tellPanics(w.Exception, what)
	d := goDump{v: v, i: at, where: &w}
	d.read()
	v.bound(&w, aboveGo(v, from), d.i)
	return []Words{w}, d.i
}

// goSignals are the signals for which the runtime prints a report of its own.
var goSignals = []string{"SIGQUIT: quit", "SIGABRT: abort", "SIGSEGV: segmentation violation", "SIGBUS: bus error", "SIGFPE: floating-point exception", "SIGILL: illegal instruction", "SIGTRAP: trace trap", "SIGSYS: bad system call"}

// goOpening splits the first line of a Go program's end.
func goOpening(s string) (typ, message string) {
	for _, typ := range []string{"panic", "fatal error"} {
		if m, ok := strings.CutPrefix(s, typ+": "); ok {
			return typ, m
		}
	}
	for _, sig := range goSignals {
		if name, words, _ := strings.Cut(sig, ": "); s == sig {
			return name, words
		}
	}
	return "", ""
}

// isGoroutineHeader reports whether a line is "goroutine 7 [running]:".
func isGoroutineHeader(s string) bool {
	rest, ok := strings.CutPrefix(s, "goroutine ")
	return ok && strings.HasSuffix(rest, "]:") && strings.Contains(rest, " [") && rest[0] >= '0' && rest[0] <= '9'
}

// goroutinesBehind finds the first goroutine behind an opening, -1 if there is
// none. A message may have many lines, but nothing that begins something else.
func goroutinesBehind(v *view, from int) int {
	for i := from + 1; i < v.len() && i < from+maxAhead; i++ {
		s := v.text(i)
		if !v.atOnceOrShortlyAfter(from, i) {
			return -1
		}
		if isGoroutineHeader(s) {
			return i
		}
		if typ, _ := goOpening(s); typ != "" || strings.HasSuffix(s, tracebackHeader) {
			return -1
		}
	}
	return -1
}

// parseBarePanic reads a panic without goroutines: the text was cut, or
// GOTRACEBACK is none. Only at the end of a text, or with a message of the
// runtime's own, it can be told from what others print after the word panic.
func parseBarePanic(v *view, from int) ([]Words, int) {
	first := v.text(from)
	typ, message := goOpening(first)
	own := strings.HasPrefix(message, "runtime error: ") || strings.HasPrefix(message, "all goroutines are asleep")
	end := from + 1
	for end < v.len() && (strings.HasPrefix(v.text(end), "\t") || strings.HasPrefix(v.text(end), "[signal ") || v.text(end) == "") {
		end++
	}
	last := end == v.len() || end == v.len()-1 && v.partial(end)
	if strings.HasPrefix(typ, "SIG") || !last && !own {
		return nil, from
	}
	w := Words{Format: GoPanic, Scope: EndsNothing, Cut: true, Exception: &Exception{Type: typ}}
	if own {
		w.Scope = EndsProcess
	}
	what := []string{message}
	for i := from + 1; i < end && len(what) < maxMessage; i++ {
		what = append(what, v.text(i))
	}
	tellPanics(w.Exception, what)
	v.bound(&w, aboveGo(v, from), end)
	return []Words{w}, end
}

// aboveGo is the first line that the runtime printed before an opening.
func aboveGo(v *view, from int) int {
	for from > 0 && (strings.HasPrefix(v.text(from-1), "runtime: ") || strings.HasPrefix(v.text(from-1), "unexpected fault address")) {
		from--
	}
	return from
}

// tellPanics makes of the lines before the goroutines a panic and those that it
// followed from: each of these had been recovered, or another one came while
// its deferred functions ran.
func tellPanics(e *Exception, lines []string) {
	var panics []*Exception
	var text []string
	flush := func() {
		m := strings.TrimRight(strings.Join(text, "\n"), "\n ")
		for _, end := range []string{" [recovered, repanicked]", " [recovered]"} {
			m = strings.TrimSuffix(m, end)
		}
		panics = append(panics, &Exception{Type: e.Type, Message: bounded(m), How: "context"})
		text = nil
	}
	for i, l := range lines {
		if m, ok := strings.CutPrefix(l, "\tpanic: "); ok && i > 0 {
			flush()
			l = m
		}
		text = append(text, strings.TrimPrefix(l, "\t"))
	}
	flush()
	e.Message = panics[len(panics)-1].Message
	for i := len(panics) - 2; i >= 0 && len(e.Chain) < maxChain; i-- {
		if panics[i].Message != panics[i+1].Message { // else the same one once more
			e.Chain = append(e.Chain, panics[i])
		}
	}
}

// parseRecovered reads the stack of a goroutine that recovered from a panic. It
// finds nothing in other dumps of goroutines, and passes them.
func parseRecovered(v *view, from int) ([]Words, int) {
	w := Words{Format: GoPanic, Scope: EndsNothing, Caught: true, Exception: &Exception{Type: "panic"}}
	d := goDump{v: v, i: from, where: &w}
	d.read()
	e := w.Exception
	for i := range e.Frames {
		if e.Frames[i].Function != "panic" {
			continue
		}
		e.Frames = e.Frames[i:]
		start := from
		if from > 0 {
			_, m, _ := strings.Cut(v.text(from-1), "http: panic serving ")
			if _, m, ok := strings.Cut(m, ": "); ok {
				e.Message, w.Logged, w.Caught, w.Scope = bounded(m), true, false, EndsTask
				start--
			}
		}
		v.bound(&w, start, d.i)
		return []Words{w}, d.i
	}
	return nil, d.i
}

// elided is how many frames "...87191 frames elided..." stands for.
func elided(s string) int {
	s, ok := strings.CutSuffix(s, " frames elided...")
	if !ok {
		return 0
	}
	n, err := strconv.Atoi(strings.TrimPrefix(s, "..."))
	if err != nil || n < 0 || n > 1<<40 {
		return 0
	}
	return n
}
