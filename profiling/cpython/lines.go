package cpython

import "sort"

// span says that the instructions from an offset in bytes on, up to the next
// span, are of a line; 0 for none.
type span struct {
	from int64
	line int
}

// maxSpans bounds how much of a table of lines is decoded.
const maxSpans = 1 << 17

// decodeLines reads the table of lines of a code object whose first line is
// given.
func decodeLines(form lineTable, table []byte, first int) []span {
	switch form {
	case lnotab:
		return decodeLnotab(table, first)
	case linetable:
		return decodeLinetable(table, first)
	}
	return decodeLocations(table, first)
}

// lineAt returns the line of the instruction at an offset. Before the first
// instruction, and so in a frame that has not begun, it is the first line.
func lineAt(spans []span, offset int64, first int) int {
	i := sort.Search(len(spans), func(i int) bool { return spans[i].from > offset })
	if i == 0 {
		return first
	}
	return spans[i-1].line
}

// decodeLnotab reads co_lnotab (Objects/lnotab_notes.txt): pairs of an
// unsigned step in the code and a signed step in lines.
func decodeLnotab(table []byte, first int) []span {
	spans := []span{{0, first}}
	offset, line := int64(0), first
	for ; len(table) >= 2 && len(spans) < maxSpans; table = table[2:] {
		offset += int64(table[0])
		line += int(int8(table[1]))
		spans = addSpan(spans, offset, line)
	}
	return spans
}

// noLine in a step in lines says that the instructions are of none.
const noLine = -128

// decodeLinetable reads co_linetable of 3.10 (Objects/lnotab_notes.txt of that
// version): pairs of the length of a range of code and the step in lines to
// it.
func decodeLinetable(table []byte, first int) []span {
	var spans []span
	offset, line := int64(0), first
	for ; len(table) >= 2 && len(spans) < maxSpans; table = table[2:] {
		if step := int(int8(table[1])); step == noLine {
			spans = addSpan(spans, offset, 0)
		} else {
			line += step
			spans = addSpan(spans, offset, line)
		}
		offset += int64(table[0])
	}
	return spans
}

// decodeLocations reads co_linetable from 3.11 on (Objects/locations.md): each
// entry starts with a byte of 1, four bits of a form and three of a length,
// which is one less than the number of code units of two bytes.
func decodeLocations(table []byte, first int) []span {
	var spans []span
	offset, line := int64(0), first
	in := varints{table}
	for len(in.b) > 0 && len(spans) < maxSpans {
		head := in.byte()
		form, units := head>>3&15, int64(head&7)+1
		shown := line
		switch {
		case form < 10: // short: one byte of columns
			in.byte()
		case form < 13: // one line: two columns
			line += int(form) - 10
			in.byte()
			in.byte()
			shown = line
		case form == 13: // no columns
			line += in.signed()
			shown = line
		case form == 14: // long: the last line and two columns
			line += in.signed()
			in.unsigned()
			in.unsigned()
			in.unsigned()
			shown = line
		default: // none
			shown = 0
		}
		spans = addSpan(spans, offset, shown)
		offset += 2 * units
	}
	return spans
}

// addSpan appends a span unless the last one goes on, or is empty.
func addSpan(spans []span, from int64, line int) []span {
	last := len(spans) - 1
	switch {
	case last >= 0 && spans[last].line == line:
		return spans
	case last >= 0 && spans[last].from == from:
		spans[last].line = line
		return spans
	}
	return append(spans, span{from, line})
}

// varints reads numbers in groups of six bits, the lowest first; bit 6 says
// that another group follows.
type varints struct{ b []byte }

// byte reads one byte, 0 at the end.
func (v *varints) byte() byte {
	if len(v.b) == 0 {
		return 0
	}
	c := v.b[0]
	v.b = v.b[1:]
	return c
}

// unsigned reads a number.
func (v *varints) unsigned() int {
	n := uint32(0)
	for shift := 0; shift < 36; shift += 6 {
		c := v.byte()
		n |= uint32(c&63) << shift
		if c&64 == 0 {
			break
		}
	}
	return int(n & 0x7fffffff)
}

// signed reads a number whose lowest bit is the sign.
func (v *varints) signed() int {
	n := v.unsigned()
	if n&1 != 0 {
		return -(n >> 1)
	}
	return n >> 1
}
