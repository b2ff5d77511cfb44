// Package report answers questions about a profile: where the time goes by
// function or by line, as a table, a tree, a flame graph or values of source
// lines; and who calls whom.
//
// Start at [New] for a profile in memory, or at [Read] for a file of any tool
// that writes pprof's format. Each question is a method of [Report] that takes
// [Options]; the same question has the same answer, to the byte.
//
// The package is pure: it reads and writes only what it is given. A profile may
// come from a hostile program; how much of it is looked at is bounded, and what
// is left out is said by [Report.Limits] and [Difference.Limits], which texts and
// pictures repeat, or shown as "<deeper>".
package report

import (
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/google/pprof/profile"
)

// Report is a profile, arranged for questions. It does not change, and may be
// asked by several goroutines.
type Report struct {
	values    []Value
	preferred int
	at        time.Time
	took      time.Duration

	names     []string // of functions, files and objects; the first is ""
	functions []function
	places    []place
	lines     []line // of all places; see place
	stacks    stacks
	labels    func() *labels // worked out when first asked for
	limits    []string

	byFunction, byLine func() *frames
}

// Value is what a profile counts.
type Value struct {
	Name string // "cpu", "wall", "alloc_space", ...
	Unit string // "nanoseconds", "bytes", "count", ...
}

// function is a function of the profile.
type function struct {
	name, file int32 // indexes of Report.names
	start      int64 // the line on which it begins, 0 if unknown
}

// line is a line of a function.
type line struct {
	function int32 // -1 if it has none
	number   int64
}

// place is where a call was, pprof's Location: a line, and further ones if
// functions were inlined there, the innermost first.
type place struct {
	from, to int32 // its part of Report.lines; there may be none
	object   int32 // the program or library, in Report.names
}

// stacks are the samples.
type stacks struct {
	places []int32 // of all samples, in turn, the innermost first
	ends   []int   // where in places each sample ends
	values []int64 // of all samples, in turn, one for each of Report.values
}

// sample returns the places of a sample.
func (s *stacks) sample(i int) []int32 {
	if i == 0 {
		return s.places[:s.ends[0]]
	}
	return s.places[s.ends[i-1]:s.ends[i]]
}

// Frame is a function or a line of one, as Granularity has it.
type Frame struct {
	Function string // "[libc.so.6]" or "<unknown>" if that is all that is known
	File     string // "" if unknown, or if functions of this name are in several
	Line     int    // 0 by function, or if unknown
}

// Granularity is what a frame stands for.
type Granularity int

// The granularities. Functions of one name are one, whatever file they are in,
// as pprof has it.
const (
	ByFunction Granularity = iota
	ByLine
)

// Options say what a question is about.
type Options struct {
	Value int // index into Values
	// Focus keeps the stacks that have a matching frame, Ignore leaves out
	// those that have one, Hide leaves the matching frames out of the stacks.
	// They match the name or the file of a function, or its program or
	// library. As in pprof, shares remain those of the whole profile.
	Focus, Ignore, Hide *regexp.Regexp
	By                  Granularity
	// Label and LabelValue narrow the profile down to samples with that label,
	// if Label is not "". Shares are then of these.
	Label, LabelValue string
}

// Values returns what the profile counts; each sample has one of each.
func (r *Report) Values() []Value { return append([]Value(nil), r.values...) }

// Default returns the index of the value that the profile is about: the one
// that it says, or the last, as in pprof; -1 if it counts nothing.
func (r *Report) Default() int { return r.preferred }

// At returns when the profile was taken and for how long; zero where the
// profile does not say.
func (r *Report) At() (time.Time, time.Duration) { return r.at, r.took }

// Samples returns the number of samples: different stacks, not looks.
func (r *Report) Samples() int { return len(r.stacks.ends) }

// Limits says what was left out of a profile that is too large or too deep; nil
// if nothing was.
func (r *Report) Limits() []string { return append([]string(nil), r.limits...) }

// New makes a report of a profile, which it does not change and which must not
// be changed afterwards. The frames that the profile itself wants left out are
// left out, as in pprof.
func New(p *profile.Profile) *Report {
	r := &Report{took: time.Duration(p.DurationNanos)}
	if p.TimeNanos != 0 {
		r.at = time.Unix(0, p.TimeNanos)
	}
	for _, t := range p.SampleType {
		r.values = append(r.values, Value{t.Type, t.Unit})
	}
	r.addPlaces(p)
	r.addSamples(p)
	r.labels = sync.OnceValue(func() *labels { return labelsOf(p) })
	r.finish(p.DefaultSampleType, p.DropFrames, p.KeepFrames)
	return r
}

// finish does what is left once all has been taken over.
func (r *Report) finish(preferred, drop, keep string) {
	r.preferred = len(r.values) - 1
	for i, v := range r.values {
		if v.Name == preferred && preferred != "" {
			r.preferred = i
			break
		}
	}
	r.prune(drop, keep)
	r.byFunction = sync.OnceValue(func() *frames { return r.framesBy(ByFunction) })
	r.byLine = sync.OnceValue(func() *frames { return r.framesBy(ByLine) })
}

// addPlaces takes over functions and locations.
func (r *Report) addPlaces(p *profile.Profile) {
	names := newNames()
	functions := make(map[*profile.Function]int32, len(p.Function))
	number := func(f *profile.Function) int32 {
		if f == nil {
			return -1
		}
		n, known := functions[f]
		if !known {
			n = int32(len(r.functions))
			functions[f] = n
			r.functions = append(r.functions, function{names.add(f.Name), names.add(f.Filename), f.StartLine})
		}
		return n
	}
	r.places = make([]place, 0, len(p.Location))
	for _, l := range p.Location {
		at := place{from: int32(len(r.lines))}
		if l.Mapping != nil {
			at.object = names.add(l.Mapping.File)
		}
		for i := range l.Line {
			if i == maxInlined {
				r.limit(inlinedLimit)
				break
			}
			r.lines = append(r.lines, line{number(l.Line[i].Function), l.Line[i].Line})
		}
		at.to = int32(len(r.lines))
		r.places = append(r.places, at)
	}
	r.names = names.all
}

// names gives numbers to names.
type names struct {
	all   []string
	known map[string]int32
}

func newNames() *names { return &names{[]string{""}, map[string]int32{"": 0}} }

// add returns a name's number. The end of one that is too long is cut off.
func (n *names) add(name string) int32 {
	if len(name) > maxName {
		name = strings.ToValidUTF8(name[:maxName], "") + "…"
	}
	i, known := n.known[name]
	if !known {
		i = int32(len(n.all))
		n.known[name] = i
		n.all = append(n.all, name)
	}
	return i
}

// addSamples takes over the samples.
func (r *Report) addSamples(p *profile.Profile) {
	place := indexed(p.Location)
	total := 0
	for _, s := range p.Sample {
		total += len(s.Location)
	}
	r.stacks = stacks{
		places: make([]int32, 0, total),
		ends:   make([]int, 0, len(p.Sample)),
		values: make([]int64, 0, len(p.Sample)*len(r.values)),
	}
	for _, s := range p.Sample {
		for _, l := range s.Location {
			if n := place(l); n >= 0 {
				r.stacks.places = append(r.stacks.places, n)
			}
		}
		r.stacks.ends = append(r.stacks.ends, len(r.stacks.places))
		for i := range r.values {
			var v int64
			if i < len(s.Value) {
				v = s.Value[i]
			}
			r.stacks.values = append(r.stacks.values, v)
		}
	}
}

// indexed returns a function that finds the index of a location, -1 if it is
// none of the profile's.
func indexed(all []*profile.Location) func(*profile.Location) int32 {
	byID := make([]int32, len(all)+1) // ids are 1, 2, 3... in most profiles
	others := map[*profile.Location]int32{}
	for i, l := range all {
		if l.ID < uint64(len(byID)) && byID[l.ID] == 0 {
			byID[l.ID] = int32(i) + 1
		} else {
			others[l] = int32(i)
		}
	}
	return func(l *profile.Location) int32 {
		if l == nil {
			return -1
		}
		if l.ID < uint64(len(byID)) {
			if i := byID[l.ID] - 1; i >= 0 && all[i] == l {
				return i
			}
		}
		if i, known := others[l]; known {
			return i
		}
		return -1
	}
}
