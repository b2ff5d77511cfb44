package capture

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"example.com/muster/procs"
	"example.com/muster/profiling"
	"example.com/muster/profiling/peek"
)

// Bounds of a request.
const (
	MaxRate     = 1000
	MaxDuration = time.Hour

	maxSubjects = 4096
	// census is how often it is asked who is there.
	census = 100 * time.Millisecond
)

// source samples those processes that it is for.
type source interface {
	// name is what coverage calls it.
	name() string
	// join starts to sample a process, until leave. It returns errNotMine if
	// another source should have it, and another error if it should be this
	// one's, but cannot: then that is told, and the next source is asked.
	join(s *Subject) error
	// leave ends the sampling: what was seen is in the recorder when it
	// returns. Coverage says what could not be seen of those that had joined.
	leave() []profiling.Coverage
}

// errNotMine says that a process is none for this source.
var errNotMine = errors.New("it is none for this source")

// taking is a capture under way.
type taking struct {
	request  Request
	sources  []source
	recorder *recorder
	joined   map[procs.PIDRef]bool
	coverage []profiling.Coverage
	any      bool
	gone     int      // processes that had ended before any source had them
	first    *Subject // of those

	mu    sync.Mutex
	taker map[int]source // who samples which pid
	back  []handedBack
	// refused are those that a source has given up: it is not asked again.
	refused map[procs.PIDRef][]source
}

// handedBack is a process that a source has lost.
type handedBack struct {
	from source
	s    *Subject
	why  error
}

// lost hands a process back that a source can no longer sample: the next census
// gives it to the first source that is for it now. Without a reason it runs
// another program, and all are asked anew; a reason is told, and the source that
// gives one is not asked again. It may be called from any goroutine until the
// source has left.
func (t *taking) lost(from source, s *Subject, why error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.back = append(t.back, handedBack{from, s, why})
}

// of returns the source that samples a process, nil if none does.
func (t *taking) of(pid int) source {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.taker[pid]
}

// handBack has those join anew who were lost, if there is still time for it.
func (t *taking) handBack(time bool) {
	t.mu.Lock()
	list := t.back
	t.back = nil
	t.mu.Unlock()
	for _, b := range list {
		if b.why != nil {
			t.refuse(b.from, b.s, b.why)
		}
		if time {
			t.join(b.s)
		}
	}
}

// refuse notes that a source cannot sample a process.
func (t *taking) refuse(from source, s *Subject, why error) {
	t.coverage = append(t.coverage, profiling.Coverage{Source: from.name(), Note: fmt.Sprintf("%s: %v", s, why)})
	if t.refused == nil {
		t.refused = map[procs.PIDRef][]source{}
	}
	t.refused[s.PIDRef] = append(t.refused[s.PIDRef], from)
}

// Take profiles processes for some time. It calls progress, if that is not
// nil, a few times a second. When ctx ends it returns what it has until then,
// without an error.
//
// Errors: [ErrNoSubject], and [ErrNothing] with a Capture whose coverage says
// why; others for a request that cannot be.
func Take(ctx context.Context, request Request, progress func(Progress)) (*Capture, error) {
	if err := check(&request); err != nil {
		return nil, err
	}
	r := newRecorder(request.Kind, request.Rate)
	t := &taking{request: request, recorder: r, joined: map[procs.PIDRef]bool{}, taker: map[int]source{}}
	t.sources = sourcesFor(t)
	return t.run(ctx, progress)
}

// instant reports whether a kind tells how it is, instead of what happened for
// some time: then nobody waits for the request's duration.
func (k Kind) instant() bool { return k == Heap || k == Goroutine || k == ThreadCreate }

// sampled reports whether a kind is of looks from outside, in which who does nothing
// is not seen. Others are what programs tell of themselves.
func (k Kind) sampled() bool { return k == CPU || k == Wall }

// check says what is wrong with a request.
func check(r *Request) error {
	switch {
	case r.Duration <= 0 || r.Duration > MaxDuration:
		return fmt.Errorf("cannot profile for %s: it is between 1ns and %s", r.Duration, MaxDuration)
	case r.Kind.sampled() && (r.Rate <= 0 || r.Rate > MaxRate):
		return fmt.Errorf("cannot look %d times a second: it is between 1 and %d", r.Rate, MaxRate)
	case r.Kind == Lines && len(r.Functions) == 0:
		return errors.New("cannot time the lines of no function")
	}
	return nil
}

// run is the capture from its first process to its profile.
func (t *taking) run(ctx context.Context, progress func(Progress)) (*Capture, error) {
	from := time.Now()
	t.meet()
	some := len(t.joined) > 0
	if some && t.any && !t.request.Kind.instant() {
		t.wait(ctx, from, progress)
	}
	for _, s := range t.sources {
		t.coverage = append(t.coverage, s.leave()...)
	}
	t.handBack(false)
	t.coverage = append(t.coverage, t.tooLate()...)
	took := time.Since(from)
	c := &Capture{Request: t.request, From: from, For: took, Profile: t.recorder.finish(from, took), Coverage: t.coverage}
	c.Samples, c.Unreadable, c.Files = t.recorder.taken, t.recorder.unreadable, t.recorder.files
	if t.recorder.dropped > 0 {
		c.Coverage = append(c.Coverage, profiling.Coverage{Source: "profile", Note: fmt.Sprintf("%d samples were left out: there were more than %d different stacks", t.recorder.dropped, maxStacks)})
	}
	switch {
	case !some:
		return c, ErrNoSubject
	case !t.any || !t.request.Kind.sampled() && len(t.recorder.given) == 0:
		return c, ErrNothing
	}
	return c, nil
}

// wait lets time go by, and those join who are born meanwhile.
func (t *taking) wait(ctx context.Context, from time.Time, progress func(Progress)) {
	ctx, cancel := context.WithTimeout(ctx, t.request.Duration)
	defer cancel()
	tick := time.NewTicker(census)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		t.meet()
		if progress != nil {
			samples, processes := t.recorder.progress()
			progress(Progress{Of: t.request.Duration, Done: time.Since(from), Samples: samples, Processes: processes})
		}
	}
}

// meet has everybody join who is there and has not yet.
func (t *taking) meet() {
	t.handBack(true)
	for _, s := range t.request.Subjects() {
		if t.joined[s.PIDRef] {
			continue
		}
		if len(t.joined) >= maxSubjects {
			return
		}
		t.joined[s.PIDRef] = true
		t.join(&s)
	}
}

// join gives a process to the first source that is for it.
func (t *taking) join(s *Subject) {
	for _, source := range t.sources {
		if slices.Contains(t.refused[s.PIDRef], source) {
			continue
		}
		err := source.join(s)
		if err == nil {
			t.any = true
			t.mu.Lock()
			t.taker[s.PID] = source
			t.mu.Unlock()
			return
		}
		if errors.Is(err, peek.ErrGone) && !(peek.Process{Ref: s.PIDRef}).Alive() {
			if t.gone++; t.gone == 1 {
				t.first = s
			}
			return
		}
		if !errors.Is(err, errNotMine) {
			t.refuse(source, s, err)
		}
	}
}

// tooLate tells of processes that ended too early for everybody; nil if none did.
func (t *taking) tooLate() []profiling.Coverage {
	var note string
	switch t.gone {
	case 0:
		return nil
	case 1:
		note = fmt.Sprintf("%s ended before it could be looked at", t.first)
	default:
		note = fmt.Sprintf("%d processes, first %s, ended before they could be looked at", t.gone, t.first)
	}
	return []profiling.Coverage{{Source: "processes", Note: note}}
}
