package crash

import (
	"strconv"
	"strings"

	"example.com/muster/internal/pattern"
)

// parseRust reads a panic of a Rust program (library/std/src/panicking.rs,
// default_hook), in the form up to 1.72:
//
//	thread 'main' panicked at 'bad width', src/main.rs:7:9
//	note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace
//
// and in the one since:
//
//	thread 'main' panicked at src/main.rs:7:9:
//	bad width
//	stack backtrace:
//	   0: app::Resizer::resize
//	             at ./src/main.rs:7:9
//	note: Some details are omitted, ...
func parseRust(v *view, from int) ([]Words, int) {
	first := v.text(from)
	if words, next := parseRustFatal(v, from, first); next > from {
		return words, next
	}
	name, what, ok := rustThread(first)
	if !ok {
		return nil, from
	}
	rest, ok := strings.CutPrefix(what, "panicked at ")
	if !ok {
		return nil, from
	}
	t := rustText{v: v, i: from + 1, amid: v.mixedAt == from}
	w := Words{Format: RustPanic, Scope: EndsProcess, Exception: &Exception{Type: "panic"}}
	if name != "main" {
		w.Thread, w.Scope = bounded("thread '"+name+"'"), EndsThread
	}
	if strings.HasPrefix(name, "tokio-") {
		w.Scope = EndsTask // tokio's workers catch what a task throws
	}
	if strings.HasPrefix(rest, "'") {
		ok = t.oldForm(rest[1:])
	} else {
		ok = t.newForm(from, rest)
	}
	if !ok {
		return nil, from
	}
	if !t.amid {
		t.backtrace()
	}
	if rustAborts(v.text(t.i)) {
		t.i++
		w.Scope = EndsProcess
	}
	w.Exception.Message = bounded(t.message)
	w.Exception.Frames, w.Exception.Omitted, w.Cut = t.l.frames, t.l.omitted, t.cut
	v.bound(&w, from, t.i)
	return []Words{w}, t.i
}

// rustAborts reports whether a line says that nothing can be unwound any more.
func rustAborts(s string) bool {
	return strings.HasPrefix(s, "thread ") && strings.HasSuffix(s, " aborting.")
}

// rustThread splits "thread 'main' (25715) panicked at ..."; the number is
// there since 1.91.
func rustThread(s string) (name, what string, ok bool) {
	s, ok = strings.CutPrefix(s, "thread '")
	if !ok {
		return "", "", false
	}
	for _, word := range []string{"panicked at ", "has overflowed its stack"} {
		i := strings.Index(s, word)
		if i < 0 {
			continue
		}
		head := strings.TrimSpace(s[:i])
		if k := strings.LastIndex(head, " ("); k >= 0 && strings.HasSuffix(head, ")") {
			head = head[:k]
		}
		if name, ok := strings.CutSuffix(head, "'"); ok {
			return name, s[i:], true
		}
	}
	return "", "", false
}

// parseRustFatal reads the ends for which nothing is unwound.
func parseRustFatal(v *view, from int, first string) ([]Words, int) {
	w := Words{Format: RustPanic, Scope: EndsProcess, Exception: &Exception{Type: "fatal runtime error"}}
	i := from
	if name, what, ok := rustThread(first); ok && what == "has overflowed its stack" {
		if name != "main" {
			w.Thread = bounded("thread '" + name + "'")
		}
		i++
	}
	message, ok := strings.CutPrefix(v.text(i), "fatal runtime error: ")
	if !ok {
		if i == from {
			return nil, from
		}
		w.Cut, message = true, "stack overflow"
		v.bound(&w, from, i)
		w.Exception.Message = message
		return []Words{w}, i
	}
	w.Exception.Message, w.Cut = bounded(strings.TrimSuffix(message, ", aborting")), v.partial(i)
	v.bound(&w, from, i+1)
	return []Words{w}, i + 1
}

// rustText reads what follows a panic's first line.
type rustText struct {
	v       *view
	i       int
	message string
	l       frameList
	cut     bool
	amid    bool // what follows may be another panic's
}

// oldForm reads a message in quotes, which may have several lines, and the
// place behind it.
func (t *rustText) oldForm(s string) bool {
	var b strings.Builder
	start := t.i - 1
	for k := 0; k < maxAhead; k++ {
		if i := strings.LastIndex(s, "', "); i >= 0 {
			if file, line, column := splitPlace(s[i+3:]); column > 0 {
				b.WriteString(s[:i])
				t.message = b.String()
				t.place(file, line)
				t.cut = t.v.partial(t.i - 1)
				return true
			}
		}
		if b.Len() <= MaxMessage {
			b.WriteString(s)
			b.WriteByte('\n')
		}
		if t.i >= t.v.len() || !t.v.atOnceOrShortlyAfter(start, t.i) {
			break
		}
		if k > 0 && beginsAnew(t.v.raw(t.i-1)) {
			break
		}
		s = t.v.text(t.i)
		t.i++
	}
	// Without its end it was cut, or it is something else.
	t.message, t.cut = strings.TrimSpace(b.String()), true
	return t.i >= t.v.len()
}

// newForm reads the place and the message below it.
func (t *rustText) newForm(from int, s string) bool {
	s, ok := strings.CutSuffix(s, ":")
	file, line, column := splitPlace(s)
	if !ok || column == 0 {
		t.cut = true
		return t.v.partial(from) || t.v.len() == from+1
	}
	t.place(file, line)
	if _, _, ok := rustThread(t.v.text(t.i)); ok {
		t.v.mixedAt, t.amid = t.i, true
	}
	if t.amid {
		t.cut = true
		return true
	}
	var end int
	timed := t.i
	for j := t.i; ; j++ {
		if j >= t.v.len() || j >= t.i+maxAhead {
			end = timed
			break
		}
		s := t.v.text(j)
		if t.closes(s) {
			end = j
			break
		}
		if beginsAnew(t.v.raw(j)) && j > t.i {
			end = timed
			break
		}
		if j == timed && j-t.i < maxMessage && t.v.atOnce(from, j) && (s != "" || !t.opensNext(j+1)) {
			timed++
		}
	}
	if end == t.i || end > t.i && t.v.partial(end-1) {
		t.cut = true
	}
	var b strings.Builder
	for ; t.i < end; t.i++ {
		if b.Len() <= MaxMessage {
			b.WriteString(t.v.text(t.i))
			b.WriteByte('\n')
		}
	}
	t.message = strings.TrimSpace(b.String())
	return true
}

// closes reports whether a line stands behind a message.
func (t *rustText) closes(s string) bool {
	return s == "stack backtrace:" || strings.HasPrefix(s, "note: run with `RUST_BACKTRACE") || rustAborts(s)
}

func (t *rustText) opensNext(j int) bool { return j < t.v.len() && beginsAnew(t.v.raw(j)) }

// place keeps where the panic says it was; a backtrace says it better.
func (t *rustText) place(file string, line int) {
	t.l.add(Frame{File: bounded(file), Line: line, Library: isNativeLibrary(file)})
}

// backtrace reads the frames.
func (t *rustText) backtrace() {
	if strings.HasPrefix(t.v.text(t.i), "note: run with") {
		t.i++
		return
	}
	if t.v.text(t.i) != "stack backtrace:" {
		t.cut = t.cut || t.i == t.v.len()-1 && t.v.partial(t.i)
		return
	}
	t.i++
	var l frameList
	for t.i < t.v.len() && !t.v.partial(t.i) {
		f, ok := rustFrame(t.v.text(t.i))
		if !ok {
			break
		}
		t.i++
		if place, ok := strings.CutPrefix(strings.TrimSpace(t.v.text(t.i)), "at "); ok && t.i < t.v.len() {
			if t.v.partial(t.i) {
				break
			}
			f.File, f.Line, _ = splitPlace(place)
			f.File = bounded(f.File)
			t.i++
		}
		f.Library = isRustLibrary(f)
		l.add(f)
	}
	if s := t.v.text(t.i); strings.HasPrefix(s, "note: Some details are omitted") {
		t.i++
	} else if t.i >= t.v.len() || t.v.partial(t.i) {
		t.cut = t.cut || !rustOutermost(l.last())
	}
	if len(l.frames) > 0 {
		t.l = l
	}
}

// rustOutermost reports whether a full backtrace ends with a frame.
func rustOutermost(f *Frame) bool {
	return f != nil && (f.Function == "<unknown>" || f.Function == "_start" || strings.HasPrefix(f.Function, "clone"))
}

// The hash that ends a name, and those of crates within.
var (
	rustHash  = pattern.Later(`::h[0-9a-f]{16}$`)
	rustCrate = pattern.Later(`\[[0-9a-f]{8,16}\]`)
)

// rustFrame reads "   2: app::Resizer::resize" or, in a full backtrace,
// "  15:     0x563c06a48cae - app::main".
func rustFrame(s string) (Frame, bool) {
	number, name, ok := strings.Cut(strings.TrimLeft(s, " "), ": ")
	if _, err := strconv.Atoi(number); !ok || err != nil || !strings.HasPrefix(s, " ") {
		return Frame{}, false
	}
	name = strings.TrimLeft(name, " ")
	if strings.HasPrefix(name, "0x") {
		_, name, _ = strings.Cut(name, " - ")
	}
	name = rustHash().ReplaceAllString(bounded(name), "")
	return Frame{Function: rustCrate().ReplaceAllString(name, "")}, true
}

// isRustLibrary reports whether a frame is of the standard library, a crate of
// the registry, or the C runtime below main.
func isRustLibrary(f Frame) bool {
	if f.File != "" {
		return isNativeLibrary(f.File)
	}
	name := strings.TrimLeft(f.Function, "<&")
	for _, p := range []string{"std::", "core::", "alloc::", "__rust", "rust_begin_unwind", "__libc_", "_start", "clone", "start_thread", "unknown>"} {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return name == "main"
}
