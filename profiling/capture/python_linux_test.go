package capture

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/pprof/profile"
	"golang.org/x/sys/unix"

	"example.com/muster/internal/corpus"
	"example.com/muster/procs"
	"example.com/muster/procs/procfs"
	"example.com/muster/profiling/cpython"
	"example.com/muster/profiling/peek"
)

// pythons are those of this machine, one of each minor version; under the race
// detector, which takes long, the newest.
var pythons = sync.OnceValue(func() []corpus.Python {
	all := slices.CompactFunc(corpus.Pythons(), func(a, b corpus.Python) bool { return a.Minor == b.Minor })
	if raceDetector && len(all) > 0 {
		all = all[len(all)-1:]
	}
	return all
})

// eachPython runs a test with each of them.
func eachPython(t *testing.T, test func(t *testing.T, python string)) {
	t.Helper()
	if len(pythons()) == 0 {
		t.Skip("needs python3")
	}
	for _, p := range pythons() {
		t.Run(p.Version, func(t *testing.T) { test(t, p.Path) })
	}
}

// burns starts testdata/burns.py.
func burns(t *testing.T, python, how string) *program {
	t.Helper()
	return launch(t, exec.Command(python, "-B", "testdata/burns.py", how))
}

// sampled takes a profile of so many samples, however long that takes.
func sampled(t *testing.T, r Request, samples int64, subjects ...Subject) *Capture {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	r.Duration, r.Subjects = 3*time.Minute, func() []Subject { return subjects }
	c, err := Take(ctx, r, func(p Progress) {
		if p.Samples >= samples {
			cancel()
		}
	})
	if err != nil || c.Samples < samples {
		t.Fatalf("%v; %d samples, coverage %v", err, c.Samples, c.Coverage)
	}
	return c
}

// sharesOf returns the part of each function in a value, all of its calls
// included.
func sharesOf(p *profile.Profile, value int) map[string]float64 {
	shares, total := map[string]float64{}, 0.0
	for _, s := range p.Sample {
		total += float64(s.Value[value])
		seen := map[string]bool{}
		for _, loc := range s.Location {
			for _, line := range loc.Line {
				if name := line.Function.Name; !seen[name] {
					seen[name] = true
					shares[name] += float64(s.Value[value])
				}
			}
		}
	}
	for name := range shares {
		shares[name] /= total
	}
	return shares
}

// truthOf reads what burns.py says at its end, as parts of one.
func truthOf(t *testing.T, said []string) map[string]float64 {
	t.Helper()
	truth, total := map[string]float64{}, 0.0
	for _, line := range said {
		name, text, _ := strings.Cut(line, " ")
		seconds, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatalf("the program says %q", line)
		}
		truth[name], total = seconds, total+seconds
	}
	for name := range truth {
		truth[name] /= total
	}
	return truth
}

// TestPythonShares: the part of each function is the one that the program
// measures itself, with MUSTER_ACCURACY within three points in ten seconds at 99 Hz;
// else within what chance may do to fewer samples. The race detector makes a look
// last too long for that.
func TestPythonShares(t *testing.T) {
	if raceDetector {
		return
	}
	eachPython(t, func(t *testing.T, python string) {
		for _, how := range []string{"plain", "deep", "lazy", "native", "threads"} {
			t.Run(how, func(t *testing.T) {
				rate, samples, limit := 500, int64(150), 0.03
				if os.Getenv("MUSTER_ACCURACY") != "" {
					rate, samples = 99, 900
				}
				prog := burns(t, python, how)
				c := sampled(t, Request{Kind: CPU, Rate: rate}, samples, prog.subject("py", 0))
				truth, got := truthOf(t, prog.end()), sharesOf(c.Profile, 0)
				worst := 0.0
				for name, want := range truth {
					worst = max(worst, math.Abs(got[name]-want))
					chance := limit
					if rate != 99 { // five standard deviations
						chance += 5 * math.Sqrt(want*(1-want)/float64(c.Samples))
					}
					if math.Abs(got[name]-want) > chance {
						t.Errorf("%s has %.3f, the program says %.3f (of %d samples)", name, got[name], want, c.Samples)
					}
				}
				unread := float64(c.Unreadable) / float64(c.Samples)
				accurate(t, strings.TrimPrefix(t.Name(), "TestPythonShares/"), worst, unread, c.Samples)
				if unread > 0.01 {
					t.Errorf("%.3f of the looks could read nothing; %v", unread, c.Coverage)
				}
				// Where others use the processors too, a look lasts long, and sees less of it.
				in, exact := got["<native>"], os.Getenv("MUSTER_ACCURACY") != ""
				if how == "native" && (exact && in < truth["native"]/2 || in > truth["native"]+0.2) || how == "plain" && in > 0.5 {
					t.Errorf("%.3f is C", in)
				}
			})
		}
	})
}

// TestPythonWall: each thread tells what it does: it runs, waits for the GIL or a
// lock, reads, or sleeps; and at which line.
func TestPythonWall(t *testing.T) {
	const text = `import os, threading, time
lock = threading.Lock()
def burns():
    while True: pass
def sleeps(): time.sleep(1000)
def locked():
    with lock: pass
def reads(fd): os.read(fd, 1)
lock.acquire()
for f, args in (burns, ()), (burns, ()), (sleeps, ()), (locked, ()), (reads, (os.pipe()[0],)):
    threading.Thread(target=f, args=args, daemon=True).start()
print("ready", flush=True)
os.read(0, 1)
os._exit(0)
`
	want := map[string][]State{"burns": {OnCPU, GIL}, "sleeps": {Sleep}, "locked": {Lock}, "reads": {IO}}
	eachPython(t, func(t *testing.T, python string) {
		file := filepath.Join(t.TempDir(), "waits.py")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		prog := launch(t, exec.Command(python, file))
		c := sampled(t, Request{Kind: Wall, Rate: 99}, 400, prog.subject("py", 0))
		got := map[string]map[State]int64{}
		lines := map[string]int64{}
		for _, s := range c.Profile.Sample {
			for _, loc := range s.Location {
				name := loc.Line[0].Function.Name
				if want[name] == nil {
					continue
				}
				if got[name] == nil {
					got[name] = map[State]int64{}
				}
				got[name][State(s.Label[LabelState][0])] += s.Value[0]
				if name != "burns" {
					lines[name] = loc.Line[0].Line
				}
			}
		}
		for name, states := range want {
			total, most := int64(0), int64(0)
			for state, n := range got[name] {
				total += n
				for _, s := range states {
					if s == state {
						most += n
					}
				}
			}
			if total == 0 || float64(most) < 0.9*float64(total) {
				t.Errorf("%s: %v, want %v", name, got[name], states)
			}
		}
		if fmt.Sprint(lines) != "map[locked:7 reads:8 sleeps:5]" {
			t.Errorf("they are in lines %v", lines)
		}
		if got["burns"][GIL] == 0 {
			t.Error("nobody waits for the GIL")
		}
	})
}

// TestPythonEnds: what one gave that ends meanwhile is kept, and one that becomes
// another program is sampled on as that.
func TestPythonEnds(t *testing.T) {
	ends := launch(t, exec.Command("python3", "-c", "import time\nprint('ready', flush=True)\nend = time.monotonic() + 2\nwhile time.monotonic() < end: pass"))
	c, err := Take(t.Context(), Request{Kind: CPU, Rate: 99, Duration: 5 * time.Second, Subjects: func() []Subject { return []Subject{ends.subject("py", 0)} }}, nil)
	if err != nil || c.Samples == 0 {
		t.Errorf("%v, %d samples, %v", err, c.Samples, c.Coverage)
	}
	becomes := launch(t, exec.Command("python3", "-c", `import os, time
print("ready", flush=True)
end = time.monotonic() + 2
while time.monotonic() < end: pass
os.execv("/bin/sh", ["sh", "-c", "while :; do :; done"])`))
	t.Cleanup(func() { becomes.Process.Kill() })
	c, err = Take(t.Context(), Request{Kind: CPU, Rate: 99, Duration: 7 * time.Second, Subjects: func() []Subject { return []Subject{becomes.subject("py", 0)} }}, nil)
	becomes.Process.Kill()
	got := sharesOf(c.Profile, 0)
	if err != nil || got["<module>"] == 0 || got["<module>"] > 0.9 {
		t.Errorf("%v, %v; coverage %v", err, got, c.Coverage)
	}
}

// TestPythonThreads: five hundred threads are seen, each of them.
func TestPythonThreads(t *testing.T) {
	prog := launch(t, exec.Command("python3", "-c", `import threading, os
e = threading.Event()
def waits(): e.wait()
for _ in range(500): threading.Thread(target=waits, daemon=True).start()
print("ready", flush=True)
os.read(0, 1)
os._exit(0)`))
	c := sampled(t, Request{Kind: Wall, Rate: 20}, 3000, prog.subject("py", 0))
	threads := map[string]bool{}
	for _, s := range c.Profile.Sample {
		for _, loc := range s.Location {
			if loc.Line[0].Function.Name == "waits" && s.Label[LabelState][0] == string(Lock) {
				threads[s.Label[LabelThread][0]] = true
			}
		}
	}
	pprofReads(t, c)
	if len(threads) != 500 {
		t.Errorf("%d threads wait", len(threads))
	}
}

// TestPythonMoments: processor time that many threads use for moments, in which few
// looks meet any of them, is told all the same, and where it was used.
func TestPythonMoments(t *testing.T) {
	prog := launch(t, exec.Command("python3", "-c", `import threading, time, os
def works():
    while True:
        time.sleep(0.05)
        sum(range(1000))
for _ in range(300): threading.Thread(target=works, daemon=True).start()
print("ready", flush=True)
os.read(0, 1)
os._exit(0)`))
	s := prog.subject("py", 0)
	before, err := procfs.CPUClock(s.PID)
	if err != nil {
		t.Fatal(err)
	}
	c := sampled(t, Request{Kind: CPU, Rate: 99}, 10, s)
	used, err := procfs.CPUClock(s.PID)
	if err != nil {
		t.Fatal(err)
	}
	used -= before
	told := time.Duration(0)
	for _, sample := range c.Profile.Sample {
		told += time.Duration(sample.Value[1])
	}
	if told < used/2 || told > used {
		t.Errorf("%v of %v were told; %v", told, used, c.Coverage)
	}
	if in := sharesOf(c.Profile, 1)["works"]; in < 0.9 {
		t.Errorf("%.3f of it is in the function", in)
	}
}

// TestPythonPreempted: a thread that has no processor stands where it was, and is not
// taken to be in C for that; one that is known to have had it is, unless threads mostly
// move there.
func TestPythonPreempted(t *testing.T) {
	s, g := stopped(t, "python3", "while True: sorted(numbers)")
	ms := time.Millisecond
	look := func(cpu time.Duration, ran uint64) bool {
		s.judge(1, cpu, ran)
		return s.inC(1, g, &seen{cpu: cpu, ran: ran})
	}
	for _, then := range []stood{{cpu: ms, ran: 1}, {cpu: ms, ran: 1}, {cpu: 2 * ms, ran: 2}, {cpu: 5 * ms, ran: 3}} {
		if look(then.cpu, then.ran) {
			t.Errorf("after %v, given a processor %d times, it is in C", then.cpu, then.ran)
		}
	}
	if !look(9*ms, 3) { // it ran from 5 to 9
		t.Error("it stands where it is known to have run, and is in Python")
	}
	for range 3 {
		s.last[1] = stood{at: g.At, cpu: 9 * ms, ran: 3}
		s.judge(1, 10*ms, 3)
	}
	if look(10*ms, 4) {
		t.Error("it is in C where threads move")
	}
}

// TestPythonJump: a loop that is nothing but a jump stands, and is in Python; one
// that calls C is in C.
func TestPythonJump(t *testing.T) {
	loops := []struct {
		text string
		inC  bool
	}{
		{"while 1: pass", false},
		{strings.Repeat("numbers = numbers; ", 200) + "\n    while 1: pass", false}, // a jump too far for one unit, up to 3.10
		{"while 1: sorted(numbers)", true},
		{strings.Repeat("numbers = numbers; ", 200) + "\n    while 1: sorted(numbers)", true},
	}
	eachPython(t, func(t *testing.T, python string) {
		for _, loop := range loops {
			s, g := stopped(t, python, loop.text)
			s.inC(1, g, &seen{cpu: time.Millisecond, ran: 1})
			s.judge(1, 2*time.Millisecond, 1) // it has run ever since
			if got := s.inC(1, g, &seen{cpu: 2 * time.Millisecond, ran: 1}); got != loop.inC {
				t.Errorf("%.40q is in C: %t", loop.text, got)
			}
		}
	})
}

// stopped starts a program whose function loop has a body, and stops it in the last
// line of that.
func stopped(t *testing.T, python, body string) (*snake, *cpython.Glance) {
	t.Helper()
	text := "def loop(numbers):\n    " + body + "\nnumbers = [n * 7919 % 100003 for n in range(200000)]\nprint('ready', flush=True)\nloop(numbers)"
	prog := launch(t, exec.Command(python, "-c", text))
	t.Cleanup(func() { _ = prog.Process.Kill() })
	of := prog.subject("py", 0)
	in, err := cpython.Open(of.PIDRef)
	if err != nil {
		t.Fatal(err)
	}
	for {
		if err := prog.Process.Signal(syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		if err := unix.Waitid(unix.P_PID, of.PID, nil, unix.WSTOPPED, nil); err != nil {
			t.Fatal(err)
		}
		g, err := in.Glance(of.PID)
		if err != nil {
			t.Fatal(err)
		}
		if len(g.Calls) == 2 && g.Calls[0].Line == strings.Count(body, "\n")+2 {
			return &snake{looked: &looked{Subject: &of}, in: in, last: map[int]stood{}, calls: map[[2]uint64]int{}}, &g
		}
		if err := prog.Process.Signal(syscall.SIGCONT); err != nil {
			t.Fatal(err)
		}
	}
}

// TestPythonForked: what makes no sense of a process that has just begun is no reason
// to call its version unknown; of one that has run for long it is.
func TestPythonForked(t *testing.T) {
	prog := burns(t, "python3", "plain")
	s := prog.subject("py", 0)
	stat, err := procfs.ReadStat(s.PID)
	if err != nil {
		t.Fatal(err)
	}
	s.StartTime = stat.StartTime
	tk := &taking{recorder: newRecorder(CPU, 99), joined: map[procs.PIDRef]bool{}, taker: map[int]source{}}
	tk.request = Request{Kind: CPU, Duration: time.Minute, Rate: 99, Subjects: func() []Subject { return []Subject{s} }}
	py, asked := newPython(tk), 0
	py.settles = time.Hour
	py.open = func(ref procs.PIDRef) (*cpython.Interpreter, error) {
		if asked++; asked <= 3 {
			return nil, fmt.Errorf("3.11.7 is %w: none of its threads is one of the process", cpython.ErrNotCovered)
		}
		return cpython.Open(ref)
	}
	tk.sources = []source{py, newStates(tk)}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c, err := tk.run(ctx, func(p Progress) {
		if p.Samples > 0 {
			cancel()
		}
	})
	if err != nil || asked < 4 || strings.Contains(told(c, "cpython"), "not covered") || sharesOf(c.Profile, 0)["burn"] == 0 {
		t.Errorf("%v; asked %d times, %v", err, asked, c.Coverage)
	}
	asked, py.settles = 0, time.Second
	if _, err := py.find(procs.PIDRef{PID: os.Getpid(), StartTime: 1}); !errors.Is(err, cpython.ErrNotCovered) || errors.Is(err, cpython.ErrNotReady) {
		t.Errorf("of an old process it tells %v", err)
	}
}

// TestTooLate: processes that ended before they could be looked at are counted, and
// told of in one line.
func TestTooLate(t *testing.T) {
	ended := func(pid int) Subject {
		return Subject{PIDRef: procs.PIDRef{PID: pid, StartTime: 1}, Process: "sha1sum"}
	}
	for want, subjects := range map[string][]Subject{
		"sha1sum (pid 4194305) ended before it could be looked at":                       {ended(4194305)},
		"2 processes, first sha1sum (pid 4194305), ended before they could be looked at": {ended(4194305), ended(4194306)},
	} {
		c, err := Take(t.Context(), Request{Kind: CPU, Duration: time.Second, Rate: 99, Subjects: func() []Subject { return subjects }}, nil)
		if !errors.Is(err, ErrNothing) || len(c.Coverage) != 1 || c.Coverage[0].Note != want {
			t.Errorf("%v, %v, want %s", err, c.Coverage, want)
		}
	}
}

// TestNoPython: another program is none for this source.
func TestNoPython(t *testing.T) {
	prog := launch(t, exec.Command("sh", "-c", "echo ready; read x"))
	p := newPython(&taking{request: Request{Kind: CPU, Rate: 99}})
	s := prog.subject("sh", 0)
	if err := p.join(&s); !errors.Is(err, errNotMine) {
		t.Errorf("got %v", err)
	}
	if c := p.leave(); c != nil {
		t.Errorf("it tells %v", c)
	}
}

// TestPythonTooBusy: where there were far fewer looks than asked for, that is said,
// and only there; so is that <native> is inferred.
func TestPythonTooBusy(t *testing.T) {
	for _, c := range []struct {
		looks  int64
		native bool
		want   string
	}{
		{990, false, "990 looks at 2 processes"},
		{990, true, "990 looks at 2 processes; <native> is inferred: the frame stands at one instruction while the program runs"},
		{300, false, "300 looks at 2 processes; the machine was too busy for the 1000 looks that were asked for"},
	} {
		p := newPython(&taking{request: Request{Kind: CPU, Rate: 99}})
		p.joined, p.looks, p.due, p.native = 2, c.looks, 1000, c.native
		if got := p.leave(); len(got) != 1 || got[0].Note != c.want {
			t.Errorf("of %d looks it tells %v, want %s", c.looks, got, c.want)
		}
	}
	prog := burns(t, "python3", "plain")
	s := prog.subject("py", 0)
	p := newPython(&taking{request: Request{Kind: CPU, Rate: 50}, recorder: newRecorder(CPU, 50)})
	began := time.Now()
	if err := p.join(&s); err != nil {
		t.Fatal(err)
	}
	time.Sleep(200 * time.Millisecond)
	p.leave()
	if most := int64(time.Since(began)/(20*time.Millisecond)) + 1; p.due < 8 || p.due > most {
		t.Errorf("%d looks were due, of %d at most", p.due, most)
	}
}

// TestPythonRefused: where the kernel does not let muster look it is told why, a
// version that is not known is named, and another source has the process.
func TestPythonRefused(t *testing.T) {
	prog := launch(t, exec.Command(compile(t, "burn.c", "-O1")))
	for why, want := range map[error]string{
		peek.ErrNotPermitted: "not permitted: the kernel refuses process_vm_readv",
		errors.New("3.99 is not covered: CPython 3.8 to 3.14 are"): "3.99 is not covered: CPython 3.8 to 3.14 are",
		cpython.ErrNotPython: "",
	} {
		tk := &taking{recorder: newRecorder(CPU, 99), joined: map[procs.PIDRef]bool{}, taker: map[int]source{}}
		tk.request = Request{Kind: CPU, Duration: time.Second, Rate: 99, Subjects: func() []Subject { return []Subject{prog.subject("py", 0)} }}
		py := newPython(tk)
		py.open = func(procs.PIDRef) (*cpython.Interpreter, error) { return nil, fmt.Errorf("cannot read: %w", why) }
		tk.sources = []source{py, newStates(tk)}
		c, err := tk.run(t.Context(), nil)
		if got := told(c, "cpython"); err != nil || !strings.Contains(got, want) || want == "" && got != "" || !ok(c, "states") || c.Samples == 0 {
			t.Errorf("%v: %v, %d samples, %v", why, err, c.Samples, c.Coverage)
		}
	}
}

// TestPythonQualified: a method is told with its class, where the version notes it.
func TestPythonQualified(t *testing.T) {
	eachPython(t, func(t *testing.T, python string) {
		cmd := exec.Command(python, "-c", "import sys, threading\nclass Job:\n  def burns(self):\n    while True: pass\nthreading.Thread(target=Job().burns, daemon=True).start()\nprint('ready', sys.version_info[1], flush=True)\nsys.stdin.read()")
		prog := launch(t, cmd)
		minor, err := strconv.Atoi(strings.Fields(prog.out.Text())[1])
		if err != nil {
			t.Fatal(err)
		}
		if minor < 8 {
			return // it is not covered
		}
		name := "burns"
		if minor >= 11 {
			name = "Job.burns"
		}
		c, p, err := takeEnough(t, Request{Kind: CPU}, prog.subject("py", 0))
		if err != nil || sum(p, 0, func(s *profile.Sample) bool { return count(s, name) == 1 }) < c.Samples*8/10 {
			t.Errorf("%v, %v: no %s in\n%s", err, c.Coverage, name, p)
		}
	})
}

// TestPythonStripped: an interpreter without any symbol, linked into one file, is
// found all the same where it marks its own place, from 3.10 on; of an older one
// that cannot be found the kernel tells what it does.
func TestPythonStripped(t *testing.T) {
	eachPython(t, func(t *testing.T, python string) {
		where, err := exec.Command(python, "-c", "import sys; print(sys.base_prefix, sys.version_info[1])").Output()
		prefix, text, _ := strings.Cut(strings.TrimSpace(string(where)), " ")
		minor, err2 := strconv.Atoi(text)
		if err != nil || err2 != nil || minor < 8 {
			return // it is not covered
		}
		bare := filepath.Join(t.TempDir(), "worker")
		if out, err := exec.Command("strip", "-s", "-o", bare, python).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		cmd := exec.Command(bare, "-c", "import threading, sys\ndef burns():\n  while True: pass\nthreading.Thread(target=burns, daemon=True).start()\nprint('ready', flush=True)\nsys.stdin.read()")
		cmd.Env = append(os.Environ(), "PYTHONHOME="+prefix)
		c := sampled(t, Request{Kind: CPU, Rate: 99}, 20, launch(t, cmd).subject("py", 0))
		burns := sum(c.Profile, 0, in("burns"))
		switch {
		case ok(c, "cpython") && burns < c.Samples/2:
			t.Errorf("%d of %d samples are in burns: %v", burns, c.Samples, c.Coverage)
		case !ok(c, "cpython") && (minor >= 10 || !ok(c, "perf") && !ok(c, "states")):
			t.Errorf("nobody looks at it: %v", c.Coverage)
		}
	})
}

// TestPythonWithoutRoom: where no descriptor may be kept open the looks are the same.
func TestPythonWithoutRoom(t *testing.T) {
	prog := burns(t, "python3", "plain")
	r := newRecorder(CPU, 99)
	tk := &taking{recorder: r, joined: map[procs.PIDRef]bool{}, taker: map[int]source{}}
	tk.request = Request{Kind: CPU, Rate: 99, Duration: 2 * time.Minute, Subjects: func() []Subject { return []Subject{prog.subject("py", 0)} }}
	p := newPython(tk)
	p.room = 0
	tk.sources = []source{p}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	c, err := tk.run(ctx, func(so Progress) {
		if so.Samples > 20 {
			cancel()
		}
	})
	if err != nil || c.Samples <= 20 || c.Unreadable > 0 || p.room != 0 {
		t.Errorf("%v: %d samples, %d unreadable, room for %d", err, c.Samples, c.Unreadable, p.room)
	}
}
