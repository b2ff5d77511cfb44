// Package goroutines tells what the goroutines of a Go program wait for, if it
// serves net/http/pprof: their stacks, who waits for the same lock, and where
// its own mutex and block profiles saw contention.
//
// A Go program's locks leave no trace in the kernel: a goroutine that waits is
// a value on a list in the program's memory, and the program itself has to be
// asked. [Asker] does that, gently: only a program that has the package in it,
// only sockets on which that very process listens on this machine, only so
// often. What comes back is the program's own word; [Parse], [ByLock] and
// [ParseContention] are pure and believe no size.
package goroutines

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/maruel/panicparse/v2/stack"
)

// maxGoroutines bounds how many goroutines of a dump are told.
const maxGoroutines = 1 << 17

// Frame is one call of a stack.
type Frame struct {
	Function string // "sync.(*Mutex).Lock", with its package's path
	File     string
	Line     int

	// receiver is the first argument where the dump shows its true value, or
	// 0: in an inlined call it has none ("..."), and a register that was used
	// for other things is marked ("0x0?").
	receiver uint64
}

// Goroutine is one goroutine of a dump.
type Goroutine struct {
	ID          int
	State       string // as the runtime writes it: "sync.Mutex.Lock", "chan receive", "IO wait"
	WaitMinutes int    // how long in this state; the runtime tells whole minutes only
	Locked      bool   // to its thread
	Frames      []Frame
	CreatedBy   Frame // its go statement; zero for the first goroutine
}

// piece is how much of a dump is read at once, in bytes: what panicparse makes
// of one is ten times as large.
const piece = 256 << 10

// Parse reads a dump as /debug/pprof/goroutine?debug=2 and a panic write it. It
// fails if there is no goroutine in it.
func Parse(dump []byte) (list []Goroutine, err error) {
	defer func() {
		if r := recover(); r != nil { // the dump is the program's own invention
			list, err = nil, fmt.Errorf("cannot read the dump: %v", r)
		}
	}()
	p := parser{names: map[string]string{}}
	for len(dump) > 0 && len(p.list) < maxGoroutines {
		n := len(dump)
		if n > piece {
			// A blank line ends a goroutine.
			if end := bytes.Index(dump[piece:], []byte("\n\n")); end >= 0 {
				n = piece + end + 2
			}
		}
		p.read(dump[:n])
		dump = dump[n:]
	}
	if len(p.list) == 0 {
		return nil, errors.New("cannot read the dump: there is no goroutine in it")
	}
	return p.list[:min(len(p.list), maxGoroutines)], nil
}

// parser collects the goroutines of a dump.
type parser struct {
	list  []Goroutine
	names map[string]string // of functions and files, each kept once
}

// read takes over what panicparse finds in a piece, up to what it does not
// understand.
func (p *parser) read(dump []byte) {
	// Without GuessPaths and AnalyzeSources no file is looked at.
	for in := io.Reader(bytes.NewReader(dump)); ; {
		snapshot, suffix, err := stack.ScanSnapshot(in, io.Discard, &stack.Opts{})
		if snapshot != nil {
			for _, g := range snapshot.Goroutines {
				p.list = append(p.list, p.goroutine(g))
			}
		}
		if err != nil || snapshot == nil {
			return
		}
		in = io.MultiReader(bytes.NewReader(suffix), in)
	}
}

func (p *parser) goroutine(g *stack.Goroutine) Goroutine {
	out := Goroutine{ID: g.ID, State: p.once(g.State), WaitMinutes: g.SleepMax, Locked: g.Locked}
	for i := range g.Stack.Calls {
		out.Frames = append(out.Frames, p.frame(&g.Stack.Calls[i]))
	}
	if len(g.CreatedBy.Calls) > 0 {
		out.CreatedBy = p.frame(&g.CreatedBy.Calls[0])
		out.CreatedBy.Function, _, _ = strings.Cut(out.CreatedBy.Function, " in goroutine ")
	}
	return out
}

// maxName bounds what is kept of a name, in bytes.
const maxName = 4096

// once returns an equal string that is kept once.
func (p *parser) once(s string) string {
	s = s[:min(len(s), maxName)]
	kept, ok := p.names[s]
	if !ok {
		kept = strings.Clone(s)
		p.names[kept] = kept
	}
	return kept
}

func (p *parser) frame(c *stack.Call) Frame {
	f := Frame{Function: p.once(c.Func.Complete), File: p.once(c.RemoteSrcPath), Line: c.Line}
	if v := c.Args.Values; len(v) > 0 && !v[0].IsAggregate && !v[0].IsInaccurate {
		f.receiver = v[0].Value
	}
	return f
}
