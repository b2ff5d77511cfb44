package report

import (
	"cmp"
	"path"
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
	name, file, object int32 // indexes of Report.names
	line, start        int64
}

// framesBy works the frames out.
func (r *Report) framesBy(by Granularity) *frames {
	f := &frames{of: make([]int32, len(r.lines)), bare: map[int32]int32{}}
	files := r.cleaned()
	known := make(map[identity]int32, len(r.functions))
	number := func(id identity, file int32) int32 {
		n, ok := known[id]
		if !ok {
			n = int32(len(f.all))
			known[id] = n
			f.all = append(f.all, Frame{Function: r.printable(&id), File: files.all[file], Line: int(id.line)})
		} else if f.all[n].File != files.all[file] {
			f.all[n].File = ""
		}
		return n
	}
	for i := range r.places {
		at := &r.places[i]
		if at.from == at.to {
			f.bare[int32(i)] = number(identity{object: at.object}, 0)
		}
		for j := at.from; j < at.to; j++ {
			id, file := identity{object: at.object}, int32(0)
			if l := &r.lines[j]; l.function >= 0 {
				fn := &r.functions[l.function]
				file = files.of[fn.file]
				id = identity{name: fn.name}
				if fn.name == 0 {
					id.object, id.start = at.object, fn.start
				}
				if by == ByLine {
					id.file, id.line = file, l.number
				}
			}
			f.of[j] = number(id, file)
		}
	}
	return f
}

// paths are the names of files without what is superfluous.
type paths struct {
	names
	of []int32 // by index of Report.names; only of those that are files
}

// cleaned returns the files of all functions.
func (r *Report) cleaned() *paths {
	p := &paths{*newNames(), make([]int32, len(r.names))}
	for i := range r.functions {
		if file := r.functions[i].file; file != 0 && p.of[file] == 0 {
			p.of[file] = p.add(filepath.Clean(trimmed(r.names[file])))
		}
	}
	return p
}

// trimmed leaves out what some build systems put before a path.
func trimmed(file string) string {
	const sandbox = "/proc/self/cwd/"
	if rest, ok := strings.CutPrefix(file, sandbox+"./"); ok {
		return rest
	}
	return strings.TrimPrefix(file, sandbox)
}

// printable is what is shown of a frame, beside its file and line.
func (r *Report) printable(id *identity) string {
	switch {
	case id.name != 0:
		return r.names[id.name]
	case id.object != 0 && id.file == 0:
		return "[" + path.Base(r.names[id.object]) + "]"
	}
	return unknown
}

// unknown is what a function without a name is called.
const unknown = "<unknown>"

// String is the frame as pprof prints it: "function", "function file:line", or
// "file:line" of a function that has no name.
func (f Frame) String() string {
	at := f.File + ":" + strconv.Itoa(f.Line)
	switch {
	case f.Line == 0:
		return f.Function
	case f.Function == unknown:
		return at
	}
	return f.Function + " " + at
}

// text is the frame as pprof prints it at a granularity, which has "function
// file" where a line is unknown.
func (f Frame) text(by Granularity) string {
	if by == ByLine && f.Line == 0 && f.File != "" {
		return strings.TrimPrefix(f.Function+" "+f.File, unknown+" ")
	}
	return f.String()
}

// before orders frames by what is printed of them.
func (f Frame) before(g Frame) int {
	return cmp.Or(cmp.Compare(f.Function, g.Function), cmp.Compare(f.File, g.File), cmp.Compare(f.Line, g.Line))
}
