package capture

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/pprof/profile"

	"example.com/muster/procs"
	"example.com/muster/profiling"
)

// made is a source for the processes of one pool.
type made struct {
	pool    string
	refuses error
	to      *recorder
	joined  []string
}

func (m *made) name() string { return m.pool }

func (m *made) join(s *Subject) error {
	if s.Pool != m.pool {
		return errNotMine
	}
	if m.refuses != nil {
		return m.refuses
	}
	m.joined = append(m.joined, s.Process)
	m.to.add(&look{of: s, tid: s.PID, state: OnCPU, stack: []frame{{function: "f"}}, n: 1})
	return nil
}

func (m *made) leave() []profiling.Coverage { return []profiling.Coverage{{Source: m.pool, OK: true}} }

// taken runs a capture of subjects that come one census after the other.
func taken(t *testing.T, sources func(*recorder) []source, subjects ...Subject) (c *Capture, err error) {
	t.Helper()
	synctest.Test(t, func(*testing.T) {
		n := 0
		r := newRecorder(CPU, 100)
		tk := &taking{recorder: r, sources: sources(r), joined: map[procs.PIDRef]bool{}, taker: map[int]source{}}
		tk.request = Request{Kind: CPU, Duration: time.Second, Rate: 100, Subjects: func() []Subject {
			n = min(n+1, len(subjects))
			return subjects[:n]
		}}
		c, err = tk.run(context.Background(), nil)
	})
	return c, err
}

// TestWhoIsForWhom: each process is sampled by the first source that takes it,
// also those that come later, and who cannot take one says why.
func TestWhoIsForWhom(t *testing.T) {
	a, b, all := &made{pool: "a"}, &made{pool: "b", refuses: errors.New("no")}, &made{pool: "b"}
	c, err := taken(t, func(r *recorder) []source {
		a.to, all.to = r, r
		return []source{a, b, all}
	}, Subject{procs.PIDRef{PID: 1}, "a", "a/0"}, Subject{procs.PIDRef{PID: 2}, "b", "b/0"}, Subject{procs.PIDRef{PID: 3}, "c", "c/0"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a/0", "b/0"}, append(a.joined, all.joined...)); diff != "" {
		t.Error(diff)
	}
	if c.Samples != 2 || len(c.Profile.Sample) != 2 || c.For != time.Second {
		t.Errorf("%d samples, %d in the profile, in %s", c.Samples, len(c.Profile.Sample), c.For)
	}
	want := []profiling.Coverage{{Source: "b", Note: "b/0 (pid 2): no"}, {Source: "a", OK: true}, {Source: "b", OK: true}, {Source: "b", OK: true}}
	if diff := cmp.Diff(want, c.Coverage); diff != "" {
		t.Error(diff)
	}
}

// loser is a source that cannot go on with a process once it has joined.
type loser struct {
	made
	t   *taking
	why error
}

func (l *loser) join(s *Subject) error {
	if err := l.made.join(s); err != nil || len(l.joined) > 1 {
		return err
	}
	l.t.lost(l, s, l.why)
	return nil
}

// TestHandedBack: a process that runs another program is offered to all sources
// anew; one that a source has given up goes to the next, which is told.
func TestHandedBack(t *testing.T) {
	for _, why := range []error{nil, errors.New("it is being profiled already")} {
		synctest.Test(t, func(t *testing.T) {
			r := newRecorder(CPU, 100)
			tk := &taking{recorder: r, joined: map[procs.PIDRef]bool{}, taker: map[int]source{}}
			first, next := &loser{made{pool: "a", to: r}, tk, why}, &made{pool: "a", to: r}
			tk.sources = []source{first, next}
			tk.request = Request{Duration: time.Second, Subjects: func() []Subject { return []Subject{{procs.PIDRef{PID: 1}, "a", "a/0"}} }}
			c, err := tk.run(context.Background(), nil)
			if err != nil || c.Samples != 2 {
				t.Errorf("%v, %d samples", err, c.Samples)
			}
			if why == nil && (len(first.joined) != 2 || len(next.joined) != 0 || tk.of(1) != first || len(c.Coverage) != 2) {
				t.Errorf("another program: %v and %v, coverage %v", first.joined, next.joined, c.Coverage)
			}
			if why != nil && (len(first.joined) != 1 || len(next.joined) != 1 || tk.of(1) != next || c.Coverage[0].Note != "a/0 (pid 1): it is being profiled already") {
				t.Errorf("given up: %v and %v, coverage %v", first.joined, next.joined, c.Coverage)
			}
		})
	}
}

// TestNobodyToProfile: it takes no time to say so.
func TestNobodyToProfile(t *testing.T) {
	none := func(*recorder) []source { return nil }
	if c, err := taken(t, none); !errors.Is(err, ErrNoSubject) || c.For != 0 {
		t.Errorf("%v after %s", err, c.For)
	}
	if c, err := taken(t, none, Subject{procs.PIDRef{PID: 1}, "a", "a/0"}); !errors.Is(err, ErrNothing) || c.For != 0 || c.Profile == nil {
		t.Errorf("%v after %s", err, c.For)
	}
}

// TestRecorder: equal looks are one sample, and the profile is whole after it
// was written and read.
func TestRecorder(t *testing.T) {
	r := newRecorder(Wall, 100)
	one, two := &Subject{procs.PIDRef{PID: 1}, "p", "p/0"}, &Subject{procs.PIDRef{PID: 2}, "", "other"}
	f, g := frame{function: "f", file: "a.py", line: 3, start: 1}, frame{function: "g", file: "a.py", line: 9, start: 7}
	in := frame{function: "small", file: "b.c", line: 5, inlined: true}
	for _, l := range []look{
		{one, 11, "Main", OnCPU, []frame{f, g}, 1, 10, 10},
		{one, 11, "Main", OnCPU, []frame{f, g}, 2, 20, 20},
		{one, 11, "Main", Sleep, []frame{f, g}, 1, 0, 10},
		{two, 2, "", OnCPU, []frame{in, f, g}, 1, 10, 10},
		{two, 2, "", IO, []frame{unreadable}, 1, 0, 10},
	} {
		r.add(&l)
	}
	var file bytes.Buffer
	if err := r.finish(time.Unix(5, 0), time.Second).Write(&file); err != nil {
		t.Fatal(err)
	}
	p, err := profile.Parse(&file)
	if err != nil {
		t.Fatal(err)
	}
	var got []any
	for _, s := range p.Sample {
		var names []string
		for _, loc := range s.Location {
			for _, line := range loc.Line {
				names = append(names, line.Function.Name)
			}
		}
		got = append(got, names, s.Value, s.Label)
	}
	label := func(kv ...string) map[string][]string {
		m := map[string][]string{}
		for i := 0; i < len(kv); i += 2 {
			m[kv[i]] = []string{kv[i+1]}
		}
		return m
	}
	want := []any{
		[]string{"f", "g"},
		[]int64{3, 30, 30},
		label("pool", "p", "process", "p/0", "pid", "1", "thread", "Main 11", "state", "on_cpu"),
		[]string{"f", "g"},
		[]int64{1, 0, 10},
		label("pool", "p", "process", "p/0", "pid", "1", "thread", "Main 11", "state", "sleep"),
		[]string{"small", "f", "g"},
		[]int64{1, 10, 10},
		label("process", "other", "pid", "2", "thread", "2", "state", "on_cpu"),
		[]string{"<unreadable>"},
		[]int64{1, 0, 10},
		label("process", "other", "pid", "2", "thread", "2", "state", "io"),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, f := range p.Function {
		if f.Name == f.SystemName {
			t.Errorf("go tool pprof would read the name %q anew", f.Name)
		}
	}
	if n, m := r.progress(); n != 6 || m != 2 || r.unreadable != 1 || len(p.Location) != 4 || len(p.Function) != 4 {
		t.Errorf("%d looks at %d processes, %d unreadable, %d locations, %d functions", n, m, r.unreadable, len(p.Location), len(p.Function))
	}
}

// TestRequestsThatCannotBe: each is refused with what would be possible.
func TestRequestsThatCannotBe(t *testing.T) {
	for want, r := range map[string]Request{
		"cannot profile for 0s: it is between 1ns and 1h0m0s":       {Kind: CPU, Rate: 1},
		"cannot look 0 times a second: it is between 1 and 1000":    {Kind: Wall, Duration: 1},
		"cannot look 5000 times a second: it is between 1 and 1000": {Kind: Wall, Duration: 1, Rate: 5000},
		"cannot time the lines of no function":                      {Kind: Lines, Duration: 1},
	} {
		if _, err := Take(context.Background(), r, nil); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
