package cpython

import (
	"cmp"
	"errors"
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
	prev  uint64
	next  uint64
	ident uint64
	tid   int // in our numbering; 0 if the kernel knows no such thread
	// path holds the words that lead to the innermost frame: that of the
	// thread state, and that of the _PyCFrame if there is one.
	path  [2]uint64
	frame uint64 // the innermost, 0 if it executes no Python
}

// list reads the thread states of all interpreters, the newest of each first.
// Where threads come and go meanwhile it tries again; if that does not help, it
// returns those that it has read with an error. The last of them is the oldest
// thread, which hardly ever ends: a list that ends otherwise than the latest one
// is looked at again.
func (in *Interpreter) list() (threads []thread, err error) {
	for range 2 * attempts {
		threads, err = in.listOnce()
		if hopeless(err) {
			break
		}
		if err != nil {
			continue
		}
		oldest := uint64(0)
		if len(threads) > 0 {
			oldest = threads[len(threads)-1].addr
		}
		if oldest == in.oldest {
			break
		}
		in.oldest = oldest
	}
	return threads, err
}

// listOnce reads the list once. A thread state that was freed under the reader
// often looks like the last one; the links back tell, and the head.
func (in *Interpreter) listOnce() (threads []thread, err error) {
	if err := in.listInterpreters(); err != nil {
		return nil, err
	}
	for _, interp := range in.known {
		first := interp + in.layout.interp.threads
		head, err := peek.Uint64(in.mem, first)
		if err != nil {
			return threads, err
		}
		before := uint64(0)
		for addr, loop := head, (cycle{}); addr != 0 && len(threads) < maxThreads; {
			if loop.closed(addr) {
				return threads, errMoved
			}
			t, err := in.readThread(addr)
			if err == nil && before != 0 && t.prev != before {
				err = errMoved
			}
			if err != nil {
				return threads, err
			}
			threads, before, addr = append(threads, t), addr, t.next
		}
		if now, err := peek.Uint64(in.mem, first); err != nil || now != head {
			return threads, cmp.Or(err, errMoved)
		}
	}
	return threads, nil
}

// listInterpreters notes where the PyInterpreterStates are, the newest first.
func (in *Interpreter) listInterpreters() error {
	in.known = in.known[:0]
	addr, err := peek.Uint64(in.mem, in.found.start+in.layout.interpretersHead)
	for err == nil && addr != 0 && len(in.known) < maxInterpreters {
		in.known = append(in.known, addr)
		addr, err = peek.Uint64(in.mem, addr+in.layout.interp.next)
	}
	return err
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

// readThread reads the PyThreadState at an address, which must belong to an
// interpreter that is known.
func (in *Interpreter) readThread(addr uint64) (thread, error) {
	l := &in.layout.thread
	var raw [maxThreadState]byte
	b := raw[:l.size()]
	if err := in.mem.ReadAt(b, addr); err != nil {
		return thread{}, err
	}
	if !slices.Contains(in.known, le.Uint64(b[l.interp:])) {
		return thread{}, errMoved
	}
	t := thread{addr: addr, prev: le.Uint64(b[l.prev:]), next: le.Uint64(b[l.next:]), ident: le.Uint64(b[l.ident:])}
	t.tid = in.tidOf(t.ident, b)
	return t, nil
}

// lead looks which frame a thread executes, and notes the way there.
func (in *Interpreter) lead(t *thread) (err error) {
	l := &in.layout.thread
	if t.frame, err = peek.Uint64(in.mem, t.addr+l.frame); err != nil {
		return err
	}
	t.path = [2]uint64{t.frame, 0}
	if l.cframe && t.frame != 0 {
		t.frame, err = peek.Uint64(in.mem, t.frame+l.current)
		t.path[1] = t.frame
	}
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
