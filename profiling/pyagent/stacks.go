package pyagent

import (
	"bytes"
	"fmt"
	"path"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ThreadStack is where a thread of a Python process was.
type ThreadStack struct {
	// Thread is its pthread_t, Name what the kernel calls it, where Python tells.
	Thread uint64
	Name   string
	// Current is the thread that ran Python code, or did so last: it has the GIL.
	Current bool
	Frames  []Frame // innermost first
}

// Frame is one function call of Python's.
type Frame struct {
	File     string
	Line     int // 0 where it is not known
	Function string
}

// String returns the form of the JSON contract: "file.py:12 function".
func (f Frame) String() string {
	if f.Line == 0 {
		return path.Base(f.File) + " " + f.Function
	}
	return fmt.Sprintf("%s:%d %s", path.Base(f.File), f.Line, f.Function)
}

// Bounds of a dump. Python itself writes at most 100 threads of 100 frames
// each, and 500 characters of a name (Python/traceback.c).
const (
	maxThreads = 256
	maxFrames  = 256
	maxDump    = 1 << 20 // bytes
)

// parseDump reads what faulthandler writes:
//
//	Thread 0x00007f00dd1ff6c0 (most recent call first):
//	  File "/srv/worker.py", line 12 in work
//
// with "Current thread" for one of them, and the name of the thread in brackets
// from 3.14 on. A thread that comes twice is of two dumps: the last one counts.
// Lines of another form are passed over.
func parseDump(dump []byte) []ThreadStack {
	var threads []ThreadStack
	at := map[uint64]int{}
	cur := -1
	for line := range bytes.Lines(dump) {
		text := strings.TrimRight(string(line), "\r\n")
		if head, ok := parseThread(text); ok {
			old, again := at[head.Thread]
			switch {
			case again:
				threads[old], cur = head, old
			case len(threads) < maxThreads:
				cur = len(threads)
				threads, at[head.Thread] = append(threads, head), cur
			default:
				cur = -1
			}
			continue
		}
		if f, ok := parseFrame(text); ok && cur >= 0 && len(threads[cur].Frames) < maxFrames {
			threads[cur].Frames = append(threads[cur].Frames, f)
		}
	}
	return threads
}

// parseThread reads the line above a thread's frames.
func parseThread(line string) (t ThreadStack, ok bool) {
	rest, ok := strings.CutSuffix(line, " (most recent call first):")
	if !ok {
		return t, false
	}
	if rest, t.Current = strings.CutPrefix(rest, "Current thread 0x"); !t.Current {
		if rest, ok = strings.CutPrefix(rest, "Thread 0x"); !ok {
			return t, false
		}
	}
	number, name, _ := strings.Cut(rest, " ")
	id, err := strconv.ParseUint(number, 16, 64)
	if err != nil {
		return t, false
	}
	name = strings.TrimSuffix(strings.TrimPrefix(name, "["), "]")
	t.Thread, t.Name = id, unescape(name)
	return t, true
}

// parseFrame reads a line such as `  File "x.py", line 12 in work`. What
// faulthandler cannot read in a hurry it writes as ???.
func parseFrame(line string) (f Frame, ok bool) {
	rest, ok := strings.CutPrefix(line, "  File ")
	if !ok {
		return f, false
	}
	// A file's name may hold what separates it from the rest; a function's cannot.
	i := strings.LastIndex(rest, ", line ")
	if i < 0 {
		return f, false
	}
	number, function, ok := strings.Cut(rest[i+len(", line "):], " in ")
	if !ok {
		return f, false
	}
	f.Line, _ = strconv.Atoi(number) // "???" is not known, which is 0
	f.File, f.Function = unescape(strings.Trim(rest[:i], `"`)), unescape(function)
	if f.Line < 0 || f.File == "" || f.Function == "" {
		return Frame{}, false
	}
	return f, true
}

// unescape reads the \xNN, \uNNNN and \UNNNNNNNN that faulthandler writes for
// what is not printable ASCII. Anything else stays as it is.
func unescape(s string) string {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(s, `\`)
		b.WriteString(before)
		if !found {
			return b.String()
		}
		digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[first(after)]
		if digits == 0 || len(after) <= digits {
			b.WriteByte('\\')
			s = after
			continue
		}
		r, err := strconv.ParseUint(after[1:1+digits], 16, 31)
		if err != nil || !utf8.ValidRune(rune(r)) {
			b.WriteByte('\\')
			s = after
			continue
		}
		b.WriteRune(rune(r))
		s = after[1+digits:]
	}
}

func first(s string) byte {
	if s == "" {
		return 0
	}
	return s[0]
}
