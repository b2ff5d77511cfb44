package crash

import (
	"strings"
	"testing"
	"time"
)

// TestNativeIsSilent gives texts that look like the ends of Rust, C and C++
// programs and are none.
func TestNativeIsSilent(t *testing.T) {
	for name, text := range map[string]string{
		"a thread that is told of":    "thread 'main' has started\nthread 'x' waits\n",
		"a panic that is told of":     "thread 'main' panicked at something\nwent on\n",
		"a quoted panic":              "> thread 'main' panicked at 'x', a.rs:1:2\n",
		"a log of memory":             "free memory: 3 MB\nmalloc failed, trying again\n",
		"stars":                       "*** starting ***\n*** note ***: read this\n",
		"a test of assertions":        "Assertion failed: see the log\nall of this has failed.\n",
		"an assertion without a line": "prog: Assertion `x' failed.\n",
		"a source line":               "    assert(x > 3); // prints prog: x.c:4: f: Assertion `x > 3' failed. or not\n",
		"a terminal":                  "terminate called by the user\nlibc++abi is installed\nlibc++abi: version 16\n",
		"other reports":               "==123==HEAP SUMMARY:\n==123==ERROR SUMMARY: 0 errors from 0 contexts\n==1==ERROR: see above\n",
		"a make rule":                 "==== 12 == 13\n",
		"a runtime error of others":   "script.lua:3: runtime error: x\napp: runtime error: y\n12:30:05: runtime error: no file\n",
		"a setting of sanitizers":     "WARNING: ThreadSanitizer is slow\n",
	} {
		got := Parse(asLines([]byte(text)))
		if name == "a runtime error of others" && len(got) == 1 && got[0].Exception.Message == "no file" {
			continue // 12:30:05 could be a file, a line and a column
		}
		if len(got) > 0 {
			t.Errorf("%s: %s", name, told(got))
		}
	}
}

func TestAQuoteWithoutItsEnd(t *testing.T) {
	lines := asLines([]byte("thread 'main' panicked at 'the disco\nwent on\n"))
	if w := Parse(lines); len(w) != 1 || !w[0].Cut {
		t.Errorf("cut in the message: %s", told(w))
	}
	lines[1].At = at.Add(2 * time.Second)
	if w := Parse(lines); len(w) != 0 {
		t.Errorf("went on later: %s", told(w))
	}
}

// TestOtherVersions gives single lines of versions that were not at hand to be
// recorded, after their sources.
func TestOtherVersions(t *testing.T) {
	for text, want := range map[string]string{
		// glibc up to 2.25, debug/stack_chk_fail.c and malloc/malloc.c
		"*** stack smashing detected ***: ./prog terminated":                                  "glibc abort: stack smashing detected",
		"*** stack smashing detected ***: <unknown> terminated":                               "glibc abort: stack smashing detected",
		"*** Error in `./prog': double free or corruption (fasttop): 0x00000000012a4010 ***":  "glibc abort: double free or corruption (fasttop)",
		"Fatal glibc error: malloc.c:2599 (sysmalloc): assertion failed: (old_top == 0)":      "Fatal glibc error: malloc.c:2599 (sysmalloc): assertion failed: (old_top == 0)",
		"The futex facility returned an unexpected error code.":                               "glibc abort: The futex facility returned an unexpected error code.",
		"corrupted size vs. prev_size while consolidating":                                    "glibc abort: corrupted size vs. prev_size while consolidating",
		"Assertion failed: n > 3 (check.c: check: 4)":                                         "assertion failed: n > 3, at check.c:4 in check", // musl, src/exit/assert.c
		"Assertion failed: (n > 3), function check, file check.c, line 4.":                    "assertion failed: n > 3, at check.c:4 in check", // macOS
		"libc++abi: terminating with uncaught exception of type std::runtime_error: bad":      "std::runtime_error: bad",                        // up to LLVM 14
		"libc++abi.dylib: terminating with uncaught exception of type int":                    "int",
		"terminate called recursively":                                                        "terminate: recursively",
		"thread 'main' panicked at 'index out of bounds', src/main.rs:10:5":                   "panic: index out of bounds, at main.rs:10",
		"==1==ERROR: UndefinedBehaviorSanitizer: SEGV on unknown address 0x000000000000 (pc)": "SEGV: unknown address 0x000000000000 (pc)",
		"==7==WARNING: MemorySanitizer: use-of-uninitialized-value":                           "use-of-uninitialized-value",
	} {
		found := Parse(asLines([]byte(text + "\n")))
		if len(found) != 1 || found[0].Exception.Headline() != want || found[0].Scope != EndsProcess {
			t.Errorf("%s\n%s", text, told(found))
		}
		if !Begins([]byte(text)) {
			t.Errorf("begins nothing: %s", text)
		}
	}
}

// TestBeginsFindsAllOpenings: whatever Parse finds starts at, or just above, a
// line that Begins accepts; the lines of UBSan are the exception.
func TestBeginsFindsAllOpenings(t *testing.T) {
	for name, text := range recorded(t, "*") {
		lines := asLines(text)
		for _, w := range Parse(lines) {
			if w.Format == UBSan {
				continue
			}
			found := false
			for _, l := range lines[w.From:min(w.From+4, w.To)] {
				found = found || Begins(l.Text)
			}
			if !found {
				t.Errorf("%s: nothing begins at line %d: %q", name, w.From, lines[w.From].Text)
			}
		}
	}
}

// TestAReportThatIsCut: what follows is not taken for its own for long.
func TestAReportThatIsCut(t *testing.T) {
	text := "==7==ERROR: AddressSanitizer: heap-use-after-free on address 0x1 at pc 0x2\nREAD of size 4 at 0x1 thread T0\n    #0 0x55 in use /app/x.c:7:9\n"
	w := Parse(asLines([]byte(text + strings.Repeat("the next run\n", 50))))
	if len(w) != 1 || !w[0].Cut || w[0].Scope != EndsProcess || w[0].To > 3+maxUnknown+1 {
		t.Errorf("%s", told(w))
	}
}

func TestNativeLibrary(t *testing.T) {
	for file, library := range map[string]bool{
		"/usr/lib/x86_64-linux-gnu/libc.so.6":             true,
		"../sysdeps/nptl/libc_start_call_main.h":          true,
		"./csu/../csu/libc-start.c":                       true,
		"/usr/include/c++/12/bits/stl_vector.h":           true,
		"/rustc/5980/library/core/src/panicking.rs":       true,
		"/home/me/.cargo/registry/src/x/tokio/src/lib.rs": true,
		"/home/me/app/src/main.rs":                        false,
		"./src/main.rs":                                   false,
		"/build/app/main.c":                               false,
		"src/lib.rs":                                      false,
	} {
		if got := isNativeLibrary(file); got != library {
			t.Errorf("%s: %v", file, got)
		}
	}
}

// TestSameRace: a race is the same one from its other side, and none that is
// somewhere else, or of which a side is not known.
func TestSameRace(t *testing.T) {
	race := func(format Format, lines ...int) *Words {
		w := &Words{Format: format, Exception: &Exception{Type: "data race"}}
		for i, n := range lines {
			frames := []Frame{{File: "/app/x.c", Line: n, Function: "add"}}
			if i == 0 {
				w.Exception.Frames = frames
			} else {
				w.Others = append(w.Others, Stack{Count: 1, Frames: frames})
			}
		}
		return w
	}
	for _, tt := range []struct {
		name string
		a, b *Words
		want bool
	}{
		{"again", race(TSan, 1, 2), race(TSan, 1, 2), true},
		{"from the other side", race(GoRace, 1, 2), race(GoRace, 2, 1), true},
		{"another place", race(TSan, 1, 2), race(TSan, 1, 3), false},
		{"another detector", race(TSan, 1, 2), race(GoRace, 1, 2), false},
		{"no race", race(ASan, 1, 2), race(ASan, 1, 2), false},
		{"a side is not known", race(TSan, 1), race(TSan, 1), false},
		{"nothing before", nil, race(TSan, 1, 2), false},
	} {
		if got := SameRace(tt.a, tt.b); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}
