package session

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"example.com/muster/procs"
	"example.com/muster/profiling"
	"example.com/muster/profiling/capture"
)

// Profiler carries out a capture, as [capture.Take] does.
type Profiler func(ctx context.Context, r capture.Request, progress func(capture.Progress)) (*capture.Capture, error)

// Defaults of a capture.
const (
	DefaultProfileKind     = capture.CPU
	DefaultProfileDuration = 10 * time.Second
	DefaultProfileRate     = 99 // looks a second: not in step with what happens each 10 ms
)

// ProfileRequest says what a session is to profile. The zero value is the
// processor time of all its processes, for [DefaultProfileDuration].
type ProfileRequest struct {
	// Targets are pools, slots, patterns of these as [procs.Choose] reads them,
	// processes of a slot ("train/0/ForkPool-1") and pids, each with what
	// descends from it; none are all.
	Targets   []string
	Kind      capture.Kind
	Duration  time.Duration
	Rate      int      // looks a second
	Functions []string // whose lines are timed
	NoAgent   bool     // the agent of Python programs is not asked
}

// Kinds are what can be captured, for an error's and a form's sake.
func Kinds() []capture.Kind {
	return []capture.Kind{
		capture.CPU, capture.Wall, capture.Heap, capture.Allocs, capture.Goroutine, capture.Mutex, capture.Block, capture.ThreadCreate,
		capture.Trace, capture.Deterministic, capture.Lines,
	}
}

// Checked returns the request with its defaults, or what is wrong with it.
func (r ProfileRequest) Checked() (ProfileRequest, error) {
	if r.Kind == "" {
		r.Kind = DefaultProfileKind
		if len(r.Functions) > 0 {
			r.Kind = capture.Lines
		}
	}
	if r.Duration == 0 {
		r.Duration = DefaultProfileDuration
	}
	if r.Rate == 0 {
		r.Rate = DefaultProfileRate
	}
	switch {
	case !slices.Contains(Kinds(), r.Kind):
		return r, fmt.Errorf("cannot profile %q: the kinds are %s", r.Kind, kindNames())
	case r.Kind == capture.Lines && len(r.Functions) == 0:
		return r, errors.New("cannot time the lines of no function: name one, such as work, Model.step or train.load")
	case r.Kind != capture.Lines && len(r.Functions) > 0:
		return r, fmt.Errorf("cannot time the lines of functions in a profile of the kind %s: that is the kind %s", r.Kind, capture.Lines)
	case r.Duration < 0 || r.Duration > capture.MaxDuration:
		return r, fmt.Errorf("cannot profile for %v: it is more than 0 and at most %v", r.Duration, capture.MaxDuration)
	case r.Rate < 0 || r.Rate > capture.MaxRate:
		return r, fmt.Errorf("cannot look %d times a second: it is 1 to %d", r.Rate, capture.MaxRate)
	}
	return r, nil
}

func kindNames() string {
	var names []string
	for _, k := range Kinds() {
		names = append(names, string(k))
	}
	return strings.Join(names, ", ")
}

// Whom names the targets: "train", "train/0, train/1", "all".
func (r ProfileRequest) Whom() string {
	if len(r.Targets) == 0 {
		return "all"
	}
	return strings.Join(r.Targets, ", ")
}

// ProfileState is how far a capture is.
type ProfileState string

// The states of a capture.
const (
	ProfileRunning   ProfileState = "running"
	ProfileDone      ProfileState = "done"
	ProfileFailed    ProfileState = "failed"    // there is none: Note says why
	ProfileCancelled ProfileState = "cancelled" // what was taken is thrown away
)

// Profiled is a capture of a session, under way or in its history. It is
// immutable: another one takes its place when more is known.
type Profiled struct {
	Seq       int // from 1
	State     ProfileState
	Request   ProfileRequest
	StartedAt time.Time
	Progress  capture.Progress
	// What follows is known at the end.
	Took       time.Duration
	Samples    int64
	Unreadable int64
	Processes  int      // that gave samples
	File       string   // of the profile; "" if there is none on disk
	Beside     []string // files that are no pprof profile: traces, .pstats
	Bytes      int64    // of the profile, packed
	Note       string   // why it failed, or is on no disk
	Coverage   []profiling.Coverage
	// Trigger is what has started it, "" for a person.
	Trigger string
}

// ID is the capture's name: "p3".
func (p *Profiled) ID() string { return ProfileID(p.Seq) }

// ProfileID is the name of capture number seq: "p3".
func ProfileID(seq int) string { return "p" + strconv.Itoa(seq) }

// parseProfileID reads a name such as "p3".
func parseProfileID(id string) (int, error) {
	n, err := strconv.Atoi(strings.TrimPrefix(id, "p"))
	if err != nil || n < 1 || !strings.HasPrefix(id, "p") {
		return 0, fmt.Errorf("cannot look for capture %q: captures are named p1, p2 and so on", id)
	}
	return n, nil
}

// Bounds of the history.
const (
	// MaxProfiles is how many captures are listed, and kept on disk; older ones give way.
	MaxProfiles = 50
	// maxUnwritten bounds the bytes of profiles that could be written to no disk.
	maxUnwritten = 64 << 20
)

// profiles are the captures of a session. Each process is in one at a time.
type profiles struct {
	session *Session
	version atomic.Uint64

	mu        sync.Mutex
	closed    bool // no more of them
	last      int
	list      []*Profiled // oldest first
	running   map[int]*capturing
	claimed   map[procs.PIDRef]int // by which one a process is sampled
	unwritten map[int][]byte       // profiles that are in memory only
	work      sync.WaitGroup
	when      *whenever
}

// capturing is a capture under way.
type capturing struct {
	cancel  context.CancelFunc
	discard bool // what was taken is not wanted
	done    chan struct{}
	subject func() []capture.Subject
}

// ErrNoProfiler says that a session cannot profile.
var ErrNoProfiler = errors.New("cannot profile: this session has nothing to do it with")

// noProfile is the error for a capture that is not there.
func noProfile(seq int) error {
	return noSuch{fmt.Errorf("cannot look for capture p%d: there is no such capture, or it is kept no more", seq)}
}

// StartProfile starts a capture, which then is the last one of [Session.Profiles].
func (s *Session) StartProfile(r ProfileRequest) (*Profiled, error) { return s.profiles.start(r, "") }

func (p *profiles) start(r ProfileRequest, trigger string) (*Profiled, error) {
	r, err := r.Checked()
	if err != nil {
		return nil, err
	}
	if p.session.cfg.Profile == nil {
		return nil, ErrNoProfiler
	}
	subjects, err := p.session.subjects(r.Targets)
	if err != nil {
		return nil, fmt.Errorf("cannot profile %w", err)
	}
	now := subjects()
	if len(now) == 0 {
		return nil, fmt.Errorf("cannot profile %s: no process of it runs", r.Whom())
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, errors.New("cannot profile: the session has ended")
	}
	for _, s := range now {
		if seq, busy := p.claimed[s.PIDRef]; busy {
			return nil, &BusyError{Process: s.Process, By: p.find(seq)}
		}
	}
	p.last++
	ctx, cancel := context.WithCancel(context.Background())
	c := &capturing{cancel: cancel, done: make(chan struct{})}
	first := &Profiled{Seq: p.last, State: ProfileRunning, Request: r, StartedAt: time.Now(), Trigger: trigger, Progress: capture.Progress{Of: r.Duration}}
	c.subject = func() []capture.Subject {
		there := subjects()
		if len(there) == 0 && p.session.Idle() { // and nobody will come
			cancel()
		}
		return p.claim(first.Seq, there)
	}
	for _, s := range now {
		p.claimed[s.PIDRef] = first.Seq
	}
	p.running[first.Seq] = c
	p.list = append(p.list, first)
	p.drop()
	p.version.Add(1)
	p.session.stir()
	p.work.Go(func() { p.take(ctx, c, first) }) // ends with the capture, or stop
	return first, nil
}

// BusyError says that a process is in a capture already.
type BusyError struct {
	Process string
	By      *Profiled
}

func (e *BusyError) Error() string {
	left := max(0, e.By.Request.Duration-time.Since(e.By.StartedAt)).Round(time.Second)
	return fmt.Sprintf("cannot profile %s: busy: capture %s (%s of %s, %v left) samples it", e.Process, e.By.ID(), e.By.Request.Kind, e.By.Request.Whom(), left)
}

// claim returns those that no other capture has, and notes that this one does.
func (p *profiles) claim(seq int, all []capture.Subject) []capture.Subject {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.DeleteFunc(all, func(s capture.Subject) bool {
		by, busy := p.claimed[s.PIDRef]
		if !busy {
			p.claimed[s.PIDRef] = seq
		}
		return busy && by != seq
	})
}

// find returns a capture; nil if it is not kept. The caller holds mu.
func (p *profiles) find(seq int) *Profiled {
	i := slices.IndexFunc(p.list, func(c *Profiled) bool { return c.Seq == seq })
	if i < 0 {
		return nil
	}
	return p.list[i]
}

// change puts another value in a capture's place.
func (p *profiles) change(seq int, how func(*Profiled)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.IndexFunc(p.list, func(c *Profiled) bool { return c.Seq == seq })
	if i < 0 {
		return
	}
	next := *p.list[i]
	how(&next)
	p.list = slices.Clone(p.list) // whoever has the old list keeps it
	p.list[i] = &next
	p.version.Add(1)
	p.session.stir()
}

// take carries a capture out.
func (p *profiles) take(ctx context.Context, c *capturing, first *Profiled) {
	defer close(c.done)
	defer c.cancel()
	r := first.Request
	request := capture.Request{Kind: r.Kind, Duration: r.Duration, Rate: r.Rate, Functions: r.Functions, Subjects: c.subject}
	if !r.NoAgent {
		request.Agent = p.session.cfg.ProfileAgent
	}
	p.when.hold()
	defer p.when.release()
	taken, err := p.session.cfg.Profile(ctx, request, func(now capture.Progress) {
		p.change(first.Seq, func(c *Profiled) { c.Progress = now })
	})
	p.mu.Lock()
	discard := c.discard
	p.mu.Unlock()
	end := func(c *Profiled) { c.State, c.Took = ProfileCancelled, time.Since(c.StartedAt) }
	if !discard {
		end = p.finished(first, taken, err)
	}
	p.mu.Lock()
	delete(p.running, first.Seq)
	for ref, by := range p.claimed {
		if by == first.Seq {
			delete(p.claimed, ref)
		}
	}
	p.mu.Unlock()
	p.change(first.Seq, end)
}

// finished keeps what was taken, and returns what is to be told of it.
func (p *profiles) finished(first *Profiled, taken *capture.Capture, err error) func(*Profiled) {
	var k putAway
	if taken != nil && err == nil {
		k = p.keep(first, taken)
	}
	return func(c *Profiled) {
		c.State, c.Took = ProfileDone, time.Since(c.StartedAt)
		if taken != nil {
			c.Took, c.Samples, c.Unreadable, c.Coverage = taken.For, taken.Samples, taken.Unreadable, taken.Coverage
			c.Processes = ProcessesOf(taken.Profile)
		}
		if err != nil {
			c.State, c.Note = ProfileFailed, err.Error()
			return
		}
		c.File, c.Beside, c.Bytes, c.Note = k.file, k.beside, k.bytes, k.note
	}
}

// EndProfile ends a capture now. What was taken is kept, or thrown away. It
// returns once the capture has ended, or ctx is done; one that has ended
// already stays as it is.
func (s *Session) EndProfile(ctx context.Context, seq int, discard bool) (*Profiled, error) {
	p := &s.profiles
	p.mu.Lock()
	c := p.running[seq]
	if c != nil {
		c.discard = c.discard || discard
		c.cancel()
	}
	p.mu.Unlock()
	if c != nil {
		select {
		case <-c.done:
		case <-ctx.Done():
			return nil, fmt.Errorf("cannot end capture p%d: %w", seq, ctx.Err())
		}
	}
	return s.ProfileOf(seq)
}

// WaitProfile returns once a capture has ended, or ctx is done: then as it is.
func (s *Session) WaitProfile(ctx context.Context, seq int) (*Profiled, error) {
	p := &s.profiles
	p.mu.Lock()
	c := p.running[seq]
	p.mu.Unlock()
	if c != nil {
		select {
		case <-c.done:
		case <-ctx.Done():
		}
	}
	return s.ProfileOf(seq)
}

// ProfileOf returns one of the captures.
func (s *Session) ProfileOf(seq int) (*Profiled, error) {
	s.profiles.mu.Lock()
	defer s.profiles.mu.Unlock()
	if c := s.profiles.find(seq); c != nil {
		return c, nil
	}
	return nil, noProfile(seq)
}

// Profiles returns the captures, oldest first; at most [MaxProfiles].
func (s *Session) Profiles() []*Profiled {
	s.profiles.mu.Lock()
	defer s.profiles.mu.Unlock()
	return slices.Clip(s.profiles.list)
}

// lastWords bounds how long programs are waited for to tell their profiles
// before they are ended.
const lastWords = time.Second

// endFirst ends the captures that are under way while what they look at still
// lives: the profile of a Go program is its own, and goes with it.
func (p *profiles) endFirst(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, lastWords)
	defer cancel()
	p.mu.Lock()
	running := slices.Collect(maps.Values(p.running))
	p.mu.Unlock()
	for _, c := range running {
		c.cancel()
	}
	for _, c := range running {
		select {
		case <-c.done:
		case <-ctx.Done():
		}
	}
}

// close ends the captures that are under way, keeps what they have, and allows
// no more of them.
func (p *profiles) close() {
	p.mu.Lock()
	p.closed = true
	for _, c := range p.running {
		c.cancel()
	}
	p.mu.Unlock()
	p.work.Wait()
}
