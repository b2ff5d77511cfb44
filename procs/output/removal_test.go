package output

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/muster/procs"
)

// readGaps reads a log and returns what is missing, and its lines.
func readGaps(t *testing.T, dir string) (holes, lines string) {
	t.Helper()
	s := scan(t, dir, ScanOptions{})
	var text, missing []string
	for c, ok := s.Next(nil); ok; c, ok = s.Next(nil) {
		if c.Missed > 0 {
			missing = append(missing, fmt.Sprintf("%v lacks %d from %d on, gone %v", c.ID, c.Missed, c.Seq, c.Gone))
			continue
		}
		text = append(text, worded(c)...)
	}
	return strings.Join(missing, "; "), strings.Join(text, " ")
}

// TestTheLogIsRemoved: what is printed after somebody has removed the log, or one file of it, is
// on disk; how much is not is told, and which lines, whether they were printed a moment ago, after
// a pause, or never.
func TestTheLogIsRemoved(t *testing.T) {
	for _, tt := range []struct {
		name   string
		remove func(dir string) error
		soon   bool // lines follow before anybody looks
		said   string
		holes  string
		lines  string
	}{
		{
			"directory", os.RemoveAll, true,
			"the log in DIR was removed: 44 bytes are lost from it so far; it is written anew",
			"p/0 lacks 4 from 0 on, gone true; q/0 lacks 1 from 0 on, gone true", "p/0:later p/0:end",
		},
		{
			"directory, then silence", os.RemoveAll, false,
			"the log in DIR was removed: 37 bytes are lost from it so far; it is written anew",
			"p/0 lacks 3 from 0 on, gone true; q/0 lacks 1 from 0 on, gone true", "p/0:later p/0:end",
		},
		{
			"directory, moved", func(dir string) error { return os.Rename(dir, dir+".old") }, false,
			"the log in DIR was removed: 37 bytes are lost from it so far; it is written anew",
			"p/0 lacks 3 from 0 on, gone true; q/0 lacks 1 from 0 on, gone true", "p/0:later p/0:end",
		},
		{
			"file", func(dir string) error { return os.Remove(dir + "/p-0.001.log") }, true,
			"p-0.001.log was removed from the log in DIR: 34 bytes are lost from it so far; it goes on in another file",
			"p/0 lacks 4 from 0 on, gone true", "q/0:only line p/0:later p/0:end",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "log")
			synctest.Test(t, func(t *testing.T) {
				var told []string
				s, p := testSlot(t, Config{
					Dir: dir, Notice: func(text string) { told = append(told, text) },
					Renew: func(_, text string, _ bool) { told = []string{text} },
				})
				q := s.Slot(procs.ID{Pool: "q"})
				write(p, "1 before\n2 before\n3 before\n")
				write(q, "only line")
				write(q, "\n")
				time.Sleep(2*time.Duration(lookEvery) - 2*FlushEvery)
				write(p, "")
				s.Flush()
				must(t, tt.remove(dir))
				if tt.soon {
					write(p, "4 lost\n")
					s.Flush()
				}
				time.Sleep(time.Minute)
				synctest.Wait()
				write(p, "later\n")
				time.Sleep(2 * FlushEvery)
				synctest.Wait()
				want := strings.ReplaceAll(tt.said, "DIR", dir)
				if len(told) != 1 || told[0] != want {
					t.Errorf("told %q, want %q", told, want)
				}
				if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
					t.Errorf("the directory: %v, %v", info, err)
				}
				write(p, "end\n")
				if err := s.Close(); err == nil || err.Error() != want {
					t.Errorf("Close returns %v, want %q", err, want)
				}
				holes, lines := readGaps(t, dir)
				if holes != tt.holes || lines != tt.lines {
					t.Errorf("missing %s, read %s", holes, lines)
				}
			})
		})
	}
}

// TestNothingStaysOfAFileThatIsRemoved: the index and the open lines beside a log file go with it, but
// not what somebody has put there since, be it in the same directory or in another one.
func TestNothingStaysOfAFileThatIsRemoved(t *testing.T) {
	for _, tt := range []struct {
		name   string
		remove func(dir string) error
		want   string
	}{
		{"file", func(dir string) error { return os.Remove(dir + "/p-0.001.log") }, "p-0.002.idx p-0.002.log"},
		{"file and index", func(dir string) error {
			return errors.Join(os.Remove(dir+"/p-0.001.log"), os.Remove(dir+"/p-0.001.idx"))
		}, "p-0.002.idx p-0.002.log"},
		{"file, another in its place", func(dir string) error {
			return errors.Join(os.Remove(dir+"/p-0.001.log"), os.WriteFile(dir+"/p-0.001.log", nil, 0o600))
		}, "p-0.001.log p-0.002.idx p-0.002.log"},
		{"files, others in their place", func(dir string) error {
			return errors.Join(os.Rename(dir+"/p-0.001.log", dir+"/a"), os.Rename(dir+"/p-0.001.idx", dir+"/b"), os.WriteFile(dir+"/p-0.001.log", nil, 0o600), os.WriteFile(dir+"/p-0.001.idx", nil, 0o600))
		}, "a b p-0.001.idx p-0.001.log p-0.001.open p-0.002.idx p-0.002.log"},
		{"directory, another in its place", func(dir string) error {
			return errors.Join(os.Rename(dir, dir+".old"), os.Mkdir(dir, 0o700), os.WriteFile(dir+"/p-0.001.idx", nil, 0o600))
		}, "p-0.001.idx p-0.002.idx p-0.002.log"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "log")
			synctest.Test(t, func(t *testing.T) {
				s, p := testSlot(t, Config{Dir: dir})
				write(p, "line\nprompt")
				time.Sleep(time.Minute)
				synctest.Wait()
				must(t, tt.remove(dir))
				write(p, ": later\nprompt")
				time.Sleep(time.Minute)
				synctest.Wait()
				if b, err := os.ReadFile(dir + "/p-0.002.open"); err != nil || !strings.HasSuffix(string(b), "\nprompt\n") {
					t.Errorf("the open line: %q, %v", b, err)
				}
				write(p, "\n")
				_ = s.Close() // tells what is lost
				entries, err := os.ReadDir(dir)
				must(t, err)
				var names []string
				for _, e := range entries {
					names = append(names, e.Name())
				}
				if got := strings.Join(names, " "); got != tt.want {
					t.Errorf("there are %s, want %s", got, tt.want)
				}
			})
		})
	}
}

// TestTheIndexIsRemoved: it is made again, with all that was in it.
func TestTheIndexIsRemoved(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s, p := testSlot(t, Config{Dir: dir})
		for i := range 3 {
			write(p, fmt.Sprintf("line %d\n", i))
			time.Sleep(time.Minute)
		}
		must(t, os.Remove(dir+"/p-0.001.idx"))
		write(p, "line 3\n")
		must(t, s.Close())
		scan := scan(t, dir, ScanOptions{})
		defer scan.Close()
		var at []time.Time
		for {
			c, more := scan.Next(nil)
			if !more {
				break
			}
			at = append(at, c.At)
		}
		if len(at) != 4 || at[1].Sub(at[0]) != time.Minute || at[2].Sub(at[1]) != time.Minute || at[3].Sub(at[2]) != time.Minute {
			t.Errorf("the lines are of %v", at)
		}
	})
}

// TestALogThatCannotBeMadeAnew: nothing says that it is.
func TestALogThatCannotBeMadeAnew(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "log")
	synctest.Test(t, func(t *testing.T) {
		s, p := testSlot(t, Config{Dir: dir})
		write(p, "before\n")
		s.Flush()
		must(t, os.RemoveAll(dir))
		must(t, os.WriteFile(dir, nil, 0o600))
		time.Sleep(time.Minute)
		write(p, "later\n")
		want := "the log in " + dir + " was removed: 7 bytes are lost from it so far; cannot write the log in " + dir + ": not a directory: 6 bytes were lost from it"
		if err := s.Close(); err == nil || err.Error() != want {
			t.Errorf("Close returns %v, want %s", err, want)
		}
	})
}

// TestTheLogIsRemovedAfterTheDiskWasFull: that it is written anew is told, as it is.
func TestTheLogIsRemovedAfterTheDiskWasFull(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "log")
	synctest.Test(t, func(t *testing.T) {
		var said string
		d := &fullDisk{}
		s, p := testSlot(t, Config{Dir: dir, Notice: func(text string) { said = text }})
		s.disk.files = d.files()
		write(p, "waits\n")
		time.Sleep(time.Minute)
		d.room.Store(1 << 20)
		time.Sleep(time.Minute)
		synctest.Wait()
		if want := "the log is written again; 0 bytes were lost from it"; said != want {
			t.Errorf("said %q, want %q", said, want)
		}
		must(t, os.RemoveAll(dir))
		write(p, "later\n")
		time.Sleep(time.Minute)
		synctest.Wait()
		want := "the log in " + dir + " was removed: 6 bytes are lost from it so far; it is written anew"
		if err := s.Close(); said != want || err == nil || err.Error() != want {
			t.Errorf("said %q, Close returns %v, want %q", said, err, want)
		}
	})
}

// TestTheLogIsRemovedInAFlood: what waits to be written when it is noticed is kept, and the rest is counted,
// wherever the file ends then.
func TestTheLogIsRemovedInAFlood(t *testing.T) {
	for before := 1; before < 200<<10; before += 7 << 10 {
		dir, c := t.TempDir(), &clock{t: time.Unix(1e9, 0)}
		var said string
		s, sl := testSlot(t, Config{Dir: dir, Now: c.now, Notice: func(text string) { said = text }})
		var printed []string
		size := 0
		prints := func(bytes int) {
			for until := size + bytes; size < until; {
				var text strings.Builder
				for range 500 {
					printed = append(printed, fmt.Sprintf("line %d", len(printed)))
					text.WriteString(printed[len(printed)-1] + "\n")
				}
				size += text.Len()
				write(sl, text.String())
				c.pass(2 * time.Millisecond) // another record of the index
			}
		}
		prints(before)
		sl.log.mu.Lock() // at the moment at which the flusher comes
		must(t, os.RemoveAll(dir))
		c.pass(2 * time.Second)
		sl.log.look()
		sl.log.mu.Unlock()
		prints(150 << 10)
		closed := s.Close()
		var after told
		after.read(t, scan(t, dir, ScanOptions{}), printed)
		kept := logText(t, dir, "p-0")
		missing, lost := len(printed)-strings.Count(kept, "\n"), size-len(kept)
		want, text := fmt.Sprintf("[%d from 0 on]", missing), fmt.Sprintf(": %d bytes are lost from it", lost)
		if lost == 0 { // nothing had been written yet
			want, text = "[]", "<nil>"
		}
		if fmt.Sprint(after.holes) != want || after.lines != len(printed) || missing == len(printed) {
			t.Errorf("after %d bytes: missing %v, want %v; the last line is %d of %d", before, after.holes, want, after.lines, len(printed))
		}
		if !strings.Contains(fmt.Sprint(closed), text) || lost > 0 && !strings.Contains(said, text) {
			t.Errorf("after %d bytes: said %q, Close returns %v, want %q", before, said, closed, text)
		}
	}
}

// TestTheLogIsRemovedBeforeItIsFull: a file that is removed and then full before anybody has looked
// is told too.
func TestTheLogIsRemovedBeforeItIsFull(t *testing.T) {
	dir, c := t.TempDir(), &clock{t: time.Unix(1e9, 0)} // its time stands
	var said []string
	s, sl := testSlot(t, Config{Dir: dir, SegmentBytes: 4 << 10, Now: c.now, Notice: func(text string) { said = append(said, text) }})
	write(sl, "first\nunfinished")
	s.Flush()
	must(t, os.RemoveAll(dir))
	write(sl, " line\nanother")
	s.Flush()
	write(sl, " line\n"+strings.Repeat("x", 5<<10)+"\n")
	write(sl, "end\n")
	closed := s.Close()
	if want := "the log in " + dir + " was removed: "; len(said) != 1 || !strings.HasPrefix(said[0], want) || closed == nil {
		t.Errorf("said %q, Close returns %v", said, closed)
	}
	if holes, lines := readGaps(t, dir); !strings.HasPrefix(holes, "p/0 lacks 2 from 0 on, gone true") || !strings.HasSuffix(lines, "p/0:end") {
		t.Errorf("missing %s, read %d bytes", holes, len(lines))
	}
}
