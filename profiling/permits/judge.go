package permits

import "fmt"

// The groups of checks.
const (
	groupKernel    = "kernel"
	groupProcesses = "processes"
	groupOutput    = "output"
	groupLimits    = "limits"
)

// Judge says what follows from the facts. It is pure.
func Judge(f Facts) Report {
	r := Report{
		OS: f.OS, Arch: f.Arch, Kernel: f.Kernel, Checks: []Check{}, Sources: sources(f), Environment: environment(),
		Pythons: append([]Python{}, f.Pythons...), Debuggers: append([]Tool{}, f.Debuggers...),
	}
	if f.OS != "linux" {
		r.Checks = append(r.Checks, Check{groupKernel, "system", Partly, "what muster knows of threads, locks and writers comes from Linux; elsewhere it starts, measures and stops processes", "run it on Linux"})
		return r
	}
	r.Checks = append(r.Checks, kernelChecks(f)...)
	r.Checks = append(r.Checks, processChecks(f)...)
	r.Checks = append(r.Checks, outputChecks(f)...)
	r.Checks = append(r.Checks, limitChecks(f)...)
	return r
}

func kernelChecks(f Facts) []Check {
	var major, minor int
	_, _ = fmt.Sscanf(f.Kernel, "%d.%d", &major, &minor) // an unknown version is 0.0
	kernel := Check{groupKernel, "Linux", OK, f.Kernel, ""}
	if major < 5 || major == 5 && minor < 10 {
		kernel.Verdict, kernel.Note, kernel.Permit = Partly, f.Kernel+"; muster is made for 5.10 or later", "a later kernel"
	}
	checks := []Check{kernel, yamaCheck(f), perfCheck(f)}
	in := Check{groupKernel, "container", OK, "none", ""}
	switch {
	case f.Container != "" && f.Seccomp:
		in.Note = f.Container + ", with a filter of system calls"
	case f.Container != "":
		in.Note = f.Container
	case f.Seccomp:
		in.Note = "none that can be told, but there is a filter of system calls"
	}
	return append(checks, in)
}

func yamaCheck(f Facts) Check {
	c := Check{Group: groupKernel, Name: "Yama", Verdict: OK}
	switch f.Yama {
	case NoYama:
		c.Note = "none: any process of yours may be looked into"
	case 0:
		c.Note = "ptrace_scope 0: any process of yours may be looked into"
	case 1:
		c.Note = "ptrace_scope 1: what muster starts may be looked into, other processes of yours not"
		c.Verdict, c.Permit = Partly, "sudo sysctl kernel.yama.ptrace_scope=0"
	case 2:
		c.Note = "ptrace_scope 2: only who has CAP_SYS_PTRACE may look into processes"
		c.Verdict, c.Permit = No, "sudo sysctl kernel.yama.ptrace_scope=1"
	default:
		c.Note = fmt.Sprintf("ptrace_scope %d: nobody may look into processes until the next start", f.Yama)
		c.Verdict, c.Permit = No, "remove it from /etc/sysctl.d and reboot"
	}
	if f.Root && c.Verdict != OK && f.Yama < 3 {
		c.Verdict, c.Note, c.Permit = OK, c.Note+"; root is not bound by it", ""
	}
	return c
}

func perfCheck(f Facts) Check {
	c := Check{Group: groupKernel, Name: "perf events", Verdict: OK}
	switch {
	case f.PerfParanoid == nil || f.Perf != "":
		c.Verdict = No
		c.Note, c.Permit = refusedPerf(f.PerfParanoid, f.Root, f.Perf)
	case *f.PerfParanoid >= 2 && !f.Root:
		c.Verdict, c.Note = Partly, fmt.Sprintf("perf_event_paranoid %d: samples of user code only, and none of the time in system calls", *f.PerfParanoid)
		c.Permit = "sudo sysctl kernel.perf_event_paranoid=1"
	default:
		c.Note = fmt.Sprintf("perf_event_paranoid %d", *f.PerfParanoid)
	}
	return c
}

// refusedPerf says why the kernel samples nobody, and what would permit it:
// what a level of perf_event_paranoid forbids is in the kernel's
// Documentation/admin-guide/sysctl/kernel.rst; some distributions know higher
// ones, which forbid all.
func refusedPerf(paranoid *int, root bool, problem string) (why, permit string) {
	switch {
	case paranoid == nil:
		return "this kernel has none", "a kernel with CONFIG_PERF_EVENTS"
	case *paranoid > 2 && !root:
		return fmt.Sprintf("perf_event_paranoid %d: %s", *paranoid, problem), "sudo sysctl kernel.perf_event_paranoid=1"
	}
	return fmt.Sprintf("perf_event_paranoid %d, which would permit it: %s", *paranoid, problem), "in a container a seccomp profile that permits perf_event_open, or --cap-add PERFMON"
}

// tried is a check of something that works or does not.
func tried(group, name, problem, works, permit string) Check {
	if problem != "" {
		return Check{group, name, No, problem, permit}
	}
	return Check{group, name, OK, works, ""}
}

// permitLook is what would let muster look into its children.
func permitLook(f Facts) string {
	if f.Yama >= 2 {
		return yamaCheck(f).Permit
	}
	return "in a container: --cap-add SYS_PTRACE, and a seccomp profile that permits process_vm_readv"
}

func processChecks(f Facts) []Check {
	connector := tried(groupProcesses, "process events", f.Connector, "each begin and end of a process is seen", "Linux 6.6 or root, outside of a container")
	if connector.Verdict == No {
		connector.Verdict = Partly // polling finds the others
	}
	info := tried(groupProcesses, "ends by pidfd", f.PidfdInfo, "PIDFD_GET_INFO", "Linux 6.13 or later")
	if info.Verdict == No {
		info.Verdict = Partly
	}
	events := tried(groupProcesses, "memory.events", f.MemoryEvents, "who ran out of memory is told from who was killed", "cgroup v2, and a cgroup below its root: systemd-run --user --scope muster ...")
	if events.Verdict == No {
		events.Verdict = Partly
	}
	permit := permitLook(f)
	return []Check{
		tried(groupProcesses, "a child", f.Child, "muster can start copies of itself", "see what the error says"),
		tried(groupProcesses, "system calls", f.Syscall, "what a child is blocked in can be seen", permit),
		tried(groupProcesses, "memory", f.Memory, "a child's memory can be read", permit),
		tried(groupProcesses, "descriptors", f.FDs, "a child's open files can be listed", permit),
		connector, info, events,
	}
}

func outputChecks(f Facts) []Check {
	return []Check{
		tried(groupOutput, "by-writer", f.ByWriter, "each line is told with the process that wrote it", "--output pipe does without"),
	}
}

// few is a number of open files that a large pool outgrows.
const few = 4096

func limitChecks(f Facts) []Check {
	files := Check{groupLimits, "open files", OK, fmt.Sprintf("%d, at most %d", f.FilesSoft, f.FilesHard), ""}
	if f.FilesHard < few { // muster raises the soft limit itself
		files.Verdict, files.Permit = Partly, "ulimit -n 65536, or LimitNOFILE= of the service"
	}
	shm := tried(groupLimits, "/dev/shm", f.SharedMemory, fmt.Sprintf("%d MiB free", f.SharedMemoryFree>>20), "in a container: --shm-size 1g")
	if shm.Verdict == OK && f.SharedMemoryFree < 64<<20 {
		shm.Verdict, shm.Permit = Partly, "in a container: --shm-size 1g; Python's shared memory and locks live there"
	}
	core := Check{groupLimits, "core files", OK, "core_pattern " + f.CorePattern, ""}
	if f.CorePattern == "" {
		core.Verdict, core.Note, core.Permit = Partly, "core_pattern is empty: no core file is written", "sudo sysctl kernel.core_pattern=core.%p"
	}
	return []Check{files, shm, core}
}

// needs says what each source of evidence about locks, and of samples, cannot do
// without.
var needs = []struct {
	source string
	needs  func(Facts) []string // problems
}{
	{"futex", func(f Facts) []string { return []string{f.Syscall} }},
	{"semlock", func(f Facts) []string { return []string{f.Syscall, f.Memory} }},
	{"pthread", func(f Facts) []string { return []string{f.Syscall, f.Memory} }},
	{"flock", func(f Facts) []string { return []string{f.Syscall, f.FileLocks} }},
	{"posix", func(f Facts) []string { return []string{f.Syscall, f.FileLocks} }},
	{"ofd", func(f Facts) []string { return []string{f.Syscall, f.FileLocks, f.FDs} }},
	{"sysv_sem", func(f Facts) []string { return []string{f.Syscall, f.Memory} }},
	{"pipe", func(f Facts) []string { return []string{f.Syscall, f.FDs} }},
	{"socket", func(f Facts) []string { return []string{f.Syscall, f.FDs} }},
	{"eventfd", func(f Facts) []string { return []string{f.Syscall, f.FDs} }},
	{"gil", func(f Facts) []string { return []string{f.Syscall, f.Memory} }},
	{"cpython", func(f Facts) []string { return []string{f.Memory} }},
	{perfSource, func(f Facts) []string { return []string{f.Perf} }},
	{"go", func(f Facts) []string { return []string{f.Memory, f.FDs, f.Sockets} }},
}

// notes say of what a source tells more than that it works.
var notes = map[string]string{
	"cpython": fmt.Sprintf("CPython 3.%d to 3.%d", firstCPython, lastCPython),
	"go": "goroutines and where they contend, of programs that serve net/http/pprof on 127.0.0.1 or a Unix socket; " +
		"of others only what their threads do in the kernel: locks of files, pipes, sockets",
}

// perfSource is the kernel's sampling of programs that use a processor.
const perfSource = "perf"

func sources(f Facts) []Source {
	all := []Source{}
	for _, n := range needs {
		s := Source{Source: n.source, OK: true}
		problems := n.needs(f)
		if f.OS != "linux" {
			problems = []string{"it is read from /proc, which only Linux has"}
		}
		for _, p := range problems {
			if p != "" {
				s = Source{Source: n.source, Note: p, Permit: permitLook(f)}
				if n.source == perfSource {
					s.Permit = perfCheck(f).Permit
				}
				if f.OS != "linux" {
					s.Permit = "run it on Linux"
				}
				break
			}
		}
		if s.OK {
			s.Note = notes[n.source]
		}
		if n.source == perfSource && s.OK {
			if c := perfCheck(f); c.Verdict != OK {
				s.Note, s.Permit = c.Note, c.Permit
			}
		}
		all = append(all, s)
	}
	return all
}

// The minor versions of CPython that profiling/cpython reads.
const firstCPython, lastCPython = 8, 14

// covered says whether an interpreter can be read, by the version and flags
// that its path tells: "3.12", "3.13t".
func covered(version string) (ok bool, note string) {
	var minor int
	var rest string
	if _, err := fmt.Sscanf(version, "3.%d%s", &minor, &rest); err != nil && minor == 0 {
		return false, "its version is not known from its path"
	}
	switch {
	case rest != "" && rest[0] == 't':
		return false, "free threading is not covered"
	case rest != "" && rest[0] == 'd':
		return false, "a debug build is not covered"
	case minor < firstCPython || minor > lastCPython:
		return false, fmt.Sprintf("3.%d to 3.%d are covered", firstCPython, lastCPython)
	}
	return true, ""
}
