package locks

import (
	"strings"

	"example.com/muster/internal/pattern"
	"example.com/muster/profiling/locks/graph"
)

// Two things may have one name: a mutex at the same address in two relatives
// under fork, two locks that are made or wanted at the same line. They are told
// apart by what stands behind it, from the first look that sees two of them on.

// apart says by what the things of one name are told apart.
type apart int

const (
	byName    apart = iota
	byProcess       // "pthread mutex at 0x7f… (pid 4711)"
	byNumber        // "Lock made at bank.py:5 (2053)"
)

// maxNamesApart bounds how many names are remembered as those of several things.
const maxNamesApart = 4096

// tellApart completes names that several things of this look, or of an earlier
// one, have in common.
func (l *looker) tellApart() {
	same := map[string][]int{}
	for i := range l.out.Objects {
		if o := &l.out.Objects[i]; o.Name != "" && named(o) {
			same[o.Name] = append(same[o.Name], i)
		}
	}
	if len(l.apart) > maxNamesApart {
		l.apart = nil
	}
	for name, list := range same {
		if how := l.how(list); how > l.apart[name] {
			if l.apart == nil {
				l.apart = map[string]apart{}
			}
			l.apart[name] = how
		}
		if l.apart[name] == byName {
			continue
		}
		for _, i := range list {
			o := &l.out.Objects[i]
			o.Name += " (" + mark(o, l.apart[name]) + ")"
		}
	}
}

// named reports whether the name of something may be that of another one: the
// two directions of a pipe are one thing, and what is no lock is seldom told.
func named(o *graph.Object) bool {
	switch o.Kind {
	case graph.Pipe, graph.Socket, graph.EventFD, graph.Child:
		return false
	}
	return !o.Guess || o.Kind == graph.ThreadLock
}

// how says what tells the things of a list apart.
func (l *looker) how(list []int) apart {
	if len(list) < 2 {
		return byName
	}
	seen := map[string]bool{}
	for _, i := range list {
		m := mark(&l.out.Objects[i], byProcess)
		if seen[m] || !strings.HasPrefix(m, "pid ") {
			return byNumber
		}
		seen[m] = true
	}
	return byProcess
}

// private takes the process and the address from the ID of what lies in the
// memory of one process alone.
var private = pattern.Later(`^(?:go:(\d+):.*:(0x[0-9a-f]+)|\w+:(\d+)\+(0x[0-9a-f]+))`)

// mark is what tells something from its like.
func mark(o *graph.Object, how apart) string {
	m := private().FindStringSubmatch(string(o.ID))
	if m == nil {
		number := string(o.ID[strings.LastIndexByte(string(o.ID), ':')+1:])
		if _, region, ok := strings.Cut(number, "+"); ok {
			return "bytes " + region
		}
		return number
	}
	if how == byProcess {
		return "pid " + m[1] + m[3]
	}
	return m[2] + m[4] + " of pid " + m[1] + m[3]
}
