package native

import (
	"bytes"
	"compress/zlib"
	"debug/elf"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// Bounds of a file. It is read by hand, because debug/elf believes a header
// that announces two thousand million sections.
const (
	maxSegments = 512
	maxSections = 8192
	maxNames    = 1 << 20
	maxPlaces   = 16384
)

var errELF = errors.New("not an ELF file for amd64 or arm64")

// file is what an image is read from.
type file interface {
	io.ReaderAt
	io.Closer
}

// image is one ELF file: where things are in it, and the places that stacks
// have been at. It keeps its file open, so that the inode stays what it is.
type image struct {
	file     file
	modified time.Time
	size     int64
	used     uint64    // when, by the count of stacks
	until    time.Time // until when names may be looked for; zero is for ever

	arch     *arch
	segments []segment
	sections map[string]section
	hdr      uint64 // address of the search table of .eh_frame, 0 if none
	gopcln   *gopclntab
	lines    lines
	debug    *image // symbols in a file of their own; its lines would be 40 MB for libc
	places   map[uint64]*place
}

// segment is a part that is mapped.
type segment struct {
	off, addr, size uint64
	exec            bool
}

// section is a part that the file names.
type section struct {
	addr, off, size uint64
	link            uint32
	compressed      bool
}

// place is what is known of one address.
type place struct {
	function string
	file     string
	line     int
	inlined  []spot // functions that are inlined here, innermost first
	start    uint64 // of the function; 0 if unknown
	called   bool   // a call ends behind the address

	row   *row
	delta *uint64 // of Go: how far above the stack pointer the frame ends
	noRow string  // why there is neither

	root  bool // what returns here is the first function of a goroutine
	last  bool // a stack ends here
	note  string
	rough bool // there was no time to look for names
}

// parse reads what an ELF file says of itself.
func parse(f file, size int64) (*image, error) {
	im := &image{file: f, size: size, sections: map[string]section{}, places: map[uint64]*place{}}
	head := make([]byte, 64)
	if _, err := f.ReadAt(head, 0); err != nil || string(head[:4]) != elf.ELFMAG || head[4] != byte(elf.ELFCLASS64) || head[5] != byte(elf.ELFDATA2LSB) {
		return nil, errELF
	}
	le := binary.LittleEndian
	switch elf.Machine(le.Uint16(head[18:])) {
	case elf.EM_X86_64:
		im.arch = amd64
	case elf.EM_AARCH64:
		im.arch = arm64
	default:
		return nil, errELF
	}
	if err := im.readSegments(word(head[32:]), le.Uint16(head[54:]), le.Uint16(head[56:])); err != nil {
		return nil, err
	}
	im.readSections(word(head[40:]), le.Uint16(head[58:]), le.Uint16(head[60:]), le.Uint16(head[62:]))
	im.gopcln = im.openGo()
	return im, nil
}

func (im *image) readSegments(off uint64, size, n uint16) error {
	if size != 56 || n > maxSegments {
		return errELF
	}
	b := make([]byte, int(size)*int(n))
	if _, err := im.file.ReadAt(b, int64(off)); err != nil {
		return errELF
	}
	for ; len(b) > 0; b = b[size:] {
		flags := elf.ProgFlag(binary.LittleEndian.Uint32(b[4:]))
		s := segment{off: word(b[8:]), addr: word(b[16:]), size: word(b[32:]), exec: flags&elf.PF_X != 0}
		switch elf.ProgType(binary.LittleEndian.Uint32(b)) {
		case elf.PT_LOAD:
			im.segments = append(im.segments, s)
		case elf.PT_GNU_EH_FRAME:
			im.hdr = s.addr
		}
	}
	return nil
}

// readSections notes the named parts. A file may lack them.
func (im *image) readSections(off uint64, size, n, names uint16) {
	if size != 64 || n > maxSections || names >= n {
		return
	}
	b := make([]byte, int(size)*int(n))
	if _, err := im.file.ReadAt(b, int64(off)); err != nil {
		return
	}
	at := func(i int) (section, uint32, elf.SectionType) {
		h := b[64*i:]
		return section{
			addr: word(h[16:]), off: word(h[24:]), size: word(h[32:]), link: binary.LittleEndian.Uint32(h[40:]),
			compressed: elf.SectionFlag(word(h[8:]))&elf.SHF_COMPRESSED != 0,
		}, binary.LittleEndian.Uint32(h), elf.SectionType(binary.LittleEndian.Uint32(h[4:]))
	}
	table, _, _ := at(int(names))
	text, err := im.raw(table, maxNames)
	if err != nil {
		return
	}
	for i := range int(n) {
		s, name, kind := at(i)
		if kind == elf.SHT_NOBITS || uint64(name) >= uint64(len(text)) {
			continue
		}
		switch kind {
		case elf.SHT_SYMTAB, elf.SHT_DYNSYM:
			if s.link < uint32(n) {
				strings, _, _ := at(int(s.link))
				im.sections[kind.String()+" strings"] = strings
				im.sections[kind.String()] = s
			}
		default:
			label, _, _ := bytes.Cut(text[name:], []byte{0})
			im.sections[string(label)] = s
		}
	}
}

// raw reads a section as it is in the file.
func (im *image) raw(s section, limit uint64) ([]byte, error) {
	if s.size > limit || s.off > uint64(im.size) || s.size > uint64(im.size)-s.off {
		return nil, fmt.Errorf("a section of %d bytes", s.size)
	}
	b := make([]byte, s.size)
	_, err := im.file.ReadAt(b, int64(s.off))
	return b, err
}

// content reads a section, decompressed if need be, of at most limit bytes.
func (im *image) content(name string, limit uint64) ([]byte, error) {
	s, ok := im.sections[name]
	if !ok {
		return nil, nil
	}
	b, err := im.raw(s, limit)
	if err != nil || !s.compressed {
		return b, err
	}
	if len(b) < 24 || elf.CompressionType(binary.LittleEndian.Uint32(b)) != elf.COMPRESS_ZLIB || word(b[8:]) > limit {
		return nil, errors.New("a compressed section that is not read")
	}
	z, err := zlib.NewReader(bytes.NewReader(b[24:]))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(z, int64(limit)))
}

// address is where a file offset is, of those that hold code.
func (im *image) address(off uint64) (uint64, bool) {
	for _, s := range im.segments {
		if s.exec && off >= s.off && off-s.off < s.size {
			return off - s.off + s.addr, true
		}
	}
	return 0, false
}

// ReadAt reads what the file has for an address: an image is a memory, too.
func (im *image) ReadAt(b []byte, addr uint64) error {
	for _, s := range im.segments {
		if addr >= s.addr && addr-s.addr < s.size && uint64(len(b)) <= s.size-(addr-s.addr) {
			_, err := im.file.ReadAt(b, int64(addr-s.addr+s.off))
			return err
		}
	}
	return errELF
}

// unwindTable finds the table of the function at an address.
func (im *image) unwindTable(at uint64) (fde, error) {
	if im.hdr != 0 {
		if f, err := search(im, im.hdr, at); err == nil || errors.Is(err, errNoEntry) {
			return f, err
		}
	}
	if s, ok := im.sections[".eh_frame"]; ok && s.addr != 0 {
		return scan(im, s.addr, s.size, at)
	}
	return fde{}, errNoEntry
}

// place tells all about an address; what was told once is kept.
func (im *image) place(at uint64) *place {
	if pl := im.places[at]; pl != nil {
		return pl
	}
	pl := &place{}
	var code [8]byte
	if im.ReadAt(code[:], at+1-8) == nil {
		pl.called = im.arch.called(code[:], at+1).kind != noCall
	}
	if !im.placeGo(pl, at) {
		im.placeNative(pl, at)
	}
	if len(im.places) >= maxPlaces {
		clear(im.places)
	}
	if !pl.rough {
		im.places[at] = pl
	}
	return pl
}

// entries are where a program or a thread begins. What called main is no part
// of the program.
var entries = map[string]bool{"main": true, "_start": true, "clone": true, "__clone": true, "clone3": true, "__clone3": true}

func (im *image) placeNative(pl *place, at uint64) {
	f, err := im.unwindTable(at)
	if err == nil {
		pl.start = f.start
		pl.row, err = f.row(at)
	}
	if err != nil {
		pl.noRow = err.Error()
	}
	if pl.rough = !im.until.IsZero() && time.Now().After(im.until); pl.rough {
		return
	}
	name, start := im.symbol(at, pl.start)
	if im.debugFile() != nil {
		if better, from := im.debug.symbol(at, pl.start); better != "" {
			name, start = better, from
		}
	}
	if pl.start == 0 {
		pl.start = start
	}
	pl.last = entries[name]
	pl.function = demangled(name)
	if pl.row != nil && pl.row.signal {
		pl.function = "<signal handler called>" // no call leads here, but the kernel
	}
	if spots := im.lines.at(im, at); len(spots) > 0 {
		n := len(spots) - 1
		pl.inlined, pl.file, pl.line = spots[:n], spots[n].file, spots[n].line
	}
}

// debugDir is where distributions put what they strip from programs.
const debugDir = "/usr/lib/debug/.build-id/"

// debugFile is the file with the symbols of this one, nil if there is none.
func (im *image) debugFile() *image {
	if im.debug != nil || im.sections == nil {
		return im.debug
	}
	id := im.buildID()
	if _, full := im.sections[elf.SHT_SYMTAB.String()]; full || len(id) < 4 {
		return nil
	}
	const seen = "looked for a debug file"
	if _, done := im.sections[seen]; done {
		return nil
	}
	im.sections[seen] = section{}
	f, size, err := openFile(debugDir + id[:2] + "/" + id[2:] + ".debug")
	if err != nil {
		return nil
	}
	d, err := parse(f, size)
	if err != nil || d.buildID() != id {
		_ = f.Close() // it was only read
		return nil
	}
	im.debug = d
	return d
}

// buildID is the hexadecimal name that the linker gave the file, "" if none.
func (im *image) buildID() string {
	b, err := im.content(".note.gnu.build-id", 1024)
	if err != nil || len(b) < 16 {
		return ""
	}
	n := binary.LittleEndian.Uint32(b[4:])
	if n > 64 || len(b) < 16+int(n) || !strings.HasPrefix(string(b[12:]), "GNU\x00") {
		return ""
	}
	return hex.EncodeToString(b[16 : 16+n])
}

func (im *image) close() {
	_ = im.file.Close() // it was only read
	if im.debug != nil {
		im.debug.close()
	}
}
