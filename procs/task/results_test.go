package task

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/muster/procs"
	"example.com/muster/procs/task/plan"
)

// ended is a task that has come to its end.
func ended(seq uint64, text string, v plan.Verdict) *Task {
	it := &Item{Seq: seq, Text: text}
	it.Key = newKeyer([]string{"test"}).key(it)
	it.Out.Value = []byte(`"` + text + `"`)
	if v != plan.OK {
		it.Out.Failure = &Failure{Kind: "Bad", Message: "Bad: no good"}
	}
	return &Task{Item: it, Verdict: v, Tries: 1, Began: time.Unix(1000, 0).UTC(), Took: 1500 * time.Microsecond}
}

// records reads a file of results: items and whether they went well.
func records(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for line := range strings.Lines(string(b)) {
		var r struct {
			Item string
			OK   bool
		}
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		out = append(out, fmt.Sprint(r.Item, " ", r.OK))
	}
	return strings.Join(out, ", ")
}

func open(t *testing.T, name string, resume Resume) (*Results, *plan.Set) {
	t.Helper()
	r, done, err := OpenResults(name, resume, ResultOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return r, done
}

func tell(t *testing.T, s Sink, tasks ...*Task) {
	t.Helper()
	if err := errors.Join(s.Tell(tasks), s.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestResultsAreResumed(t *testing.T) {
	name := filepath.Join(t.TempDir(), "r.jsonl")
	r, _ := open(t, name, Afresh)
	tell(t, r, ended(1, "a", plan.OK), ended(2, "b", plan.Failed), ended(3, "c", plan.Skipped))
	if got := records(t, name); got != "a true, b false" {
		t.Errorf("it holds %s", got)
	}
	r, done := open(t, name, ResumeAll)
	if !done.Take(ended(9, "a", plan.OK).Item.Key) || !done.Take(ended(9, "b", plan.OK).Item.Key) || done.Len() > 0 {
		t.Error("a and b are not known as done")
	}
	tell(t, r, ended(3, "c", plan.OK))
	if got := records(t, name); got != "a true, b false, c true" {
		t.Errorf("it holds %s", got)
	}
	r, done = open(t, name, ResumeFailed)
	if done.Take(ended(9, "b", plan.OK).Item.Key) {
		t.Error("what failed is known as done")
	}
	tell(t, r, ended(2, "b", plan.OK))
	if got := records(t, name); got != "a true, c true, b true" {
		t.Errorf("it holds %s", got)
	}
}

// What a kill has left half written goes, wherever it was cut.
func TestHalfARecordIsRepaired(t *testing.T) {
	name := filepath.Join(t.TempDir(), "r.jsonl")
	r, _ := open(t, name, Afresh)
	tell(t, r, ended(1, "a", plan.OK), ended(2, "b", plan.OK))
	whole, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	second := strings.Index(string(whole), "\n") + 1
	for size := second; size < len(whole); size++ {
		if err := os.WriteFile(name, whole[:size], 0o600); err != nil {
			t.Fatal(err)
		}
		r, done := open(t, name, ResumeAll)
		if !done.Take(ended(1, "a", plan.OK).Item.Key) || done.Len() != 0 {
			t.Fatalf("cut at %d: what is done is not only a", size)
		}
		tell(t, r, ended(2, "b", plan.OK))
		if got := records(t, name); got != "a true, b true" {
			t.Fatalf("cut at %d it holds %s", size, got)
		}
	}
}

func TestOtherFilesAreNotResumed(t *testing.T) {
	name := filepath.Join(t.TempDir(), "notes.json")
	if err := os.WriteFile(name, []byte("my notes\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, resume := range []Resume{ResumeAll, ResumeFailed} {
		_, _, err := OpenResults(name, resume, ResultOptions{})
		if err == nil || !strings.Contains(err.Error(), "line 1 is no result of muster map") {
			t.Errorf("it was resumed: %v", err)
		}
	}
	if b, _ := os.ReadFile(name); string(b) != "my notes\n" {
		t.Errorf("it was changed: %q", b)
	}
	left, _ := filepath.Glob(filepath.Join(filepath.Dir(name), ".muster*"))
	if len(left) > 0 {
		t.Errorf("%q is left", left)
	}
}

// A record holds what its fields say, also of bytes that are no UTF-8.
func TestRecord(t *testing.T) {
	r := recorder{most: 3}
	task := ended(7, "a\xff\n", plan.OK)
	task.Item.Out.Exit = &procs.Exit{Code: 2}
	task.Item.Out.Stdout = Printed{Bytes: []byte("o\x80"), Size: 2}
	f, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	_, _ = f.WriteString("12345")
	task.Item.Out.Stderr = Printed{File: f, Size: 5}
	var got map[string]any
	if err := json.Unmarshal(r.append(nil, task), &got); err != nil {
		t.Fatal(err)
	}
	for field, want := range map[string]any{
		"seq": 7.0, "ok": true, "item": "a\ufffd\n", "item_raw": "Yf8K", "stdout": "o\ufffd", "stdout_raw": "b4A=",
		"stderr": "123", "stderr_bytes_missing": 2.0, "seconds": 0.0015, "at": "1970-01-01T00:16:40.000Z", "tries": 1.0,
	} {
		if got[field] != want {
			t.Errorf("%s is %v, want %v", field, got[field], want)
		}
	}
}

// A full disk ends the map and says so; what was written before is whole.
func TestResultsDiskFull(t *testing.T) {
	name := filepath.Join(t.TempDir(), "r.jsonl")
	r, _ := open(t, name, Afresh)
	r.w = &fullDisk{r.f, 900}
	var err error
	for i := uint64(1); err == nil && i < 100; i++ {
		err = errors.Join(r.Tell([]*Task{ended(i, strings.Repeat("x", 100), plan.OK)}), r.Flush())
	}
	if err == nil || err.Error() != "cannot write results to "+name+": no space left on device" {
		t.Errorf("it ended with %v", err)
	}
	_ = r.Close()
	_, done := open(t, name, ResumeAll)
	if done.Len() == 0 {
		t.Error("nothing is left")
	}
	_ = records(t, name) // all whole
}

// fullDisk has room for so many bytes.
type fullDisk struct {
	to   io.Writer
	room int
}

func (d *fullDisk) Write(p []byte) (int, error) {
	n, err := d.to.Write(p[:min(len(p), d.room)])
	d.room -= n
	if err == nil && n < len(p) {
		err = &os.PathError{Op: "write", Err: syscall.ENOSPC}
	}
	return n, err
}

func TestResultDir(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	r, _, err := OpenResultDir(dir, Afresh, ResultOptions{})
	if err != nil {
		t.Fatal(err)
	}
	task := ended(1, "a/b", plan.OK)
	task.Item.Args = []string{"a/b", ".."}
	task.Item.Out.Exit = &procs.Exit{}
	task.Item.Out.Stdout = Printed{Bytes: []byte("out"), Size: 3}
	tell(t, r, task, ended(2, strings.Repeat("x", 300), plan.OK))
	for file, want := range map[string]string{`1/a\_b/2/\../stdout`: "out", `1/a\_b/2/\../stderr`: "", `1/a\_b/2/\../seq`: "1\n"} {
		if b, err := os.ReadFile(filepath.Join(dir, "1", strings.TrimPrefix(file, "1/"))); err != nil || string(b) != want {
			t.Errorf("%s: %q, %v", file, b, err)
		}
	}
	_, done, err := OpenResultDir(dir, ResumeAll, ResultOptions{})
	if err != nil || done.Len() != 2 {
		t.Errorf("%d are done, %v", done.Len(), err)
	}
}

func TestJobLog(t *testing.T) {
	name := filepath.Join(t.TempDir(), "log")
	command := func(t *Task) string { return "echo " + t.Item.Text }
	l, _, err := OpenJobLog(name, Afresh, command)
	if err != nil {
		t.Fatal(err)
	}
	failed := ended(2, "b\nc", plan.Failed)
	failed.Item.Out.Exit = &procs.Exit{Signal: procs.SIGKILL}
	tell(t, l, ended(1, "a", plan.OK), failed, ended(3, "d", plan.TimedOut))
	b, err := os.ReadFile(name)
	want := jobLogHeader + "1\t:\t1000.000\t     0.002\t0\t3\t0\t0\techo a\n2\t:\t1000.000\t     0.002\t0\t5\t0\t9\techo b\\nc\n3\t:\t1000.000\t     0.002\t0\t3\t-1\t0\techo d\n"
	if err != nil || string(b) != want {
		t.Errorf("it holds %q, want %q", b, want)
	}
	if err := os.WriteFile(name, b[:len(b)-5], 0o600); err != nil { // half a line
		t.Fatal(err)
	}
	for resume, want := range map[Resume]int{ResumeAll: 2, ResumeFailed: 1} {
		l, done, err := OpenJobLog(name, resume, command)
		if err != nil || done.Len() != want || !done.Take(CommandKey("echo a")) {
			t.Errorf("resume %d: %d are done, %v", resume, done.Len(), err)
		}
		tell(t, l)
	}
	if err := os.WriteFile(name, []byte("my notes\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := OpenJobLog(name, ResumeAll, command); err == nil || !strings.Contains(err.Error(), "line 1 is none of a job log") {
		t.Errorf("other text was resumed: %v", err)
	}
}

// What is no regular file is never replaced by one.
func TestDevicesStay(t *testing.T) {
	name := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Fatal(err)
	}
	reader, err := os.OpenFile(name, os.O_RDWR, 0) // or opening it to write would wait
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if _, _, err := OpenResults(name, ResumeFailed, ResultOptions{}); err == nil || err.Error() != "cannot resume "+name+": it is no file that can be read again" {
		t.Errorf("it is resumed: %v", err)
	}
	r, _ := open(t, name, Afresh)
	l, _, err := OpenJobLog(name, Afresh, func(*Task) string { return "true" })
	if err != nil {
		t.Fatal(err)
	}
	again := map[uint64]bool{1: true}
	for _, sink := range []interface {
		Sink
		Withdrawer
	}{r, l} {
		if err := errors.Join(sink.Tell([]*Task{ended(1, "a", plan.Failed)}), sink.Withdraw(again)); err != nil {
			t.Errorf("%T: %v", sink, err)
		}
		if info, err := os.Lstat(name); err != nil || info.Mode().Type() != os.ModeNamedPipe {
			t.Fatalf("%T: it is a %v, %v", sink, info.Mode(), err)
		}
		if err := sink.Close(); err != nil {
			t.Errorf("%T: %v", sink, err)
		}
	}
}

// A link stays, and what it leads to is what is resumed.
func TestLinksAreFollowed(t *testing.T) {
	dir := t.TempDir()
	name, link := filepath.Join(dir, "r.jsonl"), filepath.Join(dir, "link.jsonl")
	r, _ := open(t, name, Afresh)
	tell(t, r, ended(1, "a", plan.OK), ended(2, "b", plan.Failed))
	if err := os.Symlink("r.jsonl", link); err != nil {
		t.Fatal(err)
	}
	r, _ = open(t, link, ResumeFailed)
	tell(t, r, ended(2, "b", plan.OK))
	if got := records(t, name); got != "a true, b true" {
		t.Errorf("it holds %s", got)
	}
}

// A file belongs to one map at a time, also once its failures have been taken back
// or dropped, by which it becomes another file; what was written is still there.
func TestAFileHasOneWriter(t *testing.T) {
	name := filepath.Join(t.TempDir(), "r.jsonl")
	busy := func(when string) {
		t.Helper()
		for _, resume := range []Resume{Afresh, ResumeAll, ResumeFailed} {
			if _, _, err := OpenResults(name, resume, ResultOptions{}); err == nil || !strings.Contains(err.Error(), "results to "+name+": another muster map writes to it") {
				t.Errorf("%s it is opened again: %v", when, err)
			}
		}
		if _, _, err := OpenJobLog(name, ResumeAll, nil); err == nil || !strings.Contains(err.Error(), "the job log to "+name+": another muster map writes to it") {
			t.Errorf("%s it is a job log too: %v", when, err)
		}
	}
	r, _ := open(t, name, Afresh)
	if err := errors.Join(r.Tell([]*Task{ended(1, "a", plan.OK), ended(2, "b", plan.Failed), ended(3, "c", plan.Failed)}), r.Flush()); err != nil {
		t.Fatal(err)
	}
	busy("as it is written")
	if err := r.Withdraw(map[uint64]bool{2: true}); err != nil {
		t.Fatal(err)
	}
	busy("after a failure was taken back")
	tell(t, r)
	r, _ = open(t, name, ResumeFailed)
	busy("after failures were dropped")
	tell(t, r)
	if got := records(t, name); got != "a true" {
		t.Errorf("it holds %s", got)
	}
}
