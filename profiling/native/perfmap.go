package native

import (
	"bufio"
	"cmp"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Bounds of a map of code that was made at run time.
const (
	maxPerfMap     = 64 << 20 // bytes
	maxPerfEntries = 1 << 20
)

// PerfMap is what a program that compiles at run time tells of its code, in the
// file /tmp/perf-PID.map (tools/perf/Documentation/jit-interface.txt).
type PerfMap struct{ list []made }

// made is one function.
type made struct {
	start, size uint64
	name        string
}

// ParsePerfMap reads such a file: "START SIZE name of the function", both in
// hexadecimal. A line that is none is left out; a function at the place of an
// older one takes its place.
func ParsePerfMap(r io.Reader) *PerfMap {
	m := &PerfMap{}
	in := bufio.NewReaderSize(io.LimitReader(r, maxPerfMap), maxSymbol)
	for skip := false; len(m.list) < maxPerfEntries; {
		line, err := in.ReadSlice('\n')
		if f, ok := parseMade(string(line)); ok && !skip && (err == nil || err == io.EOF) {
			m.list = append(m.list, f)
		}
		skip = err == bufio.ErrBufferFull // the rest of a long line is none
		if err != nil && !skip {
			break
		}
	}
	slices.SortStableFunc(m.list, func(a, b made) int { return cmp.Compare(a.start, b.start) })
	return m
}

func parseMade(line string) (f made, ok bool) {
	from, rest, _ := strings.Cut(strings.TrimRight(line, "\r\n"), " ")
	size, name, ok := strings.Cut(rest, " ")
	var err, err2 error
	f.start, err = strconv.ParseUint(strings.TrimPrefix(from, "0x"), 16, 64)
	f.size, err2 = strconv.ParseUint(strings.TrimPrefix(size, "0x"), 16, 64)
	f.name = cut(strings.ToValidUTF8(name, "\uFFFD"), maxName)
	return f, ok && err == nil && err2 == nil && f.size > 0 && f.name != ""
}

// Name returns the function at an address, "" if there is none. A nil map has none.
func (m *PerfMap) Name(pc uint64) string {
	if m == nil {
		return ""
	}
	i, _ := slices.BinarySearchFunc(m.list, pc, func(f made, pc uint64) int {
		if f.start <= pc {
			return -1
		}
		return 1
	})
	// Of several at one address the last one was made last.
	for n := i - 1; n >= 0 && i-n <= 8; n-- {
		if f := m.list[n]; pc-f.start < f.size {
			return f.name
		}
	}
	return ""
}
