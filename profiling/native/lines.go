package native

import (
	"debug/dwarf"
	"errors"
)

// MaxDWARF bounds the line tables and what they need, in bytes, of one file
// and of all: where a file has more, its functions are told without lines.
const (
	MaxDWARF    = 64 << 20
	maxAllDWARF = 128 << 20
)

// lines are a file's line tables, loaded when they are first asked for.
type lines struct {
	tried bool
	data  *dwarf.Data
	bytes uint64
}

// at returns the source line of an address, "" if it is not known.
func (l *lines) at(im *image, addr uint64) (file string, line int) {
	// debug/dwarf is fuzzed, but the data is the program's own invention.
	defer func() {
		if recover() != nil {
			file, line, l.data = "", 0, nil
		}
	}()
	if !l.tried {
		l.tried = true
		l.data = l.load(im)
	}
	if l.data == nil {
		return "", 0
	}
	unit, err := l.data.Reader().SeekPC(addr)
	if err != nil {
		return "", 0
	}
	table, err := l.data.LineReader(unit)
	if err != nil || table == nil {
		return "", 0
	}
	// SeekPC of the table would stop at a unit whose first sequence lies behind
	// the address, such as one with main in .text.startup.
	var e, next dwarf.LineEntry
	for ; table.Next(&next) == nil; e = next {
		if e.Address <= addr && addr < next.Address && !e.EndSequence && e.File != nil {
			return e.File.Name, e.Line
		}
	}
	return "", 0
}

// load reads the sections; nil if there are none, or too much.
func (l *lines) load(im *image) *dwarf.Data {
	part := map[string][]byte{}
	for _, name := range []string{"abbrev", "info", "line", "ranges", "str", "addr", "line_str", "str_offsets", "rnglists"} {
		b, err := im.content(".debug_"+name, MaxDWARF-l.bytes)
		if err != nil {
			l.bytes = 0
			return nil
		}
		l.bytes += uint64(len(b))
		part[name] = b
	}
	d, err := dwarf.New(part["abbrev"], nil, nil, part["info"], part["line"], nil, part["ranges"], part["str"])
	for _, name := range []string{"addr", "line_str", "str_offsets", "rnglists"} {
		if b := part[name]; b != nil && err == nil {
			err = errors.Join(err, d.AddSection(".debug_"+name, b))
		}
	}
	if err != nil || len(part["info"]) == 0 {
		l.bytes = 0
		return nil
	}
	return d
}

// drop forgets the tables; they are loaded again when they are asked for.
func (l *lines) drop() { *l = lines{} }
