package crash

import (
	"time"

	"example.com/muster/procs"
	"example.com/muster/profiling"
)

// Death is all that is known of the end of a process, or of an exception that
// ended less than that, before anybody has judged it.
type Death struct {
	// Run is the run that it happened in; its pid is that of the slot's process.
	Run procs.Run
	// Who is the process: the slot's own, or a descendant of it.
	Who Process
	// Exit is how it ended; nil if it lives, and only a thread or a task ended.
	Exit *procs.Exit
	// Words are what was found in its output and told by its agent, oldest first.
	Words []Words
	// Tail holds its last lines, oldest first: those of its own where the
	// output's mode tells writers apart, but of the whole slot for its own process.
	Tail []procs.Line
	// Own are the last that it has written itself, oldest first, and Signed says that
	// the output's mode tells which those are.
	Own    []procs.Line
	Signed bool
	// Samples are measurements before its end, oldest first.
	Samples []procs.Sample
	// Held are the locks that it had.
	Held []Held
	// Task is the call that a pool had given it: "resize(path='a.jpg')"; "" if
	// none or not known.
	Task string
	// Waiting is what others were at when it ended, for what follows from that.
	Waiting Waiting
	// Stack is where its main thread was when somebody last looked, innermost first.
	Stack []string
	// Master is what its master printed when it gave up on it; see [GaveUp].
	Master string
	// Sent says which signals muster itself or others are known to have sent.
	Sent []Sent
	// GivenUp: its parent has ended the pool that it was a worker of.
	GivenUp bool
	// OOM is what the kernel counts say.
	OOM OOM
	// CPULimit is its hard RLIMIT_CPU; 0 if there is none or it is not known.
	CPULimit time.Duration
	// Core is what became of the core dump.
	Core Core
	// Parent is how its parent ended at once after it; nil if that goes on, or nobody knows.
	Parent *procs.Exit
	// Children are those of its own that ended shortly before it.
	Children []Child
	// Failed are those below a slot's own process that had ended badly in its time, oldest
	// first, and that were not told as crashes: tools that answer by their code, jobs.
	Failed []Child
	// Told are exceptions of it that were told shortly before, such as those of its threads.
	Told []Exception
	// Handled: somebody fetched the exception. nil where nobody knows.
	Handled *bool
	// Lost says why nobody ever will, "" if that is not so.
	Lost string
}

// Process is who ended.
type Process struct {
	procs.PIDRef
	PPID int
	// Label is short: "ForkPoolWorker-3", "sh"; "" for the slot's own process.
	Label string
	Role  procs.Role
	Argv  []string
	Cwd   string
	// Started is when it began; zero if not known.
	Started time.Time
	// Parent says whether the process that started it still lived when it ended.
	ParentLived bool
	// PoolWorker: it was a worker of a pool of Python's multiprocessing or
	// concurrent.futures, and Pool says which: "multiprocessing", "futures".
	Pool string
	// Apart: it is known to have been started for a call of its own, and not for those of a pool.
	Apart bool
	// Abrupt: it was a process of multiprocessing whose agent follows how it ends, and has told
	// neither of an exception nor that its function came to an end.
	Abrupt bool
	// ForkedAmong is how many other threads of Python's its parent had when it was
	// forked, and ForkedAt where that was: "serve.py:12".
	ForkedAmong int
	ForkedAt    string
}

// Child is a process that another one started.
type Child struct {
	procs.PIDRef
	Label string
	Role  procs.Role
	Argv  []string // nil if not known
	Exit  procs.Exit
	// Outlived: its parent went on after its end, as after one that it has wished. It is
	// known of [Death.Failed] only.
	Outlived bool
}

// Held is one lock that a process had when it ended.
type Held struct {
	ID, Kind, Name string
	// Waiters are those who now wait for it, as the screen names them.
	Waiters []string
	// Abandoned: it was found taken after the end, and nobody can let go of it, or only
	// another process that has it as well if Releasable.
	Abandoned, Releasable bool
	// Evidence is how it is known that the process had it.
	Evidence profiling.Evidence
}

// Waiting is what the rest of a pool was at.
type Waiting struct {
	// Parent is what the parent waits for, innermost frame first: a map that waits for results.
	Parent []string
}

// Sent is a signal that somebody is known to have sent to the process.
type Sent struct {
	Signal procs.Signal
	By     string // "muster", "its parent"
	At     time.Time
}

// OOM is what is known about memory when a process was killed.
type OOM struct {
	// GroupKills is by how much oom_kill in memory.events of the process's own
	// cgroup rose around its end, MachineKills in /proc/vmstat; -1 if unknown.
	GroupKills, MachineKills int64
	// GroupDeaths is how many processes of that cgroup were seen to end by
	// SIGKILL in the same span, this one among them; 0 if unknown.
	GroupDeaths int64
	// LimitBytes is the cgroup's memory.max; 0 if there is none or it is not known.
	LimitBytes int64
}

// Core is what became of a core dump.
type Core struct {
	// Pattern is kernel.core_pattern; LimitBytes is RLIMIT_CORE of the process, -1 for none.
	Pattern    string
	LimitBytes int64
	// Path is where it is, "" if nowhere or not known; How says in a sentence
	// how to open it, or how to get one the next time.
	Path, How string
}

// Verdict is what a death means; [Judge] gives it.
type Verdict struct {
	// Crash: it deserves a report. A good end, what was asked for, and a worker
	// that its own pool ended are none.
	Crash     bool
	Cause     Cause
	Certainty Certainty
	// Headline is one line for a person: "ValueError: bad width, at
	// resize.py:12", "SIGSEGV: touched memory that is not its own, at ...".
	Headline string
	// Notes are sentences that follow, each with how it is known: "its result will
	// never come: the pool has lost this task (python/cpython#96062)".
	Notes []Note
	// Words is the index in Death.Words of those that explain the end, -1 if none do.
	Words int
	// Group is what makes two crashes the same one: type and top user frame, or how it
	// ended, and what else one line about it says: that a task is lost, who sent the signal.
	Group string
	// EndedBy is who is known to have ended it: "muster", "its parent", "its master", "the kernel";
	// "" if it ended by itself, or nobody knows.
	EndedBy string
}

// Note is one sentence about a crash.
type Note struct {
	Text     string
	Evidence profiling.Evidence
	Rule     string // of an inferred one
}
