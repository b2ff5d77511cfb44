package session

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"example.com/muster/procs"
	"example.com/muster/profiling/capture"
)

// chosen are the processes of a session that somebody has named.
type chosen struct {
	all      bool
	patterns []string // of slots; with what descends from their processes
	exact    []string // processes of a slot, and pids; with what descends from them
}

// subjects returns a function that lists the processes of some targets as they
// are when it is called; see [ProfileRequest]. The error is about one of them:
// "api: there is no such process".
func (s *Session) subjects(targets []string) (func() []capture.Subject, error) {
	which := chosen{all: len(targets) == 0}
	for _, t := range targets {
		_, err := procs.Choose(s.Snapshot().Pools, []string{t})
		_, notPID := strconv.Atoi(t)
		exact := err != nil && (notPID == nil || strings.Count(t, "/") >= 2)
		switch {
		case err == nil:
			which.patterns = append(which.patterns, t)
			continue
		case !exact:
			return nil, noSuch{err}
		case len(s.subjectsOf(chosen{exact: []string{t}})) == 0:
			return nil, noSuch{fmt.Errorf("%s: there is no such process", t)}
		}
		which.exact = append(which.exact, t)
	}
	return func() []capture.Subject { return s.subjectsOf(which) }, nil
}

// subjectsOf lists the chosen processes that live.
func (s *Session) subjectsOf(which chosen) []capture.Subject {
	var list []capture.Subject
	for _, run := range s.sup.Runs() {
		slot := which.all || slices.ContainsFunc(which.patterns, func(p string) bool { ok, _ := run.ID.Matches(p); return ok })
		if slot || len(which.exact) > 0 {
			list = append(list, s.family(run, s.cfg.Tree.Descendants(run.ID), slot, which.exact)...)
		}
	}
	return list
}

// family returns the processes of a run, its own and its descendants, that live: all, or
// those that are named exactly and what descends from them. Each is the same whenever it is
// listed.
func (s *Session) family(run procs.Run, descendants []procs.Descendant, all bool, exact []string) []capture.Subject {
	in := map[int]bool{} // pids
	is := func(pid, parent int, name string) bool {
		in[pid] = all || in[parent] || slices.Contains(exact, name) || slices.Contains(exact, strconv.Itoa(pid))
		return in[pid]
	}
	var list []capture.Subject
	add := func(ref procs.PIDRef, name string) {
		list = append(list, capture.Subject{PIDRef: s.cfg.Tree.WithStartTime(ref), Pool: run.ID.Pool, Process: name})
	}
	own := run.ID.String()
	if is(run.PID, 0, own) {
		add(run.PIDRef, own)
	}
	for _, d := range descendants { // parents stand before their children
		name := own + "/" + valid(d.Label)
		if d.Exit == nil && is(d.PID, d.PPID, name) {
			add(d.PIDRef, name)
		}
	}
	return list
}
