package goroutines

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/muster/procs"
	"example.com/muster/profiling/peek"
)

// patient is an Asker for which time passes only when a test says so, and that
// waits for an answer as long as it takes.
func patient() (a *Asker, pass func(time.Duration)) {
	now := time.Now()
	return &Asker{deadline: time.Minute, now: func() time.Time { return now }}, func(d time.Duration) { now = now.Add(d) }
}

// TestGoroutines: a Go program is asked where it listens, and who waits for
// which lock is what the program knows itself.
func TestGoroutines(t *testing.T) {
	// As long a name as a socket can have: with the way to the program's file
	// system before it, it would be too long.
	dir, err := os.MkdirTemp("", "s")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	long := dir + "/" + strings.Repeat("s", max(1, 106-len(dir)))
	for name, addr := range map[string]string{
		"tcp": "127.0.0.1:0", "any": "0.0.0.0:0", "any6": "[::]:0", "tcp6": "[::1]:0",
		"unix": long, "abstract": "@muster-goroutines-test-" + filepath.Base(t.TempDir()),
	} {
		t.Run(name, func(t *testing.T) {
			p := start(t, "pprof", addr)
			a, pass := patient()
			list, err := a.Goroutines(t.Context(), p.ref)
			if err != nil {
				t.Fatal(err)
			}
			checkLocks(t, p, list)
			for _, d := range []time.Duration{0, Every - 1, 1, Every - 1} { // asked again after the third
				pass(d)
				if again, err := a.Goroutines(t.Context(), p.ref); err != nil || len(ByLock(again)) != len(ByLock(list)) {
					t.Errorf("%v", err)
				}
			}
			if n := p.end(); n != 2 {
				t.Errorf("the program was asked %d times in less than 4 s", n)
			}
			if _, err := a.Goroutines(t.Context(), p.ref); !errors.Is(err, peek.ErrGone) {
				t.Errorf("a program that has ended: %v", err)
			}
		})
	}
}

// checkLocks compares with what the program has said.
func checkLocks(t *testing.T, p *program, list []Goroutine) {
	t.Helper()
	type waiting struct {
		kind string
		addr uint64
	}
	got := map[waiting]int{}
	for _, l := range ByLock(list) {
		w := waiting{l.Kind, l.Addr}
		if strings.HasSuffix(l.At.Function, ".reads") && l.Addr == 0 {
			w.addr = p.locks["sync.RWMutex"] // where RLock is inlined nobody knows of which lock
		}
		got[w] += len(l.Waiters)
	}
	want := map[waiting]int{
		{"sync.Mutex", p.locks["sync.Mutex"]}:         3,
		{"sync.Mutex", p.locks["second"]}:             1,
		{"sync.RWMutex", p.locks["sync.RWMutex"]}:     4,
		{"sync.WaitGroup", p.locks["sync.WaitGroup"]}: 1,
		{Receives, 0}: 1,
	}
	if diff := cmp.Diff(want, got); diff != "" || p.locks["second"] == 0 {
		t.Errorf("%s\n%+v", diff, ByLock(list))
	}
	i := slices.IndexFunc(list, func(g Goroutine) bool { return strings.HasSuffix(g.At().Function, ".receives") })
	if i < 0 || list[i].State != "chan receive" || filepath.Base(list[i].At().File) != "main_linux_test.go" || list[i].At().Line == 0 ||
		!strings.HasSuffix(list[i].CreatedBy.Function, "goroutines.block") {
		t.Errorf("goroutine %d is %+v", i, list[max(i, 0)])
	}
}

// TestContention: the profiles name the lines that fought for a lock.
func TestContention(t *testing.T) {
	p := start(t, "pprof", "127.0.0.1:0")
	a, _ := patient()
	for _, name := range []string{"mutex", "block"} {
		list, err := a.Contention(t.Context(), p.ref, name)
		i := slices.IndexFunc(list, func(c Contention) bool { return strings.HasSuffix(c.Function, ".contends") })
		if err != nil || i < 0 {
			t.Fatalf("%s: %v %+v", name, err, list)
		}
		if c := list[i]; c.Count < 1 || c.Delay <= 0 || filepath.Base(c.File) != "main_linux_test.go" || c.Line == 0 {
			t.Errorf("%s: %+v", name, c)
		}
	}
	if _, err := a.Contention(t.Context(), p.ref, "goroutine"); err == nil {
		t.Error("a profile of goroutines was taken for one of contention")
	}
}

// TestNoPprof: whoever answers something else is asked once.
func TestNoPprof(t *testing.T) {
	for _, part := range []string{"other", "moved", "page"} {
		p := start(t, part, "127.0.0.1:0")
		a, pass := patient()
		for range 5 {
			pass(time.Hour)
			if _, err := a.Goroutines(t.Context(), p.ref); !errors.Is(err, ErrNoEndpoint) || !strings.Contains(err.Error(), p.addr+": what answers is no net/http/pprof") {
				t.Errorf("%s: %v", part, err)
			}
		}
		if n := p.end(); n != 1 {
			t.Errorf("%s: asked %d times", part, n)
		}
	}
}

// TestNoAgent: who has no agent of muster's is asked for its own profiles all the
// same, and for those only.
func TestNoAgent(t *testing.T) {
	for _, part := range []string{"pprof", "other", "page"} {
		p := start(t, part, "127.0.0.1:0")
		a, _ := patient()
		if _, err := a.Record(t.Context(), p.ref, "mutex"); !errors.Is(err, ErrNoEndpoint) || !strings.HasSuffix(err.Error(), p.addr+": what answers is no agent of muster's") {
			t.Errorf("%s: %v", part, err)
		}
		list, err := a.Contention(t.Context(), p.ref, "mutex")
		if serves := part == "pprof"; serves != (len(list) > 0) || serves != (err == nil) {
			t.Errorf("%s: %d places, %v", part, len(list), err)
		}
	}
}

// TestHang: a program that does not answer, or too much, is left alone for a while.
func TestHang(t *testing.T) {
	for part, why := range map[string][]string{"hang": {"no answer within 1s"}, "flood": {"it is larger than 32 MiB", "no answer within 1s"}} {
		p := start(t, part, "127.0.0.1:0")
		a, pass := patient()
		a.deadline = usualDeadline
		for range 3 {
			pass(Every)
			_, err := a.Goroutines(t.Context(), p.ref)
			if !errors.Is(err, ErrNoEndpoint) || !slices.ContainsFunc(why, func(w string) bool { return strings.HasSuffix(err.Error(), w) }) {
				t.Errorf("%s: %v", part, err)
			}
		}
		pass(patience)
		if _, err := a.Goroutines(t.Context(), p.ref); !errors.Is(err, ErrNoEndpoint) {
			t.Errorf("%s: %v", part, err)
		}
		if n := p.end(); n != 2 { // once more after half a minute
			t.Errorf("%s: asked %d times", part, n)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := a.Goroutines(ctx, p.ref); err == nil {
			t.Error("answered after its end")
		}
	}
}

// TestAnother: what another process answers at the same port is not told.
func TestAnother(t *testing.T) {
	silent := start(t, "other", "0.0.0.0:0")
	_, port, err := net.SplitHostPort(silent.addr)
	if err != nil {
		t.Fatal(err)
	}
	loud := start(t, "pprof", "127.0.0.1:"+port)
	a, _ := patient()
	if _, err := a.Goroutines(t.Context(), loud.ref); err != nil {
		t.Error(err)
	}
	list, err := a.Goroutines(t.Context(), silent.ref)
	if !errors.Is(err, ErrNoEndpoint) || !strings.HasSuffix(err.Error(), "another process answers there") {
		t.Errorf("%d goroutines, %v", len(list), err)
	}
}

// TestNotGo: other programs are not asked at all.
func TestNotGo(t *testing.T) {
	cmd := exec.Command("/bin/cat")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var a Asker
	if _, err := a.Goroutines(t.Context(), procs.PIDRef{PID: cmd.Process.Pid}); !errors.Is(err, ErrNotGo) {
		t.Error(err)
	}
	in.Close()
	cmd.Wait()
}
