package cpython

import (
	"unicode/utf8"

	"example.com/muster/profiling/peek"
)

// code is what is known of a code object: names and lines.
type code struct {
	is             fingerprint
	file, function string
	qualified      string
	first          int
	spans          []span
	shim           bool // see isShim
}

// isShim reports whether a code object is no function of anybody's, but what from 3.12 on
// stands under an __init__ that is called without C in between, and drops its result
// (_Py_InitCleanup, Python/specialize.c). Its file has the same name, and it has no lines.
// sys._getframe passes over it, too.
func isShim(file, function string) bool { return file == "__init__" && function == file }

// line returns the line of the instruction at an offset in bytes.
func (c *code) line(offset int64) int { return max(0, lineAt(c.spans, offset, c.first)) }

// fingerprint tells a code object from a later one at the same address.
type fingerprint struct {
	file, name, lines uint64
	first             int32
}

// size is about how many bytes it takes to keep it.
func (c *code) size() int {
	return 256 + len(c.file) + len(c.function) + len(c.qualified) + 16*len(c.spans)
}

// Bounds of what is read of one code object, and of the bytes that are kept of
// all.
const (
	maxFileName = 4096 // characters
	maxFunction = 512
	maxTable    = 1 << 20
	maxKept     = 64 << 20
)

// codeCache keeps what was read of code objects. A code object is not trusted
// to stay what it was: each look reads its head anew, all of a stack in one
// call, and compares.
type codeCache struct {
	known map[uint64]*code
	size  int // of those, see maxKept
	// Of the present stack, kept for the next one.
	raw   []rawFrame
	runs  []run
	of    []int // which run each frame is in
	parts []peek.Part
	at    map[uint64]int // which part is the head of a code object
	buf   []byte
	found []*code
}

func (c *codeCache) init() {
	c.known, c.at = map[uint64]*code{}, map[uint64]int{}
}

// look returns the code of each frame of a thread, nil for what is no code
// object; the list is valid until the next call. In the same read it looks at
// the frames once more, and before and behind them at the way that led to
// them, and reports whether all that is the same: then the frames were what
// they are at one moment between the two looks.
func (c *codeCache) look(in *Interpreter, t *thread, raw []rawFrame) (codes []*code, same bool) {
	head := in.layout.code.size
	way := in.way(t)
	clear(c.at)
	c.parts, c.found = append(c.parts[:0], way...), c.found[:0]
	frames := 2 * 8 * len(way)
	c.join(raw, in.layout.frame.size)
	for i := range c.runs {
		r := &c.runs[i]
		r.read = frames - 8*len(way)
		c.parts = append(c.parts, peek.Part{Addr: r.from, Len: int(r.to - r.from)})
		frames += int(r.to - r.from)
	}
	c.parts = append(c.parts, way...)
	before := len(c.parts)
	for _, r := range raw {
		if _, ok := c.at[r.code]; !ok && !in.layout.frame.ofC(r) {
			c.at[r.code] = len(c.parts) - before
			c.parts = append(c.parts, peek.Part{Addr: r.code, Len: head})
		}
	}
	b := c.buffer(frames + len(c.at)*head)
	n, err := in.mem.ReadParts(b, c.parts)
	if err != nil {
		n = 0
	}
	for _, r := range raw {
		var found *code
		if i, ok := c.at[r.code]; ok && before+i < n {
			found = c.one(in, r.code, b[frames+i*head:frames+(i+1)*head])
		}
		c.found = append(c.found, found)
	}
	return c.found, n >= before && c.unmoved(in, t, raw, b[:frames])
}

// run is memory with frames that lie close together: from 3.11 on those of a thread
// do. The kernel takes longer over two places than over some hundred bytes.
type run struct {
	from, to uint64
	read     int // where it is in what was read
}

// apart is how far two frames of a run are from each other at the most. Less than
// a page: then both pages are mapped.
const apart = 512

// join makes runs of frames of so many bytes.
func (c *codeCache) join(raw []rawFrame, size int) {
	c.runs, c.of = c.runs[:0], c.of[:0]
	for _, f := range raw {
		to := f.addr + uint64(size)
		if last := len(c.runs) - 1; last >= 0 && f.addr <= c.runs[last].to+apart && to+apart >= c.runs[last].from {
			r := &c.runs[last]
			r.from, r.to = min(r.from, f.addr), max(r.to, to)
		} else {
			c.runs = append(c.runs, run{from: f.addr, to: to})
		}
		c.of = append(c.of, len(c.runs)-1)
	}
}

// unmoved reports whether the bytes that look read of the way to the frames, the
// frames, and the way again, are what was read before.
func (c *codeCache) unmoved(in *Interpreter, t *thread, raw []rawFrame, b []byte) bool {
	ways := 8 * len(in.way(t))
	for _, part := range [][]byte{b[:ways], b[len(b)-ways:]} {
		for i := 0; i < ways; i += 8 {
			if le.Uint64(part[i:]) != t.path[i/8] {
				return false
			}
		}
	}
	for i, f := range raw {
		r := &c.runs[c.of[i]]
		if in.parse(f.addr, b[r.read+int(f.addr-r.from):]) != f {
			return false
		}
	}
	return true
}

// buffer returns bytes to read into.
func (c *codeCache) buffer(n int) []byte {
	if cap(c.buf) < n {
		c.buf = make([]byte, n)
	}
	return c.buf[:n]
}

// one returns the code object at an address whose head was read.
func (c *codeCache) one(in *Interpreter, addr uint64, head []byte) *code {
	l := &in.layout.code
	is := fingerprint{
		le.Uint64(head[l.file:]), le.Uint64(head[l.name:]),
		le.Uint64(head[l.lines:]), int32(le.Uint32(head[l.firstLine:])),
	}
	if known, ok := c.known[addr]; ok && known.is == is {
		return known
	}
	if !in.isA(head, typeCode) {
		return nil
	}
	file, ok := in.text(is.file, maxFileName)
	if !ok {
		return nil
	}
	function, ok := in.text(is.name, maxFunction)
	if !ok {
		return nil
	}
	table, ok := in.bytes(is.lines)
	if !ok {
		return nil
	}
	qualified := function
	if l.qualified != 0 {
		if name, ok := in.text(le.Uint64(head[l.qualified:]), maxFunction); ok && name != "" {
			qualified = name
		}
	}
	found := &code{is, file, function, qualified, int(is.first), decodeLines(l.table, table, int(is.first)), isShim(file, function)}
	if c.size += found.size(); c.size > maxKept {
		clear(c.known)
		c.size = found.size()
	}
	c.known[addr] = found
	return found
}

// Names of the types that are looked for.
const (
	typeCode    = "code"
	typeStr     = "str"
	typeBytes   = "bytes"
	typeSemLock = "_multiprocessing.SemLock"
)

// isA reports whether an object whose start was read is of a type. Where the
// types lie is remembered.
func (in *Interpreter) isA(object []byte, name string) bool {
	addr := le.Uint64(object[objectType:])
	if known, ok := in.types[addr]; ok {
		return known == name
	}
	if addr == 0 || addr%8 != 0 {
		return false
	}
	at, err := peek.Uint64(in.mem, addr+typeName)
	if err != nil || at == 0 {
		return false
	}
	got, err := peek.CString(in.mem, at, len(name)+1)
	if err != nil || got != name {
		return false
	}
	if len(in.types) >= maxTypes {
		clear(in.types)
	}
	in.types[addr] = name
	return true
}

// maxTypes bounds how many types are remembered: there are four, but a hostile
// process has as many as it likes.
const maxTypes = 64

// text reads a str of at most limit characters; a longer one is cut.
func (in *Interpreter) text(addr uint64, limit int) (string, bool) {
	l := &in.layout.text
	var raw [64]byte
	head := raw[:l.state+8]
	if addr == 0 || in.mem.ReadAt(head, addr) != nil || !in.isA(head, typeStr) {
		return "", false
	}
	state, length := le.Uint32(head[l.state:]), le.Uint64(head[l.length:])
	kind, compact, ascii := l.kind(state)
	if !compact || length > 1<<31 {
		return "", false
	}
	if kind != 1 && kind != 2 && kind != 4 {
		return "", false
	}
	at := addr + l.compact
	if ascii {
		at = addr + l.ascii
	}
	size := min(int(length), limit) * kind
	if !in.left.take(size) {
		return "", false
	}
	b := make([]byte, size)
	if in.mem.ReadAt(b, at) != nil {
		return "", false
	}
	return decodeText(b, kind), true
}

// decodeText makes UTF-8 of the characters of a str, which has 1, 2 or 4 bytes
// for each. What is no character, such as a surrogate, becomes U+FFFD.
func decodeText(b []byte, kind int) string {
	out := make([]byte, 0, len(b))
	for ; len(b) >= kind; b = b[kind:] {
		r := uint32(b[0])
		switch kind {
		case 2:
			r = uint32(le.Uint16(b))
		case 4:
			r = le.Uint32(b)
		}
		out = utf8.AppendRune(out, rune(min(r, utf8.MaxRune+1)))
	}
	return string(out)
}

// bytes reads a bytes object.
func (in *Interpreter) bytes(addr uint64) ([]byte, bool) {
	var head [objectSize + 8]byte
	if addr == 0 || in.mem.ReadAt(head[:], addr) != nil || !in.isA(head[:], typeBytes) {
		return nil, false
	}
	n := le.Uint64(head[objectSize:])
	if n > maxTable || !in.left.take(int(n)) {
		return nil, false
	}
	b := make([]byte, n)
	if in.mem.ReadAt(b, addr+in.layout.text.bytes) != nil {
		return nil, false
	}
	return b, true
}
