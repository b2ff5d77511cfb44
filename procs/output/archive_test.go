package output

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/muster/procs"
)

// scanned writes what a scan returns as "p/0:text" for each line.
func scanned(s *Scan) string {
	var words []string
	for {
		c, ok := s.Next(nil)
		if !ok {
			return strings.Join(words, " ")
		}
		words = append(words, worded(c)...)
	}
}

func worded(c Chunk) (words []string) {
	for _, line := range strings.Split(strings.TrimSuffix(string(c.Text), "\n"), "\n") {
		words = append(words, c.ID.String()+":"+line)
	}
	if len(words) != c.Lines {
		words = append(words, fmt.Sprintf("BUT %d LINES", c.Lines))
	}
	return words
}

func scan(t testing.TB, dir string, o ScanOptions) *Scan {
	t.Helper()
	a, err := OpenArchive(dir)
	if err != nil {
		t.Fatal(err)
	}
	s, err := a.Scan(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Close()
		if err := s.Err(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// TestScan reads the logs of two slots, and of a session that was there before.
func TestScan(t *testing.T) {
	dir, c := t.TempDir(), &clock{t: time.Unix(1e9, 0)}
	start := c.t
	for _, lines := range []string{"a0 b0 a1 b1", "a2 a3 b2"} {
		s := New(Config{Dir: dir, Now: c.now})
		for _, line := range strings.Fields(lines) {
			slot := s.Slot(procs.ID{Pool: "p", Slot: int(line[0] - 'a')})
			slot.Write(procs.Stdout, 7, []byte(line+"\n"))
			c.pass(time.Second)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		name string
		o    ScanOptions
		want string
	}{
		{"all", ScanOptions{}, "p/0:a0 p/1:b0 p/0:a1 p/1:b1 p/0:a2 p/0:a3 p/1:b2"},
		{"apart", ScanOptions{Apart: true}, "p/0:a0 p/0:a1 p/0:a2 p/0:a3 p/1:b0 p/1:b1 p/1:b2"},
		{"one", ScanOptions{Slots: func(id procs.ID) bool { return id.Slot == 1 }}, "p/1:b0 p/1:b1 p/1:b2"},
		{"since", ScanOptions{Since: start.Add(3 * time.Second)}, "p/1:b1 p/0:a2 p/0:a3 p/1:b2"},
		{"until", ScanOptions{Until: start.Add(time.Second)}, "p/0:a0 p/1:b0"},
		{"grep", ScanOptions{Match: "[ab]1"}, "p/0:a1 p/1:b1"},
		{"literal", ScanOptions{Match: "b1"}, "p/1:b1"},
		{"not", ScanOptions{Match: "[ab]1", Not: true}, "p/0:a0 p/1:b0 p/0:a2 p/0:a3 p/1:b2"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := scanned(scan(t, dir, tt.o)); got != tt.want {
				t.Errorf("got %s\nwant %s", got, tt.want)
			}
		})
	}
	for n, want := range []string{"", "p/1:b2", "p/0:a3 p/1:b2", "p/0:a2 p/0:a3 p/1:b2", "p/1:b1 p/0:a2 p/0:a3 p/1:b2"} {
		var words []string
		for _, chunk := range scan(t, dir, ScanOptions{Last: n}).Last(n) {
			words = append(words, worded(chunk)...)
		}
		if got := strings.Join(words, " "); got != want {
			t.Errorf("last %d: got %s, want %s", n, got, want)
		}
	}
}

// TestScanLast cuts runs of many lines.
func TestScanLast(t *testing.T) {
	dir := t.TempDir()
	s := New(Config{Dir: dir, SegmentBytes: 8 << 10})
	for i := range 5000 {
		write(s.Slot(procs.ID{Pool: "p"}), fmt.Sprintf("line %d\n", i))
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{1, 999, 4999, 5000, 9000} {
		for _, match := range []string{"", "line"} {
			var all []string
			for _, c := range scan(t, dir, ScanOptions{Last: n, Match: match}).Last(n) {
				all = append(all, worded(c)...)
			}
			first := max(0, 5000-n)
			if len(all) != min(n, 5000) || all[0] != fmt.Sprintf("p/0:line %d", first) || all[len(all)-1] != "p/0:line 4999" {
				t.Errorf("last %d matching %q: %d lines from %s", n, match, len(all), all[0])
			}
		}
	}
}

// TestScanFollows: what is written later is read later, once; also in a new
// segment, and by a slot that had not printed before.
func TestScanFollows(t *testing.T) {
	for _, match := range []string{"", "line"} {
		dir := t.TempDir()
		s := New(Config{Dir: dir, SegmentBytes: 4 << 10})
		write(s.Slot(procs.ID{Pool: "p"}), "line 0\n")
		s.Flush()
		sc := scan(t, dir, ScanOptions{Live: true, Match: match})
		var got []string
		for i := 1; i <= 3000; i++ {
			slot := s.Slot(procs.ID{Pool: "p", Slot: i / 1000})
			write(slot, "li")
			if i%7 == 0 {
				s.Flush()
				if err := sc.Look(false); err != nil {
					t.Fatal(err)
				}
				got = append(got, strings.Split(scanned(sc), " p/")...)
			}
			write(slot, fmt.Sprintf("ne %d\n", i))
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if err := sc.Look(true); err != nil {
			t.Fatal(err)
		}
		all := " " + strings.Join(append(got, scanned(sc)), " ") + " "
		for i := range 3001 {
			if n := strings.Count(all, fmt.Sprintf(":line %d ", i)); n != 1 {
				t.Fatalf("matching %q: line %d comes %d times", match, i, n)
			}
		}
	}
}

// TestTornIndex: what a crash leaves is read to its end, whatever became of
// the index.
func TestTornIndex(t *testing.T) {
	const n = 2000
	var want strings.Builder
	for i := range n {
		fmt.Fprintf(&want, "line %d\n", i)
	}
	want.WriteString("unfinished\n")
	for name, tear := range map[string]func(t *testing.T, log, idx string){
		"whole":          func(*testing.T, string, string) {},
		"no index":       func(t *testing.T, _, idx string) { must(t, os.Remove(idx)) },
		"empty index":    func(t *testing.T, _, idx string) { must(t, os.Truncate(idx, 0)) },
		"half a record":  func(t *testing.T, _, idx string) { must(t, os.Truncate(idx, size(t, idx)-recordBytes/2)) },
		"half the index": func(t *testing.T, _, idx string) { must(t, os.Truncate(idx, size(t, idx)/2/recordBytes*recordBytes+3)) },
		"zeros":          func(t *testing.T, _, idx string) { overwrite(t, idx, size(t, idx)/2, make([]byte, 4000)) },
		"rubbish": func(t *testing.T, _, idx string) {
			overwrite(t, idx, size(t, idx)/2, []byte(strings.Repeat("rubbish", 99)))
		},
		"zeros after it":  func(t *testing.T, _, idx string) { must(t, os.Truncate(idx, size(t, idx)+4000)) },
		"an unended line": func(t *testing.T, log, _ string) { must(t, os.Truncate(log, size(t, log)-1)) },
	} {
		t.Run(name, func(t *testing.T) {
			dir, c := t.TempDir(), &clock{t: time.Unix(1e9, 0)}
			s := New(Config{Dir: dir, Now: c.now})
			slot := s.Slot(procs.ID{Pool: "p"})
			for i := range n {
				write(slot, fmt.Sprintf("line %d\n", i))
				if i%3 == 0 {
					c.pass(2 * time.Millisecond)
				}
			}
			write(slot, "unfinished")
			must(t, s.Close())
			path := filepath.Join(dir, "p-0.001")
			tear(t, path+".log", path+".idx")
			for _, match := range []string{"", "i"} {
				var got strings.Builder
				for sc := scan(t, dir, ScanOptions{Match: match}); ; {
					chunk, ok := sc.Next(nil)
					if !ok {
						break
					}
					got.Write(chunk.Text)
				}
				if got.String() != want.String() {
					t.Errorf("matching %q: %d bytes, want %d; they end with %q", match, got.Len(), want.Len(), clip(got.String()))
				}
			}
		})
	}
}

// TestTornBlock: of what a crash has cut off between two blocks of the log whole
// lines are read, and the start of one that is longer than a line can be.
func TestTornBlock(t *testing.T) {
	long := strings.Repeat("x", maxLine)
	for _, tt := range []struct{ text, want string }{
		{"one\ntwo\nthr", "p/0:one p/0:two"},
		{"thr", ""},
		{"one\n" + long, "p/0:one p/0:" + long},
	} {
		for _, match := range []string{"", "one|two|thr|x"} {
			dir := t.TempDir()
			must(t, os.WriteFile(filepath.Join(dir, "p-0.001.log"), []byte(tt.text), 0o600))
			must(t, os.WriteFile(filepath.Join(dir, "p-0.001.idx"), nil, 0o600))
			if got := scanned(scan(t, dir, ScanOptions{Match: match})); got != tt.want {
				t.Errorf("matching %q in %q: %q, want %q", match, clip(tt.text), clip(got), clip(tt.want))
			}
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func size(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	must(t, err)
	return info.Size()
}

func overwrite(t *testing.T, path string, at int64, b []byte) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	must(t, err)
	_, err = f.WriteAt(b, at)
	must(t, err)
	must(t, f.Close())
}

func TestParseName(t *testing.T) {
	for _, id := range []procs.ID{{Pool: "web"}, {Pool: "a-b.c", Slot: 12}, {Pool: "../ %41"}, {Pool: strings.Repeat("\xff", 60), Slot: 9999}} {
		got, number, ok := parseName(baseName(id) + ".007")
		if !ok || got != id || number != 7 {
			t.Errorf("%q is read as %q, %d, %v", baseName(id), got, number, ok)
		}
	}
	for _, name := range []string{"", "x", "x.001", "x-0", "x-y.001", "x-0.y", "-0.001", "%4-0.001", "%zz-0.001", "x--1.001"} {
		if id, _, ok := parseName(name); ok && name != "x--1.001" {
			t.Errorf("%q is read as %q", name, id)
		}
	}
}

// FuzzScan: whatever is in the directory, a scan ends and does not panic.
func FuzzScan(f *testing.F) {
	good := appendRecord(nil, record{lines: 2, bytes: 4, offset: 0})
	f.Add([]byte("a\nb\nc\n"), good, "b")
	f.Add([]byte("a\n"), append(good, good...), "")
	f.Fuzz(func(t *testing.T, log, idx []byte, match string) {
		dir := t.TempDir()
		must(t, os.WriteFile(filepath.Join(dir, "p-0.001.log"), log, 0o600))
		must(t, os.WriteFile(filepath.Join(dir, "p-0.001.idx"), idx, 0o600))
		a, err := OpenArchive(dir)
		must(t, err)
		s, err := a.Scan(ScanOptions{Match: match})
		if err != nil {
			return
		}
		defer s.Close()
		for {
			c, ok := s.Next(nil)
			if !ok {
				break
			}
			if strings.Count(string(c.Text), "\n") != c.Lines {
				t.Errorf("%d lines in %q", c.Lines, c.Text)
			}
		}
	})
}
