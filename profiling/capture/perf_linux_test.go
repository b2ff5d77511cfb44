package capture

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/pprof/profile"
	"golang.org/x/sys/unix"

	"example.com/muster/procs"
	"example.com/muster/profiling"
	"example.com/muster/profiling/perf"
)

func init() {
	parts["other burns"] = func(args []string) {
		serve(args[0], http.NotFound)
		burnOn(0)
		untilTold()
	}
}

// compile builds a C program of testdata.
func compile(t *testing.T, source string, flags ...string) string {
	t.Helper()
	exe := filepath.Join(t.TempDir(), strings.TrimSuffix(source, ".c"))
	args := append(append([]string{"-o", exe}, flags...), filepath.Join("testdata", source), "-lpthread")
	if out, err := exec.Command("gcc", args...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return exe
}

// TestPerfC: where a C program spends its time is known however it was built: by
// its frame tables, which also a program without names has.
func TestPerfC(t *testing.T) {
	for name, c := range map[string]struct {
		flags []string
		names bool
	}{
		"frame pointers":      {[]string{"-O1", "-g", "-fno-omit-frame-pointer"}, true},
		"no frame pointers":   {[]string{"-O2", "-fomit-frame-pointer"}, true},
		"no tables":           {[]string{"-O1", "-fno-omit-frame-pointer", "-fno-asynchronous-unwind-tables", "-fno-unwind-tables"}, true},
		"static":              {[]string{"-O1", "-static", "-g"}, true},
		"stripped":            {[]string{"-O1", "-s"}, false},
		"stripped and static": {[]string{"-O1", "-s", "-static"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			prog := launch(t, exec.Command(compile(t, "burn.c", c.flags...), "2", "40"))
			k, p, err := takeEnough(t, Request{Kind: CPU}, prog.subject("c", 0))
			if err != nil || !ok(k, "perf") {
				t.Fatal(err, k.Coverage)
			}
			if k.Unreadable > 0 {
				t.Errorf("%d of %d are unreadable", k.Unreadable, k.Samples)
			}
			if !c.names {
				checkNameless(t, p)
				return
			}
			checkShares(t, p, "c/0", cShares)
			// A sample between two instructions of a prologue may miss a caller
			// where there is no table.
			if deep := sum(p, 0, func(s *profile.Sample) bool { return count(s, "down") == 41 }); deep < k.Samples*9/10 {
				t.Errorf("of %d samples %d have the whole recursion: %v", k.Samples, deep, k.Coverage)
			}
			if named := sum(p, 0, func(s *profile.Sample) bool { return strings.HasPrefix(s.Label[LabelThread][0], "burn ") }); named != k.Samples {
				t.Errorf("%d of %d have the thread's name", named, k.Samples)
			}
		})
	}
}

// checkNameless compares the shares of functions without names: those that the
// deepest one of the recursion calls.
func checkNameless(t *testing.T, p *profile.Profile) {
	t.Helper()
	by, total := map[string]int64{}, int64(0)
	for _, s := range p.Sample {
		var names []string
		for _, loc := range s.Location {
			for _, line := range loc.Line {
				names = append(names, line.Function.Name)
			}
		}
		i := 0
		for i+8 < len(names) && names[i] != names[i+8] {
			i++ // up to the recursion
		}
		if i > 0 && i+8 < len(names) {
			by[names[i-1]] += s.Value[0]
			total += s.Value[0]
		}
	}
	var list []float64
	for name, n := range by {
		if !strings.HasPrefix(name, "burn+0x") {
			t.Errorf("a function is called %s", name)
		}
		list = append(list, float64(n)/float64(total))
	}
	slices.Sort(list)
	chance := 0.03 + 2.5/math.Sqrt(float64(total))
	if len(list) != 3 || total < enough || math.Abs(list[2]-0.7) > chance || math.Abs(list[0]-0.1) > chance {
		t.Errorf("of %d samples: %v", total, by)
	}
}

// ok reports whether a source says that it could see.
func ok(c *Capture, source string) bool {
	return slices.ContainsFunc(c.Coverage, func(row profiling.Coverage) bool { return row.Source == source && row.OK })
}

// count is how often a function is on a stack.
func count(s *profile.Sample, function string) (n int) {
	for _, loc := range s.Location {
		for _, line := range loc.Line {
			if line.Function.Name == function {
				n++
			}
		}
	}
	return n
}

// TestPerfGo: a Go program that nobody can ask is sampled, too, also without
// symbols; so is one that another capture is asking already.
func TestPerfGo(t *testing.T) {
	for name, c := range map[string]struct{ part, args, told string }{
		"nobody to ask": {part: "burn"},
		"busy":          {"busy", "127.0.0.1:0", "it says: Could not enable CPU profiling: cpu profiling already in use"},
		"no pprof":      {"other burns", "127.0.0.1:0", "what answers is no net/http/pprof: 404 Not Found"},
	} {
		t.Run(name, func(t *testing.T) {
			prog := play(t, c.part, c.args)
			k, p, err := takeEnough(t, Request{Kind: CPU}, prog.subject("go", 0))
			if err != nil || !ok(k, "perf") || !strings.HasSuffix(told(k, "go"), c.told) {
				t.Fatal(err, k.Coverage)
			}
			checkShares(t, p, "go/0", shares)
			if whole := sum(p, 0, in("capture.burnOn.func1")); whole < k.Samples*9/10 {
				t.Errorf("%d of %d stacks lead to the go statement", whole, k.Samples)
			}
			var early int64
			if _, text, ok := strings.Cut(told(k, "perf"), "; "); ok {
				_, _ = fmt.Sscan(text, &early)
			}
			if early > k.Samples/10 {
				t.Errorf("stacks that end with the go statement are said to end early: %s", told(k, "perf"))
			}
			for _, f := range p.Function {
				if strings.HasSuffix(f.Name, ".spin") && filepath.Base(f.Filename) != "golang_linux_test.go" {
					t.Errorf("%s is in %s", f.Name, f.Filename)
				}
			}
		})
	}
}

// TestPerfEarly: what is said of stacks that end early has its reason with it.
func TestPerfEarly(t *testing.T) {
	k := kernelSamples{t: &taking{}, sampler: &perf.Sampler{}}
	k.count.samples, k.count.broken = 9, 4
	if want := "9 samples; 4 end early, where neither a table nor a frame pointer leads on"; k.told() != want {
		t.Errorf("%q, want %q", k.told(), want)
	}
}

// TestAccuracy compares what is told of programs that know their shares, at 99 Hz
// over ten seconds of each of their four threads: each share is within three points.
// MUSTER_ACCURACY asks for it, since it takes its time.
func TestAccuracy(t *testing.T) {
	if os.Getenv("MUSTER_ACCURACY") == "" {
		t.Log("MUSTER_ACCURACY does not ask for it")
		return
	}
	c := compile(t, "burn.c", "-O2")
	for _, kind := range []struct {
		name   string
		start  func() *program
		shares map[string]float64
	}{
		{"Go by endpoint", func() *program { return play(t, "burn", "127.0.0.1:0 4 0") }, shares},
		{"Go by agent", func() *program { return play(t, "burn", "- 4 0", agentHere(t, t.TempDir())) }, shares},
		{"Go by perf", func() *program { return play(t, "burn", "- 4 0") }, shares},
		{"Go by perf, recursion", func() *program { return play(t, "burn", "- 4 40") }, shares},
		{"C", func() *program { return launch(t, exec.Command(c, "4", "0")) }, cShares},
		{"C, recursion", func() *program { return launch(t, exec.Command(c, "4", "40")) }, cShares},
	} {
		prog := kind.start()
		before := used(t, prog.Process.Pid)
		ctx, cancel := context.WithCancel(t.Context())
		k, err := Take(ctx, Request{Kind: CPU, Duration: MaxDuration, Rate: 99, Subjects: func() []Subject { return []Subject{prog.subject("p", 0)} }}, func(Progress) {
			if used(t, prog.Process.Pid)-before > 40*time.Second {
				cancel()
			}
		})
		cancel()
		cpu, p := used(t, prog.Process.Pid)-before, k.Profile
		prog.end()
		if err != nil {
			t.Errorf("%s: %v, %v", kind.name, err, k.Coverage)
			continue
		}
		line, worst := kind.name+":", 0.0
		for f, share := range kind.shares {
			is := float64(sum(p, 0, in(f))) / float64(k.Samples)
			worst = max(worst, math.Abs(is-share))
			line += fmt.Sprintf(" %s %.1f %% (%.0f)", strings.Trim(f, "."), 100*is, 100*share)
			if math.Abs(is-share) > 0.03 {
				t.Errorf("%s: %s has %.1f %% of %d samples, and does %.0f %%", kind.name, f, 100*is, k.Samples, 100*share)
			}
		}
		unread := float64(k.Unreadable) / float64(k.Samples)
		accurate(t, kind.name, worst, unread, k.Samples)
		if unread > 0.01 {
			t.Errorf("%s: %.1f %% are unreadable", kind.name, 100*unread)
		}
		t.Logf("%s; %d samples; %s of %s of processor time", line, k.Samples, time.Duration(sum(p, 1, of("p/0"))).Round(time.Millisecond), cpu.Round(time.Millisecond))
	}
}

// accurate writes down how far shares were off at most, for bench/run: MUSTER_ACCURACY
// is the file then.
func accurate(t *testing.T, name string, worst, unread float64, samples int64) {
	t.Helper()
	path := os.Getenv("MUSTER_ACCURACY")
	if !filepath.IsAbs(path) {
		return
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := fmt.Fprintf(file, `{"case":%q,"off_points":%.2f,"unreadable_percent":%.2f,"samples":%d}`+"\n", "accuracy/"+name, 100*worst, 100*unread, samples); err != nil {
		t.Fatal(err)
	}
}

var cShares = map[string]float64{"seven": 0.7, "two": 0.2, "one": 0.1}

// TestPerfKernel: time in system calls is told, where the machine permits it; where
// it does not, that is said.
func TestPerfKernel(t *testing.T) {
	prog := launch(t, exec.Command(compile(t, "calls.c", "-O1"), "kernel"))
	k, p, err := take(t, Request{Kind: CPU, Duration: 2 * time.Second}, prog.subject("c", 0))
	if err != nil {
		t.Fatal(err, k.Coverage)
	}
	kernel := sum(p, 0, func(s *profile.Sample) bool { return in("<kernel>")(s) && in("reads")(s) })
	userOnly := strings.Contains(told(k, "perf"), "user code only")
	if os.Geteuid() == 0 && userOnly || !userOnly && kernel < k.Samples/2 || userOnly && kernel != 0 {
		t.Errorf("%d of %d in the kernel: %v", kernel, k.Samples, k.Coverage)
	}
}

// TestPerfDescendants: what a process starts is sampled from its first moment, and
// told as its own until somebody names it.
func TestPerfDescendants(t *testing.T) {
	prog := launch(t, exec.Command(compile(t, "calls.c", "-O1"), "fork"))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	k, err := Take(ctx, Request{Kind: CPU, Duration: time.Minute, Rate: 99, Subjects: func() []Subject { return []Subject{prog.subject("c", 0)} }}, func(p Progress) {
		if p.Samples > 200 { // on a busy machine that takes a while
			cancel()
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	p := k.Profile
	pids := map[string]bool{}
	for _, s := range p.Sample {
		if in("burns")(s) && of("c/0")(s) {
			pids[s.Label[LabelPID][0]] = true
		}
	}
	if delete(pids, fmt.Sprint(prog.Process.Pid)); len(pids) < 2 {
		t.Errorf("only of %v: %v\n%s", pids, k.Coverage, p)
	}
}

// TestPerfExec: who becomes another program meanwhile is told as that from then on.
func TestPerfExec(t *testing.T) {
	burn := compile(t, "burn.c", "-O1")
	cmd := exec.Command(compile(t, "calls.c", "-O1"), "exec", burn)
	prog := launch(t, cmd)
	n := 0
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	c, err := Take(ctx, Request{Kind: CPU, Duration: time.Minute, Rate: 99, Subjects: func() []Subject { return []Subject{prog.subject("c", 0)} }}, func(p Progress) {
		if n++; n == 2 {
			io.WriteString(prog.in, "\n")
		}
		if p.Samples > 20 {
			cancel()
		}
	})
	if err != nil || sum(c.Profile, 0, in("seven")) == 0 {
		t.Errorf("%v, %v\n%s", err, c.Coverage, c.Profile)
	}
}

// TestOthersProcess: of a process that belongs to somebody else it is said whose it
// is, and what may be known of it all the same.
func TestOthersProcess(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Log("root may look at each")
		return
	}
	k, _, err := take(t, Request{Kind: CPU, Duration: time.Second}, Subject{procs.PIDRef{PID: 1}, "", "init"})
	if err != nil || !strings.HasPrefix(told(k, "perf"), "init (pid 1): not permitted: it belongs to root: run muster as root") {
		t.Errorf("%v, %v", err, k.Coverage)
	}
	k, _, err = take(t, Request{Kind: Heap, Duration: time.Second}, Subject{procs.PIDRef{PID: 1}, "", "init"})
	if !errors.Is(err, ErrNothing) || !strings.HasPrefix(told(k, "go"), "init (pid 1): not permitted: it belongs to root: run muster as root") {
		t.Errorf("%v, %v", err, k.Coverage)
	}
	pid, err := strconv.Atoi(os.Getenv(othersEnv))
	if err != nil {
		t.Log("there is no endpoint of somebody else's")
		return
	}
	others := Subject{procs.PIDRef{PID: pid}, "go", "go/0"}
	k, p, err := take(t, Request{Kind: CPU, Duration: time.Second}, others)
	if n := sum(p, 0, in("seven")); err != nil || n != 0 || !strings.HasPrefix(told(k, "perf"), others.String()+": not permitted: it belongs to root: run muster as root") {
		t.Errorf("%v, %d samples that it should not have been asked for, %v", err, n, k.Coverage)
	}
}

// othersEnv is the pid of a program that serves net/http/pprof, for the user of
// [TestAsUser], whose it is not.
const othersEnv = "MUSTER_TEST_OTHERS"

// TestPerfJIT: code that was made at run time has the name that its program tells,
// and what called it is found.
func TestPerfJIT(t *testing.T) {
	prog := launch(t, exec.Command(compile(t, "jit.c", "-O1", "-fno-omit-frame-pointer")))
	name := fmt.Sprintf("/tmp/perf-%d.map", prog.Process.Pid)
	t.Cleanup(func() { os.Remove(name) })
	k, p, err := takeEnough(t, Request{Kind: CPU}, prog.subject("c", 0))
	if err != nil {
		t.Fatal(err, k.Coverage)
	}
	made := func(s *profile.Sample) bool { return in("made::at run time")(s) && in("runs")(s) && in("main")(s) }
	if n := sum(p, 0, made); n < k.Samples*9/10 {
		t.Errorf("%d of %d: %v\n%s", n, k.Samples, k.Coverage, p)
	}
}

// TestPerfJITWithoutNames: that such code has no names is told, with what helps; of code
// that has some nothing is said.
func TestPerfJITWithoutNames(t *testing.T) {
	const help = "are in code that was made at run time and has no names: node --perf-basic-prof writes them"
	bin := compile(t, "jit.c", "-O1", "-fno-omit-frame-pointer")
	for _, args := range [][]string{nil, {"without"}} {
		prog := launch(t, exec.Command(bin, args...))
		t.Cleanup(func() { os.Remove(fmt.Sprintf("/tmp/perf-%d.map", prog.Process.Pid)) })
		k, _, err := takeEnough(t, Request{Kind: CPU}, prog.subject("c", 0))
		if err != nil {
			t.Fatal(err, k.Coverage)
		}
		if told := strings.Contains(fmt.Sprint(k.Coverage), help); told != (len(args) > 0) {
			t.Errorf("with %q: %v", args, k.Coverage)
		}
	}
}

// TestPerfRefused: where the kernel samples nobody, it is told once, with what
// would permit it.
func TestPerfRefused(t *testing.T) {
	prog := launch(t, exec.Command(compile(t, "burn.c", "-O1")))
	r := newRecorder(CPU, 99)
	tk := &taking{recorder: r, joined: map[procs.PIDRef]bool{}, taker: map[int]source{}}
	k := newKernelSamples(tk, nil)
	k.open = func(int, bool) (*perf.Sampler, error) { return nil, fmt.Errorf("perf_event_open: %w", unix.EACCES) }
	tk.sources = []source{k}
	tk.request = Request{Kind: CPU, Duration: time.Second, Rate: 99, Subjects: func() []Subject {
		return []Subject{prog.subject("c", 0), {procs.PIDRef{PID: os.Getpid()}, "c", "c/1"}}
	}}
	c, err := tk.run(t.Context(), nil)
	if !errors.Is(err, ErrNothing) || len(c.Coverage) != 1 || c.Coverage[0].OK ||
		!strings.HasPrefix(c.Coverage[0].Note, "2 not sampled: perf_event_paranoid ") || !strings.Contains(c.Coverage[0].Note, "perf_event_open: permission denied: ") {
		t.Errorf("%v, %v", err, c.Coverage)
	}
}

// TestAsUser runs the tests that ask the kernel for something once more as the
// user that MUSTER_TEST_USER names, who has no rights over anybody else.
func TestAsUser(t *testing.T) {
	name := os.Getenv("MUSTER_TEST_USER")
	if name == "" {
		t.Log("MUSTER_TEST_USER names nobody to do it as")
		return
	}
	if os.Geteuid() != 0 {
		t.Fatalf("cannot become %s: it takes root", name)
	}
	who, err := user.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	uid, err := strconv.Atoi(who.Uid)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "capture")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	tmp := filepath.Join(dir, "tmp")
	for _, err := range []error{
		os.Chmod(dir, 0o755), os.CopyFS(filepath.Join(dir, "testdata"), os.DirFS("testdata")), os.Mkdir(tmp, 0o700), os.Chown(tmp, uid, -1),
		exec.Command("cp", self, filepath.Join(dir, "capture.test")).Run(),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	become, err := filepath.Abs("../../testdata/become.sh")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", become, who.Uid, who.Gid, filepath.Join(dir, "capture.test"), "-test.run", "^(TestPerf|TestGo|TestState|TestOther|TestTwo)", "-test.v")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "MUSTER_TEST_USER=", "TMPDIR="+tmp, "HOME="+tmp, fmt.Sprintf("%s=%d", othersEnv, play(t, "burn", "127.0.0.1:0").Process.Pid))
	out, err := cmd.CombinedOutput()
	if err != nil || strings.Contains(string(out), "--- SKIP") || !strings.Contains(string(out), "--- PASS: TestPerfC") {
		t.Errorf("%v\n%s", err, out)
	}
	t.Logf("as %s: %d tests", name, strings.Count(string(out), "\n--- PASS"))
}

// TestPerfTotals: no processor time is told twice, and most of it is told: the
// program's own clock is what it is compared with.
func TestPerfTotals(t *testing.T) {
	const threads = 4
	prog := launch(t, exec.Command(compile(t, "burn.c", "-O1"), fmt.Sprint(threads), "0"))
	before := used(t, prog.Process.Pid)
	var first, last time.Duration // within the capture
	c, err := Take(t.Context(), Request{Kind: CPU, Duration: 2 * time.Second, Rate: 99, Subjects: func() []Subject { return []Subject{prog.subject("c", 0)} }}, func(Progress) {
		if last = used(t, prog.Process.Pid); first == 0 {
			first = last
		}
	})
	most := used(t, prog.Process.Pid) - before
	period := time.Second / 99
	told := time.Duration(sum(c.Profile, 1, of("c/0")))
	// A thread's first sample comes after a whole period, and what it has used
	// since its last one is not told. The samples' clock goes on while an interrupt
	// or the hypervisor has the processor, the program's own does not.
	if err != nil || told > most*5/4 || told < (last-first)/2-threads*2*period {
		t.Errorf("%v: %s are told, the program has used between %s and %s: %v", err, told, last-first, most, c.Coverage)
	}
}

// TestPerfTwo: two captures of one process at the same time do not disturb each
// other.
func TestPerfTwo(t *testing.T) {
	prog := launch(t, exec.Command(compile(t, "burn.c", "-O1"), "2", "0"))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var both sync.WaitGroup
	var have [2]atomic.Int64
	for i := range have {
		both.Go(func() {
			c, err := Take(ctx, Request{Kind: CPU, Duration: time.Minute, Rate: 99, Subjects: func() []Subject { return []Subject{prog.subject("c", i)} }}, func(p Progress) {
				if have[i].Store(p.Samples); have[0].Load() > enough && have[1].Load() > enough {
					cancel()
				}
			})
			if err != nil || !ok(c, "perf") {
				t.Errorf("%v, %v", err, c.Coverage)
				return
			}
			checkShares(t, c.Profile, fmt.Sprintf("c/%d", i), cShares)
		})
	}
	both.Wait()
}

// TestPerfEnds: who ends meanwhile leaves what it gave, with its names.
func TestPerfEnds(t *testing.T) {
	prog := launch(t, exec.Command(compile(t, "burn.c", "-O1"), "2", "0"))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	killed, after := int64(0), 0
	c, err := Take(ctx, Request{Kind: CPU, Duration: time.Minute, Rate: 99, Subjects: func() []Subject { return []Subject{prog.subject("c", 0)} }}, func(p Progress) {
		switch {
		case killed == 0 && p.Samples > enough:
			killed = p.Samples
			prog.Process.Kill()
		case killed > 0:
			if after++; after == 5 {
				cancel()
			}
		}
	})
	if err != nil || c.Samples < killed || killed == 0 {
		t.Errorf("%v, %d samples of %d, %v", err, c.Samples, killed, c.Coverage)
	}
	checkShares(t, c.Profile, "c/0", cShares)
}

// TestMixedPool: programs in C, Go and Python are told in one profile, each in the
// way that suits it.
func TestMixedPool(t *testing.T) {
	python := exec.Command("python3", "-u", "-c", "import sys, threading\ndef burns():\n  while True: sum(range(1000))\nthreading.Thread(target=burns, daemon=True).start()\nprint('ready')\nsys.stdin.read()")
	pool := []Subject{
		launch(t, exec.Command(compile(t, "burn.c", "-O1"), "1", "0")).subject("mixed", 0),
		play(t, "burn", "127.0.0.1:0").subject("mixed", 1),
		play(t, "burn", "", agentHere(t, t.TempDir())).subject("mixed", 2),
		play(t, "burn", "").subject("mixed", 3),
		launch(t, python).subject("mixed", 4),
	}
	k, p, err := takeEnough(t, Request{Kind: CPU}, pool...)
	if err != nil {
		t.Fatal(err, k.Coverage)
	}
	for i, s := range pool {
		if sum(p, 0, of(s.Process)) == 0 {
			t.Errorf("nothing of %s: %v", s.Process, k.Coverage)
		}
		if i < 4 {
			checkShares(t, p, s.Process, map[string]float64{"seven": 0.7, "two": 0.2, "one": 0.1})
		}
	}
	pprofReads(t, k, pool...)
	if !ok(k, "go") || !ok(k, "perf") || told(k, "go") != "2 told their own profile" {
		t.Errorf("coverage %v", k.Coverage)
	}
	for _, s := range p.Sample {
		late := s.Label[LabelProcess][0] == pool[4].Process // to a look at Python belongs what was used before it, too
		if !slices.Equal(s.Label[LabelPool], []string{"mixed"}) || s.Value[2] < s.Value[1] && !late {
			t.Fatalf("a sample of %v with %v", s.Value, s.Label)
		}
	}
}

// TestPerfThreads: five hundred threads need no more memory than one.
func TestPerfThreads(t *testing.T) {
	prog := launch(t, exec.Command(compile(t, "calls.c", "-O1"), "threads", "500"))
	k, p, err := take(t, Request{Kind: CPU, Duration: 3 * time.Second}, prog.subject("c", 0))
	if err != nil {
		t.Fatal(err, k.Coverage)
	}
	if in := sum(p, 0, in("burns")); in < k.Samples*9/10 || in == 0 {
		t.Errorf("%d of %d samples are in burns: %v", in, k.Samples, k.Coverage)
	}
}
