package output

import (
	"bytes"
	"math/bits"
	"sort"
)

// ring holds the newest lines of one slot as raw bytes in blocks. It has no
// lock of its own.
type ring struct {
	maxLines uint64
	maxBytes int64
	pool     *blockPool

	blocks []*block // oldest first
	next   uint64   // number that the next line will get
	bytes  int64    // memory that the blocks hold
}

// oldest returns the number of the oldest line kept; next if there is none.
func (r *ring) oldest() uint64 {
	if len(r.blocks) == 0 {
		return r.next
	}
	o := r.blocks[0].first
	if r.next-o > r.maxLines {
		return r.next - r.maxLines
	}
	return o
}

// append adds the lines of a piece and lets go of old ones.
func (r *ring) append(p *piece) {
	pre, body, lines := p.pre, p.body, p.lines
	for lines > 0 {
		n, k := r.fit(p, pre, body, lines)
		if k == 0 {
			r.grow(p, pre, body)
			continue
		}
		b := r.blocks[len(r.blocks)-1]
		before := cap(b.runs)
		b.add(p, pre, body[:n], k)
		r.bytes += int64(cap(b.runs)-before) * runBytes
		r.next += uint64(k)
		pre, body, lines = nil, body[n:], lines-k
	}
	for len(r.blocks) > 1 && (r.blocks[0].end() <= r.oldest() || r.bytes > r.maxBytes) {
		r.dropOldest()
	}
}

// leap passes over lines that are in the log's files, and over all that came
// before them, as what the ring holds has no holes. The next piece of a flood would
// drive them out soon, and to copy them takes a sixth of the time that muster has
// for it.
func (r *ring) leap(over front) {
	for len(r.blocks) > 0 {
		r.dropOldest()
	}
	r.next += uint64(over.lines)
}

// fit returns how many bytes of body, and how many lines of pre+body, the
// newest block has room for.
func (r *ring) fit(p *piece, pre, body []byte, lines int) (n, k int) {
	if len(r.blocks) == 0 {
		return 0, 0
	}
	room := r.blocks[len(r.blocks)-1].room()
	switch {
	case len(pre)+len(body)+1 <= room:
		return len(body), lines
	case p.end != whole || len(pre) >= room:
		return 0, 0
	}
	n = bytes.LastIndexByte(body[:min(len(body), room-len(pre))], '\n') + 1
	if n > len(body)/2 { // count what is shorter
		return n, lines - bytes.Count(body[n:], newline)
	}
	return n, bytes.Count(body[:n], newline)
}

// grow adds a block with room for at least the first line of pre+body. Blocks
// start small, so that a quiet slot costs little, and each is larger than the
// one before.
func (r *ring) grow(p *piece, pre, body []byte) {
	first := len(body)
	if p.end == whole {
		first = bytes.IndexByte(body, '\n')
	}
	need, largest := len(pre)+first+2, r.largestBlock()
	size := min(max(minBlock, len(pre)+len(body)+2), largest)
	if n := len(r.blocks); n > 0 {
		size = max(size, min(largest, 4*cap(r.blocks[n-1].buf)))
	}
	size = roundUp(max(size, need))
	for len(r.blocks) > 1 && r.bytes+int64(size) > r.maxBytes {
		r.dropOldest()
	}
	b := r.pool.get(size, r.next)
	r.bytes += b.cost()
	r.blocks = append(r.blocks, b)
}

// largestBlock returns the size of blocks of a ring that is busy: small enough
// that letting go of one costs the ring little.
func (r *ring) largestBlock() int {
	return int(min(maxBlock, max(minBlock, r.maxBytes/16)))
}

func roundUp(n int) int { return 1 << bits.Len(uint(n-1)) }

// dropOldest lets go of the oldest block.
func (r *ring) dropOldest() {
	b := r.blocks[0]
	r.blocks[0] = nil
	r.blocks = r.blocks[1:]
	r.bytes -= b.cost()
	r.pool.put(b)
}

// look returns lines from number from on and before to, which the ring must
// hold, as far as they are of one run and fit into limit bytes. With a pid it
// passes over the lines of others. The text is the ring's own.
func (r *ring) look(from, to uint64, pid, limit int) span {
	i := sort.Search(len(r.blocks), func(i int) bool { return r.blocks[i].end() > from })
	b := r.blocks[i]
	line := uint32(from - b.first)
	j := sort.Search(len(b.runs), func(j int) bool { return b.runs[j].line > line }) - 1
	if pid != 0 && int(b.runs[j].pid) != pid {
		return span{kind: others, seq: from, lines: r.skipOthers(i, j, from, to, pid)}
	}
	ru, endLine, endOff := b.runs[j], uint32(b.lines), len(b.buf)
	if j+1 < len(b.runs) {
		endLine, endOff = b.runs[j+1].line, int(b.runs[j+1].off)
	}
	text := b.buf[ru.off:endOff]
	text = text[skipLines(text, int(line-ru.line)):]
	n := uint64(endLine - line)
	if want := to - from; want < n {
		text, n = text[:skipLines(text, int(want))], want
	}
	size, n := fitLines(text, n, limit)
	return span{seq: from, lines: n, writer: ru.writer, at: ru.at, cut: ru.cut, text: text[:size:size]}
}

// skipOthers counts the lines from number from on, in run j of block i, up to
// the next that pid wrote.
func (r *ring) skipOthers(i, j int, from, to uint64, pid int) uint64 {
	for ; i < len(r.blocks); i, j = i+1, 0 {
		b := r.blocks[i]
		for ; j < len(b.runs); j++ {
			start := b.first + uint64(b.runs[j].line)
			if start >= to {
				return to - from
			}
			if int(b.runs[j].pid) == pid {
				return start - from
			}
		}
	}
	return to - from
}

// newest returns the last line; false if there is none.
func (r *ring) newest() (span, bool) {
	if len(r.blocks) == 0 || r.next == 0 {
		return span{}, false
	}
	return r.look(r.next-1, r.next, 0, maxLine+1), true
}
