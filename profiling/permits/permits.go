// Package permits finds out what this machine lets muster see, and says what to
// do about what it does not. What the machine is comes from small probes
// (probe_linux.go), which only look at muster itself and at a child that plays
// a watched process; what follows from it is decided by [Judge], which is pure.
//
// Start at [Probe] for `muster doctor`, at [Look] for a single process.
package permits

// Facts are what was found out about a machine. A problem is the reason why
// something did not work, "" if it did.
type Facts struct {
	OS, Arch, Kernel string
	Root             bool
	// Container says what muster runs in, as far as it can be told: "docker".
	Container string
	Seccomp   bool // a filter of system calls is in force
	Yama      int  // kernel.yama.ptrace_scope, or [NoYama]
	// PerfParanoid is kernel.perf_event_paranoid, nil where there is none.
	PerfParanoid *int
	// What was tried on a child of muster.
	Child, Syscall, Memory, FDs, Perf string
	// What was tried besides.
	FileLocks, Sockets, Connector, PidfdInfo, MemoryEvents, SharedMemory, ByWriter string
	SharedMemoryFree                                                               int64 // bytes in /dev/shm
	FilesSoft, FilesHard                                                           uint64
	CorePattern                                                                    string
	Pythons                                                                        []Python
	Debuggers                                                                      []Tool
}

// Python is an interpreter that was found. It was not run.
type Python struct {
	Path    string `json:"path"`
	Version string `json:"version"` // "3.12", as its path says; "" if that does not
	Covered bool   `json:"covered"` // by profiling/cpython
	Note    string `json:"note"`
}

// Tool is a program that was found. It was not run.
type Tool struct {
	Name string `json:"name"`
	Path string `json:"path"`
}

// Verdict says whether something works.
type Verdict string

// The verdicts.
const (
	OK     Verdict = "ok"
	Partly Verdict = "partly"
	No     Verdict = "no"
)

// Check is one thing that was looked at.
type Check struct {
	Group   string  `json:"group"`
	Name    string  `json:"name"`
	Verdict Verdict `json:"verdict"`
	Note    string  `json:"note"`   // what was found, and what follows
	Permit  string  `json:"permit"` // what would make it better, "" if nothing needs to
}

// Source is one kind of evidence about locks, or of samples of a profile.
type Source struct {
	Source string `json:"source"`
	OK     bool   `json:"ok"`
	Note   string `json:"note"`
	Permit string `json:"permit"`
}

// Variable is one that muster puts into the environment of children.
type Variable struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	When  string `json:"when"`
	Off   string `json:"off"` // how not to have it
}

// Report is what `muster doctor --json` prints.
type Report struct {
	OS          string     `json:"os"`
	Arch        string     `json:"arch"`
	Kernel      string     `json:"kernel"`
	Checks      []Check    `json:"checks"`
	Sources     []Source   `json:"sources"`
	Pythons     []Python   `json:"pythons"`
	Debuggers   []Tool     `json:"debuggers"`
	Environment []Variable `json:"environment"`
}

// environment lists what muster puts into the environment of its children: what
// procs/supervisor and profiling/pyagent do. A test asserts that none is missing.
func environment() []Variable {
	return []Variable{
		{"MUSTER_POOL", "POOL", "always", "env -u MUSTER_POOL before the command"},
		{"MUSTER_SLOT", "N", "always", "env -u MUSTER_SLOT before the command"},
		{"MUSTER_SESSION", "SESSION", "always", "env -u MUSTER_SESSION before the command"},
		{"MUSTER_PORT", "PORT", "where the pool names {port}", "leave {port} out"},
		{"MUSTER_PPROF_PORT", "PORT", "where the pool names {pprof_port}", "leave {pprof_port} out"},
		{"PYTHONFAULTHANDLER", "1", "unless it is set: Python says where it was when a signal ends it", "--env PYTHONFAULTHANDLER="},
		{"GOTRACEBACK", "all", "unless it is set: a panic of Go tells of all goroutines", "--env GOTRACEBACK=single"},
		{"TERM", "xterm-256color", "with --output pty", "--output pipe"},
		{"PYTHONPATH", "AGENT:...", "for Python: where it finds muster's agent, see docs/python.md", "--no-agent"},
		{"MUSTER_GO_CRASHES", "DIRECTORY", "always: where a Go program that imports muster's agent leaves its panic, and listens for questions", "--no-agent"},
		{"MUSTER_AGENT", "FILE", "for Python: what the agent reports to", "--no-agent"},
		{"MUSTER_AGENT_LINES", "1, or INODES", "for Python: to what each line is written when it ends", "--no-unbuffer"},
		{"PYTHONUNBUFFERED", "1", "for Python with --output by-writer, without the agent", "--no-unbuffer"},
	}
}
