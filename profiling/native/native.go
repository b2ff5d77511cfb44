// Package native tells in which functions a blocked thread of a C, C++, Rust or
// Go program is, from outside: without a debugger, and without stopping it.
//
// The kernel gives two registers of a blocked thread, its program counter and
// its stack pointer (/proc/PID/task/TID/syscall, see proc(5)). The rest is read
// from the stack, as the tables that compilers write for exceptions (.eh_frame)
// or for Go's runtime (.gopclntab) say. Other registers become known where an
// inner function has saved them; what needs one that is not known is told in
// the note, with one way round that must prove itself (see guess.go).
//
// Start at [Symbols.Stack]. The program's memory and files are untrusted: each
// length is bounded, and the worst answer is a short stack with a note. Nothing
// stops the thread meanwhile, so a caller should find it in the same system
// call afterwards; that every return address follows a call is checked here.
package native

import (
	"fmt"
	"path"

	"example.com/muster/profiling/peek"
)

// MaxFrames bounds a stack, without inlined functions; of a deeper one, the
// innermost frames are told.
const MaxFrames = 256

// Registers are what is known of a thread from the start.
type Registers struct {
	PC, SP uint64
	FP     uint64 // the frame pointer: rbp, x29
	HasFP  bool
}

// Frame is one call of a stack.
type Frame struct {
	PC       uint64
	Function string // demangled; "libc.so.6+0x8f" where no symbol is known
	File     string // "" where unknown
	Line     int    // 0 where unknown
	Module   string // the file's base name: "libc.so.6"
	// Inferred says that this frame was found by a rule instead of by the
	// tables: the caller of a function with a frame pointer that nobody saved.
	Inferred bool
	// Inlined says that the compiler has put this function into the next one,
	// whose PC it has.
	Inlined bool
}

// walk is one stack while it is being read.
type walk struct {
	mem   peek.Memory // for the stack, read in pieces
	text  peek.Memory // for the rest
	maps  []peek.Mapping
	image func(*peek.Mapping) (*image, error)

	moment *Moment // nil: only what Registers has is known

	arch  *arch
	pc    uint64
	regs  registers
	exact bool // pc is where the thread stands, not a return address
	ended bool // the tables say that nobody called this function
	final bool // a stack always ends with this function, or changes to another one
	rough bool // some names are missing that could be found
	guess bool // from here on, frames were found by a rule
}

// Rough is the note of a stack whose names a later look may find.
const Rough = "not all names were found in the time that is taken for it; the next look finds more"

// Stack returns the calls that a thread is in, innermost first, and a note
// that says why the stack ends where it does if that is not its natural end.
// The mappings are the process's, as [peek.Process.Maps] returns them.
func (s *Symbols) Stack(p peek.Process, maps []peek.Mapping, r Registers) (frames []Frame, note string) {
	s.begin()
	defer s.trim()
	s.window.src, s.window.n = p, 0
	w := walk{
		mem:   &s.window,
		text:  p,
		maps:  maps,
		image: func(m *peek.Mapping) (*image, error) { return s.find(p, maps, m) },
	}
	frames, note = w.run(r)
	if w.rough && note == "" {
		note = Rough
	}
	return frames, note
}

// run walks from the innermost frame outwards.
func (w *walk) run(r Registers) (frames []Frame, note string) {
	w.pc, w.exact = r.PC, true
	for calls := 0; calls < MaxFrames; calls++ {
		at, m, im, note := w.locate()
		if note != "" {
			return frames, note
		}
		if w.arch == nil {
			w.start(im.arch, r)
		} else if w.arch != im.arch {
			return frames, "code of another processor"
		}
		pl := im.place(at)
		if !w.exact && pl.root {
			w.final = true
			return frames, ""
		}
		if !w.exact && !pl.called && (pl.row == nil || !pl.row.signal) {
			return frames, fmt.Sprintf("no call leads to %s: the stack is damaged, or changed while it was read", im.offset(w.pc, m))
		}
		frames = w.tell(frames, pl, m, im)
		w.rough = w.rough || pl.rough
		if pl.last {
			w.final = true
			return frames, pl.note
		}
		here := w.pc
		if why := w.step(pl, at); why != "" {
			return frames, why + " at " + im.offset(here, m)
		}
		if w.ended {
			return frames, ""
		}
	}
	return frames, fmt.Sprintf("the stack is deeper than %d frames", MaxFrames)
}

// start sets what is known of the registers.
func (w *walk) start(a *arch, r Registers) {
	w.arch, w.regs = a, registers{}
	if m := w.moment; m != nil {
		w.regs.v, w.regs.known = m.V, m.Known
		if piece, ok := w.mem.(*piece); ok {
			piece.from = m.V[a.sp]
		}
		return
	}
	w.regs.set(a.sp, r.SP)
	if r.HasFP {
		w.regs.set(a.fp, r.FP)
	}
}

// locate finds the file and the address in it that the program counter means.
func (w *walk) locate() (at uint64, m *peek.Mapping, im *image, note string) {
	pc := w.pc
	if !w.exact {
		pc-- // a return address may lie behind the end of its function
	}
	m = peek.Find(w.maps, pc)
	switch {
	case m == nil || !m.Perm.Has(peek.Exec):
		return 0, nil, nil, fmt.Sprintf("%#x is no code", w.pc)
	case m.Inode == 0 && m.Path != "[vdso]":
		return 0, nil, nil, fmt.Sprintf("%#x is code that was made at run time", w.pc)
	}
	im, err := w.image(m)
	if err != nil {
		return 0, nil, nil, fmt.Sprintf("cannot read %s: %v", module(m), err)
	}
	at, ok := im.address(pc - m.Start + m.Offset)
	if !ok {
		return 0, nil, nil, fmt.Sprintf("%#x is in no segment of %s", w.pc, module(m))
	}
	return at, m, im, ""
}

// tell adds the frames of a place: what is inlined there, and the function.
func (w *walk) tell(frames []Frame, pl *place, m *peek.Mapping, im *image) []Frame {
	f := Frame{PC: w.pc, Module: module(m), Inferred: w.guess, Inlined: true}
	for _, s := range pl.inlined {
		f.Function, f.File, f.Line = s.function, s.file, s.line
		frames = append(frames, f)
	}
	f.Function, f.File, f.Line, f.Inlined = pl.function, pl.file, pl.line, false
	switch {
	case f.Function != "":
	case w.moment != nil && pl.start != 0: // one name for one function
		f.Function = fmt.Sprintf("%s+%#x", module(m), pl.start)
	default:
		f.Function = im.offset(w.pc, m)
	}
	return append(frames, f)
}

// module is the base name of a mapping's file.
func module(m *peek.Mapping) string {
	if f := m.File(); f != "" {
		return path.Base(f)
	}
	return m.Path
}

// offset writes an address as its place in the file: "libc.so.6+0x8f".
func (im *image) offset(pc uint64, m *peek.Mapping) string {
	at, ok := im.address(pc - m.Start + m.Offset)
	if !ok {
		at = pc - m.Start + m.Offset
	}
	return fmt.Sprintf("%s+%#x", module(m), at)
}

// step goes to the caller's registers, or says why it cannot. The address at
// is where the image has the program counter.
func (w *walk) step(pl *place, at uint64) (why string) {
	sp := w.regs.v[w.arch.sp]
	exact := pl.row != nil && pl.row.signal
	switch {
	case pl.delta != nil:
		why = w.byGo(*pl.delta)
	case pl.row != nil:
		cfa, err := w.cfa(pl.row)
		if err != nil && !w.guessFrame(pl, at, &cfa) {
			return w.arch.why(err)
		}
		why = w.apply(pl.row, cfa)
	case !w.guessCaller(pl, at):
		why = pl.noRow
	}
	if why != "" || w.ended {
		return why
	}
	w.exact = exact
	if now := w.regs.v[w.arch.sp]; now < sp || now == sp && w.arch.callPushes {
		return "the stack does not lead outwards"
	}
	return ""
}
