package tree

import (
	"os"
	"os/exec"
	"slices"
	"syscall"
	"testing"

	"example.com/muster/procs"
	"example.com/muster/procs/procfs"
)

// modes runs a test with the connector and by polling alone.
func modes(t *testing.T, test func(t *testing.T, tr *Tracker, exact bool)) {
	t.Run("connector", func(t *testing.T) {
		tr := New(Options{Session: "s1"})
		follow(t, tr)
		test(t, tr, true)
	})
	t.Run("polling", func(t *testing.T) { test(t, New(Options{Session: "s1"}), false) })
}

// pids lists the living descendants.
func pids(list []procs.Descendant) []int {
	var out []int
	for _, d := range list {
		if d.Exit == nil {
			out = append(out, d.PID)
		}
	}
	return out
}

func TestGrandchildren(t *testing.T) {
	modes(t, func(t *testing.T, tr *Tracker, exact bool) {
		cmd := self("parent")
		p := start(t, "web", cmd)
		leaf := p.ready()
		tr.Add(p.run)
		tr.Refresh(true)
		list := tr.Descendants(p.run.ID)
		if len(list) != 1 || list[0].PID != leaf || list[0].Depth != 1 || list[0].PPID != p.run.PID {
			t.Fatalf("descendants %+v, want only %d, a child of %d", list, leaf, p.run.PID)
		}
		if d := list[0]; !slices.Equal(d.Argv, []string{os.Args[0], "child"}) || d.Role != procs.RoleProcess || d.Label == "" {
			t.Errorf("descendant %+v: wrong argv, role or label", d)
		}
		living := tr.Living(p.run.ID)
		if want := []procs.PIDRef{{PID: leaf, StartTime: list[0].StartTime}}; !slices.Equal(living, want) || want[0].StartTime == 0 {
			t.Errorf("living %v, want %v", living, want)
		}
		if total, isExact := tr.Forks(p.run.ID); total != 1 || isExact != exact {
			t.Errorf("forks %d, exact %v; want 1, exact %v", total, isExact, exact)
		}
		p.finish()
		tr.Remove(p.run)
		tr.Refresh(true)
		if living := tr.Living(p.run.ID); len(living) != 0 {
			t.Errorf("still living after all ended: %v", living)
		}
		gone, dropped := tr.Ended(p.run.ID)
		if len(gone) != 1 || gone[0].PID != leaf || gone[0].Exit == nil || dropped != 0 {
			t.Fatalf("ended %+v, want %d", gone, leaf)
		}
		if gone[0].Exit.Unknown == exact {
			t.Errorf("exit %+v: with the connector it is known, without it is not", gone[0].Exit)
		}
	})
}

// TestOrphan lets a process double-fork into a session of its own, with an
// empty environment and with the slot's.
func TestOrphan(t *testing.T) {
	for _, env := range []struct{ name, slot string }{{"env -i", ""}, {"own environment", "0"}} {
		t.Run(env.name, func(t *testing.T) {
			modes(t, func(t *testing.T, tr *Tracker, _ bool) {
				cmd := self("orphan")
				if env.slot != "" {
					cmd.Env = append(cmd.Env, "MUSTER_SESSION=s1", "MUSTER_POOL=web", "MUSTER_SLOT="+env.slot)
				}
				other := start(t, "other", self("sleep"))
				other.ready()
				tr.Add(other.run)
				p := start(t, "web", cmd)
				tr.Add(p.run)
				orphan := p.ready()
				tr.Refresh(true) // who only polls has to see it once below its parent
				if err := cmd.Process.Signal(syscall.SIGUSR1); err != nil {
					t.Fatal(err)
				}
				if _, err := cmd.Process.Wait(); err != nil {
					t.Fatal(err)
				}
				tr.Refresh(true)
				if got := pids(tr.Descendants(p.run.ID)); !slices.Contains(got, orphan) {
					t.Fatalf("descendants %v, want the orphan %d among them; strays %v", got, orphan, tr.strays())
				}
				if got := tr.Living(other.run.ID); len(got) != 0 {
					t.Errorf("the other slot has %v", got)
				}
				tr.Remove(p.run)
				if err := syscall.Kill(orphan, syscall.SIGKILL); err != nil {
					t.Fatal(err)
				}
				var status syscall.WaitStatus
				if _, err := syscall.Wait4(orphan, &status, 0, nil); err != nil {
					t.Fatal(err) // it must be ours: we are the subreaper
				}
				tr.Refresh(true)
				if got := tr.Living(p.run.ID); len(got) != 0 {
					t.Errorf("living after SIGKILL: %v", got)
				}
			})
		})
	}
}

// TestBriefChildren starts 200 children that live for 5 ms each.
func TestBriefChildren(t *testing.T) {
	const n = 200
	modes(t, func(t *testing.T, tr *Tracker, exact bool) {
		p := start(t, "brood", self("brood", "200"))
		tr.Add(p.run)
		if !exact {
			done := make(chan struct{})
			go func() { p.ready(); close(done) }()
			for looking := true; looking; {
				select {
				case <-done:
					looking = false
				default:
					tr.Refresh(true)
				}
			}
			total, isExact := tr.Forks(p.run.ID)
			if total < 1 || total > n || isExact {
				t.Errorf("forks %d, exact %v; want at least 1, at most %d, not exact", total, isExact, n)
			}
			return
		}
		p.ready()
		tr.Refresh(true)
		if total, isExact := tr.Forks(p.run.ID); total != n || !isExact {
			t.Errorf("forks %d, exact %v; want exactly %d", total, isExact, n)
		}
		gone, _ := tr.Ended(p.run.ID)
		for _, d := range gone {
			if d.Exit == nil || d.Exit.Unknown || !d.Exit.OK() || d.Exit.At.Before(d.StartedAt) {
				t.Fatalf("ended %+v with %+v, want code 0", d, d.Exit)
			}
		}
		if len(gone) != n {
			t.Errorf("%d have ended, want %d", len(gone), n)
		}
		if list := tr.Descendants(p.run.ID); len(list) > keepRecent {
			t.Errorf("%d are listed, want at most %d", len(list), keepRecent)
		}
	})
}

func TestZombieParent(t *testing.T) {
	modes(t, func(t *testing.T, tr *Tracker, _ bool) {
		usedHelpers.Store("exit3", true)
		p := start(t, "zombies", self("zombies"))
		tr.Add(p.run)
		defer func() { p.reap(tr.Descendants(p.run.ID)) }()
		p.ready()
		until(t, "a zombie with exit 3", func() bool {
			tr.Refresh(true)
			list := tr.Descendants(p.run.ID)
			return len(list) == 1 && list[0].State == procs.RunZombie && list[0].Exit != nil && list[0].Exit.Code == 3
		})
		if living := tr.Living(p.run.ID); len(living) != 0 {
			t.Errorf("living %v: a zombie cannot be ended", living)
		}
		if total, _ := tr.Forks(p.run.ID); total != 1 {
			t.Errorf("forks %d, want 1", total)
		}
	})
}

// TestExecFromThread: a process whose other thread calls exec loses its main
// thread, and lives on under its pid.
func TestExecFromThread(t *testing.T) {
	modes(t, func(t *testing.T, tr *Tracker, _ bool) {
		p := start(t, "exec", exec1(t))
		tr.Add(p.run)
		child := p.ready()
		tr.Refresh(true)
		until(t, "the new program", func() bool {
			tr.Refresh(true)
			list := tr.Descendants(p.run.ID)
			return len(list) == 1 && list[0].PID == child && list[0].Exit == nil &&
				(slices.Equal(list[0].Argv, []string{"renamed"}) || tr.Coverage() != "")
		})
	})
}

func TestNothingStays(t *testing.T) {
	tr := New(Options{})
	follow(t, tr)
	p := start(t, "x", self("sleep"))
	p.ready()
	tr.Refresh(true)
	for n := range 1000 {
		p.run.N = n
		tr.Add(p.run)
		tr.Remove(p.run)
	}
	if len(tr.byPID) != 0 || len(tr.slots) != 1 || len(tr.leaders) > 1 || len(tr.unclaimed) != 0 {
		t.Errorf("left behind: %d processes, %d slots, %d leaders, %d unclaimed",
			len(tr.byPID), len(tr.slots), len(tr.leaders), len(tr.unclaimed))
	}
	if n, err := procfs.CountFDs(os.Getpid()); err != nil || n > 40 {
		t.Errorf("%d descriptors are open, %v", n, err)
	}
}

// exec1 is a shell that runs the helper as its child, so that the helper is
// a descendant.
func exec1(t *testing.T) *exec.Cmd {
	t.Helper()
	usedHelpers.Store("exec", true)
	cmd := exec.Command("/bin/sh", "-c", os.Args[0]+"; true")
	cmd.Env = append(os.Environ(), helperEnv+"=exec", "GORACE=atexit_sleep_ms=0")
	return cmd
}
