package locks

import (
	"strconv"
	"strings"
	"time"

	"example.com/muster/internal/pattern"
	"example.com/muster/profiling/locks/graph"
)

// Two things may have one name: a mutex at the same address in two relatives
// under fork, two locks that are made or wanted at the same line. They are told
// apart by what stands behind it, from the first look on that sees a second one, at once or
// soon after the first.

// apart says by what the things of one name are told apart.
type apart int

const (
	byName    apart = iota
	byProcess       // "pthread mutex at 0x7f… (pid 4711)"
	byNumber        // "Lock made at bank.py:5 (2053)"
)

// maxNamesApart bounds how many names are remembered as those of several things.
const maxNamesApart = 4096

// recallFor is how long after it was seen last the name of something is its own.
const recallFor = 30 * time.Second

// recalled is what had a name in the last look that saw one.
type recalled struct {
	graph.Object
	at time.Time
}

// tellApart completes names that several things of this look, or of an earlier
// one, have in common.
func (l *looker) tellApart() {
	same := map[string][]int{}
	for i := range l.out.Objects {
		if o := &l.out.Objects[i]; o.Name != "" && l.named(o) {
			same[o.Name] = append(same[o.Name], i)
		}
	}
	if len(l.apart) > maxNamesApart {
		l.apart = nil
	}
	if l.recalled == nil || len(l.recalled) > maxNamesApart {
		l.recalled = map[string]recalled{}
	}
	for name, seen := range same {
		list := make([]*graph.Object, len(seen), len(seen)+1)
		for i, at := range seen {
			list[i] = &l.out.Objects[at]
		}
		if old, ok := l.recalled[name]; ok && l.now.Sub(old.at) < recallFor {
			list = append(list, &old.Object)
		}
		now := *list[0]
		now.Holders, now.Name = nil, ""
		l.recalled[name] = recalled{now, l.now}
		if how := l.how(list); how > l.apart[name] {
			if l.apart == nil {
				l.apart = map[string]apart{}
			}
			l.apart[name] = how
		}
		if l.apart[name] == byName {
			continue
		}
		for _, at := range seen {
			o := &l.out.Objects[at]
			o.Name += " (" + l.mark(o, l.apart[name]) + ")"
		}
	}
}

// named reports whether the name of something may be that of another one. Pipes
// have a number as their name, unless it is known where they were made; and what
// is no lock is seldom told.
func (l *looker) named(o *graph.Object) bool {
	switch o.Kind {
	case graph.Pipe, graph.Socket:
		return l.pairOf(o) != 0
	case graph.EventFD, graph.Child:
		return false
	}
	return !o.Guess || o.Kind == graph.ThreadLock
}

// how says what tells the things of a list apart.
func (l *looker) how(list []*graph.Object) apart {
	marks, processes := map[string]bool{}, map[string]bool{}
	ids := map[graph.ID]bool{}
	for _, o := range list {
		ids[o.ID] = true
		marks[l.mark(o, byNumber)] = true
		if m := l.mark(o, byProcess); strings.HasPrefix(m, "pid ") {
			processes[m] = true
		}
	}
	switch {
	case len(marks) < 2: // one thing, such as both directions of a pipe
		return byName
	case len(processes) == len(ids):
		return byProcess
	}
	return byNumber
}

// pairOf is the number of a pipe of which it is known where it was made, the same
// in both directions and for both of a pair of sockets; 0 if it is none.
func (l *looker) pairOf(o *graph.Object) uint64 {
	_, rest, _ := strings.Cut(string(o.ID), ":")
	number, _, _ := strings.Cut(rest, ":")
	inode, err := strconv.ParseUint(number, 10, 64)
	if err != nil {
		return 0
	}
	if made, ok := l.known.Pipe(inode); ok && len(made.Inodes) > 0 {
		return made.Inodes[0]
	}
	return 0
}

// private takes the process and the address from the ID of what lies in the
// memory of one process alone.
var private = pattern.Later(`^(?:go:(\d+):.*:(0x[0-9a-f]+)|\w+:(\d+)\+(0x[0-9a-f]+))`)

// mark is what tells something from its like.
func (l *looker) mark(o *graph.Object, how apart) string {
	switch o.Kind {
	case graph.Pipe, graph.Socket:
		return strconv.FormatUint(l.pairOf(o), 10)
	}
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
