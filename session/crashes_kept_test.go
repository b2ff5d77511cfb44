package session

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/muster/profiling/crash"
)

// keeping returns a log of crashes that keeps them in a directory, and a function
// that files one, and writes.
func keeping(t *testing.T, dir string) (*crashLog, func(*crash.Report)) {
	t.Helper()
	s := &Session{cfg: Config{Name: "web", CrashDir: dir}, started: noon}
	l := &s.crashes
	l.session = s
	l.open()
	t.Cleanup(l.kept.close)
	return l, func(r *crash.Report) {
		l.revise(func(b *crashBook) { b.file(r) })
		l.kept.changed(r.Seq)
		l.kept.write(l.list, true)
	}
}

func kept(t *testing.T, dir string) (ids []string, list []KeptCrash, damaged int) {
	t.Helper()
	list, damaged, err := readCrashes(filepath.Join(dir, crashesName))
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range list {
		ids = append(ids, k.ID)
	}
	return ids, list, damaged
}

// Reports whose file somebody removes are written again with the next, or at the end.
func TestReportsThatAreRemovedAreWrittenAgain(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "web")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	l, file := keeping(t, dir)
	file(ended("p", 0, "exit 1", 0))
	for i, want := range []string{"[c1 c2]", "[c1 c2]"} {
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			file(ended("p", 0, "exit 2", 1))
		}
		l.kept.write(l.list, true)
		if ids, _, damaged := kept(t, dir); fmt.Sprint(ids) != want || damaged != 0 {
			t.Errorf("time %d: %v are kept, %d damaged, want %s", i, ids, damaged, want)
		}
	}
}

// What cannot be written is told once, and written when it can be.
func TestAFailedWriteIsTriedAgain(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "web")
	if err := os.WriteFile(dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	l, file := keeping(t, dir)
	var told []string
	l.kept.failed = func(err error) { told = append(told, err.Error()) }
	file(ended("p", 0, "exit 1", 0))
	if wait, more := l.kept.due(time.Now()); !more || wait < keepAgain/2 {
		t.Errorf("after a failure it is tried again in %v, %v", wait, more)
	}
	file(ended("p", 0, "exit 2", 1))
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	file(ended("p", 0, "exit 3", 2))
	if ids, _, damaged := kept(t, dir); fmt.Sprint(ids) != "[c1 c2 c3]" || damaged != 0 {
		t.Errorf("%v are kept, %d damaged", ids, damaged)
	}
	if len(told) != 1 || !strings.Contains(told[0], "not a directory") {
		t.Errorf("told: %q", told)
	}
}

// Reports whose file was removed are written again even if the first try at that fails.
func TestAFailedWriteOfAllIsTriedAgain(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "web")
	l, file := keeping(t, dir)
	l.kept.failed = func(error) {}
	file(ended("p", 0, "exit 1", 0))
	file(ended("p", 0, "exit 2", 1))
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir, nil, 0o600); err != nil { // in the place of the directory
		t.Fatal(err)
	}
	file(ended("p", 0, "exit 3", 2))
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	l.kept.write(l.list, true)
	if ids, _, damaged := kept(t, dir); fmt.Sprint(ids) != "[c1 c2 c3]" || damaged != 0 {
		t.Errorf("%v are kept, %d damaged", ids, damaged)
	}
}

// A file that has grown too large and cannot be written anew is told of, and what it holds
// is not appended to it once more.
func TestAFileThatCannotBeMadeSmaller(t *testing.T) {
	dir := t.TempDir()
	l, file := keeping(t, dir)
	var told []string
	l.kept.failed = func(err error) { told = append(told, err.Error()) }
	file(ended("p", 0, "exit 1", 0))
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	none := before
	none.Cur = 0
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &none); err != nil {
		t.Fatal(err)
	}
	l.kept.size = crashesBudget
	file(ended("p", 0, "exit 2", 1))
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	if _, more := l.kept.due(time.Now()); more {
		t.Error("what was written is to be written again")
	}
	l.kept.write(l.list, true)
	text, err := os.ReadFile(filepath.Join(dir, crashesName))
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(text, []byte("\n")); n != 2 || len(told) != 1 || !strings.Contains(told[0], "too many open files") {
		t.Errorf("%d lines of 2 reports; told: %q", n, told)
	}
}

// A report that names its siblings later is written again: also those that came later.
func TestALaterSiblingIsKept(t *testing.T) {
	dir := t.TempDir()
	_, file := keeping(t, dir)
	file(ended("p", 0, "ValueError", 0))
	file(ended("p", 1, "ValueError", 1))
	if _, list, _ := kept(t, dir); fmt.Sprint(list[0].Siblings, list[1].Siblings) != "[p/1] [p/0]" {
		t.Errorf("kept: %v %v", list[0].Siblings, list[1].Siblings)
	}
}

// A file that cannot be read is not one without crashes.
func TestAFileThatCannotBeRead(t *testing.T) {
	if list, _, err := readCrashes(t.TempDir()); err == nil {
		t.Errorf("of a directory: %v", list)
	}
}

// What is kept outlives the session, and the numbers go on in the next of its
// name.
func TestNumbersGoOn(t *testing.T) {
	dir := t.TempDir()
	l, file := keeping(t, dir)
	file(ended("p", 0, "exit 1", 0))
	file(ended("p", 0, "exit 2", 1))
	l.change(1, func(r *crash.Report) { r.Headline = "better" })
	l.kept.write(l.list, true)
	l.kept.close()
	_, file = keeping(t, dir)
	file(ended("p", 0, "exit 3", 2))
	ids, list, damaged := kept(t, dir)
	if fmt.Sprint(ids) != "[c1 c2 c3]" || damaged != 0 || list[0].Headline != "better" || list[2].Session != "web" {
		t.Errorf("%v, %d damaged: %+v", ids, damaged, list)
	}
}

// A file that somebody has damaged costs what is damaged, and no more.
func TestADamagedFile(t *testing.T) {
	dir := t.TempDir()
	_, file := keeping(t, dir)
	file(ended("p", 0, "exit 1", 0))
	path := filepath.Join(dir, crashesName)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("x", maxKeptLine+5)
	for name, bad := range map[string]string{
		"half a line": `{"id":"c9","sess`, "not JSON": "\x00\xff\n", "another number": `{"id":"../../etc","session":"web"}` + "\n",
		"a bad name": `{"id":"c8","session":"../x"}` + "\n", "too long": `{"id":"c7","session":"web","headline":"` + long + "\"}\n",
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(path, append(bytes.Clone(good), bad...), 0o600); err != nil {
				t.Fatal(err)
			}
			_, file := keeping(t, dir)
			file(ended("p", 0, "exit 2", 1))
			if ids, _, damaged := kept(t, dir); fmt.Sprint(ids) != "[c1 c2]" || damaged != 1 {
				t.Errorf("%v, %d damaged", ids, damaged)
			}
		})
	}
}

// The file stays within its budget; the newest reports are in it.
func TestTheFileIsBounded(t *testing.T) {
	dir := t.TempDir()
	_, file := keeping(t, dir)
	words := strings.Repeat("last words ", 5000)
	const n = 300
	for i := range n {
		file(ended("p", 0, fmt.Sprint(i, words), float64(i)))
	}
	info, err := os.Stat(filepath.Join(dir, crashesName))
	if err != nil || info.Size() > crashesBudget+maxKeptLine || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	ids, _, damaged := kept(t, dir)
	if damaged != 0 || len(ids) < 10 || ids[len(ids)-1] != fmt.Sprint("c", n) {
		t.Errorf("%d kept up to %s, %d damaged", len(ids), ids[len(ids)-1], damaged)
	}
	left, err := filepath.Glob(filepath.Join(dir, ".crashes-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}
