package output

import (
	"cmp"
	"slices"

	"example.com/muster/procs"
)

// maxPartials is how many unterminated lines a page shows at the most: those of a
// usual pool of workers, and no more than what leaves room for other lines.
const maxPartials = 8

// began is an unterminated line, and when its first byte came.
type began[T any] struct {
	line T
	at   int64
}

// partials returns copies of the unterminated lines of some slots, of one process
// or, with pid 0, of all. They stand in the order of the slots, and within one in
// that of its processes, so that a line that grows stays in its place. Of
// too many those are left out that began first: which ones these are changes only
// as lines begin and end.
func partials(slots []*Slot, pid int) []procs.Line {
	var open []began[procs.Line]
	floor := int64(-1 << 63) // what began before is not wanted
	for _, sl := range slots {
		if !sl.open.Load() {
			continue
		}
		if open = latest(sl.partials(open, pid, floor)); len(open) == maxPartials {
			floor = slices.MinFunc(open, compareBegan[procs.Line]).at
		}
	}
	lines := make([]procs.Line, len(open))
	for i := range open {
		lines[i] = open[i].line
	}
	return lines
}

// partials appends the slot's lines that began at floor or later.
func (s *Slot) partials(dst []began[procs.Line], pid int, floor int64) []began[procs.Line] {
	s.mu.Lock()
	defer s.mu.Unlock()
	var open []began[*line]
	for _, l := range s.writers.all {
		if len(l.rest) > 0 && (pid == 0 || int(l.pid) == pid) && l.began >= floor {
			open = append(open, began[*line]{l, l.began})
		}
	}
	open = latest(open)
	slices.SortStableFunc(open, func(a, b began[*line]) int { return cmp.Compare(a.line.pid, b.line.pid) })
	for _, b := range open {
		dst = append(dst, began[procs.Line]{s.partial(b.line), b.at})
	}
	return dst
}

// latest returns those lines, in their order, that began last.
func latest[T any](open []began[T]) []began[T] {
	if len(open) <= maxPartials {
		return open
	}
	sorted := slices.Clone(open)
	slices.SortStableFunc(sorted, compareBegan[T])
	floor := sorted[len(sorted)-maxPartials].at
	open = slices.DeleteFunc(open, func(b began[T]) bool { return b.at < floor })
	return open[len(open)-maxPartials:]
}

func compareBegan[T any](a, b began[T]) int { return cmp.Compare(a.at, b.at) }
