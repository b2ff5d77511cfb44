package crash

import (
	"slices"
	"strings"
)

// Words are last words: something in an output, or told by an agent, that says
// what went wrong in a program. A parser has recognised them.
type Words struct {
	Format Format
	// Exception is what went wrong. It is never nil.
	Exception *Exception
	// Thread is who it happened to where the text says so: "Thread-1 (work)",
	// "goroutine 7", "Current thread", "" for the main thread or if not said.
	Thread string
	// Process is the name that multiprocessing printed above a worker's traceback:
	// "ForkPoolWorker-3".
	Process string
	// Others are the stacks of other threads in the same dump, equal ones folded.
	Others []Stack
	// Scope says what such words are the end of.
	Scope Scope
	// Logged: they are part of a log record (logging.exception), where a
	// program tells of what it has coped with.
	Logged bool
	// Warned: the record is a warning.
	Warned bool
	// Caught: the outermost frame is not where a program begins, so something
	// caught the exception and printed it. The program may have ended itself
	// after that, or gone on.
	Caught bool
	// Cut: the text stops before its end, as that of a killed process does, or
	// lines of others are mixed into it.
	Cut bool
	// Aside is what else an agent says of it, in a sentence: "it was raised in
	// Handle.__del__, where nothing can catch it".
	Aside string
	// Exits: it is the program's own wish to end, such as a SystemExit that ends a process.
	Exits bool
	// PID wrote them; 0 where the output's mode cannot tell.
	PID int
	// From and To bound their lines by sequence number: From <= Seq < To.
	From, To uint64
	// Timed is the first of those lines that are of its message as far as the time
	// tells: they came at once after it. 0 if there are none.
	Timed uint64
}

// sure is the number behind the lines of which more than the time tells that they are theirs.
func (w *Words) sure() uint64 {
	if w.Timed > 0 {
		return w.Timed
	}
	return w.To
}

// OfThread reports whether they are a thread's traceback, or one into which others may have
// written, as threads do that print at the same time.
func (w *Words) OfThread() bool {
	return w.Format == PythonTraceback && (w.Scope == EndsThread || w.Cut)
}

// torn reports whether they are a traceback of which not even the type has come: it was
// cut short, or others have written into its lines.
func (w *Words) torn() bool {
	return w.Format == PythonTraceback && w.Cut && w.Exception.Type == ""
}

// WithParent reports whether they are those of a Python that ends because its parent does:
// both got a SIGINT, as by Ctrl-C, or what the library has read from the parent has ended,
// which it also may have after a read that was interrupted.
func (w *Words) WithParent() bool {
	e := w.Exception
	if e == nil || e.Type == "KeyboardInterrupt" {
		return e != nil
	}
	return e.Type == "EOFError" && len(e.Frames) > 0 && e.Frames[0].Library
}

// noInput reports whether they are those of a Python whose input() found nothing to read
// (Python/bltinmodule.c).
func (w *Words) noInput() bool {
	return w.Exception != nil && w.Exception.Type == "EOFError" && w.Exception.Message == "EOF when reading a line"
}

// Format names a parser.
type Format string

// The formats.
const (
	PythonTraceback Format = "python traceback"
	Faulthandler    Format = "python faulthandler"
	GoPanic         Format = "go panic" // also its fatal errors and deadlocks
	GoRace          Format = "go race report"
	RustPanic       Format = "rust panic"
	CPPTerminate    Format = "c++ terminate"
	Glibc           Format = "glibc abort"       // *** stack smashing detected ***, double free, malloc(), assert
	ASan            Format = "address sanitizer" // also its leak sanitizer, and the memory sanitizer
	TSan            Format = "thread sanitizer"
	UBSan           Format = "undefined behavior sanitizer"
	Node            Format = "node exception"
	NodeAbort       Format = "node abort" // V8's heap ran out, process.abort(), assertions of Node's own
	AgentReport     Format = "python agent"
)

// Scope is how much ends with the failure that some words tell of.
type Scope string

// The scopes.
const (
	// EndsProcess: nothing that the text shows is behind it. Whether the process
	// did end is known by its exit only: a program can print the same of what it
	// has caught where it begins.
	EndsProcess Scope = "process"
	EndsThread  Scope = "thread"  // one thread ends, the process goes on
	EndsTask    Scope = "task"    // one call that a pool was given; the worker goes on
	EndsNothing Scope = "nothing" // a report only: a race, an exception ignored in __del__
)

// Exception is what a program said of its own failure, by exception, panic or
// report.
type Exception struct {
	// Type is "ValueError", "panic", "fatal error", "heap-use-after-free"; a
	// Python type outside builtins has its module: "queue.Empty".
	Type string
	// Message is any text of the program's, bounded to [MaxMessage] bytes.
	Message string
	// Frames are where it happened, innermost first.
	Frames []Frame
	// Omitted frames are left out of the middle of a very deep stack.
	Omitted int
	// Chain is what it followed from, the nearest first, for Python with How
	// set; a worker's own exception that a pool brought to its parent
	// (RemoteTraceback) is not here but is itself the Exception, with the
	// parent's as its Chain.
	Chain []*Exception
	// How an exception of a Chain led to the next: "cause" (raise ... from),
	// "context" (while handling), "fetched" (the parent got it from the worker).
	How string
	// Group holds the exceptions of an ExceptionGroup.
	Group []*Exception
}

// MaxMessage bounds the message of an exception, in bytes.
const MaxMessage = 4096

// Frame is one call.
type Frame struct {
	File     string // as the program names it; "" if not known
	Line     int    // 0 if not known
	Function string
	// Source is the line's text where the program printed it.
	Source string
	// Library frames are not the user's own code: of the interpreter, its
	// standard library, site-packages, the Go or Rust runtime, libc.
	Library bool
	// Repeated is how many further equal frames this one stands for.
	Repeated int
}

// Stack is one or several threads that are at the same place.
type Stack struct {
	Thread string // of the first of them, with what it is said to do
	Count  int
	Frames []Frame // innermost first
}

// Top returns the innermost frame of the user's own code, else the innermost
// at all, else nil.
func (e *Exception) Top() *Frame {
	for i := range e.Frames {
		if !e.Frames[i].Library {
			return &e.Frames[i]
		}
	}
	if len(e.Frames) > 0 {
		return &e.Frames[0]
	}
	return nil
}

// in reports whether the exception passed through a function of a library's file.
func (e *Exception) in(function, file string) bool {
	return slices.ContainsFunc(e.Frames, func(f Frame) bool {
		return f.Library && f.Function == function && strings.HasSuffix(f.File, file)
	})
}
