package capture

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	netpprof "net/http/pprof"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/pprof/profile"
	"golang.org/x/sys/unix"

	"example.com/muster/profiling"
	_ "example.com/muster/profiling/agent"
)

func init() {
	parts["burn"] = burn
	parts["busy"] = busy
	parts["contend"] = contend
	parts["records"] = records
	parts["becomes"] = becomes
	for name, handler := range map[string]http.HandlerFunc{
		"hang":  func(_ http.ResponseWriter, r *http.Request) { select {} },
		"other": func(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) },
		"flood": func(w http.ResponseWriter, _ *http.Request) {
			for block := make([]byte, 1<<20); ; {
				if _, err := w.Write(block); err != nil {
					return
				}
			}
		},
		"slow": func(w http.ResponseWriter, r *http.Request) { // it answers a second late, and halting
			var answer httptest.ResponseRecorder
			answer.Body = &bytes.Buffer{}
			served(&answer, r)
			time.Sleep(time.Second)
			for b := range slices.Chunk(answer.Body.Bytes(), max(1, answer.Body.Len()/20)) {
				_, _ = w.Write(b)
				time.Sleep(20 * time.Millisecond)
			}
		},
		"drip": func(w http.ResponseWriter, _ *http.Request) { // its answer begins well, and never ends
			for _, _ = w.Write([]byte("\x1f\x8b")); ; time.Sleep(10 * time.Millisecond) {
				if _, err := w.Write([]byte{0}); err != nil {
					return
				}
				w.(http.Flusher).Flush()
			}
		},
	} {
		parts[name] = func(args []string) {
			serve(args[0], handler)
			if name == "slow" {
				burnOn(0)
			}
			untilTold()
		}
	}
}

// serve answers at an address, and says that it does.
func serve(addr string, handler http.HandlerFunc) {
	network := "tcp"
	if strings.HasPrefix(addr, "/") {
		network = "unix"
	}
	l, err := net.Listen(network, addr)
	if err != nil {
		say("error", err)
		return
	}
	go http.Serve(l, handler)
	say("ready", l.Addr())
}

func served(w http.ResponseWriter, r *http.Request) {
	switch name := strings.TrimPrefix(r.URL.Path, "/debug/pprof/"); name {
	case "profile":
		netpprof.Profile(w, r)
	case "trace":
		netpprof.Trace(w, r)
	default:
		netpprof.Handler(name).ServeHTTP(w, r)
	}
}

// burn spends its time in three functions: for each unit of the smallest the
// second does two and the first seven, so that the truth does not depend on what
// else the machine does. It listens at its first argument, if it has one, and then
// burns in so many goroutines, through a recursion that is so deep.
func burn(args []string) {
	goroutines, depth := 1, 0
	if len(args) == 3 {
		goroutines, _ = strconv.Atoi(args[1])
		depth, _ = strconv.Atoi(args[2])
	}
	if len(args) > 0 && args[0] != "-" {
		serve(args[0], served)
	} else {
		say("ready")
	}
	for range goroutines {
		burnOn(depth)
	}
	untilTold()
}

func burnOn(depth int) {
	go func() {
		for {
			down(depth)
		}
	}()
}

//go:noinline
func down(n int) {
	if n > 0 {
		down(n - 1)
		return
	}
	seven()
	two()
	one()
}

var sink uint64

//go:noinline
func spin(units int) {
	x := sink
	for range units * 100_000 {
		x = x*6364136223846793005 + 1442695040888963407
	}
	sink = x
}

//go:noinline
func seven() { spin(7) }

//go:noinline
func two() { spin(2) }

//go:noinline
func one() { spin(1) }

// busy has its CPU profiled by itself.
func busy(args []string) {
	pprof.StartCPUProfile(&bytes.Buffer{})
	burn(args)
}

// becomes burns until it is told to be a shell.
func becomes(args []string) {
	serve(args[0], served)
	burnOn(0)
	var told [1]byte
	_, _ = os.Stdin.Read(told[:])
	// The timer of a profile that is being taken outlives exec (setitimer(2)), and would kill the shell.
	_, _ = unix.Setitimer(unix.ITIMER_PROF, unix.Itimerval{})
	say("error", syscall.Exec("/bin/sh", []string{"sh", "-c", "cat >/dev/null"}, nil))
}

// contend fights for a mutex, allocates, and says at its end how the profiles
// were set.
func contend([]string) {
	var m sync.Mutex
	for range 4 {
		go func() {
			for { // there are pauses in which nobody waits
				holds(&m)
				time.Sleep(20 * time.Millisecond)
			}
		}()
	}
	go func() {
		for {
			allocates()
			time.Sleep(time.Millisecond)
		}
	}()
	var locked sync.Mutex
	locked.Lock()
	go waitsForEver(&locked)
	say("ready")
	untilTold()
	for late := time.Now().Add(time.Minute); runtime.SetMutexProfileFraction(-1) > 0 && time.Now().Before(late); {
		time.Sleep(time.Millisecond) // until the agent has seen that nobody listens any more
	}
	say("fraction", runtime.SetMutexProfileFraction(-1))
}

// records fights for a mutex, records that by itself, and tells it at its first argument.
func records(args []string) {
	runtime.SetMutexProfileFraction(1)
	runtime.SetBlockProfileRate(1)
	var m sync.Mutex
	for range 4 {
		go func() {
			for {
				holds(&m)
			}
		}()
	}
	serve(args[0], served)
	untilTold()
}

//go:noinline
func waitsForEver(m *sync.Mutex) { m.Lock() }

//go:noinline
func holds(m *sync.Mutex) {
	m.Lock()
	time.Sleep(time.Millisecond)
	m.Unlock()
}

var kept []byte

//go:noinline
func allocates() { kept = make([]byte, 100<<10) }

// agentHere is the variable by which muster's agent finds its directory.
func agentHere(t *testing.T, dir string) string {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return "MUSTER_GO_CRASHES=" + dir
}

// take takes a profile of some subjects and reads it back as a file.
func take(t *testing.T, r Request, subjects ...Subject) (*Capture, *profile.Profile, error) {
	t.Helper()
	r.Subjects = func() []Subject { return subjects }
	if r.Rate == 0 {
		r.Rate = 99
	}
	c, err := Take(t.Context(), r, nil)
	if c == nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := c.Profile.Write(&file); err != nil {
		t.Fatal(err)
	}
	p, err2 := profile.Parse(&file)
	if err2 != nil {
		t.Fatal(err2)
	}
	return c, p, err
}

// enough samples of a program to tell its shares.
const enough = 40

// takeEnough takes a profile that is as long as it has to be, on a machine that
// does other things too.
func takeEnough(t *testing.T, r Request, subjects ...Subject) (c *Capture, p *profile.Profile, err error) {
	t.Helper()
	for r.Duration = time.Second; ; r.Duration *= 2 {
		c, p, err = take(t, r, subjects...)
		few := slices.ContainsFunc(subjects, func(s Subject) bool { return sum(p, 0, of(s.Process)) < enough+10 })
		if err != nil || !few || r.Duration > time.Minute {
			return c, p, err
		}
	}
}

// sum adds up a value of those samples whose labels and stack a test wants.
func sum(p *profile.Profile, value int, want func(*profile.Sample) bool) (n int64) {
	for _, s := range p.Sample {
		if want(s) {
			n += s.Value[value]
		}
	}
	return n
}

// in reports whether a function is on a stack.
func in(function string) func(*profile.Sample) bool {
	return func(s *profile.Sample) bool {
		for _, loc := range s.Location {
			for _, line := range loc.Line {
				if strings.HasSuffix(line.Function.Name, function) {
					return true
				}
			}
		}
		return false
	}
}

func of(process string) func(*profile.Sample) bool {
	return func(s *profile.Sample) bool { return slices.Equal(s.Label[LabelProcess], []string{process}) }
}

// checkShares compares how often functions were seen with how much they do.
// What chance can bring with so few samples is no fault.
func checkShares(t *testing.T, p *profile.Profile, process string, want map[string]float64) {
	t.Helper()
	total := int64(0)
	got := map[string]int64{}
	for f := range want {
		got[f] = sum(p, 0, func(s *profile.Sample) bool { return of(process)(s) && in(f)(s) })
		total += got[f]
	}
	if total < enough {
		t.Errorf("%s: only %d samples", process, total)
		return
	}
	for f, share := range want {
		is, chance := float64(got[f])/float64(total), 5*math.Sqrt(share*(1-share)/float64(total))
		if math.Abs(is-share) > 0.03+chance {
			t.Errorf("%s: %s has %.1f %% of %d samples, and does %.0f %% of the work", process, f, 100*is, total, 100*share)
		}
	}
}

var shares = map[string]float64{".seven": 0.7, ".two": 0.2, ".one": 0.1}

// TestGoPool: a pool of Go programs is profiled at the same time, whichever way
// each can be asked, into one profile.
func TestGoPool(t *testing.T) {
	dir := t.TempDir()
	long := filepath.Join(dir, strings.Repeat("l", 90), strings.Repeat("m", 90))
	pool := []Subject{
		play(t, "burn", "127.0.0.1:0").subject("go", 0),
		play(t, "burn", filepath.Join(dir, "s")).subject("go", 1),
		play(t, "burn", "", agentHere(t, filepath.Join(dir, "agent"))).subject("go", 2),
		play(t, "burn", "", agentHere(t, long)).subject("go", 3),
	}
	c, p, err := takeEnough(t, Request{Kind: CPU}, pool...)
	if err != nil {
		t.Fatal(err, c.Coverage)
	}
	for _, s := range pool {
		checkShares(t, p, s.Process, shares)
	}
	total := int64(0)
	for _, s := range p.Sample {
		total += s.Value[0]
		if s.Value[1] != s.Value[2] || s.Value[1] != 10_000_000*s.Value[0] || !slices.Equal(s.Label[LabelState], []string{"on_cpu"}) || !slices.Equal(s.Label[LabelPool], []string{"go"}) || len(s.Label[LabelPID]) != 1 {
			t.Fatalf("a sample of %v with %v", s.Value, s.Label)
		}
	}
	if total != c.Samples || c.Unreadable != 0 || len(c.Coverage) != 1 || c.Coverage[0].Note != "4 told their own profile" || !c.Coverage[0].OK {
		t.Errorf("%d samples of %d, %d unreadable, coverage %v", total, c.Samples, c.Unreadable, c.Coverage)
	}
}

// TestGoKinds: the other profiles of a Go program are told with its own values.
// Locks and blocking are recorded on demand, and only so long.
func TestGoKinds(t *testing.T) {
	for kind, want := range map[Kind]struct{ types, function string }{
		Heap:         {"alloc_objects/count alloc_space/bytes inuse_objects/count inuse_space/bytes space/bytes", "allocates"},
		Allocs:       {"alloc_objects/count alloc_space/bytes space/bytes", "allocates"},
		Goroutine:    {"goroutine/count goroutine/count", "holds"},
		Mutex:        {"contentions/count delay/nanoseconds contentions/count", "holds"},
		Block:        {"contentions/count delay/nanoseconds contentions/count", "holds"},
		ThreadCreate: {"threadcreate/count threadcreate/count", ""},
	} {
		t.Run(string(kind), func(t *testing.T) {
			prog := play(t, "contend", "", agentHere(t, t.TempDir()), "GODEBUG=memprofilerate=1")
			for kept := 0; ; kept++ { // a heap profile is of the last garbage collection
				c, p, err := take(t, Request{Kind: kind, Duration: time.Second}, prog.subject("go", 0))
				if err != nil || len(c.Coverage) != 1 || !c.Coverage[0].OK {
					t.Fatal(err, c.Coverage)
				}
				if got := values(p); got != want.types {
					t.Errorf("it tells %s", got)
				}
				found := want.function == "" || slices.ContainsFunc(p.Sample, in(want.function))
				for _, s := range p.Sample {
					if !of("go/0")(s) || !slices.Equal(s.Label[LabelPID], []string{fmt.Sprint(prog.Process.Pid)}) {
						t.Fatalf("a sample with %v", s.Label)
					}
					if slices.ContainsFunc(s.Value, func(v int64) bool { return v < 0 }) {
						t.Errorf("a sample of %v", s.Value)
					}
				}
				if found {
					if len(p.Sample) > 0 {
						pprofReads(t, c, prog.subject("go", 0))
					}
					break
				}
				if kept > 60 {
					t.Fatalf("nothing is told of %s:\n%s", want.function, p)
				}
			}
			said := prog.end()
			if !slices.Equal(said, []string{"fraction 0"}) {
				t.Errorf("afterwards: %q", said)
			}
		})
	}
}

// TestGoOwnProfiles: a program without muster's agent tells what it has recorded by
// itself; one that has recorded nothing is told how it would.
func TestGoOwnProfiles(t *testing.T) {
	own, none := play(t, "records", "127.0.0.1:0"), play(t, "burn", "127.0.0.1:0")
	for kind, how := range map[Kind]string{Mutex: "runtime.SetMutexProfileFraction", Block: "runtime.SetBlockProfileRate"} {
		c, p, err := take(t, Request{Kind: kind, Duration: time.Second}, own.subject("go", 0))
		if err != nil || told(c, "go") != "1 told their own profile" || !slices.ContainsFunc(p.Sample, in("holds")) {
			t.Errorf("%s: %v, coverage %v\n%v", kind, err, c.Coverage, p)
		}
		c, p, err = take(t, Request{Kind: kind, Duration: 100 * time.Millisecond}, none.subject("go", 1))
		if err != nil || len(p.Sample) > 0 || !strings.Contains(told(c, "go"), "1 told their own profile; go/1 ") || !strings.Contains(told(c, "go"), how) {
			t.Errorf("%s: %v, coverage %v\n%v", kind, err, c.Coverage, p)
		}
	}
}

// TestGoTrace: an execution trace is no pprof profile.
func TestGoTrace(t *testing.T) {
	for name, prog := range map[string]*program{"endpoint": play(t, "burn", "127.0.0.1:0"), "agent": play(t, "burn", "", agentHere(t, t.TempDir()))} {
		c, _, err := take(t, Request{Kind: Trace, Duration: time.Second}, prog.subject("go", 1))
		file := fmt.Sprintf("go-1-%d.trace", prog.Process.Pid)
		if err != nil || len(c.Files) != 1 || !bytes.HasPrefix(c.Files[file], []byte("go 1.")) {
			t.Errorf("%s: %v, %d files, coverage %v", name, err, len(c.Files), c.Coverage)
		}
	}
}

// TestGoWall: of all goroutines it is told where they are, and what they do.
func TestGoWall(t *testing.T) {
	c, p, err := take(t, Request{Kind: Wall, Duration: time.Second}, play(t, "contend", "", agentHere(t, t.TempDir())).subject("go", 0))
	if err != nil {
		t.Fatal(err)
	}
	waits := func(s *profile.Sample) bool {
		return in("waitsForEver")(s) && slices.Equal(s.Label[LabelState], []string{"lock"})
	}
	if sum(p, 2, waits) == 0 || sum(p, 1, waits) != 0 {
		t.Errorf("%d ns of waiting in waitsForEver\n%s\n%v", sum(p, 2, waits), p, c.Coverage)
	}
	pprofReads(t, c)
	if slices.ContainsFunc(p.Sample, in("writeGoroutineStacks")) {
		t.Error("the question is among the answers")
	}
	if !strings.Contains(c.Coverage[0].Note, "where its goroutines are was asked ") {
		t.Errorf("coverage %v", c.Coverage)
	}
}

// told returns the first note of a source.
func told(c *Capture, source string) string {
	for _, row := range c.Coverage {
		if row.Source == source {
			return row.Note
		}
	}
	return ""
}

// TestGoRefusals: whoever does not answer, or too much, is told with its reason,
// and the others are profiled all the same.
func TestGoRefusals(t *testing.T) {
	good := play(t, "burn", "127.0.0.1:0")
	pool := []Subject{good.subject("go", 0)}
	for i, part := range []string{"hang", "flood", "other", "busy", "drip", "slow"} {
		pool = append(pool, play(t, part, "127.0.0.1:0").subject(part, i+1))
	}
	c, p, err := take(t, Request{Kind: CPU, Duration: 2 * time.Second}, pool...)
	if err != nil {
		t.Fatal(err, c.Coverage)
	}
	for _, answers := range []string{"go/0", "slow/6"} {
		if sum(p, 0, func(s *profile.Sample) bool { return of(answers)(s) && in(".seven")(s) }) == 0 {
			t.Errorf("nothing of %s, which answers", answers)
		}
	}
	for slot, why := range map[string][]string{
		"hang/1 ":  {"no answer within 7s"},
		"flood/2 ": {"it is larger than 32 MiB", "no answer within 7s"},
		"other/3 ": {"what answers is no net/http/pprof: 404 Not Found"},
		"busy/4 ":  {"it says: Could not enable CPU profiling: cpu profiling already in use"},
		"drip/5 ":  {"no answer within 7s", "no answer within 6s"}, // what was left when it was asked, rounded
	} {
		if !slices.ContainsFunc(c.Coverage, func(row profiling.Coverage) bool {
			return row.Source == "go" && !row.OK && strings.HasPrefix(row.Note, slot) && slices.ContainsFunc(why, func(w string) bool { return strings.HasSuffix(row.Note, w) })
		}) {
			t.Errorf("nothing is told of %s: %v", slot, c.Coverage)
		}
	}
}

// TestGoEndsMeanwhile: a program that ends takes its profile with it, which is said.
func TestGoEndsMeanwhile(t *testing.T) {
	prog := play(t, "burn", "127.0.0.1:0")
	r := Request{Kind: CPU, Duration: time.Minute, Rate: 99, Subjects: func() []Subject { return []Subject{prog.subject("go", 0)} }}
	ctx, cancel := context.WithCancel(t.Context())
	n := 0
	c, err := Take(ctx, r, func(Progress) {
		if n++; n == 5 {
			prog.Process.Kill()
		}
		if n == 15 {
			cancel()
		}
	})
	if err != nil || told(c, "go") != fmt.Sprintf("go/0 (pid %d): it ended before it had answered", prog.Process.Pid) {
		t.Errorf("%v, coverage %v", err, c.Coverage)
	}
}

// TestGoEndsLater: what a program has told before it ends, or becomes another one,
// is kept, and what is missing is said.
func TestGoEndsLater(t *testing.T) {
	ends, becomes := play(t, "burn", "127.0.0.1:0"), play(t, "becomes", "127.0.0.1:0")
	pool := []Subject{ends.subject("go", 0), becomes.subject("go", 1)}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	killed, after := int64(0), 0
	c, err := Take(ctx, Request{Kind: CPU, Duration: time.Minute, Rate: 99, Subjects: func() []Subject { return pool }}, func(p Progress) {
		switch {
		case killed == 0 && p.Processes == 2:
			killed = p.Samples
			ends.Process.Kill()
			io.WriteString(becomes.in, "\n")
		case killed > 0:
			if after++; after == 5 {
				cancel()
			}
		}
	})
	if err != nil || killed == 0 || c.Samples < killed {
		t.Errorf("%v: %d samples of %d", err, c.Samples, killed)
	}
	for who, what := range map[*Subject]string{&pool[0]: "it ended", &pool[1]: "it became another program"} {
		want := regexp.MustCompile(regexp.QuoteMeta(who.String()+": "+what) + `: its last [0-9.]+m?s, at most, are not told`)
		if !want.MatchString(told(c, "go")) || !strings.HasPrefix(told(c, "go"), "2 told their own profile; ") {
			t.Errorf("coverage %v, want %v", c.Coverage, want)
		}
	}
}

// TestGoStoppedAtOnce: a capture that is over before anybody could be asked asks
// all the same, and says for how long: nobody is said to have no endpoint for that.
func TestGoStoppedAtOnce(t *testing.T) {
	pool := []Subject{play(t, "burn", "127.0.0.1:0").subject("go", 0), play(t, "burn", "", agentHere(t, t.TempDir())).subject("go", 1)}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c, err := Take(ctx, Request{Kind: CPU, Duration: time.Hour, Rate: 99, Subjects: func() []Subject { return pool }}, nil)
	brief := regexp.MustCompile(`^2 told their own profile; go/0 \(pid [0-9]+\): it was profiled for [0-9.]+m?s only, as the capture was over then; go/1 `)
	if err != nil || c.Samples < 5 && !brief.MatchString(told(c, "go")) || !strings.HasPrefix(told(c, "go"), "2 told their own profile") {
		t.Errorf("%v: %d samples, %v", err, c.Samples, c.Coverage)
	}
}

// TestGoStoppedEarly: who ends a capture gets what there is until then.
func TestGoStoppedEarly(t *testing.T) {
	pool := []Subject{play(t, "burn", "127.0.0.1:0").subject("go", 0), play(t, "burn", "", agentHere(t, t.TempDir())).subject("go", 1)}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n := 0
	c, err := Take(ctx, Request{Kind: CPU, Duration: time.Hour, Rate: 99, Subjects: func() []Subject { return pool }}, func(Progress) {
		if n++; n == 10 {
			cancel()
		}
	})
	if err != nil || c.For > time.Minute {
		t.Fatalf("%v after %s", err, c.For)
	}
	for _, s := range pool {
		if sum(c.Profile, 0, of(s.Process)) == 0 {
			t.Errorf("nothing of %s: %v", s.Process, c.Coverage)
		}
	}
}

// TestTwoCapturesAtOnce: the second is told that the first is being taken.
func TestTwoCapturesAtOnce(t *testing.T) {
	prog := play(t, "burn", "", agentHere(t, t.TempDir()))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	begun := make(chan struct{})
	n := 0
	first := make(chan *Capture)
	go func() {
		c, _ := Take(ctx, Request{Kind: CPU, Duration: time.Hour, Rate: 99, Subjects: func() []Subject { return []Subject{prog.subject("go", 0)} }}, func(Progress) {
			if n++; n == 5 {
				close(begun)
			}
		})
		first <- c
	}()
	<-begun
	c, _, _ := take(t, Request{Kind: CPU, Duration: time.Second}, prog.subject("go", 0))
	if !strings.HasSuffix(told(c, "go"), "it says: Could not enable CPU profiling: cpu profiling already in use") {
		t.Errorf("coverage %v", c.Coverage)
	}
	cancel()
	if c := <-first; c.Samples == 0 {
		t.Errorf("the first has nothing: %v", c.Coverage)
	}
}

// TestNothingStaysOpen: a capture closes what it has opened.
func TestNothingStaysOpen(t *testing.T) {
	pool := []Subject{
		play(t, "burn", "127.0.0.1:0").subject("p", 0),
		play(t, "burn", "", agentHere(t, t.TempDir())).subject("p", 1),
		play(t, "burn", "").subject("p", 2),
	}
	open := func() int {
		list, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	take(t, Request{Kind: CPU, Duration: time.Second}, pool...) // what the runtime keeps is open then
	before := open()
	for _, kind := range []Kind{CPU, Wall, Heap, Mutex, Trace} {
		take(t, Request{Kind: kind, Duration: 300 * time.Millisecond}, pool...)
		for begun := time.Now(); open() > before; time.Sleep(10 * time.Millisecond) { // a connection is closed a moment later
			if time.Since(begun) > time.Minute {
				t.Fatalf("%s: %d descriptors were open, and are %d", kind, before, open())
			}
		}
	}
}

// TestGoOnly: what only Go programs can tell is refused for others with what
// they would need.
func TestGoOnly(t *testing.T) {
	c, _, err := take(t, Request{Kind: Heap, Duration: time.Second}, play(t, "burn", "").subject("go", 0))
	if !errors.Is(err, ErrNothing) || !strings.HasSuffix(told(c, "go"), ": it serves no net/http/pprof on this machine: it would have to import net/http/pprof and listen, or example.com/muster/profiling/agent") {
		t.Errorf("%v, coverage %v", err, c.Coverage)
	}
}
