package native

import (
	"debug/dwarf"
	"errors"
	"slices"
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

// spot is a source line in a function.
type spot struct {
	function string // "" for the one that the symbol names
	file     string
	line     int
}

// at returns the source lines of an address: the innermost of the functions
// that were inlined there first, last the function itself. It is empty if
// nothing is known.
func (l *lines) at(im *image, addr uint64) (spots []spot) {
	// debug/dwarf is fuzzed, but the data is the program's own invention.
	defer func() {
		if recover() != nil {
			spots, l.data = nil, nil
		}
	}()
	if !l.tried {
		l.tried = true
		l.data = l.load(im)
	}
	if l.data == nil {
		return nil
	}
	unit, err := l.data.Reader().SeekPC(addr)
	if err != nil {
		return nil
	}
	table, err := l.data.LineReader(unit)
	if err != nil || table == nil {
		return nil
	}
	here := spot{}
	// SeekPC of the table would stop at a unit whose first sequence lies behind
	// the address, such as one with main in .text.startup.
	var e, next dwarf.LineEntry
	for ; table.Next(&next) == nil; e = next {
		if e.Address <= addr && addr < next.Address && !e.EndSequence && e.File != nil {
			here.file, here.line = cut(e.File.Name, maxSymbol), e.Line
			return l.unfold(here, l.inlined(unit, addr), table.Files())
		}
	}
	return nil
}

// unfold gives each inlined function its name, and its caller the line of the call.
func (l *lines) unfold(here spot, inlined []*dwarf.Entry, files []*dwarf.LineFile) (spots []spot) {
	for i := len(inlined) - 1; i >= 0; i-- {
		here.function = demangled(l.name(inlined[i]))
		spots = append(spots, here)
		file, ok := inlined[i].Val(dwarf.AttrCallFile).(int64)
		line, ok2 := inlined[i].Val(dwarf.AttrCallLine).(int64)
		here = spot{}
		if ok && ok2 && file >= 0 && file < int64(len(files)) && files[file] != nil {
			here.file, here.line = cut(files[file].Name, maxSymbol), int(line)
		}
	}
	return append(spots, here)
}

// maxEntries bounds how many entries of a unit are read for one address, and
// maxInlined how many functions may be inlined into each other there.
const (
	maxEntries = 1 << 20
	maxInlined = 64
)

// inlined returns the functions that were inlined at an address, outermost first.
func (l *lines) inlined(unit *dwarf.Entry, addr uint64) (list []*dwarf.Entry) {
	r := l.data.Reader()
	r.Seek(unit.Offset)
	if e, err := r.Next(); err != nil || e == nil || !e.Children {
		return nil
	}
	level := 0 // inside the function; 0 is outside
	for range maxEntries {
		e, err := r.Next()
		if err != nil || e == nil || e.Tag == dwarf.TagCompileUnit {
			return list
		}
		enter := false
		switch e.Tag {
		case 0: // the end of what was entered
			if level--; level == 0 {
				return list
			}
			level = max(level, 0)
			continue
		case dwarf.TagNamespace, dwarf.TagModule, dwarf.TagStructType, dwarf.TagClassType, dwarf.TagEnumerationType:
			if level == 0 {
				continue // the functions in it are among the next entries
			}
		case dwarf.TagSubprogram:
			enter = level == 0 && l.covers(e, addr)
		case dwarf.TagInlinedSubroutine, dwarf.TagLexDwarfBlock:
			if enter = level > 0 && len(list) < maxInlined && l.covers(e, addr); enter && e.Tag == dwarf.TagInlinedSubroutine {
				list = append(list, e)
			}
		}
		switch {
		case enter && e.Children:
			level++
		case enter && level == 0:
			return list
		case e.Children:
			r.SkipChildren()
		}
	}
	return list
}

func (l *lines) covers(e *dwarf.Entry, addr uint64) bool {
	ranges, err := l.data.Ranges(e)
	return err == nil && slices.ContainsFunc(ranges, func(r [2]uint64) bool { return r[0] <= addr && addr < r[1] })
}

// name is what the linker would call a function, or else what its source does.
func (l *lines) name(e *dwarf.Entry) (name string) {
	for range 8 { // from the instance over the function to its declaration
		if s, ok := e.Val(dwarf.AttrLinkageName).(string); ok {
			return s
		}
		if s, ok := e.Val(dwarf.AttrName).(string); ok && name == "" {
			name = s
		}
		to, ok := e.Val(dwarf.AttrAbstractOrigin).(dwarf.Offset)
		if !ok {
			if to, ok = e.Val(dwarf.AttrSpecification).(dwarf.Offset); !ok {
				break
			}
		}
		r := l.data.Reader()
		r.Seek(to)
		next, err := r.Next()
		if err != nil || next == nil {
			break
		}
		e = next
	}
	return name
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
