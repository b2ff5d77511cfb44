package report

import (
	"encoding/binary"
	"errors"
)

// fields goes through the fields of a protocol buffer's message
// (protobuf.dev/programming-guides/encoding).
type fields struct {
	left   []byte
	number int
	wire   int    // 0 and, hardly used, 1 and 5: a value; 2: bytes
	value  uint64 // of wire type 0
	bytes  []byte // of wire type 2
	err    error  // ends it
}

var (
	errEnds = errors.New("it ends within a field")
	errWire = errors.New("a field is of the wrong type")
)

// next goes to the next field, if there is one.
func (f *fields) next() bool {
	if len(f.left) == 0 || f.err != nil {
		return false
	}
	key := f.varint()
	f.number, f.wire, f.value, f.bytes = int(key>>3), int(key&7), 0, nil
	switch f.wire {
	case 0:
		f.value = f.varint()
	case 1:
		f.take(8)
	case 2:
		f.bytes = f.take(f.varint())
	case 5:
		f.take(4)
	default:
		f.fail(errWire)
	}
	return f.err == nil
}

func (f *fields) fail(err error) {
	if f.err == nil {
		f.err = err
	}
}

// varint takes a number.
func (f *fields) varint() uint64 {
	if len(f.left) > 0 && f.left[0] < 0x80 {
		v := uint64(f.left[0])
		f.left = f.left[1:]
		return v
	}
	v, n := binary.Uvarint(f.left)
	if n <= 0 {
		f.fail(errEnds)
		f.left = nil
		return 0
	}
	f.left = f.left[n:]
	return v
}

// take takes n bytes.
func (f *fields) take(n uint64) []byte {
	if n > uint64(len(f.left)) {
		f.fail(errEnds)
		f.left = nil
		return nil
	}
	b := f.left[:n]
	f.left = f.left[n:]
	return b
}

// number returns the field's value.
func (f *fields) uint() uint64 {
	if f.wire != 0 {
		f.fail(errWire)
	}
	return f.value
}

// text returns the field's bytes.
func (f *fields) text() []byte {
	if f.wire != 2 {
		f.fail(errWire)
	}
	return f.bytes
}

// message goes through the fields of the message that the field is.
func (f *fields) message(visit func(m *fields)) {
	m := fields{left: f.text()}
	for m.next() {
		visit(&m)
	}
	if m.err != nil {
		f.fail(m.err)
	}
}

// numbers goes through the numbers of a repeated field, packed or not.
func (f *fields) numbers(visit func(v uint64)) {
	if f.wire != 2 {
		visit(f.uint())
		return
	}
	packed := fields{left: f.bytes}
	for len(packed.left) > 0 {
		v := packed.varint()
		if packed.err != nil {
			f.fail(packed.err)
			return
		}
		visit(v)
	}
}
