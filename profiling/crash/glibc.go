package crash

import "strings"

// mallocWords begin what glibc's malloc says of a heap that is not as it should
// be (malloc/malloc.c, malloc_printerr).
var mallocWords = []string{
	"free(): ", "malloc(): ", "realloc(): ", "calloc(): ", "munmap_chunk(): ", "mremap_chunk(): ", "malloc_consolidate(): ",
	"tcache_thread_shutdown(): ", "double free or corruption (", "corrupted size vs. prev_size", "corrupted double-linked list",
	"corrupted unsorted chunks", "break adjusted to free malloc space",
}

// futexFailed is sysdeps/nptl/futex-internal.h, futex_fatal_error.
const futexFailed = "The futex facility returned an unexpected error code."

// maxGlibc bounds the length of glibc's own sentences, in bytes.
const maxGlibc = 120

// parseGlibc reads the line that the C library prints before it aborts.
func parseGlibc(v *view, from int) ([]Words, int) {
	s := v.text(from)
	e := glibcAbort(s)
	if e == nil {
		e = assertion(s)
	}
	if e == nil || v.partial(from) && e.Type != "assertion failed" && !strings.HasPrefix(s, "***") {
		return nil, from
	}
	w := Words{Format: Glibc, Scope: EndsProcess, Exception: e}
	v.bound(&w, from, from+1)
	return []Words{w}, from + 1
}

// glibcAbort reads one of the library's sentences.
//
//	*** stack smashing detected ***: terminated
//	*** Error in `prog': double free or corruption (fasttop): 0x0 ***   (up to 2.25)
//	double free or corruption (!prev)
//	Fatal glibc error: malloc.c:2599 (sysmalloc): assertion failed: ...
func glibcAbort(s string) *Exception {
	if rest, ok := strings.CutPrefix(s, "*** "); ok {
		what, tail, ok := strings.Cut(rest, " ***")
		if !ok {
			return nil
		}
		if old, ok := strings.CutPrefix(what, "Error in `"); ok && tail == "" {
			_, what, ok = strings.Cut(old, "': ")
			if i := strings.LastIndex(what, ": 0x"); ok && i >= 0 {
				return &Exception{Type: "glibc abort", Message: what[:i]}
			}
			return nil
		}
		if strings.HasPrefix(tail, ": ") && strings.HasSuffix(tail, "terminated") {
			return &Exception{Type: "glibc abort", Message: bounded(what)}
		}
		return nil
	}
	if len(s) <= maxGlibc {
		for _, p := range mallocWords {
			if strings.HasPrefix(s, p) {
				return &Exception{Type: "glibc abort", Message: s}
			}
		}
	}
	if s == futexFailed {
		return &Exception{Type: "glibc abort", Message: s}
	}
	if m, ok := strings.CutPrefix(s, "Fatal glibc error: "); ok {
		return &Exception{Type: "Fatal glibc error", Message: bounded(m)}
	}
	return nil
}

// assertion reads the end that assert(3) makes.
//
//	prog: x.c:4: check: Assertion `n > 3' failed.                 glibc
//	Assertion failed: n > 3 (x.c: check: 4)                       musl
//	Assertion failed: (n > 3), function check, file x.c, line 4.  macOS
func assertion(s string) *Exception {
	if head, rest, ok := strings.Cut(s, ": Assertion `"); ok {
		expression, ok := strings.CutSuffix(rest, "' failed.")
		if !ok {
			return nil
		}
		prog, place, ok := strings.Cut(head, ": ")
		file, function, _ := strings.Cut(place, ": ")
		name, line, _ := splitPlace(file)
		if !ok || prog == "" || line == 0 {
			return nil
		}
		return failed(expression, name, line, function)
	}
	rest, ok := strings.CutPrefix(s, "Assertion failed: ")
	if !ok {
		return nil
	}
	if expression, place, ok := strings.Cut(rest, ", function "); ok {
		function, place, _ := strings.Cut(place, ", file ")
		file, line, ok := strings.Cut(strings.TrimSuffix(place, "."), ", line ")
		if _, n, _ := splitPlace(file + ":" + line); ok && n > 0 {
			return failed(strings.TrimSuffix(strings.TrimPrefix(expression, "("), ")"), file, n, function)
		}
		return nil
	}
	i := strings.LastIndex(rest, " (")
	if i < 0 || !strings.HasSuffix(rest, ")") {
		return nil
	}
	parts := strings.Split(strings.TrimSuffix(rest[i+2:], ")"), ": ")
	if len(parts) != 3 {
		return nil
	}
	if _, n, _ := splitPlace(parts[0] + ":" + parts[2]); n > 0 {
		return failed(rest[:i], parts[0], n, parts[1])
	}
	return nil
}

func failed(expression, file string, line int, function string) *Exception {
	return &Exception{
		Type: "assertion failed", Message: bounded(expression),
		Frames: []Frame{{File: bounded(file), Line: line, Function: bounded(function), Library: isNativeLibrary(file)}},
	}
}
