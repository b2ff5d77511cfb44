package output

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// told is what a reader of a log was given: how many lines, and where it was told that
// some are missing.
type told struct {
	lines int
	holes []string
}

func (r *told) take(c Chunk) {
	if c.Missed > 0 {
		r.holes = append(r.holes, fmt.Sprintf("%d from %d on", c.Missed, c.Seq))
	}
}

// read reads on what there is, and asserts that the lines are those that come next.
func (r *told) read(t *testing.T, s *Scan, printed []string) {
	t.Helper()
	for {
		c, ok := s.Next(nil)
		if !ok {
			return
		}
		if r.take(c); c.Missed > 0 {
			continue
		}
		for _, text := range strings.Split(strings.TrimSuffix(string(c.Text), "\n"), "\n") {
			for printed[r.lines] != text {
				r.lines++ // missing
				if r.lines == len(printed) {
					t.Fatalf("%q was not printed, or has been read before", text)
				}
			}
			r.lines++
		}
	}
}

// TestHoles: of lines that the disk refused a reader of the log learns how many there were and where,
// while the disk is full, when it has room again, and after the end.
func TestHoles(t *testing.T) {
	for room := int64(0); room < 300<<10; room += 23 << 10 {
		t.Run(fmt.Sprint(room), func(t *testing.T) {
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) { testHoles(t, dir, room) })
		})
	}
}

func testHoles(t *testing.T, dir string, room int64) {
	d := &fullDisk{}
	s, sl := testSlot(t, Config{Dir: dir})
	s.disk.files = d.files()
	var printed []string
	prints := func(n int) {
		var text strings.Builder
		for range n {
			printed = append(printed, fmt.Sprintf("line %d", len(printed)))
			text.WriteString(printed[len(printed)-1] + "\n")
			if text.Len() > 20<<10 {
				write(sl, text.String())
				text.Reset()
				time.Sleep(2 * time.Millisecond) // another record of the index
			}
		}
		write(sl, text.String())
		time.Sleep(2 * FlushEvery)
		synctest.Wait()
	}
	d.room.Store(1 << 30)
	prints(10)
	d.room.Store(room)
	follower, follows := scan(t, dir, ScanOptions{Live: true}), told{}
	follows.read(t, follower, printed)
	searcher, searches := scan(t, dir, ScanOptions{Live: true, Match: "nothing like it"}), told{}
	search := func() {
		must(t, searcher.Look(false))
		for c, ok := searcher.Next(nil); ok; c, ok = searcher.Next(nil) {
			searches.take(c)
		}
	}
	const most = 40_000
	prints(most)
	var full told
	full.read(t, scan(t, dir, ScanOptions{Live: true}), printed)
	if want := fmt.Sprintf("[%d from %d on]", len(printed)-full.lines, full.lines); fmt.Sprint(full.holes) != want {
		t.Errorf("while it is full: %d lines are read, missing %v, want %v", full.lines, full.holes, want)
	}
	must(t, follower.Look(false))
	follows.read(t, follower, printed)
	search()
	d.room.Store(1 << 30)
	time.Sleep(2 * time.Second)
	synctest.Wait()
	prints(3)
	must(t, follower.Look(false))
	follows.read(t, follower, printed)
	var after told
	after.read(t, scan(t, dir, ScanOptions{Live: true}), printed)
	lost := int(s.Stats().LostLines)
	if want := fmt.Sprintf("[%d from %d on]", lost, most+10-lost); fmt.Sprint(after.holes) != want || after.lines != len(printed) {
		t.Errorf("when it has room again: missing %v, want %v; the last line is %d", after.holes, want, after.lines)
	}
	search()
	if follows.lines != len(printed) || len(follows.holes) != 1 || len(searches.holes) != 1 {
		t.Errorf("who follows: missing %v, the last line is %d; who searches: %v", follows.holes, follows.lines, searches.holes)
	}
	d.room.Store(0)
	prints(2000)
	if err := s.Close(); err == nil {
		t.Error("all has been written")
	}
	var end told
	end.read(t, scan(t, dir, ScanOptions{}), printed)
	if want := fmt.Sprintf("[%s 2000 from %d on]", after.holes[0], after.lines); end.lines != after.lines || fmt.Sprint(end.holes) != want {
		t.Errorf("after the end: missing %v, want %v; the last line is %d", end.holes, want, end.lines)
	}
}

// TestHolesAreToldInPassing: whoever searches is told of a hole in what is passed over, and
// nobody of one outside of the time that is asked for, or before the last lines.
func TestHolesAreToldInPassing(t *testing.T) {
	dir, c, d := t.TempDir(), &clock{t: time.Unix(1e9, 0)}, &fullDisk{}
	s, sl := testSlot(t, Config{Dir: dir, Now: c.now})
	s.disk.files = d.files()
	for i := range 3 {
		d.room.Store(1 << 30)
		for range 1000 {
			write(sl, strings.Repeat(fmt.Sprintf("line of part %d\n", i), 100))
			c.pass(2 * time.Millisecond)
		}
		s.Flush()
		d.room.Store(0)
		write(sl, strings.Repeat("lost\n", 40_000))
		c.pass(2 * time.Second)
	}
	d.room.Store(1 << 30)
	write(sl, "end\n")
	s.Flush()
	for what, tt := range map[string]struct {
		o    ScanOptions
		want string
	}{
		"everything":             {ScanOptions{}, "[40000 from 100000 on 40000 from 240000 on 40000 from 380000 on]"},
		"nothing found":          {ScanOptions{Match: "nothing like it"}, "[40000 from 100000 on 40000 from 240000 on 40000 from 380000 on]"},
		"not":                    {ScanOptions{Match: "line", Not: true}, "[40000 from 100000 on 40000 from 240000 on 40000 from 380000 on]"},
		"since the second part":  {ScanOptions{Since: time.Unix(1e9+5, 0)}, "[40000 from 240000 on 40000 from 380000 on]"},
		"until the second part":  {ScanOptions{Until: time.Unix(1e9+5, 0)}, "[40000 from 100000 on]"},
		"the middle of one hole": {ScanOptions{Since: time.Unix(1e9+3, 0), Until: time.Unix(1e9+3, 0)}, "[40000 from 100000 on]"},
	} {
		var got told
		r := scan(t, dir, tt.o)
		for c, ok := r.Next(nil); ok; c, ok = r.Next(nil) {
			got.take(c)
		}
		if fmt.Sprint(got.holes) != tt.want {
			t.Errorf("%s: missing %v, want %s", what, got.holes, tt.want)
		}
	}
	for n, want := range map[int]int{1: 0, 2: 1, 100_001: 1, 100_002: 2} {
		holes := 0
		for _, c := range scan(t, dir, ScanOptions{Last: n}).Last(n) {
			if c.Missed > 0 {
				holes++
			}
		}
		if holes != want {
			t.Errorf("in the last %d lines: %d holes, want %d", n, holes, want)
		}
	}
}

// TestRemovedLinesAreTold: lines that made room for newer ones are told as such.
func TestRemovedLinesAreTold(t *testing.T) {
	dir := t.TempDir()
	s, sl := testSlot(t, Config{Dir: dir, DiskBytes: 64 << 10})
	for range 100 {
		write(sl, strings.Repeat("line\n", 1000))
	}
	must(t, s.Close())
	c, _ := scan(t, dir, ScanOptions{}).Next(nil)
	if c.Seq != 0 || c.Missed == 0 || !c.Removed || int64(c.Missed) != s.Stats().RemovedLines {
		t.Errorf("told %+v, %d have been removed", c, s.Stats().RemovedLines)
	}
}
