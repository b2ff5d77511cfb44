package capture

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/pprof/profile"

	"example.com/muster/profiling"
	"example.com/muster/profiling/cpython"
)

// pythonAgent has Python programs profile themselves: all of them at the same
// time, each asked over the agent that is in it.
type pythonAgent struct {
	t    *taking
	ends time.Time
	over chan struct{}
	done sync.WaitGroup

	mu     sync.Mutex
	told   int
	others int // that are no Python programs
	notes  []string
}

func newPythonAgent(t *taking) *pythonAgent {
	return &pythonAgent{t: t, ends: time.Now().Add(t.request.Duration), over: make(chan struct{})}
}

func (a *pythonAgent) name() string { return "pyagent" }

// join asks a program to profile itself. What comes of it is known later.
func (a *pythonAgent) join(s *Subject) error {
	agent := a.t.request.Agent
	if agent == nil {
		return errors.New("it is the agent within Python programs that does this, and none is used")
	}
	if _, err := cpython.Open(s.PIDRef); errors.Is(err, cpython.ErrNotPython) {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.others++
		return errNotMine
	}
	a.done.Go(func() { // ends with its answer, for which leave waits
		limit := max(time.Until(a.ends), 0)
		stop, err := agent.Profile(s.PIDRef, string(a.t.request.Kind), a.t.request.Functions, limit)
		if err != nil {
			a.refused(s, err)
			return
		}
		a.t.recorder.gave(s)
		<-a.over
		data, err := stop()
		if err == nil {
			err = a.add(s, data)
		}
		a.mu.Lock()
		defer a.mu.Unlock()
		switch {
		case errors.Is(err, os.ErrProcessDone):
			a.note(s, "it ended before it could tell of its profile: it was killed, or ran another program")
		case err != nil:
			a.note(s, "its profile is lost: "+err.Error())
		default:
			a.told++
		}
	})
	return nil
}

// refused notes why a program does not profile itself.
func (a *pythonAgent) refused(s *Subject, err error) {
	_, is := cpython.Open(s.PIDRef)
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case errors.Is(err, os.ErrProcessDone):
		a.note(s, "it ended before it could begin")
	case errors.Is(is, cpython.ErrNotPython):
		a.others++
	default:
		a.note(s, err.Error())
	}
}

// note notes what is to be told of a process. The caller holds mu.
func (a *pythonAgent) note(s *Subject, text string) {
	if len(a.notes) < maxNotes {
		a.notes = append(a.notes, fmt.Sprintf("%s: %s", s, text))
	}
}

// leave has all of them tell.
func (a *pythonAgent) leave() []profiling.Coverage {
	close(a.over)
	a.done.Wait()
	var c []profiling.Coverage
	if a.told > 0 {
		what := "calls"
		if a.t.request.Kind == Lines {
			what = "calls of the chosen functions"
		}
		c = append(c, profiling.Coverage{Source: a.name(), OK: true, Note: fmt.Sprintf("%d profiled themselves: exact for %s that began after the capture had; others are not seen, and the programs were slower meanwhile", a.told, what)})
	}
	slices.Sort(a.notes)
	for _, text := range slices.Compact(a.notes) {
		c = append(c, profiling.Coverage{Source: a.name(), Note: text})
	}
	if a.others > 0 {
		c = append(c, profiling.Coverage{Source: a.name(), Note: fmt.Sprintf("no Python programs, which the kind %s is for: %s", a.t.request.Kind, profiling.Count(a.others, "process", "processes"))})
	}
	return c
}

// tale is what a program tells of its profile, as python/timed.py of pyagent
// writes it.
type tale struct {
	Functions []taleFunction `json:"functions"`
	Threads   []struct {
		TID   int        `json:"tid"`
		Name  string     `json:"name"`
		Nodes [][4]int64 `json:"nodes"` // the caller's number, the function's, calls, ns in it itself
	} `json:"threads"`
	Timed []struct {
		Function taleFunction `json:"function"`
		Lines    [][3]int64   `json:"lines"` // line, hits, ns
	} `json:"timed"`
	Notes []string `json:"notes"`
}

type taleFunction struct {
	File string `json:"file"` // "~" of what is written in C, as pstats has it
	Line int64  `json:"line"`
	Name string `json:"name"`
	Full string `json:"full"` // with the name of its class, where Python knows it
}

// Bounds of a tale.
const (
	maxTaleNodes = 1 << 20
	maxTaleValue = 1 << 53
	maxTaleNotes = 4
)

// errTale says that what a program tells is not what its agent would write.
var errTale = errors.New("what it tells of it cannot be read")

// add adds what a program has told.
func (a *pythonAgent) add(s *Subject, data []byte) error {
	var told tale
	if err := json.Unmarshal(data, &told); err != nil {
		return errTale
	}
	if err := told.check(); err != nil {
		return err
	}
	a.mu.Lock()
	for _, text := range told.Notes[:min(len(told.Notes), maxTaleNotes)] {
		a.note(s, clip(text))
	}
	a.mu.Unlock()
	if a.t.request.Kind == Lines {
		return a.t.recorder.merge(s, told.lines(s))
	}
	calls := told.calls()
	if err := a.t.recorder.merge(s, told.profile(s, calls)); err != nil {
		return err
	}
	a.t.recorder.file(s, fmt.Sprintf("%s-%d.pstats", strings.ReplaceAll(s.Process, "/", "-"), s.PID), told.pstats(calls))
	return nil
}

// check makes sure that what is told is consistent.
func (t *tale) check() error {
	nodes := 0
	for _, th := range t.Threads {
		nodes += len(th.Nodes)
		depth := make([]int, len(th.Nodes))
		for i, n := range th.Nodes {
			parent, function := n[0], n[1]
			if parent >= int64(i) || parent < -1 || function < 0 || function >= int64(len(t.Functions)) {
				return errTale
			}
			if parent >= 0 {
				depth[i] = depth[parent] + 1
			}
			if depth[i] >= maxDepth || n[2] < 0 || n[2] > maxTaleValue || n[3] < 0 || n[3] > maxTaleValue {
				return errTale
			}
		}
	}
	for _, f := range t.Timed {
		nodes += len(f.Lines)
		for _, l := range f.Lines {
			if slices.Min(l[:]) < 0 || slices.Max(l[:]) > maxTaleValue {
				return errTale
			}
		}
	}
	if nodes > maxTaleNodes || len(t.Functions) > maxTaleNodes {
		return errors.New("it tells of too many calls")
	}
	return nil
}

// call is a function that was called, with all calls that led to it.
type call struct {
	thread           int
	parent           int // in the same list; -1 if its caller was not seen
	function         int64
	count, own, all  int64 // all: in it and in what it called
	again, edgeAgain bool  // the function, or its call by this caller, is among those that led to it
}

// calls returns all of them, callers first.
func (t *tale) calls() []call {
	var all []call
	for th := range t.Threads {
		first := len(all)
		for _, n := range t.Threads[th].Nodes {
			c := call{thread: th, parent: -1, function: n[1], count: n[2], own: n[3], all: n[3]}
			if n[0] >= 0 {
				c.parent = first + int(n[0])
			}
			for i := c.parent; i >= 0; i = all[i].parent {
				if all[i].function != c.function {
					continue
				}
				c.again = true
				if p := all[i].parent; p >= 0 && all[p].function == all[c.parent].function {
					c.edgeAgain = true
					break
				}
			}
			all = append(all, c)
		}
		for i := len(all) - 1; i >= first; i-- {
			if p := all[i].parent; p >= 0 {
				all[p].all += all[i].all
			}
		}
	}
	return all
}

// builder makes a profile of functions and their lines.
type builder struct {
	*profile.Profile
	places map[place]*profile.Location
	funcs  map[taleFunction]*profile.Function
}

type place struct {
	f    taleFunction
	line int64
}

func newBuilder(types ...*profile.ValueType) *builder {
	return &builder{&profile.Profile{SampleType: types, PeriodType: types[0], Period: 1}, map[place]*profile.Location{}, map[taleFunction]*profile.Function{}}
}

func (b *builder) at(f taleFunction, line int64) *profile.Location {
	loc := b.places[place{f, line}]
	if loc != nil {
		return loc
	}
	fn := b.funcs[f]
	if fn == nil {
		fn = &profile.Function{ID: uint64(len(b.Function) + 1), Name: clip(f.Full), Filename: clip(f.File), StartLine: f.Line}
		if f.Full == "" {
			fn.Name = clip(f.Name)
		}
		if f.File == "~" {
			fn.Filename = ""
		}
		b.funcs[f] = fn
		b.Function = append(b.Function, fn)
	}
	loc = &profile.Location{ID: uint64(len(b.Location) + 1), Line: []profile.Line{{Function: fn, Line: line}}}
	b.places[place{f, line}] = loc
	b.Location = append(b.Location, loc)
	return loc
}

// profile tells of calls with all their callers, so that what pprof calls
// cumulative is true of tottime. A cumtime is that of one function, once for
// calls within calls of its own.
func (t *tale) profile(s *Subject, calls []call) *profile.Profile {
	b := newBuilder(&profile.ValueType{Type: "calls", Unit: "count"}, &profile.ValueType{Type: "tottime", Unit: "nanoseconds"}, &profile.ValueType{Type: "cumtime", Unit: "nanoseconds"})
	b.DefaultSampleType = "tottime"
	for i, c := range calls {
		sample := &profile.Sample{Value: []int64{c.count, c.own, c.all}, Label: labels(s, clip(t.Threads[c.thread].Name), t.Threads[c.thread].TID, "")}
		if c.again {
			sample.Value[2] = 0
		}
		for at := i; at >= 0; at = calls[at].parent {
			f := t.Functions[calls[at].function]
			sample.Location = append(sample.Location, b.at(f, max(f.Line, 0)))
		}
		b.Sample = append(b.Sample, sample)
	}
	return b.Profile
}

// lines tells of lines.
func (t *tale) lines(s *Subject) *profile.Profile {
	b := newBuilder(&profile.ValueType{Type: "hits", Unit: "count"}, &profile.ValueType{Type: "time", Unit: "nanoseconds"})
	b.DefaultSampleType = "time"
	for _, f := range t.Timed {
		for _, l := range f.Lines {
			b.Sample = append(b.Sample, &profile.Sample{Location: []*profile.Location{b.at(f.Function, l[0])}, Value: []int64{l[1], l[2]}, Label: labels(s, "", 0, "")})
		}
	}
	return b.Profile
}
