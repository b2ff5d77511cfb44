package sample

import (
	"time"

	"example.com/muster/procs"
)

// beats are the times of the last passes. A slot of which nothing else is to be said than
// after the pass before is not touched: what it was in the passes since is added to its
// history when it is, or when somebody asks.
type beats struct {
	n  uint64    // passes so far
	at [64]int64 // of pass i in i%64; nanoseconds since 1970. No slot goes longer than that, see lookEvery
}

func (b *beats) add(at time.Time) {
	b.at[b.n%uint64(len(b.at))] = at.UnixNano()
	b.n++
}

// history keeps the last samples of a slot. Processes sleep most of their
// lives, so samples that say the same share one record: 600 samples of a
// sleeping process take 10 KB instead of 110.
type history struct {
	limit int
	ring  []point
	next  int    // where the next one goes, once the ring is full
	upto  uint64 // how many passes it knows of
	ended bool   // no run that lives has been measured since
}

type point struct {
	at     int64 // nanoseconds since 1970
	record *procs.Sample
}

// put adds the sample of the last pass; the oldest makes room for it.
func (h *history) put(s procs.Sample, b *beats) {
	h.catchUp(b.n-1, b)
	h.upto, h.ended = b.n, false
	p := point{at: s.At.UnixNano()}
	s.At = time.Time{}
	if len(h.ring) > 0 {
		if newest := h.newest(); *newest == s {
			p.record = newest
		}
	}
	if p.record == nil {
		kept := s
		p.record = &kept
	}
	h.add(p)
}

// endBefore says that nothing was measured in the last pass, if nothing has been put since.
func (h *history) endBefore(b *beats) {
	if h.upto < b.n {
		h.catchUp(b.n-1, b)
		h.ended = true
	}
}

// catchUp adds what the newest sample says for the passes since, until there were n.
func (h *history) catchUp(n uint64, b *beats) {
	if h.ended || len(h.ring) == 0 {
		return
	}
	for ; h.upto < n; h.upto++ {
		if b.n-h.upto <= uint64(len(b.at)) {
			h.add(point{b.at[h.upto%uint64(len(b.at))], h.newest()})
		}
	}
}

func (h *history) newest() *procs.Sample {
	return h.ring[(h.next+len(h.ring)-1)%len(h.ring)].record
}

func (h *history) add(p point) {
	if len(h.ring) < h.limit {
		h.ring = append(h.ring, p)
		return
	}
	h.ring[h.next] = p
	h.next = (h.next + 1) % h.limit
}

// last returns the newest n samples, oldest first.
func (h *history) last(n int, b *beats) []procs.Sample {
	h.catchUp(b.n, b)
	n = min(n, len(h.ring))
	if n <= 0 {
		return nil
	}
	list := make([]procs.Sample, n)
	for i := range list {
		p := h.ring[(h.next+len(h.ring)-n+i)%len(h.ring)]
		list[i] = *p.record
		list[i].At = time.Unix(0, p.at)
	}
	return list
}
