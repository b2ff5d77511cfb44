package output

import (
	"slices"
	"sync"
	"unsafe"
)

const (
	minBlock = 1 << 10
	maxBlock = 256 << 10
	// runBytes is what one run costs.
	runBytes = int64(unsafe.Sizeof(run{}))
	// bytesPerRun bounds the runs of a block by its size: a block of very
	// short lines of changing writers is full before its bytes are.
	bytesPerRun = 32
	// maxJoined is up to which size a run is joined by more lines: to find a
	// line, its run is searched for newlines.
	maxJoined = 4 << 10
)

// block is a stretch of a ring: the bytes of complete lines, and who wrote
// which of them when.
type block struct {
	first uint64 // number of its first line
	lines int
	buf   []byte // each line ends with a newline
	runs  []run
}

// run describes the lines from its own first to that of the next run: one
// writer's, printed within the same millisecond.
type run struct {
	at   int64
	off  uint32 // of its first byte in the block
	line uint32 // its first line, counted within the block
	writer
	cut bool // its only line is not the printed one's end
}

// end returns the number after that of the last line.
func (b *block) end() uint64 { return b.first + uint64(b.lines) }

// cost returns the bytes of memory that the block holds.
func (b *block) cost() int64 { return int64(cap(b.buf)) + int64(cap(b.runs))*runBytes }

// room returns how many more bytes of lines of w the block can take.
func (b *block) room() int {
	if len(b.runs) >= cap(b.buf)/bytesPerRun {
		return 0
	}
	return cap(b.buf) - len(b.buf)
}

// add appends lines that fit. Lines that continue the newest run, in the same
// millisecond, join it while it is short.
func (b *block) add(p *piece, pre, body []byte, lines int) {
	const ms = 1e6
	n := len(b.runs)
	joins := n > 0 && b.runs[n-1].writer == p.writer && b.runs[n-1].at/ms == p.at/ms &&
		!b.runs[n-1].cut && p.end != cut && len(b.buf)-int(b.runs[n-1].off) < maxJoined
	if !joins {
		b.runs = append(b.runs, run{
			at: p.at, off: uint32(len(b.buf)), line: uint32(b.lines), writer: p.writer, cut: p.end == cut,
		})
	}
	b.buf = append(append(b.buf, pre...), body...)
	if p.end != whole {
		b.buf = append(b.buf, '\n')
	}
	b.lines += lines
}

// blockPool keeps large blocks that rings have let go of, so that a flood
// makes no garbage. It is safe for concurrent use.
type blockPool struct {
	mu   sync.Mutex
	free []*block
}

const (
	// maxFree is how many blocks wait in the pool, at the most.
	maxFree = 8
	// minFree is how large they are, at the least.
	minFree = 32 << 10
)

// get returns an empty block for size bytes, which is a power of two.
func (p *blockPool) get(size int, first uint64) *block {
	if size >= minFree {
		p.mu.Lock()
		defer p.mu.Unlock()
		i := slices.IndexFunc(p.free, func(b *block) bool { return cap(b.buf) == size })
		if i >= 0 {
			b := p.free[i]
			p.free = slices.Delete(p.free, i, i+1)
			*b = block{first: first, buf: b.buf[:0], runs: b.runs[:0]}
			return b
		}
	}
	return &block{first: first, buf: make([]byte, 0, size)}
}

// put takes a block that nobody reads any more. The newest is kept: those who
// let go of a block are about to ask for one like it.
func (p *blockPool) put(b *block) {
	if cap(b.buf) < minFree {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.free) == maxFree {
		p.free = slices.Delete(p.free, 0, 1)
	}
	p.free = append(p.free, b)
}
