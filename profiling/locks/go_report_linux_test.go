package locks

import (
	"errors"
	"maps"
	"testing"
	"time"

	"example.com/muster/profiling"
	"example.com/muster/profiling/goroutines"
)

// TestGoReport: each trouble has its words, the worse one goes before, and
// where all is told there are none.
func TestGoReport(t *testing.T) {
	told := func(mutex, block goProfile) *goTold { return &goTold{profiles: [2]goProfile{mutex, block}} }
	on, off, empty, once := goProfile{}, goProfile{empty: true, off: true}, goProfile{empty: true}, goProfile{once: true}
	failed := errors.New("cannot read the mutex profile of pid 7: why")
	for name, tt := range map[string]struct {
		mute       []int
		told       map[int]*goTold
		goroutines string // the note, "" if there is no trouble
		profiles   *profiling.Coverage
	}{
		"no Go program": {},
		"all is told":   {told: map[int]*goTold{7: told(on, on)}, profiles: &profiling.Coverage{OK: true}},
		"no endpoint": {
			mute:       []int{4121, 5, 6},
			goroutines: "what the goroutines of pid 4121 (and 2 more) wait for, only the program itself can say: it has to import net/http/pprof and serve it on 127.0.0.1",
		},
		"an endpoint that does not answer": {
			mute: []int{5}, told: map[int]*goTold{7: {err: errors.New("cannot read the goroutines of pid 7: no answer within 1s")}},
			goroutines: "cannot read the goroutines of pid 7: no answer within 1s",
		},
		"not yet": {told: map[int]*goTold{7: nil}, goroutines: "a Go program has not told yet what its goroutines wait for"},
		"read once": {
			told:     map[int]*goTold{7: told(once, once)},
			profiles: &profiling.Coverage{Note: "the profiles have been read once so far; what is told is the difference between two readings"},
		},
		"rates 0": {
			told:     map[int]*goTold{7: told(off, empty)},
			profiles: &profiling.Coverage{Note: "pid 7 does not record where goroutines wait for mutexes: " + turnOnMutex + " at its start turns that on (and " + turnOnBlock + " other waits)"},
		},
		"only the block profile": {
			told:     map[int]*goTold{7: told(off, on)},
			profiles: &profiling.Coverage{OK: true, Note: "pid 7 records the lines that wait, but not those that let go of a mutex: " + turnOnMutex + " would"},
		},
		"only the mutex profile": {
			told:     map[int]*goTold{7: told(on, empty)},
			profiles: &profiling.Coverage{OK: true, Note: "the block profile of pid 7 is empty: " + turnOnBlock + " was not called in it, or nothing has waited yet"},
		},
		"it is on, and nothing has waited": {
			told:     map[int]*goTold{7: told(empty, on)},
			profiles: &profiling.Coverage{OK: true},
		},
		"a profile that fails": {
			told:     map[int]*goTold{7: told(goProfile{err: failed}, empty)},
			profiles: &profiling.Coverage{Note: failed.Error()},
		},
	} {
		r := goReport{mute: tt.mute}
		for pid, told := range tt.told {
			r.add(pid, told)
		}
		var c coverage
		r.cover(&c)
		if got := c.troubles[ofGo]; got != tt.goroutines {
			t.Errorf("%s:\ngot  %q\nwant %q", name, got, tt.goroutines)
		}
		if tt.profiles != nil {
			tt.profiles.Source = "go contention"
		}
		if got := c.goProfiles; (got == nil) != (tt.profiles == nil) || got != nil && *got != *tt.profiles {
			t.Errorf("%s: profiles\ngot  %+v\nwant %+v", name, got, tt.profiles)
		}
	}
}

// waiting is a dump in which goroutines wait for one mutex.
func waiting(ids ...int) []goroutines.Goroutine {
	var list []goroutines.Goroutine
	for _, id := range ids {
		list = append(list, goroutines.Goroutine{ID: id, State: "sync.Mutex.Lock", Frames: []goroutines.Frame{
			{Function: "sync.(*Mutex).Lock", File: "/go/src/sync/mutex.go", Line: 46}, {Function: "main.work", File: "/src/a.go", Line: 7},
		}})
	}
	return list
}

// TestCarry: a wait goes on from one list to the next only if nobody can have
// had the lock in between.
func TestCarry(t *testing.T) {
	noon := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	first := &goTold{list: waiting(1, 2), at: noon, passed: 5}
	first.carry(nil)
	later := noon.Add(3 * time.Second)
	for name, tt := range map[string]struct {
		ids    []int
		passed int64
		want   map[int]time.Time
	}{
		"the same wait":      {[]int{1, 2}, 5, map[int]time.Time{1: noon, 2: noon}},
		"one more":           {[]int{1, 2, 3}, 5, map[int]time.Time{1: noon, 2: noon, 3: later}},
		"one had its turn":   {[]int{2}, 5, map[int]time.Time{2: later}},
		"a mutex was passed": {[]int{1, 2}, 6, map[int]time.Time{1: later, 2: later}},
		"nobody waits":       {nil, 5, map[int]time.Time{}},
	} {
		next := &goTold{list: waiting(tt.ids...), at: later, passed: tt.passed}
		next.carry(first)
		if !maps.Equal(next.since, tt.want) {
			t.Errorf("%s: %v, want %v", name, next.since, tt.want)
		}
	}
	failed := &goTold{at: later, err: errors.New("no answer")}
	failed.carry(first)
	back := &goTold{list: waiting(1, 2), at: later.Add(time.Second), passed: 5}
	if back.carry(failed); back.since[1] != back.at {
		t.Error("a wait goes on over a time in which nothing was known")
	}
}

// TestBegan: what Go says itself in minutes counts where it is more, and what
// is not known is not added.
func TestBegan(t *testing.T) {
	noon := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	told := &goTold{at: noon.Add(4 * time.Second), since: map[int]time.Time{1: noon}}
	now := noon.Add(6 * time.Second)
	for _, tt := range []struct {
		minutes int
		forWork bool
		want    time.Duration
	}{{0, false, 4 * time.Second}, {2, false, 2 * time.Minute}, {0, true, 6 * time.Second}} {
		if got := now.Sub(told.began(1, &goroutines.Goroutine{WaitMinutes: tt.minutes}, now, tt.forWork)); got != tt.want {
			t.Errorf("%+v: it lasts %v", tt, got)
		}
	}
}
