package debug

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"io"
)

// Of the notes of a core dump, elf(5) and the kernel's fs/binfmt_elf.c.
const (
	noteProcess = 3          // NT_PRPSINFO
	noteAux     = 6          // NT_AUXV
	noteFiles   = 0x46494c45 // NT_FILE
	auxEntry    = 9          // AT_ENTRY: where the program began
	pidAt       = 24         // of a 64-bit struct elf_prpsinfo
	maxNotes    = 64 << 20
)

// coreFile is what a core dump says of its process.
type coreFile struct {
	pid int
	exe string // "" if it does not tell
}

var errNoCore = errors.New("no core dump of a 64-bit process")

// readCore reads the notes of a core dump. The program is the file that was
// mapped where the process began.
func readCore(r io.ReaderAt) (c coreFile, err error) {
	f, err := elf.NewFile(r) // which has nothing to close
	if err != nil {
		return c, err
	}
	if f.Type != elf.ET_CORE || f.Class != elf.ELFCLASS64 {
		return c, errNoCore
	}
	var entry uint64
	var files []byte
	for _, p := range f.Progs {
		if p.Type != elf.PT_NOTE || p.Filesz > maxNotes {
			continue
		}
		b, err := io.ReadAll(p.Open())
		if err != nil {
			return c, err
		}
		eachNote(b, f.ByteOrder, func(kind uint32, note []byte) {
			switch {
			case kind == noteProcess && len(note) >= pidAt+4:
				c.pid = int(f.ByteOrder.Uint32(note[pidAt:]))
			case kind == noteAux:
				entry = entryOf(note, f.ByteOrder)
			case kind == noteFiles:
				files = note
			}
		})
	}
	c.exe = fileAt(files, entry, f.ByteOrder)
	return c, nil
}

// eachNote calls f with the type and the contents of each note; one that is cut off ends them.
func eachNote(b []byte, order binary.ByteOrder, f func(kind uint32, note []byte)) {
	for len(b) >= 12 {
		name, size, kind := uint64(order.Uint32(b)), uint64(order.Uint32(b[4:])), order.Uint32(b[8:])
		from := 12 + (name+3)&^3
		if from+size > uint64(len(b)) {
			return
		}
		f(kind, b[from:from+size])
		b = b[min(from+(size+3)&^3, uint64(len(b))):]
	}
}

func entryOf(aux []byte, order binary.ByteOrder) uint64 {
	for ; len(aux) >= 16; aux = aux[16:] {
		if order.Uint64(aux) == auxEntry {
			return order.Uint64(aux[8:])
		}
	}
	return 0
}

// fileAt is the name of the file that is mapped at an address: a count, the
// page size, so many (start, end, offset), and as many names.
func fileAt(note []byte, at uint64, order binary.ByteOrder) string {
	if len(note) < 16 || at == 0 {
		return ""
	}
	count, rest := order.Uint64(note), note[16:]
	if count > uint64(len(rest))/24 {
		return ""
	}
	names := bytes.Split(rest[24*count:], []byte{0})
	for i := range min(count, uint64(len(names))) {
		if m := rest[24*i:]; order.Uint64(m) <= at && at < order.Uint64(m[8:]) {
			return string(names[i])
		}
	}
	return ""
}
