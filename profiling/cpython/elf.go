package cpython

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"

	"example.com/muster/profiling/peek"
)

// image is an ELF file as it is mapped into the process. Its dynamic symbols
// are looked up in memory: that needs no file, and so works for a program
// whose file was replaced or lies in another mount namespace. See elf(5).
type image struct {
	mem  peek.Memory
	base uint64 // what is added to the addresses in the file
	segs []segment

	symbols, strings uint64
	hash             uint64 // DT_GNU_HASH, 0 if there is none
}

// segment is a part of the file that is mapped.
type segment struct {
	start, size uint64 // as in the file, without base
	write       bool
}

// Numbers of elf.h.
const (
	elfHeader   = 64
	elfProgram  = 56 // an Elf64_Phdr
	elfSection  = 64 // an Elf64_Shdr
	elfSymbol   = 24 // an Elf64_Sym
	maxPrograms = 64
	maxSections = 256
	maxDynamic  = 512
	maxChain    = 4096
)

var le = binary.LittleEndian

// header is the part of an Elf64_Ehdr that is used.
type header struct {
	programs, sections uint64
	nprograms          int
	nsections, names   int
}

// parseHeader accepts 64-bit little-endian programs and libraries.
func parseHeader(b []byte) (h header, ok bool) {
	if len(b) < elfHeader || !bytes.HasPrefix(b, []byte("\x7fELF\x02\x01")) {
		return h, false
	}
	if t := le.Uint16(b[16:]); t != 2 && t != 3 {
		return h, false
	}
	if le.Uint16(b[54:]) != elfProgram {
		return h, false
	}
	h = header{
		programs: le.Uint64(b[32:]), nprograms: min(int(le.Uint16(b[56:])), maxPrograms),
		sections: le.Uint64(b[40:]), nsections: min(int(le.Uint16(b[60:])), maxSections),
		names: int(le.Uint16(b[62:])),
	}
	return h, true
}

// errNotELF says that no 64-bit program or library is mapped at an address.
var errNotELF = errors.New("no ELF file of 64 bits")

// readImage reads the headers of the file that is mapped at an address.
func readImage(mem peek.Memory, addr uint64) (*image, error) {
	var raw [elfHeader]byte
	if err := mem.ReadAt(raw[:], addr); err != nil {
		return nil, err
	}
	h, ok := parseHeader(raw[:])
	if !ok {
		return nil, errNotELF
	}
	b := make([]byte, h.nprograms*elfProgram)
	if err := mem.ReadAt(b, addr+h.programs); err != nil {
		return nil, err
	}
	img := &image{mem: mem}
	var dynamic, dynamicSize uint64
	loaded := false
	for ; len(b) > 0; b = b[elfProgram:] {
		kind, flags := le.Uint32(b), le.Uint32(b[4:])
		offset, vaddr, size := le.Uint64(b[8:]), le.Uint64(b[16:]), le.Uint64(b[40:])
		switch kind {
		case 1: // PT_LOAD
			if offset == 0 {
				img.base, loaded = addr-vaddr, true
			}
			img.segs = append(img.segs, segment{vaddr, size, flags&2 != 0})
		case 2: // PT_DYNAMIC
			dynamic, dynamicSize = vaddr, size
		}
	}
	if !loaded {
		return nil, errNotELF
	}
	if dynamic != 0 {
		img.readDynamic(img.base+dynamic, min(dynamicSize, maxDynamic*16))
	}
	return img, nil
}

// readDynamic finds the tables of symbols.
func (img *image) readDynamic(addr, size uint64) {
	b := make([]byte, size/16*16)
	if img.mem.ReadAt(b, addr) != nil {
		return
	}
	for ; len(b) > 0; b = b[16:] {
		value := le.Uint64(b[8:])
		if value < img.base { // musl leaves them as they are in the file, glibc does not
			value += img.base
		}
		switch le.Uint64(b) {
		case 0: // DT_NULL
			return
		case 5: // DT_STRTAB
			img.strings = value
		case 6: // DT_SYMTAB
			img.symbols = value
		case 0x6ffffef5: // DT_GNU_HASH
			img.hash = value
		}
	}
}

// symbol is where something lies in the process.
type symbol struct{ start, end uint64 }

// lookup finds a symbol that the image defines, by its GNU hash table: a few
// words are read, however large the image is.
func (img *image) lookup(name string) (symbol, bool) {
	if img.hash == 0 || img.symbols == 0 || img.strings == 0 {
		return symbol{}, false
	}
	var head [16]byte
	if img.mem.ReadAt(head[:], img.hash) != nil {
		return symbol{}, false
	}
	buckets, first, bloom := le.Uint32(head[:]), le.Uint32(head[4:]), le.Uint32(head[8:])
	if buckets == 0 {
		return symbol{}, false
	}
	h := gnuHash(name)
	table := img.hash + 16 + 8*uint64(bloom)
	i, err := peek.Uint32(img.mem, table+4*uint64(h%buckets))
	if err != nil || i < first {
		return symbol{}, false
	}
	chains := table + 4*uint64(buckets)
	for range maxChain {
		link, err := peek.Uint32(img.mem, chains+4*uint64(i-first))
		if err != nil {
			break
		}
		if link|1 == h|1 {
			if s, ok := img.symbolAt(i, name); ok {
				return s, true
			}
		}
		if link&1 != 0 {
			break
		}
		i++
	}
	return symbol{}, false
}

// symbolAt returns the symbol of the given index if it has the name.
func (img *image) symbolAt(i uint32, name string) (symbol, bool) {
	var b [elfSymbol]byte
	if img.mem.ReadAt(b[:], img.symbols+elfSymbol*uint64(i)) != nil {
		return symbol{}, false
	}
	got, err := peek.CString(img.mem, img.strings+uint64(le.Uint32(b[:])), len(name)+1)
	if err != nil || got != name || le.Uint16(b[6:]) == 0 { // st_shndx: undefined here
		return symbol{}, false
	}
	start := img.base + le.Uint64(b[8:])
	return symbol{start, start + le.Uint64(b[16:])}, true
}

// gnuHash is the hash function of DT_GNU_HASH.
func gnuHash(name string) uint32 {
	h := uint32(5381)
	for i := range len(name) {
		h = h*33 + uint32(name[i])
	}
	return h
}

// maxSymbolTable bounds how much of a file is read for its symbols.
const maxSymbolTable = 64 << 20

// inFile looks a symbol up in the sections of the image's file, for programs
// that export nothing: in .symtab, or as a section of its own, which is what
// CPython makes of _PyRuntime from 3.10 on.
func (img *image) inFile(f io.ReaderAt, name, section string) (symbol, bool) {
	var raw [elfHeader]byte
	if _, err := f.ReadAt(raw[:], 0); err != nil {
		return symbol{}, false
	}
	h, ok := parseHeader(raw[:])
	if !ok || h.nsections == 0 || le.Uint16(raw[58:]) != elfSection {
		return symbol{}, false
	}
	b := make([]byte, h.nsections*elfSection)
	if _, err := f.ReadAt(b, int64(h.sections)); err != nil {
		return symbol{}, false
	}
	sections := func(i int) []byte { return b[i*elfSection : (i+1)*elfSection] }
	var names []byte
	if h.names < h.nsections {
		names, _ = sectionBytes(f, sections(h.names)) // without names there are the symbols
	}
	for i := range h.nsections {
		s := sections(i)
		if at := int(le.Uint32(s)); section != "" && at < len(names) && bytes.HasPrefix(names[at:], []byte(section+"\x00")) {
			start := img.base + le.Uint64(s[16:])
			return symbol{start, start + le.Uint64(s[32:])}, true
		}
	}
	for i := range h.nsections {
		s := sections(i)
		if le.Uint32(s[4:]) != 2 || int(le.Uint32(s[40:])) >= h.nsections { // SHT_SYMTAB
			continue
		}
		if found, ok := img.inSymtab(f, s, sections(int(le.Uint32(s[40:]))), name); ok {
			return found, true
		}
	}
	return symbol{}, false
}

// inSymtab looks a name up in a table of symbols and its table of strings.
func (img *image) inSymtab(f io.ReaderAt, symtab, strtab []byte, name string) (symbol, bool) {
	strings, err := sectionBytes(f, strtab)
	if err != nil {
		return symbol{}, false
	}
	at := bytes.Index(strings, []byte("\x00"+name+"\x00"))
	if at < 0 {
		return symbol{}, false
	}
	symbols, err := sectionBytes(f, symtab)
	if err != nil {
		return symbol{}, false
	}
	for ; len(symbols) >= elfSymbol; symbols = symbols[elfSymbol:] {
		if le.Uint32(symbols) == uint32(at+1) && le.Uint16(symbols[6:]) != 0 {
			start := img.base + le.Uint64(symbols[8:])
			return symbol{start, start + le.Uint64(symbols[16:])}, true
		}
	}
	return symbol{}, false
}

// sectionBytes reads a section that is not too large.
func sectionBytes(f io.ReaderAt, section []byte) ([]byte, error) {
	size := le.Uint64(section[32:])
	if size > maxSymbolTable {
		return nil, io.ErrShortBuffer
	}
	b := make([]byte, size)
	_, err := f.ReadAt(b, int64(le.Uint64(section[24:])))
	return b, err
}
