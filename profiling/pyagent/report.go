package pyagent

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"

	"example.com/muster/procs"
)

// Report is one thing that an agent told: a [Process], [Lock], [Pipe],
// [Forks], [Ends], [GivesUp], [Returns], [Debugged], [Exception], [Again], [Fetched] or [More]. All of it is the word of the watched program:
// names and paths are any text, and numbers need not be true.
type Report interface{ report() }

// Site is where in the program's own code something was made.
type Site struct {
	// MadeBy is the call of the library that made it, such as "Pool".
	MadeBy string
	// File is "" where no code of the program's was on the stack.
	File     string
	Line     int
	Function string
}

// String returns the site as the screen names it: "worker.py:7".
func (s Site) String() string {
	if s.File == "" {
		return ""
	}
	return fmt.Sprintf("%s:%d", filepath.Base(s.File), s.Line)
}

// Process says that a Python process began (its name is "" then), or what its
// name is, once multiprocessing has given it one.
type Process struct {
	procs.PIDRef
	PPID int
	Name string // such as "ForkPoolWorker-3"
	// Forked processes have what their parent had, at the same addresses; the
	// others were started anew.
	Forked bool
	Argv0  string // sys.argv[0]
	// Task is what a process of multiprocessing was started for, such as
	// "work(3)"; "" for others and for workers of pools.
	Task string
	// Pool is the library whose pool it is a worker of: "multiprocessing" for
	// its Pool, "futures" for ProcessPoolExecutor, "" for neither.
	Pool string
	// Owner is the process that made it, which is not its parent where a fork
	// server is between; 0 if not known.
	Owner int
	// Queue is the inode of the pipe that a pool's tasks come through.
	Queue uint64
	// Among is how many other threads its parent had when it was forked, at
	// ForkedAt: it has what they had locked by then, and nobody who unlocks it.
	Among    int
	ForkedAt Site
	// Ended is the signal by which its owner has ended it, SIGTERM or SIGKILL; 0 if
	// that has not, or has with others of its pool after this one was gone.
	Ended procs.Signal
	// Returned: it has come to the end of what it was started for, and is about to end with
	// a code other than 0. Who has a name and has not returned was ended otherwise.
	Returned bool
}

// Returns says that a process of multiprocessing has come to the end of what it was started
// for, in whatever way, and is about to end with a code other than 0.
type Returns struct{ PID int }

// Ends says that a process ends another one of multiprocessing that it has made, which
// lives: by terminate() or kill(), the end of a pool, its own end. That one may not have
// come to report anything.
type Ends struct {
	PID    int
	Child  procs.PIDRef
	Name   string       // of the child, as in [Process]
	Signal procs.Signal // SIGTERM or SIGKILL
}

// GivesUp says that a process ends a Pool of its own, with whatever that has to do.
type GivesUp struct {
	PID   int
	Queue uint64 // see [Process]
}

// Forks says that a process forks while other threads run in it, as Python 3.12 and
// later warn of. Each place is told once by a process.
type Forks struct {
	procs.PIDRef
	// Process is the name that multiprocessing gave the process, and Thread the
	// name of the thread that forks; "" if not known.
	Process, Thread string
	// Among is how many other threads of Python's there are; Threads are the names
	// of the first of them.
	Among   int
	Threads []string
	Site
}

// Lock says where a semaphore of multiprocessing is: each of its locks,
// conditions, events and queues is made of one or several.
type Lock struct {
	PID    int
	Object uint64 // address of the _multiprocessing.SemLock object
	Handle uint64 // address of its sem_t
	// Name is what sem_open(3) knew it by; "" where processes are forked, since
	// it has lost its name by then.
	Name string
	// Kind is the class of what it belongs to, such as "Lock" or "Queue", and
	// Role the attribute that it is there, such as "_rlock" or "_cond._lock".
	Kind, Role string
	// Rebuilt locks were made by another process, which has reported the one
	// of the same name.
	Rebuilt bool
	Site
}

// Pipe says where a pipe (one inode) or a pair of sockets (two) was made.
type Pipe struct {
	PID    int
	Inodes []uint64
	Site
}

// Debugged says that a person's pdb has begun to talk in a process, or has left it.
type Debugged struct {
	procs.PIDRef
	On bool
}

// More says that a process has reported as much as it may, and that more was to be told.
type More struct{ PID int }

func (Process) report()   {}
func (Lock) report()      {}
func (Pipe) report()      {}
func (Forks) report()     {}
func (Ends) report()      {}
func (GivesUp) report()   {}
func (Returns) report()   {}
func (Debugged) report()  {}
func (Exception) report() {}
func (Again) report()     {}
func (Fetched) report()   {}
func (More) report()      {}

// wire is a report as it is written: the fields of all of them.
type wire struct {
	T        string   `json:"t"`
	PID      int      `json:"pid"`
	PPID     int      `json:"ppid"`
	Start    uint64   `json:"start"`
	Name     string   `json:"name"`
	How      string   `json:"how"`
	Argv0    string   `json:"argv0"`
	Object   uint64   `json:"object"`
	Handle   uint64   `json:"handle"`
	Kind     string   `json:"kind"`
	Role     string   `json:"role"`
	Rebuilt  bool     `json:"rebuilt"`
	Inodes   []uint64 `json:"inodes"`
	MadeBy   string   `json:"made_by"`
	File     string   `json:"file"`
	Line     int      `json:"line"`
	Function string   `json:"function"`
	Task     string   `json:"task"`
	Pool     string   `json:"pool"`
	Owner    int      `json:"owner"`
	Queue    uint64   `json:"queue"`
	Among    int      `json:"among"`
	Threads  []string `json:"threads"`
	On       bool     `json:"on"`
	Child    int      `json:"child"`
	Signal   int      `json:"signal"`
	wireException
}

var errReport = errors.New("cannot read a report of the Python agent")

// Bounds that agents keep.
const (
	maxInodes = 2 // the ends of a pipe
	maxNamed  = 4
	maxText   = 300
	maxPath   = 1024
)

// parse reads one report. It accepts any bytes, and says no to what no agent
// would have written.
func parse(line []byte) (Report, error) {
	var w wire
	if len(line) > maxLine || json.Unmarshal(line, &w) != nil || w.PID <= 0 || w.PPID < 0 || w.Line < 0 || w.Owner < 0 || w.Among < 0 {
		return nil, errReport
	}
	texts := []string{w.Name, w.How, w.Argv0, w.Kind, w.Role, w.MadeBy, w.Function, w.Task, w.Pool, w.Thread}
	for _, text := range append(texts, w.Threads...) {
		if len(text) > maxText {
			return nil, errReport
		}
	}
	if len(w.File) > maxPath || len(w.Threads) > maxNamed {
		return nil, errReport
	}
	site := Site{MadeBy: w.MadeBy, File: w.File, Line: w.Line, Function: w.Function}
	switch w.T {
	case "process":
		return Process{
			PIDRef: procs.PIDRef{PID: w.PID, StartTime: w.Start}, PPID: w.PPID, Name: w.Name, Forked: w.How == "fork", Argv0: w.Argv0,
			Task: w.Task, Pool: w.Pool, Owner: w.Owner, Queue: w.Queue, Among: w.Among, ForkedAt: site,
		}, nil
	case "lock":
		return Lock{
			PID: w.PID, Object: w.Object, Handle: w.Handle, Name: w.Name, Kind: w.Kind, Role: w.Role, Rebuilt: w.Rebuilt, Site: site,
		}, nil
	case "pipe":
		if len(w.Inodes) <= maxInodes {
			return Pipe{PID: w.PID, Inodes: w.Inodes, Site: site}, nil
		}
	case "debugged":
		return Debugged{PIDRef: procs.PIDRef{PID: w.PID, StartTime: w.Start}, On: w.On}, nil
	case "forks":
		if w.Among > 0 {
			return Forks{
				PIDRef: procs.PIDRef{PID: w.PID, StartTime: w.Start}, Process: w.Name, Thread: w.Thread, Among: w.Among, Threads: w.Threads, Site: site,
			}, nil
		}
	case "ends":
		if sig := procs.Signal(w.Signal); w.Child > 0 && (sig == procs.SIGTERM || sig == procs.SIGKILL) {
			return Ends{PID: w.PID, Child: procs.PIDRef{PID: w.Child, StartTime: w.Start}, Name: w.Name, Signal: sig}, nil
		}
	case "gives up":
		if w.Queue != 0 {
			return GivesUp{PID: w.PID, Queue: w.Queue}, nil
		}
	case "returns":
		return Returns{PID: w.PID}, nil
	case "exception", "again", "fetched":
		return w.exception()
	case "more":
		return More{PID: w.PID}, nil
	}
	return nil, errReport
}

// FileName is what the agent's own code is called in the stacks of a program.
const FileName = "<muster agent>"
