package profile

import (
	"hash/fnv"
	"strings"

	"example.com/muster/profiling/report"
)

// module is what frames have in common that are drawn in one colour: the package
// of a Go function, else the file.
func module(frame report.Frame) string {
	if i := strings.LastIndexByte(frame.Function, '/'); i >= 0 {
		name, _, _ := strings.Cut(frame.Function[i:], ".")
		return frame.Function[:i] + name
	}
	if frame.File != "" {
		return frame.File
	}
	name, _, _ := strings.Cut(frame.Function, ".")
	return name
}

// colours chooses one of n colours for each module of a tree by its name, so that it
// is the same in the next profile too. No module has that of the one which called it
// first; those in which most is spent come first.
func colours(root *report.Node, n int) map[string]int {
	chosen := map[string]int{}
	if n == 0 {
		return chosen
	}
	var walk func(of *report.Node, caller int)
	walk = func(of *report.Node, caller int) {
		for _, c := range of.Children {
			name := module(c.Frame)
			colour, known := chosen[name]
			if !known {
				h := fnv.New32a()
				_, _ = h.Write([]byte(name))
				colour = int(h.Sum32() % uint32(n))
				if n > 1 && colour == caller {
					colour = (colour + 1) % n
				}
				chosen[name] = colour
			}
			walk(c, colour)
		}
	}
	walk(root, -1)
	return chosen
}
