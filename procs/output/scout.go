package output

import (
	"bytes"
	"runtime"
	"sync"
)

// A scout sifts a long text of which nothing is expected, on several cores at a
// time: in rounds, each twice as long as the one before, so that what is read
// in vain is no more than what had to be read.
type scout struct {
	vol    *volume
	sifter *sifter
	hands  []*hand
}

// hand sifts one block after the other.
type hand struct {
	sifter sifter
	buf    []byte
}

// Bounds of a scout: hands, each of which has a block, and blocks of a round.
const (
	maxHands  = 8
	maxBlocks = 64
)

// found is what a hand says of a block: no line of interest begins between the
// first line that begins in the block and clear. It has stopped there if one
// may, or if it cannot tell.
type found struct {
	clear   int64 // -1 if no line begins in the block
	stopped bool
}

// sift returns up to where no line of interest begins, at the start of a line,
// from there to about the given end; and whether it had to stop before that.
func (s *scout) sift(from, until int64) (clear int64, stopped bool) {
	clear = from
	for blocks := int64(2); clear < until && !stopped; blocks = min(2*blocks, maxBlocks) {
		clear, stopped = s.round(clear, min(blocks, (until-clear+blockBytes-1)/blockBytes))
	}
	return clear, stopped
}

// round sifts so many blocks.
func (s *scout) round(from, blocks int64) (clear int64, stopped bool) {
	results := make([]found, blocks)
	var next, first int64 // the block that comes next; the first where a hand had to stop
	first = blocks
	var mu sync.Mutex
	turn := func() (block int64, ok bool) {
		mu.Lock()
		defer mu.Unlock()
		block = next
		next++
		return block, block < first // those behind it are not wanted any more
	}
	var wg sync.WaitGroup
	for i := range min(int64(runtime.GOMAXPROCS(0)), maxHands, blocks) {
		h := s.hand(int(i))
		wg.Go(func() {
			for block, ok := turn(); ok; block, ok = turn() {
				results[block] = h.sift(s.vol, from, from+block*blockBytes)
				if results[block].stopped {
					mu.Lock()
					first = min(first, block)
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	clear = from
	for _, r := range results {
		clear = max(clear, r.clear)
		if r.stopped {
			return clear, true
		}
	}
	return clear, false
}

// hand returns one of the hands, made when it is first wanted.
func (s *scout) hand(i int) *hand {
	for len(s.hands) <= i {
		own := *s.sifter
		own.words = append([]word(nil), own.words...)
		own.plain = nil
		s.hands = append(s.hands, &hand{sifter: own, buf: make([]byte, blockBytes+maxLine+1)})
	}
	return s.hands[i]
}

// sift looks at the lines that begin in the block at that offset, which is not
// the first in the text if it lies behind from.
func (h *hand) sift(vol *volume, from, at int64) found {
	start := at
	if at > from {
		start-- // a line begins behind the newline that may be there
	}
	n, _ := vol.log.ReadAt(h.buf, start) // what cannot be read is not there
	text := h.buf[:n]
	begin := 0
	if at > from {
		if begin = bytes.IndexByte(text, '\n') + 1; begin == 0 {
			return found{clear: -1, stopped: true}
		}
	}
	end := int(at-start) + blockBytes
	if begin >= end {
		return found{clear: start + int64(begin)}
	}
	stopped := false
	if i := bytes.IndexByte(text[min(end-1, len(text)):], '\n'); i >= 0 {
		end += i
	} else if end, stopped = bytes.LastIndexByte(text, '\n')+1, true; end <= begin {
		return found{clear: start + int64(begin), stopped: true}
	}
	if i := h.sifter.first(text[begin:end]); i >= 0 {
		return found{clear: start + int64(begin+i), stopped: true}
	}
	return found{clear: start + int64(end), stopped: stopped}
}
