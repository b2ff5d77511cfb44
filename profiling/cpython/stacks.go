package cpython

import "fmt"

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

// Stack returns what one thread executes, innermost first. torn says that the
// thread moved on while it was read: the frames are frames of it, but may be of
// two moments, or lack the outermost ones. A thread that is not Python's has no
// frames.
func (in *Interpreter) Stack(tid int) (frames []Frame, torn bool, err error) {
	in.begin()
	if addr, ok := in.threads[tid]; ok {
		if t, err := in.readThread(addr); err == nil && t.tid == tid {
			frames, torn = in.stackOf(&t)
			return frames, torn, nil
		}
		delete(in.threads, tid)
	}
	list, err := in.list()
	for i := range list {
		if t := &list[i]; t.tid == tid {
			in.threads[tid] = t.addr
			frames, torn = in.stackOf(t)
			return frames, torn, nil
		}
	}
	if err != nil {
		return nil, false, in.wrap("the threads", err)
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
		if err := in.lead(t); err != nil {
			return nil, true
		}
		if frames, torn = in.stackOnce(t); !torn {
			break
		}
	}
	return frames, torn
}

// rawFrame is a frame as it was read.
type rawFrame struct {
	addr  uint64
	back  uint64
	code  uint64
	instr uint64 // as frameLayout.position says
	owner byte
}

// parse reads a frame from its bytes.
func (in *Interpreter) parse(addr uint64, b []byte) rawFrame {
	l := &in.layout.frame
	r := rawFrame{addr: addr, back: le.Uint64(b[l.back:]), code: le.Uint64(b[l.code:])}
	if l.tagged {
		r.code &^= 7
	}
	if l.position == byPointer {
		r.instr = le.Uint64(b[l.instr:])
	} else {
		r.instr = uint64(int64(int32(le.Uint32(b[l.instr:]))))
	}
	if l.owner != 0 {
		r.owner = b[l.owner]
	}
	return r
}

// stackOnce reads the frames once.
func (in *Interpreter) stackOnce(t *thread) (frames []Frame, torn bool) {
	if t.frame == 0 || in.left.steps <= 0 {
		return nil, t.frame != 0
	}
	in.pages.forget()
	raw, whole := in.chain(t.frame)
	codes, same := in.codes.look(in, t, raw)
	frames = make([]Frame, 0, len(raw))
	for i, r := range raw {
		if in.layout.frame.ofC(r) {
			continue
		}
		c := codes[i]
		if c == nil {
			whole = false
			break
		}
		if c.shim {
			continue
		}
		frames = append(frames, Frame{c.file, c.function, in.line(c, r)})
	}
	return frames, !whole || !same
}

// chain follows the frames from the innermost one; whole is false if it did not
// come to their end.
func (in *Interpreter) chain(addr uint64) (raw []rawFrame, whole bool) {
	raw = in.codes.raw[:0]
	defer func() { in.codes.raw = raw }()
	var loop cycle
	for addr != 0 && len(raw) < MaxFrames {
		if in.left.steps--; in.left.steps < 0 || loop.closed(addr) {
			return raw, false
		}
		b, err := in.pages.read(addr, in.layout.frame.size)
		if err != nil {
			return raw, false
		}
		raw = append(raw, in.parse(addr, b))
		addr = raw[len(raw)-1].back
	}
	// A generator that runs was resumed by somebody; one that was left is what
	// remains of a stack that is gone.
	return raw, len(raw) == 0 || addr != 0 || !in.layout.frame.ofGenerator(raw[len(raw)-1])
}

// ofC reports whether a frame has no code: C entered the interpreter there.
func (l *frameLayout) ofC(r rawFrame) bool { return l.owner != 0 && r.owner >= l.entry }

// ofGenerator reports whether a frame is that of a generator or coroutine.
func (l *frameLayout) ofGenerator(r rawFrame) bool { return l.owner != 0 && r.owner == l.generator }

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
