package output

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"example.com/muster/procs"
)

// Config says what a store keeps and where. The zero value keeps the default
// amounts in memory, and no log.
type Config struct {
	Lines      int    // per slot; default 50,000
	Bytes      int64  // of memory per slot; default 16 MiB
	TotalBytes int64  // of memory over all slots; default 128 MiB; the largest ring gives way first
	Dir        string // of this session's log; "" for none; created when first needed
	// DiskBytes bounds the log; default 2 GiB. The oldest segments make room.
	DiskBytes    int64
	SegmentBytes int64            // of one log file; default 64 MiB
	Now          func() time.Time // nil for time.Now
	// Notice is told, once per kind, that the log cannot be written or has
	// reached its limit. It is called under no lock, by whoever writes output.
	Notice func(text string)
	// Renew is told what a notice says now that a number in it has grown: for each
	// log that cannot be written, once a second. With news what it says had been over and has
	// come about again. It is called as Notice is.
	Renew func(was, text string, news bool)
}

func (c Config) withDefaults() Config {
	c.Lines = orDefault(c.Lines, 50_000)
	c.Bytes = orDefault(c.Bytes, 16<<20)
	c.TotalBytes = orDefault(c.TotalBytes, 128<<20)
	c.DiskBytes = orDefault(c.DiskBytes, 2<<30)
	c.SegmentBytes = orDefault(c.SegmentBytes, 64<<20)
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

func orDefault[T int | int64](v, d T) T {
	if v <= 0 {
		return d
	}
	return v
}

// Store keeps the output of all slots of a session. All its methods may be
// called concurrently.
type Store struct {
	config    Config
	wake      wake
	merge     merge
	pool      blockPool
	disk      disk
	flusher   flusher
	notices   notices
	patterns  patterns
	ringBytes atomic.Int64 // memory of all rings

	mu    sync.RWMutex
	byID  map[procs.ID]*Slot
	slots atomic.Pointer[[]*Slot] // in the order of their making; grows only

	trimming  sync.Mutex // held by whoever makes rings give way
	enforcing sync.Mutex // held by whoever removes segments
	closing   atomic.Bool
	closed    atomic.Bool
	closeOnce sync.Once
	done      chan struct{}
	held      atomic.Pointer[Reader] // see [Reader.Hold]
}

// New returns a store. It touches no file and starts nothing until there is
// output. Close it to write out what is pending.
func New(c Config) *Store {
	c = c.withDefaults()
	s := &Store{config: c, byID: map[procs.ID]*Slot{}, done: make(chan struct{})}
	s.slots.Store(&[]*Slot{})
	s.notices.to, s.notices.renew = c.Notice, c.Renew
	s.flusher.after, s.flusher.look = s.settle, func() { s.look(false) }
	s.disk = disk{
		dir: c.Dir, files: files{create: createFile, reopen: reopenFile, replace: replaceFile},
		segmentBytes: min(c.SegmentBytes, max(c.DiskBytes/4, 4<<10)), maxOpen: maxOpenLogs(),
		now: s.now, notices: &s.notices, flusher: &s.flusher, leaps: c.DiskBytes >= 2*c.TotalBytes,
	}
	if c.Dir != "" {
		s.merge.spill.create = func() (*os.File, error) { return nameless(c.Dir) }
	}
	return s
}

// nameless returns a new file in dir that is gone once it is closed.
func nameless(dir string) (*os.File, error) {
	f, err := os.CreateTemp(dir, ".order-*")
	if err != nil {
		return nil, fmt.Errorf("cannot keep the order of lines: %w", err)
	}
	if err := os.Remove(f.Name()); err != nil {
		_ = f.Close() // nothing is in it
		return nil, fmt.Errorf("cannot keep the order of lines: %w", err)
	}
	return f, nil
}

func (s *Store) now() int64 { return s.config.Now().UnixNano() }

// Slot returns the slot of that name, making it if it is new.
func (s *Store) Slot(id procs.ID) *Slot {
	if sl := s.lookup(id); sl != nil {
		return sl
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if sl := s.byID[id]; sl != nil {
		return sl
	}
	all := *s.slots.Load()
	sl := &Slot{store: s, id: id, index: uint32(len(all))}
	sl.ring = ring{maxLines: uint64(s.config.Lines), maxBytes: s.config.Bytes, pool: &s.pool}
	if s.config.Dir != "" {
		sl.log = newSlotLog(&s.disk, id)
		sl.log.opened = sl.formatOpen
	}
	all = append(all, sl) // those who hold the old slice do not look past its end
	s.slots.Store(&all)
	s.byID[id] = sl
	return sl
}

// lookup returns the slot of that name, or nil.
func (s *Store) lookup(id procs.ID) *Slot {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.byID[id]
}

// all returns the slots. The slice is not to be changed.
func (s *Store) all() []*Slot { return *s.slots.Load() }

// Version returns a number that grows with all that is written.
func (s *Store) Version() uint64 { return s.wake.version.Load() }

// Wait returns the version once it is above after, or ctx is done.
func (s *Store) Wait(ctx context.Context, after uint64) uint64 { return s.wake.wait(ctx, after) }

// Flush writes out what is pending for the log.
func (s *Store) Flush() {
	for _, sl := range s.all() {
		if sl.log != nil {
			sl.log.flush()
		}
	}
	s.settle()
}

// Close ends all lines, writes out what is pending and closes the log. What
// was kept can still be read; readers get [io.EOF] at its end. It returns an
// error if something could not be written to the log, or was removed from it by
// somebody else.
func (s *Store) Close() error {
	s.closeOnce.Do(func() {
		s.closing.Store(true)
		for _, sl := range s.all() {
			sl.EndRun()
		}
		s.flusher.stop()
		s.look(true)
		for _, sl := range s.all() {
			if sl.log != nil {
				sl.log.end()
			}
		}
		s.notices.deliver() // while there are still readers
		s.closed.Store(true)
		close(s.done)
		s.moved()
	})
	var lost []string
	if text := s.disk.removed(); text != "" {
		lost = append(lost, text)
	}
	if n := s.disk.lostBytes.Load(); n > 0 {
		lost = append(lost, fmt.Sprintf("cannot write the log in %s: %s: %d bytes were lost from it", filepath.Clean(s.config.Dir), *s.disk.refused.Load(), n))
	}
	if len(lost) == 0 {
		return nil
	}
	return errors.New(strings.Join(lost, "; "))
}

// Done is closed once the store has been.
func (s *Store) Done() <-chan struct{} { return s.done }

// moved is called after something was added, under no lock: it keeps the
// bounds and wakes who waits.
func (s *Store) moved() {
	if s.ringBytes.Load() > s.config.TotalBytes {
		s.trim()
	}
	if s.merge.spill.waiting.Load() > 0 {
		s.merge.writeSpill()
	}
	s.settle()
	s.wake.bump()
}

// settle keeps the disk budget and delivers notices.
func (s *Store) settle() {
	if s.disk.used.Load() > s.config.DiskBytes {
		s.enforce()
	}
	s.notices.deliver()
}
