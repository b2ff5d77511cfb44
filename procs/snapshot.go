package procs

import "time"

// Snapshot is everything that is so at one moment. It is immutable: readers
// share it, nobody writes to it.
type Snapshot struct {
	Session   string
	Version   uint64 // grows by one with each snapshot
	At        time.Time
	StartedAt time.Time
	Host      Host
	Pools     []Pool
	// Ended says that no slot lives and none will start unless asked.
	Ended bool
	// Stopping says that muster was asked to end everything.
	Stopping bool
	// Notices are muster's own warnings, oldest first: a full disk, a mode
	// that a program cannot work with.
	Notices []Notice
	// Crashes counts the runs that have ended badly since the start.
	Crashes int
	// LogDir is where the output is kept; "" where it is not.
	LogDir string
}

// Slot returns a slot, nil if there is none.
func (s *Snapshot) Slot(id ID) *Slot {
	for i := range s.Pools {
		for k := range s.Pools[i].Slots {
			if slot := &s.Pools[i].Slots[k]; slot.ID == id {
				return slot
			}
		}
	}
	return nil
}

// Host is the machine that the pools run on.
type Host struct {
	Cores      int
	CPUPercent float64 // of one core, all processes; Unknown if not known
	MemTotal   int64   // bytes
	MemUsed    int64   // bytes
}

// Notice is one warning of muster's own.
type Notice struct {
	At   time.Time // when it was told
	Text string
	// Renewed is when its text changed last, as a number in it had grown; zero if it never has.
	Renewed time.Time
}

// Said returns when what it says was so last.
func (n *Notice) Said() time.Time {
	if n.Renewed.After(n.At) {
		return n.Renewed
	}
	return n.At
}

// Pool is a pool and its slots.
type Pool struct {
	Name      string
	Argv      []string
	SlotOnly  bool // as in [Spec]
	Size      int
	Slots     []Slot
	Disabled  bool
	DependsOn []Dependency
	// Rolling says that a rolling restart is under way.
	Rolling bool
	// RerunOf is the slot whose program it runs again; zero for most.
	RerunOf ID
}

// Gone is a process that has ended, by what it was called.
type Gone struct {
	PID   int
	Label string
}

// Slot is the state of one slot.
type Slot struct {
	Run
	State State
	Since time.Time
	// Reason says why, where the state alone does not: "not found: pyhton3".
	Reason   string
	Output   OutputMode // the mode in use, never auto
	Restarts int
	// NextTry is when a slot that backs off is started again.
	NextTry time.Time
	// PIDs are those of the processes of its present and last runs, oldest first, at
	// most 16: their lines are the slot's own. They are immutable.
	PIDs []int
	// StartedAt is when the present or last run was exec'd; zero if never.
	StartedAt time.Time
	LastExit  *Exit
	// Probed says that the slot has a readiness probe, Ready what it says. A
	// slot without one is ready while it runs.
	Probed, Ready bool
	// Port and PprofPort are what "{port}" and "{pprof_port}" stand for; 0 if
	// the pool does not name them.
	Port, PprofPort int
	// Kernel is the process's state as the kernel gives it.
	Kernel RunState
	// Debugged says that a debugger is attached to the process: no liveness probe
	// ends it meanwhile.
	Debugged bool
	// Paused says that muster stopped the slot (SIGSTOP) on purpose.
	Paused bool

	Sample      Sample // the newest; At is zero if there is none
	Descendants []Descendant
	// Gone are the last of its descendants that have ended, of all runs, oldest first, at
	// most 1000; only where the output tells writers apart. They are immutable.
	Gone []Gone
	// ForksPerSecond counts new descendants over the last seconds, including
	// those that ended between two looks if ForksExact; else it is a lower bound.
	ForksPerSecond float64
	ForksExact     bool
	// LastLine is the zero value while a run lives that has printed none. FirstLine is the
	// number of the line at which the output of the run that lives begins, 0 while none does.
	LastLine  Line
	FirstLine uint64
	// FullScreen says that its program is on the alternate screen of its terminal.
	FullScreen bool
	// CPUTime is what the slot's processes, of all runs and with descendants,
	// were seen to have used; not what they used between the last look and
	// their end.
	CPUTime time.Duration
	// Lines is how many lines the slot has printed so far, OutputBytes how many
	// bytes, those of lines that have not ended among them.
	Lines, OutputBytes uint64
}
