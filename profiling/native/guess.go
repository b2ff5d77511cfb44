package native

import (
	"encoding/binary"

	"example.com/muster/profiling/peek"
)

// What the tables cannot tell, because a register is missing or because there
// is no table, is guessed here, and only believed if it proves itself: what is
// taken for a return address must follow a call, and that call must lead to the
// function that is to return. Only amd64 puts every return address on the
// stack, so only there can it be found.

// maxSearch is how far above the stack pointer a return address is looked for.
const maxSearch = 64 << 10

// callKind is how a call names its target.
type callKind uint8

const (
	noCall callKind = iota
	direct          // target is the address
	slot            // target is the address of a word with the address
	other           // in a register, or in memory that a register points to
)

type call struct {
	kind   callKind
	target uint64
}

// calledAMD64 decodes the call instruction that ends before next. code is what
// precedes it, at least 7 bytes (Intel SDM, volume 2, CALL).
func calledAMD64(code []byte, next uint64) call {
	end := len(code)
	if end >= 5 && code[end-5] == 0xe8 {
		return call{direct, next + uint64(int64(int32(binary.LittleEndian.Uint32(code[end-4:]))))}
	}
	if end >= 6 && code[end-6] == 0xff && code[end-5] == 0x15 {
		return call{slot, next + uint64(int64(int32(binary.LittleEndian.Uint32(code[end-4:]))))}
	}
	for n := 2; n <= min(7, end); n++ {
		if code[end-n] == 0xff && indirectLen(code[end-n+1:]) == n {
			return call{kind: other}
		}
	}
	return call{}
}

// indirectLen is the length of the instruction FF /2 with this operand, 0 if
// it is another one.
func indirectLen(b []byte) int {
	mod, op, rm := b[0]>>6, b[0]>>3&7, b[0]&7
	if op != 2 {
		return 0
	}
	n := 2
	if mod != 3 && rm == 4 { // a SIB byte follows
		if len(b) < 2 {
			return 0
		}
		n++
		if mod == 0 && b[1]&7 == 5 {
			n += 4
		}
	}
	switch {
	case mod == 1:
		n++
	case mod == 2, mod == 0 && rm == 5:
		n += 4
	}
	return n
}

// calledARM64 knows BL, and BLR with and without authentication (Arm ARM, C4.1).
func calledARM64(code []byte, next uint64) call {
	if len(code) < 4 || next%4 != 0 {
		return call{}
	}
	op := binary.LittleEndian.Uint32(code[len(code)-4:])
	switch {
	case op>>26 == 0x25:
		return call{direct, next - 4 + uint64(int64(int32(op<<6))>>4)}
	case op&0xfffffc1f == 0xd63f0000, op&0xfefff800 == 0xd63f0800:
		return call{kind: other}
	}
	return call{}
}

// callBefore decodes the call that a return address would follow.
func (w *walk) callBefore(ra uint64) call {
	m := peek.Find(w.maps, ra-1)
	if m == nil || !m.Perm.Has(peek.Exec) || ra-8 < m.Start || ra < 8 {
		return call{}
	}
	var code [8]byte
	if w.text.ReadAt(code[:], ra-8) != nil {
		return call{}
	}
	return w.arch.called(code[:], ra)
}

// leadsTo reports whether a call goes to a function, be it through the table
// by which one library calls another.
func (w *walk) leadsTo(c call, function uint64) bool {
	switch c.kind {
	case direct:
		if c.target == function {
			return true
		}
		var stub [16]byte
		if w.text.ReadAt(stub[:], c.target) != nil {
			return false
		}
		at, ok := jumpSlot(stub[:], c.target)
		return ok && w.points(at, function)
	case slot:
		return w.points(c.target, function)
	}
	return false
}

func (w *walk) points(at, function uint64) bool {
	v, err := peek.Uint64(w.text, at)
	return err == nil && v == function
}

// jumpSlot decodes a stub of a procedure linkage table: perhaps endbr64, perhaps
// a prefix, and jmp *slot(%rip).
func jumpSlot(stub []byte, at uint64) (uint64, bool) {
	i := 0
	if binary.LittleEndian.Uint32(stub) == 0xfa1e0ff3 {
		i = 4
	}
	if stub[i] == 0xf2 {
		i++
	}
	if stub[i] != 0xff || stub[i+1] != 0x25 {
		return 0, false
	}
	return at + uint64(i) + 6 + uint64(int64(int32(binary.LittleEndian.Uint32(stub[i+2:])))), true
}

// guessFrame finds where the frame of a function with a frame pointer ends if
// the pointer is not known: its first instructions say how much they took from
// the stack. The calls' arguments or alloca may have taken more, so that the
// place is looked for from there on.
func (w *walk) guessFrame(pl *place, at uint64, cfa *uint64) bool {
	r := pl.row
	if !w.arch.callPushes || r.cfaExpr != nil || r.cfaReg != w.arch.fp || pl.start == 0 {
		return false
	}
	function := w.bias(at) + pl.start
	p := w.prologue(function, at-pl.start)
	for i := range r.rules { // saved registers are in the frame
		if r.rules[i].kind == atOffset && r.rules[i].off < 0 {
			p.taken = max(p.taken, uint64(-r.rules[i].off))
		}
	}
	sp := w.regs.v[w.arch.sp]
	least := (sp + p.taken + 15) &^ 15
	whole := p.whole && p.pushes == r.saved(w.arch)
	for c := least; c < sp+maxSearch; c += 16 { // calls are made with an aligned stack
		ra, err := peek.Uint64(w.mem, c-8)
		if err != nil {
			return false
		}
		found := w.callBefore(ra)
		fits := whole && c == least && (p.sub || w.chained(c-16))
		if found.kind == noCall || !fits && !w.leadsTo(found, function) {
			continue
		}
		w.regs.set(r.cfaReg, c-uint64(r.cfaOff))
		w.guess = true
		*cfa = c
		return true
	}
	return false
}

// saved counts the registers, but for the frame pointer, that a function has
// put on the stack for its caller.
func (r *row) saved(a *arch) (n int) {
	for i := range r.rules {
		if t := r.rules[i].target; r.rules[i].kind == atOffset && a.saved&(1<<t) != 0 && t != a.fp {
			n++
		}
	}
	return n
}

// chained reports whether a word is what a function keeps of its caller's
// frame pointer: above it there is another return address.
func (w *walk) chained(at uint64) bool {
	outer, err := peek.Uint64(w.mem, at)
	if err != nil || outer <= at || outer%8 != 0 {
		return false
	}
	ra, err := peek.Uint64(w.mem, outer+8)
	return err == nil && w.callBefore(ra).kind != noCall
}

// bias is by how much the process has an image elsewhere than its file says.
func (w *walk) bias(at uint64) uint64 {
	if w.exact {
		return w.pc - at
	}
	return w.pc - 1 - at
}

// opening is what the first instructions of a function do to the stack.
type opening struct {
	taken  uint64 // bytes from the frame's end downwards
	pushes int    // after the frame pointer's
	sub    bool   // room for variables was taken last
	whole  bool   // they begin as a function with a frame pointer does
}

// prologue decodes a function's first instructions.
func (w *walk) prologue(function, upTo uint64) opening {
	code := make([]byte, 64)
	if w.text.ReadAt(code, function) != nil {
		return opening{}
	}
	return prologue(code[:min(upTo, uint64(len(code)))])
}

// prologue decodes endbr64, push, mov %rsp,%rbp and sub $n,%rsp, which is all
// that compilers put there without optimisation; with it, other instructions
// come between, and the decoding ends too early. A probe of a large frame
// (or $0,(%rsp)) is passed over.
func prologue(code []byte) opening {
	c := cursor{b: code}
	o := opening{taken: 8} // the return address
	starts := func(bytes string) bool {
		if len(c.b)-c.i >= len(bytes) && string(c.b[c.i:c.i+len(bytes)]) == bytes {
			c.i += len(bytes)
			return true
		}
		return false
	}
	starts("\xf3\x0f\x1e\xfa")
	if !starts("\x55") || !starts("\x48\x89\xe5") && !starts("\x48\x8b\xec") {
		return o
	}
	o.taken, o.whole = 16, true
	for c.more() {
		switch next := c.b[c.i:]; {
		case next[0] >= 0x50 && next[0] <= 0x57:
			c.i, o.taken, o.pushes = c.i+1, o.taken+8, o.pushes+1
		case next[0] == 0x41 && len(next) > 1 && next[1] >= 0x50 && next[1] <= 0x57:
			c.i, o.taken, o.pushes = c.i+2, o.taken+8, o.pushes+1
		case starts("\x48\x83\xec"):
			o.taken, o.sub = o.taken+c.uint(1)&0x7f, true
		case starts("\x48\x81\xec"):
			o.taken, o.sub = o.taken+c.uint(4)&0x7fffffff, true
		case starts("\x48\x83\x0c\x24\x00"):
		default:
			return o
		}
	}
	o.whole = o.whole && !c.bad
	return o
}

// guessCaller finds the caller of a function without tables: by the call that
// leads to it, or else by the frame pointer.
func (w *walk) guessCaller(pl *place, at uint64) bool {
	if !w.arch.callPushes {
		return false
	}
	sp := w.regs.v[w.arch.sp]
	function := w.bias(at) + pl.start
	for c := (sp + 8 + 15) &^ 15; pl.start != 0 && c < sp+maxSearch; c += 16 {
		ra, err := peek.Uint64(w.mem, c-8)
		if err != nil {
			break
		}
		if w.leadsTo(w.callBefore(ra), function) {
			w.guessed(ra, c)
			return true
		}
	}
	fp, ok := w.regs.get(w.arch.fp)
	if !ok || fp < sp || fp%8 != 0 {
		return false
	}
	outer, err := peek.Uint64(w.mem, fp)
	ra, err2 := peek.Uint64(w.mem, fp+8)
	if err != nil || err2 != nil || w.callBefore(ra).kind == noCall {
		return false
	}
	w.guessed(ra, fp+16)
	w.regs.set(w.arch.fp, outer)
	return true
}

// guessed goes to a caller of which nothing else is known.
func (w *walk) guessed(ra, sp uint64) {
	w.regs.known = 0
	w.regs.set(w.arch.sp, sp)
	w.pc, w.guess = ra, true
}
