package capture

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/pprof/profile"

	"example.com/muster/procs/procfs"
	"example.com/muster/profiling"
	"example.com/muster/profiling/goroutines"
	"example.com/muster/profiling/peek"
)

// answerWithin is how long a Go program may take to answer when there is
// nothing to wait for any more.
const answerWithin = 5 * time.Second

// golang has Go programs profile themselves: all of them at the same time, each
// asked over its own net/http/pprof or muster's agent.
type golang struct {
	t    *taking
	ends time.Time     // when the capture should
	over chan struct{} // closed at its end
	// ctx ends when nobody waits for answers any more.
	ctx    context.Context
	cancel context.CancelFunc
	done   sync.WaitGroup

	mu       sync.Mutex
	answered int
	notes    []string
}

func newGolang(t *taking) *golang {
	g := &golang{t: t, ends: time.Now().Add(t.request.Duration), over: make(chan struct{})}
	g.ctx, g.cancel = context.WithCancel(context.Background())
	return g
}

func (g *golang) name() string { return "go" }

// join asks a Go program that listens. What comes of it is known later: whoever
// does not answer is handed back.
func (g *golang) join(s *Subject) error {
	asker := &goroutines.Asker{Eager: true}
	switch err := asker.Listens(s.PIDRef); {
	case errors.Is(err, goroutines.ErrNoEndpoint) && !g.sampled():
		return fmt.Errorf("%w: it would have to import net/http/pprof and listen, or example.com/muster/profiling/agent", goroutines.ErrNoEndpoint)
	case err != nil && g.sampled():
		return errNotMine // another source says why it may not be looked at
	case errors.Is(err, peek.ErrNotPermitted):
		return notPermitted(s.PID)
	case err != nil:
		return err
	}
	g.done.Go(func() { // ends with its answer, for which leave waits
		err := g.ask(asker, s)
		var off *brokenOff
		some := err == nil || errors.As(err, &off)
		if some {
			g.mu.Lock()
			g.answered++
			g.mu.Unlock()
		}
		if err != nil {
			g.silent(s, fate(asker, s), off, err)
		}
	})
	return nil
}

// execLooks is in how many looks, one after execPause each, a process seems to have ended
// when one of its threads becomes another program: the kernel ends all others first, the
// leader too (de_thread in fs/exec.c). Looks are counted, and not the time, as on a busy machine
// much of that may pass between two. From when one has said last that the process lives it may
// take as long as it needs, but not for ever: a leader can end for itself.
const (
	execLooks = 10
	execPause = 10 * time.Millisecond
	execLimit = 3 * time.Second
)

// fate returns why a program that did not answer cannot be asked, nil if it can.
func fate(asker *goroutines.Asker, s *Subject) error {
	err, began, gone := asker.Listens(s.PIDRef), time.Now(), 0
	for ; errors.Is(err, peek.ErrGone); err = asker.Listens(s.PIDRef) {
		gone++
		if stat, none := procfs.ReadStat(s.PID); none == nil && !stat.Ended() {
			gone = 0
		}
		if gone > execLooks || time.Since(began) > execLimit {
			break
		}
		time.Sleep(execPause)
	}
	return err
}

// silent tells why a program answers no more, and hands it back. off is nil if it
// never did; listens is why it cannot be asked now, nil if it can.
func (g *golang) silent(s *Subject, listens error, off *brokenOff, err error) {
	part := " before it had answered"
	if off != nil {
		part = fmt.Sprintf(": its last %s, at most, are not told", off.after.Round(100*time.Millisecond))
	}
	switch {
	case errors.Is(listens, goroutines.ErrNotGo):
		g.note(s, "it became another program"+part)
		g.t.lost(g, s, nil)
	case errors.Is(listens, peek.ErrGone) && off != nil:
		g.note(s, "it ended"+part)
	case errors.Is(listens, peek.ErrGone):
		g.t.lost(g, s, errors.New("it ended"+part))
	default:
		g.t.lost(g, s, err)
	}
}

// sampled reports whether there are other sources for this kind.
func (g *golang) sampled() bool { return g.t.request.Kind.sampled() }

// leave waits for the answers, but not for long.
func (g *golang) leave() []profiling.Coverage {
	close(g.over)
	late := time.AfterFunc(2*answerWithin, g.cancel) // an answer of two parts has two deadlines
	g.done.Wait()
	late.Stop()
	g.cancel()
	if g.answered == 0 && len(g.notes) == 0 {
		return nil
	}
	slices.Sort(g.notes)
	told := append([]string{fmt.Sprintf("%d told their own profile", g.answered)}, slices.Compact(g.notes)...)
	return []profiling.Coverage{{Source: g.name(), OK: true, Note: strings.Join(told, "; ")}}
}

func (g *golang) note(s *Subject, text string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.notes) < maxNotes {
		g.notes = append(g.notes, fmt.Sprintf("%s: %s", s, text))
	}
}

// maxNotes bounds how many processes a line of coverage names.
const maxNotes = 16

// ask has a program tell what the request is for.
func (g *golang) ask(asker *goroutines.Asker, s *Subject) error {
	switch kind := g.t.request.Kind; kind {
	case CPU:
		return g.pieces(asker, s)
	case Wall:
		return g.dumps(asker, s)
	case Trace:
		left := max(time.Until(g.ends), time.Second)
		seconds := int(math.Ceil(left.Seconds())) // net/http/pprof reads whole ones
		data, err := asker.Trace(g.ctx, s.PIDRef, fmt.Sprintf("trace?seconds=%d", seconds), left+answerWithin, g.over)
		if err != nil {
			return err
		}
		g.t.recorder.file(s, fmt.Sprintf("%s-%d.trace", strings.ReplaceAll(s.Process, "/", "-"), s.PID), data)
		return nil
	case Allocs, Mutex, Block:
		return g.difference(asker, s)
	default:
		p, err := asker.Profile(g.ctx, s.PIDRef, string(kind), answerWithin, nil)
		if err != nil {
			return err
		}
		return g.t.recorder.merge(s, p)
	}
}

// difference takes what has come to a profile that counts from the program's start.
func (g *golang) difference(asker *goroutines.Asker, s *Subject) error {
	kind, path := g.t.request.Kind, string(g.t.request.Kind)
	onDemand := false
	if kind == Allocs {
		// What was allocated is told as of the last garbage collection
		// (runtime.MemProfile): this asks for one.
		path = "heap?gc=1"
	} else if stop, err := asker.Record(g.ctx, s.PIDRef, path); err == nil {
		defer stop()
		onDemand = true
		if kind == Mutex {
			// A waiter takes over from the one before it whether it is timed
			// (semaRoot.dequeue in runtime/sema.go).
			g.note(s, "it records mutexes while it is asked; of one that was waited for without a pause since before, Go's runtime records nothing: the kind block does")
		}
	}
	before, err := asker.Profile(g.ctx, s.PIDRef, path, answerWithin, nil)
	if err != nil {
		return err
	}
	<-g.over
	after, err := asker.Profile(g.ctx, s.PIDRef, path, answerWithin, nil)
	if err != nil {
		return err
	}
	before.Scale(-1)
	both, err := profile.Merge([]*profile.Profile{after, before}) // it leaves out what is zero
	if err != nil {
		return fmt.Errorf("its two profiles do not fit: %w", err)
	}
	if kind == Allocs {
		onlyAllocated(both)
	} else if len(both.Sample) == 0 && !onDemand {
		if why := g.records(asker, s, after); why != "" {
			g.note(s, why)
		}
	}
	return g.t.recorder.merge(s, both)
}

// records says why a program that decides that itself has recorded nothing, "" if
// there was nothing to record. The profile is that since its start.
func (g *golang) records(asker *goroutines.Asker, s *Subject, p *profile.Profile) string {
	const how = ", or import example.com/muster/profiling/agent, which does so on demand"
	if g.t.request.Kind == Block {
		if len(p.Sample) > 0 { // it has begun to; Go does not tell the rate
			return ""
		}
		return "it has recorded nothing yet: it does only if it has called runtime.SetBlockProfileRate" + how
	}
	if n, err := asker.MutexFraction(g.ctx, s.PIDRef); err == nil && n == 0 {
		return "it records nothing: it should call runtime.SetMutexProfileFraction" + how
	}
	return ""
}

// onlyAllocated leaves out what lives: its difference may be negative.
func onlyAllocated(p *profile.Profile) {
	var keep []int
	for i, t := range p.SampleType {
		if strings.HasPrefix(t.Type, "alloc_") {
			keep = append(keep, i)
		}
	}
	pick := func(all []int64) (some []int64) {
		for _, i := range keep {
			some = append(some, all[i])
		}
		return some
	}
	var types []*profile.ValueType
	for _, i := range keep {
		types = append(types, p.SampleType[i])
	}
	p.SampleType, p.DefaultSampleType = types, "alloc_space"
	samples := p.Sample[:0]
	for _, s := range p.Sample {
		if s.Value = pick(s.Value); slices.ContainsFunc(s.Value, func(v int64) bool { return v != 0 }) {
			samples = append(samples, s)
		}
	}
	p.Sample = samples
}

// Dumps of all goroutines stop a program for a moment: no more than ten are
// taken in a second, and no more than a twentieth of the time is spent on them.
const (
	dumpEvery = 100 * time.Millisecond
	dumpShare = 20
)

// dumps looks at the goroutines again and again, until the capture is over.
func (g *golang) dumps(asker *goroutines.Asker, s *Subject) error {
	every := max(time.Second/time.Duration(g.t.request.Rate), dumpEvery)
	for last, looks := time.Now(), 0; ; looks++ {
		began := time.Now()
		list, err := asker.Dump(g.ctx, s.PIDRef, answerWithin)
		if err != nil && looks == 0 {
			return err
		}
		if err != nil {
			g.note(s, fmt.Sprintf("it answered until %s before the end", time.Until(g.ends).Round(time.Second)))
			return nil
		}
		now := time.Now()
		if looks == 0 {
			last = now.Add(-every)
		}
		g.t.recorder.addGoroutines(s, list, now.Sub(last))
		last = now
		select {
		case <-g.over:
			g.note(s, fmt.Sprintf("where its goroutines are was asked %d times; those that are ready to run are on_cpu, too", looks+1))
			return nil
		case <-time.After(max(every, dumpShare*now.Sub(began))):
		}
	}
}
