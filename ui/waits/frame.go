package waits

import (
	"slices"
	"strconv"
	"strings"

	"example.com/muster/profiling/locks/graph"
)

// Frame is one line of a stack.
type Frame struct {
	File, Module, Function string
	Line                   int
}

// ParseFrame reads "file.py:12 function" or, of native code without lines,
// "module function". Where it has another form, all of it is the function.
func ParseFrame(s string) Frame {
	for from := 0; ; {
		i := strings.IndexByte(s[from:], ':')
		if i < 0 {
			if module, function, ok := strings.Cut(s, " "); ok && from == 0 && module != "" && function != "" && !strings.Contains(function, " ") {
				return Frame{Module: module, Function: function}
			}
			return Frame{Function: s}
		}
		from += i + 1
		number, function, _ := strings.Cut(s[from:], " ")
		if line, err := strconv.ParseUint(number, 10, 31); err == nil && from > 1 {
			return Frame{File: s[:from-1], Line: int(line), Function: function}
		}
	}
}

// libraryPlaces are parts of the paths of code that is nobody's own: that of
// interpreters, runtimes and installed packages.
var libraryPlaces = []string{
	"/lib/python", "/lib64/python", "/site-packages/", "/dist-packages/", "/golang.org/toolchain@", ".so.",
	"/lib/rustlib/src/", "/.cargo/registry/", "/.cargo/git/",
}

// rustPlaces begin the paths of Rust's own library: as it was built, from its source, or
// with paths cut short.
var rustPlaces = []string{"/rustc/", "library/std/src/", "library/core/src/", "library/alloc/src/"}

// libraryFiles are Python's own, where a stack has no directories.
var libraryFiles = map[string]bool{
	"threading.py": true, "synchronize.py": true, "queues.py": true, "queue.py": true, "popen_fork.py": true, "popen_spawn_posix.py": true,
	"selectors.py": true, "subprocess.py": true, "socket.py": true,
}

// library reports whether a file is nobody's own code.
func library(file string) bool {
	if strings.HasPrefix(file, "<") || strings.HasPrefix(file, "/usr/lib") || strings.HasSuffix(file, ".so") || libraryFiles[file] {
		return true
	}
	for _, p := range libraryPlaces {
		if strings.Contains(file, p) {
			return true
		}
	}
	for _, p := range rustPlaces {
		if strings.HasPrefix(file, p) {
			return true
		}
	}
	// Go's own packages have no dot in their first name; built with -trimpath,
	// a file begins with its package.
	_, in, ok := strings.Cut(file, "/go/src/")
	if !ok {
		in = file
	}
	first, _, deeper := strings.Cut(in, "/")
	return (ok || deeper && first != "" && (strings.HasSuffix(file, ".go") || strings.HasSuffix(file, ".s"))) && !strings.Contains(first, ".")
}

// Own returns the innermost frame that is the user's own code or, if none is,
// the innermost one with a file, or else the innermost of the program itself.
func Own(stack []string) (f Frame, ok bool) {
	native := Frame{}
	for _, s := range stack {
		g := ParseFrame(s)
		switch {
		case g.File == "" && g.native() && native.Module == "":
			native = g
		case g.File == "":
		case !library(g.File):
			return g, true
		case !ok:
			f, ok = g, true
		}
	}
	if !ok && native.Module != "" {
		return native, true
	}
	return f, ok
}

// native reports whether a frame without a file is a named function of the program itself.
func (f Frame) native() bool {
	return f.Module != "" && !strings.HasPrefix(f.Function, f.Module+"+0x") && !strings.HasSuffix(f.Module, ".so") && !strings.Contains(f.Module, ".so.")
}

// InOwn reports whether a stack has a frame of the user's own code.
func InOwn(stack []string) bool {
	return slices.ContainsFunc(stack, func(s string) bool {
		f := ParseFrame(s)
		return f.native() || f.File != "" && !library(f.File)
	})
}

// joinFrames is how many frames from the innermost on may be the functions that wait
// for the end of a thread.
const joinFrames = 4

// Joins reports whether a thread waits for the end of another one of its process, which
// counts as a lock: pthread_join(3), on which those of C++ and Rust rest, or Python's.
func Joins(d graph.Doing, stack []string) bool {
	return d == graph.InLock && slices.ContainsFunc(stack[:min(len(stack), joinFrames)], func(s string) bool {
		f := ParseFrame(s)
		switch f.Function {
		case "join", "_wait_for_tstate_lock":
			return f.File == "threading.py" || strings.HasSuffix(f.File, "/threading.py")
		}
		return strings.HasPrefix(strings.TrimLeft(f.Function, "_"), "pthread_") && strings.Contains(f.Function, "join")
	})
}

// Where is the place of a frame without its directory: "worker.py:5".
func (f Frame) Where() string {
	if f.File == "" {
		return plain(f.Function)
	}
	return plain(f.File[strings.LastIndexByte(f.File, '/')+1:]) + ":" + strconv.Itoa(f.Line)
}

// String is the frame with its function: "worker.py:5 work".
func (f Frame) String() string {
	switch {
	case f.Module != "":
		return plain(f.Function) + " (" + plain(f.Module) + ")"
	case f.File == "" || f.Function == "":
		return f.Where()
	}
	return f.Where() + " " + plain(f.Function)
}
