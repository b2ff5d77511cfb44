package pyagent

import "example.com/muster/procs"

// What says where an exception was when an agent saw it, and by that how much
// ends with it.
type What string

// The places where exceptions get lost.
const (
	// InProcess ends a process of multiprocessing, which prints it and has exit code 1.
	InProcess What = "process"
	// Exits ends a process of multiprocessing as well, by a SystemExit with a code other than 0.
	Exits What = "exit"
	// InThread ends a thread; the process goes on.
	InThread What = "thread"
	// InTask ends a task of a pool, which sends it to the owner of the pool.
	InTask What = "task"
	// InResult ends a task too: its result, or its exception, cannot be pickled.
	InResult What = "result"
	// InArguments ends a task before it began: its arguments cannot be pickled.
	InArguments What = "arguments"
	// InQueue is of an object that was put into a queue and cannot be pickled:
	// it is dropped, and whoever waits for it waits on.
	InQueue What = "queue"
	// InThreadTask ends a task that a thread had: of a ThreadPool or of a
	// ThreadPoolExecutor. Whoever asks for its result gets the exception itself, so
	// the first of a kind alone is told before it is known that nobody has.
	InThreadTask What = "thread task"
	// Ignored ends nothing: it was raised where nobody can catch it, such as in __del__, in
	// a function of atexit, in a callback of asyncio's.
	Ignored What = "ignored"
	// NeverRetrieved is of a task of asyncio that ended unnoticed.
	NeverRetrieved What = "never retrieved"
)

// known reports whether an agent would say so.
func (w What) known() bool {
	switch w {
	case InProcess, Exits, InThread, InTask, InResult, InArguments, InThreadTask, InQueue, Ignored, NeverRetrieved:
		return true
	}
	return false
}

// ExceptionID is the name of a reported exception: the process that reported it
// and the number that it had there, from 1.
type ExceptionID struct {
	procs.PIDRef
	N uint64
}

// Exception is one that may never reach a person.
type Exception struct {
	ID   ExceptionID
	What What
	// Process is the name that multiprocessing gave the process, and Thread the
	// name of the thread where that is what ended.
	Process, Thread string
	// Task is what was called: "resize('a.jpg', width=7)". Values that are not of
	// a builtin type have only their type in it: "<Image>". "" if not known.
	Task string
	// Items is how many items the task was of; the exception is of one of them,
	// and Task the first.
	Items int
	// Call is what the result belongs to; its Owner is 0 if there is none.
	Call Call
	// Unasked: its result was gone when it was told, and nobody had asked for it.
	Unasked bool
	// Where says at what an ignored exception was raised.
	Where string
	Raised
}

// Call names the result of something that a pool was given to do.
type Call struct {
	Owner int    // the pid of the process that has the pool
	Queue uint64 // the inode of the pipe that an executor's tasks come through; 0 for Pool
	Job   uint64 // the number of the call in the executor or, for Pool, in the owner
	Index uint64 // the part of it: a chunk of a map
}

// WholeCall in place of the number of a part means all of them.
const WholeCall = 1<<64 - 1

// Raised is an exception as Python has it.
type Raised struct {
	// Type has its module, unless that is builtins or the program's script.
	Type string
	// Message is its text, of which Cut says that it goes on. It is what its
	// arguments are where only the class itself could tell.
	Message string
	Cut     bool
	Notes   []string
	// Frames are innermost first. Out more of them, between the innermost and
	// the outermost, were left out.
	Frames []TracebackFrame
	Out    int
	// Chain is what it came from, the nearest first.
	Chain []Raised
	// How says of one in a Chain how it led to the next: "cause" or "context".
	How string
	// Group are the first of the Members of an ExceptionGroup.
	Group   []Raised
	Members int
}

// TracebackFrame is one call of a traceback.
type TracebackFrame struct {
	File     string
	Line     int
	Function string
	Repeated int // how many further equal frames this one stands for
}

// Again says how many exceptions of a kind were not told one by one: a process
// tells the first few of each.
type Again struct {
	// First is the first of them; 0 is its number where the process has had so
	// many, or of so many kinds, that it does not tell them apart.
	First ExceptionID
	Count uint64
}

// Fetched says that the owner of a pool has asked for the result of a call
// which is an exception. For a map that is the result as a whole, and who asks
// gets the first exception of all its parts.
type Fetched struct {
	Call
	// Dropped instead: the result is gone, and nobody has asked.
	Dropped bool
	// Lost instead: it has never come, and will not. Why is by which exception the owner
	// could not rebuild what a worker had sent, "" if something else broke the pool.
	Lost bool
	Why  string
	// More: the process has told as much as it may; what it fetches is not known any more.
	More bool
}

// Bounds that agents keep.
const (
	maxMessage   = 1000 // characters
	maxTraceback = 32
	maxRaised    = 64 // exceptions in one report
)

// wireException is what is in a report of an exception beside the rest.
type wireException struct {
	N       uint64      `json:"n"`
	What    What        `json:"what"`
	Thread  string      `json:"thread"`
	Items   int         `json:"items"`
	Job     uint64      `json:"job"`
	Index   uint64      `json:"i"`
	Where   string      `json:"where"`
	Count   uint64      `json:"count"`
	All     bool        `json:"all"`
	Dropped bool        `json:"dropped"`
	More    bool        `json:"more"`
	Lost    bool        `json:"lost"`
	Why     string      `json:"why"`
	Raised  *wireRaised `json:"raised"`
}

type wireRaised struct {
	Type    string       `json:"type"`
	Message string       `json:"message"`
	Cut     bool         `json:"cut"`
	How     string       `json:"how"`
	Notes   []string     `json:"notes"`
	Frames  []wireFrame  `json:"frames"`
	Out     int          `json:"out"`
	Chain   []wireRaised `json:"chain"`
	Group   []wireRaised `json:"group"`
	Members int          `json:"members"`
}

type wireFrame struct {
	File     string `json:"f"`
	Line     int    `json:"l"`
	Function string `json:"n"`
	Repeated int    `json:"r"`
}

// exception reads what a report says of an exception.
func (w *wire) exception() (Report, error) {
	id := ExceptionID{PIDRef: procs.PIDRef{PID: w.PID, StartTime: w.Start}, N: w.N}
	call := Call{Owner: w.Owner, Queue: w.Queue, Job: w.Job, Index: w.Index}
	switch w.T {
	case "again":
		return Again{First: id, Count: w.Count}, nil
	case "fetched":
		call.Owner = w.PID
		if w.All {
			call.Index = WholeCall
		}
		if len(w.Why) > maxText {
			return nil, errReport
		}
		return Fetched{Call: call, Dropped: w.Dropped, Lost: w.Lost, Why: w.Why, More: w.More}, nil
	}
	if w.Raised == nil || w.N == 0 || !w.What.known() || w.Items < 0 || len(w.Where) > maxText {
		return nil, errReport
	}
	budget := maxRaised
	raised, ok := w.Raised.read(&budget)
	if !ok {
		return nil, errReport
	}
	return Exception{
		ID: id, What: w.What, Process: w.Name, Thread: w.Thread, Task: w.Task, Items: w.Items, Call: call, Unasked: w.Dropped, Where: w.Where, Raised: raised,
	}, nil
}

// read returns the exception, unless no agent would have written it.
func (w *wireRaised) read(budget *int) (Raised, bool) {
	*budget--
	if *budget < 0 || len(w.Type) > maxText || len(w.Message) > 4*maxMessage || len(w.Frames) > maxTraceback || w.Out < 0 || w.Members < 0 {
		return Raised{}, false
	}
	r := Raised{Type: w.Type, Message: w.Message, Cut: w.Cut, How: w.How, Notes: w.Notes, Out: w.Out, Members: w.Members}
	for _, f := range w.Frames {
		if len(f.File) > maxPath || len(f.Function) > maxText || f.Line < 0 || f.Repeated < 0 {
			return Raised{}, false
		}
		r.Frames = append(r.Frames, TracebackFrame(f))
	}
	var ok bool
	if r.Chain, ok = readAll(w.Chain, budget); !ok {
		return Raised{}, false
	}
	r.Group, ok = readAll(w.Group, budget)
	return r, ok
}

func readAll(all []wireRaised, budget *int) (read []Raised, ok bool) {
	for i := range all {
		r, ok := all[i].read(budget)
		if !ok {
			return nil, false
		}
		read = append(read, r)
	}
	return read, true
}
