package procs

import "time"

// Usage is what a process, or several added up, uses at one moment. A field
// that could not be read holds [Unknown].
type Usage struct {
	// CPUPercent is of one core, as top shows it: 200 is two busy cores.
	CPUPercent float64
	RSSBytes   int64
	Threads    int
	FDs        int
	// ReadBytes and WriteBytes count what reached the storage layer since
	// the process started: read_bytes and write_bytes of /proc/PID/io.
	ReadBytes, WriteBytes int64
	// VoluntarySwitches and InvoluntarySwitches are counted since the start.
	VoluntarySwitches, InvoluntarySwitches int64
}

// Unknown stands in a field of [Usage] for a value that could not be read.
// It is never shown as a number.
const Unknown = -1

// Plus adds two values of a [Usage] as far as they are known: it is [Unknown] if neither is.
func Plus[T int | int64 | float64](a, b T) T {
	switch {
	case b == Unknown:
		return a
	case a == Unknown:
		return b
	}
	return a + b
}

// RunState is what the kernel is doing with a process: the letter of
// /proc/PID/stat, see proc(5); 0 where it is not known.
type RunState byte

// The letters that a screen tells apart.
const (
	RunRunning  RunState = 'R'
	RunSleeping RunState = 'S'
	RunDisk     RunState = 'D'
	RunStopped  RunState = 'T'
	RunTraced   RunState = 't'
	RunZombie   RunState = 'Z'
	RunDead     RunState = 'X'
	RunIdle     RunState = 'I'
	// RunQueued is no letter of the kernel's, which tells of both by R: one that is
	// ready to run, and of late has waited for a CPU well longer than it has had one.
	RunQueued RunState = 'q'
)

// Wait is the word of the JSON contract for this letter, as far as the letter
// alone tells: a sleeping process may wait for anything, so it is "unknown"
// until a later look finds out.
func (r RunState) Wait() string {
	switch r {
	case RunRunning:
		return "on_cpu"
	case RunQueued:
		return "runnable"
	case RunDisk:
		return "io"
	case RunStopped, RunTraced:
		return "stopped"
	case RunZombie, RunDead:
		return "zombie"
	case RunIdle:
		return "idle"
	}
	return "unknown"
}

// Sample is one measurement of a slot: its own process and the sum of that
// and all its descendants.
type Sample struct {
	At  time.Time
	Run int // Run.N of the incarnation that was measured
	Own Usage
	Sum Usage
	// Processes counts the slot's process and its descendants.
	Processes int
}

// Role is what a descendant is there for, as far as its command line tells.
type Role string

// The roles.
const (
	RoleProcess         Role = "process"
	RoleShell           Role = "shell"            // a shell that runs the command
	RoleWorker          Role = "worker"           // a multiprocessing worker
	RoleForkserver      Role = "forkserver"       // multiprocessing's forkserver
	RoleResourceTracker Role = "resource_tracker" // multiprocessing's resource_tracker
)

// Descendant is a process that a slot's process started, at any depth.
type Descendant struct {
	PIDRef
	PPID  int
	Depth int // 1 for a child of the slot's process
	Role  Role
	Label string // short and stable: "ForkPool-2", "sh", "convert"
	Argv  []string
	State RunState
	Usage
	StartedAt time.Time
	// Debugged says that a debugger is attached to it.
	Debugged bool
	// PeakRSSBytes is the most memory that it was seen to have had, by the kernel's
	// own mark as of the last look; 0 where nobody has looked.
	PeakRSSBytes int64
	// Exit is set once it has ended; nil while it lives.
	Exit *Exit
	// Told says of one that has ended that a screen is to show it a while longer: its end
	// is told as a crash, or others wait for a lock that it had.
	Told bool
}

// Zombie reports whether it has ended and nobody has waited for it.
func (d *Descendant) Zombie() bool { return d.Exit != nil && d.State == RunZombie }
