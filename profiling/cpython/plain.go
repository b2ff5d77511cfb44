package cpython

import (
	"slices"

	"example.com/muster/profiling/peek"
)

// plain are the instructions of each minor version that run no function of C: jumps,
// loads of constants, local and global names, and calls of what is known to be Python;
// also in the forms that the interpreter puts in their place. The numbers are those of
// dis.opmap, from 3.11 on dis._all_opmap, of that version. What the truth of a
// condition takes in C is left out of account. Not among them is what may free a large
// object, and the instrumented forms, which call who watches.
var plain = map[int][]byte{
	8:  {9, 100, 110, 111, 112, 113, 114, 115, 116, 124},
	9:  {9, 100, 110, 111, 112, 113, 114, 115, 116, 124},
	10: {9, 100, 110, 111, 112, 113, 114, 115, 116, 124},
	11: {2, 9, 23, 24, 38, 44, 45, 46, 47, 48, 55, 65, 100, 110, 111, 112, 114, 115, 116, 124, 128, 129, 134, 140, 143, 150, 151, 173, 174, 175, 176},
	12: {2, 9, 23, 24, 28, 84, 86, 88, 100, 110, 111, 112, 114, 115, 116, 124, 127, 128, 129, 134, 140, 143, 151},
	13: {30, 34, 70, 77, 78, 79, 83, 85, 86, 87, 88, 91, 97, 98, 99, 100, 149, 163, 164, 177, 178, 203, 204, 207},
}

// extendedArg comes up to three times before an instruction, in which f_lasti stays
// at the first up to 3.10. From 3.11 on a frame is at the instruction itself.
const extendedArg = 144

// Plain reports whether the innermost frame of a glance is at an instruction that runs
// no function of C. A thread may stand at one all the same: where a loop is one jump,
// and, as was seen of 3.13 on a busy machine, in a loop of three instructions. It is
// false where nobody knows.
func (in *Interpreter) Plain(g *Glance) bool {
	at := g.innermost.instr
	if p := in.layout.frame.position; p != byPointer {
		code, err := peek.Uint64(in.mem, g.innermost.code+in.layout.code.instructions)
		if err != nil {
			return false
		}
		if p == inUnits {
			at *= 2
		}
		at += code + in.layout.text.bytes
	}
	var units [8]byte
	n, err := in.mem.ReadSome(units[:], at)
	if err != nil {
		return false
	}
	for i := 0; i < n; i += 2 {
		if units[i] != extendedArg {
			return slices.Contains(plain[in.found.version.Minor], units[i])
		}
	}
	return false
}
