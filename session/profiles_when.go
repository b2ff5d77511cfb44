package session

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/google/pprof/profile"

	"example.com/muster/procs"
	"example.com/muster/profiling/capture"
	"example.com/muster/profiling/report"
)

// A profile that begins when something is wrong has missed how it came to that.
// So where triggers ask for it, short captures follow each other, and the last
// seconds of them are kept: when a trigger fires, they are what is written.

// Measures of the window.
const (
	whenPiece = 2 * time.Second  // of one capture
	whenKept  = 15 * time.Second // of all that are kept
	whenRate  = 49               // looks a second
	// whenMost bounds the samples and frames in the window, some 40 MB at most.
	whenMost = 400_000
	// whenLook is how often it is looked whether a trigger fires.
	whenLook = 250 * time.Millisecond
	// whenIdle is how often it is looked whether there are any now.
	whenIdle = 2 * time.Second
	// whenRest is for how long a trigger that has fired for a process rests.
	whenRest = 30 * time.Second
	// whenTries is how often it is tried to keep what was before a trigger fired: nothing has
	// been seen yet of a process that has only just begun.
	whenTries = 3
)

// fired is a trigger that fires, and for whom.
type fired struct {
	trigger procs.Trigger
	pool    string
	who     string
	tries   int // to write what was before it
}

// whenever keeps the window, and watches for what the triggers ask for.
type whenever struct {
	profiles *profiles
	exits    chan fired // of ended; more than it holds are left out
	window   *report.Window
	since    map[condition]time.Time // when it was first seen to hold
	last     map[condition]time.Time // when it fired last
	unkept   []fired                 // of whose pools nothing had been seen yet

	mu    sync.Mutex
	held  int // captures that want the processes for themselves
	stop  context.CancelFunc
	ended chan struct{} // closed at the end of the piece that is under way
}

// condition is a trigger, by its place, for one process.
type condition struct {
	trigger procs.Trigger
	ref     procs.PIDRef
}

// conditionOf is the same for as long as the process lives.
func (w *whenever) conditionOf(t procs.Trigger, of procs.PIDRef) condition {
	return condition{t, w.profiles.session.cfg.Tree.WithStartTime(of)}
}

func newWhenever(p *profiles) *whenever {
	return &whenever{
		profiles: p, exits: make(chan fired, 64), window: report.NewWindow(whenKept, whenMost),
		since: map[condition]time.Time{}, last: map[condition]time.Time{},
	}
}

// hold ends the piece that is under way, and lets none begin before release.
func (w *whenever) hold() {
	w.mu.Lock()
	w.held++
	stop, ended := w.stop, w.ended
	w.mu.Unlock()
	if stop != nil {
		stop()
		<-ended
	}
}

func (w *whenever) release() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.held--
}

// triggers returns those of a pool.
func (s *Session) triggers(spec *procs.Spec) []procs.Trigger {
	return slices.Concat(s.cfg.ProfileWhen, spec.ProfileWhen)
}

// pools returns the triggers of the pools that have any.
func (w *whenever) pools() map[string][]procs.Trigger {
	pools := map[string][]procs.Trigger{}
	for _, spec := range w.profiles.session.sup.Specs() {
		if list := w.profiles.session.triggers(&spec); len(list) > 0 {
			pools[spec.Name] = list
		}
	}
	return pools
}

// sawExit notes the end of a run.
func (w *whenever) sawExit(run procs.Run, spec *procs.Spec, e procs.Exit) {
	if e.Asked && e.Why == "" || e.StartError != "" || w.profiles.session.cfg.Profile == nil {
		return
	}
	for _, t := range w.profiles.session.triggers(spec) {
		if t.When != procs.WhenExit {
			continue
		}
		select {
		case w.exits <- fired{trigger: t, pool: run.ID.Pool, who: run.ID.String() + ": " + e.String()}:
		default: // so many ends at a time are one to look at
		}
	}
}

// run keeps the window until ctx is done.
func (w *whenever) run(ctx context.Context) {
	if w.profiles.session.cfg.Profile == nil {
		return
	}
	tick := time.NewTicker(whenIdle)
	defer tick.Stop()
	for ctx.Err() == nil {
		pools := w.pools()
		every := whenIdle
		if len(pools) > 0 {
			every = whenLook
		}
		tick.Reset(every)
		if len(pools) == 0 || !w.begin(ctx, pools, tick.C) {
			select {
			case <-tick.C:
			case f := <-w.exits:
				w.write(f)
			case <-ctx.Done():
			}
		}
	}
	for {
		select {
		case f := <-w.exits:
			w.write(f)
		default:
			return
		}
	}
}

// begin takes the next piece, unless it may not or there is nobody, and writes
// what fires meanwhile.
func (w *whenever) begin(ctx context.Context, pools map[string][]procs.Trigger, tick <-chan time.Time) bool {
	subjects := func() []capture.Subject { return w.subjects(pools) }
	if len(subjects()) == 0 {
		return false
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan struct{})
	w.mu.Lock()
	if w.held > 0 {
		w.mu.Unlock()
		return false
	}
	w.stop, w.ended = cancel, ended
	w.mu.Unlock()
	var piece *capture.Capture
	go func() { // ends with ctx, or after whenPiece; it is waited for below
		defer close(ended)
		r := capture.Request{Kind: capture.Wall, Duration: whenPiece, Rate: whenRate, Subjects: subjects, Agent: w.profiles.session.cfg.ProfileAgent}
		if c, err := w.profiles.session.cfg.Profile(ctx, r, nil); err == nil {
			piece = c
		}
	}()
	fires := w.unkept // which end this piece soon
	w.unkept = nil
	for over := false; !over; {
		select {
		case <-ended:
			over = true
		case <-tick:
			fires = append(fires, w.look(pools)...)
		case f := <-w.exits:
			fires = append(fires, f)
		}
		if len(fires) > 0 {
			cancel()
		}
	}
	w.mu.Lock()
	w.stop, w.ended = nil, nil
	w.mu.Unlock()
	if piece != nil {
		w.window.Add(piece.Profile)
	}
	w.keep(fires)
	return piece != nil
}

// keep writes what was before each of some triggers fired, or has it tried again.
func (w *whenever) keep(fires []fired) {
	for _, f := range together(fires) {
		if f.tries++; !w.write(f) && f.tries < whenTries {
			w.unkept = append(w.unkept, f)
		}
	}
}

// together makes one of the fires of one trigger for one pool: they get the same
// profile.
func together(fires []fired) (some []fired) {
	for _, f := range fires {
		i := slices.IndexFunc(some, func(o fired) bool { return o.trigger == f.trigger && o.pool == f.pool })
		if i < 0 {
			some = append(some, f)
		} else {
			some[i].who += ", " + f.who
		}
	}
	return some
}

// subjects are the processes of pools with triggers that no capture has.
func (w *whenever) subjects(pools map[string][]procs.Trigger) []capture.Subject {
	all := w.profiles.session.subjectsOf(chosen{all: true})
	w.profiles.mu.Lock()
	defer w.profiles.mu.Unlock()
	return slices.DeleteFunc(all, func(s capture.Subject) bool {
		_, busy := w.profiles.claimed[s.PIDRef]
		return busy || len(pools[s.Pool]) == 0
	})
}

// look returns the triggers that fire now.
func (w *whenever) look(pools map[string][]procs.Trigger) (fires []fired) {
	s := w.profiles.session
	now := time.Now()
	waits := s.waits(now)
	seen := map[condition]bool{}
	for _, pool := range s.Snapshot().Pools {
		for i := range pool.Slots {
			slot := &pool.Slots[i]
			if !slot.State.Live() || slot.PID == 0 {
				continue
			}
			check := func(ref procs.PIDRef, who string, u procs.Usage) {
				for _, t := range pools[pool.Name] {
					if !holds(t, u, waits[ref.PID]) {
						continue
					}
					at := w.conditionOf(t, ref)
					seen[at] = true
					if w.fires(at, now) {
						fires = append(fires, fired{trigger: t, pool: pool.Name, who: who})
					}
				}
			}
			check(slot.PIDRef, slot.ID.String(), slot.Sample.Own)
			for j := range slot.Descendants {
				if d := &slot.Descendants[j]; d.Exit == nil {
					check(d.PIDRef, slot.ID.String()+"/"+valid(d.Label), d.Usage)
				}
			}
		}
	}
	for at := range w.since {
		if !seen[at] {
			delete(w.since, at)
		}
	}
	for at, then := range w.last {
		if now.Sub(then) > 10*whenRest {
			delete(w.last, at)
		}
	}
	return fires
}

// fires notes that a condition holds now, and reports whether its trigger fires.
func (w *whenever) fires(at condition, now time.Time) bool {
	if w.since[at].IsZero() {
		w.since[at] = now
	}
	last := w.last[at]
	if now.Sub(w.since[at]) < at.trigger.For || !last.IsZero() && now.Sub(last) < whenRest {
		return false
	}
	w.last[at] = now
	return last.IsZero() || w.since[at].After(last) // not again before it has been otherwise
}

// holds reports whether what a trigger looks at is so.
func holds(t procs.Trigger, u procs.Usage, waited time.Duration) bool {
	switch t.When {
	case procs.WhenCPU:
		return u.CPUPercent > t.Over
	case procs.WhenRSS:
		return float64(u.RSSBytes) > t.Over
	case procs.WhenBlocked:
		return waited.Seconds() > t.Over
	}
	return false
}

// waits returns for how long each process has waited for a lock, and not for work.
func (s *Session) waits(now time.Time) map[int]time.Duration {
	longest := map[int]time.Duration{}
	view := s.Locks()
	for i := range view.Locks {
		l := &view.Locks[i]
		if l.Idle {
			continue
		}
		for _, waiter := range l.Waiters {
			longest[waiter.PID] = max(longest[waiter.PID], now.Sub(waiter.Since))
		}
	}
	return longest
}

// write keeps what the window has of the pool of a trigger that fired; it reports false if
// nothing of that has been seen yet.
func (w *whenever) write(f fired) bool {
	p, s := w.profiles, w.profiles.session
	all, err := w.window.Profile()
	if err != nil || all == nil {
		return false
	}
	of := ofPool(all, f.pool)
	if len(of.Sample) == 0 {
		return false
	}
	began := time.Unix(0, of.TimeNanos)
	c := &Profiled{
		State: ProfileDone, StartedAt: began, Took: time.Duration(of.DurationNanos), Processes: ProcessesOf(of), Samples: looks(of),
		Request: ProfileRequest{Targets: []string{f.pool}, Kind: capture.Wall, Duration: time.Duration(of.DurationNanos), Rate: whenRate},
		Trigger: f.trigger.String() + ", " + f.who,
	}
	p.mu.Lock()
	p.last++
	c.Seq = p.last
	p.mu.Unlock()
	put := p.keep(c, &capture.Capture{Request: capture.Request{Kind: capture.Wall}, From: began, For: c.Took, Profile: of, Samples: c.Samples})
	c.File, c.Bytes, c.Note = put.file, put.bytes, put.note
	p.mu.Lock()
	p.list = append(p.list, c)
	p.drop()
	p.version.Add(1)
	p.session.stir()
	p.mu.Unlock()
	where := c.File
	if where == "" {
		where = "memory (" + c.Note + ")"
	}
	s.Notify(fmt.Sprintf("%s: %s: the %d s before are in %s", f.trigger, f.who, int(c.Took.Seconds()+0.5), where))
	return true
}

// ofPool returns a profile with the samples of one pool.
func ofPool(p *profile.Profile, pool string) *profile.Profile {
	of := p.Copy()
	of.Sample = slices.DeleteFunc(of.Sample, func(s *profile.Sample) bool { return !slices.Contains(s.Label[capture.LabelPool], pool) })
	return of.Compact()
}

// looks adds up the samples' counts.
func looks(p *profile.Profile) (n int64) {
	for i, t := range p.SampleType {
		if t.Type == "samples" {
			for _, s := range p.Sample {
				n += s.Value[i]
			}
		}
	}
	return n
}
