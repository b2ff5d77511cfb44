package output

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/muster/procs"
)

// TestClockJumps: a clock that is set back or forward changes the times that
// lines have, and neither their order nor whether they are found.
func TestClockJumps(t *testing.T) {
	dir, c := t.TempDir(), &clock{t: time.Unix(1e9, 0)}
	s := New(Config{Dir: dir, Now: c.now, SegmentBytes: 4})
	sl := s.Slot(procs.ID{Pool: "p"})
	for i, jump := range []time.Duration{0, -time.Hour, 0, 48 * time.Hour, -24 * time.Hour} {
		c.pass(jump)
		sl.Write(procs.Stdout, 0, []byte{'a' + byte(i), '\n'})
	}
	page, err := s.Query(procs.Query{Source: procs.SlotSource(sl.id), Max: 10})
	if err != nil || len(page.Lines) != 5 || string(page.Lines[4].Text) != "e" || page.Missed != 0 {
		t.Errorf("in memory: %+v, %v", page, err)
	}
	s.Flush()
	if got := scanned(scan(t, dir, ScanOptions{Live: true})); got != "p/0:a p/0:b p/0:c p/0:d p/0:e" {
		t.Errorf("in the log: %s", got)
	}
	if got := scanned(scan(t, dir, ScanOptions{Live: true, Since: time.Unix(1e9, 0)})); got != "p/0:a p/0:d p/0:e" {
		t.Errorf("since a time: %s", got)
	}
	if got := scanned(scan(t, dir, ScanOptions{Live: true, Until: time.Unix(1e9, 0)})); got != "p/0:a p/0:b p/0:c" {
		t.Errorf("until a time: %s", got)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// TestAClockSetBackKeepsNoPrompt: a prompt that was printed in what is the
// future now stands.
func TestAClockSetBackKeepsNoPrompt(t *testing.T) {
	c := &clock{t: time.Unix(1e9, 0)}
	s := New(Config{Now: c.now})
	s.Slot(procs.ID{Pool: "p"}).Write(procs.Stdout, 0, []byte("Name: "))
	if standing, others := s.Standing(c.now(), time.Second); len(standing) != 0 || !others {
		t.Errorf("at once: %s, %v", described(standing), others)
	}
	c.pass(-time.Hour)
	if standing, others := s.Standing(c.now(), time.Second); described(standing) != `p/0 stdout 0 "Name: \n"` || others {
		t.Errorf("after the clock was set back: %s, %v", described(standing), others)
	}
	_ = s.Close() // it has no log
}

// TestAClockSetBackKeepsNoLog: a log that could not be written is tried again,
// though the time of the last try lies ahead.
func TestAClockSetBackKeepsNoLog(t *testing.T) {
	dir, c := t.TempDir(), &clock{t: time.Unix(1e9, 0)}
	s := New(Config{Dir: dir, Now: c.now})
	d := &fullDisk{}
	s.disk.files = d.files()
	sl := s.Slot(procs.ID{Pool: "p"})
	long := strings.Repeat("x", 2*fileBlock) + "\n"
	sl.Write(procs.Stdout, 0, []byte(long))
	if s.Stats().LostBytes == 0 {
		t.Fatalf("a full disk (%v) took it", syscall.ENOSPC)
	}
	d.room.Store(1 << 20)
	c.pass(-time.Hour)
	sl.Write(procs.Stdout, 0, []byte("after\n"))
	s.Flush()
	if got := logText(t, dir, "p-0"); !strings.HasSuffix(got, "after\n") {
		t.Errorf("the log ends in %q", got[max(0, len(got)-20):])
	}
	_ = s.Close() // it has lost what it was to lose
}
