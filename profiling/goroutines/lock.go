package goroutines

import (
	"cmp"
	"slices"
	"strings"
)

// The kinds of Lock that are channels: there the goroutines that wait at one
// line are told together, since the dump does not show for which channel.
const (
	Receives = "channel receive"
	Sends    = "channel send"
)

// Lock is something of package sync that goroutines wait for, or a line at
// which they wait for a channel.
type Lock struct {
	// Kind is "sync.Mutex", "sync.RWMutex", "sync.WaitGroup" or "sync.Cond",
	// Receives or Sends.
	Kind string
	// Addr is where it is in the program's memory, which makes two locks of
	// one kind different. 0 if the dump does not show it, as for an inlined
	// RLock: then these goroutines wait at one line, perhaps for several locks.
	Addr uint64
	// At is the innermost call that is not the library's, of the first waiter.
	At Frame
	// Waiters are the numbers of goroutines, the longest waiting first.
	Waiters []int
	// WaitMinutes is how long the first of them has waited.
	WaitMinutes int
}

// methods are the calls in which a goroutine waits. A write lock of RWMutex
// waits for the Mutex that is its first field, at the same address.
var methods = []struct{ kind, prefix string }{
	{"sync.Mutex", "sync.(*Mutex)."},
	{"sync.Mutex", "internal/sync.(*Mutex)."},
	{"sync.RWMutex", "sync.(*RWMutex)."},
	{"sync.WaitGroup", "sync.(*WaitGroup)."},
	{"sync.Cond", "sync.(*Cond)."},
}

// Waits tells what a goroutine waits for, if it is a lock of package sync or a
// channel. The states of channels are runtime.waitReasonStrings' (runtime2.go).
func (g *Goroutine) Waits() (kind string, addr uint64, ok bool) {
	switch {
	case strings.HasPrefix(g.State, "chan receive"):
		return Receives, 0, true
	case strings.HasPrefix(g.State, "chan send"):
		return Sends, 0, true
	}
	if !strings.HasPrefix(g.State, "sync.") && g.State != "semacquire" {
		return "", 0, false // it holds no place in a queue: it runs, or waits for something else
	}
	for _, f := range g.Frames {
		if !library(f.Function) {
			break
		}
		for _, m := range methods {
			if strings.HasPrefix(f.Function, m.prefix) {
				kind = m.kind // the outermost says what the program called
				if addr == 0 {
					addr = f.receiver
				}
			}
		}
	}
	return kind, addr, kind != ""
}

// At is the innermost call that is the program's own.
func (g *Goroutine) At() Frame {
	for _, f := range g.Frames {
		if !library(f.Function) {
			return f
		}
	}
	return Frame{}
}

// library reports whether a function is one of those that waiting consists of.
func library(function string) bool {
	for _, p := range []string{"sync.", "internal/sync.", "runtime.", "internal/runtime", "internal/poll.", "sync/atomic."} {
		if strings.HasPrefix(function, p) && function != "runtime.main" {
			return true
		}
	}
	return false
}

// ByLock groups the goroutines that wait for the same lock, most waiters first.
func ByLock(list []Goroutine) []Lock {
	type key struct {
		kind string
		addr uint64
		line int // only where the address is not known
		file string
	}
	index := map[key]int{}
	var locks []Lock
	order := slices.Clone(list)
	slices.SortStableFunc(order, func(a, b Goroutine) int { return cmp.Compare(b.WaitMinutes, a.WaitMinutes) })
	for i := range order {
		g := &order[i]
		kind, addr, ok := g.Waits()
		if !ok {
			continue
		}
		k := key{kind: kind, addr: addr}
		if addr == 0 {
			k.file, k.line = g.At().File, g.At().Line
		} else if kind == "sync.RWMutex" {
			k.kind = "sync.Mutex" // one address is one lock
		}
		n, known := index[k]
		if !known {
			n = len(locks)
			index[k] = n
			locks = append(locks, Lock{Kind: kind, Addr: addr, At: g.At(), WaitMinutes: g.WaitMinutes})
		}
		if kind == "sync.RWMutex" {
			locks[n].Kind = kind
		}
		locks[n].Waiters = append(locks[n].Waiters, g.ID)
	}
	slices.SortStableFunc(locks, func(a, b Lock) int { return cmp.Compare(len(b.Waiters), len(a.Waiters)) })
	return locks
}
