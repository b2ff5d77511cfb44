package postmortem

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"example.com/muster/procs"
	"example.com/muster/profiling/crash"
)

// machine is a /proc and a /sys/fs/cgroup of files.
type machine struct {
	t     *testing.T
	dir   string
	clock time.Time
	v1    bool
}

func newMachine(t *testing.T, v1 bool) *machine {
	m := &machine{t: t, dir: t.TempDir(), clock: time.Unix(1_800_000_000, 0), v1: v1}
	line := "35 31 0:32 / %s/cg rw - cgroup2 cgroup2 rw\n"
	if v1 {
		line = "41 31 0:38 / /nowhere rw - cgroup2 cgroup2 rw\n35 31 0:32 / %s/cg rw - cgroup cgroup rw,memory\n"
	}
	m.put("proc/self/mountinfo", fmt.Sprintf(line, m.dir))
	m.vmstat(7)
	return m
}

func (m *machine) put(name, text string) {
	m.t.Helper()
	name = filepath.Join(m.dir, name)
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		m.t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		m.t.Fatal(err)
	}
}

func (m *machine) vmstat(n int) { m.put("proc/vmstat", fmt.Sprintf("nr_free 1\noom_kill %d\n", n)) }

// group sets the counter of a group.
func (m *machine) group(name string, n int) {
	if m.v1 {
		m.put("cg/"+name+"/memory.oom_control", fmt.Sprintf("oom_kill_disable 0\nunder_oom 0\noom_kill %d\n", n))
		m.put("cg/"+name+"/memory.limit_in_bytes", "67108864\n")
		return
	}
	m.put("cg/"+name+"/memory.events.local", fmt.Sprintf("low 0\noom 1\noom_kill %d\n", n))
	m.put("cg/"+name+"/memory.max", "max\n")
	m.put("cg/memory.max", "1\n") // the root of the mount limits nothing
	m.put("cg/"+filepath.Dir(name)+"/memory.max", "67108864\n")
}

func (m *machine) lives(pid int, group string) procs.PIDRef {
	line := "0::/" + group + "\n"
	if m.v1 {
		line = "9:cpu:/\n4:memory:/" + group + "\n0::/\n"
	}
	m.put(fmt.Sprintf("proc/%d/cgroup", pid), line)
	return procs.PIDRef{PID: pid, StartTime: uint64(pid)}
}

// reaped takes what /proc had of a process.
func (m *machine) reaped(ref procs.PIDRef) {
	if err := os.RemoveAll(filepath.Join(m.dir, "proc", fmt.Sprint(ref.PID))); err != nil {
		m.t.Fatal(err)
	}
}

func (m *machine) watch() *Watcher {
	return newWatcher(filepath.Join(m.dir, "proc"), func() time.Time { return m.clock })
}

var killed = procs.Exit{Signal: procs.SIGKILL}

// TestOOM: what is told of ends by SIGKILL, by what the kernel had counted.
func TestOOM(t *testing.T) {
	nothing := crash.OOM{GroupKills: -1, MachineKills: -1}
	tests := []struct {
		name string
		v1   bool
		// unseen: nobody looks while they live.
		unseen bool
		do     func(*machine, *Watcher, []procs.PIDRef)
		want   [2]crash.OOM
	}{
		{"one kill, one death", false, false, func(m *machine, w *Watcher, p []procs.PIDRef) {
			m.group("pod/a", 4)
			m.vmstat(8)
			w.Died(p[0], killed)
		}, [2]crash.OOM{{GroupKills: 1, MachineKills: 1, GroupDeaths: 1, LimitBytes: 64 << 20}, nothing}},
		{"version 1, reaped", true, false, func(m *machine, w *Watcher, p []procs.PIDRef) {
			m.group("pod/a", 4)
			m.reaped(p[0])
			w.Died(p[0], killed)
		}, [2]crash.OOM{{GroupKills: 1, GroupDeaths: 1, LimitBytes: 64 << 20}, nothing}},
		{"one kill, two deaths", false, false, func(m *machine, w *Watcher, p []procs.PIDRef) {
			m.group("pod/a", 4)
			w.Died(p[0], killed)
			w.Died(p[1], killed)
		}, [2]crash.OOM{{GroupKills: 1, GroupDeaths: 2, LimitBytes: 64 << 20}, {GroupKills: 1, GroupDeaths: 2, LimitBytes: 64 << 20}}},
		{"SIGKILL by somebody", false, false, func(_ *machine, w *Watcher, p []procs.PIDRef) {
			w.Died(p[0], killed)
		}, [2]crash.OOM{{GroupDeaths: 1}, nothing}},
		{"a kill in another group", false, false, func(m *machine, w *Watcher, p []procs.PIDRef) {
			m.vmstat(8)
			w.Died(p[0], killed)
		}, [2]crash.OOM{{MachineKills: 1, GroupDeaths: 1}, nothing}},
		{"a kill long ago", false, false, func(m *machine, w *Watcher, p []procs.PIDRef) {
			m.group("pod/a", 4)
			w.Look(p)
			m.clock = m.clock.Add(time.Minute)
			w.Died(p[0], killed)
		}, [2]crash.OOM{{GroupDeaths: 1}, nothing}},
		{"an end by another signal", false, false, func(m *machine, w *Watcher, p []procs.PIDRef) {
			m.group("pod/a", 4)
			w.Died(p[0], procs.Exit{Signal: procs.SIGTERM})
			w.Died(p[1], procs.Exit{Code: 137})
		}, [2]crash.OOM{nothing, nothing}},
		{"never seen alive, with a new group", false, true, func(m *machine, w *Watcher, _ []procs.PIDRef) {
			m.group("pod/b", 1)
			m.vmstat(8)
			w.Died(m.lives(10, "pod/b"), killed)
		}, [2]crash.OOM{{GroupKills: -1, MachineKills: 1}, nothing}},
		{"version 1 does not tell where it was at its end", true, true, func(m *machine, w *Watcher, _ []procs.PIDRef) {
			m.vmstat(8)
			w.Died(m.lives(10, "pod/a"), killed)
		}, [2]crash.OOM{{GroupKills: -1, MachineKills: 1}, nothing}},
		{"the second death has no kill", false, false, func(m *machine, w *Watcher, p []procs.PIDRef) {
			m.group("pod/a", 4)
			m.vmstat(8)
			w.Died(p[0], killed)
			if o := w.OOM(p[0]); o.GroupKills != 1 || o.GroupDeaths != 1 {
				m.t.Errorf("the first has %+v", o)
			}
			w.Died(p[1], killed)
		}, [2]crash.OOM{{GroupDeaths: 2}, {GroupDeaths: 1}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := newMachine(t, tt.v1)
			m.group("pod/a", 3)
			alive := []procs.PIDRef{m.lives(10, "pod/a"), m.lives(11, "pod/a")}
			w := m.watch()
			if !tt.unseen {
				w.Look(alive)
				w.Look(alive)
			}
			tt.do(m, w, alive)
			for i, ref := range alive {
				if got := w.OOM(ref); got != tt.want[i] {
					t.Errorf("pid %d: %+v, want %+v", ref.PID, got, tt.want[i])
				}
			}
		})
	}
}

// TestForgets: what has gone is not kept.
func TestForgets(t *testing.T) {
	m := newMachine(t, false)
	m.group("pod/a", 0)
	w := m.watch()
	w.Look([]procs.PIDRef{m.lives(10, "pod/a")})
	w.Died(procs.PIDRef{PID: 10, StartTime: 10}, killed)
	m.clock = m.clock.Add(time.Minute)
	for range 2*lookAgain + 2 {
		w.Look(nil)
	}
	if len(w.places)+len(w.groups)+len(w.deaths) != 0 {
		t.Errorf("kept: %v %v %v", w.places, w.groups, w.deaths)
	}
}

// TestAgain: of processes that stay the same, each is still read twice, which makes its
// group a sure one, and counters rise as they do when all are shown each time.
func TestAgain(t *testing.T) {
	m := newMachine(t, false)
	m.group("pod/a", 0)
	w := m.watch()
	alive := make([]procs.PIDRef, maxReads+1)
	for i := range alive {
		alive[i] = m.lives(10+i, "pod/a")
	}
	w.Look(alive)
	for range 4 { // two for each half
		w.Again()
	}
	for _, ref := range alive {
		if p := w.places[ref]; p == nil || p.looks < 2 {
			t.Fatalf("pid %d has not been read twice: %+v", ref.PID, p)
		}
	}
	m.group("pod/a", 1)
	w.Again()
	last := alive[len(alive)-1]
	w.Died(last, killed)
	if got := w.OOM(last); got.GroupKills != 1 || got.GroupDeaths != 1 {
		t.Errorf("told %+v", got)
	}
	for range 2 * lookAgain {
		w.Again()
	}
	if len(w.places) != len(alive) {
		t.Errorf("%d of %d that live are kept", len(w.places), len(alive))
	}
}
