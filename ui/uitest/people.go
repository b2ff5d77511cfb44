package uitest

import (
	"fmt"
	"math"
	"time"

	"example.com/muster/procs"
	"example.com/muster/profiling/locks/graph"
	"example.com/muster/session"
)

const mib = 1 << 20

// startedAt is when the invented sessions began: 3 minutes 12 before Now.
var startedAt = Now.Add(-3*time.Minute - 12*time.Second)

// snapshot returns an empty state with the frame's figures filled in.
func snapshot(name string, pools ...procs.Pool) *procs.Snapshot {
	return &procs.Snapshot{
		Session: name, Version: 1, At: Now, StartedAt: startedAt, Pools: pools,
		Host: procs.Host{Cores: 2, CPUPercent: 121, MemTotal: 16 << 30, MemUsed: 5 << 30},
	}
}

// Empty is a session without any pool.
func Empty() *Session { return New(snapshot("empty")) }

// Typical is a Python program with a pool of four workers, beside a service
// of which one slot has crashed, one backs off and one cannot be started.
func Typical() *Session {
	train := running(procs.ID{Pool: "train"}, 4121, 3*time.Minute+12*time.Second, usage(187, 790, 9))
	train.Output = procs.OutputByWriter
	for i, cpu := range []float64{2, 88, 41, 0} {
		train.Descendants = append(train.Descendants, worker(4130+i, 4121, cpu))
	}
	train.Descendants = append(train.Descendants, procs.Descendant{
		PIDRef: procs.PIDRef{PID: 4129, StartTime: 70012}, PPID: 4121, Depth: 1, Role: procs.RoleResourceTracker,
		Label: "resource_tracker", Argv: []string{"python3", "-c", "from multiprocessing.resource_tracker import main"},
		State: procs.RunSleeping, Usage: usage(0, 11, 1), StartedAt: startedAt.Add(time.Second),
	})
	train.ForksPerSecond, train.ForksExact, train.Lines = 0.2, true, 1204
	train.LastLine = line("epoch 3  loss 0.1204  312 img/s")
	s := New(snapshot("train.py", procs.Pool{Name: "train", Argv: []string{"python3", "train.py"}, Size: 1, Slots: []procs.Slot{train}},
		procs.Pool{Name: "api", Argv: []string{"./api"}, Size: 4, Slots: service()}))
	s.snapshot.Crashes = 2
	fill(s)
	return s
}

// service is the pool "api" of the Typical session.
func service() []procs.Slot {
	up := running(procs.ID{Pool: "api"}, 4140, 41*time.Second, usage(12, 64, 7))
	up.Restarts, up.LastLine = 1, line("GET /healthz 200 0.4ms")
	crashed := running(procs.ID{Pool: "api", Slot: 1}, 4141, 0, procs.Usage{})
	crashed.State, crashed.Since, crashed.LastLine = procs.Exited, Now.Add(-20*time.Second), line("fatal error: concurrent map writes")
	crashed.LastExit = &procs.Exit{Signal: procs.Signal(11), Core: true, At: Now.Add(-20 * time.Second), RunStartedAt: startedAt}
	retry := running(procs.ID{Pool: "api", Slot: 2}, 4142, 0, procs.Usage{})
	retry.State, retry.Restarts, retry.NextTry = procs.BackingOff, 3, Now.Add(4*time.Second)
	retry.LastExit = &procs.Exit{Code: 3, At: Now.Add(-time.Second), RunStartedAt: Now.Add(-5 * time.Second)}
	retry.LastLine = line("cannot connect to db:5432: connection refused")
	failed := procs.Slot{
		Run: procs.Run{ID: procs.ID{Pool: "api", Slot: 3}}, State: procs.Failed, Since: startedAt, Output: procs.OutputPipe,
		Reason: "not found: ./api", LastExit: &procs.Exit{Code: 127, StartError: "not found: ./api", At: startedAt},
	}
	return []procs.Slot{up, crashed, retry, failed}
}

// fill gives a Typical session its output, samples and crash reports.
func fill(s *Session) {
	train, api := procs.ID{Pool: "train"}, procs.ID{Pool: "api"}
	s.Print(train, 4121, procs.Stdout, "loading 50,000 images from ./data", "model: resnet18, 11.7 M parameters")
	for i := range 24 {
		s.Print(train, 4130+i%4, procs.Stdout, fmt.Sprintf("resized %05d.jpg to 224x224 in %d.%d ms", 40+i, 3+i%5, i%10))
		if i%6 == 5 {
			s.Print(train, 4121, procs.Stdout, fmt.Sprintf("epoch %d  loss \x1b[1;33m0.%04d\x1b[0m  312 img/s", i/6, 4204-i*130))
		}
	}
	s.Print(train, 4131, procs.Stderr, "UserWarning: truncated file data/00077.jpg")
	s.Print(api, 4140, procs.Stdout, "listening on :8080", "GET /healthz 200 0.4ms")
	s.Print(procs.ID{Pool: "api", Slot: 1}, 4141, procs.Stderr, "fatal error: concurrent map writes", "", "goroutine 34 [running]:", "main.(*cache).put(...)", "\t/src/api/cache.go:41")
	for i := range 40 {
		at := Now.Add(time.Duration(i-39) * time.Second)
		wave := 100 + 90*math.Sin(float64(i)/4)
		s.Measure(train, procs.Sample{At: at, Run: 1, Sum: usageAt(wave, 700+2*i, 9, i), Own: usageAt(wave/2, 300, 1, i), Processes: 6})
		s.Measure(api, procs.Sample{At: at, Run: 2, Sum: usageAt(float64(i%9)*3, 64, 7, i), Own: usageAt(float64(i%9)*3, 64, 7, i), Processes: 1})
	}
	for i, id := range []procs.ID{train, api} { // the state has the counters of the last sample
		last, m := s.samples[id][39], &s.snapshot.Pools[i].Slots[0].Sample
		m.Run, m.Sum.ReadBytes, m.Sum.WriteBytes = last.Run, last.Sum.ReadBytes, last.Sum.WriteBytes
		m.Sum.VoluntarySwitches, m.Sum.InvoluntarySwitches = last.Sum.VoluntarySwitches, last.Sum.InvoluntarySwitches
	}
	fillMoments(s)
	for n, slot := range s.snapshot.Pools[1].Slots[1:3] {
		r := NewCrash(slot.Run, []string{"./api"}, *slot.LastExit, nil, nil)
		r.SameBefore = n
		s.Crash(r)
	}
}

// fillMoments tells what the workers of a Typical session did in the last 90 seconds: they took
// turns with a lock, and the first of them was slow with it about when its lines came.
func fillMoments(s *Session) {
	for i := range 90 {
		at := Now.Add(time.Duration(i-89)*time.Second + 120*time.Millisecond)
		for k := range 4 {
			m := session.Moment{At: at, Run: 1, PID: 4130 + k, CPUPercent: max(0, 40+50*math.Sin(float64(i+3*k)/5)), RSSBytes: int64(100+i/3+k) * mib, Threads: 1, Doing: graph.OnCPU}
			if (i/4+k)%4 == 0 {
				m.CPUPercent, m.Doing = 2, graph.InLock
				m.Waited = graph.Waited{Kind: graph.MPLock, ID: "mp:00:1a:2053", Name: "Lock made at worker.py:7", Holder: 4130 + (k+1)%4, Contended: true}
			}
			s.Did(m)
		}
		s.Did(session.Moment{At: at, Run: 1, PID: 4121, CPUPercent: 12, RSSBytes: 300 * mib, Threads: 1, Doing: graph.InPipe, Waited: graph.Waited{Kind: graph.Pipe, ID: "pipe:4711", State: "0 of 65536 bytes", Any: true, Idle: true}})
	}
}

// Hostile is a session whose programs try to hurt the terminal: escape
// sequences, wide and invisible runes in names and lines, figures that are not known or huge.
func Hostile() *Session {
	evil := running(procs.ID{Pool: "\x1b[2J\x1b]0;owned\a漢字プール"}, 1<<22, 400*24*time.Hour, procs.Usage{
		CPUPercent: procs.Unknown, RSSBytes: math.MaxInt64, Threads: procs.Unknown, FDs: 1 << 30,
		ReadBytes: procs.Unknown, WriteBytes: -5, VoluntarySwitches: procs.Unknown,
	})
	evil.LastLine = line("\x1b[31mred\x1b[0m \x1b[10;10Hmoved\x1b]52;c;AAAA\a \x00\xff\xfe e\u0301 👩‍👩‍👧 \u202eRTL\ttab\rback")
	evil.Reason = "\x1bc reset\nnewline"
	evil.Descendants = []procs.Descendant{
		{PIDRef: procs.PIDRef{PID: 5}, PPID: 1 << 22, Depth: 1, Label: "sh\n\x1b[?1049h", State: 'Z', Usage: procs.Usage{CPUPercent: math.Inf(1)}},
		{PIDRef: procs.PIDRef{PID: 6}, PPID: 5, Depth: 2, Label: "", State: 0, Usage: procs.Usage{CPUPercent: math.NaN(), RSSBytes: -1}},
		{PIDRef: procs.PIDRef{PID: 7}, PPID: 12345, Depth: 90, Label: "deep", State: 'D'},
	}
	strange := procs.Slot{Run: procs.Run{ID: procs.ID{Pool: "", Slot: -1}}, State: "no such state", NextTry: Now.Add(-time.Hour)}
	s := New(snapshot("\x1b]0;x\a evil 漢字", procs.Pool{Name: evil.ID.Pool, Size: 1, Slots: []procs.Slot{evil}},
		procs.Pool{Slots: []procs.Slot{strange}}))
	s.snapshot.Notices = []procs.Notice{{At: Now, Text: "\x1b[2Jdisk full\n: 0 B left"}}
	s.Print(evil.ID, 5, procs.Stdout, string(evil.LastLine.Text), "\x1b[2J\x1b[H漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字")
	return s
}

// Many is one pool of n slots, all running.
func Many(n int) *Session {
	p := procs.Pool{Name: "sleep", Argv: []string{"sleep", "inf"}, Size: n}
	for i := range n {
		slot := running(procs.ID{Pool: "sleep", Slot: i}, 10000+i, time.Duration(i)*time.Second, usage(float64(i%101), 3+i%300, 1))
		slot.LastLine = line(fmt.Sprintf("tick %d of a line that is long enough to be cut on most of the terminals", i))
		p.Slots = append(p.Slots, slot)
	}
	s := New(snapshot("many", p))
	for i := range n {
		id := procs.ID{Pool: "sleep", Slot: i}
		for k := range 32 {
			s.samples[id] = append(s.samples[id], procs.Sample{At: Now.Add(time.Duration(k-31) * time.Second), Run: 1, Sum: usage(float64((i*7+k*13)%100), 3, 1)})
		}
	}
	return s
}

// Ended is the Typical session after everything has ended, which it did well.
func Ended() *Session {
	s := Typical()
	s.Change(func(snap *procs.Snapshot) {
		snap.Ended, snap.Crashes = true, 0
		for _, p := range snap.Pools {
			for i := range p.Slots {
				p.Slots[i].State, p.Slots[i].Since, p.Slots[i].Descendants = procs.Exited, Now.Add(-5*time.Second), nil
				p.Slots[i].LastExit, p.Slots[i].Reason = &procs.Exit{At: Now.Add(-5 * time.Second)}, ""
			}
		}
	})
	return s
}

func running(id procs.ID, pid int, age time.Duration, u procs.Usage) procs.Slot {
	return procs.Slot{
		Run:   procs.Run{ID: id, N: 1, PIDRef: procs.PIDRef{PID: pid, StartTime: uint64(pid)}},
		State: procs.Running, Since: Now.Add(-age), StartedAt: Now.Add(-age), Output: procs.OutputPipe, Kernel: procs.RunSleeping,
		Sample: procs.Sample{At: Now, Run: 1, Own: u, Sum: u, Processes: 1},
	}
}

func worker(pid, parent int, cpu float64) procs.Descendant {
	state := procs.RunSleeping
	if cpu > 50 {
		state = procs.RunRunning
	}
	return procs.Descendant{
		PIDRef: procs.PIDRef{PID: pid, StartTime: uint64(pid)}, PPID: parent, Depth: 1, Role: procs.RoleWorker,
		Label: fmt.Sprintf("ForkPool-%d", pid-4129), Argv: []string{"python3", "train.py"},
		State: state, Usage: usage(cpu, 120, 1), StartedAt: Now.Add(-3*time.Minute - 10*time.Second),
	}
}

func usage(cpu float64, rssMiB, threads int) procs.Usage { return usageAt(cpu, rssMiB, threads, 30) }

// usageAt is a usage whose counters have grown for some seconds.
func usageAt(cpu float64, rssMiB, threads, seconds int) procs.Usage {
	t := int64(seconds)
	return procs.Usage{
		CPUPercent: cpu, RSSBytes: int64(rssMiB) * mib, Threads: threads, FDs: 12 + threads,
		ReadBytes: t * 3 * mib, WriteBytes: t * 40960, VoluntarySwitches: t * 310, InvoluntarySwitches: t * 12,
	}
}

func line(text string) procs.Line { return procs.Line{At: Now.Add(-time.Second), Text: []byte(text)} }
