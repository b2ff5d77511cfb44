package output

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"example.com/muster/procs"
)

// logText returns what the log files of a slot hold, in order.
func logText(t testing.TB, dir, base string) string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, base+".*.log"))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, p := range paths { // Glob sorts
		b, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(b)
	}
	return all.String()
}

// TestLogBytes: what a terminal user greps is what was printed.
func TestLogBytes(t *testing.T) {
	long := strings.Repeat("x", maxLine)
	bar := strings.Repeat("\r 10% done", 20_000)
	for _, tt := range []struct {
		name   string
		writes []string // "2:" in front for another writer
		want   string
	}{
		{"lines", []string{"a\n", "b", "c\n"}, "a\nbc\n"},
		{"any bytes", []string{"\x00\xff\r\n\x1b[0m\n"}, "\x00\xff\r\n\x1b[0m\n"},
		{"unfinished", []string{"a\nb"}, "a\nb\n"},
		{"a long line", []string{long, long, "end\nb\n"}, long + long + "end\nb\n"},
		{"another in between", []string{long + "y", "2:two\n", "end\n"}, long + "\ntwo\nyend\n"},
		{"a long line, unfinished", []string{long, "y"}, long + "y\n"},
		{"a progress bar", []string{bar, "\r100%\n"}, bar + "\r100%\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			s, sl := testSlot(t, Config{Dir: dir, Lines: 1, Bytes: 1})
			for _, w := range tt.writes {
				w, two := strings.CutPrefix(w, "2:")
				pid := 1
				if two {
					pid = 2
				}
				sl.Write(procs.Stdout, pid, []byte(w))
			}
			sl.EndRun()
			lines := allLines(t, s, procs.SlotSource(sl.id))
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if got := logText(t, dir, "p-0"); got != tt.want {
				t.Errorf("the log has %d bytes %q, want %d bytes %q", len(got), clip(got), len(tt.want), clip(tt.want))
			}
			for i, l := range lines {
				if l.Seq != uint64(i) {
					t.Errorf("line %d comes as number %d", l.Seq, i)
				}
			}
		})
	}
}

func TestLogFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state", "session")
	s, sl := testSlot(t, Config{Dir: dir})
	if _, err := os.Stat(dir); err == nil {
		t.Error("the directory is there before any output")
	}
	write(sl, "x\n")
	write(s.Slot(procs.ID{Pool: "../a b/.c", Slot: 2}), "y\n")
	write(s.Slot(procs.ID{Pool: strings.Repeat("n", 300)}), "z\n")
	s.Flush()
	for path, mode := range map[string]fs.FileMode{
		"": 0o700 | fs.ModeDir, "p-0.001.log": 0o600, "p-0.001.idx": 0o600, "%2E.%2Fa%20b%2F.c-2.001.log": 0o600,
	} {
		if fi, err := os.Stat(filepath.Join(dir, path)); err != nil || fi.Mode() != mode {
			t.Errorf("%s: %v %v, want %v", path, fi.Mode(), err, mode)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 6 {
		t.Errorf("%d files: %v, %v", len(entries), entries, err)
	}
	again := New(Config{Dir: dir})
	write(again.Slot(sl.id), "second\n")
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
	if got := logText(t, dir, "p-0"); got != "x\nsecond\n" {
		t.Errorf("a second store leaves %q", got)
	}
}

// TestFlushDelay: a line is in the file 50 ms after it was printed, and not
// by a write of its own.
func TestFlushDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		s := New(Config{Dir: dir})
		sl := s.Slot(procs.ID{Pool: "p"})
		for round := 1; round <= 3; round++ {
			write(sl, "line\n")
			write(sl, "line\n")
			if got := logText(t, dir, "p-0"); len(got) != 10*(round-1) {
				t.Errorf("written at once: %q", got)
			}
			time.Sleep(FlushEvery)
			synctest.Wait()
			if got := logText(t, dir, "p-0"); len(got) != 10*round {
				t.Errorf("after %v: %q", FlushEvery, got)
			}
			time.Sleep(time.Hour)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

// TestSeam reads back, in both directions and by search, what the ring has
// partly let go of.
func TestSeam(t *testing.T) {
	const n = 5000
	s, sl := testSlot(t, Config{Dir: t.TempDir(), Lines: 700, SegmentBytes: 20 << 10})
	for i := range n {
		write(sl, fmt.Sprintf("line %d\n", i))
	}
	src := procs.SlotSource(sl.id)
	if o := sl.ring.oldest(); o != n-700 {
		t.Fatalf("the ring starts at %d", o)
	}
	lines := allLines(t, s, src)
	for next := procs.NewestLine; next > 0; {
		page := query(t, s, procs.Query{Source: src, From: next, Backward: true, Max: 333})
		if page.Oldest != 0 || page.End != n || page.Missed != 0 {
			t.Fatalf("bounds %d..%d, missed %d", page.Oldest, page.End, page.Missed)
		}
		lines = append(page.Lines[:len(page.Lines):len(page.Lines)], lines...)
		next = page.Next
	}
	if len(lines) != 2*n {
		t.Fatalf("%d lines, want %d", len(lines), 2*n)
	}
	for i, l := range lines {
		if want := fmt.Sprintf("line %d", i%n); string(l.Text) != want {
			t.Fatalf("got %q, want %q", l.Text, want)
		}
	}
	page := query(t, s, procs.Query{Source: src, From: procs.NewestLine, Backward: true, Max: 1, ScanLimit: n, Match: "^line 17$"})
	if show(page) != "17:line 17" {
		t.Errorf("search finds %q", show(page))
	}
}

// TestDiskBudget: the oldest segments of all slots make room, and what they
// held is counted.
func TestDiskBudget(t *testing.T) {
	var notices atomic.Int32
	dir := t.TempDir()
	const limit = 400 << 10
	s := New(Config{Dir: dir, DiskBytes: limit, SegmentBytes: 50 << 10, Lines: 10, Notice: func(text string) {
		notices.Add(1)
		if !strings.Contains(text, "has reached its limit") {
			t.Errorf("notice %q", text)
		}
	}})
	slots := []*Slot{s.Slot(procs.ID{Pool: "p"}), s.Slot(procs.ID{Pool: "p", Slot: 1})}
	for i := range 20_000 {
		write(slots[i%2], fmt.Sprintf("%099d\n", i))
		checkUsed(t, s, limit)
	}
	s.Flush()
	st := s.Stats()
	if onDisk := sizeOfDir(t, dir); onDisk > limit || onDisk != st.LogBytes {
		t.Errorf("%d bytes on disk, %d counted, limit %d", onDisk, st.LogBytes, limit)
	}
	page := query(t, s, procs.Query{Source: procs.SlotSource(slots[0].id), Max: 5})
	if page.Oldest == 0 || page.Missed != page.Oldest || page.Lines[0].Seq != page.Oldest {
		t.Errorf("oldest %d, missed %d, first line %d", page.Oldest, page.Missed, page.Lines[0].Seq)
	}
	if got := string(page.Lines[0].Text); got != fmt.Sprintf("%099d", 2*page.Oldest) {
		t.Errorf("line %d is %q", page.Oldest, got)
	}
	other := query(t, s, procs.Query{Source: procs.SlotSource(slots[1].id), Max: 1})
	if removed := page.Missed + other.Missed; st.RemovedLines != int64(removed) || notices.Load() != 1 {
		t.Errorf("%d lines removed, %d missed, %d notices", st.RemovedLines, removed, notices.Load())
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func sizeOfDir(t *testing.T, dir string) (n int64) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		fi, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		n += fi.Size()
	}
	return n
}

// TestManySlotsBudget: slots that are all being written to stay within the
// budget too.
func TestManySlotsBudget(t *testing.T) {
	const limit = 1 << 20
	s := New(Config{Dir: t.TempDir(), DiskBytes: limit, SegmentBytes: 1 << 20})
	defer func() { _ = s.Close() }()
	for range 20 {
		for i := range 30 {
			s.Slot(procs.ID{Pool: "p", Slot: i}).Write(procs.Stdout, 0, printed)
		}
		checkUsed(t, s, limit)
	}
}

// checkUsed fails if the log is over its limit. The flusher may have brought it
// there a moment ago; then it waits for the flusher to put that right.
func checkUsed(t *testing.T, s *Store, limit int64) {
	t.Helper()
	if s.Stats().LogBytes > limit {
		s.Flush()
	}
	if used := s.Stats().LogBytes; used > limit {
		t.Fatalf("the log has %d bytes", used)
	}
}

// fullDisk is a disk that holds so many bytes more, and the first page of an index,
// for which the log has it keep room.
type fullDisk struct{ room atomic.Int64 }

type fullFile struct {
	file
	disk *fullDisk
}

func (f fullFile) WriteAt(p []byte, off int64) (int, error) {
	if room := off+int64(len(p)) <= pageBytes && strings.HasSuffix(f.file.(*os.File).Name(), ".idx"); !room && f.disk.room.Add(-int64(len(p))) < 0 {
		n, _ := f.file.WriteAt(p[:len(p)/2], off) // as a full disk does
		return n, &fs.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}
	}
	return f.file.WriteAt(p, off)
}

func (d *fullDisk) files() files {
	return files{
		create: func(path string) (file, error) { f, err := createFile(path); return fullFile{f, d}, err },
		reopen: func(path string) (file, error) { f, err := reopenFile(path); return fullFile{f, d}, err },
		replace: func(path string, b []byte) error {
			if d.room.Add(-int64(len(b))) < 0 {
				return &fs.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}
			}
			return replaceFile(path, b)
		},
	}
}

type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// TestDiskFull: what the disk refuses is counted and said once; the ring has
// it all the same; when there is room again the log goes on, and its files
// hold whole lines only.
func TestDiskFull(t *testing.T) {
	for _, tt := range []struct {
		size, lines int // of what is printed again and again
		split       int // where it is divided into two reads
	}{
		{100, 1, 10},
		{20 << 10, 1, 10},
		{120 << 10, 2, 59 << 10}, // goes to the disk in two writes, of which the second fails
	} {
		t.Run(fmt.Sprint(tt.size), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // its time stands: only what is printed leads to the disk
				var notices []string
				c := &clock{t: time.Unix(1e9, 0)}
				dir, d := t.TempDir(), &fullDisk{}
				d.room.Store(310 << 10) // not a multiple of what a line takes: it runs out in the middle
				s, sl := testSlot(t, Config{Dir: dir, Now: c.now, Notice: func(text string) { notices = append(notices, text) }})
				s.disk.files = d.files()
				text := strings.Repeat(strings.Repeat("x", tt.size/tt.lines-1)+"\n", tt.lines)
				printed := 0
				for ; s.Stats().LostBytes == 0; printed++ {
					write(sl, text[:tt.split])
					write(sl, text[tt.split:])
					c.pass(time.Microsecond)
				}
				write(sl, text[:tt.size/tt.lines])
				c.pass(2 * time.Second)
				write(sl, text[:tt.size/tt.lines]) // tried again, in vain
				if len(notices) != 1 || !strings.HasPrefix(notices[0], "cannot write the log in "+dir+": no space left on device; output is still shown, ") {
					t.Errorf("notices: %q", notices)
				}
				if p := query(t, s, procs.Query{Source: procs.SlotSource(sl.id), From: procs.NewestLine, Backward: true, Max: 3}); len(p.Lines) != 3 || p.End != uint64(printed*tt.lines+2) {
					t.Errorf("the ring has %d lines up to %d", len(p.Lines), p.End)
				}
				d.room.Store(1 << 30)
				c.pass(2 * time.Second)
				write(sl, "after\n")
				write(sl, "that\n")
				s.Flush()
				if len(notices) != 2 || !strings.HasPrefix(notices[1], "the log is written again") {
					t.Errorf("notices: %q", notices)
				}
				left := printed*tt.lines + 2 - int(s.Stats().LostLines)
				want := strings.Repeat(text[:tt.size/tt.lines], left) + "after\nthat\n"
				if got := logText(t, dir, "p-0"); got != want {
					t.Errorf("the log has %d bytes, ends with %q; want %d bytes", len(got), got[len(got)-20:], len(want))
				}
				lost := s.Stats().LostBytes
				if err := s.Close(); err == nil || err.Error() != fmt.Sprintf("cannot write the log in %s: no space left on device: %d bytes were lost from it", dir, lost) {
					t.Errorf("Close returns %v", err)
				}
			})
		})
	}
}

// TestLostBytesAreTold: the notice has the number of bytes that are not in the log at each
// moment at which it is told, and is renewed as that grows.
func TestLostBytesAreTold(t *testing.T) {
	for _, room := range []int64{0, 1, 100 << 10, 310 << 10} {
		dir := t.TempDir()
		synctest.Test(t, func(t *testing.T) {
			d, told, printed := &fullDisk{}, []string(nil), 0
			d.room.Store(room)
			s, sl := testSlot(t, Config{
				Dir: dir, Notice: func(text string) { told = append(told, text) },
				Renew: func(was, text string, _ bool) {
					if told[len(told)-1] != was {
						t.Errorf("%q is renewed, of %q", was, told)
					}
					told[len(told)-1] = text
				},
			})
			s.disk.files = d.files()
			missing := func() string {
				return fmt.Sprintf("%d bytes", printed-len(logText(t, dir, "p-0")))
			}
			for i, n := range []int{3, 200 << 10, 300 << 10, 40, 0} {
				for printed += n; n > 0; n -= min(n, 20<<10) {
					write(sl, strings.Repeat("x", min(n, 20<<10)-1)+"\n")
				}
				time.Sleep(2 * time.Second)
				synctest.Wait()
				if len(told) > 1 || len(told) == 1 && !strings.Contains(told[0], " "+missing()+" ") {
					t.Errorf("room for %d, time %d: told %q, missing are %s", room, i, told, missing())
				}
			}
			if err := s.Close(); len(told) != 1 || err == nil || !strings.Contains(err.Error(), ": "+missing()+" were lost") {
				t.Errorf("room for %d: told %q, Close returns %v, missing are %s", room, told, err, missing())
			}
		})
	}
}

// TestTheDiskRecovers: what is told of a full disk stays as it was when it has room again; that it
// is full once more is news.
func TestTheDiskRecovers(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		d, told := &fullDisk{}, []string(nil)
		s, sl := testSlot(t, Config{
			Dir: dir, Notice: func(text string) { told = append(told, text) },
			Renew: func(was, text string, news bool) { told = append(told, fmt.Sprintf("%s (news: %v)", text, news)) },
		})
		s.disk.files = d.files()
		for _, tt := range []struct {
			room int64
			line string
			want []string
		}{
			{0, "first", []string{"FULL, 6 bytes of it are not in the log so far"}},
			{0, "second", []string{"FULL, 13 bytes of it are not in the log so far (news: false)"}},
			{1 << 20, "", []string{"the log is written again; 7 bytes were lost from it"}},
			{0, "third", []string{"FULL, 13 bytes of it are not in the log so far (news: true)"}},
			{0, "fourth", []string{"FULL, 20 bytes of it are not in the log so far (news: false)"}},
			{1 << 20, "", []string{"the log is written again; 14 bytes were lost from it (news: true)"}},
		} {
			told = nil
			d.room.Store(tt.room)
			if tt.line != "" {
				write(sl, tt.line+"\n")
			}
			time.Sleep(3 * time.Second)
			synctest.Wait()
			for i, text := range told {
				told[i] = strings.Replace(text, "cannot write the log in "+dir+": no space left on device; output is still shown", "FULL", 1)
			}
			if fmt.Sprint(told) != fmt.Sprint(tt.want) {
				t.Errorf("after %q told %q, want %q", tt.line, told, tt.want)
			}
		}
		if err := s.Close(); err == nil || !strings.Contains(err.Error(), ": no space left on device: 14 bytes were lost") {
			t.Errorf("Close returns %v", err)
		}
	})
}

// TestDiskFullAndSilence: what waits for the disk is written once there is
// room, though nothing more is printed.
func TestDiskFullAndSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir, d := t.TempDir(), &fullDisk{}
		s := New(Config{Dir: dir})
		s.disk.files = d.files()
		write(s.Slot(procs.ID{Pool: "p"}), "line\n")
		time.Sleep(time.Minute)
		d.room.Store(1 << 20)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if got := logText(t, dir, "p-0"); got != "line\n" {
			t.Errorf("the log has %q", got)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

// TestLostPiece: where a piece of a long line is lost, the log does not join
// what was printed before and after it.
func TestLostPiece(t *testing.T) {
	c, d, dir := &clock{t: time.Unix(1e9, 0)}, &fullDisk{}, t.TempDir()
	s, sl := testSlot(t, Config{Dir: dir, Now: c.now})
	s.disk.files = d.files()
	d.room.Store(1 << 20)
	piece := strings.Repeat("x", maxLine)
	write(sl, piece+"y") // the piece goes to the log, y waits
	s.Flush()
	d.room.Store(0)
	write(sl, piece) // one that the disk refuses
	write(sl, piece) // and one while it is not tried again
	d.room.Store(1 << 20)
	c.pass(2 * time.Second)
	write(sl, "end\n")
	s.Flush()
	if got := logText(t, dir, "p-0"); got != piece+"\nxend\n" {
		t.Errorf("the log has %d bytes", len(got))
	}
}

// TestNoLog: a directory that cannot be made costs the log and nothing else.
func TestNoLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // its time stands: nobody but the test meets a notice
		file := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		var notices []string
		s, sl := testSlot(t, Config{Dir: filepath.Join(file, "dir"), Notice: func(text string) { notices = append(notices, text) }})
		for range 10 {
			sl.Write(procs.Stdout, 0, printed)
		}
		write(s.Slot(procs.ID{Pool: "q"}), "x\n")
		s.Flush()
		if len(notices) != 1 || !strings.HasPrefix(notices[0], "cannot write the log in "+file+"/dir: not a directory; ") {
			t.Errorf("notices: %q", notices)
		}
		if page := query(t, s, procs.Query{Max: 10_000, From: 0}); len(page.Lines) < 6000 || page.Oldest != 0 {
			t.Errorf("%d lines from %d", len(page.Lines), page.Oldest)
		}
	})
}

// TestNoticeMayCallBack: a notice may end up in the output itself.
func TestNoticeMayCallBack(t *testing.T) {
	var sl *Slot
	s := New(Config{Dir: "/dev/null/x", Notice: func(text string) { sl.Note(text) }})
	sl = s.Slot(procs.ID{Pool: "p"})
	for range 3 {
		sl.Write(procs.Stdout, 0, printed)
	}
	s.Flush()
	if page := query(t, s, procs.Query{Max: 1, ScanLimit: 5000, Match: "^cannot write the log"}); len(page.Lines) != 1 || page.Lines[0].Stream != procs.Muster {
		t.Errorf("no notice in the output")
	}
	if err := s.Close(); err == nil || errors.Unwrap(err) != nil {
		t.Errorf("Close returns %v", err)
	}
}

// TestLongLineMemory: 100 MiB without a newline cost no memory.
func TestLongLineMemory(t *testing.T) {
	for name, block := range map[string][]byte{
		"no newline":   bytes.Repeat([]byte{'x'}, 64<<10),
		"progress bar": bytes.Repeat([]byte("\r 10% done "), 6000),
	} {
		t.Run(name, func(t *testing.T) {
			s, sl := testSlot(t, Config{Bytes: 1 << 20, Dir: t.TempDir(), DiskBytes: 16 << 20})
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			size := 0
			for ; size < 100<<20; size += len(block) {
				sl.Write(procs.Stdout, 0, block)
			}
			runtime.ReadMemStats(&after)
			if n := after.TotalAlloc - before.TotalAlloc; n > 8<<20 {
				t.Errorf("%d MiB were allocated in passing", n>>20)
			}
			if used := s.Stats().LogBytes; used > 16<<20 {
				t.Errorf("the log has %d bytes", used)
			}
			sl.log.mu.Lock() // the flusher may be at it
			held := len(sl.writers.all[0].rest) + len(sl.log.pending)
			sl.log.mu.Unlock()
			if st := s.Stats(); st.LostBytes != 0 || int64(size-held) > st.LogBytes+st.RemovedBytes {
				t.Errorf("%d bytes printed, %d held, %d in the log, %d removed", size, held, st.LogBytes, st.RemovedBytes)
			}
		})
	}
}

// TestIdleSlots: slots that printed a line or two cost a few KB each.
func TestIdleSlots(t *testing.T) {
	const n = 300
	heap := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := heap()
	s := New(Config{Dir: t.TempDir()})
	for i := range n {
		write(s.Slot(procs.ID{Pool: "p", Slot: i}), "started\nlistening on port 8080\n")
	}
	s.Flush()
	if each := (heap() - before) / n; each > 4<<10 {
		t.Errorf("%d bytes for each slot", each)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
