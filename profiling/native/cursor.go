package native

import (
	"encoding/binary"

	"example.com/muster/profiling/peek"
)

// cursor reads values one after the other. Beyond the end everything is 0 and
// bad is true, so that a parser asks once, at its end.
type cursor struct {
	b    []byte
	i    int
	addr uint64 // of b[0]
	bad  bool
}

func (c *cursor) more() bool { return !c.bad && c.i < len(c.b) }

func (c *cursor) here() uint64 { return c.addr + uint64(c.i) }

// take returns the next n bytes.
func (c *cursor) take(n uint64) []byte {
	if c.bad || n > uint64(len(c.b)-c.i) {
		c.bad = true
		return nil
	}
	b := c.b[c.i : c.i+int(n)]
	c.i += int(n)
	return b
}

// uint reads a little-endian number of 1, 2, 4 or 8 bytes.
func (c *cursor) uint(size uint64) uint64 {
	var b [8]byte
	copy(b[:], c.take(size))
	return binary.LittleEndian.Uint64(b[:])
}

// sint is uint with its sign.
func (c *cursor) sint(size uint64) int64 {
	shift := 64 - 8*size
	return int64(c.uint(size)<<shift) >> shift
}

func (c *cursor) u8() uint8 { return uint8(c.uint(1)) }

// uleb reads an unsigned LEB128 number (DWARF 5, section 7.6).
func (c *cursor) uleb() uint64 {
	var v uint64
	for shift := 0; ; shift += 7 {
		b := c.u8()
		if shift < 64 {
			v |= uint64(b&0x7f) << shift
		}
		if b&0x80 == 0 {
			return v
		}
	}
}

// sleb reads a signed one.
func (c *cursor) sleb() int64 {
	var v int64
	for shift := 0; ; {
		b := c.u8()
		if shift < 64 {
			v |= int64(b&0x7f) << shift
		}
		shift += 7
		if b&0x80 == 0 {
			if b&0x40 != 0 && shift < 64 {
				v |= -1 << shift
			}
			return v
		}
	}
}

// cstring reads up to a NUL.
func (c *cursor) cstring() string {
	from := c.i
	for c.more() {
		if c.b[c.i] == 0 {
			c.i++
			return string(c.b[from : c.i-1])
		}
		c.i++
	}
	c.bad = true
	return ""
}

// The encodings of pointers: Linux Standard Base Core 5.0, section 10.5.
const (
	encOmit     = 0xff
	encFormat   = 0x0f
	encRelative = 0x70
	encPC       = 0x10
	encData     = 0x30
)

// pointer reads an encoded pointer, absolute or relative to where it stands. An
// indirect one is the address of the pointer, which stays as it is: only the
// personality routines are written so, and nobody here calls them.
func (c *cursor) pointer(enc uint8) uint64 {
	if enc == encOmit {
		return 0
	}
	at := c.here()
	var v uint64
	switch enc & encFormat {
	case 0x00, 0x04, 0x0c:
		v = c.uint(8)
	case 0x01:
		v = c.uleb()
	case 0x02:
		v = c.uint(2)
	case 0x03:
		v = c.uint(4)
	case 0x09:
		v = uint64(c.sleb())
	case 0x0a:
		v = uint64(c.sint(2))
	case 0x0b:
		v = uint64(c.sint(4))
	default:
		c.bad = true
	}
	switch enc & encRelative {
	case 0:
	case encPC:
		v += at
	default:
		c.bad = true
	}
	return v
}

// cursorAt reads n bytes at an address.
func cursorAt(m peek.Memory, addr, n uint64) (cursor, error) {
	b := make([]byte, n)
	err := m.ReadAt(b, addr)
	return cursor{b: b, addr: addr}, err
}
