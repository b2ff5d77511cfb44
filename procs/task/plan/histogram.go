package plan

import (
	"math/bits"
	"time"
)

// Histogram counts durations, in a fixed space and with an error of at most 6 %
// of the value: 16 buckets for each doubling. Its zero value is empty.
type Histogram struct {
	buckets [buckets]uint64
	count   uint64
	sum     time.Duration
	most    time.Duration
}

const (
	subBits = 4
	buckets = (64 - subBits) << subBits
)

// Add counts a duration; one below 0 counts as 0.
func (h *Histogram) Add(d time.Duration) {
	d = max(d, 0)
	h.buckets[bucketOf(d)]++
	h.count++
	h.sum += d
	h.most = max(h.most, d)
}

// bucketOf: below 16 ns each has its own, then 16 share a power of two.
func bucketOf(d time.Duration) int {
	n := uint64(d)
	if n < 1<<subBits {
		return int(n)
	}
	shift := bits.Len64(n) - 1 - subBits
	return (shift+1)<<subBits + int(n>>shift)&(1<<subBits-1)
}

// bucketFrom is the least duration of a bucket.
func bucketFrom(b int) time.Duration {
	if b < 1<<subBits {
		return time.Duration(b)
	}
	shift := b>>subBits - 1
	return time.Duration((1<<subBits + uint64(b)&(1<<subBits-1)) << shift)
}

// Count is how many durations were added.
func (h *Histogram) Count() uint64 { return h.count }

// Mean is their average; 0 if there are none.
func (h *Histogram) Mean() time.Duration {
	if h.count == 0 {
		return 0
	}
	return h.sum / time.Duration(h.count)
}

// Max is the longest of them.
func (h *Histogram) Max() time.Duration { return h.most }

// Quantile returns a duration that the fraction q of them does not exceed, 0 if
// there are none.
func (h *Histogram) Quantile(q float64) time.Duration {
	switch {
	case h.count == 0:
		return 0
	case q >= 1:
		return h.most
	}
	rank := uint64(q * float64(h.count))
	rank = min(rank, h.count-1)
	for b := range h.buckets {
		if rank < h.buckets[b] {
			return min(bucketFrom(b)+(bucketTo(b)-bucketFrom(b))/2, h.most)
		}
		rank -= h.buckets[b]
	}
	return h.most
}

func bucketTo(b int) time.Duration {
	if b == buckets-1 {
		return 1<<63 - 1
	}
	return bucketFrom(b+1) - 1
}

// Bar is one column of a drawn histogram: how many took From to To.
type Bar struct {
	From, To time.Duration
	Count    uint64
}

// Bars returns the histogram with a column for each doubling, from the first
// that holds something to the last.
func (h *Histogram) Bars() []Bar {
	var bars []Bar
	for b := 0; b < buckets; b += 1 << subBits {
		bar := Bar{From: bucketFrom(b), To: bucketTo(b + 1<<subBits - 1)}
		for _, n := range h.buckets[b : b+1<<subBits] {
			bar.Count += n
		}
		if bar.Count > 0 || len(bars) > 0 {
			bars = append(bars, bar)
		}
	}
	for len(bars) > 0 && bars[len(bars)-1].Count == 0 {
		bars = bars[:len(bars)-1]
	}
	return bars
}
