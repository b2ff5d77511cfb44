package sample

import (
	"time"

	"example.com/muster/procs"
)

// history keeps the last samples of a slot. Processes sleep most of their
// lives, so samples that say the same share one record: 600 samples of a
// sleeping process take 10 KB instead of 110.
type history struct {
	limit int
	ring  []point
	next  int // where the next one goes, once the ring is full
}

type point struct {
	at     int64 // nanoseconds since 1970
	record *procs.Sample
}

// put adds a sample; the oldest makes room for it.
func (h *history) put(s procs.Sample) {
	p := point{at: s.At.UnixNano()}
	s.At = time.Time{}
	if len(h.ring) > 0 {
		newest := h.ring[(h.next+len(h.ring)-1)%len(h.ring)]
		if *newest.record == s {
			p.record = newest.record
		}
	}
	if p.record == nil {
		kept := s
		p.record = &kept
	}
	if len(h.ring) < h.limit {
		h.ring = append(h.ring, p)
		return
	}
	h.ring[h.next] = p
	h.next = (h.next + 1) % h.limit
}

// last returns the newest n samples, oldest first.
func (h *history) last(n int) []procs.Sample {
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
