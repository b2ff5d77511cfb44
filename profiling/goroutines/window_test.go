package goroutines

import (
	"encoding/binary"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

func at(line int, count int64, delay time.Duration) Contention {
	return Contention{"/src/a.go", line, "main.work", ForMutex, count, delay}
}

// TestWindow: what a window tells is the difference between its last reading and
// one that is half a span to a span old.
func TestWindow(t *testing.T) {
	var w Window
	check := func(when string, wantOver time.Duration, want ...Contention) {
		t.Helper()
		got, over := w.Lines()
		if diff := cmp.Diff(want, got); diff != "" || over != wantOver {
			t.Errorf("%s: in %v, want %v: %s", when, over, wantOver, diff)
		}
	}
	check("without a reading", 0)
	w.Add(noon, []Contention{at(7, 100, time.Hour)})
	check("one reading", 0) // an hour of the past is not told
	w.Add(noon.Add(3*time.Second), []Contention{at(7, 100, time.Hour)})
	check("nothing has come to it", 3*time.Second)
	w.Add(noon.Add(6*time.Second), []Contention{at(7, 104, time.Hour+2*time.Second), at(9, 1, 5*time.Second)})
	check("a line more", 6*time.Second, at(9, 1, 5*time.Second), at(7, 4, 2*time.Second))
	for s := 9; s <= 90; s += 3 {
		w.Add(noon.Add(time.Duration(s)*time.Second), []Contention{at(7, 104, time.Hour+2*time.Second), at(9, int64(s), 5*time.Second)})
		if _, over := w.Lines(); s >= 30 && (over < Span/2 || over > Span+3*time.Second) {
			t.Errorf("after %d s it reaches back %v", s, over)
		}
	}
	got, over := w.Lines()
	if want := int64(over / time.Second); len(got) != 1 || got[0].Line != 9 || got[0].Count != want || got[0].Delay != 0 {
		t.Errorf("in %v: %+v", over, got) // line 7 is quiet by now
	}
}

// TestWindowOfAnother: where a count goes back, or the profile is empty, it is another
// program's, so that nothing is told before its second reading.
func TestWindowOfAnother(t *testing.T) {
	for name, next := range map[string][]Contention{
		"fewer waits": {at(7, 4, time.Minute)}, "less time": {at(7, 9, time.Second)}, "nothing": nil,
	} {
		var w Window
		w.Add(noon, []Contention{at(7, 5, 2*time.Second)})
		w.Add(noon.Add(time.Second), []Contention{at(7, 6, 3*time.Second)})
		w.Add(noon.Add(2*time.Second), next)
		if got, over := w.Lines(); len(got) > 0 || over != 0 {
			t.Errorf("%s: %+v in %v", name, got, over)
		}
	}
}

// TestWindowOfTooManyLines: a line that was cut off before is not told as new.
func TestWindowOfTooManyLines(t *testing.T) {
	var full []Contention
	for i := range maxLines {
		full = append(full, at(i+1, 1, time.Second))
	}
	var w Window
	w.Add(noon, full)
	next := append([]Contention{at(9999, 500, time.Hour)}, full[1:]...)
	next[1].Count++
	w.Add(noon.Add(time.Second), next)
	if got, _ := w.Lines(); len(got) != 1 || got[0].Line != 2 {
		t.Errorf("%+v", got)
	}
}

func TestMutexFraction(t *testing.T) {
	const head = "--- mutex:\ncycles/second=2400000000\nsampling period="
	for text, want := range map[string]int{
		head + "0\n": 0, head + "10\n": 10, head + "1\n130 1 @ 0x1 0x2\n": 1,
		"": -1, head: -1, head + "5": -1, head + "-1\n": -1, head + "x\n": -1, head + "99999999999999999999\n": -1,
		"--- contention:\nsampling period=1\n": -1, "<html>sampling period=1\n": -1,
	} {
		n, err := mutexFraction([]byte(text))
		if (err != nil) != (want < 0) || want >= 0 && n != want {
			t.Errorf("%q: %d, %v; want %d", text, n, err, want)
		}
	}
}

// message is a field of a protocol buffer that has others in it.
func message(field uint64, inside []byte) []byte {
	b := binary.AppendUvarint(nil, field<<3|2)
	return append(binary.AppendUvarint(b, uint64(len(inside))), inside...)
}

func TestFields(t *testing.T) {
	number := []byte{1 << 3, 5} // field 1, the number 5
	sample := message(2, append(message(3, number), number...))
	for name, tt := range map[string]struct {
		data []byte
		want int
	}{
		"nothing":            {nil, 0},
		"a number":           {number, 1},
		"fixed ones":         {append([]byte{1<<3 | 1, 1, 2, 3, 4, 5, 6, 7, 8}, 1<<3|5, 1, 2, 3, 4), 2},
		"a sample":           {sample, 4}, // itself, its label, the number in that, the number in it
		"a string":           {message(6, sample), 1},
		"a tag without end":  {[]byte{0x80}, -1},
		"a cut number":       {[]byte{1 << 3, 0x80}, -1},
		"a cut fixed one":    {[]byte{1<<3 | 1, 1}, -1},
		"longer than it is":  {[]byte{2<<3 | 2, 9, 1}, -1},
		"a group":            {[]byte{1<<3 | 3}, -1},
		"malformed within":   {message(2, []byte{0x80}), -1},
		"the longest length": {[]byte{6<<3 | 2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1}, -1},
	} {
		if got := fields(tt.data, 0, maxFields); got != tt.want {
			t.Errorf("%s: %d, want %d", name, got, tt.want)
		}
	}
	var many []byte
	for range 1000 {
		many = append(many, number...)
	}
	if got := fields(many, 0, 10); got != 11 {
		t.Errorf("it counted %d where 10 are too many", got)
	}
}

// TestTooManyFields: a small profile that would become a large one is refused.
func TestTooManyFields(t *testing.T) {
	var many []byte
	for len(many) <= 2*maxFields {
		many = append(many, 2<<3|2, 0) // a sample of nothing
	}
	if list, err := ParseContention(many); err == nil {
		t.Errorf("%d lines of a profile of %d fields", len(list), len(many)/2)
	}
}

// TestOwnLine: the line that is told is the innermost of the user's code, be it
// called by Go's or calling it; and what is waited for is what it called.
func TestOwnLine(t *testing.T) {
	for name, tt := range map[string]struct {
		function, file, root string
		want                 bool
	}{
		"of Go":                  {"net/http.(*conn).serve", "/go/src/net/http/server.go", "/go/src/", true},
		"of Go, trimmed":         {"net/http.(*conn).serve", "net/http/server.go", "", true},
		"of the program":         {"main.work", "/src/main.go", "/go/src/", false},
		"of the program, within": {"main.work", "/go/src/x/main.go", "/go/src/", false},
		"of a module":            {"example.com/a.F", "/home/me/a/f.go", "/go/src/", false},
		"of a module, trimmed":   {"example.com/a.F", "example.com/a/f.go", "", false},
	} {
		if got := ofGo(tt.function, tt.file, tt.root); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	for function, want := range map[string]string{
		"sync.(*Mutex).Lock": "/go/src/", "internal/sync.(*Mutex).lockSlow": "/go/src/", "runtime.chanrecv1": "/go/src/", "main.work": "",
	} {
		file := map[string]string{
			"sync.(*Mutex).Lock": "/go/src/sync/mutex.go", "internal/sync.(*Mutex).lockSlow": "/go/src/internal/sync/mutex.go",
			"runtime.chanrecv1": "/go/src/runtime/chan.go", "main.work": "/src/a.go",
		}[function]
		if got := rootOf(function, file); got != want {
			t.Errorf("rootOf(%s, %s) = %q", function, file, got)
		}
	}
	for function, want := range map[string]string{
		"internal/sync.(*Mutex).Unlock": ForMutex, "sync.(*RWMutex).RUnlock": ForRWMutex, "runtime.chansend1": ForSend, "runtime.unlock2": ForRuntime, "main.Lock": "",
	} {
		if got := waitsFor(function); got != want {
			t.Errorf("waitsFor(%s) = %q", function, got)
		}
	}
}

// FuzzFields: whatever it is given, the count ends, and is not more than a byte
// makes a field at most.
func FuzzFields(f *testing.F) {
	for _, b := range [][]byte{nil, {1 << 3, 5}, message(2, message(3, []byte{1 << 3, 5})), message(4, message(4, message(4, nil))), {6<<3 | 2, 0xff, 1}} {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		n := fields(b, 0, maxFields)
		if n < -1 || n > len(b) {
			t.Fatalf("%d fields in %d bytes", n, len(b))
		}
		if few := fields(b, 0, 3); n >= 0 && n <= 3 && few != n || n > 3 && few <= 3 {
			t.Fatalf("%d fields, but %d when it may stop after 3", n, few)
		}
	})
}

// FuzzMutexFraction: what is taken for a fraction stands in the text.
func FuzzMutexFraction(f *testing.F) {
	f.Add([]byte("--- mutex:\ncycles/second=1\nsampling period=10\n"))
	f.Add([]byte("--- mutex:\nsampling period=-1\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		n, err := mutexFraction(b)
		if err == nil && n < 0 {
			t.Fatal(strconv.Itoa(n))
		}
	})
}
