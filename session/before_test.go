package session

import (
	"testing"
	"time"
)

// The next session of the same pools learns that the one before was killed,
// though nobody has named either; the one after that does not.
func TestWhatBecameOfTheOneBefore(t *testing.T) {
	places(t)
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	begin := func(name string, pid int) (*Lasting, *Record) {
		t.Helper()
		at = at.Add(time.Minute)
		kept, before, err := Keep(Record{Session: name, PID: pid, StartedAt: Time(at)})
		if err != nil {
			t.Fatal(err)
		}
		return kept, before
	}
	killed, before := begin("web-10", 10)
	if before != nil {
		t.Errorf("the first one learns of %+v", before)
	}
	_ = killed.file.Close() // as the kernel does when it is killed
	for _, other := range []struct {
		name string
		pid  int
	}{{"api-11", 11}, {"web-two", 12}, {"web-ui-13", 13}, {"named", 14}} {
		kept, before := begin(other.name, other.pid)
		if before != nil {
			t.Errorf("%s learns of %s", other.name, before.Session)
		}
		if err := kept.Close(0); err != nil {
			t.Fatal(err)
		}
	}
	next, before := begin("web-15", 15)
	if before == nil || before.Session != "web-10" || !before.Killed() {
		t.Fatalf("the next one learns of %+v", before)
	}
	beside, before := begin("web-16", 16)
	if before != nil {
		t.Errorf("one beside it learns of %+v", before)
	}
	for _, l := range []*Lasting{next, beside} {
		if err := l.Close(0); err != nil {
			t.Fatal(err)
		}
	}
	after, before := begin("web-17", 17)
	if before == nil || before.Killed() {
		t.Errorf("the one after that learns of %+v", before)
	}
	if err := after.Close(0); err != nil {
		t.Fatal(err)
	}
}
