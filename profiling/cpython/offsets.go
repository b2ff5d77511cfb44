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
	debugLength   = 50
)

// maxOffset bounds what is believed of an offset within a structure.
const maxOffset = 1 << 20

// debugWords says which word of the table holds which field of the layout.
type debugWords struct {
	interpretersHead                                              int
	interpNext, interpThreads, interpGIL                          int
	threadPrev, threadNext                                        int
	threadInterp, threadFrame                                     int
	threadIdent, threadNative                                     int
	frameBack, frameCode, frameInstr, frameOwner                  int
	codeFile, codeName, codeQualified, codeLines, codeFirst, code int
}

// debugTables holds the order of the words in each minor version.
var debugTables = map[int]debugWords{
	13: {5, 8, 9, 14, 20, 21, 22, 23, 24, 25, 29, 30, 31, 33, 35, 36, 37, 38, 39, 43},
	14: {5, 8, 9, 15, 23, 24, 25, 26, 27, 28, 32, 33, 34, 36, 40, 41, 42, 43, 44, 48},
}

// apply puts the words of a table into a layout; it reports whether all of them
// can be offsets.
func (d debugWords) apply(word func(int) uint64, l *layout) bool {
	sane := true
	for _, f := range []struct {
		word  int
		field *uint64
	}{
		{d.interpretersHead, &l.interpretersHead},
		{d.interpNext, &l.interp.next},
		{d.interpThreads, &l.interp.threads},
		{d.interpGIL, &l.interp.gil},
		{d.threadPrev, &l.thread.prev},
		{d.threadNext, &l.thread.next},
		{d.threadInterp, &l.thread.interp},
		{d.threadFrame, &l.thread.frame},
		{d.threadIdent, &l.thread.ident},
		{d.threadNative, &l.thread.native},
		{d.frameBack, &l.frame.back},
		{d.frameCode, &l.frame.code},
		{d.frameInstr, &l.frame.instr},
		{d.frameOwner, &l.frame.owner},
		{d.codeFile, &l.code.file},
		{d.codeName, &l.code.name},
		{d.codeQualified, &l.code.qualified},
		{d.codeLines, &l.code.lines},
		{d.codeFirst, &l.code.firstLine},
		{d.code, &l.code.instructions},
	} {
		*f.field = word(f.word)
		sane = sane && *f.field <= maxOffset
	}
	l.frame.size = readSize(l.frame.back, l.frame.code, l.frame.instr, l.frame.owner)
	l.code.size = readSize(l.code.file, l.code.name, l.code.qualified, l.code.lines, l.code.firstLine)
	return sane && l.frame.size <= pageSize && l.code.size <= pageSize && l.thread.size() <= maxThreadState
}

// layoutOf returns the layout of the interpreter that was found, or
// [ErrNotCovered] with what it is.
func layoutOf(mem peek.Memory, found located) (*layout, error) {
	refuse := func(why string) (*layout, error) {
		return nil, fmt.Errorf("%s is %w: %s", found.version, ErrNotCovered, why)
	}
	l, covered := layouts[found.version.Minor]
	words, tabled := debugTables[found.version.Minor]
	switch {
	case !covered || found.version.Major != 3:
		return refuse("CPython 3.8 to 3.14 are")
	case found.debug:
		return refuse("a debug build")
	case !tabled:
		return &l, nil
	}
	var raw [debugLength * 8]byte
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
	if !words.apply(word, &l) {
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
