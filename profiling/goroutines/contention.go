package goroutines

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/google/pprof/profile"
)

// What a line of a profile waits for. The first three are locks; to wait for
// the others is what a program also does when it has nothing to do.
const (
	ForMutex     = "mutex"
	ForRWMutex   = "rwmutex"
	ForRuntime   = "runtime lock" // one of Go's own: of a channel, the scheduler, the heap
	ForCond      = "condition"
	ForWaitGroup = "wait group"
	ForReceive   = "channel receive"
	ForSend      = "channel send"
	ForSelect    = "select"
)

// Contention is what a mutex or block profile tells of one source line. In a
// mutex profile it is the line that let go of a lock for which others had
// waited; in a block profile it is the line that waited.
type Contention struct {
	File     string
	Line     int
	Function string
	For      string        // ForMutex and so on, "" if its stack does not tell
	Count    int64         // waits; an estimate where the profile records only some of them
	Delay    time.Duration // summed over all that waited, since the profile began
}

// Lock reports whether the line waits for a lock, or lets go of one. Nothing
// else is contention: who receives from a channel may only have nothing to do.
func (c *Contention) Lock() bool {
	return c.For == ForMutex || c.For == ForRWMutex || c.For == ForRuntime
}

// Bounds of a profile, which is the program's own word.
const (
	maxProfile = 8 << 20 // bytes, unpacked
	maxFields  = 1 << 20 // parts that it may consist of
	maxLines   = 1024    // that are told of it
)

// ParseContention reads a mutex or block profile, the longest delay first. One
// that is empty gives nothing: most programs do not turn these profiles on
// (runtime.SetMutexProfileFraction, runtime.SetBlockProfileRate).
func ParseContention(data []byte) ([]Contention, error) {
	p, err := parseProfile(data)
	if err != nil {
		return nil, fmt.Errorf("cannot read the profile: %w", err)
	}
	count := slices.IndexFunc(p.SampleType, func(t *profile.ValueType) bool { return t.Type == "contentions" })
	delay := slices.IndexFunc(p.SampleType, func(t *profile.ValueType) bool { return t.Type == "delay" && t.Unit == "nanoseconds" })
	if count < 0 || delay < 0 {
		return nil, errors.New("cannot read the profile: it is none of contention")
	}
	return byLine(p, count, delay), nil
}

func parseProfile(data []byte) (*profile.Profile, error) {
	return parseBounded(data, maxProfile, maxFields)
}

// parseBounded reads a profile of at most so many bytes, unpacked, and fields.
func parseBounded(data []byte, most, parts int) (p *profile.Profile, err error) {
	defer func() {
		if r := recover(); r != nil { // the profile is the program's own invention
			p, err = nil, fmt.Errorf("cannot read the profile: %v", r)
		}
	}()
	data, err = unpacked(data, most)
	if err != nil {
		return nil, err
	}
	if n := fields(data, 0, parts); n < 0 || n > parts {
		return nil, errors.New("it is no profile, or one of too many parts")
	}
	p, err = profile.ParseUncompressed(data)
	if err != nil {
		return nil, err
	}
	return p, p.CheckValid()
}

// fields counts the fields of a profile and of the messages in it, since two
// bytes of one can become a hundred when it is parsed; -1 if it is malformed.
// It stops when there are more than most.
func fields(data []byte, depth, most int) (n int) {
	for len(data) > 0 && n <= most {
		tag, used := binary.Uvarint(data)
		if used <= 0 {
			return -1
		}
		data = data[used:]
		n++
		size := uint64(0)
		switch tag & 7 {
		case 0:
			if _, used = binary.Uvarint(data); used <= 0 {
				return -1
			}
			size = uint64(used)
		case 1:
			size = 8
		case 5:
			size = 4
		case 2:
			if size, used = binary.Uvarint(data); used <= 0 {
				return -1
			}
			data = data[used:]
		default:
			return -1
		}
		if size > uint64(len(data)) {
			return -1
		}
		if tag&7 == 2 && holdsMessages(tag>>3, depth) {
			inner := fields(data[:size], depth+1, most-n)
			if inner < 0 {
				return -1
			}
			n += inner
		}
		data = data[size:]
	}
	return n
}

// holdsMessages tells the fields of github.com/google/pprof/proto/profile.proto
// that are messages: of the profile itself sample_type, sample, mapping,
// location, function and period_type, and in those a sample's label and a
// location's line.
func holdsMessages(field uint64, depth int) bool {
	switch depth {
	case 0:
		return field >= 1 && field <= 5 || field == 11
	case 1:
		return field == 3 || field == 4
	}
	return false
}

// line is what makes lines of a profile different.
type line struct {
	file     string
	line     int64
	function string
	what     string
}

// byLine sums up by the line of the program that is nearest to the lock.
func byLine(p *profile.Profile, count, delay int) []Contention {
	index := map[line]int{}
	var list []Contention
	for _, s := range p.Sample {
		l, what, ok := own(s)
		if !ok || s.Value[count] < 0 || s.Value[delay] < 0 {
			continue
		}
		k := line{l.Function.Filename, l.Line, l.Function.Name, what}
		n, known := index[k]
		if !known {
			n = len(list)
			index[k] = n
			list = append(list, Contention{File: clipped(k.file), Line: int(k.line), Function: clipped(k.function), For: what})
		}
		list[n].Count += s.Value[count]
		list[n].Delay += time.Duration(s.Value[delay])
	}
	slices.SortStableFunc(list, func(a, b Contention) int { return cmp.Compare(b.Delay, a.Delay) })
	return list[:min(len(list), maxLines)]
}

func clipped(s string) string { return strings.Clone(s[:min(len(s), maxName)]) }

// own is the innermost line of the user's own code; else the innermost that
// is none of those that waiting consists of, or the innermost of all. What says
// what was waited for.
func own(s *profile.Sample) (at profile.Line, what string, ok bool) {
	const (
		nothing = iota
		waiting
		standard
	)
	best, root, inside := nothing, "", true
	for _, loc := range s.Location {
		for _, l := range loc.Line { // inlined calls come innermost first
			switch {
			case l.Function == nil:
			case library(l.Function.Name):
				if inside {
					what = cmp.Or(waitsFor(l.Function.Name), what)
				}
				root = cmp.Or(root, rootOf(l.Function.Name, l.Function.Filename))
				if best < waiting {
					best, at = waiting, l
				}
			case !ofGo(l.Function.Name, l.Function.Filename, root):
				return l, what, true
			default:
				inside = false
				if best < standard {
					best, at = standard, l
				}
			}
		}
	}
	return at, what, best > nothing
}

// waitsFor says what a function of the library waits for or lets go of, or "".
func waitsFor(function string) string {
	for _, f := range []struct{ prefix, what string }{
		{"sync.(*Mutex).", ForMutex},
		{"internal/sync.(*Mutex).", ForMutex},
		{"internal/poll.(*fdMutex).", ForMutex},
		{"sync.(*RWMutex).", ForRWMutex},
		{"sync.(*Cond).", ForCond},
		{"sync.(*WaitGroup).", ForWaitGroup},
		{"runtime.chanrecv", ForReceive},
		{"runtime.chansend", ForSend},
		{"runtime.selectgo", ForSelect},
		{"runtime.unlock", ForRuntime},
		{"runtime._LostContendedRuntimeLock", ForRuntime},
	} {
		if strings.HasPrefix(function, f.prefix) {
			return f.what
		}
	}
	return ""
}

// rootOf is the directory in which the packages of Go stand, as the file of
// one of their functions tells: "/usr/local/go/src/" for sync.(*Mutex).Lock.
func rootOf(function, file string) string {
	pkg, _, _ := strings.Cut(function[strings.LastIndexByte(function, '/')+1:], ".")
	dir := function[:strings.LastIndexByte(function, '/')+1] + pkg + "/"
	if i := strings.LastIndex(file, "/"+dir); i >= 0 {
		return file[:i+1]
	}
	return ""
}

// ofGo reports whether a function belongs to Go itself, whose packages have no
// dot in their first name. Where a program was built with -trimpath, there is
// no directory to tell them from a module that has none either; then it is Go's.
func ofGo(function, file, root string) bool {
	if strings.HasPrefix(function, "main.") {
		return false
	}
	in, ok := strings.CutPrefix(file, root)
	first, _, deeper := strings.Cut(in, "/")
	return ok && deeper && first != "" && !strings.Contains(first, ".")
}

// unpacked decompresses a profile, up to its bound.
func unpacked(data []byte, most int) ([]byte, error) {
	if !bytes.HasPrefix(data, []byte{0x1f, 0x8b}) {
		return data, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	return bounded(z, most)
}

// bounded reads all, or fails where there is more than most bytes.
func bounded(r io.Reader, most int) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, int64(most)+1))
	if err == nil && len(b) > most {
		err = fmt.Errorf("it is larger than %d MiB", most>>20)
	}
	return b, err
}
