package native

import (
	"errors"

	"example.com/muster/profiling/peek"
)

// The format is that of .eh_frame (Linux Standard Base Core 5.0, section 10.6),
// which is DWARF's call frame information (DWARF 5, section 6.4) with a few
// differences.

// Bounds of what is believed.
const (
	maxEntry   = 64 << 10 // bytes of one entry; compilers write a few hundred
	maxEHFrame = 64 << 20 // bytes of a section without search table
	maxStates  = 32       // remembered at once
)

var (
	errNoEntry = errors.New("no unwind table covers it")
	errBadCFI  = errors.New("its unwind table cannot be read")
)

// cie is what several functions have in common.
type cie struct {
	codeAlign uint64
	dataAlign int64
	ra        uint8
	pointers  uint8 // how addresses are encoded
	augmented bool  // lengths of augmentations are given
	signal    bool  // the frame that a signal made
	program   []byte
}

// fde is one function's table.
type fde struct {
	cie        cie
	start, end uint64
	program    []byte
}

// ruleKind says where a register's old value is.
type ruleKind uint8

const (
	unspecified ruleKind = iota
	undefined
	same
	atOffset // in memory, at the frame's address + off
	isOffset
	inRegister
	atExpression
	isExpression
)

// rule is how one register of the caller is found.
type rule struct {
	kind   ruleKind
	target uint8
	reg    uint8
	off    int64
	expr   []byte
}

// row is what holds at one address: one line of the table that a function's
// program would write.
type row struct {
	ra       uint8
	signal   bool
	raSigned bool
	cfaReg   uint8
	cfaOff   int64
	cfaExpr  []byte
	rules    []rule // those that are given
}

// entry reads the CIE or FDE at an address: what it says after its length,
// and where the next one is (0 at the end).
func entry(m peek.Memory, addr uint64) (c cursor, id, next uint64, err error) {
	head, err := cursorAt(m, addr, 4)
	if err != nil {
		return c, 0, 0, err
	}
	size, at := head.uint(4), addr+4
	if size == 0xffffffff {
		if head, err = cursorAt(m, at, 8); err != nil {
			return c, 0, 0, err
		}
		size, at = head.uint(8), at+8
	}
	if size == 0 {
		return c, 0, 0, nil
	}
	if size < 4 || size > maxEntry {
		return c, 0, 0, errBadCFI
	}
	c, err = cursorAt(m, at, size)
	return c, c.uint(4), at + size, err
}

// readCIE reads the common part at an address.
func readCIE(m peek.Memory, addr uint64) (k cie, err error) {
	c, id, _, err := entry(m, addr)
	if err != nil {
		return k, err
	}
	version := c.u8()
	if id != 0 || version != 1 && version != 3 {
		return k, errBadCFI
	}
	letters := c.cstring()
	k.codeAlign, k.dataAlign = c.uleb(), c.sleb()
	if version == 1 {
		k.ra = c.u8()
	} else {
		k.ra = uint8(min(c.uleb(), 255))
	}
	if !k.augment(&c, letters) || c.bad || k.ra >= maxReg {
		return k, errBadCFI
	}
	k.program = c.b[c.i:]
	return k, nil
}

// augment reads what the letters announce.
func (k *cie) augment(c *cursor, letters string) bool {
	if letters == "" {
		return true
	}
	if letters[0] != 'z' {
		return false
	}
	k.augmented = true
	data := cursor{addr: 0}
	n := c.uleb()
	data.addr = c.here()
	data.b = c.take(n)
	for _, l := range letters[1:] {
		switch l {
		case 'R':
			k.pointers = data.u8()
		case 'P':
			data.pointer(data.u8())
		case 'L':
			data.u8()
		case 'S':
			k.signal = true
		case 'B': // addresses are signed with the second key: nothing to us
		default:
			return !data.bad // unknown letters end what can be understood
		}
	}
	return !data.bad
}

// readFDE reads the function at an address; next is where the following one
// is, also for a common part, which gives no function.
func readFDE(m peek.Memory, addr uint64) (f fde, next uint64, err error) {
	c, id, next, err := entry(m, addr)
	if err != nil || next == 0 || id == 0 {
		return f, next, err
	}
	if f.cie, err = readCIE(m, c.addr-id); err != nil {
		return f, next, err
	}
	f.start = c.pointer(f.cie.pointers)
	f.end = f.start + c.pointer(f.cie.pointers&encFormat)
	if f.cie.augmented {
		c.take(c.uleb())
	}
	if c.bad {
		return f, next, errBadCFI
	}
	f.program = c.b[c.i:]
	return f, next, nil
}

// search finds the function that covers an address by the sorted table of
// .eh_frame_hdr.
func search(m peek.Memory, hdr, pc uint64) (fde, error) {
	c, err := cursorAt(m, hdr, 4)
	if err != nil {
		return fde{}, err
	}
	version, ptrEnc, countEnc, tableEnc := c.u8(), c.u8(), c.u8(), c.u8()
	if version != 1 || ptrEnc != encPC|0x0b || countEnc != 0x03 || tableEnc != encData|0x0b {
		return fde{}, errBadCFI // no compiler writes others
	}
	if c, err = cursorAt(m, hdr+4, 8); err != nil {
		return fde{}, err
	}
	c.sint(4)
	lo, hi := uint64(0), c.uint(4)
	for lo < hi { // the first that starts behind pc
		mid := (lo + hi) / 2
		start, _, err := tableAt(m, hdr, mid)
		if err != nil {
			return fde{}, err
		}
		if start > pc {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	if lo == 0 {
		return fde{}, errNoEntry
	}
	_, addr, err := tableAt(m, hdr, lo-1)
	if err != nil {
		return fde{}, err
	}
	f, _, err := readFDE(m, addr)
	if err == nil && (pc < f.start || pc >= f.end) {
		err = errNoEntry
	}
	return f, err
}

// tableAt reads one entry of the search table.
func tableAt(m peek.Memory, hdr, i uint64) (start, entry uint64, err error) {
	c, err := cursorAt(m, hdr+12+8*i, 8)
	return hdr + uint64(c.sint(4)), hdr + uint64(c.sint(4)), err
}

// scan finds the function that covers an address by reading all of a section.
func scan(m peek.Memory, from, size, pc uint64) (fde, error) {
	end := from + min(size, maxEHFrame)
	for addr := from; addr < end && addr >= from; {
		f, next, err := readFDE(m, addr)
		if err != nil {
			return f, err
		}
		if next == 0 {
			break
		}
		if pc >= f.start && pc < f.end {
			return f, nil
		}
		addr = next
	}
	return fde{}, errNoEntry
}
