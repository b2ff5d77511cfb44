package crash

import (
	"strconv"
	"strings"

	"github.com/maruel/panicparse/v2/stack"
)

// Lines that the Go race detector prints (runtime/race, from LLVM's
// sanitizer_common and tsan/go).
const (
	raceRule   = "=================="
	raceHeader = "WARNING: DATA RACE"
)

// parseGoRace reads a report of the race detector.
//
//	==================                          above
//	WARNING: DATA RACE                          begin
//	Write at 0x00c00001c0a8 by goroutine 7:     operation
//	  main.f()                                  operation
//	      /app/main.go:8 +0x3a                  operation
//	                                            between
//	Previous read at 0x00c0 by main goroutine:  operation
//	  ...
//	Goroutine 7 (running) created at:           creation
//	  ...
//	==================                          end
func parseGoRace(v *view, from int) ([]Words, int) {
	if v.text(from) != raceHeader {
		return nil, from
	}
	w := Words{Format: GoRace, Scope: EndsNothing, Cut: true, Exception: &Exception{Type: "data race"}}
	var others stackSet
	var message []string
	i := from + 1
	amid := v.mixedAt == from
	if v.text(i) == raceHeader {
		v.mixedAt, amid = i, true
	}
	for i < v.len() && !amid {
		s := v.text(i)
		if s == raceRule {
			w.Cut = v.partial(i) || len(w.Exception.Frames) == 0
			i++
			break
		}
		if s == "" {
			i++
			continue
		}
		if s == raceHeader {
			v.mixedAt = i
		}
		if !strings.HasSuffix(s, ":") || v.partial(i) {
			break
		}
		var frames []Frame
		frames, i = raceFrames(v, i+1)
		who, operation := raceOperation(strings.TrimSuffix(s, ":"))
		if operation {
			message = append(message, strings.ToLower(who[:1])+who[1:])
		}
		if len(message) == 1 && operation {
			w.Exception.Frames = frames
			_, w.Thread, _ = strings.Cut(who, " by ")
			continue
		}
		others.add(Stack{Thread: bounded(who), Count: 1, Frames: frames})
	}
	w.Exception.Message = bounded(strings.Join(message[:min(len(message), 4)], ", "))
	w.Others = others.stacks
	start := from
	if from > 0 && v.text(from-1) == raceRule {
		start--
	}
	v.bound(&w, start, i)
	return []Words{w}, i
}

// raceOperation shortens "Write at 0x00c00001c0a8 by goroutine 7" to "Write by
// goroutine 7", and tells it from the place where a goroutine was made.
func raceOperation(s string) (who string, operation bool) {
	what, by, ok := strings.Cut(s, " by ")
	if !ok {
		return s, false
	}
	what, _, ok = strings.Cut(what, " at 0x")
	if !ok {
		return s, false
	}
	return what + " by " + by, true
}

// raceFrames reads pairs of lines: a call, and its place.
func raceFrames(v *view, i int) ([]Frame, int) {
	var l frameList
	for i < v.len() {
		call := v.text(i)
		if !strings.HasPrefix(call, "  ") {
			break
		}
		if !strings.HasSuffix(call, ")") { // [failed to restore the stack]
			i++
			continue
		}
		if i+1 >= v.len() || v.partial(i+1) {
			break
		}
		place, ok := strings.CutPrefix(v.text(i+1), "      ")
		if !ok {
			break
		}
		place, _, _ = strings.Cut(place, " +0x")
		f := Frame{Function: goName(strings.TrimSpace(call)), File: place}
		if k := strings.LastIndexByte(place, ':'); k >= 0 {
			f.File = place[:k]
			f.Line, _ = strconv.Atoi(place[k+1:])
		}
		f.Library = isGoLibrary(f.File, f.Function)
		l.add(f)
		i += 2
	}
	return l.frames, i
}

// goName is a function's name as the source has it, without arguments.
func goName(call string) string {
	if i := strings.LastIndexByte(call, '('); i > 0 {
		call = call[:i]
	}
	var f stack.Func
	if err := f.Init(bounded(call)); err != nil {
		return bounded(call)
	}
	return f.Complete
}
