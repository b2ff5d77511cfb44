package report

import (
	"cmp"
	"slices"
)

// LineValue is what was spent in a line of a source file.
type LineValue struct {
	Line      int
	Function  string // the one that most was spent in, if there are several
	Flat, Cum int64
}

// Source returns the lines of a file in which something was spent, the first
// line first. The file is named as in Frame.File; o.By does not matter.
func (r *Report) Source(file string, o Options) []LineValue {
	o.By = ByLine
	p := r.pass(o)
	// A line has a frame for each function of its, so that one sample may have
	// several frames of one line.
	number, lines := linesOf(file, p.frames)
	parts := make([]int64, len(p.frames.all)) // of cum, by frame
	seen, round := make([]int32, len(lines)), int32(0)
	p.each(func(value int64, stack []int32) {
		round++
		for i, f := range stack {
			n := number[f]
			if n < 0 {
				continue
			}
			parts[f] += magnitude(value)
			if i == len(stack)-1 {
				lines[n].Flat += value
			}
			if seen[n] != round {
				seen[n] = round
				lines[n].Cum += value
			}
		}
	})
	most := make([]int64, len(lines))
	for f, n := range number {
		if n >= 0 && parts[f] > most[n] {
			most[n], lines[n].Function = parts[f], p.frames.all[f].Function
		}
	}
	return slices.DeleteFunc(lines, func(l LineValue) bool { return l.Flat == 0 && l.Cum == 0 })
}

// linesOf returns the lines of a file, and of each frame the index of its line,
// -1 if it has none there.
func linesOf(file string, f *frames) (number []int, lines []LineValue) {
	for i := range f.all {
		if f.all[i].File == file && f.all[i].Line > 0 {
			lines = append(lines, LineValue{Line: f.all[i].Line})
		}
	}
	slices.SortFunc(lines, func(a, b LineValue) int { return cmp.Compare(a.Line, b.Line) })
	lines = slices.Compact(lines)
	for i := range f.all {
		n := -1
		if f.all[i].File == file && f.all[i].Line > 0 {
			n, _ = slices.BinarySearchFunc(lines, f.all[i].Line, func(l LineValue, line int) int { return cmp.Compare(l.Line, line) })
		}
		number = append(number, n)
	}
	return number, lines
}
