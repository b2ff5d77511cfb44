// Package spawn executes programs so that none of them, and nothing that they
// start, is left behind.
//
// Between muster and its children stands a guard: a second process of the
// same binary, in a session of its own and under a name of its own
// ([GuardName]). It is the parent of every child, and the subreaper (prctl(2),
// PR_SET_CHILD_SUBREAPER) of all their descendants. The two talk over a
// socket pair; when muster's end closes without a goodbye, the guard gives
// the terminal back and ends everything. muster is a subreaper too, so when
// the guard is killed its children fall to muster, which ends them.
//
//	shell -> muster -> guard -> children -> their descendants
//
// Start reading at [StartGuard] and [Guard.Start] (muster's end), then
// warden.go (the guard's end), then end.go (how everything is ended). What
// a program prints comes through [Streams]: pty.go, pipe.go and
// bywriter_linux.go open them, reader.go reads them by turns.
//
// A binary that calls [StartGuard] begins its main, and the TestMain of its
// tests, with
//
//	if spawn.IsGuard(os.Args) {
//		os.Exit(spawn.GuardMain())
//	}
//
// or does so earlier, as package ui/cli/guard does.
//
// Without subreapers (on macOS) the guard ends the process groups of the
// programs that it started, and nothing more: a descendant that made a session
// of its own escapes.
package spawn

import (
	"errors"
	"os"
	"time"

	"example.com/muster/procs"
)

// GuardName is the guard's argv[0] and the name of its process. It does not
// contain "muster", so that pkill muster spares the guard.
const GuardName = "pool-guard"

// DefaultGrace is how long the guard waits between SIGTERM and SIGKILL once
// muster has vanished.
const DefaultGrace = time.Second

// IsGuard reports whether these are the arguments of a guard.
func IsGuard(argv []string) bool { return len(argv) == 1 && argv[0] == GuardName }

// Command is a program to execute.
type Command struct {
	// Argv is the program and its arguments. A program without a slash is
	// looked for in the PATH of Env.
	Argv []string
	// Path is what [LookUp] has found for it; "" looks.
	Path string
	// Env is the whole environment, as "KEY=VALUE".
	Env []string
	// Dir is the working directory; "" is muster's own.
	Dir string
	// Streams are its standard input, output and error; nil is /dev/null for
	// all three. [Guard.Start] closes the program's ends of it.
	Streams *Streams
	// Extra become its descriptors 3 and 4. They stay the caller's.
	Extra []*os.File
	// Brief says that the process is to be known by its pid alone: nobody asks
	// when it started, which costs a twentieth of a short program's life. Should
	// the guard be killed, its exit is not known.
	Brief bool
	// Turn has programs run one after the other: one is started once all others
	// have ended that were asked for before it with the same number. 0: at once.
	Turn uint64
}

// LookUp says which file a command executes: the first of its name in the PATH of
// its environment. There is such a file, and it may be executed; that it is a
// program only starting it tells. The error is a *[StartError].
func LookUp(c Command) (path string, err error) { return findFile(c) }

// StartError is why a program could not be executed.
type StartError struct {
	// Code is what a shell would exit with: 127 if there is no such program,
	// 126 for everything else. 1 if it is no fault of the program's, see Lacks.
	Code int
	// Why names the cause, such as "not found: pyhton3".
	Why string
	// Kind is the cause without the program, such as "not found": the same for
	// all commands that cannot be executed for one reason.
	Kind string
	// Lacks says what there was too little of, "" if that was not it.
	Lacks procs.Lack
}

func (e *StartError) Error() string { return e.Why }

// NotFound is the kind of a [StartError] for want of such a program.
const NotFound = "not found"

// ErrGuardEnded is returned once the guard has ended: nothing can be started
// any more.
var ErrGuardEnded = errors.New("the guard process has ended")

// ErrWithdrawn is why a program was not started that [Guard.Withdraw] has taken back.
var ErrWithdrawn = errors.New("it was withdrawn before its turn")
