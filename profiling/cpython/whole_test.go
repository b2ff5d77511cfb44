package cpython

import (
	"errors"

	"example.com/muster/profiling/peek"
)

// Thread is a thread with a Python thread state.
type Thread struct {
	TID    int     // the kernel's, 0 if it has ended
	Frames []Frame // innermost first; none if it executes no Python code
	// Torn says that the thread moved on while it was read: the frames are
	// frames of it, but may be of two moments, or lack the outermost ones.
	Torn bool
}

// stacks returns what each Python thread of all its interpreters executes. If
// the list itself changes under the reader, the threads that were read come
// with an error.
func (in *Interpreter) stacks() ([]Thread, error) {
	in.begin()
	list, err := in.list()
	out := make([]Thread, 0, len(list))
	for i := range list {
		t := &list[i]
		frames, torn := in.stackOf(t)
		out = append(out, Thread{t.tid, frames, torn})
		if t.tid != 0 {
			in.threads[t.tid] = t.addr
		}
	}
	if err == nil && !in.mem.Alive() {
		err = peek.ErrGone
	}
	if err != nil {
		return out, in.wrap("the threads", err)
	}
	return out, nil
}

// gilHolder returns the thread that has the main interpreter's GIL; ok is
// false if nobody has it, and tid 0 if the holder is none that the kernel
// knows.
func (in *Interpreter) gilHolder() (tid int, ok bool, err error) {
	all, err := in.GILs()
	if err != nil || len(all) == 0 {
		return 0, false, err
	}
	main := all[len(all)-1]
	return main.Holder, main.Locked, nil
}

// readSemLock reads one SemLock; it fails if there is none at the address.
func (in *Interpreter) readSemLock(object uint64) (SemLock, error) {
	locks, err := in.ReadSemLocks([]uint64{object}, nil)
	if err != nil {
		return SemLock{}, err
	}
	if len(locks) != 1 {
		return SemLock{}, errNotSemLock
	}
	return locks[0], nil
}

var errNotSemLock = errors.New("no SemLock is there")
