package postmortem

import (
	"bytes"
	"math"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// group is the memory cgroup that a process is in.
type group struct {
	dir  string // as it is mounted here; "" if not known
	top  string // the mount point
	file string // what counts: "memory.events.local"
	own  bool   // that counts the kills of its own processes only
	max  string // what limits: "memory.max"
}

// mount is where the hierarchy of a memory controller is mounted, root being
// the part of it that is.
type mount struct{ root, point string }

type mounts struct{ v1, v2 mount }

// readMounts finds the hierarchies in a mountinfo file, see proc_pid_mountinfo(5).
func readMounts(name string) (m mounts) {
	b, err := os.ReadFile(name)
	if err != nil {
		return m
	}
	for line := range strings.Lines(string(b)) {
		left, right, _ := strings.Cut(line, " - ")
		f, fs := strings.Fields(left), strings.Fields(right)
		if len(f) < 5 || len(fs) < 3 {
			continue
		}
		one := mount{root: f[3], point: f[4]}
		switch {
		case fs[0] == "cgroup2" && m.v2.point == "":
			m.v2 = one
		case fs[0] == "cgroup" && slices.Contains(strings.Split(fs[2], ","), "memory") && m.v1.point == "":
			m.v1 = one
		}
	}
	return m
}

// groupOf finds the memory cgroup in what /proc/PID/cgroup says (cgroups(7)).
// Of a process that has ended only version 2 tells where it was
// (kernel/cgroup/cgroup.c, proc_cgroup_show).
func (m mounts) groupOf(text string, ended bool) group {
	v2 := ""
	for line := range strings.Lines(text) {
		f := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3)
		switch {
		case len(f) < 3:
		case f[0] == "0" && f[1] == "":
			v2 = strings.TrimSuffix(f[2], " (deleted)")
		case slices.Contains(strings.Split(f[1], ","), "memory"):
			if ended {
				return group{}
			}
			dir := m.v1.dir(f[2])
			return group{dir: dir, top: m.v1.point, file: "memory.oom_control", own: true, max: "memory.limit_in_bytes"}
		}
	}
	if m.v2.dir(v2) == "" {
		return group{}
	}
	g := group{dir: m.v2.dir(v2), top: m.v2.point, file: "memory.events.local", own: true, max: "memory.max"}
	if _, err := os.Stat(filepath.Join(g.dir, g.file)); err != nil { // before Linux 5.2
		g.file, g.own = "memory.events", false
	}
	return g
}

// dir is where a cgroup is found; "" if it is outside of what is mounted.
func (m mount) dir(name string) string {
	if m.point == "" || !path.IsAbs(name) || strings.HasPrefix(name, "/..") {
		return ""
	}
	if m.root != "/" {
		rest, ok := strings.CutPrefix(name, m.root)
		if !ok || rest != "" && rest[0] != '/' {
			return ""
		}
		name = rest
	}
	return filepath.Join(m.point, name)
}

// kills reads how many processes of the group the OOM killer has ended: each
// counts in the very group that it was in, whatever ran out of memory
// (mm/oom_kill.c, __oom_kill_process).
func (g group) kills() (int64, bool) {
	if g.dir == "" {
		return 0, false
	}
	return counter(filepath.Join(g.dir, g.file), "oom_kill")
}

// limit is the smallest limit of the group and those above it, in bytes; 0 if
// there is none.
func (g group) limit() int64 {
	least := int64(0)
	for dir := g.dir; g.dir != "" && len(dir) > len(g.top); dir = filepath.Dir(dir) {
		b, err := os.ReadFile(filepath.Join(dir, g.max))
		if err != nil {
			continue
		}
		n, err := strconv.ParseInt(string(bytes.TrimSpace(b)), 10, 64) // "max" is no number
		if err == nil && n < math.MaxInt64/2 && (least == 0 || n < least) {
			least = n // version 1 writes the largest number of pages for none
		}
	}
	return least
}
