package crash

import (
	"bytes"
	"sort"

	"example.com/muster/procs"
)

// A parser reads last words that start at a line of v, and says where the
// scan goes on. It has read nothing if it returns from.
type parser func(v *view, from int) (found []Words, next int)

// parsers are tried in this order at each line that [Begins] does not turn away.
var parsers = []parser{
	parsePython, parseFaulthandler, parseGoPanic, parseGoRace,
	parseRust, parseCPP, parseGlibc, parseSanitizer, parseUBSan, parseNode,
}

// Parse finds last words in lines of output, oldest first. Lines of several
// writers may be mixed: where their PIDs tell them apart they are read apart.
// It accepts any bytes and any number of lines, and takes no more than a few
// times their size of memory.
func Parse(lines []procs.Line) []Words {
	var found []Words
	for _, v := range writers(lines) {
		found = append(found, v.scan()...)
	}
	sort.SliceStable(found, func(i, j int) bool { return found[i].From < found[j].From })
	return found
}

// scan reads a view from its first line to its last.
func (v *view) scan() []Words {
	var found []Words
	for i := 0; i < v.len(); {
		if raw := v.raw(i); v.taken[i] || !Begins(raw) && !bytes.Contains(raw[:min(len(raw), maxLine)], []byte(ubsanMark)) {
			i++
			continue
		}
		next := i
		for _, p := range parsers {
			var w []Words
			if w, next = p(v, i); next > i {
				found = append(found, w...)
				break
			}
		}
		if next > i {
			i = next
			continue
		}
		if sub := v.behindPrefix(i); sub != nil {
			found = append(found, sub.scan()...)
		}
		i++
	}
	return found
}
