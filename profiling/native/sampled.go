package native

import (
	"fmt"
	"slices"
	"strings"

	"example.com/muster/profiling/peek"
)

// Moment is what the kernel has told of a thread that ran.
type Moment struct {
	// V are the registers by DWARF's numbers for the processor; bit n of Known
	// says that V[n] is there.
	V     [maxReg]uint64
	Known uint64
	PC    uint64
	// Stack is what lay at the stack pointer and above it; empty if it is not known.
	Stack []byte
	// Calls are the program counters along the chain of frame pointers, innermost
	// first. In code that keeps none they are invented.
	Calls []uint64
}

// Unknown stands for a function in no mapping of the process.
const Unknown = "<unknown>"

// End is how a stack ends.
type End uint8

// The ends of stacks.
const (
	Whole  End = iota // with the function that nobody called
	Cut               // what was taken of the stack is too small
	Broken            // where the tables, or the chain, do not lead on
)

// Sampled is [Symbols.Stack] for a thread that ran, of which all registers and a
// piece of the stack are known. It goes by the tables as far as they lead; the
// chain of frame pointers carries on from there, and stands in where nothing was
// taken of the stack. jit names code that was made at run time, "" for none.
func (s *Symbols) Sampled(p peek.Process, maps []peek.Mapping, m *Moment, jit func(pc uint64) string) ([]Frame, End) {
	s.begin()
	defer s.trim()
	w := walk{text: p, maps: maps, image: func(m *peek.Mapping) (*image, error) { return s.find(p, maps, m) }, moment: m}
	if len(m.Stack) == 0 || m.Known == 0 {
		calls := m.Calls
		if len(calls) == 0 {
			calls = []uint64{m.PC}
		}
		return w.chain(nil, calls, true, jit)
	}
	piece := &piece{b: m.Stack}
	w.mem = piece
	frames, note := w.run(Registers{PC: m.PC})
	if note == "" {
		return frames, Whole
	}
	end := Broken
	switch {
	case w.final:
		end = Whole
	case piece.short && strings.HasPrefix(note, cannotRead):
		end = Cut
	}
	told := len(frames) > 0 && frames[len(frames)-1].PC == w.pc
	if i := slices.Index(m.Calls, w.pc); i >= 0 {
		rest := m.Calls[i:]
		if told {
			rest = rest[1:]
		}
		more, how := w.chain(frames, rest, i == 0 && !told, jit)
		if len(more) > len(frames) {
			return more, how
		}
	} else if other, how := w.chain(nil, m.Calls, true, jit); len(other) > len(frames) {
		return other, how
	}
	if len(frames) == 0 {
		frames = append(frames, Frame{PC: m.PC, Function: w.unnamed(m.PC, jit)})
	}
	return frames, end
}

// piece is the part of a stack that was taken.
type piece struct {
	b     []byte
	from  uint64
	short bool // more was wanted
}

// ReadAt reads from the piece.
func (s *piece) ReadAt(b []byte, addr uint64) error {
	if addr < s.from || addr-s.from > uint64(len(s.b)) || uint64(len(b)) > uint64(len(s.b))-(addr-s.from) {
		s.short = addr >= s.from
		return errShort
	}
	copy(b, s.b[addr-s.from:])
	return nil
}

var errShort = fmt.Errorf("beyond what was taken of the stack")

// chain adds the functions at program counters, the first of which may be where
// the thread stands; the others are return addresses, which follow a call: what
// does not is invented.
func (w *walk) chain(frames []Frame, calls []uint64, exact bool, jit func(uint64) string) ([]Frame, End) {
	frames = slices.Clone(frames)
	for i, pc := range calls {
		if len(frames) >= MaxFrames {
			return frames, Cut
		}
		w.pc, w.exact = pc, exact && i == 0
		at, m, im, note := w.locate()
		switch {
		case note == "":
		case m != nil && (jit(pc) != "" || w.exact || i == len(calls)-1 || m.Inode == 0):
			frames = append(frames, Frame{PC: pc, Function: w.unnamed(pc, jit)})
			continue
		case w.exact:
			frames = append(frames, Frame{PC: pc, Function: w.unnamed(pc, jit)})
			continue
		default:
			return frames, Broken
		}
		pl := im.place(at)
		if !w.exact && pl.root {
			return frames, Whole
		}
		if !w.exact && !pl.called {
			return frames, Broken
		}
		w.arch = im.arch
		frames = w.tell(frames, pl, m, im)
		if pl.last {
			return frames, Whole
		}
	}
	return frames, Broken // nobody says that this was all
}

// Made stands for a function that was made at run time, by a JIT compiler, and of which
// nothing tells the name.
const Made = "<code made at run time>"

// unnamed is what stands for a function that no file tells.
func (w *walk) unnamed(pc uint64, jit func(uint64) string) string {
	m := peek.Find(w.maps, pc)
	switch {
	case jit(pc) != "":
		return jit(pc)
	case m == nil:
		return Unknown
	case m.Path != "":
		return fmt.Sprintf("%s+%#x", module(m), pc-m.Start+m.Offset)
	}
	return Made
}
