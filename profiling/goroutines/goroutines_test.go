package goroutines

import (
	"bytes"
	"runtime/pprof"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/pprof/profile"
)

// written126 is a goroutine profile as Go 1.26 writes it.
const written126 = `goroutine 1 [running]:
main.main()
	/src/app/main.go:20 +0x365

goroutine 5 [sync.Mutex.Lock, 7 minutes]:
internal/sync.runtime_SemacquireMutex(0x0?, 0x0?, 0x0?)
	/go/src/runtime/sema.go:95 +0x25
internal/sync.(*Mutex).lockSlow(0xc0000b2008)
	/go/src/internal/sync/mutex.go:149 +0x15d
internal/sync.(*Mutex).Lock(...)
	/go/src/internal/sync/mutex.go:70
sync.(*Mutex).Lock(...)
	/go/src/sync/mutex.go:46
main.(*pool).take(...)
	/src/app/pool.go:31
created by main.main in goroutine 1
	/src/app/main.go:12 +0x15f

goroutine 6 [sync.Mutex.Lock, 9 minutes]:
internal/sync.(*Mutex).lockSlow(0xc0000b2008)
	/go/src/internal/sync/mutex.go:149 +0x15d
sync.(*RWMutex).Lock(0x0?)
	/go/src/sync/rwmutex.go:150 +0x32
main.(*pool).give(0xc0000b2000)
	/src/app/pool.go:44 +0x15
created by main.main in goroutine 1
	/src/app/main.go:13 +0x15f

goroutine 7 [sync.RWMutex.RLock, locked to thread]:
sync.runtime_SemacquireRWMutexR(0xc0000b2018?, 0x0?, 0x0?)
	/go/src/runtime/sema.go:100 +0x25
sync.(*RWMutex).RLock(...)
	/go/src/sync/rwmutex.go:74
main.(*pool).look(...)
	/src/app/pool.go:50

goroutine 8 [semacquire]:
sync.runtime_SemacquireMutex(0xc0000b2094, 0x0, 0x1)
	/go/src/runtime/sema.go:71 +0x25
sync.(*Mutex).lockSlow(0xc0000b2090)
	/go/src/sync/mutex.go:171 +0x15d
main.old()
	/src/app/old.go:3 +0x1

goroutine 9 [select, 2 minutes]:
main.(*pool).loop(0xc0000b2008)
	/src/app/pool.go:70 +0x15
`

func TestParse(t *testing.T) {
	list, err := Parse([]byte(written126))
	if err != nil || len(list) != 6 {
		t.Fatalf("%v, %+v", err, list)
	}
	want := Goroutine{
		ID: 5, State: "sync.Mutex.Lock", WaitMinutes: 7,
		Frames: []Frame{
			{Function: "internal/sync.runtime_SemacquireMutex", File: "/go/src/runtime/sema.go", Line: 95},
			{Function: "internal/sync.(*Mutex).lockSlow", File: "/go/src/internal/sync/mutex.go", Line: 149},
			{Function: "internal/sync.(*Mutex).Lock", File: "/go/src/internal/sync/mutex.go", Line: 70},
			{Function: "sync.(*Mutex).Lock", File: "/go/src/sync/mutex.go", Line: 46},
			{Function: "main.(*pool).take", File: "/src/app/pool.go", Line: 31},
		},
		CreatedBy: Frame{Function: "main.main", File: "/src/app/main.go", Line: 12},
	}
	if diff := cmp.Diff(want, list[1], cmpopts.IgnoreUnexported(Frame{})); diff != "" {
		t.Error(diff)
	}
	if !list[3].Locked || list[3].State != "sync.RWMutex.RLock" {
		t.Errorf("%+v", list[3])
	}
	locks := ByLock(list)
	wantLocks := []Lock{
		{Kind: "sync.RWMutex", Addr: 0xc0000b2008, At: Frame{Function: "main.(*pool).give", File: "/src/app/pool.go", Line: 44}, Waiters: []int{6, 5}, WaitMinutes: 9},
		{Kind: "sync.RWMutex", At: Frame{Function: "main.(*pool).look", File: "/src/app/pool.go", Line: 50}, Waiters: []int{7}},
		{Kind: "sync.Mutex", Addr: 0xc0000b2090, At: Frame{Function: "main.old", File: "/src/app/old.go", Line: 3}, Waiters: []int{8}},
	}
	if diff := cmp.Diff(wantLocks, locks, cmpopts.IgnoreUnexported(Frame{})); diff != "" {
		t.Error(diff)
	}
	for _, bad := range []string{"", "hello", "<html>", "goroutine", "goroutine x [running]:\n"} {
		if list, err := Parse([]byte(bad)); err == nil {
			t.Errorf("%q: %+v", bad, list)
		}
	}
}

// TestOwnDump: what this Go version writes is understood.
func TestOwnDump(t *testing.T) {
	var b bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&b, 2); err != nil {
		t.Fatal(err)
	}
	list, err := Parse(b.Bytes())
	if err != nil || len(list) < 2 || len(list) != strings.Count(b.String(), "\n\ngoroutine ")+1 {
		t.Errorf("%d goroutines, %v\n%s", len(list), err, b.String())
	}
}

func contention(unit string) *profile.Profile {
	lock := &profile.Function{ID: 1, Name: "sync.(*Mutex).Unlock", Filename: "mutex.go"}
	mine := &profile.Function{ID: 2, Name: "main.work", Filename: "/src/main.go"}
	a := &profile.Location{ID: 1, Line: []profile.Line{{Function: lock, Line: 5}, {Function: mine, Line: 7}}}
	b := &profile.Location{ID: 2, Line: []profile.Line{{Function: lock, Line: 5}}}
	c := &profile.Location{ID: 3, Line: []profile.Line{{Function: mine, Line: 9}}}
	return &profile.Profile{
		SampleType: []*profile.ValueType{{Type: "contentions", Unit: "count"}, {Type: "delay", Unit: unit}},
		PeriodType: &profile.ValueType{Type: "contentions", Unit: "count"},
		Sample: []*profile.Sample{
			{Location: []*profile.Location{a}, Value: []int64{2, 1000}},
			{Location: []*profile.Location{b, c}, Value: []int64{1, 9000}},
			{Location: []*profile.Location{a, c}, Value: []int64{3, 4000}},
			{Location: []*profile.Location{b}, Value: []int64{1, 1}},
		},
		Function: []*profile.Function{lock, mine}, Location: []*profile.Location{a, b, c},
	}
}

func written(t testing.TB, p *profile.Profile) []byte {
	var b bytes.Buffer
	if err := p.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestParseContention(t *testing.T) {
	got, err := ParseContention(written(t, contention("nanoseconds")))
	want := []Contention{
		{"/src/main.go", 9, "main.work", ForMutex, 1, 9 * time.Microsecond},
		{"/src/main.go", 7, "main.work", ForMutex, 5, 5 * time.Microsecond},
		{"mutex.go", 5, "sync.(*Mutex).Unlock", ForMutex, 1, 1},
	}
	if err != nil || !cmp.Equal(got, want) {
		t.Errorf("%v %s", err, cmp.Diff(want, got))
	}
	if got, err := ParseContention(written(t, contention("bytes"))); err == nil {
		t.Errorf("a profile of bytes: %+v", got)
	}
	if got, err := ParseContention([]byte("\x1f\x8bnothing")); err == nil {
		t.Errorf("%+v", got)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(written126))
	f.Add([]byte("goroutine 1 [running]:\nmain.main({0x1, {0x2, ...}})\n\t/a.go:1 +0x1\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		list, err := Parse(b)
		if (err == nil) != (len(list) > 0) {
			t.Fatalf("%d goroutines, %v", len(list), err)
		}
		waiters := 0
		for _, l := range ByLock(list) {
			waiters += len(l.Waiters)
		}
		if waiters > len(list) {
			t.Fatalf("%d waiters of %d goroutines", waiters, len(list))
		}
	})
}

func FuzzParseContention(f *testing.F) {
	var b bytes.Buffer
	if err := contention("nanoseconds").WriteUncompressed(&b); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add(written(f, contention("nanoseconds")))
	f.Fuzz(func(_ *testing.T, b []byte) { _, _ = ParseContention(b) })
}
