package sample

import (
	"context"
	"math"
	"os"
	"runtime"
	"slices"
	"testing"
	"time"

	"example.com/muster/procs"
	"example.com/muster/procs/procfs"
	"example.com/muster/procs/tree"
	"golang.org/x/sys/unix"
)

// TestOracle compares the reader with gopsutil, on a busy process that has
// written and has descriptors open.
func TestOracle(t *testing.T) {
	file := t.TempDir() + "/out"
	run := start(t, 0, "/bin/sh", "-c",
		`exec 5>"$0" 6>"$0" 7<"$0"; dd if=/dev/zero bs=64k count=32 conv=fsync >&5 2>/dev/null; echo ready >&6; while :; do :; done`, file)
	s := sampler(t, run)
	s.Focus(run.ID)
	until(t, s, "the child to be busy", func() bool {
		b, _ := os.ReadFile(file)
		v, _ := s.Slot(run.ID)
		return len(b) >= 6 && string(b[:6]) == "ready\n" && v.Sample.Own.CPUPercent > 30 && v.Sample.Processes == 1
	})
	oracle, err := portable{}.open(run.PID)
	if err != nil {
		t.Fatal(err)
	}
	before, err := oracle.clock()
	if err != nil {
		t.Fatal(err)
	}
	s.pass()
	began := time.Now()
	burn(1500 * time.Millisecond)
	s.pass()
	after, err := oracle.clock()
	took := time.Since(began)
	if err != nil {
		t.Fatal(err)
	}
	var want looked
	if err := oracle.look(&want); err != nil {
		t.Fatal(err)
	}
	u := unknown
	oracle.detail(1, &u)
	got := slotOf(t, s, run).Sample.Own
	if cpu := 100 * float64(after-before) / float64(took); math.Abs(got.CPUPercent-cpu) > 5 {
		t.Errorf("CPU %.1f %%, gopsutil says %.1f", got.CPUPercent, cpu)
	}
	near := func(what string, got, want, within int64) {
		t.Helper()
		if got < want-within || got > want+within || got < 0 {
			t.Errorf("%s: %d, gopsutil says %d", what, got, want)
		}
	}
	near("RSS", got.RSSBytes, want.rssBytes, 256<<10)
	near("threads", int64(got.Threads), int64(want.threads), 0)
	near("descriptors", int64(got.FDs), int64(u.FDs), 0)
	near("bytes read", got.ReadBytes, u.ReadBytes, 0)
	near("bytes written", got.WriteBytes, u.WriteBytes, 0)
	near("voluntary switches", got.VoluntarySwitches, u.VoluntarySwitches, 5)
	near("involuntary switches", got.InvoluntarySwitches, u.InvoluntarySwitches, 200)
}

// TestFirstLook: what has not been read yet is unknown, not zero.
func TestFirstLook(t *testing.T) {
	run := start(t, 0, "/bin/sleep", "60")
	s := sampler(t, run)
	if _, ok := s.Slot(run.ID); ok {
		t.Error("a view before the first pass")
	}
	s.pass()
	first := slotOf(t, s, run).Sample
	if first.Own.CPUPercent != procs.Unknown || first.Sum.CPUPercent != procs.Unknown {
		t.Errorf("CPU %v and %v in the first sample; want it unknown", first.Own.CPUPercent, first.Sum.CPUPercent)
	}
	if first.Own.RSSBytes <= 0 || first.Own.Threads != 1 || first.Run != 1 || first.Processes != 1 {
		t.Errorf("first sample %+v: RSS, threads, run or processes are wrong", first)
	}
	until(t, s, "the process to sleep, without any share of CPU", func() bool {
		v := slotOf(t, s, run)
		return v.Kernel == procs.RunSleeping && v.Sample.Own.CPUPercent == 0
	})
	if got := s.History(run.ID, 2); len(got) != 2 || !got[0].At.Before(got[1].At) {
		t.Errorf("history %+v: want the last two samples, oldest first", got)
	}
}

// TestSum: a slot's sum holds its descendants, who are found while measuring.
func TestSum(t *testing.T) {
	run := start(t, 0, "/bin/sh", "-c", "while :; do :; done & sleep 60 & wait")
	s := sampler(t, run)
	until(t, s, "three processes, one of them busy", func() bool {
		v := slotOf(t, s, run)
		return v.Sample.Processes == 3 && len(v.Descendants) == 2 && v.Sample.Sum.CPUPercent > 20 && v.Sample.Own.CPUPercent < 20 && // past its own start
			v.Descendants[0].Threads == 1 && v.Descendants[1].Threads == 1
	})
	v := slotOf(t, s, run)
	rss := v.Sample.Own.RSSBytes
	for _, d := range v.Descendants {
		rss += d.RSSBytes
		if d.PPID != run.PID || d.Threads != 1 {
			t.Errorf("descendant %+v", d)
		}
	}
	if rss != v.Sample.Sum.RSSBytes {
		t.Errorf("sum %+v of own %+v and %+v", v.Sample.Sum, v.Sample.Own, v.Descendants)
	}
	if v.ForksPerSecond <= 0 || v.ForksExact {
		t.Errorf("%v forks a second, exact %v; want some, not exact", v.ForksPerSecond, v.ForksExact)
	}
}

// TestEnd: a process that has ended is found out and given up.
func TestEnd(t *testing.T) {
	run := start(t, 0, "/bin/sh", "-c", "sleep 0.05 & sleep 60")
	s := sampler(t, run)
	until(t, s, "a descendant to end", func() bool {
		v := slotOf(t, s, run)
		return len(v.Descendants) == 2 && v.Descendants[0].Exit != nil || len(v.Descendants) == 2 && v.Descendants[1].Exit != nil
	})
	s.pass()
	if v := slotOf(t, s, run); v.Sample.Processes != 2 {
		t.Errorf("%d processes live, want 2", v.Sample.Processes)
	}
}

// TestSpent: what a slot has used does not fall while it has no run, nor with the next one.
func TestSpent(t *testing.T) {
	first := start(t, 0, "/bin/sh", "-c", "while :; do :; done")
	s := sampler(t, first)
	runs := []procs.Run{first}
	s.o.Runs = func() []procs.Run { return runs }
	until(t, s, "CPU time", func() bool { return slotOf(t, s, first).CPUTime > 0 })
	spent := slotOf(t, s, first).CPUTime
	grows := func() time.Duration {
		v, _ := s.Slot(first.ID)
		if v.CPUTime < spent {
			t.Fatalf("the CPU time fell from %v to %v", spent, v.CPUTime)
		}
		spent = v.CPUTime
		return spent
	}
	if err := unix.Kill(first.PID, unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if _, err := unix.Wait4(first.PID, nil, 0, nil); err != nil {
		t.Fatal(err)
	}
	runs = nil
	until(t, s, "the slot to be forgotten", func() bool { grows(); return len(s.p.slots) == 0 })
	before := spent
	second := start(t, 0, "/bin/sh", "-c", "while :; do :; done")
	second.N = 2
	s.o.Tree.Add(second)
	runs = []procs.Run{second}
	until(t, s, "CPU time of the second run", func() bool { return grows() > before })
}

// TestLateChild: a process that runs is looked at again for its children.
func TestLateChild(t *testing.T) {
	run := start(t, 0, "/bin/sh", "-c", "sleep 0.2; sleep 60 & wait")
	s := sampler(t, run)
	until(t, s, "the second child", func() bool {
		v := slotOf(t, s, run)
		return slices.ContainsFunc(v.Descendants, func(d procs.Descendant) bool {
			return slices.Equal(d.Argv, []string{"sleep", "60"})
		})
	})
}

// TestZombie: a child that nobody waits for is listed with its end, and not
// counted among those that live.
func TestZombie(t *testing.T) {
	run := start(t, 0, "/bin/sh", "-c", "sh -c 'exit 7' & exec sleep 60")
	s := sampler(t, run)
	until(t, s, "a zombie with exit 7", func() bool {
		v := slotOf(t, s, run)
		return len(v.Descendants) == 1 && v.Descendants[0].State == procs.RunZombie &&
			v.Descendants[0].Exit != nil && v.Descendants[0].Exit.Code == 7
	})
	s.pass()
	if v := slotOf(t, s, run); v.Sample.Processes != 1 {
		t.Errorf("%d processes, want 1", v.Sample.Processes)
	}
}

// TestReadThreads: the switches of all threads count, not those of the main
// thread alone.
func TestReadThreads(t *testing.T) {
	for range 20 { // let another thread wait
		done := make(chan struct{})
		go func() {
			defer close(done)
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			_ = unix.Nanosleep(&unix.Timespec{Nsec: 1e6}, nil)
		}()
		<-done
	}
	main, err := procfs.ReadStatus(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	all, _, err := measureOnce(os.Getpid())
	if err != nil || all.VoluntarySwitches <= main.Voluntary {
		t.Errorf("%d voluntary switches, the main thread had %d; %v", all.VoluntarySwitches, main.Voluntary, err)
	}
}

func TestRead(t *testing.T) {
	u, state, err := measureOnce(os.Getpid())
	if err != nil || u.RSSBytes <= 0 || u.FDs < 3 || u.CPUPercent != procs.Unknown || state == 0 {
		t.Errorf("read %+v, state %c, %v", u, state, err)
	}
}

// TestNothingLeft runs a sampler to its end, with slots coming and going.
func TestNothingLeft(t *testing.T) {
	open := func() int {
		n, err := procfs.CountFDs(os.Getpid())
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	run := start(t, 0, "/bin/sleep", "60")
	before := open()
	tr := tree.New(tree.Options{})
	s := New(Options{Interval: time.Millisecond, Tree: tr, Runs: func() []procs.Run { return []procs.Run{run} }})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- s.Run(ctx) }()
	for range 1000 {
		tr.Add(run)
		tr.Remove(run)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if after := open(); after > before {
		t.Errorf("%d descriptors are open, %d were", after, before)
	}
	if len(s.p.entries) > 1 || len(s.p.slots) > 1 {
		t.Errorf("%d processes and %d slots are left", len(s.p.entries), len(s.p.slots))
	}
}

func TestShortOfDescriptors(t *testing.T) {
	run := start(t, 0, "/bin/sleep", "60")
	s := sampler(t, run)
	s.p.reader.(*procReader).most = 0
	s.pass()
	s.pass()
	if v := slotOf(t, s, run); v.Sample.Own.RSSBytes <= 0 || v.Sample.Own.CPUPercent < 0 {
		t.Errorf("without a descriptor to keep: %+v", v.Sample)
	}
}

// measureOnce measures one process, once. The share of CPU takes two looks, so it is
// Unknown.
func measureOnce(pid int) (procs.Usage, procs.RunState, error) {
	p, err := newReader().open(pid)
	if err != nil {
		return unknown, 0, err
	}
	defer p.close()
	var l looked
	if err := p.look(&l); err != nil {
		return unknown, 0, err
	}
	u := unknown
	u.RSSBytes, u.Threads = l.rssBytes, l.threads
	p.detail(l.threads, &u)
	return u, l.state, nil
}
