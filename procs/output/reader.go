package output

import (
	"context"
	"io"
	"sync/atomic"
	"time"

	"example.com/muster/procs"
)

// Reader reads the lines of a source, each once and in order, as they come.
// What the rings have let go of it reads from the log; only what is not there
// either is missing, and counted. Unterminated lines come when they are
// finished. A Reader is used by one goroutine.
type Reader struct {
	store *Store
	src   source
	pos   uint64 // the next line
	holds bool   // see Hold
	// at is pos for others, and moved is told when it grows.
	at    atomic.Uint64
	moved wake
}

// Chunk is some consecutive lines of one slot and writer.
type Chunk struct {
	Seq    uint64 // of the first line, see [procs.Line]
	ID     procs.ID
	Stream procs.Stream
	PID    int
	At     time.Time
	Lines  int
	Text   []byte // the lines, each ended by a newline
	Cut    bool   // the last line goes on in the writer's next
	Open   bool   // the line has not ended; a newline stands at its end all the same
	// Missed counts lines that are gone, from Seq on. The chunk then holds no lines.
	Missed  uint64
	Removed bool // they made room for newer ones ...
	Gone    bool // ... or somebody has removed them; else they could not be written
}

// Stream returns a reader of src from number from on; [procs.NewestLine] is
// whatever comes next. Close the reader when done.
func (s *Store) Stream(src procs.Source, from uint64) *Reader {
	if src.OneSlot {
		s.Slot(procs.ID{Pool: src.Pool, Slot: src.Slot})
	}
	r := &Reader{store: s, src: s.source(src)}
	r.pos = min(from, r.src.end())
	r.at.Store(r.pos)
	return r
}

// Pending returns how many lines are there to be read.
func (r *Reader) Pending() uint64 { return r.src.end() - r.pos }

// Hold has writers wait for this reader where their ring would soon let go of
// lines that it has not read and that are not in the log, which could not be
// written: so nothing is lost that a printer can still print. It is for one reader of everything; call it before the
// first read. A reader that stands still for [heldFor] is waited for no more, until it
// reads on.
func (r *Reader) Hold() {
	r.holds = true
	r.store.held.Store(r)
}

// heldFor is how long a writer waits for a reader that does not go on.
const heldFor = 5 * time.Second

// wait returns once a slot may take more, as far as this reader goes.
func (r *Reader) wait(s *Slot) {
	for {
		at, version := r.at.Load(), r.moved.version.Load()
		end := r.src.end()
		if behind := end - min(at, end); at >= s.hole.Load() || behind <= s.held()/2 {
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), heldFor)
		r.moved.wait(ctx, version)
		stuck := ctx.Err() != nil && r.at.Load() == at
		cancel()
		if stuck {
			r.store.held.CompareAndSwap(r, nil)
		}
		if r.store.held.Load() != r {
			return
		}
	}
}

// Close gives back what the reader holds.
func (r *Reader) Close() {
	r.holds = false
	if r.store.held.CompareAndSwap(r, nil) {
		r.moved.bump()
	}
	r.src.close()
}

// defaultChunk is how large a chunk is for which the caller brings no buffer.
const defaultChunk = 64 << 10

// Chunk waits for lines and returns as many as are of one writer and fit into
// the capacity of dst (at least one line; a line is at most 64 KiB long). Text
// is in dst if it fits. The error is [io.EOF] when the store has been closed
// and all was read, or that of ctx when there is nothing to read.
func (r *Reader) Chunk(ctx context.Context, dst []byte) (Chunk, error) {
	for {
		closed, version := r.store.closed.Load(), r.store.Version()
		if sp, ok := r.next(dst); ok {
			return r.chunk(&sp), nil
		}
		if closed {
			return Chunk{}, io.EOF
		}
		if err := ctx.Err(); err != nil {
			return Chunk{}, err
		}
		r.store.Wait(ctx, version)
	}
}

// next returns the next lines, or how many are gone; false if there are none yet.
func (r *Reader) next(dst []byte) (span, bool) {
	limit := cap(dst)
	if limit < minBlock {
		limit = defaultChunk
	}
	end := r.src.end()
	for pos := r.pos; pos < end; {
		sp := r.src.span(dst, pos, end, limit)
		pos += sp.lines
		r.pos = pos
		r.at.Store(pos)
		if r.holds {
			r.store.held.CompareAndSwap(nil, r) // it may have stood still
		}
		r.moved.bump()
		if sp.kind != others {
			return sp, true
		}
	}
	return span{}, false
}

func (r *Reader) chunk(sp *span) Chunk {
	if sp.kind == gone {
		return Chunk{Seq: sp.seq, Missed: sp.lines}
	}
	return Chunk{
		Seq: sp.seq, ID: sp.id, Stream: sp.stream, PID: int(sp.pid), At: time.Unix(0, sp.at),
		Lines: int(sp.lines), Text: sp.text, Cut: sp.cut,
	}
}
