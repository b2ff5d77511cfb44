package pyagent

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"example.com/muster/procs"
)

// say appends to the reports as an agent does.
func say(t *testing.T, a *Agent, text string) {
	t.Helper()
	f, err := os.OpenFile(a.reports(), os.O_WRONLY|os.O_APPEND, 0)
	must(t, err)
	defer f.Close()
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
}

// TestRead: what is no report is left out, however it is cut.
func TestRead(t *testing.T) {
	a := install(t)
	for _, step := range []struct {
		text string
		want []Report
	}{
		{"", nil},
		{`{"t":"more","pid":1}` + "\n", []Report{More{1}}},
		{"garbage\n\x00\xff\n\n" + `{"t":"more","pid":2}` + "\n" + `{"t":"mo`, []Report{More{2}}},
		{`re","pid":3}`, nil},
		{"\n", []Report{More{3}}},
		{strings.Repeat("x", 100<<10), nil},
		{`{"t":"more","pid":4}` + "\n" + `{"t":"more","pid":5}` + "\n", []Report{More{5}}},
	} {
		say(t, a, step.text)
		if got := read(t, a); !reflect.DeepEqual(got, step.want) {
			t.Errorf("after %.40q: got %v, want %v", step.text, got, step.want)
		}
	}
	must(t, a.Remove())
	if _, err := a.Read(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("after Remove: %v", err)
	}
}

// TestReadTurnsOver: the file does not grow for ever, and nothing is lost when
// a new one takes its place, not even from one who had the old one open.
func TestReadTurnsOver(t *testing.T) {
	a := install(t)
	a.source.patience = 0
	next, got := 1, 0
	for range 40 {
		late, err := os.OpenFile(a.reports(), os.O_WRONLY|os.O_APPEND, 0)
		must(t, err)
		var text bytes.Buffer
		for range 4000 {
			fmt.Fprintf(&text, `{"t":"more","pid":%d}`+"\n", next)
			next++
		}
		say(t, a, text.String())
		reports := read(t, a)
		fmt.Fprintf(late, `{"t":"more","pid":%d}`+"\n", next)
		next++
		must(t, late.Close())
		for _, r := range append(reports, read(t, a)...) {
			if r.(More).PID != got+1 {
				t.Fatalf("%v follows %d", r, got)
			}
			got++
		}
		if info, err := os.Stat(a.reports()); err != nil || info.Size() > turnOver+100<<10 {
			t.Fatalf("%v %v", info.Size(), err)
		}
	}
	if got != next-1 {
		t.Errorf("%d of %d came", got, next-1)
	}
	files, err := python.ReadDir("python")
	must(t, err)
	entries, err := os.ReadDir(a.dir)
	if err != nil || len(entries) != len(files)+2 { // the reports and the tasks
		t.Errorf("the directory holds %v, %v", entries, err)
	}
}

// FuzzCut: lines come whole however they are cut, and long ones not at all.
// Each byte of a line stands for stretch bytes, so that short inputs make them.
func FuzzCut(f *testing.F) {
	f.Add([]byte("a\nb\n"), 1, 1)
	f.Add([]byte("abc\nd\n"), 1000, maxLine/3+1)
	f.Fuzz(func(t *testing.T, short []byte, size, stretch int) {
		size, stretch = max(1, min(size, 1<<16)), max(1, min(stretch, maxLine+1))
		var text []byte
		for _, c := range short[:min(len(short), 64)] {
			if c == '\n' {
				text = append(text, c)
				continue
			}
			text = append(text, bytes.Repeat([]byte{c}, stretch)...)
		}
		var got [][]byte
		var s source
		for rest := text; len(rest) > 0; rest = rest[min(size, len(rest)):] {
			s.cut(rest[:min(size, len(rest))], func(line []byte) { got = append(got, bytes.Clone(line)) })
		}
		var want [][]byte
		for line := range bytes.Lines(text) {
			if line, whole := bytes.CutSuffix(line, []byte("\n")); whole && len(line) <= maxLine {
				want = append(want, line)
			}
		}
		if len(got) != len(want) {
			t.Fatalf("%d lines, want %d", len(got), len(want))
		}
		for i := range got {
			if !bytes.Equal(got[i], want[i]) {
				t.Fatalf("line %d is %q, want %q", i, got[i], want[i])
			}
		}
	})
}

// TestRenew: an agent that somebody has removed is there again, and what is reported from then
// on is read.
func TestRenew(t *testing.T) {
	a := install(t)
	a.source.patience = 0
	for n := 1; n < 6; n += 2 {
		say(t, a, fmt.Sprintf(`{"t":"more","pid":%d}`+"\n", n))
		must(t, os.RemoveAll(a.dir))
		must(t, a.Renew())
		say(t, a, fmt.Sprintf(`{"t":"more","pid":%d}`+"\n", n+1))
		must(t, a.Renew()) // it is there
		if got, want := read(t, a), []Report{More{n}, More{n + 1}}; !reflect.DeepEqual(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		if _, err := os.Stat(filepath.Join(a.dir, "sitecustomize.py")); err != nil {
			t.Error(err)
		}
	}
	must(t, a.Remove())
	must(t, a.Renew())
	if _, err := os.Stat(a.dir); err == nil {
		t.Error("it is there again after its end")
	}
}

// TestRenewOfSomeFiles: of an agent of which files are missing these are written, whole or not at
// all, and what is there stays as it is, above all what running programs report to.
func TestRenewOfSomeFiles(t *testing.T) {
	a := install(t)
	a.source.patience = 0
	names, err := os.ReadDir(a.dir)
	must(t, err)
	for i, name := range names {
		path := filepath.Join(a.dir, name.Name())
		before, err := os.ReadFile(path)
		must(t, err)
		kept := map[string]os.FileInfo{}
		for _, other := range names {
			kept[other.Name()], err = os.Lstat(filepath.Join(a.dir, other.Name()))
			must(t, err)
		}
		delete(kept, name.Name())
		must(t, os.Remove(path))
		must(t, a.Renew())
		if name.Name() == reportsName { // what was in it is read, or lost
			before = nil
		}
		if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, before) {
			t.Errorf("%s has %d bytes, had %d, %v", name.Name(), len(after), len(before), err)
		}
		for other, was := range kept {
			if now, err := os.Lstat(filepath.Join(a.dir, other)); err != nil || !os.SameFile(was, now) || !now.ModTime().Equal(was.ModTime()) {
				t.Errorf("as %s was missing, %s was written, %v", name.Name(), other, err)
			}
		}
		say(t, a, fmt.Sprintf(`{"t":"more","pid":%d}`+"\n", i+1))
		if got, want := read(t, a), []Report{More{i + 1}}; !reflect.DeepEqual(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	}
	if now, err := os.ReadDir(a.dir); err != nil || len(now) != len(names) {
		t.Errorf("there are %v, were %v, %v", now, names, err)
	}
}

// TestRenewOnAFullDisk: what cannot be written whole is not there, so that it is tried again, and what
// is there stays.
func TestRenewOnAFullDisk(t *testing.T) {
	a := install(t)
	site := filepath.Join(a.dir, "sitecustomize.py")
	must(t, os.Remove(site))
	must(t, os.MkdirAll(site+"~/d", 0o700)) // where it is written first
	say(t, a, `{"t":"more","pid":1}`+"\n")
	if err := a.Renew(); err == nil {
		t.Error("nothing is told")
	}
	if _, err := os.Lstat(site); err == nil {
		t.Error("it is there")
	}
	say(t, a, `{"t":"more","pid":2}`+"\n")
	if got, want := read(t, a), []Report{More{1}, More{2}}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	must(t, os.RemoveAll(site+"~"))
	must(t, a.Renew())
	if _, err := os.Lstat(site); err != nil {
		t.Error(err)
	}
}

// TestRenewWhereAFileIsInTheWay: an agent whose directory has become a file is not there, and that it
// cannot be made again is told.
func TestRenewWhereAFileIsInTheWay(t *testing.T) {
	home := filepath.Join(t.TempDir(), "home")
	must(t, os.Mkdir(home, 0o700))
	a, err := Install(filepath.Join(home, "agent"))
	must(t, err)
	must(t, os.RemoveAll(home))
	must(t, os.WriteFile(home, nil, 0o600))
	if err := a.Renew(); err == nil {
		t.Error("nothing is told")
	}
	must(t, os.Remove(home))
	must(t, os.Mkdir(home, 0o700))
	must(t, a.Renew())
	must(t, a.Remove())
}

// TestKnown: a lock is found by where it is in the process that has it, and in
// those that were forked from it since.
func TestKnown(t *testing.T) {
	lock := func(pid int, object uint64, line int) Lock {
		return Lock{PID: pid, Object: object, Kind: "Lock", Site: Site{File: "w.py", Line: line}}
	}
	process := func(pid, ppid int, start uint64, forked bool) Process {
		return Process{PIDRef: procs.PIDRef{PID: pid, StartTime: start}, PPID: ppid, Forked: forked}
	}
	var k Known
	k.Add(
		process(10, 1, 100, false), lock(10, 0xa, 1),
		process(11, 10, 110, true), // has the lock of line 1
		lock(10, 0xa, 2),           // the first has gone, and another is in its place
		process(12, 10, 120, true), // has that of line 2
		process(13, 12, 130, true), // and so has this one, its child
		process(14, 10, 140, false),
		lock(11, 0xb, 3),
		Lock{PID: 10, Object: 0xc, Name: "/mp-c", Kind: "Queue", Role: "_sem", Site: Site{File: "w.py", Line: 4}},
		Lock{PID: 14, Object: 0xd, Name: "/mp-c", Kind: "BoundedSemaphore", Rebuilt: true},
		Lock{PID: 14, Object: 0xe, Name: "/mp-e", Kind: "Lock", Rebuilt: true},
		process(15, 10, 150, true), process(15, 1, 160, false), // the pid was used again
		process(16, 10, 170, true), process(16, 10, 170, false), // and this one is another program now
	)
	for _, c := range []struct {
		pid    int
		start  uint64
		object uint64
		line   int // 0: not known
	}{
		{10, 100, 0xa, 2},
		{10, 0, 0xa, 2},
		{10, 101, 0xa, 0},
		{11, 110, 0xa, 1},
		{12, 120, 0xa, 2},
		{13, 130, 0xa, 2},
		{14, 140, 0xa, 0},
		{11, 110, 0xb, 3},
		{10, 100, 0xb, 0},
		{14, 140, 0xd, 4},
		{14, 140, 0xe, 0},
		{15, 160, 0xa, 0},
		{16, 170, 0xa, 0},
		{99, 0, 0xa, 0},
	} {
		if l, _ := k.Lock(procs.PIDRef{PID: c.pid, StartTime: c.start}, c.object); l.Line != c.line {
			t.Errorf("pid %d, %#x: line %d, want %d", c.pid, c.object, l.Line, c.line)
		}
	}
	if l, ok := k.Lock(procs.PIDRef{PID: 14}, 0xd); !ok || l.Kind != "Queue" || l.Role != "_sem" || !l.Rebuilt {
		t.Errorf("the rebuilt lock is %+v", l)
	}
	for pid, want := range map[int]string{10: "[10 12]", 11: "[11 10 12]", 99: "[]"} {
		if got := k.Objects(procs.PIDRef{PID: pid}); fmt.Sprint(got) != want {
			t.Errorf("the objects of %d: %v, want %s", pid, got, want)
		}
	}
	named := process(13, 12, 130, true)
	named.Name = "ForkPoolWorker-1"
	k.Add(named)
	if l, _ := k.Lock(named.PIDRef, 0xa); l.Line != 2 {
		t.Errorf("a process that has been named has the lock of line %d", l.Line)
	}
	if p, ok := k.Process(named.PIDRef); !ok || p != named {
		t.Errorf("the process is %+v", p)
	}
}

// TestKnownIsBounded: whoever reports without end makes it forget, not grow.
func TestKnownIsBounded(t *testing.T) {
	var k Known
	for i := range 3 * maxLocks {
		k.Add(
			Process{PIDRef: procs.PIDRef{PID: i + 1}}, Lock{PID: i + 1, Object: uint64(i), Name: fmt.Sprint(i)},
			Pipe{PID: 1, Inodes: []uint64{uint64(i)}},
		)
	}
	for what, n := range map[string]int{
		"images": k.images.Len(), "locks": k.locks.Len(), "names": k.names.Len(),
		"pipes": k.pipes.Len(),
	} {
		if n > maxLocks {
			t.Errorf("%d %s", n, what)
		}
	}
	if _, ok := k.Lock(procs.PIDRef{PID: 3 * maxLocks}, 3*maxLocks-1); !ok {
		t.Error("the last one is forgotten")
	}
	if _, ok := k.Lock(procs.PIDRef{PID: 5}, 4); ok {
		t.Error("an old one is not forgotten")
	}
}

// TestInstall: the directory is private, remains of an earlier one go, and a
// path that PYTHONPATH cannot hold is refused.
func TestInstall(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "agent")
	must(t, os.MkdirAll(filepath.Join(dir, "old"), 0o755))
	a, err := Install(dir)
	must(t, err)
	info, err := os.Stat(dir)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	if _, err := os.Stat(filepath.Join(dir, "old")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("what was there before: %v", err)
	}
	must(t, a.Remove())
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("after Remove: %v", err)
	}
	for _, bad := range []string{filepath.Join(t.TempDir(), "a:b"), "relative", filepath.Join(t.TempDir(), "no", "parent")} {
		if _, err := Install(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestEnviron(t *testing.T) {
	a := &Agent{dir: "/s/agent"}
	for _, c := range []struct {
		environ []string
		lines   string
		want    string
	}{
		{[]string{"A=1"}, "", "A=1 PYTHONPATH=/s/agent MUSTER_AGENT=/s/agent/reports"},
		{[]string{"PYTHONPATH=", "A=1"}, AllLines, "A=1 PYTHONPATH=/s/agent MUSTER_AGENT=/s/agent/reports MUSTER_AGENT_LINES=1"},
		{[]string{"PYTHONPATH=/x", "PYTHONPATH=/u::/v"}, "7 8", "PYTHONPATH=/s/agent:/u::/v MUSTER_AGENT=/s/agent/reports MUSTER_AGENT_LINES=7 8"},
		{
			[]string{"PYTHONPATH=/o/agent:/u", "MUSTER_AGENT=/o/agent/reports", "MUSTER_AGENT_LINES=1"},
			"",
			"PYTHONPATH=/s/agent:/u MUSTER_AGENT=/s/agent/reports",
		},
	} {
		before := strings.Join(c.environ, " ")
		if got := strings.Join(a.Environ(c.environ, c.lines), " "); got != c.want {
			t.Errorf("%q: got %q, want %q", c.environ, got, c.want)
		}
		if strings.Join(c.environ, " ") != before {
			t.Errorf("%q was changed", before)
		}
	}
}
