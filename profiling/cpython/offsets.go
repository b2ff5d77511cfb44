package cpython

import (
	"encoding/binary"
	"fmt"

	"example.com/muster/profiling/peek"
)

// The table _Py_DebugOffsets stands at the start of _PyRuntime from 3.13 on:
// a cookie, the version, whether there is no GIL, and then groups of offsets,
// each a word of 8 bytes.
const (
	debugCookie   = "xdebugpy"
	debugVersion  = 1 // PY_VERSION_HEX
	debugUnlocked = 2 // 1 in a build without a GIL
	debugWords    = 48
)

// maxOffset bounds what is believed of an offset within a structure.
const maxOffset = 1 << 20

// debugWord says which word of the table holds a field of the layout.
type debugWord struct {
	word  int
	field func(*layout) *uint64
}

// debugTables holds, for each minor version, where in the table to look.
var debugTables = map[int][]debugWord{
	13: {
		{5, func(l *layout) *uint64 { return &l.interpretersHead }},
		{8, func(l *layout) *uint64 { return &l.interp.next }},
		{9, func(l *layout) *uint64 { return &l.interp.threads }},
		{14, func(l *layout) *uint64 { return &l.interp.gil }},
		{21, func(l *layout) *uint64 { return &l.thread.next }},
		{22, func(l *layout) *uint64 { return &l.thread.interp }},
		{23, func(l *layout) *uint64 { return &l.thread.frame }},
		{24, func(l *layout) *uint64 { return &l.thread.ident }},
		{25, func(l *layout) *uint64 { return &l.thread.native }},
		{29, func(l *layout) *uint64 { return &l.frame.back }},
		{30, func(l *layout) *uint64 { return &l.frame.code }},
		{31, func(l *layout) *uint64 { return &l.frame.instr }},
		{33, func(l *layout) *uint64 { return &l.frame.owner }},
		{35, func(l *layout) *uint64 { return &l.code.file }},
		{36, func(l *layout) *uint64 { return &l.code.name }},
		{38, func(l *layout) *uint64 { return &l.code.lines }},
		{39, func(l *layout) *uint64 { return &l.code.firstLine }},
		{43, func(l *layout) *uint64 { return &l.code.instructions }},
	},
}

// layoutOf returns the layout of the interpreter that was found, or
// [ErrNotCovered] with what it is.
func layoutOf(mem peek.Memory, found located) (*layout, error) {
	refuse := func(why string) (*layout, error) {
		return nil, fmt.Errorf("%s is %w: %s", found.version, ErrNotCovered, why)
	}
	l, ok := layouts[found.version.Minor]
	switch {
	case !ok || found.version.Major != 3:
		return refuse("CPython 3.8 to 3.14 are")
	case found.debug:
		return refuse("a debug build")
	case debugTables[found.version.Minor] == nil:
		return &l, nil
	}
	var raw [debugWords * 8]byte
	if err := mem.ReadAt(raw[:], found.start); err != nil {
		return nil, err
	}
	word := func(i int) uint64 { return binary.LittleEndian.Uint64(raw[8*i:]) }
	switch {
	case string(raw[:8]) != debugCookie || hexVersion(word(debugVersion)) != found.version:
		return refuse("its table of offsets is not where it should be")
	case word(debugUnlocked) != 0:
		return refuse("a free-threaded build, which has no GIL")
	}
	for _, w := range debugTables[found.version.Minor] {
		offset := word(w.word)
		if offset > maxOffset {
			return refuse("its table of offsets makes no sense")
		}
		*w.field(&l) = offset
	}
	l.frame.size = readSize(l.frame.back, l.frame.code, l.frame.instr, l.frame.owner)
	l.code.size = readSize(l.code.file, l.code.name, l.code.lines, l.code.firstLine)
	if l.frame.size > pageSize || l.code.size > pageSize {
		return refuse("its table of offsets makes no sense")
	}
	return &l, nil
}

// readSize is how much of a structure has to be read for the given fields.
func readSize(offsets ...uint64) int {
	end := uint64(0)
	for _, o := range offsets {
		end = max(end, o+8)
	}
	return int(end)
}

// hexVersion reads a PY_VERSION_HEX: 0x030d00f0 is 3.13.0.
func hexVersion(hex uint64) Version {
	return Version{int(hex >> 24 & 0xff), int(hex >> 16 & 0xff), int(hex >> 8 & 0xff)}
}
