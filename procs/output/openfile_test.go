package output

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/muster/procs"
)

// openNow returns what an archive tells of lines that have not ended.
func openNow(t *testing.T, dir string, o ScanOptions) string {
	t.Helper()
	o.Live = true
	s := scan(t, dir, o)
	scanned(s)
	return described(s.Open())
}

func described(chunks []Chunk) string {
	var words []string
	for _, c := range chunks {
		words = append(words, fmt.Sprintf("%s %s %d %q", c.ID, c.Stream, c.PID, c.Text))
	}
	return strings.Join(words, ", ")
}

// TestOpenLines: a line that has not ended is in the log once it is flushed,
// with its writer; it grows, and it is there no more when it has ended.
func TestOpenLines(t *testing.T) {
	dir := t.TempDir()
	s, sl := testSlot(t, Config{Dir: dir})
	for _, step := range []struct {
		stream procs.Stream
		pid    int
		write  string
		want   string // what is open
		lines  string
	}{
		{procs.Stdout, 7, "Password: ", `p/0 stdout 7 "Password: \n"`, ""},
		{procs.Stderr, 8, "one\ntwo", `p/0 stdout 7 "Password: \n", p/0 stderr 8 "two\n"`, "p/0:one"},
		{procs.Stdout, 7, "***", `p/0 stderr 8 "two\n", p/0 stdout 7 "Password: ***\n"`, "p/0:one"},
		{procs.Stderr, 8, "\n", `p/0 stdout 7 "Password: ***\n"`, "p/0:one p/0:two"},
		{procs.Stdout, 7, "\n", "", "p/0:one p/0:two p/0:Password: ***"},
	} {
		sl.Write(step.stream, step.pid, []byte(step.write))
		s.Flush()
		if got := openNow(t, dir, ScanOptions{}); got != step.want {
			t.Errorf("after %q these are open: %s, want %s", step.write, got, step.want)
		}
		if got := scanned(scan(t, dir, ScanOptions{Live: true})); got != step.lines {
			t.Errorf("after %q these have ended: %s, want %s", step.write, got, step.lines)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(dir + "/*.open*"); len(left) > 0 {
		t.Errorf("it leaves %q", left)
	}
}

// TestOpenLinesThatAreWanted: a question about some lines is also one about those that
// have not ended.
func TestOpenLinesThatAreWanted(t *testing.T) {
	dir, c := t.TempDir(), &clock{t: time.Unix(1e9, 0)}
	s := New(Config{Dir: dir, Now: c.now})
	defer func() { _ = s.Close() }() // only read
	s.Slot(procs.ID{Pool: "p"}).Write(procs.Stdout, 0, []byte("apple"))
	c.pass(time.Minute)
	s.Slot(procs.ID{Pool: "p", Slot: 1}).Write(procs.Stdout, 0, []byte("pear"))
	s.Flush()
	for want, o := range map[string]ScanOptions{
		`p/0 stdout 0 "apple\n", p/1 stdout 0 "pear\n"`: {},
		`p/0 stdout 0 "apple\n"`:                        {Match: "ap+"},
		`p/1 stdout 0 "pear\n"`:                         {Since: time.Unix(1e9+1, 0)},
		"":                                              {Until: time.Unix(1e9-1, 0)},
	} {
		if got := openNow(t, dir, o); got != want {
			t.Errorf("%+v: %s, want %s", o, got, want)
		}
	}
}

// TestOpenLinesAfterACrash: whoever is killed leaves what had not ended, once:
// not what its log has the end of, be it in the index or behind it.
func TestOpenLinesAfterACrash(t *testing.T) {
	for _, tt := range []struct {
		name   string
		writes []string // after the first, which is flushed
		torn   bool     // the index lacks what came after
		want   string
	}{
		{"a prompt", nil, false, "p/0:one p/0:Pass"},
		{"it ended", []string{"word\n"}, false, "p/0:one p/0:Password"},
		{"it ended, and the index does not know", []string{"word\n"}, true, "p/0:one p/0:Password"},
		{"another writer", []string{"2:two\n"}, false, "p/0:one p/0:two p/0:Pass"},
		{"another writer, and the index does not know", []string{"2:two\n"}, true, "p/0:one p/0:two p/0:Pass"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			s, sl := testSlot(t, Config{Dir: dir})
			defer func() { _ = s.Close() }() // what it does then is not looked at
			sl.Write(procs.Stdout, 1, []byte("one\nPass"))
			s.Flush()
			index, open := readFile(t, dir+"/p-0.001.idx"), readFile(t, dir+"/p-0.001.open")
			for _, w := range tt.writes {
				pid, text := 1, w
				if after, ok := strings.CutPrefix(w, "2:"); ok {
					pid, text = 2, after
				}
				sl.Write(procs.Stdout, pid, []byte(text))
			}
			s.Flush()
			crashed := t.TempDir()
			writeFile(t, crashed+"/p-0.001.log", readFile(t, dir+"/p-0.001.log"))
			writeFile(t, crashed+"/p-0.001.open", open)
			if !tt.torn {
				index = readFile(t, dir+"/p-0.001.idx")
			}
			writeFile(t, crashed+"/p-0.001.idx", index)
			if got := scanned(scan(t, crashed, ScanOptions{})); got != tt.want {
				t.Errorf("left %s, want %s", got, tt.want)
			}
		})
	}
}

// TestOpenLinesFollowTheLog: they stand beside the newest segment, and those of
// a process that was killed are read before what a later one wrote.
func TestOpenLinesFollowTheLog(t *testing.T) {
	dir := t.TempDir()
	s, sl := testSlot(t, Config{Dir: dir, SegmentBytes: 1000, DiskBytes: 1 << 30})
	sl.Write(procs.Stderr, 0, []byte("Name: "))
	s.Flush()
	for range 100 {
		sl.Write(procs.Stdout, 0, []byte(strings.Repeat("x", 99)+"\n"))
		files, _ := filepath.Glob(dir + "/*.open")
		if len(files) != 1 {
			t.Fatalf("the open lines are in %q", files)
		}
	}
	s.Flush()
	if got, want := openNow(t, dir, ScanOptions{}), `p/0 stderr 0 "Name: \n"`; got != want {
		t.Errorf("open: %s, want %s", got, want)
	}
	copied := t.TempDir()
	if out, err := exec.Command("cp", "-r", dir+"/.", copied).CombinedOutput(); err != nil { // as if it had been killed
		t.Fatalf("%v: %s", err, out)
	}
	_ = s.Close()
	later, sl2 := testSlot(t, Config{Dir: copied})
	sl2.Write(procs.Stdout, 0, []byte("later\n"))
	if err := later.Close(); err != nil {
		t.Fatal(err)
	}
	if got := scanned(scan(t, copied, ScanOptions{})); !strings.HasSuffix(got, "x p/0:Name:  p/0:later") {
		t.Errorf("it ends in %q", got[len(got)-100:])
	}
}

// TestOpenLinesOutliveTheirSegment: the budget takes them along, and they
// are written down anew.
func TestOpenLinesOutliveTheirSegment(t *testing.T) {
	dir := t.TempDir()
	s, sl := testSlot(t, Config{Dir: dir, SegmentBytes: 4 << 10, DiskBytes: 16 << 10})
	sl.Write(procs.Stderr, 0, []byte("Name: "))
	s.Flush()
	for range 1000 {
		sl.Write(procs.Stdout, 0, []byte(strings.Repeat("x", 99)+"\n"))
	}
	s.Flush()
	if got, want := openNow(t, dir, ScanOptions{}), `p/0 stderr 0 "Name: \n"`; got != want {
		t.Errorf("open: %s, want %s", got, want)
	}
	if used := s.Stats().LogBytes; used > 16<<10 {
		t.Errorf("the log takes %d bytes", used)
	}
	_ = s.Close()
}

// format returns the lines as they are on disk; none are no bytes at all.
func (o openLines) format() []byte {
	if len(o.lines) == 0 {
		return nil
	}
	b := beginOpen(nil)
	for _, l := range o.lines {
		b = appendOpen(b, l.writer, l.at, l.text)
	}
	return sealOpen(b, o.next)
}

// TestOpenFileTorn: what is torn is nothing, and no file can be read past its
// end or make us allocate much.
func TestOpenFileTorn(t *testing.T) {
	whole := openLines{next: 9, lines: []openLine{{writer: writer{stream: 1, pid: 5}, at: 3, text: []byte("a\rb")}, {text: []byte("c")}}}.format()
	o, ok := parseOpen(whole)
	if !ok || o.next != 9 || len(o.lines) != 2 || string(o.lines[0].text) != "a\rb" || o.lines[0].pid != 5 || string(o.lines[1].text) != "c" {
		t.Fatalf("parsed %+v, %v", o, ok)
	}
	for n := range whole {
		if _, ok := parseOpen(whole[:n]); ok {
			t.Errorf("the first %d bytes of %d are taken for whole", n, len(whole))
		}
	}
	if _, ok := parseOpen(append(whole, "what an older one left"...)); !ok {
		t.Error("what is behind the end matters")
	}
}

func FuzzParseOpen(f *testing.F) {
	f.Add(openLines{next: 9, lines: []openLine{{text: []byte("a")}}}.format())
	f.Add([]byte("open 1 0 -5\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if o, ok := parseOpen(b); ok && len(o.lines) > 0 {
			if again, ok := parseOpen(o.format()); !ok || len(again.lines) != len(o.lines) {
				t.Errorf("%+v became %+v", o, again)
			}
		}
	})
}

// TestReplaceFile: small and large content, and no symbolic link is followed.
func TestReplaceFile(t *testing.T) {
	dir := t.TempDir()
	for _, n := range []int{10, pageBytes + 1, 5, pageBytes, 0, 0} {
		if err := replaceFile(dir+"/x", []byte(strings.Repeat("y", n))); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(dir + "/x")
		if len(b) != n || (err == nil) != (n > 0) {
			t.Errorf("%d bytes became %d, %v", n, len(b), err)
		}
	}
	if err := os.Symlink(dir+"/other", dir+"/x"); err != nil {
		t.Fatal(err)
	}
	if err := replaceFile(dir+"/x", []byte("a")); err == nil {
		t.Error("a symbolic link was followed")
	}
	if names, _ := filepath.Glob(dir + "/*"); len(names) != 1 {
		t.Errorf("there are %q", names)
	}
}

// TestKilledWriterLosesNothingOld kills a process that writes, and finds what
// it had printed 100 ms before.
func TestKilledWriterLosesNothingOld(t *testing.T) {
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), playWriter+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 1)
	_, _ = out.Read(buf) // it says when it is in the middle of it
	if err := cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it is killed
	got := scanned(scan(t, dir, ScanOptions{Match: "Password"}))
	if got != "p/0:Password: " {
		t.Errorf("left is %q", got)
	}
}

// playWriter in the environment makes the test binary write a log there, a
// prompt in the midst of a flood, until it is killed.
const playWriter = "MUSTER_TEST_WRITER"

func playWriting(dir string) {
	s := New(Config{Dir: dir, SegmentBytes: 1 << 20})
	sl := s.Slot(procs.ID{Pool: "p"})
	sl.Write(procs.Stderr, 0, []byte("Password: "))
	s.Flush()
	for i := 0; ; i++ {
		sl.Write(procs.Stdout, 0, printed)
		if i == 500 {
			fmt.Print("x")
		}
	}
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func writeFile(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}
