package cpython

import (
	"errors"
	"iter"
	"slices"

	"example.com/muster/profiling/peek"
)

// errMoved says that what was read cannot be of one moment, or cannot be what
// it is taken for.
var errMoved = errors.New("it changed while it was read")

// Bounds of the lists of interpreters and threads.
const (
	maxInterpreters = 256
	maxThreads      = 1 << 14
)

// maxThreadState is enough of a PyThreadState for every field of the layout.
const maxThreadState = 512

// thread is what was read of a PyThreadState.
type thread struct {
	addr  uint64
	next  uint64
	ident uint64
	tid   int    // in our numbering; 0 if the kernel knows no such thread
	frame uint64 // the innermost, 0 if it executes no Python
	// path holds the words that lead to the frame: that of the thread state,
	// and that of the _PyCFrame if there is one.
	path [2]uint64
}

// interpreters yields the address of each PyInterpreterState, the newest
// first. It stops at the first error.
func (in *Interpreter) interpreters() iter.Seq2[uint64, error] {
	return func(yield func(uint64, error) bool) {
		addr, err := peek.Uint64(in.mem, in.found.start+in.layout.interpretersHead)
		in.known = in.known[:0]
		for range maxInterpreters {
			if err == nil && addr == 0 {
				return
			}
			in.known = append(in.known, addr)
			if !yield(addr, err) || err != nil {
				return
			}
			addr, err = peek.Uint64(in.mem, addr+in.layout.interp.next)
		}
	}
}

// walk yields the threads of all interpreters, each read at the moment when it
// is yielded, the newest of each interpreter first.
func (in *Interpreter) walk() iter.Seq2[thread, error] {
	return func(yield func(thread, error) bool) {
		left := maxThreads
		for interp, err := range in.interpreters() {
			if err != nil {
				yield(thread{}, err)
				return
			}
			var loop cycle
			addr, err := peek.Uint64(in.mem, interp+in.layout.interp.threads)
			for ; left > 0 && (addr != 0 || err != nil); left-- {
				var t thread
				if err == nil && loop.closed(addr) {
					err = errMoved
				}
				if err == nil {
					t, err = in.readThread(addr, interp)
				}
				if !yield(t, err) || err != nil {
					return
				}
				addr = t.next
			}
		}
	}
}

// cycle finds out whether a chain of addresses leads into itself (Brent's
// algorithm: a mark that is set anew whenever the way has doubled).
type cycle struct {
	mark     uint64
	way, end int
}

// closed takes the next address, and reports whether it was there before.
func (c *cycle) closed(addr uint64) bool {
	if addr == c.mark && c.end > 0 {
		return true
	}
	if c.way++; c.way > c.end {
		c.mark, c.way, c.end = addr, 0, 2*c.end+1
	}
	return false
}

// readThread reads the PyThreadState at an address, which must belong to the
// interpreter, to any that is known if that is 0.
func (in *Interpreter) readThread(addr, interp uint64) (thread, error) {
	l := &in.layout.thread
	var raw [maxThreadState]byte
	b := raw[:l.size()]
	err := in.mem.ReadAt(b, addr)
	if err != nil {
		return thread{}, err
	}
	owner := le.Uint64(b[l.interp:])
	if owner != interp && (interp != 0 || !slices.Contains(in.known, owner)) {
		return thread{}, errMoved
	}
	t := thread{addr: addr, next: le.Uint64(b[l.next:]), ident: le.Uint64(b[l.ident:])}
	t.tid = in.tidOf(t.ident, b)
	return t, in.lead(&t, le.Uint64(b[l.frame:]))
}

// reread looks anew which frame a thread executes.
func (in *Interpreter) reread(t *thread) error {
	word, err := peek.Uint64(in.mem, t.addr+in.layout.thread.frame)
	if err != nil {
		return err
	}
	return in.lead(t, word)
}

// lead notes where the word leads that a thread state has for its innermost
// frame.
func (in *Interpreter) lead(t *thread, word uint64) error {
	t.path[0], t.frame, t.path[1] = word, word, 0
	l := &in.layout.thread
	if !l.cframe || word == 0 {
		return nil
	}
	var err error
	t.frame, err = peek.Uint64(in.mem, word+l.current)
	t.path[1] = t.frame
	return err
}

// way returns where the words are that lead to a thread's innermost frame. They
// say path if the thread still executes it.
func (in *Interpreter) way(t *thread) []peek.Part {
	l := &in.layout.thread
	parts := []peek.Part{{Addr: t.addr + l.frame, Len: 8}, {Addr: t.path[0] + l.current, Len: 8}}
	if !l.cframe {
		return parts[:1]
	}
	return parts
}

// tidOf returns the kernel's number of a thread: from 3.11 on the thread state
// has it; before, and after a fork that left it stale, the C library's struct
// pthread has.
func (in *Interpreter) tidOf(ident uint64, state []byte) int {
	if l := &in.layout.thread; l.native != 0 {
		if tid := in.kernelTID(le.Uint64(state[l.native:])); tid != 0 {
			return tid
		}
	}
	return in.pthreadTID(ident)
}

// kernelTID translates a thread id as the process sees it into ours, 0 if no
// such thread lives.
func (in *Interpreter) kernelTID(inner uint64) int {
	if inner == 0 || inner > 1<<31 {
		return 0
	}
	if tid, ok := in.tids[int(inner)]; ok {
		return tid
	}
	if in.fresh {
		return 0
	}
	tids, err := in.mem.TIDs()
	if err != nil {
		return 0
	}
	in.tids, in.fresh = tids, true
	return in.tids[int(inner)]
}

// pthreadBytes is how much of a struct pthread is searched for the thread's
// id, and glibcTID where glibc has it on x86-64.
const (
	pthreadBytes = 2 << 10
	glibcTID     = 720
)

// pthreadTID returns the kernel's number of the thread that a pthread_t, which
// is a pointer in all C libraries of Linux, belongs to. Where the number lies
// in there is private to the library, so it is searched for once.
func (in *Interpreter) pthreadTID(ident uint64) int {
	if ident == 0 {
		return 0
	}
	if in.tidAt >= 0 {
		inner, err := peek.Uint32(in.mem, ident+uint64(in.tidAt))
		if err != nil {
			return 0
		}
		return in.kernelTID(uint64(inner))
	}
	var b [pthreadBytes]byte
	n, err := in.mem.ReadSome(b[:], ident)
	if err != nil {
		return 0
	}
	for _, at := range tidPlaces {
		if at+4 > n {
			continue
		}
		inner := uint64(le.Uint32(b[at:]))
		if tid := in.kernelTID(inner); tid != 0 && (inner > 1 || at == glibcTID) {
			in.tidAt = at
			return tid
		}
	}
	return 0
}

// tidPlaces are the places in a struct pthread that may hold the thread's id,
// the likeliest first.
var tidPlaces = func() []int {
	list := []int{glibcTID}
	for at := 0; at < pthreadBytes; at += 4 {
		list = append(list, at)
	}
	return list
}()
