package locks_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"example.com/muster/procs"
	"example.com/muster/profiling"
	"example.com/muster/profiling/locks/graph"
	"example.com/muster/ui/uitest"
)

// TestWhereGoContends: a section tells the lines, what they do and the figures; waits
// for work are not in it, nor what takes no time.
func TestWhereGoContends(t *testing.T) {
	d := newDesk(t, uitest.GoContention(sources(t)), 120, 40)
	d.has("WHERE GO CONTENDS (about the last half minute)", "WAITS/S     EACH  WAITING",
		"store.go:10  main.(*store).put waits for a mutex, in api/0", "store.go:12  main.(*store).put lets go of a mutex, in api/0",
		"876      3ms      3.0", "holder    not known: Go does not tell")
	d.hasNot("channel receive", "chan.go:337")
	narrow := newDesk(t, uitest.GoContention(sources(t)), 40, 12)
	narrow.has("WHERE GO CONTENDS        EACH  WAITING", "store.go:10             3ms      3.0")
	for name, s := range map[string]*uitest.Session{"others contend": uitest.Contention(sources(t)), "nobody waits": uitest.NobodyWaits(), "an idle pool": uitest.IdlePool()} {
		if text := ansi.Strip(newDesk(t, s, 120, 40).frame()); strings.Contains(text, "WHERE GO") || strings.Contains(text, "Go does not tell") {
			t.Errorf("%s:\n%s", name, text)
		}
	}
}

// TestOnlyWorkIsNoContention: a program that only waits for work has no section.
func TestOnlyWorkIsNoContention(t *testing.T) {
	s := uitest.NobodyWaits()
	v := *s.Locks()
	v.Lines = []graph.Line{{PIDRef: procs.PIDRef{PID: 4140, StartTime: 4140}, Profile: graph.BlockProfile, File: "a.go", Line: 1, For: "channel receive", Waits: 9, Total: time.Hour, Over: time.Minute}}
	s.SetLocks(&v)
	newDesk(t, s, 120, 40).hasNot("WHERE GO")
}

// TestLinesStandStill: two profiles of the same waits differ by a little at each
// reading, and change places for it as little as the order in which they come.
func TestLinesStandStill(t *testing.T) {
	s := uitest.GoContention(sources(t))
	v := *s.Locks()
	d := newDesk(t, s, 120, 40)
	order := func() string {
		var rows []string
		for row := range strings.Lines(ansi.Strip(d.frame())) {
			if strings.Contains(row, ", in api/0") {
				rows = append(rows, strings.Fields(row)[0])
			}
		}
		return strings.Join(rows, " ")
	}
	const want = "store.go:10 store.go:12 store.go:16"
	for _, more := range []float64{1, 0.98, 1.02, 1.1} {
		next := v
		next.Lines = slices.Clone(v.Lines)
		slices.Reverse(next.Lines)
		i := slices.IndexFunc(next.Lines, func(l graph.Line) bool { return l.Profile == graph.MutexProfile && l.Line == 12 })
		next.Lines[i].Total = time.Duration(float64(next.Lines[i].Total) * more)
		s.SetLocks(&next)
		if got := order(); got != want {
			t.Errorf("with %.2f of it: %s, want %s", more, got, want)
		}
	}
	for over, want := range map[time.Duration]string{
		3 * time.Second: "(last 3 s)", 15 * time.Second: "(about the last half minute)", 33 * time.Second: "(about the last half minute)", time.Minute: "(about the last minute)",
	} {
		next := v
		next.Lines = slices.Clone(v.Lines)
		for i := range next.Lines {
			next.Lines[i].Over = over
		}
		s.SetLocks(&next)
		d.has("WHERE GO CONTENDS " + want)
	}
}

// TestSilentGo: that a Go program does not tell of its goroutines is no warning as
// long as it only idles. It is one where a wait is seen that nothing else explains.
func TestSilentGo(t *testing.T) {
	const mute, off = "what the goroutines of pid 4140 wait for, only the program can say", "pid 4140 does not record where goroutines wait"
	noted := append(slices.Clone(covered), profiling.Coverage{Source: "go", Note: mute}, profiling.Coverage{Source: "go contention", Note: off})
	thread := func(pid, tid int) graph.Thread {
		return graph.Thread{PIDRef: procs.PIDRef{PID: pid, StartTime: uint64(pid)}, TID: tid}
	}
	flock := func(has graph.Doing) graph.Lock {
		h := graph.Holder{Thread: thread(4140, 4140), Evidence: profiling.Exact}
		return graph.Lock{
			Object:  graph.Object{ID: "flock:1", Kind: graph.Flock, Name: "/tmp/a", Taken: true, Holders: []graph.Holder{h}},
			Waiters: []graph.Waiter{{Thread: thread(4130, 4130)}}, Chain: []graph.Link{{Holder: h, Doing: has}}, Contended: true,
		}
	}
	with := func(l graph.Lock, change func(*graph.Lock)) graph.Lock {
		change(&l)
		return l
	}
	idles := flock(graph.Idle)
	mutex := graph.Lock{Object: graph.Object{ID: "go:4140:1", Kind: graph.Go, Name: "sync.Mutex wanted at a.go:1", Taken: true}, Waiters: []graph.Waiter{{Thread: thread(4140, -7)}}, Contended: true}
	for name, tt := range map[string]struct {
		lock            graph.Lock
		goroutines, off bool
	}{
		"it sleeps with what others want":   {lock: flock(graph.Sleeping)},
		"it computes with what others want": {lock: flock(graph.OnCPU)},
		"it waits for work with it":         {lock: idles, goroutines: true},
		"what it does with it is not known": {lock: flock(graph.Unknown), goroutines: true},
		"nobody waits any more":             {lock: with(idles, func(l *graph.Lock) { l.Waiters, l.Contended = nil, false })},
		"they wait for work":                {lock: with(idles, func(l *graph.Lock) { l.Idle, l.Contended = true, false })},
		"its holder has ended":              {lock: with(idles, func(l *graph.Lock) { l.Abandoned, l.Contended = true, false })},
		"nobody is known to have it":        {lock: with(idles, func(l *graph.Lock) { l.Holders, l.Chain = nil, nil }), goroutines: true},
		"nor whether it is a lock":          {lock: with(idles, func(l *graph.Lock) { l.Holders, l.Chain, l.Guess = nil, nil, true })},
		"what the holder waits for is known": {lock: with(idles, func(l *graph.Lock) {
			l.Chain = []graph.Link{{Holder: l.Holders[0], Doing: graph.InPipe, WaitsFor: "pipe:1"}}
		})},
		"its goroutines contend":       {lock: mutex, off: true},
		"its goroutines did":           {lock: with(mutex, func(l *graph.Lock) { l.Waiters = nil })},
		"its goroutines wait for work": {lock: with(mutex, func(l *graph.Lock) { l.Idle, l.Contended, l.Taken = true, false, false })},
	} {
		s := uitest.NobodyWaits()
		s.SetLocks(&graph.View{At: uitest.Now, Locks: []graph.Lock{tt.lock}, Coverage: noted})
		text := ansi.Strip(newDesk(t, s, 120, 40).frame())
		if got := strings.Contains(text, "! go: "+mute); got != tt.goroutines {
			t.Errorf("%s: it warns of the goroutines: %v\n%s", name, got, text)
		}
		if got := strings.Contains(text, "! go contention: "+off); got != tt.off {
			t.Errorf("%s: it warns of the profiles: %v\n%s", name, got, text)
		}
		if !strings.Contains(text, "! pthread: why") {
			t.Errorf("%s: other sources are silent\n%s", name, text)
		}
	}
	s := uitest.NobodyWaits()
	s.SetLocks(&graph.View{At: uitest.Now, Coverage: noted})
	d := newDesk(t, s, 120, 40)
	d.hasNot("! go")
	d.has("No thread waits for a lock; of goroutines that is not known. go: what the goroutines of pid 4140")
	d.hasNot("Nobody waits")
}

// covered is a machine that permits all but the memory of one process, which is always told.
var covered = []profiling.Coverage{{Source: "futex", OK: true}, {Source: "pthread", Note: "why"}}
