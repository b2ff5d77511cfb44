package output

import (
	"container/heap"
	"fmt"
	"slices"
	"time"

	"example.com/muster/procs"
)

// ScanOptions say what a [Scan] is to return. The zero value is every line.
type ScanOptions struct {
	// Slots chooses the slots; nil for all.
	Slots func(procs.ID) bool
	// Since and Until bound the times of the lines; zero for no bound.
	Since, Until time.Time
	// Match and Not are as in a [procs.Query].
	Match string
	Not   bool
	// Apart returns one slot after the other instead of all in order of time.
	Apart bool
	// Last passes over lines that more than so many of the same slot follow,
	// where that is known without reading them; 0 for none.
	Last int
	// Live says that somebody still writes the log.
	Live bool
}

// Scan reads the lines of an archive, each once: those of a slot in their
// order, those of several in the order of their times, which are known to the
// millisecond. It is for one goroutine.
type Scan struct {
	archive  *Archive
	options  ScanOptions
	patterns patterns
	want     *wanted
	known    map[*shelf]*shelfReader
	waiting  []*shelfReader // with nothing to read just now
	queue    scanQueue
}

// Scan begins to read. The error is a bad regular expression.
func (a *Archive) Scan(o ScanOptions) (*Scan, error) {
	s := &Scan{archive: a, options: o, known: map[*shelf]*shelfReader{}}
	var err error
	if s.want, err = newWanted(o, &s.patterns); err != nil {
		return nil, err
	}
	s.queue.apart = o.Apart
	s.adopt()
	return s, nil
}

// adopt makes readers for shelves that have come.
func (s *Scan) adopt() {
	size := max(minBlockBytes, min(blockBytes, allBlocks/max(1, len(s.archive.shelves))))
	for _, sh := range s.archive.shelves {
		if s.known[sh] != nil || s.options.Slots != nil && !s.options.Slots(sh.id) {
			continue
		}
		r := &shelfReader{shelf: sh, want: s.want, live: s.options.Live, size: size}
		if s.options.Last > 0 && s.want.everything() {
			r.last(s.options.Last)
		}
		s.known[sh] = r
		s.waiting = append(s.waiting, r)
	}
	s.enqueue()
}

// enqueue puts those of the waiting that have something to read in the queue.
func (s *Scan) enqueue() {
	s.waiting = slices.DeleteFunc(s.waiting, func(r *shelfReader) bool {
		if !r.peek() {
			return false
		}
		heap.Push(&s.queue, r)
		return true
	})
}

// Look looks for what has been written since. ended says that nobody writes
// any more, so that what is there is all there will be.
func (s *Scan) Look(ended bool) error {
	if err := s.archive.Look(); err != nil {
		return err
	}
	for _, r := range s.known {
		r.live = r.live && !ended
		r.look()
	}
	s.options.Live, s.options.Last = s.options.Live && !ended, 0
	s.adopt()
	return nil
}

// Next returns the next lines: some of one writer, that came in the same
// millisecond, with their text in dst if it fits; or how many lines of a slot are
// missing before those that follow. It returns false when all that was there at
// the last look has been read.
func (s *Scan) Next(dst []byte) (Chunk, bool) {
	for len(s.queue.readers) > 0 {
		r := s.queue.readers[0]
		head, sp := r.head, r.take(dst)
		if r.peek() {
			heap.Fix(&s.queue, 0)
		} else {
			heap.Pop(&s.queue)
			s.waiting = append(s.waiting, r)
		}
		switch {
		case sp.kind == gone:
			return Chunk{
				ID: sp.id, Seq: sp.seq, At: time.Unix(0, sp.at), Missed: sp.lines, Removed: head.flags&flagRemoved != 0, Gone: head.flags&flagAnew != 0,
			}, true
		case sp.lines > 0:
			return Chunk{
				ID: sp.id, Stream: sp.stream, PID: int(sp.pid), At: time.Unix(0, sp.at),
				Lines: int(sp.lines), Text: sp.text, Cut: sp.cut,
			}, true
		}
	}
	return Chunk{}, false
}

// Last reads all that is there and returns the last n lines, with those that
// have not ended at the end.
func (s *Scan) Last(n int) []Chunk {
	var kept, open []Chunk
	lines, from, read := 0, 0, false
	for {
		c, ok := s.Next(nil)
		if !ok && !read {
			open, read = s.Open(), true
		}
		if !ok && len(open) > 0 {
			c, ok, open = open[0], true, open[1:]
		}
		if !ok {
			break
		}
		kept, lines = append(kept, c), lines+c.Lines
		for lines-kept[from].Lines >= n && from < len(kept)-1 {
			lines -= kept[from].Lines
			kept[from] = Chunk{}
			from++
		}
		if from > 1000 {
			kept, from = slices.Delete(kept, 0, from), 0
		}
	}
	kept = kept[from:]
	switch {
	case n == 0:
		return nil
	case lines > n:
		c := &kept[0]
		c.Text, c.Lines = c.Text[skipLines(c.Text, lines-n):], c.Lines-(lines-n)
	}
	return kept
}

// Err tells why lines may be missing, if a file could not be read.
func (s *Scan) Err() error {
	for _, r := range s.known {
		if r.err != nil {
			return fmt.Errorf("cannot read the log of %s: %s", r.shelf.id, reason(r.err))
		}
	}
	return nil
}

// Close gives the files back.
func (s *Scan) Close() {
	for _, r := range s.known {
		r.close()
	}
}

// scanQueue orders readers by the time of what they read next; see
// [heap.Interface].
type scanQueue struct {
	readers []*shelfReader
	apart   bool
}

func (q *scanQueue) Len() int { return len(q.readers) }

func (q *scanQueue) Less(i, j int) bool {
	x, y := q.readers[i], q.readers[j]
	if !q.apart && x.head.at != y.head.at {
		return x.head.at < y.head.at
	}
	if x.shelf.id.Pool != y.shelf.id.Pool {
		return x.shelf.id.Pool < y.shelf.id.Pool
	}
	return x.shelf.id.Slot < y.shelf.id.Slot
}

func (q *scanQueue) Swap(i, j int) { q.readers[i], q.readers[j] = q.readers[j], q.readers[i] }

func (q *scanQueue) Push(x any) { q.readers = append(q.readers, x.(*shelfReader)) }

func (q *scanQueue) Pop() any {
	n := len(q.readers) - 1
	r := q.readers[n]
	q.readers = q.readers[:n]
	return r
}
