package task

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"example.com/muster/procs"
	"example.com/muster/procs/spawn"
	"example.com/muster/procs/task/plan"
)

// Command is work that a process does for each item.
type Command struct {
	Guard    *spawn.Guard
	Template *Template
	// Names are those of the items' columns; nil if they have none.
	Names   func() []string
	Environ []string
	Dir     string
	// Grace is how long a process that is to end has, after SIGTERM.
	Grace time.Duration
	// What it prints is kept until it ends, and handed to the sink whole, unless one of
	// the below is set.
	//
	// Line is called with each line as it is printed, by several goroutines; with
	// KeepLines they are handed to the sink, too.
	Line      func(PrintedLine)
	KeepLines bool
	// Stdout and Stderr are handed to each process, which writes there itself: then
	// nothing is known of what it prints.
	Stdout, Stderr *os.File
	// Begun is called with each command before it is started; may be nil.
	Begun func(command string)
	// TempDir is where output waits; "" is os.TempDir.
	TempDir string
}

// keeps reports whether what is printed goes to the sink.
func (c *Command) keeps() bool {
	return c.Stdout == nil && c.Stderr == nil && (c.Line == nil || c.KeepLines)
}

// PrintedLine is a line that an item's process has printed, without its newline.
type PrintedLine struct {
	Item   *Item
	Worker int
	PID    int // 0 while that is not known
	Stream procs.Stream
	Text   []byte // the callee's until it returns
}

// perItem: what a person sees as it begins is begun by muster, one by one.
func (c *Command) perItem() (is, ahead bool) { return true, c.Line == nil && c.Begun == nil }

func (c *Command) crew(post func(event)) (crew, error) {
	cc := &commandCrew{work: c, post: post, environ: c.Environ, most: descriptors() / 8} // a quarter of them
	if path, err := c.program(); err != nil {
		return nil, fmt.Errorf("cannot start the command: %w", err)
	} else if path != "" {
		cc.path = path
	}
	return cc, nil
}

// program finds the file of a program that is the same for all items. That
// there is none is said once.
func (c *Command) program() (string, error) {
	if c.Template.shell != "" {
		return spawn.LookUp(spawn.Command{Argv: []string{c.Template.shell}, Env: c.Environ, Dir: c.Dir})
	}
	if c.Template.Varies() {
		return "", nil
	}
	return spawn.LookUp(spawn.Command{Argv: []string{c.Template.words[0][0].text}, Env: c.Environ, Dir: c.Dir})
}

// commandCrew has a place for each worker.
type commandCrew struct {
	work    *Command
	post    func(event)
	path    string
	environ []string

	scarce scarce
	most   int // how many lanes may keep their files for the next item

	mu    sync.Mutex
	slots []*commandSlot
	lanes int
	all   sync.WaitGroup
}

// commandSlot is a worker's place: one process after the other. Of its two lanes
// one has the item that runs, and the other one that waits for its turn: the guard
// begins that, when the first has ended, without asking.
type commandSlot struct {
	crew   *commandCrew
	worker int
	jobs   chan *job
	pid    atomic.Int64 // of the process that runs

	mu    sync.Mutex
	given []*job    // what was sent and has not ended
	freed time.Time // when the last process ended
}

// job is an item that was sent to a slot.
type job struct {
	task  *Task
	kills chan bool   // whether at once
	off   atomic.Bool // all ends: it is not to be begun
}

// commandLane is a goroutine that sees an item through.
type commandLane struct {
	*commandSlot
	out   [2]*os.File // files without a name, empty
	keeps bool        // them for the next item
}

func (c *commandCrew) slot(worker int) *commandSlot {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.slots) <= worker {
		c.slots = append(c.slots, c.newSlot(len(c.slots)))
	}
	return c.slots[worker]
}

func (c *commandCrew) newSlot(worker int) *commandSlot {
	s := &commandSlot{crew: c, worker: worker, jobs: make(chan *job, 2)}
	lanes := 1
	if _, ahead := c.work.perItem(); ahead {
		lanes = 2
	}
	for range lanes {
		l := &commandLane{commandSlot: s, keeps: c.lanes < c.most}
		c.lanes++
		c.all.Go(l.run)
	}
	return s
}

func (c *commandCrew) start(int)  {} // each item has its process
func (c *commandCrew) retire(int) {}

func (c *commandCrew) send(worker int, tasks []*Task) {
	s := c.slot(worker)
	j := &job{task: tasks[0], kills: make(chan bool, 2)}
	s.mu.Lock()
	s.given = append(s.given, j)
	s.mu.Unlock()
	s.jobs <- j
}

func (c *commandCrew) kill(worker int, tasks []*Task, now bool) {
	s := c.slot(worker)
	if tasks == nil { // before what it waits for is killed
		s.callOff()
		c.work.Guard.Withdraw(s.turn())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, j := range s.given {
		if tasks != nil && !slices.Contains(tasks, j.task) {
			continue
		}
		select {
		case j.kills <- now:
		default: // it is being killed
		}
	}
}

// turn is the number of the slot's turn at the guard.
func (s *commandSlot) turn() uint64 { return uint64(s.worker) + 1 }

func (c *commandCrew) pid(worker int) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if worker >= len(c.slots) {
		return 0
	}
	return int(c.slots[worker].pid.Load())
}

func (c *commandCrew) close() {
	c.mu.Lock()
	for _, s := range c.slots {
		close(s.jobs)
	}
	c.mu.Unlock()
	c.all.Wait()
}

func (s *commandLane) run() {
	for j := range s.jobs {
		s.crew.scarce.enter()
		v, size := s.do(j)
		if !s.keeps {
			s.drop()
		}
		s.crew.scarce.leave()
		s.take(j)
		s.crew.post(event{kind: isAnswers, worker: s.worker, answers: []answer{{j.task, v, size}}})
	}
	s.drop()
}

// drop gives the files back.
func (s *commandLane) drop() {
	for i, f := range s.out {
		if f != nil {
			_ = f.Close() // it is empty
			s.out[i] = nil
		}
	}
}

// callOff keeps what has not been begun from being begun.
func (s *commandSlot) callOff() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, j := range s.given {
		j.off.Store(true)
	}
}

// take takes a job that has ended from the slot's list.
func (s *commandSlot) take(j *job) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.given = slices.DeleteFunc(s.given, func(o *job) bool { return o == j })
}

// free notes when a process has ended that was asked for at some time, and returns
// from when on the place was its own.
func (s *commandSlot) free(asked, ended time.Time) (began time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	began = asked
	if s.freed.After(asked) {
		began = s.freed
	}
	if ended.After(s.freed) {
		s.freed = ended
	}
	return began
}

var errNotBegun = errors.New("it was not begun")

// do runs one item's process.
func (s *commandLane) do(j *job) (v plan.Verdict, size int) {
	c, it := s.crew.work, j.task.Item
	it.Out = Outcome{At: j.task.Began}
	fail := func(kind string, err error) (plan.Verdict, int) {
		it.Out.Took = time.Since(it.Out.At)
		it.Out.Failure = &Failure{Kind: kind, Message: err.Error()}
		if lack := spawn.Lacking(err); lack != nil {
			it.Out.Failure.Kind, it.Out.Failure.Lacks = lack.Kind, lack.Lacks
		}
		return plan.Failed, 0
	}
	var names []string
	if c.Names != nil {
		names = c.Names()
	}
	argv, err := c.Template.Argv(it, s.worker, names)
	if err != nil {
		return fail("item", err)
	}
	it.Out.Command = c.Template.Shown(argv)
	if j.off.Load() {
		return fail("withdrawn", errNotBegun)
	}
	if c.Begun != nil {
		c.Begun(it.Out.Command)
	}
	p, err := s.start(it, argv)
	for again := s.lacks(err); again != nil; again = s.lacks(err) {
		if !s.waits(j, again) {
			err = spawn.ErrWithdrawn
			break
		}
		it.Out.At = time.Now()
		p, err = s.start(it, argv)
	}
	if err != nil {
		if errors.Is(err, spawn.ErrWithdrawn) { // all ends
			return fail("withdrawn", errNotBegun)
		}
		var refused *spawn.StartError
		if errors.As(err, &refused) {
			it.Out.Exit = &procs.Exit{Code: refused.Code, StartError: refused.Why, Lacks: refused.Lacks}
			return fail(refused.Kind, refused)
		}
		if misfit, ok := errors.AsType[outputError](err); ok {
			return fail("output", misfit.error)
		}
		s.crew.post(event{kind: isBroken, err: err})
		return fail("guard", err)
	}
	s.pid.Store(int64(p.Ref().PID))
	defer p.streams.Close()
	x := s.await(p.Process, j)
	s.pid.CompareAndSwap(int64(p.Ref().PID), 0)
	it.Out.At = s.free(it.Out.At, x.At)
	it.Out.Took, it.Out.Exit, it.Out.PID = x.At.Sub(it.Out.At), &x, p.Ref().PID
	if c.Line != nil {
		p.streams.Drain(drainFor)
		p.streams.Close()
		p.pumped.Wait()
	}
	if size, err = s.collect(it, p.Ref().PID); err != nil {
		return fail("output", err)
	}
	if !x.OK() {
		it.Out.Failure = &Failure{Kind: x.String(), Message: exitMessage(x)}
		return plan.Failed, size
	}
	return plan.OK, size
}

// itemProcess is the process of an item.
type itemProcess struct {
	*spawn.Process
	streams *spawn.Streams
	pumped  sync.WaitGroup // of what reads its lines
}

// outputError is why there is nowhere for a process to print to.
type outputError struct{ error }

func (e outputError) Unwrap() error { return e.error }

// start starts an item's process, once it is its turn.
func (s *commandLane) start(it *Item, argv []string) (*itemProcess, error) {
	c := s.crew.work
	streams, err := s.streams()
	if err != nil {
		return nil, outputError{err}
	}
	p := &itemProcess{streams: streams}
	if c.Line != nil {
		p.pumped.Go(func() { s.pumpLines(streams, it) })
	}
	p.Process, err = c.Guard.Start(context.Background(), spawn.Command{
		Argv: argv, Path: s.crew.path, Env: s.env(it), Dir: c.Dir, Streams: streams, Brief: true, Turn: s.turn(),
	})
	if err != nil {
		streams.Close()
		p.pumped.Wait()
		return nil, err
	}
	return p, nil
}

// lacks reports whether an item was not begun for want of descriptors, of which others
// will give some back: it returns what is closed when one has.
func (s *commandLane) lacks(err error) (again chan struct{}) {
	if err == nil {
		return nil
	}
	s.drop() // or who waits would keep others from what they need
	again, first := s.crew.scarce.wait(err)
	if first {
		s.crew.post(isScarce(err))
	}
	return again
}

// waits returns once an item may be tried again; it is false if it is killed before.
func (s *commandLane) waits(j *job, again chan struct{}) bool {
	select {
	case <-again:
		return true
	case <-j.kills:
		s.crew.scarce.giveUp(again)
		return false
	}
}

// drainFor is how long the output of a process that has ended is waited for,
// where a descendant holds it open.
const drainFor = 50 * time.Millisecond

func exitMessage(x procs.Exit) string {
	text := x.String()
	if words := x.Signal.Words(); x.Signal != 0 && words != "" {
		text += ": " + words
	}
	return text
}

// await waits for the end of a process, and sees to it if that is asked for.
func (s *commandLane) await(p *spawn.Process, j *job) procs.Exit {
	var over <-chan time.Time
	killed := false
	for {
		select {
		case x := <-p.Exit():
			if killed { // and what it has left behind
				s.crew.work.Guard.EndAdopted(seqVar, strconv.FormatUint(j.task.Item.Seq, 10))
			}
			return x
		case now := <-j.kills:
			killed = true
			if now || s.crew.work.Grace <= 0 {
				_ = p.SignalGroup(procs.SIGKILL) // fails if it has just ended
				continue
			}
			_ = p.SignalGroup(procs.SIGTERM)
			_ = p.SignalGroup(procs.SIGCONT)
			over = time.After(s.crew.work.Grace)
		case <-over:
			_ = p.SignalGroup(procs.SIGKILL)
		}
	}
}

// seqVar holds the number of the item that a process is for.
const seqVar = "MUSTER_SEQ"

// env tells a process which item it is for, and which worker it is; by the names
// of GNU parallel too, which scripts may know.
func (s *commandLane) env(it *Item) []string {
	base := s.crew.environ
	env := make([]string, len(base), len(base)+4)
	copy(env, base)
	seq, slot := strconv.FormatUint(it.Seq, 10), strconv.Itoa(s.worker+1)
	return append(env, seqVar+"="+seq, "MUSTER_SLOT="+strconv.Itoa(s.worker), "PARALLEL_SEQ="+seq, "PARALLEL_JOBSLOT="+slot)
}

func (s *commandLane) streams() (*spawn.Streams, error) {
	c := s.crew.work
	if c.Stdout != nil || c.Stderr != nil {
		return spawn.Join(nil, c.Stdout, c.Stderr)
	}
	for i := range s.out {
		if s.out[i] == nil && c.keeps() {
			f, err := tempFile(c.TempDir)
			if err != nil {
				return nil, err
			}
			s.out[i] = f
		}
	}
	if c.Line != nil {
		return spawn.Open(procs.OutputPipe, spawn.StreamOptions{})
	}
	return spawn.Join(nil, s.out[0], s.out[1])
}

// smallOutput is kept in memory.
const smallOutput = 64 << 10

// collect takes what a process has printed. Its files are used again, unless
// somebody of its group still lives, who could write to them.
func (s *commandLane) collect(it *Item, pid int) (size int, err error) {
	if !s.crew.work.keeps() {
		it.Out.Unseen = true
		return 0, nil
	}
	alone := unix.Kill(-pid, 0) == unix.ESRCH
	if alone && full(s.out[0]) {
		for i, f := range s.out { // and makes room for the next
			if f.Truncate(0) != nil {
				_ = f.Close() // it is of no use
				s.out[i] = nil
			}
		}
		return 0, errors.New("what it printed is not whole: no space is left in " + tempDir(s.crew.work.TempDir))
	}
	for i, printed := range []*Printed{&it.Out.Stdout, &it.Out.Stderr} {
		f := s.out[i]
		info, err := f.Stat()
		if err != nil {
			return size, fmt.Errorf("cannot read what it printed: %w", err)
		}
		printed.Size = info.Size()
		switch {
		case printed.Size == 0 && alone:
			continue
		case printed.Size <= smallOutput:
			b := make([]byte, printed.Size)
			n, err := f.ReadAt(b, 0)
			if err != nil && !errors.Is(err, io.EOF) {
				return size, fmt.Errorf("cannot read what it printed: %w", err)
			}
			printed.Bytes = b[:n]
			size += n
			if alone && f.Truncate(0) == nil {
				continue
			}
			_ = f.Close() // it has been read
		default:
			printed.File = f
		}
		s.out[i] = nil
	}
	return size, nil
}
