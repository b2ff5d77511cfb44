package locks

import (
	"slices"
	"testing"
	"time"

	"example.com/muster/profiling/locks/graph"
	"example.com/muster/profiling/pyagent"
)

// TestTellApart: things of one name get what tells them apart, and keep it
// when one of them is gone; others keep their names.
func TestTellApart(t *testing.T) {
	o := func(id graph.ID, kind graph.Kind, name string) graph.Object {
		return graph.Object{ID: id, Kind: kind, Name: name}
	}
	var l looker
	at := pyagent.Site{File: "/srv/d.py", Line: 5, MadeBy: "Pipe"}
	l.known.Add(pyagent.Pipe{Inodes: []uint64{11}, Site: at}, pyagent.Pipe{Inodes: []uint64{12}, Site: at}, pyagent.Pipe{Inodes: []uint64{13, 14}, Site: at})
	for _, tt := range []struct {
		seen []graph.Object
		want []string
	}{
		{[]graph.Object{o("mp:00:1b:7", graph.MPLock, "Lock made at a.py:7"), o("flock:08:01:9", graph.Flock, "/tmp/a")}, []string{"Lock made at a.py:7", "/tmp/a"}},
		{
			[]graph.Object{o("mp:00:1b:7", graph.MPLock, "Lock made at a.py:7"), o("mp:00:1b:8", graph.MPLock, "Lock made at a.py:7")},
			[]string{"Lock made at a.py:7 (7)", "Lock made at a.py:7 (8)"},
		},
		{[]graph.Object{o("mp:00:1b:8", graph.MPLock, "Lock made at a.py:7"), o("mp:00:1b:9", graph.MPLock, "Lock made at a.py:9")}, []string{"Lock made at a.py:7 (8)", "Lock made at a.py:9"}},
		{
			[]graph.Object{o("pthread_mutex:4+0x10", graph.PthreadMutex, "pthread mutex at 0x10"), o("pthread_mutex:5+0x10", graph.PthreadMutex, "pthread mutex at 0x10")},
			[]string{"pthread mutex at 0x10 (pid 4)", "pthread mutex at 0x10 (pid 5)"},
		},
		{
			[]graph.Object{o("semaphore:4+0x10", graph.ThreadLock, "threading lock wanted at b.py:1"), o("semaphore:4+0x20", graph.ThreadLock, "threading lock wanted at b.py:1")},
			[]string{"threading lock wanted at b.py:1 (0x10 of pid 4)", "threading lock wanted at b.py:1 (0x20 of pid 4)"},
		},
		{
			[]graph.Object{o("go:4:sync.Mutex:0xc1", graph.Go, "sync.Mutex wanted at c.go:1"), o("go:5:sync.Mutex:0xc1", graph.Go, "sync.Mutex wanted at c.go:1")},
			[]string{"sync.Mutex wanted at c.go:1 (pid 4)", "sync.Mutex wanted at c.go:1 (pid 5)"},
		},
		{
			[]graph.Object{o("posix:08:01:9+0-4", graph.POSIX, "/tmp/b"), o("posix:08:01:9+5-9", graph.POSIX, "/tmp/b")},
			[]string{"/tmp/b (bytes 0-4)", "/tmp/b (bytes 5-9)"},
		},
		{[]graph.Object{o("pipe:9", graph.Pipe, "pipe 9"), o("pipe:9:full", graph.Pipe, "pipe 9")}, []string{"pipe 9", "pipe 9"}},
		{
			[]graph.Object{o("socket:13:full", graph.Socket, "Pipe made at d.py:5"), o("socket:14:full", graph.Socket, "Pipe made at d.py:5")},
			[]string{"Pipe made at d.py:5", "Pipe made at d.py:5"},
		},
		{
			[]graph.Object{o("pipe:11:full", graph.Pipe, "Pipe made at d.py:5"), o("pipe:12:full", graph.Pipe, "Pipe made at d.py:5"), o("pipe:12", graph.Pipe, "Pipe made at d.py:5")},
			[]string{"Pipe made at d.py:5 (11)", "Pipe made at d.py:5 (12)", "Pipe made at d.py:5 (12)"},
		},
	} {
		l.out = &pass{Look: graph.Look{Objects: slices.Clone(tt.seen)}}
		l.tellApart()
		var got []string
		for i := range l.out.Objects {
			got = append(got, l.out.Objects[i].Name)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}

// TestTellApartLater: who comes soon after another of its name is told apart from that;
// much later, and when it is the same, it has the name.
func TestTellApartLater(t *testing.T) {
	var l looker
	begin := time.Unix(1e9, 0)
	for _, tt := range []struct {
		after time.Duration
		id    graph.ID
		want  string
	}{
		{0, "mp:00:1b:7", "Lock made at a.py:7"},
		{time.Second, "mp:00:1b:7", "Lock made at a.py:7"},
		{time.Minute, "mp:00:1b:8", "Lock made at a.py:7"},
		{61 * time.Second, "mp:00:1b:9", "Lock made at a.py:7 (9)"},
		{time.Hour, "mp:00:1b:8", "Lock made at a.py:7 (8)"},
	} {
		l.now = begin.Add(tt.after)
		l.out = &pass{Look: graph.Look{Objects: []graph.Object{{ID: tt.id, Kind: graph.MPLock, Name: "Lock made at a.py:7"}}}}
		l.tellApart()
		if got := l.out.Objects[0].Name; got != tt.want {
			t.Errorf("after %v: %q, want %q", tt.after, got, tt.want)
		}
	}
}

// TestPipeMade: both of a pair of sockets are named by where they were made; what
// nobody has reported has no name.
func TestPipeMade(t *testing.T) {
	var l looker
	l.known.Add(
		pyagent.Pipe{Inodes: []uint64{13, 14}, Site: pyagent.Site{File: "/srv/d.py", Line: 5, MadeBy: "Pipe"}},
		pyagent.Pipe{Inodes: []uint64{15}, Site: pyagent.Site{File: "/srv/d.py", Line: 6, MadeBy: "Queue"}},
	)
	for ino, want := range map[uint64]string{13: "Pipe made at d.py:5", 14: "Pipe made at d.py:5", 15: "pipe of the Queue made at d.py:6", 16: ""} {
		if got := l.pipeMade(ino, "pipe"); got != want {
			t.Errorf("%d: %q, want %q", ino, got, want)
		}
	}
}
