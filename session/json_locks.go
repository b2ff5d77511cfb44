package session

import (
	"fmt"
	"time"

	"example.com/muster/procs"
	"example.com/muster/profiling"
	"example.com/muster/profiling/locks/graph"
)

// What the JSON contract says of locks and of stacks. Both are made by pure
// functions, so that `muster locks PID`, which has no session, says the same.

type (
	// LocksJSON is what `muster locks --json` prints.
	LocksJSON struct {
		At        *Time          `json:"at"` // of the last look; null if there was none
		Locks     []LockJSON     `json:"locks"`
		Deadlocks []DeadlockJSON `json:"deadlocks"`
		// Rings are cycles too, but each could be ended by another process that shares one of the locks.
		Rings []DeadlockJSON `json:"rings,omitempty"`
		// Contention is by source line, as Go programs themselves have counted it.
		Contention []ContentionJSON     `json:"contention"`
		Coverage   []profiling.Coverage `json:"coverage"`
	}
	// LockJSON is one thing that somebody waits for, or has waited for.
	LockJSON struct {
		ID         string       `json:"id"`
		Kind       graph.Kind   `json:"kind"`
		Name       string       `json:"name"`
		State      string       `json:"state"` // its value in words: "held", "value 0"
		Holders    []HolderJSON `json:"holders"`
		Waiters    []WaiterJSON `json:"waiters"`
		Contended  bool         `json:"contended"`
		Abandoned  bool         `json:"abandoned"`
		Idle       bool         `json:"idle"`
		Deadlocked bool         `json:"deadlocked"`
		Ring       bool         `json:"ring,omitempty"` // it is part of one of the rings
		// Quiet says that it needs no look: nobody waits for it but for work, or it may
		// be no lock at all.
		Quiet bool `json:"quiet"`
		// Releasable says of an abandoned lock that another process which has it
		// could still let go of it.
		Releasable bool `json:"releasable,omitempty"`
		// Chain follows the holder: what it does or waits for, who has that, and so on.
		Chain      []LinkJSON      `json:"chain"`
		LastHolder *LastHolderJSON `json:"last_holder"`
		// What was seen over time; all of it is sampled. Share is the part of the
		// time, from 0 to 1, in which somebody waited, and not for work; null while that
		// is not known, as where nobody is known to have it.
		Waits              int      `json:"waits"`
		TotalWaitSeconds   float64  `json:"total_wait_seconds"`
		LongestWaitSeconds float64  `json:"longest_wait_seconds"`
		LongestHoldSeconds float64  `json:"longest_hold_seconds"`
		WatchedSeconds     float64  `json:"watched_seconds"`
		Share              *float64 `json:"share"`
	}
	// HolderJSON is who has a lock, or one that could end a wait for it.
	HolderJSON struct {
		PID      int                `json:"pid"`
		TID      *int               `json:"tid"` // null: which of its threads is not known
		Process  string             `json:"process"`
		Evidence profiling.Evidence `json:"evidence"`
		Rule     *string            `json:"rule"` // null if the evidence is exact
		Dead     bool               `json:"dead"`
		Lives    bool               `json:"lives,omitempty"` // of a dead one: only its thread has ended
		Outside  bool               `json:"outside"`         // a process that is not looked at
		Wait     *graph.Doing       `json:"wait"`
		Stack    []string           `json:"stack"`
	}
	// WaiterJSON is a thread that waits.
	WaiterJSON struct {
		PID            int      `json:"pid"`
		TID            int      `json:"tid"`
		Process        string   `json:"process"`
		WaitingSeconds float64  `json:"waiting_seconds"`
		Timed          bool     `json:"timed"` // the wait ends by itself
		Stack          []string `json:"stack"`
	}
	// LinkJSON is one step of a chain.
	LinkJSON struct {
		PID      int         `json:"pid"`
		TID      *int        `json:"tid"`
		Process  string      `json:"process"`
		Wait     graph.Doing `json:"wait"`
		WaitsFor *string     `json:"waits_for"` // the ID of a lock
		Stack    []string    `json:"stack"`
	}
	// LastHolderJSON is who was last seen to have a lock, and how it ended if it has.
	LastHolderJSON struct {
		PID     int       `json:"pid"`
		TID     *int      `json:"tid"` // null: which of its threads is not known
		Process string    `json:"process"`
		Lives   bool      `json:"lives,omitempty"` // only its thread has ended
		Since   Time      `json:"since"`
		Until   Time      `json:"until"`
		Exit    *ExitJSON `json:"exit"`
	}
	// DeadlockJSON is a cycle: each waits for what the next one has.
	DeadlockJSON struct {
		Cycle []EdgeJSON `json:"cycle"`
		Since Time       `json:"since"`
	}
	// ContentionJSON is a source line of a Go program at which goroutines have waited,
	// or which let go of what they had waited for. The figures are of the last
	// OverSeconds. Share is the time waited per time, more than 1 where several wait.
	ContentionJSON struct {
		PID              int                `json:"pid"`
		Process          string             `json:"process"`
		Profile          graph.Profile      `json:"profile"` // mutex: the line let go; block: it waited
		File             string             `json:"file"`
		Line             int                `json:"line"`
		Function         string             `json:"function"`
		WaitsFor         string             `json:"waits_for"`
		Contended        bool               `json:"contended"` // it is a lock; else it may be a wait for work
		Waits            int64              `json:"waits"`
		TotalWaitSeconds float64            `json:"total_wait_seconds"`
		MeanWaitSeconds  float64            `json:"mean_wait_seconds"`
		Share            float64            `json:"share"`
		OverSeconds      float64            `json:"over_seconds"`
		Evidence         profiling.Evidence `json:"evidence"`
	}
	// EdgeJSON is one step of a cycle.
	EdgeJSON struct {
		PID           int    `json:"pid"`
		TID           int    `json:"tid"`
		Process       string `json:"process"`
		WaitsFor      string `json:"waits_for"`
		HeldBy        int    `json:"held_by"`
		HeldByProcess string `json:"held_by_process"`
		HeldByTID     int    `json:"held_by_tid"`
	}
)

// Who is a process for people: "pool/0", "pool/0/worker-1" or "pid 4121 (sshd)".
type Who struct {
	Name string
	Exit *procs.Exit // nil while it lives, or if its end is not known
}

// LocksOf is the contract's form of a view. It is pure; who names a process,
// be it one that has ended.
func LocksOf(v *graph.View, who func(procs.PIDRef) Who) LocksJSON {
	l := LocksJSON{Locks: []LockJSON{}, Deadlocks: []DeadlockJSON{}, Contention: []ContentionJSON{}, Coverage: append([]profiling.Coverage{}, v.Coverage...)}
	if !v.At.IsZero() {
		at := Time(v.At)
		l.At = &at
	}
	threads := indexThreads(v.Threads)
	for i := range v.Locks {
		l.Locks = append(l.Locks, lockJSON(&v.Locks[i], v.At, threads, who))
	}
	for i := range v.Lines {
		l.Contention = append(l.Contention, contentionJSON(&v.Lines[i], who))
	}
	for i := range v.Deadlocks {
		l.Deadlocks = append(l.Deadlocks, cycleJSON(&v.Deadlocks[i], who))
	}
	for i := range v.Rings {
		l.Rings = append(l.Rings, cycleJSON(&v.Rings[i], who))
	}
	return l
}

func cycleJSON(d *graph.Deadlock, who func(procs.PIDRef) Who) DeadlockJSON {
	j := DeadlockJSON{Cycle: []EdgeJSON{}, Since: Time(d.Since)}
	for _, e := range d.Cycle {
		j.Cycle = append(j.Cycle, EdgeJSON{
			PID: e.PID, TID: e.TID, Process: who(e.PIDRef).Name, WaitsFor: valid(string(e.WaitsFor)),
			HeldBy: e.HeldBy.PID, HeldByProcess: who(e.HeldBy.PIDRef).Name, HeldByTID: e.HeldBy.TID,
		})
	}
	return j
}

func lockJSON(l *graph.Lock, now time.Time, threads map[graph.Thread]*graph.State, who func(procs.PIDRef) Who) LockJSON {
	j := LockJSON{
		ID: valid(string(l.ID)), Kind: l.Kind, Name: valid(l.Name), State: valid(l.State), Holders: []HolderJSON{}, Waiters: []WaiterJSON{},
		Contended: l.Contended, Abandoned: l.Abandoned, Idle: l.Idle, Deadlocked: l.Deadlocked, Ring: l.Ring, Quiet: l.Quiet(), Releasable: l.Releasable, Chain: []LinkJSON{},
		Waits: l.Stats.Waits, TotalWaitSeconds: l.Stats.Total.Seconds(), LongestWaitSeconds: l.Stats.Longest.Seconds(),
		LongestHoldSeconds: l.Stats.HoldsLongest.Seconds(), WatchedSeconds: l.Stats.Watched.Seconds(),
	}
	if share, known := l.Share(); known {
		j.Share = &share
	}
	for _, h := range l.Holders {
		j.Holders = append(j.Holders, holderJSON(h, threads, who))
	}
	for _, w := range l.Waiters {
		j.Waiters = append(j.Waiters, WaiterJSON{
			PID: w.PID, TID: w.TID, Process: who(w.PIDRef).Name, WaitingSeconds: max(0, now.Sub(w.Since).Seconds()), Timed: w.Timed, Stack: validAll(w.Stack),
		})
	}
	for _, c := range l.Chain {
		link := LinkJSON{PID: c.PID, TID: tidOf(c.Thread), Process: who(c.PIDRef).Name, Wait: c.Doing, Stack: validAll(c.Stack)}
		if c.WaitsFor != "" {
			id := valid(string(c.WaitsFor))
			link.WaitsFor = &id
		}
		j.Chain = append(j.Chain, link)
	}
	if last := l.LastHolder; last != nil {
		w := who(last.PIDRef)
		j.LastHolder = &LastHolderJSON{PID: last.PID, TID: tidOf(last.Thread), Process: w.Name, Lives: last.Lives, Since: Time(last.Since), Until: Time(last.Until), Exit: exitJSON(w.Exit)}
	}
	return j
}

func contentionJSON(l *graph.Line, who func(procs.PIDRef) Who) ContentionJSON {
	return ContentionJSON{
		PID: l.PID, Process: who(l.PIDRef).Name, Profile: l.Profile, File: valid(l.File), Line: l.Line, Function: valid(l.Function),
		WaitsFor: valid(l.For), Contended: l.Contended, Waits: l.Waits, TotalWaitSeconds: l.Total.Seconds(), MeanWaitSeconds: l.Mean().Seconds(),
		Share: l.Share(), OverSeconds: l.Over.Seconds(), Evidence: profiling.Sampled,
	}
}

func holderJSON(h graph.Holder, threads map[graph.Thread]*graph.State, who func(procs.PIDRef) Who) HolderJSON {
	j := HolderJSON{
		PID: h.PID, TID: tidOf(h.Thread), Process: who(h.PIDRef).Name, Evidence: h.Evidence, Dead: h.Dead, Lives: h.Lives, Outside: h.Outside, Stack: []string{},
	}
	if h.Evidence != profiling.Exact && h.Rule != "" {
		rule := valid(h.Rule)
		j.Rule = &rule
	}
	if s := threads[h.Thread]; s != nil && !h.Dead {
		j.Wait, j.Stack = &s.Doing, validAll(s.Stack)
	}
	return j
}

func tidOf(t graph.Thread) *int {
	if t.TID == 0 {
		return nil
	}
	return &t.TID
}

// indexThreads finds a thread by its name. Under TID 0 stands the thread that
// speaks for its process: one that runs, or else the main thread.
func indexThreads(threads []graph.State) map[graph.Thread]*graph.State {
	ix := make(map[graph.Thread]*graph.State, 2*len(threads))
	for i := range threads {
		s := &threads[i]
		ix[s.Thread] = s
		all := graph.Thread{PIDRef: s.PIDRef}
		if was := ix[all]; s.Doing == graph.OnCPU || s.TID == s.PID && (was == nil || was.Doing != graph.OnCPU) {
			ix[all] = s
		}
	}
	return ix
}

// Stranger is the name of a process that no session runs: "pid 4121 (sshd)".
func Stranger(pid int, comm string) string {
	if comm == "" {
		return fmt.Sprintf("pid %d", pid)
	}
	return fmt.Sprintf("pid %d (%s)", pid, valid(comm))
}
