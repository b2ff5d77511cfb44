package cpython

import (
	"slices"

	"example.com/muster/profiling/peek"
)

// trail is what led to the innermost frame of a thread when it was looked at
// last. Most often it still does.
type trail struct {
	ident  uint64 // of the thread
	cframe uint64 // 0 if there is none
	page   uint64 // the one with the innermost frame
	base   uint64 // the outermost frame
}

// follow looks in one read whether the trail of a thread still leads to a frame,
// and keeps the page on which that is, if it is the same one. It is false where
// the thread has to be looked for.
func (in *Interpreter) follow(tid int) (t thread, ok bool) {
	addr, was := in.threads[tid], in.trails[tid]
	if addr == 0 || was.ident == 0 {
		return thread{}, false
	}
	l := &in.layout.thread
	size := l.size()
	parts := append(in.codes.parts[:0], peek.Part{Addr: addr, Len: size})
	if l.cframe {
		parts = append(parts, peek.Part{Addr: was.cframe + l.current, Len: 8})
	}
	needed := len(parts)
	parts = append(parts, peek.Part{Addr: was.page, Len: pageSize})
	in.codes.parts = parts
	b := in.codes.buffer(size + 8 + pageSize)
	n, err := in.mem.ReadParts(b, parts)
	if err != nil || n < needed || !slices.Contains(in.known, le.Uint64(b[l.interp:])) || le.Uint64(b[l.ident:]) != was.ident {
		return thread{}, false
	}
	t = thread{addr: addr, prev: le.Uint64(b[l.prev:]), next: le.Uint64(b[l.next:]), ident: was.ident, tid: tid}
	t.frame = le.Uint64(b[l.frame:])
	t.path[0] = t.frame
	b = b[size:]
	if l.cframe {
		if t.frame != was.cframe || t.frame == 0 {
			return thread{}, false
		}
		t.frame = le.Uint64(b)
		t.path[1] = t.frame
		b = b[8:]
	}
	in.pages.forget()
	if n > needed && pageOf(t.frame) == was.page {
		in.pages.keep(was.page, b[:pageSize])
	}
	return t, true
}

// note notes the trail of a thread.
func (in *Interpreter) note(t *thread, base uint64) {
	if len(in.trails) > 2*maxThreads {
		clear(in.trails)
	}
	was := trail{ident: t.ident, page: pageOf(t.frame), base: base}
	if in.layout.thread.cframe {
		was.cframe = t.path[0]
	}
	in.trails[t.tid] = was
}
