package output

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/muster/procs"
)

// floods writes pieces of numbered lines as one that floods does, the last line of
// each unfinished, and returns the lines.
func floods(sl *Slot, pieces, size int) (lines []string) {
	var rest string
	for range pieces {
		var b strings.Builder
		b.WriteString(rest)
		for b.Len() < size {
			line := fmt.Sprintf("%d %s", len(lines), strings.Repeat("x", len(lines)%150))
			lines = append(lines, line)
			b.WriteString(line + "\n")
		}
		text := b.String()
		write(sl, text[:len(text)-1])
		rest = "\n"
	}
	write(sl, rest)
	return lines
}

func texts(lines []procs.Line) (texts []string) {
	for _, l := range lines {
		texts = append(texts, string(l.Text))
	}
	return texts
}

// wholeLines asserts that the lines are those printed, one after the other.
func wholeLines(t *testing.T, got []procs.Line, want []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d lines, want %d", len(got), len(want))
	}
	for i, text := range texts(got) {
		if text != want[i] || got[i].Seq != uint64(i) {
			t.Fatalf("line %d is number %d, %q, want %q", i, got[i].Seq, clip(text), clip(want[i]))
		}
	}
}

// TestFlood: of a flood that is in the log the ring holds the end only, and all of it
// can be read, in both directions and by whoever follows.
func TestFlood(t *testing.T) {
	s, sl := testSlot(t, Config{Dir: t.TempDir()})
	write(sl, "0 \n") // before it
	follower := s.Stream(procs.SlotSource(sl.id), 0)
	lines := floods(sl, 40, 200<<10)
	lines = append([]string{"0 "}, lines...)
	write(sl, "after\n")
	lines = append(lines, "after")
	if held := sl.ring.next - sl.ring.oldest(); s.ringBytes.Load() > 512<<10 || held > 2000 {
		t.Errorf("the ring holds %d lines in %d bytes", held, s.ringBytes.Load())
	}
	src := procs.SlotSource(sl.id)
	wholeLines(t, allLines(t, s, src), lines)
	wholeLines(t, allLines(t, s, procs.Source{}), lines)
	page := query(t, s, procs.Query{Source: src, From: procs.NewestLine, Backward: true, Max: 5000})
	if got := strings.Join(texts(page.Lines), "\n"); got != strings.Join(lines[len(lines)-5000:], "\n") {
		t.Errorf("backwards come %d lines that are others", len(page.Lines))
	}
	var followed strings.Builder
	for n := 0; n < len(lines); {
		chunk, err := follower.Chunk(t.Context(), nil)
		if err != nil || chunk.Missed > 0 {
			t.Fatalf("%v, %d are missed", err, chunk.Missed)
		}
		followed.Write(chunk.Text)
		n += chunk.Lines
	}
	if followed.String() != strings.Join(lines, "\n")+"\n" {
		t.Errorf("who follows has read %d bytes that are others", followed.Len())
	}
}

// TestFloodThatFillsTheDisk: what the ring lets go of is on the disk, also where
// that is full in the middle of a flood.
func TestFloodThatFillsTheDisk(t *testing.T) {
	for room := int64(700 << 10); room < 1300<<10; room += 37 << 10 {
		synctest.Test(t, func(t *testing.T) {
			c, d := &clock{t: time.Unix(1e9, 0)}, &fullDisk{}
			s, sl := testSlot(t, Config{Dir: t.TempDir(), Now: c.now})
			s.disk.files = d.files()
			d.room.Store(room)
			lines := floods(sl, 10, 150<<10)
			if s.Stats().LostBytes == 0 {
				t.Fatal("the disk has not refused anything")
			}
			wholeLines(t, allLines(t, s, procs.SlotSource(sl.id)), lines)
		})
	}
}

// TestFloodWithoutEnoughDisk: where the log may let go of lines sooner than the ring
// would, or where there is none, the ring holds what it can.
func TestFloodWithoutEnoughDisk(t *testing.T) {
	for name, c := range map[string]Config{"no log": {}, "a small one": {Dir: t.TempDir(), DiskBytes: 200 << 20}} {
		s, sl := testSlot(t, c)
		lines := floods(sl, 10, 200<<10)
		if sl.ring.oldest() != 0 {
			t.Errorf("%s: the ring has let go of %d lines of %d", name, sl.ring.oldest(), len(lines))
		}
		wholeLines(t, allLines(t, s, procs.SlotSource(sl.id)), lines)
	}
}
