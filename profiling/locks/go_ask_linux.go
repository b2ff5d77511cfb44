package locks

import (
	"context"
	"slices"
	"sync"
	"time"

	"example.com/muster/procs"
	"example.com/muster/profiling/goroutines"
	"example.com/muster/profiling/locks/graph"
)

// goers asks Go programs what their goroutines wait for, in a goroutine of its
// own: an answer may take a second, and no look waits for it.
type goers struct {
	mu   sync.Mutex
	told map[procs.PIDRef]*goTold
	busy bool
	done sync.WaitGroup
	// asker and windows belong to whoever asks, one at a time.
	asker   goroutines.Asker
	windows map[procs.PIDRef]*[2]goroutines.Window
}

// goTold is what one Go program has told of itself. It is immutable.
type goTold struct {
	list  []goroutines.Goroutine
	at    time.Time // of the list
	err   error     // why there is none
	locks []goroutines.Lock
	// since says in which list each goroutine was first seen in the wait that it is in.
	since    map[int]time.Time
	passed   int64 // how often a mutex that was waited for has changed hands so far
	profiles [2]goProfile
	lines    []graph.Line
	next     time.Time // when it is asked again
}

// goProfile is how it stands with one of a program's profiles of contention.
type goProfile struct {
	err   error
	empty bool
	// off says that it is known to be empty because nothing is recorded.
	off  bool
	once bool // it has been read only once
}

// theProfiles are those that are asked for, in the order of goTold.profiles.
var theProfiles = [2]graph.Profile{graph.MutexProfile, graph.BlockProfile}

// Each Go program is asked seldom, the more so the longer it takes: it stops
// for a moment to answer. One answer is all that there is time for twice in [Once].
const (
	goersEvery   = 3 * time.Second
	goersEager   = 700 * time.Millisecond
	goersShare   = 200 // times what the last answers took are waited before the next
	goersSeldom  = 30 * time.Second
	goersAtATime = 256 // programs, at most
)

// ask begins to ask those whose time has come. The answers are there later.
func (g *goers) ask(ctx context.Context, now time.Time, wanted []procs.PIDRef, eager bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.busy {
		return
	}
	told := map[procs.PIDRef]*goTold{}
	var due []procs.PIDRef
	for _, ref := range wanted {
		if t := g.told[ref]; t != nil {
			told[ref] = t
		}
		if t := told[ref]; (t == nil || !now.Before(t.next)) && len(due) < goersAtATime {
			due = append(due, ref)
		}
	}
	g.told = told // of those that are looked at no longer nothing is kept
	if len(due) == 0 {
		return
	}
	g.busy = true
	wanted = slices.Clone(wanted)
	g.done.Go(func() { // ends when all have answered, or their second is over
		g.forget(wanted)
		for _, ref := range due {
			t := g.one(ctx, ref, eager)
			t.carry(g.about(ref))
			g.mu.Lock()
			g.told[ref] = t
			g.mu.Unlock()
		}
		g.mu.Lock()
		defer g.mu.Unlock()
		g.busy = false
	})
}

// forget drops the readings of who is not looked at any more.
func (g *goers) forget(wanted []procs.PIDRef) {
	for ref := range g.windows {
		if !slices.Contains(wanted, ref) {
			delete(g.windows, ref)
		}
	}
}

// about returns what a program has told, nil before its first answer.
func (g *goers) about(ref procs.PIDRef) *goTold {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.told[ref]
}

// one asks one program. Who does not tell its goroutines has no profiles either.
func (g *goers) one(ctx context.Context, ref procs.PIDRef, eager bool) *goTold {
	began := time.Now()
	t := &goTold{at: began}
	g.asker.Eager = eager
	if t.list, t.err = g.asker.Goroutines(ctx, ref); t.err == nil {
		if g.windows == nil {
			g.windows = map[procs.PIDRef]*[2]goroutines.Window{}
		}
		if g.windows[ref] == nil {
			g.windows[ref] = new([2]goroutines.Window)
		}
		for i, name := range theProfiles {
			g.profile(ctx, ref, name, &g.windows[ref][i], &t.profiles[i], t)
		}
	}
	ended := time.Now()
	switch {
	case eager:
		t.next = ended.Add(goersEager)
	case t.profiles[0].once || t.profiles[1].once: // two readings are the least that tells anything
		t.next = ended.Add(goersEvery)
	default:
		t.next = ended.Add(min(max(goersEvery, goersShare*ended.Sub(began)), goersSeldom))
	}
	return t
}

// profile reads one profile, and adds the lines with what has come to them
// since an earlier reading.
func (g *goers) profile(ctx context.Context, ref procs.PIDRef, name graph.Profile, w *goroutines.Window, p *goProfile, t *goTold) {
	list, err := g.asker.Contention(ctx, ref, string(name))
	if err != nil {
		p.err = err
		return
	}
	w.Add(time.Now(), list)
	if name == graph.MutexProfile {
		for _, c := range list {
			t.passed += c.Count
		}
	}
	lines, over := w.Lines()
	p.once = over == 0
	for _, c := range lines {
		t.lines = append(t.lines, graph.Line{
			PIDRef: ref, Profile: name, File: c.File, Line: c.Line, Function: c.Function, For: c.For, Contended: c.Lock(),
			Waits: c.Count, Total: c.Delay, Over: over,
		})
	}
	if p.empty = len(list) == 0; p.empty && name == graph.MutexProfile {
		fraction, err := g.asker.MutexFraction(ctx, ref)
		p.off = err == nil && fraction == 0
	}
}
