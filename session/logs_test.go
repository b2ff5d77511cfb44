package session

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Whose log lies in a directory, and whether more will come, is known as far as
// records tell, whatever the directory is called.
func TestWhoseLogLiesInADirectory(t *testing.T) {
	places(t)
	dir, other := t.TempDir(), t.TempDir()
	link := filepath.Join(other, "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	begin := func(name, logDir string) *Lasting {
		t.Helper()
		at = at.Add(time.Minute)
		kept, _, err := Keep(Record{Session: name, PID: 1, StartedAt: Time(at), LogDir: &logDir})
		if err != nil {
			t.Fatal(err)
		}
		return kept
	}
	end := func(l *Lasting) {
		t.Helper()
		if err := l.Close(0); err != nil {
			t.Fatal(err)
		}
	}
	is := func(when, dir, name string, lives bool) {
		t.Helper()
		got := ""
		r, alive := LogIn(dir)
		if r != nil {
			got = r.Session
		}
		if got != name || alive != lives {
			t.Errorf("%s: it is that of %q, which lives: %v; want %q, %v", when, got, alive, name, lives)
		}
	}
	is("nobody has written there", dir, "", false)
	first, beside := begin("first", dir), begin("beside", other)
	is("it is written", dir, "first", true)
	is("by another name", link, "first", true)
	second := begin("second", dir)
	end(second)
	is("one of two has ended", dir, "first", true)
	end(first)
	is("both have", dir, "second", false)
	end(beside)
	end(begin("second", other))
	is("a name was used again elsewhere", dir, "first", false)

	own := filepath.Join(StateDir(), "own")
	kept := begin("own", own)
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	is("a record elsewhere", dir, "", false)
	is("the record is there itself", own, "own", true)
	end(kept)
	is("and has ended", own, "own", false)
}
