package native

import (
	"debug/elf"
	"encoding/binary"
	"strings"

	"github.com/ianlancetaylor/demangle"
)

// Bounds of names.
const (
	maxSymbols = 32 << 20 // bytes of a symbol table
	maxSymbol  = 4096     // bytes of a name
	maxName    = 512      // bytes of what is shown of it
)

// candidate is a symbol that covers an address.
type candidate struct {
	name   uint32
	addr   uint64
	global bool
}

// symbol names the function at an address; start is where the unwind tables
// say that it starts, if they do. The table is read through for each new
// address: a stack has few, and an index of a browser's would take 50 MB.
func (im *image) symbol(at, start uint64) (name string, from uint64) {
	for _, kind := range []elf.SectionType{elf.SHT_SYMTAB, elf.SHT_DYNSYM} {
		s, ok := im.sections[kind.String()]
		if !ok || s.size > maxSymbols {
			continue
		}
		best := ""
		var found candidate
		im.symbols(s, func(c candidate, size uint64) bool {
			if at < c.addr || at-c.addr >= size && c.addr != start {
				return true
			}
			n := im.symbolName(kind, c.name)
			if n != "" && (best == "" || better(c, n, found, best)) {
				best, found = n, c
			}
			return true
		})
		if best != "" {
			return best, found.addr
		}
	}
	return "", 0
}

// symbols calls do for each function of a table, while it wants more.
func (im *image) symbols(s section, more func(c candidate, size uint64) bool) {
	const size = 24
	buf := make([]byte, 2048*size)
	for off := uint64(0); off+size <= s.size; {
		n := min(uint64(len(buf)), (s.size-off)/size*size)
		if _, err := im.file.ReadAt(buf[:n], int64(s.off+off)); err != nil {
			return
		}
		for b := buf[:n]; len(b) > 0; b = b[size:] {
			kind, bind := elf.ST_TYPE(b[4]), elf.ST_BIND(b[4])
			if binary.LittleEndian.Uint16(b[6:]) == uint16(elf.SHN_UNDEF) || kind != elf.STT_FUNC && kind != elf.STT_GNU_IFUNC && kind != elf.STT_NOTYPE {
				continue
			}
			if !more(candidate{binary.LittleEndian.Uint32(b), word(b[8:]), bind != elf.STB_LOCAL}, word(b[16:])) {
				return
			}
		}
		off += n
	}
}

// better prefers the inner function, and of several names of one the one that
// a person would use.
func better(c candidate, name string, than candidate, other string) bool {
	if c.addr != than.addr {
		return c.addr > than.addr
	}
	if c.global != than.global {
		return c.global
	}
	underscores := func(s string) int { return len(s) - len(strings.TrimLeft(s, "_")) }
	if a, b := underscores(name), underscores(other); a != b {
		return a < b
	}
	return len(name) < len(other)
}

// symbolName reads a name from the table's strings.
func (im *image) symbolName(kind elf.SectionType, off uint32) string {
	s := im.sections[kind.String()+" strings"]
	if uint64(off) >= s.size {
		return ""
	}
	b := make([]byte, min(s.size-uint64(off), maxSymbol))
	n, _ := im.file.ReadAt(b, int64(s.off+uint64(off))) // what could not be read has no NUL
	c := cursor{b: b[:n]}
	return c.cstring()
}

// demangled makes a C++ or Rust name readable, without arguments: it stands
// in a list of calls.
func demangled(name string) (out string) {
	name = cut(name, maxSymbol)
	defer func() {
		if recover() != nil {
			out = name // the name is the program's own invention
		}
		out = cut(out, maxName)
	}()
	name, _, _ = strings.Cut(name, "@") // behind it stands the symbol's version
	return demangle.Filter(name, demangle.NoParams, demangle.NoClones, demangle.MaxLength(10))
}

// cut shortens a text that is longer than a program of good will makes it.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "..."
}
