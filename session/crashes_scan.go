package session

import (
	"bytes"
	"context"
	"sync/atomic"
	"time"

	"example.com/muster/procs"
	"example.com/muster/procs/output"
	"example.com/muster/profiling/crash"
)

// Words in the output of a process that goes on: a race report, a thread's
// traceback. A consumer with a cursor in each slot's output looks at the first
// bytes of each line, a few times a second; where last words may begin it
// parses what has followed a moment later. In a flood it looks at the newest
// lines of each look only; the words of a process that ends are read from its
// last lines in any case.

const (
	// scanEvery is the time between two looks, scanLines how many lines of one
	// slot are looked at in each.
	scanEvery = 50 * time.Millisecond
	scanLines = 2000
	// wordsRest is how long words have after their first line to be complete,
	// and wordsMost after which time they are taken as they are.
	wordsRest = 100 * time.Millisecond
	wordsMost = time.Second
	// farBehind is how many lines may have come after words until they are
	// given up: they would have to be read from the disk.
	farBehind = 10 * scanLines
	// parseShare is the part of the time that parsing may take, one in so many,
	// and parseBurst what it may take at once.
	parseShare = 200
	parseBurst = 5 * time.Millisecond
)

// scanner finds words in live output. It is for one goroutine.
type scanner struct {
	session *Session
	slots   map[procs.ID]*scanned
	lines   uint64        // of the session, by the last look
	passed  atomic.Uint64 // lines that were not looked at
	buf     []byte
	credit  time.Duration // what parsing may take now
	paid    time.Time     // when that was last added to
}

// scanned is how far the output of a slot has been read.
type scanned struct {
	reader *output.Reader
	begun  map[int]*mark  // by writer; 0 where that is not known
	told   map[int]uint64 // up to which line a writer's words have been parsed
	flood  bool           // lines were passed over in the last look
}

// mark is where words begin.
type mark struct {
	from uint64
	at   time.Time
}

// maxWriters bounds the writers of one slot that are kept apart.
const maxWriters = 4096

// run looks until ctx is done.
func (c *scanner) run(ctx context.Context) {
	c.slots = map[procs.ID]*scanned{}
	c.buf = make([]byte, 0, 256<<10)
	defer func() {
		for _, s := range c.slots {
			s.reader.Close()
		}
	}()
	var version uint64
	tick := time.NewTimer(0)
	defer tick.Stop()
	<-tick.C
	for ctx.Err() == nil {
		if !c.marked() {
			version = c.session.cfg.Store.Wait(ctx, version)
		}
		c.look(time.Now())
		tick.Reset(scanEvery)
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
	c.look(time.Now().Add(wordsMost)) // what has just been printed
}

// marked reports whether words wait to be parsed.
func (c *scanner) marked() bool {
	for _, s := range c.slots {
		if len(s.begun) > 0 {
			return true
		}
	}
	return false
}

// look reads what is new in each slot.
func (c *scanner) look(now time.Time) {
	if lines := c.session.cfg.Store.Next(); lines != c.lines || c.marked() {
		c.lines = lines
		c.lookAtAll(now)
	}
}

func (c *scanner) lookAtAll(now time.Time) {
	seen := map[procs.ID]bool{}
	for _, p := range c.session.sup.Pools() {
		for i := range p.Slots {
			id := p.Slots[i].ID
			seen[id] = true
			s := c.slots[id]
			if s == nil {
				if c.session.cfg.Store.Slot(id).Next() == 0 {
					continue
				}
				s = &scanned{reader: c.session.cfg.Store.Stream(procs.SlotSource(id), 0), begun: map[int]*mark{}, told: map[int]uint64{}}
				c.slots[id] = s
			}
			c.read(id, s, now)
			c.parse(id, s, now)
		}
	}
	for id, s := range c.slots {
		if !seen[id] {
			s.reader.Close()
			delete(c.slots, id)
		}
	}
}

// done is a context in which nothing is waited for.
var done = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

// read looks at the first bytes of each line that has come.
func (c *scanner) read(id procs.ID, s *scanned, now time.Time) {
	pending := s.reader.Pending()
	if s.flood = pending > scanLines; s.flood {
		c.passed.Add(pending - scanLines)
		s.reader.Close()
		s.reader = c.session.cfg.Store.Stream(procs.SlotSource(id), c.session.cfg.Store.Slot(id).Next()-scanLines)
		pending = scanLines
	}
	for pending > 0 {
		chunk, err := s.reader.Chunk(done, c.buf)
		if err != nil {
			return // there is no more
		}
		pending -= min(pending, uint64(chunk.Lines)+chunk.Missed)
		if chunk.Stream == procs.Muster || chunk.Missed > 0 {
			continue
		}
		s.marks(&chunk, now)
	}
}

// marks notes each line of a chunk with which words may begin.
func (s *scanned) marks(chunk *output.Chunk, now time.Time) {
	seq := chunk.Seq
	for text := chunk.Text; len(text) > 0; seq++ {
		end := bytes.IndexByte(text, '\n')
		if end < 0 {
			end = len(text) - 1
		}
		if crash.Begins(text[:end]) {
			s.mark(chunk.PID, seq, now)
		}
		text = text[end+1:]
	}
}

// mark notes that words of a writer may begin at a line.
func (s *scanned) mark(pid int, seq uint64, now time.Time) {
	if s.begun[pid] != nil || seq < s.told[pid] {
		return // it belongs to those, or has been read with others
	}
	if len(s.told) > maxWriters {
		clear(s.told)
	}
	s.begun[pid] = &mark{seq, now}
}

// mayParse reports whether parsing has not taken too much of the time lately.
func (c *scanner) mayParse(now time.Time) bool {
	c.credit = min(parseBurst, c.credit+max(0, now.Sub(c.paid))/parseShare)
	c.paid = now
	return c.credit > 0
}

// parse reads words that have had the time to be complete. In a flood they are
// taken as they are, while they are at hand.
func (c *scanner) parse(id procs.ID, s *scanned, now time.Time) {
	for pid, m := range s.begun {
		if behind := c.session.cfg.Store.Slot(id).Next() - m.from; behind > farBehind {
			c.passed.Add(wordsLines)
			delete(s.begun, pid)
			continue
		}
		age := now.Sub(m.at)
		if age < wordsRest && !s.flood || !c.mayParse(now) {
			continue
		}
		begun := time.Now()
		src := procs.SlotSource(id)
		src.PID = pid
		page, err := c.session.Output(procs.Query{Source: src, From: m.from, Max: wordsLines})
		if err != nil {
			page.Lines = nil // only a bad pattern is an error, and there is none
		}
		words := crash.Parse(page.Lines)
		c.credit -= time.Since(begun)
		if n := len(words); n > 0 && words[n-1].Cut && age < wordsMost && len(page.Lines) < wordsLines {
			continue // the rest may come
		}
		delete(s.begun, pid)
		s.told[pid] = page.Next
		for _, w := range words {
			c.tell(id, pid, w)
		}
	}
}

// tell passes on words of a process that goes on. Those that end a process are
// read again when it has ended; what a program has logged or caught, it has
// coped with.
func (c *scanner) tell(id procs.ID, pid int, w crash.Words) {
	if w.Logged || w.Caught || w.Scope == crash.EndsProcess {
		return
	}
	if w.PID != 0 {
		pid = w.PID
	}
	if i, ok := c.session.heard(id, pid); ok {
		i.told = []tale{{words: w}}
		c.session.crashes.add(i)
	}
}
