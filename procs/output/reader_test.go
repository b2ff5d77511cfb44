package output

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.com/muster/procs"
)

// TestSlowReader: a reader that is far behind a flood gets every line, from
// the log where the ring has moved on.
func TestSlowReader(t *testing.T) {
	const n = 60_000
	s := New(Config{Dir: t.TempDir(), Lines: 1000, SegmentBytes: 256 << 10})
	sl := s.Slot(procs.ID{Pool: "p"})
	r := s.Stream(procs.SlotSource(sl.id), 0)
	defer r.Close()
	go func() {
		for i := 0; i < n; i += 10 {
			var b strings.Builder
			for j := range 10 {
				fmt.Fprintf(&b, "line %d\n", i+j)
			}
			write(sl, b.String())
		}
		_ = s.Close()
	}()
	ctx, buf := context.Background(), make([]byte, 0, 4<<10)
	for next := 0; ; {
		chunk, err := r.Chunk(ctx, buf)
		if errors.Is(err, io.EOF) {
			if next != n {
				t.Errorf("%d lines, want %d", next, n)
			}
			return
		}
		if err != nil || chunk.Missed > 0 || chunk.Seq != uint64(next) {
			t.Fatalf("line %d: error %v, missed %d, number %d", next, err, chunk.Missed, chunk.Seq)
		}
		for text := range strings.Lines(string(chunk.Text)) {
			if want := fmt.Sprintf("line %d\n", next); text != want {
				t.Fatalf("got %q, want %q", text, want)
			}
			next++
		}
		if next == int(chunk.Seq) || next-int(chunk.Seq) != chunk.Lines {
			t.Fatalf("a chunk of %d lines has %d", chunk.Lines, next-int(chunk.Seq))
		}
	}
}

// TestSlowMergedReader: the order over many slots is kept for as long as the
// lines are, in a file where memory does not hold it.
func TestSlowMergedReader(t *testing.T) {
	const slots, n = 5, 80_000 // more runs than stay in memory
	s := New(Config{Dir: t.TempDir(), Lines: 1000})
	r := s.Stream(procs.Source{}, 0)
	defer r.Close()
	pool := s.Stream(procs.Source{Pool: "odd"}, 0)
	defer pool.Close()
	for i := range n {
		name := "even"
		if i%2 == 1 {
			name = "odd"
		}
		write(s.Slot(procs.ID{Pool: name, Slot: i % slots}), fmt.Sprintf("line %d\n", i))
	}
	if s.merge.spill.file.Load() == nil {
		t.Error("nothing was kept on disk")
	}
	page := query(t, s, procs.Query{From: 0, Max: 1})
	if page.Oldest != 0 || page.Missed != 0 || show(page) != "0:line 0" {
		t.Errorf("a query starts at %d, misses %d: %s", page.Oldest, page.Missed, show(page))
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	readAll(t, r, n, func(i int) int { return i })
	readAll(t, pool, n/2, func(i int) int { return 2*i + 1 })
}

func readAll(t *testing.T, r *Reader, n int, number func(int) int) {
	t.Helper()
	for i := 0; ; {
		c, err := r.Chunk(context.Background(), nil)
		if errors.Is(err, io.EOF) {
			if i != n {
				t.Fatalf("%d lines, want %d", i, n)
			}
			return
		}
		if err != nil || c.Missed > 0 {
			t.Fatalf("after %d lines: error %v, missed %d", i, err, c.Missed)
		}
		if c.Seq != uint64(number(i)) {
			t.Fatalf("got line %d, want %d", c.Seq, number(i))
		}
		for line := range bytes.Lines(c.Text) {
			if want := fmt.Sprintf("line %d\n", number(i)); string(line) != want {
				t.Fatalf("got %q, want %q", line, want)
			}
			i++
		}
	}
}

// atOnce is a clock that stands: lines of one writer are one chunk only where
// they were printed in the same millisecond.
func atOnce() time.Time { return time.Unix(1e9, 0) }

// readSome reads so many chunks and says what came: lines, or how many are gone.
func readSome(t *testing.T, r *Reader, chunks int) string {
	t.Helper()
	var story []string
	for range chunks {
		c, err := r.Chunk(t.Context(), nil)
		switch {
		case err != nil:
			t.Fatal(err)
		case c.Missed > 0:
			story = append(story, fmt.Sprintf("missed %d", c.Missed))
		default:
			first, _, _ := bytes.Cut(c.Text, []byte{'\n'})
			story = append(story, fmt.Sprintf("read %d from %s", c.Lines, first))
		}
	}
	return strings.Join(story, "; ")
}

// TestReaderGap: without a log, a reader is told how much it missed, and every
// line is either read or counted.
func TestReaderGap(t *testing.T) {
	for name, src := range map[string]procs.Source{"slot": procs.SlotSource(procs.ID{Pool: "p"}), "merged": {}} {
		t.Run(name, func(t *testing.T) {
			s, sl := testSlot(t, Config{Lines: 10, Now: atOnce})
			r := s.Stream(src, 0)
			defer r.Close()
			for i := range 25 {
				write(sl, fmt.Sprintf("line %d\n", i))
			}
			if got := readSome(t, r, 2); got != "missed 15; read 10 from line 15" {
				t.Error(got)
			}
		})
	}
}

// TestReaderGapBetween: what is gone is counted where it is gone.
func TestReaderGapBetween(t *testing.T) {
	s, sl := testSlot(t, Config{Lines: 10, Now: atOnce})
	write(s.Slot(procs.ID{Pool: "quiet"}), "before\n")
	for i := range 25 {
		write(sl, fmt.Sprintf("line %d\n", i))
	}
	r := s.Stream(procs.Source{}, 0)
	defer r.Close()
	if got := readSome(t, r, 3); got != "read 1 from before; missed 15; read 10 from line 15" {
		t.Error(got)
	}
}

// TestReaderWaits: a reader that waits gets the line that comes, and ends with
// its context or with the store.
func TestReaderWaits(t *testing.T) {
	s, sl := testSlot(t, Config{})
	write(sl, "old\n")
	r := s.Stream(procs.Source{}, procs.NewestLine)
	defer r.Close()
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		write(sl, "unfinished")
		write(sl, "\nnext")
	})
	chunk, err := r.Chunk(ctx, nil)
	if err != nil || string(chunk.Text) != "unfinished\n" || chunk.Seq != 1 || chunk.ID != sl.id || chunk.Lines != 1 {
		t.Errorf("got %+v, %v", chunk, err)
	}
	wg.Wait()
	time.AfterFunc(time.Millisecond, cancel)
	if _, err := r.Chunk(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
	time.AfterFunc(time.Millisecond, func() { _ = s.Close() })
	if chunk, err := r.Chunk(context.Background(), nil); err != nil || string(chunk.Text) != "next\n" {
		t.Errorf("got %q, %v", chunk.Text, err)
	}
	if _, err := r.Chunk(context.Background(), nil); !errors.Is(err, io.EOF) {
		t.Errorf("got %v, want EOF", err)
	}
	write(sl, "too late\n")
	if n := sl.Next(); n != 3 {
		t.Errorf("%d lines after Close", n)
	}
}

// TestWait: a waiter that is about to wait is not missed.
func TestWait(t *testing.T) {
	var w wake
	const rounds = 20_000
	seen := make(chan uint64)
	go func() {
		for v := uint64(0); v < rounds; seen <- v {
			v = w.wait(context.Background(), v)
		}
	}()
	for i := uint64(1); i <= rounds; i++ {
		w.bump()
		if v := <-seen; v != i {
			t.Fatalf("woken for version %d, want %d", v, i)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if v := w.wait(ctx, rounds); v != rounds {
		t.Errorf("version %d", v)
	}
}

// When the disk is full, a writer waits for the printer rather than print what nobody
// will have read, however much it brings at a time.
func TestAPrinterMissesNothingOnAFullDisk(t *testing.T) {
	const lines = 60_000
	var text []byte
	for i := range lines {
		text = fmt.Appendf(text, "line %d of some length, so that the disk is soon full\n", i)
	}
	for _, block := range []int{50, 3000, 128 << 10} {
		t.Run(fmt.Sprint(block), func(t *testing.T) {
			d := &fullDisk{}
			d.room.Store(1 << 20)
			s, sl := testSlot(t, Config{Dir: t.TempDir(), Lines: 6_000}) // more than wait to be written to a file
			s.disk.files = d.files()
			r := s.Stream(procs.Source{}, 0)
			defer r.Close()
			r.Hold()
			go func() {
				for at := 0; at < len(text); at += block {
					if at >= len(text)/2 { // it is written again
						d.room.Store(1 << 30)
					}
					sl.Write(procs.Stdout, 0, text[at:min(len(text), at+block)])
				}
				_ = s.Close() // which tells of what is not in the log
			}()
			for version := uint64(0); sl.hole.Load() == 0; { // it reads once all is full, far behind who writes
				version = s.Wait(t.Context(), version)
			}
			readAllOf(t, r, lines)
		})
	}
}

// TestAPrinterThatStandsStillIsWaitedForOnce: a full disk and a printer that does not
// go on hold up who writes for a moment and not at each write, until it goes on.
func TestAPrinterThatStandsStillIsWaitedForOnce(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s, sl := testSlot(t, Config{Dir: dir, Lines: 100})
		s.disk.files = (&fullDisk{}).files()
		r := s.Stream(procs.Source{}, 0)
		defer r.Close()
		r.Hold()
		writeMany := func() time.Duration {
			began := time.Now()
			for range 500 {
				sl.Write(procs.Stdout, 0, []byte("one line\n"))
			}
			return time.Since(began)
		}
		for i, want := range []time.Duration{heldFor, 0} {
			if took := writeMany(); took != want {
				t.Errorf("500 lines, time %d: held up for %v, want %v", i+1, took, want)
			}
		}
		if _, err := r.Chunk(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		if took := writeMany(); took != heldFor {
			t.Errorf("after it has gone on: held up for %v, want %v", took, heldFor)
		}
	})
}

// readAllOf reads so many lines, of which none may be gone.
func readAllOf(t *testing.T, r *Reader, lines int) {
	t.Helper()
	for want := 0; ; {
		c, err := r.Chunk(context.Background(), make([]byte, 0, 4<<10))
		switch {
		case err == io.EOF && want == lines:
			return
		case err != nil:
			t.Fatalf("after %d lines: %v", want, err)
		case c.Missed > 0:
			t.Fatalf("%d lines are gone after %d", c.Missed, want)
		}
		if !bytes.HasPrefix(c.Text, fmt.Appendf(nil, "line %d ", want)) {
			t.Fatalf("line %d: %.20q", want, c.Text)
		}
		want += c.Lines
	}
}
