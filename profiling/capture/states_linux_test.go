package capture

import (
	"context"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/pprof/profile"
	"golang.org/x/sys/unix"

	"example.com/muster/procs"
	"example.com/muster/profiling/perf"
)

// waiters are the functions of waits.c that wait, and how.
var waiters = map[string]State{"locks": Lock, "sleeps": Sleep, "reads": IO, "idles": Sleep}

// checkWaits compares what is told of threads that wait all the time.
func checkWaits(t *testing.T, c *Capture, p *profile.Profile) {
	t.Helper()
	for f, state := range waiters {
		all := sum(p, 2, in(f))
		right := sum(p, 2, func(s *profile.Sample) bool {
			return in(f)(s) && slices.Equal(s.Label[LabelState], []string{string(state)})
		})
		if right < all*9/10 || all < int64(c.For)/2 || all > int64(c.For)*12/10 {
			t.Errorf("%s waits %s, of that %s in %s; it took %s: %v\n%s", f, time.Duration(all), time.Duration(right), state, c.For, c.Coverage, p)
		}
		if cpu := sum(p, 1, in(f)); cpu > int64(c.For)/10 {
			t.Errorf("%s has used %s", f, time.Duration(cpu))
		}
	}
}

// TestStateWaits: a profile of the time has what waits with its stack and its
// state, besides what runs.
func TestStateWaits(t *testing.T) {
	for name, flags := range map[string][]string{"frame pointers": {"-O1", "-fno-omit-frame-pointer"}, "none": {"-O2", "-fomit-frame-pointer"}, "static": {"-O1", "-static"}} {
		t.Run(name, func(t *testing.T) {
			prog := launch(t, exec.Command(compile(t, "waits.c", flags...)))
			c, p, err := take(t, Request{Kind: Wall, Duration: 2 * time.Second}, prog.subject("c", 0))
			if err != nil || !ok(c, "perf") || !ok(c, "states") {
				t.Fatal(err, c.Coverage)
			}
			checkWaits(t, c, p)
			pprofReads(t, c)
			on := func(s *profile.Sample) bool { return slices.Equal(s.Label[LabelState], []string{"on_cpu"}) }
			if sum(p, 1, func(s *profile.Sample) bool { return in("burns")(s) && on(s) }) == 0 {
				t.Errorf("nothing of the one that burns\n%s", p)
			}
			if n := sum(p, 0, in("<running>")); n != 0 {
				t.Errorf("%d samples of what the kernel samples", n)
			}
			if total := sum(p, 0, func(*profile.Sample) bool { return true }); total != c.Samples {
				t.Errorf("%d samples, and %d in the profile", c.Samples, total)
			}
		})
	}
}

// withoutPerf takes a capture where the kernel samples nobody.
func withoutPerf(ctx context.Context, t *testing.T, kind Kind, d time.Duration, progress func(Progress), subjects ...Subject) (*Capture, error) {
	t.Helper()
	tk := &taking{recorder: newRecorder(kind, 99), joined: map[procs.PIDRef]bool{}, taker: map[int]source{}}
	tk.request = Request{Kind: kind, Duration: d, Rate: 99, Subjects: func() []Subject { return subjects }}
	waits := newStates(tk)
	k := newKernelSamples(tk, waits)
	k.open = func(int, bool) (*perf.Sampler, error) { return nil, fmt.Errorf("perf_event_open: %w", unix.EACCES) }
	tk.sources = []source{k, waits}
	return tk.run(ctx, progress)
}

// TestStateInstead: where the kernel samples nobody, it is still known who used a
// processor for how long, and where the others wait; and why it is no more.
func TestStateInstead(t *testing.T) {
	prog := launch(t, exec.Command(compile(t, "waits.c", "-O1")))
	for _, kind := range []Kind{CPU, Wall} {
		before := used(t, prog.Process.Pid)
		c, err := withoutPerf(t.Context(), t, kind, 2*time.Second, nil, prog.subject("c", 0))
		after := used(t, prog.Process.Pid)
		if err != nil || ok(c, "perf") || !ok(c, "states") || !strings.Contains(told(c, "perf"), "1 not sampled: ") {
			t.Fatalf("%s: %v, %v", kind, err, c.Coverage)
		}
		cpu := time.Duration(sum(c.Profile, 1, in("<running>")))
		if most := after - before; cpu > most || cpu < most/2 {
			t.Errorf("%s: %s of processor time; the program has used up to %s", kind, cpu, most)
		}
		if kind == Wall {
			checkWaits(t, c, c.Profile)
		} else if n := sum(c.Profile, 0, in("sleeps")); n != 0 {
			t.Errorf("%d samples of who sleeps", n)
		}
	}
}

// used is the processor time of a process.
func used(t *testing.T, pid int) time.Duration {
	t.Helper()
	var ts unix.Timespec
	// The clock of a process (clock_getcpuclockid(3)).
	if err := unix.ClockGettime(int32(^pid<<3|2), &ts); err != nil {
		t.Fatal(err)
	}
	return time.Duration(ts.Nano())
}

// TestStateEnds: who ends meanwhile leaves what was seen, and nothing is left open.
func TestStateEnds(t *testing.T) {
	prog := launch(t, exec.Command(compile(t, "waits.c", "-O1")))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	killed, after := Progress{}, 0
	c, err := withoutPerf(ctx, t, Wall, time.Minute, func(p Progress) {
		switch {
		case p.Samples > 0 && killed.Samples == 0:
			killed = p
			prog.Process.Kill()
		case killed.Samples > 0:
			if after++; after == 20 {
				cancel()
			}
		}
	}, prog.subject("c", 0))
	slept := time.Duration(sum(c.Profile, 2, in("sleeps")))
	if err != nil || slept == 0 || slept > (killed.Done+c.For)/2 {
		t.Errorf("%v, %s asleep, killed at %s, %v\n%s", err, slept, killed.Done, c.Coverage, c.Profile)
	}
}
