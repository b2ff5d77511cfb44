// Package tape keeps what a program has sent to its terminal lately, byte by
// byte, for whoever wants to show that terminal as it stands. It is pure.
//
// A [Tape] never waits for who reads it. Of what it no longer keeps it remembers
// the modes that were set (modes.go), so that a full-screen program that was
// begun long ago is shown on its alternate screen all the same. Start at
// [Tape.Write] and [Tape.Open].
package tape

import (
	"bytes"
	"context"
	"io"
	"slices"
	"sync"

	"example.com/muster/procs"
)

// keep is how much is kept at least, in bytes, and half of what is kept at most:
// a full-screen program writes a screen of 200x60 with many colours in less.
const keep = 64 << 10

// Tape is the recent output of one terminal. Its methods may be called from any goroutine.
type Tape struct {
	mu    sync.Mutex
	kept  []byte
	start uint64 // how many bytes came before kept
	lost  modes  // what those have set
	ended bool
	views []*View       // those that are open, in the order in which they were opened
	more  chan struct{} // closed when there is more to see; nil while nobody waits
}

// Write adds what the program has sent. It reports whether somebody has the
// terminal open, who then answers what the program asks of it.
func (t *Tape) Write(p []byte) (watched bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, p...)
	if over := len(t.kept) - keep; over > keep {
		t.lost.scan(t.kept[:over])
		t.start += uint64(over)
		t.kept = t.kept[:copy(t.kept, t.kept[over:])]
	}
	t.wake()
	return len(t.views) > 0
}

// End says that nothing more will come.
func (t *Tape) End() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ended = true
	t.wake()
}

// wake tells those who wait to look again; the caller holds mu.
func (t *Tape) wake() {
	if t.more != nil {
		close(t.more)
		t.more = nil
	}
}

// Open returns a view of the terminal, which begins with what is kept. Close it.
func (t *Tape) Open() *View {
	t.mu.Lock()
	defer t.mu.Unlock()
	v := &View{tape: t, next: t.end(), first: t.all(), begins: true}
	t.views = append(t.views, v)
	return v
}

// View is a terminal that somebody has open. Next is for one goroutine.
type View struct {
	tape   *Tape
	first  []byte // what was kept when it was opened; nobody answers what that asks
	begins bool   // first has not been read
	next   uint64 // the number of the byte that comes after it
	closed bool
}

// Next returns what the program has sent since the last call, waiting for it
// until ctx is done. The first piece is what was kept when the view was opened,
// be it nothing; a later one begins anew if more has come than is kept. The error is [io.EOF] at the end and
// after Close, or ctx's.
func (v *View) Next(ctx context.Context) (procs.TerminalPiece, error) {
	for {
		piece, more, ok := v.take()
		if ok {
			return piece, nil
		}
		if more == nil {
			return procs.TerminalPiece{}, io.EOF
		}
		select {
		case <-more:
		case <-ctx.Done():
			return procs.TerminalPiece{}, context.Cause(ctx)
		}
	}
}

// take returns what is there. If that is nothing, more is closed when there is
// something; it is nil if that will never be.
func (v *View) take() (piece procs.TerminalPiece, more <-chan struct{}, ok bool) {
	t := v.tape
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case v.closed:
		return procs.TerminalPiece{}, nil, false
	case v.begins:
		piece.Fresh, piece.Data = true, v.first
		v.begins, v.first = false, nil
		return piece, nil, true
	case v.next < t.start:
		v.next = t.end()
		return procs.TerminalPiece{Fresh: true, Data: t.all()}, nil, true
	case v.next < t.end():
		data := bytes.Clone(t.kept[v.next-t.start:])
		v.next = t.end()
		return procs.TerminalPiece{Data: data, Answer: t.views[0] == v}, nil, true
	case t.ended:
		return procs.TerminalPiece{}, nil, false
	}
	if t.more == nil {
		t.more = make(chan struct{})
	}
	return procs.TerminalPiece{}, t.more, false
}

// end is the number of the byte that comes next.
func (t *Tape) end() uint64 { return t.start + uint64(len(t.kept)) }

// all returns what is kept, behind what sets the modes of before. If something
// has been lost it begins with a line, so that no sequence is cut.
func (t *Tape) all() []byte {
	if t.start == 0 {
		return bytes.Clone(t.kept)
	}
	before, from := t.lost.clone(), bytes.IndexByte(t.kept, '\n')+1
	before.scan(t.kept[:from])
	return append(before.sequence(), t.kept[from:]...)
}

// Close ends the view, and a Next that waits. Others then answer what the
// program asks. It may be called from any goroutine, and again.
func (v *View) Close() {
	t := v.tape
	t.mu.Lock()
	defer t.mu.Unlock()
	v.closed = true
	t.wake()
	t.views = slices.DeleteFunc(t.views, func(other *View) bool { return other == v })
}
