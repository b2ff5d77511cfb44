package permits

import (
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
)

func TestMain(m *testing.M) {
	if IsChild(os.Args) {
		PlayChild()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// good is a machine that permits everything.
func good() Facts {
	paranoid := 1
	return Facts{
		OS: "linux", Arch: "amd64", Kernel: "6.18.1", Yama: NoYama, PerfParanoid: &paranoid,
		SharedMemoryFree: 1 << 30, FilesSoft: 1024, FilesHard: 1 << 20, CorePattern: "core",
	}
}

// judged returns the check of a name.
func judged(t *testing.T, f Facts, name string) Check {
	t.Helper()
	for _, c := range Judge(f).Checks {
		if c.Name == name {
			return c
		}
	}
	t.Fatalf("there is no check %q", name)
	return Check{}
}

func TestAGoodMachineNeedsNothing(t *testing.T) {
	r := Judge(good())
	for _, c := range r.Checks {
		if c.Verdict != OK || c.Permit != "" || c.Note == "" {
			t.Errorf("%+v", c)
		}
	}
	for _, s := range r.Sources {
		if !s.OK || s.Permit != "" {
			t.Errorf("%+v", s)
		}
		if s.Source == "go" && !strings.Contains(s.Note, "net/http/pprof") {
			t.Errorf("it is not said what a Go program has to do: %+v", s)
		}
	}
}

// TestWhatIsMissingIsTold: each fact that is not as it should be makes its
// check say so, with what would permit it.
func TestWhatIsMissingIsTold(t *testing.T) {
	strict := 3
	for _, tt := range []struct {
		name, check string
		change      func(*Facts)
		verdict     Verdict
		note        string
	}{
		{"an old kernel", "Linux", func(f *Facts) { f.Kernel = "5.4.0-generic" }, Partly, "5.10"},
		{"Yama 1", "Yama", func(f *Facts) { f.Yama = 1 }, Partly, "ptrace_scope 1"},
		{"Yama 2", "Yama", func(f *Facts) { f.Yama = 2 }, No, "ptrace_scope 2"},
		{"Yama 3", "Yama", func(f *Facts) { f.Yama = 3 }, No, "ptrace_scope 3"},
		{"no perf", "perf events", func(f *Facts) { f.PerfParanoid = nil }, No, "has none"},
		{"perf is refused", "perf events", func(f *Facts) { f.PerfParanoid, f.Perf = &strict, "EACCES" }, No, "3: EACCES"},
		{"a child's memory", "memory", func(f *Facts) { f.Memory = "EPERM" }, No, "EPERM"},
		{"events", "process events", func(f *Facts) { f.Connector = "no netlink" }, Partly, "no netlink"},
		{"pidfd", "ends by pidfd", func(f *Facts) { f.PidfdInfo = "ENOTTY" }, Partly, "ENOTTY"},
		{"cgroups", "memory.events", func(f *Facts) { f.MemoryEvents = "none" }, Partly, "none"},
		{"writers", "by-writer", func(f *Facts) { f.ByWriter = "EPERM" }, No, "EPERM"},
		{"few files", "open files", func(f *Facts) { f.FilesHard = 1024 }, Partly, "at most 1024"},
		{"little shared memory", "/dev/shm", func(f *Facts) { f.SharedMemoryFree = 1 << 20 }, Partly, "1 MiB"},
		{"no shared memory", "/dev/shm", func(f *Facts) { f.SharedMemory = "ENOENT" }, No, "ENOENT"},
		{"no core", "core files", func(f *Facts) { f.CorePattern = "" }, Partly, "empty"},
	} {
		f := good()
		tt.change(&f)
		c := judged(t, f, tt.check)
		if c.Verdict != tt.verdict || !strings.Contains(c.Note, tt.note) || c.Permit == "" {
			t.Errorf("%s: %+v", tt.name, c)
		}
	}
	f := good()
	f.Root, f.Yama = true, 1
	if c := judged(t, f, "Yama"); c.Verdict != OK {
		t.Errorf("root is bound by Yama: %+v", c)
	}
}

// TestSourcesNeedWhatTheyRead: without a child's memory file locks are still seen.
func TestSourcesNeedWhatTheyRead(t *testing.T) {
	lost := func(change func(*Facts)) (names []string) {
		f := good()
		change(&f)
		for _, s := range Judge(f).Sources {
			if !s.OK {
				names = append(names, s.Source)
				if s.Note == "" || s.Permit == "" {
					t.Errorf("%+v", s)
				}
			}
		}
		return names
	}
	if got := lost(func(f *Facts) { f.Memory = "EPERM" }); !slices.Equal(got, []string{"semlock", "pthread", "sysv_sem", "gil", "cpython", "go"}) {
		t.Errorf("without memory: %q", got)
	}
	if got := lost(func(f *Facts) { f.FileLocks = "ENOENT" }); !slices.Equal(got, []string{"flock", "posix", "ofd"}) {
		t.Errorf("without /proc/locks: %q", got)
	}
	if got := lost(func(f *Facts) { f.Perf = "EACCES" }); !slices.Equal(got, []string{"perf"}) {
		t.Errorf("without perf: %q", got)
	}
	if got := lost(func(f *Facts) { f.Sockets = "EACCES" }); !slices.Equal(got, []string{"go"}) {
		t.Errorf("without the list of sockets: %q", got)
	}
	if got := lost(func(f *Facts) { f.OS = "darwin" }); len(got) != len(needs) {
		t.Errorf("elsewhere than on Linux: %q", got)
	}
}

// TestThisMachine: whatever a child of ours permits, the sources say, and the
// child is gone afterwards.
func TestThisMachine(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the probes are for Linux")
	}
	f := Probe(t.Context())
	if f.Kernel == "" || f.FilesHard == 0 || f.Child != "" {
		t.Errorf("%+v", f)
	}
	if f.Yama >= 2 && !f.Root {
		return // it says so
	}
	for _, s := range Judge(f).Sources {
		if !s.OK {
			t.Errorf("%s is not permitted here: %s", s.Source, s.Note)
		}
	}
}

func TestVersions(t *testing.T) {
	for _, tt := range []struct {
		file, version string
		covered       bool
	}{
		{"/usr/bin/python3.11", "3.11", true},
		{"/home/a/.pyenv/versions/3.8.18/bin/python3", "3.8.18", true},
		{"/home/a/.pyenv/versions/3.13.0t/bin/python3.13t", "3.13t", false},
		{"/opt/python3.12d", "3.12d", false},
		{"/home/a/.pyenv/versions/3.7.16/bin/python3.7", "3.7", false},
		{"/usr/bin/python3.15", "3.15", false},
		{"/usr/bin/python", "", false},
	} {
		v := versionOf(tt.file)
		ok, note := covered(v)
		if v != tt.version || ok != tt.covered || ok != (note == "") {
			t.Errorf("%s: version %q, covered %v, %q", tt.file, v, ok, note)
		}
	}
}

// TestTheEnvironmentIsComplete: what children get is listed, and nothing else.
func TestTheEnvironmentIsComplete(t *testing.T) {
	var put, listed []string
	for file, sets := range map[string]string{
		"../../procs/supervisor/launch.go": `"([A-Z_]+)=[^"]*"`,
		"../pyagent/pyagent.go":            `Var += "([A-Z_]+)"`,
		"../lastwords/lastwords.go":        `"([A-Z_]+)="`,
	} {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(sets).FindAllStringSubmatch(string(source), -1) {
			put = append(put, m[1])
		}
	}
	for _, v := range environment() {
		listed = append(listed, v.Name)
	}
	slices.Sort(put)
	slices.Sort(listed)
	if !slices.Equal(slices.Compact(put), listed) {
		t.Errorf("children get %q, listed are %q", put, listed)
	}
}
