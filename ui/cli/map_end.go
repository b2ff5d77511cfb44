package cli

import (
	"errors"
	"syscall"

	"example.com/muster/procs"
	"example.com/muster/procs/spawn"
	"example.com/muster/procs/task"
)

// mapEnd is how a map came to its end.
type mapEnd struct {
	err       error        // what task.Map.Run returned
	guardGone bool         // the guard ended before the map did
	left      error        // what became of the guard's own end
	shellHint string       // what to say if a command cannot be started; see shellHint
	signal    procs.Signal // the one that has ended it, 0 if none has
	stopped   bool         // a person did not want the rest
	failed    uint64       // items
}

// fault returns what went wrong with the map itself, with what can be done about it; nil
// if nothing did.
func (e *mapEnd) fault() error {
	err := e.err
	if e.guardGone || errors.Is(err, spawn.ErrGuardEnded) { // whoever noticed it first
		err = errors.New("the guard process was killed: everything was stopped")
	}
	if err == nil {
		err = e.left
	}
	if fatal, ok := errors.AsType[*task.Fatal](err); ok {
		err = hinted(err, fatal.Hint)
	}
	if start, ok := errors.AsType[*spawn.StartError](err); ok && start.Lacks == "" && e.shellHint != "" {
		err = hinted(err, e.shellHint)
	}
	return lacking(err)
}

// code returns what to exit with after a fault, nil for none, and what is to be told of it.
func (e *mapEnd) code(fault error) (code int, told error) {
	switch {
	case e.signal != 0:
		return 128 + int(e.signal), fault
	case errors.Is(fault, syscall.EPIPE): // as in `| head`: end as SIGPIPE would have it
		return 128 + int(syscall.SIGPIPE), nil
	case fault != nil:
		return codeMap, fault
	case e.stopped:
		return 128 + int(syscall.SIGINT), nil
	}
	return int(min(e.failed, 101)), nil
}
