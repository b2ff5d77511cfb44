package cpython

import "runtime"

// layout says where the fields that matter lie in CPython's structures, in
// bytes from the start of each. They are the same on x86-64 and arm64. Up to
// 3.13 the releases of one minor version have not moved them; those of 3.14
// have (PyInterpreterState in 3.14.5), but say where they are.
type layout struct {
	// _PyRuntimeState
	interpretersHead uint64
	runtimeGIL       uint64 // up to 3.11, where there is one GIL; else 0
	preinitialized   uint64 // followed by core_initialized and initialized; 0 if unknown

	interp interpLayout
	thread threadLayout
	frame  frameLayout
	code   codeLayout
	text   textLayout

	// refcountBits is how wide an object's reference count is; 3.14 keeps
	// flags in the upper half of the word.
	refcountBits uint
}

// interpLayout is that of a PyInterpreterState.
type interpLayout struct {
	next, threads uint64
	gil           uint64 // the pointer ceval.gil, from 3.12; else 0
}

// threadLayout is that of a PyThreadState.
type threadLayout struct {
	prev, next uint64
	interp     uint64
	ident      uint64 // thread_id, a pthread_t
	native     uint64 // native_thread_id, 0 before 3.11
	frame      uint64 // frame, cframe or current_frame
	// cframe: in 3.11 and 3.12 the thread points to a _PyCFrame on its C
	// stack, and that, at current, to the frame.
	cframe  bool
	current uint64
}

// size is how much of it to read.
func (l *threadLayout) size() int {
	return readSize(l.prev, l.next, l.interp, l.ident, l.native, l.frame)
}

// frameLayout is that of a PyFrameObject (up to 3.10) or _PyInterpreterFrame.
type frameLayout struct {
	size       int // how much of it to read
	back, code uint64
	instr      uint64 // f_lasti, prev_instr or instr_ptr
	position   position
	owner      uint64 // 0 if there is none
	generator  byte   // the value of owner in a frame of a generator
	entry      byte   // from this value on, the frame is one of C
	tagged     bool   // the pointer to the code carries tags in its low bits
}

// position is the form in which a frame says where it is.
type position uint8

const (
	inBytes   position = iota // f_lasti, an int: an offset in bytes
	inUnits                   // f_lasti, an int: in units of two bytes
	byPointer                 // the address of an instruction
)

// codeLayout is that of a PyCodeObject.
type codeLayout struct {
	size              int // how much of it to read
	file, name, lines uint64
	qualified         uint64 // co_qualname, 0 before 3.11
	firstLine         uint64
	instructions      uint64 // co_code_adaptive; up to 3.10 the pointer co_code
	table             lineTable
}

// lineTable is the form of the table of lines.
type lineTable uint8

const (
	lnotab    lineTable = iota // up to 3.9
	linetable                  // 3.10, PEP 626
	locations                  // from 3.11, PEP 657
)

// textLayout is that of a str and of a bytes.
type textLayout struct {
	length, state  uint64
	ascii, compact uint64 // where the characters are
	bytes          uint64
	interned       uint // how many bits of state come before the kind
}

// kind reads the bit field state of a str: the size of its characters, whether
// they stand right behind it, and whether all are ASCII.
func (l *textLayout) kind(state uint32) (kind int, compact, ascii bool) {
	state >>= l.interned
	return int(state & 7), state&8 != 0, state&16 != 0
}

// Of every CPython object.
const (
	objectType = 8  // ob_type
	objectSize = 16 // ob_size, of those that have one
	typeName   = 24 // tp_name
)

// gilLayout is that of a struct _gil_runtime_state: the same from 3.8 to 3.14.
// Behind these lie two pairs of a condition variable and a mutex.
const (
	gilHolder = 8
	gilLocked = 16
	gilLocks  = 32
)

// gilSize is the size of a struct _gil_runtime_state: a pthread_mutex_t has 40
// bytes in the C libraries of x86-64, and 48 in glibc's of arm64.
func gilSize() uint64 {
	mutex := uint64(40)
	if runtime.GOARCH == "arm64" {
		mutex = 48
	}
	return gilLocks + 2*(48+mutex)
}

var (
	oldText = textLayout{length: 16, state: 32, ascii: 48, compact: 72, bytes: 32, interned: 2} // up to 3.11
	newText = textLayout{length: 16, state: 32, ascii: 40, compact: 56, bytes: 32, interned: 2}

	oldThread = threadLayout{prev: 0, next: 8, interp: 16, ident: 176, frame: 24} // 3.8 to 3.10
	oldCode   = codeLayout{size: 128, file: 104, name: 112, lines: 120, firstLine: 40, instructions: 48}
)

// layouts holds what is known of each minor version of CPython 3. The numbers
// are what offsetof says when compiled with that version's internal headers.
var layouts = map[int]layout{
	8:  classic(layout{interpretersHead: 32, preinitialized: 4, runtimeGIL: 1152}, frameLayout{size: 112, instr: 104, position: inBytes}, lnotab),
	9:  classic(layout{interpretersHead: 32, preinitialized: 4, runtimeGIL: 352}, frameLayout{size: 112, instr: 104, position: inBytes}, lnotab),
	10: classic(layout{interpretersHead: 32, preinitialized: 4, runtimeGIL: 352}, frameLayout{size: 104, instr: 96, position: inUnits}, linetable),
	11: {
		interpretersHead: 40,
		preinitialized:   8,
		runtimeGIL:       360,
		interp:           interpLayout{next: 0, threads: 16},
		thread:           threadLayout{prev: 0, next: 8, interp: 16, ident: 152, native: 160, frame: 56, cframe: true, current: 8},
		frame:            frameLayout{size: 72, back: 48, code: 32, instr: 56, position: byPointer, owner: 69, generator: 1, entry: 3},
		code:             codeLayout{size: 144, file: 112, name: 120, qualified: 128, lines: 136, firstLine: 72, instructions: 184, table: locations},
		text:             oldText,
		refcountBits:     64,
	},
	12: {
		interpretersHead: 40,
		preinitialized:   8,
		interp:           interpLayout{next: 0, threads: 72, gil: 384},
		thread:           threadLayout{prev: 0, next: 8, interp: 16, ident: 136, native: 144, frame: 56, cframe: true},
		frame:            frameLayout{size: 72, back: 8, code: 0, instr: 56, position: byPointer, owner: 70, generator: 1, entry: 3},
		code:             codeLayout{size: 144, file: 112, name: 120, qualified: 128, lines: 136, firstLine: 68, instructions: 192, table: locations},
		text:             newText,
		refcountBits:     64,
	},
	13: {
		interpretersHead: 632,
		preinitialized:   592,
		interp:           interpLayout{next: 7264, threads: 7344, gil: 16},
		thread:           threadLayout{prev: 0, next: 8, interp: 16, ident: 152, native: 160, frame: 72},
		frame:            frameLayout{size: 72, back: 8, code: 0, instr: 56, position: byPointer, owner: 70, generator: 1, entry: 3},
		code:             codeLayout{size: 144, file: 112, name: 120, qualified: 128, lines: 136, firstLine: 68, instructions: 200, table: locations},
		text:             newText,
		refcountBits:     64,
	},
	// Not tried on an interpreter: from the sources of 3.14. All that is
	// missing here is in its own table of offsets (offsets.go).
	14: {
		frame:        frameLayout{position: byPointer, generator: 1, entry: 3, tagged: true},
		code:         codeLayout{table: locations},
		text:         newText,
		refcountBits: 32,
	},
}

// classic completes the layout of 3.8, 3.9 or 3.10, which differ in little.
func classic(l layout, frame frameLayout, table lineTable) layout {
	frame.back, frame.code = 24, 32
	l.interp = interpLayout{next: 0, threads: 8}
	l.thread, l.frame, l.code, l.text = oldThread, frame, oldCode, oldText
	l.code.table = table
	l.refcountBits = 64
	return l
}
