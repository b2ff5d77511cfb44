package output

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"example.com/muster/procs"
)

// TestRingModel compares a ring with a plain slice of lines while it grows and
// lets go, for limits of lines and of bytes.
func TestRingModel(t *testing.T) {
	for _, limit := range []Config{
		{Lines: 7}, {Lines: 1000}, {Lines: 1 << 20, Bytes: 4 << 10}, {Lines: 1 << 20, Bytes: 100 << 10}, {Lines: 5000, Bytes: 1 << 20},
	} {
		t.Run(fmt.Sprintf("%d lines %d bytes", limit.Lines, limit.Bytes), func(t *testing.T) {
			s, sl := testSlot(t, limit)
			rnd := rand.New(rand.NewPCG(1, uint64(limit.Lines)))
			var model []string
			for range 300 {
				var b strings.Builder
				for range 1 + rnd.IntN(30) {
					line := strings.Repeat(string(rune('a'+rnd.IntN(26))), sizeOf(rnd))
					model = append(model, line)
					b.WriteString(line + "\n")
				}
				sl.Write(procs.Stdout, rnd.IntN(3), []byte(b.String()))
				checkRing(t, s, sl, model, rnd)
			}
		})
	}
}

// sizeOf returns a length of a line: mostly short, sometimes long.
func sizeOf(rnd *rand.Rand) int {
	if rnd.IntN(40) == 0 {
		return rnd.IntN(3000)
	}
	return rnd.IntN(80)
}

func checkRing(t *testing.T, s *Store, sl *Slot, model []string, rnd *rand.Rand) {
	t.Helper()
	oldest, next := sl.ring.oldest(), sl.Next()
	if next != uint64(len(model)) {
		t.Fatalf("next is %d after %d lines", next, len(model))
	}
	if n := next - oldest; n > uint64(s.config.Lines) || n == 0 {
		t.Fatalf("%d lines are kept, the limit is %d", n, s.config.Lines)
	}
	if sl.ring.bytes > s.config.Bytes && len(sl.ring.blocks) > 1 {
		t.Fatalf("%d bytes are held, the limit is %d", sl.ring.bytes, s.config.Bytes)
	}
	from := oldest + rnd.Uint64N(next-oldest)
	backward := rnd.IntN(2) == 0
	page, err := s.Query(procs.Query{Source: procs.SlotSource(sl.id), From: from, Backward: backward, Max: 1 + rnd.IntN(100)})
	if err != nil {
		t.Fatal(err)
	}
	if page.Oldest != oldest || page.End != next || page.Missed != 0 {
		t.Fatalf("bounds %d..%d missed %d, want %d..%d missed 0", page.Oldest, page.End, page.Missed, oldest, next)
	}
	want := from
	if backward {
		want = from - uint64(len(page.Lines))
	}
	for _, l := range page.Lines {
		if l.Seq != want || string(l.Text) != model[want] {
			t.Fatalf("line %d is %q, want line %d %q", l.Seq, l.Text, want, model[want])
		}
		want++
	}
}

// TestConcurrent writes to a slot from several goroutines while others read
// it: each writer's lines come whole and in its own order, and no page has a
// hole.
func TestConcurrent(t *testing.T) {
	const writers, lines = 4, 3000
	s, sl := testSlot(t, Config{Lines: 500, Dir: t.TempDir(), SegmentBytes: 64 << 10})
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range lines {
				text := fmt.Appendf(nil, "writer %d line %d\n", w, i)
				half := i % len(text)
				sl.Write(procs.Stdout, w+1, text[:half])
				sl.Write(procs.Stdout, w+1, text[half:])
			}
		})
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for ended := false; !ended; {
				select {
				case <-done:
					ended = true
				default:
				}
				checkOrder(t, s, sl.id, writers)
			}
		})
	}
	readers.Wait()
	next := make([]int, writers)
	for _, l := range allLines(t, s, procs.SlotSource(sl.id)) {
		want := fmt.Sprintf("writer %d line %d", l.PID-1, next[l.PID-1])
		if string(l.Text) != want {
			t.Fatalf("got %q, want %q", l.Text, want)
		}
		next[l.PID-1]++
	}
	for w, n := range next {
		if n != lines {
			t.Errorf("%d lines of writer %d, want %d", n, w, lines)
		}
	}
}

func checkOrder(t *testing.T, s *Store, id procs.ID, writers int) {
	page, err := s.Query(procs.Query{Source: procs.SlotSource(id), From: procs.NewestLine, Backward: true, Max: 300})
	if err != nil {
		t.Error(err)
	}
	last := make([]int, writers+1)
	for i, l := range page.Lines {
		var w, n int
		if l.Seq != page.Lines[0].Seq+uint64(i) {
			t.Errorf("line %d follows line %d", l.Seq, page.Lines[i-1].Seq)
		}
		if l.Partial {
			continue
		}
		if _, err := fmt.Sscanf(string(l.Text), "writer %d line %d", &w, &n); err != nil || w+1 != l.PID || (last[l.PID] > 0 && n != last[l.PID]+1) {
			t.Errorf("line %q of %d after its line %d", l.Text, l.PID, last[l.PID])
		}
		last[l.PID] = n
	}
}

// TestTotalBytes: the largest ring gives way, the small ones keep all.
func TestTotalBytes(t *testing.T) {
	s := New(Config{TotalBytes: 2 << 20, Lines: 1 << 20})
	defer func() { _ = s.Close() }()
	small := s.Slot(procs.ID{Pool: "small"})
	small.Write(procs.Stdout, 0, []byte("one\ntwo\n"))
	for i := range 3 {
		for range 40 {
			s.Slot(procs.ID{Pool: "flood", Slot: i}).Write(procs.Stdout, 0, printed)
		}
	}
	if n := s.Stats().RingBytes; n > 2<<20 {
		t.Errorf("%d bytes are held, the limit is %d", n, 2<<20)
	}
	if page, _ := s.Query(procs.Query{Source: procs.SlotSource(small.id), Max: 10}); len(page.Lines) != 2 {
		t.Errorf("the small ring has %d lines, want 2", len(page.Lines))
	}
	var sum int64
	for _, sl := range s.all() {
		sum += sl.ringBytes()
	}
	if sum != s.Stats().RingBytes {
		t.Errorf("the rings hold %d bytes, %d are counted", sum, s.Stats().RingBytes)
	}
}
