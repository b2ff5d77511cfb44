package session

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// A session whose directory somebody removes is found again, with its name and how it ends, unless
// another one has taken the name.
func TestARecordThatIsRemovedIsMadeAnew(t *testing.T) {
	places(t)
	begin := func() *Lasting {
		t.Helper()
		l, _, err := Keep(Record{Session: "web", PID: 10, StartedAt: Time(time.Now())})
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	remove := func() {
		t.Helper()
		if err := os.RemoveAll(filepath.Join(StateDir(), "web")); err != nil {
			t.Fatal(err)
		}
	}
	l := begin()
	remove()
	if renewed, err := l.Renew(); !renewed || err != nil || !Lives("web") {
		t.Errorf("made anew: %v, %v; it lives: %v", renewed, err, Lives("web"))
	}
	if renewed, err := l.Renew(); renewed || err != nil {
		t.Errorf("once more: %v, %v", renewed, err)
	}
	remove()
	if err := l.Close(3); err != nil {
		t.Fatal(err)
	}
	if last := LastOf("web"); last == nil || last.Killed() || *last.Code != 3 {
		t.Errorf("at its end it leaves %+v", last)
	}
	l = begin()
	remove()
	other := begin()
	if renewed, err := l.Renew(); renewed || !errors.Is(err, ErrInUse) {
		t.Errorf("where another has the name: %v, %v", renewed, err)
	}
	for _, l := range []*Lasting{l, other} {
		if err := l.Close(0); err != nil {
			t.Fatal(err)
		}
	}
}

// Where a session keeps its record is found out once: what the environment says later is nothing to it.
func TestARecordStaysWhereItIs(t *testing.T) {
	places(t)
	l, _, err := Keep(Record{Session: "web", PID: 10, StartedAt: Time(time.Now())})
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(StateDir(), "web")
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	if renewed, err := l.Renew(); renewed || err != nil {
		t.Errorf("made anew: %v, %v", renewed, err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if renewed, err := l.Renew(); !renewed || err != nil || l.Dir() != dir {
		t.Errorf("made anew: %v, %v; in %s, want %s", renewed, err, l.Dir(), dir)
	}
	if err := l.Close(0); err != nil {
		t.Fatal(err)
	}
	if last := lastIn(dir); last == nil || last.Killed() {
		t.Errorf("at its end it leaves %+v", last)
	}
}

// A socket of which nobody can find out whether it is there counts as there, as all files do.
func TestASocketThatCannotBeLookedFor(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "sockets")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	b, err := listen(filepath.Join(dir, "web.sock"))
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if !b.there() {
		t.Error("it is not there")
	}
	if err := os.Rename(dir, dir+".old"); err != nil {
		t.Fatal(err)
	}
	if b.there() {
		t.Error("it is there though its directory is not")
	}
	if err := os.Symlink("sockets", dir); err != nil { // a loop
		t.Fatal(err)
	}
	if !b.there() {
		t.Error("what cannot be found out counts as that it is not there")
	}
}

// Whoever asks while a record is written finds one, the old or the new: without it the log of a
// session with a directory of its own is looked for where it is not.
func TestThereIsARecordAtAnyTime(t *testing.T) {
	places(t)
	dir := "/elsewhere"
	l, _, err := Keep(Record{Session: "web", PID: 10, StartedAt: Time(time.Now()), LogDir: &dir})
	if err != nil {
		t.Fatal(err)
	}
	written := make(chan struct{})
	go func() {
		defer close(written)
		for range 3000 {
			l.Ending()
		}
	}()
	for looks, over := 0, false; !over; looks++ {
		select {
		case <-written:
			over = true
		default:
		}
		if got, lives := LogsOf("web"); got != dir || !lives {
			t.Errorf("look %d finds %q, lives: %v", looks, got, lives)
			break
		}
	}
	<-written
	if err := l.Close(0); err != nil {
		t.Fatal(err)
	}
}
