package cpython

import (
	"fmt"

	"example.com/muster/profiling/peek"
)

// MaxFrames bounds a stack: of a deeper one the innermost frames are returned.
const MaxFrames = 4096

// Bounds of one call: of the frames that are visited in all threads together,
// and of the bytes of names and tables that are read.
const (
	maxSteps = 1 << 17
	maxBytes = 32 << 20
)

// allowance is what is left of these bounds.
type allowance struct{ steps, bytes int }

// take takes bytes, if there are as many left.
func (a *allowance) take(n int) bool {
	a.bytes -= n
	return a.bytes >= 0
}

// Frame is a call of a Python function.
type Frame struct {
	File     string // as the code has it: often absolute, or "<string>"
	Function string // its name without class or module, as in a traceback
	Line     int    // the line that it executes; 0 if the code has none
}

// String returns the frame as muster prints it.
func (f Frame) String() string { return fmt.Sprintf("%s:%d %s", f.File, f.Line, f.Function) }

// Thread is a thread with a Python thread state.
type Thread struct {
	TID    int     // the kernel's, 0 if it has ended
	Frames []Frame // innermost first; none if it executes no Python code
	// Torn says that the thread moved on while it was read: the frames are
	// frames of it, but may be of two moments, or lack the outermost ones.
	Torn bool
}

// Stacks returns what each Python thread of all its interpreters executes. If
// the list itself changes under the reader, the threads that were read come
// with an error.
func (in *Interpreter) Stacks() ([]Thread, error) {
	in.begin()
	var out []Thread
	for t, err := range in.walk() {
		if err != nil {
			return out, in.wrap("the threads", err)
		}
		frames, torn := in.stackOf(&t)
		out = append(out, Thread{t.tid, frames, torn})
		if t.tid != 0 {
			in.threads[t.tid] = t.addr
		}
	}
	if !in.mem.Alive() {
		return nil, in.wrap("the threads", peek.ErrGone)
	}
	return out, nil
}

// Stack returns what one thread executes, innermost first, and whether it
// moved on meanwhile (see [Thread.Torn]). A thread that is not Python's has
// no frames.
func (in *Interpreter) Stack(tid int) (frames []Frame, torn bool, err error) {
	in.begin()
	if addr, ok := in.threads[tid]; ok {
		if t, err := in.readThread(addr, 0); err == nil && t.tid == tid {
			frames, torn = in.stackOf(&t)
			return frames, torn, nil
		}
		delete(in.threads, tid)
	}
	for t, err := range in.walk() {
		if err != nil {
			return nil, false, in.wrap("the threads", err)
		}
		if t.tid == tid {
			in.threads[tid] = t.addr
			frames, torn = in.stackOf(&t)
			return frames, torn, nil
		}
	}
	return nil, false, nil
}

// begin starts a call: whatever may have changed is read again.
func (in *Interpreter) begin() {
	in.fresh, in.left = false, allowance{maxSteps, maxBytes}
	if len(in.threads) > 2*maxThreads {
		clear(in.threads)
	}
}

// wrap names the process in an error.
func (in *Interpreter) wrap(what string, err error) error {
	return fmt.Errorf("cannot read %s of Python pid %d: %w", what, in.pid, err)
}

// attempts is how often a stack that changed under the reader is read.
const attempts = 3

// stackOf reads the frames of a thread.
func (in *Interpreter) stackOf(t *thread) (frames []Frame, torn bool) {
	for range attempts {
		if frames, torn = in.stackOnce(t); !torn {
			break
		}
		if frame, err := in.innermost(t.addr); err == nil {
			t.frame = frame
		}
	}
	return frames, torn
}

// rawFrame is a frame as it was read.
type rawFrame struct {
	code  uint64
	instr uint64 // as frameLayout.position says
}

// stackOnce reads the frames once.
func (in *Interpreter) stackOnce(t *thread) (frames []Frame, torn bool) {
	if t.frame == 0 || in.left.steps <= 0 {
		return nil, t.frame != 0
	}
	in.pages.forget()
	at, err := in.instruction(&in.pages, t.frame)
	if err != nil {
		return nil, true
	}
	raw, torn := in.chain(t.frame)
	codes := in.codes.look(in, raw)
	frames = make([]Frame, 0, len(raw))
	for i, r := range raw {
		c := codes[i]
		if c == nil {
			torn = true
			break
		}
		frames = append(frames, Frame{c.file, c.function, in.line(c, r)})
	}
	return frames, torn || in.moved(t, at)
}

// chain follows the frames from the innermost one.
func (in *Interpreter) chain(addr uint64) (raw []rawFrame, torn bool) {
	l := &in.layout.frame
	raw = in.codes.raw[:0]
	defer func() { in.codes.raw = raw }()
	var loop cycle
	for addr != 0 && len(raw) < MaxFrames {
		if in.left.steps--; in.left.steps < 0 || loop.closed(addr) {
			return raw, true
		}
		b, err := in.pages.read(addr, l.size)
		if err != nil {
			return raw, true
		}
		r := rawFrame{code: le.Uint64(b[l.code:])}
		if l.tagged {
			r.code &^= 7
		}
		r.instr = in.position(b[l.instr:])
		addr = le.Uint64(b[l.back:])
		if l.owner == 0 || b[l.owner] < l.entry {
			raw = append(raw, r)
		}
	}
	return raw, false
}

// moved reports whether the thread's innermost frame is another one now, or
// has gone on to another instruction.
func (in *Interpreter) moved(t *thread, instr uint64) bool {
	frame, err := in.innermost(t.addr)
	if err != nil || frame != t.frame {
		return true
	}
	is, err := in.instruction(unkept{in.mem}, frame)
	return err != nil || instr != is
}

// instruction reads where a frame is.
func (in *Interpreter) instruction(from reader, frame uint64) (uint64, error) {
	b, err := from.read(frame+in.layout.frame.instr, 8)
	if err != nil {
		return 0, err
	}
	return in.position(b), nil
}

// position reads the field that says where a frame is.
func (in *Interpreter) position(b []byte) uint64 {
	if in.layout.frame.position == byPointer {
		return le.Uint64(b)
	}
	return uint64(int64(int32(le.Uint32(b))))
}

// line returns the line that a frame executes.
func (in *Interpreter) line(c *code, r rawFrame) int {
	switch in.layout.frame.position {
	case inBytes:
		return c.line(int64(r.instr))
	case inUnits:
		return c.line(2 * int64(r.instr))
	}
	return c.line(int64(r.instr - r.code - in.layout.code.instructions))
}
