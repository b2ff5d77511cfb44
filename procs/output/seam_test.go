package output

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"testing"
	"time"

	"example.com/muster/procs"
)

// printedLines fills a store with n lines of several writers in two pools, the
// writer changing often, and returns them in order of arrival.
func printedLines(s *Store, c *clock, n int) (all []procs.Line) {
	r := rand.New(rand.NewPCG(1, 2))
	streams := []procs.Stream{procs.Stdout, procs.Stderr, procs.Terminal}
	for len(all) < n {
		slot := r.IntN(6)
		id := procs.ID{Pool: string(rune('a' + slot%2)), Slot: slot / 2}
		stream, pid := streams[slot%3], 100+slot*10+r.IntN(3)
		var text []byte
		for range 1 + r.IntN(4) {
			line := fmt.Appendf(nil, "line %d of %v \x1b[1mby\x1b[0m %d", len(all), id, pid)
			all = append(all, procs.Line{Seq: uint64(len(all)), ID: id, At: c.now(), Stream: stream, PID: pid, Text: line})
			text = append(append(text, line...), '\n')
		}
		s.Slot(id).Write(stream, pid, text)
		if r.IntN(3) == 0 {
			c.pass(time.Millisecond)
		}
	}
	return all
}

// ofSource returns the lines of a source, numbered as it numbers them.
func ofSource(all []procs.Line, src procs.Source) (own []procs.Line) {
	next := uint64(0)
	for _, l := range all {
		if src.Pool != "" && l.ID.Pool != src.Pool || src.OneSlot && l.ID.Slot != src.Slot {
			continue
		}
		if src.OneSlot {
			l.Seq = next
			next++
		}
		if src.PID == 0 || l.PID == src.PID {
			own = append(own, l)
		}
	}
	return own
}

// paged reads a source page by page, forward or backward, to its end.
func paged(t *testing.T, s *Store, q procs.Query) (lines []procs.Line, missed uint64) {
	t.Helper()
	if q.Backward {
		q.From = procs.NewestLine
	}
	for {
		page := query(t, s, q)
		missed += page.Missed
		if q.Backward {
			slices.Reverse(page.Lines)
		}
		lines = append(lines, page.Lines...)
		if page.Next == q.From || q.Backward && page.Next <= page.Oldest || !q.Backward && page.Next >= page.End {
			break
		}
		q.From = page.Next
	}
	if q.Backward {
		slices.Reverse(lines)
	}
	return lines, missed
}

func sameLines(t *testing.T, what string, got, want []procs.Line) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d lines, want %d", what, len(got), len(want))
		return
	}
	for i := range got {
		g, w := got[i], want[i]
		if g.Seq != w.Seq || g.ID != w.ID || g.PID != w.PID || g.Stream != w.Stream || !bytes.Equal(g.Text, w.Text) ||
			g.At.Truncate(time.Millisecond) != w.At.Truncate(time.Millisecond) {
			t.Errorf("%s: line %d is %+v %q, want %+v %q", what, i, g, g.Text, w, w.Text)
			return
		}
	}
}

var seamSources = []procs.Source{
	{},
	{Pool: "a"},
	{Pool: "b", OneSlot: true, Slot: 1},
	{Pool: "a", OneSlot: true, Slot: 2, PID: 141},
	{Pool: "b", PID: 112},
}

// TestAcrossTheSeam: lines that only the disk has are as those of the ring, by
// number, order, writer and time, from both ends and by search.
func TestAcrossTheSeam(t *testing.T) {
	const n = 100_000
	c := &clock{t: time.Unix(1e9, 0)}
	s := New(Config{Dir: t.TempDir(), Lines: 100, SegmentBytes: 256 << 10, Now: c.now})
	defer func() { must(t, s.Close()) }()
	all := printedLines(s, c, n)
	for _, src := range seamSources {
		want := ofSource(all, src)
		for _, backward := range []bool{false, true} {
			what := fmt.Sprintf("%+v, backward %v", src, backward)
			got, missed := paged(t, s, procs.Query{Source: src, Max: 997, Backward: backward})
			if missed > 0 {
				t.Errorf("%s: %d lines missed", what, missed)
			}
			sameLines(t, what, got, want)
			for match, not := range map[string]bool{"line [0-9]*77 of": false, "by 1[14]2$": true, "(?i)LINE 12345 ": false} {
				re := regexp.MustCompile(match)
				fits := slices.DeleteFunc(slices.Clone(want), func(l procs.Line) bool { return re.Match(plain(nil, l.Text)) == not })
				got, _ := paged(t, s, procs.Query{Source: src, Max: 900, ScanLimit: 30_000, Backward: backward, Match: match, Not: not})
				sameLines(t, what+", matching "+match, got, fits)
			}
		}
	}
}

// TestAcrossTheSeamWithinABudget: what had to make room is counted, and what
// is left is as it was.
func TestAcrossTheSeamWithinABudget(t *testing.T) {
	c := &clock{t: time.Unix(1e9, 0)}
	s := New(Config{Dir: t.TempDir(), Lines: 100, SegmentBytes: 64 << 10, DiskBytes: 3 << 20, Now: c.now})
	defer func() { must(t, s.Close()) }()
	all := printedLines(s, c, 200_000)
	for _, src := range seamSources[:3] {
		want := ofSource(all, src)
		var before []procs.Line
		for _, backward := range []bool{false, true} {
			what := fmt.Sprintf("%+v, backward %v", src, backward)
			got, missed := paged(t, s, procs.Query{Source: src, Max: 997, Backward: backward})
			if len(got) < 1000 || len(got) == len(want) {
				t.Fatalf("%s: %d lines of %d", what, len(got), len(want))
			}
			kept := make(map[uint64]bool, len(got))
			for _, l := range got {
				kept[l.Seq] = true
			}
			left := slices.DeleteFunc(slices.Clone(want), func(l procs.Line) bool { return !kept[l.Seq] })
			sameLines(t, what, got, left)
			if backward {
				sameLines(t, what, got, before)
			} else if before = got; src.Pool == "" && int(missed) != len(want)-len(got) {
				t.Errorf("%s: %d lines of %d, %d missed", what, len(got), len(want), missed)
			}
		}
	}
	if kept := len(s.merge.spill.kept); kept > 100 {
		t.Errorf("the order of %d chunks is kept for lines that are gone", kept)
	}
}
