package session

import (
	"encoding/base64"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"example.com/muster/procs"
	"example.com/muster/profiling"
	"example.com/muster/profiling/locks/graph"
)

// The types below are the JSON contract: fields may be added, never renamed.
// A value that is not known is null. Times are RFC 3339 with milliseconds and
// zone, durations are seconds.

type (
	// PS is what `muster ps --json` prints.
	PS struct {
		Session  string               `json:"session"`
		Version  uint64               `json:"version"`
		At       Time                 `json:"at"`
		Pools    []PoolJSON           `json:"pools"`
		Coverage []profiling.Coverage `json:"coverage"`
	}
	// PoolJSON is one pool of PS.
	PoolJSON struct {
		Name      string        `json:"name"`
		Size      int           `json:"size"`
		Disabled  bool          `json:"disabled,omitempty"`
		Rolling   bool          `json:"rolling,omitempty"`
		Processes []ProcessJSON `json:"processes"`
	}
	// ProcessJSON is one slot.
	ProcessJSON struct {
		Slot        int              `json:"slot"`
		Name        string           `json:"name"`
		Run         int              `json:"run"`
		PID         *int             `json:"pid"`
		State       procs.State      `json:"state"`
		Reason      string           `json:"reason,omitempty"`
		Ready       *bool            `json:"ready"` // null without a readiness probe
		Port        *int             `json:"port,omitempty"`
		CPUPercent  *float64         `json:"cpu_percent"`
		RSSBytes    *int64           `json:"rss_bytes"`
		Threads     *int             `json:"threads"`
		FDs         *int             `json:"fds"`
		Restarts    int              `json:"restarts"`
		StartedAt   *Time            `json:"started_at"`
		Wait        *string          `json:"wait"`
		Debugged    bool             `json:"debugged"` // a debugger is attached to it
		LastExit    *ExitJSON        `json:"last_exit"`
		LastLine    string           `json:"last_line"`
		LastLineRaw string           `json:"last_line_raw,omitempty"` // base64, if last_line is not what was printed
		FullScreen  bool             `json:"full_screen"`             // it is on the alternate screen of its terminal: what it prints is no lines
		Descendants []DescendantJSON `json:"descendants"`
	}
	// DescendantJSON is a process that a slot's process started.
	DescendantJSON struct {
		PID        int       `json:"pid"`
		PPID       int       `json:"ppid"`
		StartTime  *uint64   `json:"start_time"`
		Role       string    `json:"role"`
		Label      string    `json:"label"`
		Argv       []string  `json:"argv"`
		CPUPercent *float64  `json:"cpu_percent"`
		RSSBytes   *int64    `json:"rss_bytes"`
		Threads    *int      `json:"threads"`
		Wait       *string   `json:"wait"`
		Debugged   bool      `json:"debugged"`
		State      string    `json:"state"`
		Exit       *ExitJSON `json:"exit"`
	}
	// ExitJSON is how a process ended; Code is null if a signal ended it.
	ExitJSON struct {
		Code   *int    `json:"code"`
		Signal *string `json:"signal"`
		Core   bool    `json:"core"`
		Asked  bool    `json:"asked"`
		Why    string  `json:"why,omitempty"` // what the liveness probe said, if it was ended for that
		Error  string  `json:"error,omitempty"`
	}
	// Report is the document that --report writes. Its coverage is that of all
	// that is in it.
	Report struct {
		PS
		StartedAt Time        `json:"started_at"`
		Crashes   []CrashJSON `json:"crashes"`
		// CrashRows count them by kind: of many of a kind only some are kept.
		CrashRows []CrashRowJSON `json:"crash_rows"`
		// Locks and Deadlocks hold what is so now, and what was bad before.
		Locks     []LockJSON     `json:"locks"`
		Deadlocks []DeadlockJSON `json:"deadlocks"`
		Rings     []DeadlockJSON `json:"rings,omitempty"`
		Notices   []string       `json:"notices"`
		LogDir    *string        `json:"log_dir"`
	}
	// EventJSON is one line of `run --no-tui --json`.
	EventJSON struct {
		Seq     uint64 `json:"seq"`
		At      Time   `json:"at"`
		Type    string `json:"type"`
		Process string `json:"process"`
		PID     *int   `json:"pid"`
		Stream  string `json:"stream,omitempty"`
		Text    string `json:"text"`
		// Raw holds the text's bytes in base64 when they are not valid UTF-8.
		Raw string `json:"raw,omitempty"`
		// Cut says that the printed line goes on in the next event of its writer.
		Cut bool `json:"cut,omitempty"`
		// Partial says that no newline has come yet: what `muster logs` finds so.
		Partial bool `json:"partial,omitempty"`
	}
)

// Time is a time.Time that JSON shows with milliseconds and zone.
type Time time.Time

// MarshalJSON writes RFC 3339 with exactly three decimals.
func (t Time) MarshalJSON() ([]byte, error) {
	return time.Time(t).AppendFormat(nil, `"2006-01-02T15:04:05.000Z07:00"`), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (t *Time) UnmarshalJSON(b []byte) error {
	at, err := time.Parse(`"2006-01-02T15:04:05.000Z07:00"`, string(b))
	*t = Time(at)
	return err
}

// Text returns bytes that a child printed as valid UTF-8, with U+FFFD for what
// is not, and then the bytes themselves in base64.
func Text(b []byte) (text, raw string) {
	if utf8.Valid(b) {
		return string(b), ""
	}
	return strings.ToValidUTF8(string(b), "\uFFFD"), base64.StdEncoding.EncodeToString(b)
}

// PS returns the session's processes as the contract has them.
func (s *Session) PS() PS { return s.ps(false) }

func (s *Session) ps(ended bool) PS {
	family := living
	if ended {
		family = func(slot *procs.Slot) []procs.Descendant {
			past, _ := s.cfg.Tree.Ended(slot.ID)
			// The tree has seen more than the last sample.
			return buried(append(past, s.cfg.Tree.Descendants(slot.ID)...))
		}
	}
	return psOf(s.current(), s.Locks(), s.coverage(), family)
}

// living returns the descendants of a slot that have not ended, or that nobody has
// waited for.
func living(slot *procs.Slot) []procs.Descendant {
	return slices.DeleteFunc(slices.Clone(slot.Descendants), isOver)
}

// buried returns descendants without who is a zombie: in a report who has ended has ended,
// whoever was to wait for it.
func buried(list []procs.Descendant) []procs.Descendant {
	for i := range list {
		if list[i].Exit != nil {
			list[i].State = procs.RunDead
		}
	}
	return list
}

func isOver(d procs.Descendant) bool { return d.Exit != nil && !d.Zombie() }

// psOf is a snapshot as the contract has it. family returns the descendants of a slot
// that are to be told.
func psOf(snap *procs.Snapshot, view *graph.View, coverage []profiling.Coverage, family func(*procs.Slot) []procs.Descendant) PS {
	threads := indexThreads(view.Threads)
	ps := PS{Session: snap.Session, Version: snap.Version, At: Time(snap.At), Pools: []PoolJSON{}, Coverage: append(coverage, waitCoverage(view))}
	for _, p := range snap.Pools {
		pool := PoolJSON{Name: p.Name, Size: p.Size, Disabled: p.Disabled, Rolling: p.Rolling, Processes: []ProcessJSON{}}
		for i := range p.Slots {
			pool.Processes = append(pool.Processes, processJSON(&p.Slots[i], threads, family))
		}
		ps.Pools = append(ps.Pools, pool)
	}
	return ps
}

// coverage says which columns of ps could not be read, and why.
func (s *Session) coverage() []profiling.Coverage {
	note := s.coverageOfTree().descendants
	return []profiling.Coverage{
		{Source: "sample", OK: true, Note: ""},
		{Source: "descendants", OK: note == "", Note: note},
	}
}

// treeNotes say what the tree may have missed, "" where that is nothing.
type treeNotes struct{ descendants, exits string }

func (s *Session) coverageOfTree() *treeNotes {
	if final := s.treeNotes.Load(); final != nil {
		return final
	}
	return &treeNotes{s.cfg.Tree.Coverage(), s.cfg.Tree.Exits()}
}

// waitCoverage says how the column "wait" is known.
func waitCoverage(v *graph.View) profiling.Coverage {
	c := profiling.Coverage{Source: "wait", OK: len(v.Threads) > 0}
	switch {
	case v.At.IsZero():
		c.Note = "the threads have not been looked at; only what the kernel's process state tells"
	case !c.OK:
		c.Note = "no thread could be looked at; only what the kernel's process state tells"
	}
	return c
}

func processJSON(slot *procs.Slot, threads map[graph.Thread]*graph.State, family func(*procs.Slot) []procs.Descendant) ProcessJSON {
	text, raw := Text(lastState(slot.LastLine.Text))
	p := ProcessJSON{
		Slot: slot.ID.Slot, Name: slot.ID.String(), Run: slot.N, State: slot.State, Reason: slot.Reason,
		Restarts: slot.Restarts, LastExit: exitJSON(slot.LastExit), LastLine: text, LastLineRaw: raw, FullScreen: slot.FullScreen, Descendants: []DescendantJSON{},
	}
	if slot.Probed {
		p.Ready = &slot.Ready
	}
	if slot.Port != 0 {
		p.Port = &slot.Port
	}
	if slot.PID != 0 {
		p.PID = &slot.PID
		p.Wait, p.Debugged = waitOf(slot.PIDRef, slot.Kernel, threads), slot.Debugged
	}
	if !slot.StartedAt.IsZero() {
		at := Time(slot.StartedAt)
		p.StartedAt = &at
	}
	if !slot.Sample.At.IsZero() {
		u := slot.Sample.Own
		p.CPUPercent, p.RSSBytes, p.Threads, p.FDs = known(u.CPUPercent), known(u.RSSBytes), known(u.Threads), known(u.FDs)
	}
	seen := map[procs.PIDRef]bool{}
	for _, d := range family(slot) {
		if seen[d.PIDRef] {
			continue
		}
		seen[d.PIDRef] = true
		p.Descendants = append(p.Descendants, descendantJSON(d, threads))
	}
	return p
}

func descendantJSON(d procs.Descendant, threads map[graph.Thread]*graph.State) DescendantJSON {
	j := DescendantJSON{
		PID: d.PID, PPID: d.PPID, Role: string(d.Role), Label: valid(d.Label), State: "running", Exit: exitJSON(d.Exit),
		CPUPercent: known(d.CPUPercent), RSSBytes: known(d.RSSBytes), Threads: known(d.Threads), Debugged: d.Debugged,
	}
	if d.StartTime != 0 {
		j.StartTime = &d.StartTime
	}
	if len(d.Argv) > 0 {
		j.Argv = validAll(d.Argv)
	}
	if d.Exit != nil {
		j.State = string(procs.Exited)
		j.CPUPercent, j.RSSBytes, j.Threads = nil, nil, nil
	}
	switch {
	case isOver(d):
	case d.Exit != nil: // what its threads did before its end is over
		j.Wait = waitOf(d.PIDRef, d.State, nil)
	default:
		j.Wait = waitOf(d.PIDRef, d.State, threads)
	}
	return j
}

// waitOf is what a process waits for: on_cpu if any of its threads runs, else
// what its main thread does; where nobody has looked at its threads, what the
// kernel's letter tells.
func waitOf(ref procs.PIDRef, k procs.RunState, threads map[graph.Thread]*graph.State) *string {
	w := string(doingOf(ref, k, threads))
	if w == "" {
		return nil
	}
	return &w
}

// doingOf is the same word; "" where nobody has looked.
func doingOf(ref procs.PIDRef, k procs.RunState, threads map[graph.Thread]*graph.State) graph.Doing {
	if s := threads[graph.Thread{PIDRef: ref}]; s != nil && s.Doing != graph.Unknown {
		if s.Doing == graph.OnCPU && k == procs.RunQueued {
			return graph.Runnable
		}
		return s.Doing
	}
	if k == 0 {
		return ""
	}
	return graph.Doing(k.Wait())
}

// known returns nil for a value that could not be read.
func known[T int | int64 | float64](v T) *T {
	if v < 0 || math.IsNaN(float64(v)) {
		return nil
	}
	return &v
}

func exitJSON(e *procs.Exit) *ExitJSON {
	if e == nil {
		return nil
	}
	j := &ExitJSON{Core: e.Core, Asked: e.Asked, Why: valid(e.Why), Error: valid(e.StartError)}
	switch {
	case e.Signal != 0:
		name := e.Signal.String()
		j.Signal = &name
	case !e.Unknown:
		j.Code = &e.Code
	}
	return j
}

func valid(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

func validAll(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = valid(s)
	}
	return out
}

// Report returns everything that is known, for --report.
func (s *Session) Report() Report {
	r := Report{PS: s.ps(true), StartedAt: Time(s.started), Crashes: []CrashJSON{}, Notices: []string{}}
	crashes := s.CrashesJSON()
	r.Crashes, r.CrashRows, r.Coverage = crashes.Crashes, crashes.Rows, crashes.Coverage
	for _, n := range s.notices.copy() {
		r.Notices = append(r.Notices, n.Text)
	}
	l := s.past.with(s.LocksJSON())
	r.Locks, r.Deadlocks, r.Rings, r.Coverage = l.Locks, l.Deadlocks, l.Rings, append(r.Coverage, l.Coverage...)
	if s.cfg.LogDir != "" {
		r.LogDir = &s.cfg.LogDir
	}
	return r
}
