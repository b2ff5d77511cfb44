package native

import (
	"errors"

	"example.com/muster/profiling/peek"
)

// maxSteps bounds an expression, which may jump back.
const maxSteps = 1000

var errExpression = errors.New("an expression that is not understood")

// calculator is the stack machine of DWARF 5, section 2.5.
type calculator struct {
	c     cursor
	stack []uint64
	reg   func(uint8) (uint64, bool)
	mem   peek.Memory
	bad   bool
}

// evaluate computes an expression. What it reads of memory comes from mem; a
// first value is pushed before it starts, if there is one.
func evaluate(expr []byte, reg func(uint8) (uint64, bool), mem peek.Memory, first *uint64) (uint64, error) {
	k := calculator{c: cursor{b: expr}, reg: reg, mem: mem}
	if first != nil {
		k.push(*first)
	}
	for steps := 0; k.c.more(); steps++ {
		if err := k.step(k.c.u8()); err != nil {
			return 0, err
		}
		if k.bad || k.c.bad || steps > maxSteps || len(k.stack) > 64 {
			return 0, errExpression
		}
	}
	v := k.pop()
	if k.bad {
		return 0, errExpression
	}
	return v, nil
}

func (k *calculator) push(v uint64) { k.stack = append(k.stack, v) }

func (k *calculator) pop() uint64 {
	if len(k.stack) == 0 {
		k.bad = true
		return 0
	}
	v := k.stack[len(k.stack)-1]
	k.stack = k.stack[:len(k.stack)-1]
	return v
}

// pick returns the n-th value from the top.
func (k *calculator) pick(n uint8) uint64 {
	if int(n) >= len(k.stack) {
		k.bad = true
		return 0
	}
	return k.stack[len(k.stack)-1-int(n)]
}

// step executes one operation.
func (k *calculator) step(op uint8) error {
	switch {
	case op >= 0x30 && op <= 0x4f: // lit0...lit31
		k.push(uint64(op - 0x30))
	case op >= 0x70 && op <= 0x8f: // breg0...breg31
		return k.register(op-0x70, k.c.sleb())
	case op == 0x92: // bregx
		return k.register(uint8(min(k.c.uleb(), 255)), k.c.sleb())
	case op == 0x06: // deref
		v, err := peek.Uint64(k.mem, k.pop())
		k.push(v)
		return err
	case op >= 0x08 && op <= 0x11:
		k.constant(op)
	case op >= 0x12 && op <= 0x17:
		k.shuffle(op)
	case op == 0x28 || op == 0x2f:
		k.jump(op)
	case op >= 0x19 && op <= 0x2e:
		k.arithmetic(op)
	case op == 0x96: // nop
	default:
		return errExpression
	}
	return nil
}

func (k *calculator) register(n uint8, off int64) error {
	v, ok := k.reg(n)
	if !ok {
		return unknown(n)
	}
	k.push(v + uint64(off))
	return nil
}

func (k *calculator) constant(op uint8) {
	switch size := uint64(1) << ((op - 0x08) / 2); {
	case op == 0x10:
		k.push(k.c.uleb())
	case op == 0x11:
		k.push(uint64(k.c.sleb()))
	case op&1 == 0:
		k.push(k.c.uint(size))
	default:
		k.push(uint64(k.c.sint(size)))
	}
}

func (k *calculator) shuffle(op uint8) {
	switch op {
	case 0x12: // dup
		k.push(k.pick(0))
	case 0x13: // drop
		k.pop()
	case 0x14: // over
		k.push(k.pick(1))
	case 0x15: // pick
		k.push(k.pick(k.c.u8()))
	case 0x16: // swap
		a, b := k.pop(), k.pop()
		k.push(a)
		k.push(b)
	case 0x17: // rot: the first becomes the third
		a, b, c := k.pop(), k.pop(), k.pop()
		k.push(a)
		k.push(c)
		k.push(b)
	}
}

// jump executes bra and skip.
func (k *calculator) jump(op uint8) {
	off := int(k.c.sint(2))
	to := k.c.i + off
	if op == 0x28 && k.pop() == 0 {
		return
	}
	if to < 0 || to > len(k.c.b) {
		k.bad = true
		return
	}
	k.c.i = to
}

func (k *calculator) arithmetic(op uint8) {
	switch op {
	case 0x19: // abs
		v := int64(k.pop())
		k.push(uint64(max(v, -v)))
		return
	case 0x1f: // neg
		k.push(-k.pop())
		return
	case 0x20: // not
		k.push(^k.pop())
		return
	case 0x23: // plus_uconst
		k.push(k.pop() + k.c.uleb())
		return
	}
	b, a := k.pop(), k.pop()
	if (op == 0x1b || op == 0x1d) && b == 0 {
		k.bad = true
		return
	}
	k.push(ofTwo(op, a, b))
}

// ofTwo computes the operations of two values.
func ofTwo(op uint8, a, b uint64) uint64 {
	truth := map[bool]uint64{true: 1}
	sa, sb := int64(a), int64(b)
	switch op {
	case 0x1a:
		return a & b
	case 0x1b:
		return uint64(sa / sb)
	case 0x1c:
		return a - b
	case 0x1d:
		return a % b
	case 0x1e:
		return a * b
	case 0x21:
		return a | b
	case 0x22:
		return a + b
	case 0x24:
		return a << b
	case 0x25:
		return a >> b
	case 0x26:
		return uint64(sa >> b)
	case 0x27:
		return a ^ b
	case 0x29:
		return truth[sa == sb]
	case 0x2a:
		return truth[sa >= sb]
	case 0x2b:
		return truth[sa > sb]
	case 0x2c:
		return truth[sa <= sb]
	case 0x2d:
		return truth[sa < sb]
	}
	return truth[sa != sb]
}
