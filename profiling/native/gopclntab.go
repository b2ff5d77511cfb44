package native

import (
	"debug/elf"

	"example.com/muster/profiling/peek"
)

// Go's runtime has a table of its own for stacks, .gopclntab. It is read here
// and not by debug/gosym, which decodes every function of a program at once
// and leaves out what unwinding needs: how large a frame is at an address. The
// format since Go 1.18 is in the Go sources, src/runtime/symtab.go (pcHeader)
// and runtime2.go (_func); the one before is not read.

// Bounds of the table.
const (
	maxGoTable = 1 << 30
	maxGoFuncs = 1 << 22
	maxGoValue = 64 << 10 // bytes of one function's list of values
)

const (
	goMagic118 = 0xfffffff0
	goMagic120 = 0xfffffff1
)

// gopclntab is where the parts of the table are.
type gopclntab struct {
	im                             *image
	base, end, text                uint64
	funcs                          uint64
	names, units, files, values, f uint64 // addresses; f is of the functions
	quantum                        uint64
}

// openGo finds the table, nil if the file is no Go program of a known version.
func (im *image) openGo() *gopclntab {
	s, ok := im.sections[".gopclntab"]
	if !ok {
		s, ok = im.sections[".data.rel.ro.gopclntab"]
	}
	if !ok || s.size > maxGoTable || s.size < 72 {
		return nil
	}
	c, err := cursorAt(im, s.addr, 72)
	if err != nil {
		return nil
	}
	magic := uint32(c.uint(4))
	c.take(2)
	g := &gopclntab{im: im, base: s.addr, end: s.addr + s.size}
	g.quantum = c.uint(1)
	if magic != goMagic118 && magic != goMagic120 || c.uint(1) != 8 {
		return nil
	}
	g.funcs = c.uint(8)
	c.take(8)          // the number of files
	g.text = c.uint(8) // 0 since Go 1.26, and in what can be loaded anywhere
	for _, p := range []*uint64{&g.names, &g.units, &g.files, &g.values, &g.f} {
		off := c.uint(8)
		if off >= s.size {
			return nil
		}
		*p = s.addr + off
	}
	if g.funcs == 0 || g.funcs > maxGoFuncs || !g.findText() {
		return nil
	}
	return g
}

// findText sets the address that functions count from. The header has it up
// to Go 1.25, except in what can be loaded anywhere; the symbol has it always,
// unless it was stripped; the start of .text is it where no C was linked in.
func (g *gopclntab) findText() bool {
	if g.text == 0 {
		g.text = g.im.symbolNamed("runtime.text")
	}
	if _, c := g.im.sections[".eh_frame"]; g.text == 0 && !c {
		g.text = g.im.sections[".text"].addr
	}
	return g.text != 0
}

// symbolNamed returns the address of a symbol, 0 if there is none.
func (im *image) symbolNamed(name string) (addr uint64) {
	s, ok := im.sections[elf.SHT_SYMTAB.String()]
	if !ok || s.size > maxSymbols {
		return 0
	}
	im.symbols(s, func(c candidate, _ uint64) bool {
		if im.symbolName(elf.SHT_SYMTAB, c.name) == name {
			addr = c.addr
		}
		return addr == 0
	})
	return addr
}

func (g *gopclntab) u32(addr uint64) (uint64, bool) {
	if addr < g.base || addr >= g.end {
		return 0, false
	}
	v, err := peek.Uint32(g.im, addr)
	return uint64(v), err == nil
}

// goFunc is one function of the table.
type goFunc struct {
	entry                  uint64
	name                   string
	pcsp, pcfile, pcln, cu uint64
}

// find returns the function at an address.
func (g *gopclntab) find(at uint64) (f goFunc, ok bool) {
	last, ok := g.u32(g.f + 8*g.funcs)
	if !ok || at < g.text || at-g.text >= last {
		return f, false
	}
	lo, hi := uint64(0), g.funcs // the first that starts behind at
	for lo < hi {
		mid := (lo + hi) / 2
		start, ok := g.u32(g.f + 8*mid)
		if !ok {
			return f, false
		}
		if g.text+start > at {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	if lo == 0 {
		return f, false
	}
	off, ok := g.u32(g.f + 8*(lo-1) + 4)
	if !ok {
		return f, false
	}
	c, err := cursorAt(g.im, g.f+off, 36)
	if err != nil {
		return f, false
	}
	f.entry = g.text + c.uint(4)
	name := c.uint(4)
	c.take(8) // the sizes of arguments, and where deferred calls return
	f.pcsp, f.pcfile, f.pcln = c.uint(4), c.uint(4), c.uint(4)
	c.take(4)
	f.cu = c.uint(4)
	f.name, err = peek.CString(g.im, g.names+name, maxName)
	return f, err == nil && f.entry <= at
}

// value reads the list of values by address that starts at an offset.
func (g *gopclntab) value(off, entry, at uint64) (v int32, ok bool) {
	start := g.values + off
	if off == 0 || start >= g.end {
		return 0, false
	}
	c, err := cursorAt(g.im, start, min(maxGoValue, g.end-start))
	if err != nil {
		return 0, false
	}
	pc := entry
	for v = -1; c.more(); {
		delta := uint32(c.uleb())
		if delta == 0 && pc != entry {
			return 0, false
		}
		v += int32(-(delta & 1) ^ (delta >> 1))
		pc += c.uleb() * g.quantum
		if at < pc {
			return v, !c.bad
		}
	}
	return 0, false
}

// source returns the file and the line of an address.
func (g *gopclntab) source(f goFunc, at uint64) (string, int) {
	n, ok := g.value(f.pcfile, f.entry, at)
	line, ok2 := g.value(f.pcln, f.entry, at)
	if !ok || !ok2 || n < 0 {
		return "", 0
	}
	off, ok := g.u32(g.units + 4*(f.cu+uint64(n)))
	if !ok || off == 0xffffffff {
		return "", 0
	}
	name, err := peek.CString(g.im, g.files+off, maxSymbol)
	if err != nil {
		return "", 0
	}
	return name, int(line)
}

// schedulerNote says what the stack of one of the runtime's threads is not.
const schedulerNote = "a thread of Go's runtime: the stacks of waiting goroutines are not on it"

// goEntries are where a stack of Go ends, with what there is to say of it: it
// changes to another one, or it is the first function of a goroutine.
var goEntries = map[string]string{
	"runtime.goexit":      "",
	"runtime.main":        "",
	"runtime.mcall":       schedulerNote,
	"runtime.systemstack": "called on the runtime's own stack: the goroutine's is not on it",
	"runtime.asmcgocall":  "called from Go: the goroutine's stack is not on it",
	"runtime.morestack":   schedulerNote,
	"runtime.mstart":      schedulerNote,
	"runtime.rt0_go":      schedulerNote,
	"runtime.sigtramp":    "a signal's handler",
	"runtime.cgocallback": "called back from C",
	"runtime.clone":       schedulerNote,
	"runtime.mstart0":     schedulerNote,
}

// placeGo tells about an address in Go code; false if it is in none.
func (im *image) placeGo(pl *place, at uint64) bool {
	if im.gopcln == nil {
		return false
	}
	f, ok := im.gopcln.find(at)
	if !ok {
		return false
	}
	pl.start, pl.function = f.entry, f.name
	pl.file, pl.line = im.gopcln.source(f, at)
	if len(f.name) > 5 && f.name[len(f.name)-5:] == ".abi0" {
		f.name = f.name[:len(f.name)-5]
	}
	pl.note, pl.last = goEntries[f.name]
	pl.root = f.name == "runtime.goexit" && !pl.called // as newproc1 of src/runtime/proc.go lays it there
	delta, ok := im.gopcln.value(f.pcsp, f.entry, at)
	if !ok || delta < 0 {
		pl.noRow = "Go's table does not tell the frame's size"
		return true
	}
	size := uint64(delta)
	pl.delta = &size
	return true
}

// byGo goes to the caller of a function of Go, whose frame ends delta bytes
// above the stack pointer. The frame pointer is kept next to the return
// address: above it on arm64, where that lies at the bottom of the frame
// (src/cmd/compile/abi-internal.md).
func (w *walk) byGo(delta uint64) (why string) {
	sp := w.regs.v[w.arch.sp]
	at, next, keeps := sp+delta, sp+delta+8, sp+delta-8
	if !w.arch.callPushes {
		at, next, keeps = sp, sp+delta, sp-8
		if delta == 0 {
			return w.arch.why(unknown(w.arch.ra))
		}
	}
	pc, err := peek.Uint64(w.mem, at)
	if err != nil {
		return w.arch.why(err)
	}
	w.regs.known = 0
	w.regs.set(w.arch.sp, next)
	if delta >= 8 {
		if fp, err := peek.Uint64(w.mem, keeps); err == nil {
			w.regs.set(w.arch.fp, fp)
		}
	}
	w.pc = pc
	return ""
}
