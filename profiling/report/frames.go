package report

import (
	"cmp"
	"path/filepath"
	"strconv"
	"strings"
)

// frames are the frames of all places at one granularity.
type frames struct {
	all []Frame
	of  []int32 // the frame of each line of Report.lines
	// bare is the frame of a place without lines, by place.
	bare map[int32]int32
}

// identity is what tells frames apart, which is what pprof tells them apart by.
type identity struct {
	name, file, object string
	line, start        int64
}

// framesBy works the frames out.
func (r *Report) framesBy(by Granularity) *frames {
	f := &frames{of: make([]int32, len(r.lines)), bare: map[int32]int32{}}
	known := make(map[identity]int32, len(r.functions))
	number := func(id identity, file string) int32 {
		n, ok := known[id]
		if !ok {
			n = int32(len(f.all))
			known[id] = n
			f.all = append(f.all, Frame{Function: id.printable(), File: file, Line: int(id.line)})
		} else if f.all[n].File != file {
			f.all[n].File = ""
		}
		return n
	}
	for i := range r.places {
		at := &r.places[i]
		if at.from == at.to {
			f.bare[int32(i)] = number(identity{object: at.object}, "")
		}
		for j := at.from; j < at.to; j++ {
			id, file := r.identify(at, &r.lines[j], by)
			f.of[j] = number(id, file)
		}
	}
	return f
}

// identify returns what tells a line's frame apart, and its file.
func (r *Report) identify(at *place, l *line, by Granularity) (id identity, file string) {
	if l.function < 0 {
		return identity{object: at.object}, ""
	}
	fn := &r.functions[l.function]
	if fn.file != "" {
		file = filepath.Clean(trimmed(fn.file))
	}
	id = identity{name: fn.name}
	if fn.name == "" {
		id.object, id.start = at.object, fn.start
	}
	if by == ByLine {
		id.file, id.line = file, l.number
	}
	return id, file
}

// trimmed leaves out what some build systems put before a path.
func trimmed(file string) string {
	const sandbox = "/proc/self/cwd/"
	if rest, ok := strings.CutPrefix(file, sandbox+"./"); ok {
		return rest
	}
	return strings.TrimPrefix(file, sandbox)
}

func (id *identity) printable() string {
	switch {
	case id.name != "":
		return id.name
	case id.object != "":
		return "[" + base(id.object) + "]"
	}
	return "<unknown>"
}

// String is the frame as pprof prints it: "function", or "function file:line".
func (f Frame) String() string {
	if f.Line == 0 {
		return f.Function
	}
	return f.Function + " " + f.File + ":" + strconv.Itoa(f.Line)
}

// before orders frames by what is printed of them.
func (f Frame) before(g Frame) int {
	return cmp.Or(cmp.Compare(f.Function, g.Function), cmp.Compare(f.File, g.File), cmp.Compare(f.Line, g.Line))
}
