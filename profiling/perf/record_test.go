package perf

import (
	"encoding/binary"
	"errors"
	"reflect"
	"testing"
)

// two is a layout with two registers and the program counter.
var two = layout{stack: true, registers: []uint8{6, 7, pcNumber}}

// written is a record as the kernel writes it.
func written(kind uint32, misc uint16, parts ...any) []byte {
	b := binary.LittleEndian.AppendUint32(nil, kind)
	b = binary.LittleEndian.AppendUint16(b, misc)
	b = append(b, 0, 0)
	for _, p := range parts {
		switch p := p.(type) {
		case int:
			b = binary.LittleEndian.AppendUint64(b, uint64(p))
		case uint64:
			b = binary.LittleEndian.AppendUint64(b, p)
		case uint32:
			b = binary.LittleEndian.AppendUint32(b, p)
		case string:
			b = append(b, p...)
		}
	}
	binary.LittleEndian.PutUint16(b[6:], uint16(len(b)))
	return b
}

// task is what ends each record but samples.
func task(pid, tid uint32, at int) []any { return []any{pid, tid, at} }

func all(parts ...[]any) (list []any) {
	for _, p := range parts {
		list = append(list, p...)
	}
	return list
}

var records = map[string]struct {
	b    []byte
	want Record
}{
	"sample": {
		written(recordSample, 2, 0x1000, uint32(7), uint32(8), 99, 4, uint64(contextUser), 0x1000, 0x2000, 0x3000,
			2, 0x66, 0x77, 0x1000, 16, "0123456789abcdef", 8),
		&Sample{Task{7, 8, 99}, false, []uint64{0x1000, 0x2000, 0x3000}, Registers{PC: 0x1000, V: [33]uint64{6: 0x66, 7: 0x77}, Known: 0xc0}, []byte("01234567")},
	},
	"in the kernel": {
		written(recordSample, 1, 0x1000, uint32(7), uint32(8), 99, 4, uint64(1<<64-128), 0xffff, uint64(contextUser), 0x2000, 0, 0),
		&Sample{Task: Task{7, 8, 99}, Kernel: true, Calls: []uint64{0x2000}},
	},
	"lost": {written(recordLost, 0, all([]any{1, 5}, task(7, 8, 9))...), &Lost{Task{7, 8, 9}, 5}},
	"fork": {
		written(recordFork, 0, all([]any{uint32(10), uint32(7), uint32(10), uint32(8), 9}, task(7, 8, 9))...),
		&Fork{Task{10, 10, 9}, 7},
	},
	"exit": {
		written(recordExit, 0, all([]any{uint32(10), uint32(7), uint32(11), uint32(8), 9}, task(7, 8, 9))...),
		&Exit{Task{10, 11, 9}},
	},
	"exec": {
		written(recordComm, miscExec, all([]any{uint32(10), uint32(11), "burn\x00\x00\x00\x00"}, task(10, 11, 9))...),
		&Exec{Task{10, 11, 9}, "burn"},
	},
	"name": {
		written(recordComm, 0, all([]any{uint32(10), uint32(11), "a\xff\x00\x00\x00\x00\x00\x00"}, task(10, 11, 9))...),
		&Name{Task{10, 11, 9}, "a\uFFFD"},
	},
	"mapping": {
		written(recordMmap2, 2, all([]any{uint32(10), uint32(11), 0x1000, 0x2000, 0x3000, uint32(8), uint32(1), 77, 0, uint32(5), uint32(2), "/lib/x\x00\x00"}, task(10, 11, 9))...),
		&Mapping{Task{10, 11, 9}, 0x1000, 0x2000, 0x3000, 8, 1, 77, 5, "/lib/x"},
	},
	"another": {written(99, 0, 1, 2, 3), nil},
}

func TestParse(t *testing.T) {
	for name, c := range records {
		got, n, err := two.Parse(append(c.b, 1, 2, 3))
		if err != nil || n != len(c.b) || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, %d of %d bytes, %v", name, got, n, len(c.b), err)
		}
		if _, n, err := two.Parse(c.b[:len(c.b)-1]); n != 0 || err != nil {
			t.Errorf("%s without its end: %d bytes, %v", name, n, err)
		}
	}
}

// TestBadRecords: a length that does not fit is an error; how far it reaches is known.
func TestBadRecords(t *testing.T) {
	for name, b := range map[string][]byte{
		"no calls":       written(recordSample, 2, 0x1000, uint32(7), uint32(8), 99, 1000, 1),
		"too many calls": written(recordSample, 2, 0x1000, uint32(7), uint32(8), 99, uint64(1<<63), 1),
		"no stack":       written(recordSample, 2, 0x1000, uint32(7), uint32(8), 99, 0, 2, 1, 2, 3, 800, 1),
		"short":          written(recordFork, 0, 1),
		"no name":        written(recordComm, 0, 1),
	} {
		if r, n, err := two.Parse(b); !errors.Is(err, ErrRecord) || n != len(b) || r != nil {
			t.Errorf("%s: %+v, %d of %d bytes, %v", name, r, n, len(b), err)
		}
	}
	for _, size := range []uint16{0, 4, 9} {
		b := written(recordLost, 0, 1, 2, 3, 4)
		binary.LittleEndian.PutUint16(b[6:], size)
		if _, n, err := two.Parse(b); !errors.Is(err, ErrRecord) || n != 0 {
			t.Errorf("a size of %d: %d, %v", size, n, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, c := range records {
		f.Add(c.b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, l := range []layout{two, {}} {
			r, n, err := l.Parse(b)
			if n < 0 || n > len(b) || err != nil && r != nil {
				t.Fatalf("%+v, %d of %d bytes, %v", r, n, len(b), err)
			}
			if s, ok := r.(*Sample); ok && (len(s.Calls) > len(b)/8 || len(s.Stack) > len(b)) {
				t.Fatalf("a sample of %d calls and %d bytes out of %d", len(s.Calls), len(s.Stack), len(b))
			}
		}
	})
}
