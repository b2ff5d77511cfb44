package plan

import "time"

// chunk is what a worker was sent at a time.
type chunk struct {
	sent  time.Time
	items int
	left  int // not answered
}

// How chunks are measured out.
const (
	// chunkTime is how long a worker should be busy with a chunk: long against
	// the 50-100 us that it takes to hand one over, short for a person.
	chunkTime = 5 * time.Millisecond
	// maxChunk bounds a chunk, and with it what one death can cause to be done twice.
	maxChunk = 2048
	// growth is how much larger than the last a chunk may be: the first
	// measurements are the worst.
	growth = 4
	// longItem is from when on a worker gets one item at a time and nothing in
	// advance, as it would wait there while other workers have nothing to do.
	longItem = 2 * time.Millisecond
	// inFlight bounds how many chunks a worker has at a time, aheadTime how long
	// it should be busy with those.
	inFlight  = 32
	aheadTime = time.Millisecond
)

// chunks finds the size of chunks from what they took.
type chunks struct {
	fixed   int  // what the user wants; 0: measured
	single  bool // each item has a process: one at a time
	ahead   bool // and one more may wait for its end
	last    int  // the largest that was measured
	perItem time.Duration
}

// measure notes how long a worker was busy with n items.
func (c *chunks) measure(n int, took time.Duration) {
	each := max(took/time.Duration(n), 1)
	if c.last == 0 {
		c.perItem = each
	} else {
		c.perItem = (3*c.perItem + each) / 4
	}
	if each > growth*c.perItem {
		c.perItem = each // much longer ones have come: at once, or many wait behind one
	}
	c.last = max(n, min(c.last, n*growth))
}

// size is how many items the next chunk should have: of queued ones, if those
// are the last, no more than leaves some for every worker.
func (c *chunks) size(workers, queued int, last bool) int {
	n := c.fixed
	if n == 0 {
		n = 1
		if c.last > 0 && c.perItem < longItem {
			n = int(min(chunkTime/c.perItem, maxChunk, time.Duration(c.last)*growth))
		}
		if last {
			n = min(n, (queued+2*workers-1)/(2*workers))
		}
	}
	return max(n, 1)
}

// depth is how many chunks a worker may have at a time.
func (c *chunks) depth() int {
	if c.last == 0 || c.perItem >= longItem || c.single && !c.ahead {
		return 1
	}
	if c.single {
		return 2
	}
	busy := c.perItem * time.Duration(c.size(1, 0, false))
	return int(max(2, min(inFlight, aheadTime/busy)))
}
