package native

import (
	"encoding/binary"
	"errors"
	"fmt"

	"example.com/muster/profiling/peek"
)

// maxReg is how many registers are followed, by DWARF's numbers: 16 and the
// return address of amd64 (System V ABI, AMD64 supplement, figure 3.36), x0 to
// x30 and sp of arm64 (DWARF for the Arm 64-bit Architecture, section 4.1).
const maxReg = 33

// arch is what differs between processors.
type arch struct {
	sp, fp, ra uint8
	saved      uint64 // the registers that a function leaves as they were
	callPushes bool   // a call puts the return address on the stack
	names      func(uint8) string
	called     func(code []byte, next uint64) call
}

var amd64 = &arch{
	sp: 7, fp: 6, ra: 16,
	saved:      1<<3 | 1<<6 | 0xf<<12,
	callPushes: true,
	names: func(r uint8) string {
		if r < 8 {
			return [8]string{"rax", "rdx", "rcx", "rbx", "rsi", "rdi", "rbp", "rsp"}[r]
		}
		return fmt.Sprintf("r%d", r)
	},
	called: calledAMD64,
}

// The return address of arm64 is in x30, which a function that calls nothing
// leaves there: as long as nobody saved it, "the same as before" holds for it.
var arm64 = &arch{
	sp: 31, fp: 29, ra: 30,
	saved:  0x7ff<<19 | 1<<30,
	names:  func(r uint8) string { return fmt.Sprintf("x%d", r) },
	called: calledARM64,
}

// registers are values, of which some are known.
type registers struct {
	v     [maxReg]uint64
	known uint64 // bit n: v[n] is known
}

func (r *registers) set(n uint8, v uint64) {
	if n < maxReg {
		r.v[n] = v
		r.known |= 1 << n
	}
}

func (r *registers) get(n uint8) (uint64, bool) {
	if n >= maxReg || r.known&(1<<n) == 0 {
		return 0, false
	}
	return r.v[n], true
}

// needs begins every reason that a register is missing.
const needs = "needs "

// unknown says which register is missing.
type unknown uint8

func (u unknown) Error() string { return fmt.Sprintf("needs register %d", uint8(u)) }

// why words an error of a rule.
func (a *arch) why(err error) string {
	var u unknown
	switch {
	case errors.As(err, &u):
		return needs + a.names(uint8(u)) + ", which is not known"
	case errors.Is(err, peek.ErrGone), errors.Is(err, peek.ErrNotPermitted):
		return err.Error()
	}
	return cannotRead
}

const cannotRead = "the stack cannot be read"

// cfa computes the canonical frame address: on both processors what the stack
// pointer was before the call.
func (w *walk) cfa(r *row) (uint64, error) {
	if r.cfaExpr != nil {
		return evaluate(r.cfaExpr, w.column, w.mem, nil)
	}
	v, ok := w.column(r.cfaReg)
	if !ok {
		return 0, unknown(r.cfaReg)
	}
	return v + uint64(r.cfaOff), nil
}

// column is a register as the rules see it; the return column is where the
// program stands.
func (w *walk) column(n uint8) (uint64, bool) {
	if n == w.arch.ra && w.arch.callPushes {
		return w.pc, true
	}
	return w.regs.get(n)
}

// apply makes the caller's registers by the rules of .eh_frame, given the
// canonical frame address. Nothing changes where it fails.
func (w *walk) apply(r *row, cfa uint64) (why string) {
	next := registers{v: w.regs.v, known: w.regs.known & w.arch.saved}
	next.set(w.arch.sp, cfa)
	for i := range r.rules {
		rule := &r.rules[i]
		switch v, err := w.value(rule, cfa); {
		case rule.kind == undefined && rule.target == r.ra:
			w.ended = true
			return ""
		case err == nil:
			next.set(rule.target, v)
		case rule.target == r.ra:
			return w.arch.why(err)
		default:
			next.known &^= 1 << rule.target
		}
	}
	pc, ok := next.get(r.ra)
	if !ok {
		return w.arch.why(unknown(r.ra))
	}
	if r.raSigned || !w.arch.callPushes {
		pc &= 1<<48 - 1 // the bits above hold a signature (Arm ARM, D8.8)
	}
	w.regs, w.pc = next, pc
	return ""
}

var errUndefined = errors.New("the value is lost")

// value computes a register of the caller.
func (w *walk) value(r *rule, cfa uint64) (uint64, error) {
	switch r.kind {
	case atOffset:
		return peek.Uint64(w.mem, cfa+uint64(r.off))
	case isOffset:
		return cfa + uint64(r.off), nil
	case inRegister:
		if v, ok := w.column(r.reg); ok {
			return v, nil
		}
		return 0, unknown(r.reg)
	case atExpression, isExpression:
		v, err := evaluate(r.expr, w.column, w.mem, &cfa)
		if err != nil || r.kind == isExpression {
			return v, err
		}
		return peek.Uint64(w.mem, v)
	case same:
		if v, ok := w.column(r.target); ok {
			return v, nil
		}
		return 0, unknown(r.target)
	}
	return 0, errUndefined
}

// window reads a stack in pieces, for a system call costs more than a copy,
// and what is read at once was there at once.
type window struct {
	src interface {
		peek.Memory
		ReadSome(b []byte, addr uint64) (int, error)
	}
	from uint64
	n    int
	buf  [8 << 10]byte
}

// ReadAt reads from the piece, or moves it.
func (w *window) ReadAt(b []byte, addr uint64) error {
	if !w.holds(addr, len(b)) {
		n, err := w.src.ReadSome(w.buf[:], addr)
		if err != nil {
			return err
		}
		w.from, w.n = addr, n
		if !w.holds(addr, len(b)) {
			return w.src.ReadAt(b, addr)
		}
	}
	copy(b, w.buf[addr-w.from:])
	return nil
}

func (w *window) holds(addr uint64, n int) bool {
	return addr >= w.from && addr-w.from <= uint64(w.n) && uint64(n) <= uint64(w.n)-(addr-w.from)
}

// word reads a little-endian 64-bit word of a slice.
func word(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }
