package capture

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/google/pprof/profile"
)

// Bounds of what is kept.
const (
	maxDepth  = 512     // frames of a stack; the outermost are left out
	maxStacks = 1 << 20 // different ones of a capture
)

// frame is one call of a stack.
type frame struct {
	function string // as a person reads it
	file     string // "" where unknown
	line     int    // 0 where unknown
	start    int    // the line on which the function begins; 0 where unknown
	module   string // the base name of the file that it is in; "" for a script
	// inlined says that the compiler has put this function into the next one.
	inlined bool
}

// unreadable stands for a stack that could not be read.
var unreadable = frame{function: "<unreadable>"}

// InC is the function that stands for what Python code has called in C.
const InC = "<native>"

// look is what a source saw of a thread at one moment, or at n moments alike.
type look struct {
	of     *Subject
	tid    int
	thread string // its name
	state  State
	stack  []frame // innermost first
	n      int64
	cpu    time.Duration // processor time that these moments stand for
	wall   time.Duration
}

// recorder makes a profile of looks. Its methods may be called by several
// goroutines.
type recorder struct {
	mu         sync.Mutex
	profile    *profile.Profile
	functions  map[frame]*profile.Function
	modules    map[string]*profile.Mapping
	calls      map[frame]*profile.Location  // of calls into which nothing was inlined
	merged     map[string]*profile.Location // of the others, by what key writes
	samples    map[string]*profile.Sample   // by what text says of them
	text       []byte                       // room for that
	taken      int64
	unreadable int64
	dropped    int64 // looks beyond maxStacks
	given      map[int]bool
	files      map[string][]byte  // see Capture
	own        []*profile.Profile // of programs that made them themselves
	ownSize    int
}

// newRecorder starts a profile of kind CPU or Wall.
func newRecorder(kind Kind, rate int) *recorder {
	r := &recorder{
		functions: map[frame]*profile.Function{},
		modules:   map[string]*profile.Mapping{},
		calls:     map[frame]*profile.Location{},
		merged:    map[string]*profile.Location{},
		samples:   map[string]*profile.Sample{},
		given:     map[int]bool{},
	}
	r.profile = &profile.Profile{
		SampleType: []*profile.ValueType{
			{Type: "samples", Unit: "count"}, {Type: "cpu", Unit: "nanoseconds"}, {Type: "wall", Unit: "nanoseconds"},
		},
		DefaultSampleType: string(kind),
		PeriodType:        &profile.ValueType{Type: string(kind), Unit: "nanoseconds"},
		Period:            int64(time.Second) / int64(max(rate, 1)),
	}
	return r
}

// add adds a look.
func (r *recorder) add(l *look) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.taken += l.n
	r.given[l.of.PID] = true
	stack := l.stack[:min(len(l.stack), maxDepth)]
	if len(stack) == 1 && stack[0] == unreadable {
		r.unreadable += l.n
	}
	locations := r.place(stack)
	text := strconv.AppendInt(r.text[:0], int64(l.of.PID), 16)
	text = strconv.AppendInt(append(text, ' '), int64(l.tid), 16)
	text = append(append(text, ' '), l.state...)
	for _, loc := range locations {
		text = strconv.AppendUint(append(text, ' '), loc.ID, 16)
	}
	r.text = text
	s := r.samples[string(text)]
	if s == nil {
		if len(r.samples) >= maxStacks {
			r.dropped += l.n
			r.taken -= l.n
			return
		}
		s = &profile.Sample{Location: locations, Value: make([]int64, 3), Label: labels(l.of, l.thread, l.tid, l.state)}
		r.samples[string(text)] = s
		r.profile.Sample = append(r.profile.Sample, s)
	}
	s.Value[0] += l.n
	s.Value[1] += int64(l.cpu)
	s.Value[2] += int64(l.wall)
}

// gave notes that a process was profiled, though perhaps it did nothing.
func (r *recorder) gave(of *Subject) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.given[of.PID] = true
}

// labels are those of every sample.
func labels(of *Subject, thread string, tid int, state State) map[string][]string {
	m := map[string][]string{LabelProcess: {of.Process}, LabelPID: {strconv.Itoa(of.PID)}}
	if of.Pool != "" {
		m[LabelPool] = []string{of.Pool}
	}
	switch {
	case thread != "":
		m[LabelThread] = []string{fmt.Sprintf("%s %d", thread, tid)}
	case tid != 0:
		m[LabelThread] = []string{strconv.Itoa(tid)}
	}
	if state != "" {
		m[LabelState] = []string{string(state)}
	}
	return m
}

// place returns the locations of a stack: one for each call, with all that was
// inlined into it.
func (r *recorder) place(stack []frame) []*profile.Location {
	all := make([]*profile.Location, 0, len(stack))
	for len(stack) > 0 {
		n := 1
		for n < len(stack) && stack[n-1].inlined {
			n++
		}
		all, stack = append(all, r.location(stack[:n])), stack[n:]
	}
	return all
}

// location returns that of a call, and of what was inlined into it.
func (r *recorder) location(call []frame) *profile.Location {
	loc, text := r.calls[call[0]], ""
	if len(call) > 1 {
		text = key(call)
		loc = r.merged[text]
	}
	if loc != nil {
		return loc
	}
	loc = &profile.Location{ID: uint64(len(r.profile.Location) + 1), Mapping: r.mapping(call[len(call)-1].module)}
	for _, f := range call {
		loc.Line = append(loc.Line, profile.Line{Function: r.function(f), Line: int64(f.line)})
	}
	if len(call) > 1 {
		r.merged[text] = loc
	} else {
		r.calls[call[0]] = loc
	}
	r.profile.Location = append(r.profile.Location, loc)
	return loc
}

// mapping stands for a module, whose functions have their names already; else
// go tool pprof would look for its file.
func (r *recorder) mapping(module string) *profile.Mapping {
	if m := r.modules[module]; m != nil {
		return m
	}
	m := &profile.Mapping{ID: uint64(len(r.profile.Mapping) + 1), File: module, HasFunctions: true, HasFilenames: true, HasLineNumbers: true, HasInlineFrames: true}
	r.profile.Mapping = append(r.profile.Mapping, m)
	r.modules[module] = m
	return m
}

// key writes what tells a call with inlined ones from others.
func key(call []frame) string {
	var text []byte
	for _, f := range call {
		text = fmt.Appendf(text, "%q %q %d %d %q\n", f.function, f.file, f.line, f.start, f.module)
	}
	return string(text)
}

func (r *recorder) function(f frame) *profile.Function {
	f.line, f.inlined = 0, false
	fn := r.functions[f]
	if fn == nil {
		file := f.file
		if file == "" {
			file = f.module
		}
		// Without a system name pprof takes the name as it is. Else it would read
		// one in angle brackets, such as Python's <module>, as a template's.
		fn = &profile.Function{ID: uint64(len(r.profile.Function) + 1), Name: f.function, Filename: file, StartLine: int64(f.start)}
		r.functions[f] = fn
		r.profile.Function = append(r.profile.Function, fn)
	}
	return fn
}

// progress returns how much was taken, of how many processes.
func (r *recorder) progress() (samples int64, processes int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.taken, len(r.given)
}

// maxOwn bounds the samples and locations of all profiles that programs made
// themselves.
const maxOwn = 4 << 20

// merge adds a profile that a program has made itself, whose values are its own:
// all programs of a capture must tell the same ones.
func (r *recorder) merge(of *Subject, p *profile.Profile) error {
	for _, s := range p.Sample {
		for k, v := range labels(of, "", 0, "") {
			if s.Label == nil {
				s.Label = map[string][]string{}
			}
			s.Label[k] = v
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.own) > 0 && values(p) != values(r.own[0]) {
		return fmt.Errorf("it tells %s, and others %s: they do not fit into one profile", values(p), values(r.own[0]))
	}
	size := len(p.Sample) + len(p.Location)
	if r.ownSize+size > maxOwn {
		return errors.New("there are too many stacks for one profile")
	}
	r.ownSize += size
	r.own = append(r.own, p)
	r.given[of.PID] = true
	return nil
}

// values names what a profile tells: "alloc_objects/count alloc_space/bytes".
func values(p *profile.Profile) string {
	var names []string
	for _, t := range append(slices.Clone(p.SampleType), p.PeriodType) {
		if t != nil {
			names = append(names, t.Type+"/"+t.Unit)
		}
	}
	return strings.Join(names, " ")
}

// file keeps what is no profile.
func (r *recorder) file(of *Subject, name string, data []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.files == nil {
		r.files = map[string][]byte{}
	}
	r.files[name] = data
	r.given[of.PID] = true
}

// finish returns the profile. Nothing may be added any more.
func (r *recorder) finish(from time.Time, took time.Duration) *profile.Profile {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.own) > 0 {
		if p, err := profile.Merge(r.own); err == nil { // merge has seen to it that they fit
			r.profile = p
		}
	}
	r.profile.TimeNanos, r.profile.DurationNanos = from.UnixNano(), int64(took)
	return r.profile
}
