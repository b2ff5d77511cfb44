package task

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"example.com/muster/procs"
	"example.com/muster/procs/spawn"
	"example.com/muster/procs/task/plan"
)

// protocol is how items go to persistent workers, and results come back.
type protocol interface {
	// encode appends what a worker is sent for some tasks.
	encode(b []byte, tasks []*Task) []byte
	// refuse says why an item cannot be sent, "" if it can.
	refuse(it *Item) string
	// reader returns what takes a worker's answers apart.
	reader(w *pipeWorker) answerReader
}

// answerReader takes apart what a worker has written.
type answerReader interface {
	// read takes what has come and returns how much of it it has used; the rest
	// comes again, with more. An error means that no more can be understood.
	read(p []byte) (used int, err error)
}

// pipeCrew is persistent workers over pipes: each has a process that gets items
// on its standard input and answers on its standard output.
type pipeCrew struct {
	guard    *spawn.Guard
	protocol protocol
	post     func(event)
	grace    time.Duration
	// command returns what to start, and files for its descriptors from 3 on. The
	// worker is given to it so that it can put there what it wants to know later.
	command func(w *pipeWorker) (spawn.Command, error)
	// printed takes lines of a worker's standard error, and what it prints on its
	// standard output that is no answer.
	printed func(worker int, line []byte)
	// rises says that a worker tells when it is ready; else it is at once. chunks
	// says that tasks that are sent together are one message.
	rises, chunks bool
	// unfit is why all ends if an answer does not fit the protocol, and none before
	// it did; nil: it is a worker's own fault.
	unfit  func(misfitError) *Fatal
	proven atomic.Bool // an answer has fitted

	scarce scarce

	mu      sync.Mutex
	workers map[int]*pipeWorker
	all     sync.WaitGroup
}

// pipeWorker is one process of a crew.
type pipeWorker struct {
	crew   *pipeCrew
	number int
	pid    atomic.Int64
	state  *counters // what it tells of itself in shared memory; nil: nothing

	mu      sync.Mutex
	waiting []*Task // sent and not answered, oldest first
	starts  []int64 // where in its input each of those begins
	encoded int64   // bytes, so far
	written int64   // of those, into the pipe
	unsent  []byte  // encoded
	started *spawn.Process
	closing bool // nothing more will be sent
	dead    bool
	killing int // 1 asked to, 2 at once
	wake    chan struct{}

	words lastWords // the last lines that it printed besides its answers; listen's

	answered uint64 // by this process
	batch    []answer
	fatal    error // it has said that it cannot work
	consumed int64 // bytes of its input that it has taken, by its end
}

func (c *pipeCrew) start(number int) {
	w := &pipeWorker{crew: c, number: number, wake: make(chan struct{}, 1)}
	c.mu.Lock()
	c.workers[number] = w
	c.mu.Unlock()
	c.all.Go(w.run)
}

func (c *pipeCrew) worker(number int) *pipeWorker {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.workers[number]
}

func (c *pipeCrew) send(number int, tasks []*Task) {
	w := c.worker(number)
	tasks = c.sendable(number, tasks)
	if len(tasks) == 0 {
		return
	}
	w.mu.Lock()
	w.waiting = append(w.waiting, tasks...)
	for len(tasks) > 0 {
		n := len(tasks)
		if !c.chunks {
			n = 1
		}
		for range n {
			w.starts = append(w.starts, w.encoded)
		}
		before := len(w.unsent)
		w.unsent = c.protocol.encode(w.unsent, tasks[:n])
		w.encoded += int64(len(w.unsent) - before)
		tasks = tasks[n:]
	}
	w.mu.Unlock()
	w.poke()
}

// sendable fails the tasks whose items cannot be sent, and returns the others.
func (c *pipeCrew) sendable(number int, tasks []*Task) []*Task {
	var good []*Task
	for i, t := range tasks {
		t.Item.Out = Outcome{At: t.Began}
		why := c.protocol.refuse(t.Item)
		if why == "" {
			if good != nil {
				good = append(good, t)
			}
			continue
		}
		if good == nil {
			good = append(make([]*Task, 0, len(tasks)), tasks[:i]...)
		}
		t.Item.Out.Failure = &Failure{Kind: "item", Message: why}
		c.post(event{kind: isAnswers, worker: number, answers: []answer{{t, plan.Failed, 0}}})
	}
	if good == nil {
		return tasks
	}
	return good
}

func (c *pipeCrew) retire(number int) {
	w := c.worker(number)
	w.mu.Lock()
	w.closing = true
	w.mu.Unlock()
	w.poke()
}

func (c *pipeCrew) kill(number int, _ []*Task, now bool) {
	w := c.worker(number)
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	how := 1
	if now || c.grace <= 0 {
		how = 2
	}
	if w.dead || how <= w.killing {
		return
	}
	w.killing = how
	w.signalLocked()
	w.poke()
}

// signalLocked carries out a kill, as soon as there is a process.
func (w *pipeWorker) signalLocked() {
	if w.started == nil {
		return
	}
	if w.killing == 2 {
		p := w.started
		w.crew.all.Go(func() { _ = p.SignalGroup(procs.SIGKILL) }) // fails if it has just ended
		return
	}
	p := w.started
	w.crew.all.Go(func() { _ = p.SignalGroup(procs.SIGTERM) })
	number, crew := w.number, w.crew
	time.AfterFunc(crew.grace, func() {
		if crew.worker(number) == w {
			crew.kill(number, nil, true)
		}
	})
}

func (c *pipeCrew) pid(number int) int {
	if w := c.worker(number); w != nil {
		return int(w.pid.Load())
	}
	return 0
}

func (c *pipeCrew) close() { c.all.Wait() }

func (w *pipeWorker) poke() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// run is the life of a worker's process.
func (w *pipeWorker) run() {
	w.crew.scarce.enter()
	why, err := w.live()
	for again := w.lacks(err); again != nil; again = w.lacks(err) {
		if !w.waits(again) {
			err = nil
			break
		}
		why, err = w.live()
	}
	w.crew.scarce.leave()
	if err != nil {
		w.crew.post(event{kind: isBroken, worker: w.number, err: err})
	}
	w.mu.Lock()
	w.dead = true
	on := w.on()
	if len(w.waiting) == 0 {
		on = plan.Nothing // what is given to it from now on is not sent
	}
	if at := max(on, 0); at < len(w.waiting) { // the plan may charge the first in any case
		out := &w.waiting[at].Item.Out
		out.Failure = &Failure{Kind: "lost: " + why.kind, Message: "its worker (pid " + fmt.Sprint(w.pid.Load()) + ") ended: " + why.message}
		out.Took, out.LastWords, out.WorkerExit, out.PID = 0, w.words.take(), why.exit, int(w.pid.Load())
	}
	w.waiting = nil
	w.mu.Unlock()
	w.pid.Store(0)
	w.crew.post(event{kind: isEnded, worker: w.number, on: on, why: why.message})
}

// lacks is for commands and for workers alike, see [commandLane].
func (w *pipeWorker) lacks(err error) (again chan struct{}) {
	if err == nil || w.started != nil {
		return nil
	}
	if w.state != nil {
		w.state.close()
		w.state = nil
	}
	again, first := w.crew.scarce.wait(err)
	if first {
		w.crew.post(isScarce(err))
	}
	return again
}

// waits returns once the worker may be started; it is false if it is not needed any more.
func (w *pipeWorker) waits(again chan struct{}) bool {
	for {
		select {
		case <-again:
			return true
		case <-w.wake:
		}
		w.mu.Lock()
		over := w.closing || w.killing > 0
		w.mu.Unlock()
		if over {
			w.crew.scarce.giveUp(again)
			return false
		}
	}
}

// on is which of the tasks that it has not answered it was on.
func (w *pipeWorker) on() int {
	if w.state == nil {
		if len(w.starts) > 0 && w.starts[0] >= w.consumed {
			return plan.Nothing
		}
		return plan.Unknown
	}
	begun, finished := w.state.read()
	w.state.close()
	if begun <= finished || begun <= w.answered {
		return plan.Nothing
	}
	return int(begun - w.answered - 1)
}

// death is how a worker's process ended; exit is nil where it never began.
type death struct {
	kind, message string
	exit          *procs.Exit
}

// live starts the process and stays until it has ended and all that it has
// answered is known. The error is why no worker can be had at all.
func (w *pipeWorker) live() (death, error) {
	pipes, err := openPipes()
	if err != nil {
		return death{}, fmt.Errorf("cannot start a worker: %w", err)
	}
	defer pipes.close()
	command, err := w.crew.command(w)
	if err != nil {
		return death{}, err
	}
	var p *spawn.Process
	if command.Streams, err = spawn.Join(pipes.theirs[0], pipes.theirs[1], pipes.theirs[2]); err == nil {
		p, err = w.crew.guard.Start(context.Background(), command)
	}
	for _, f := range command.Extra {
		_ = f.Close() // the process has its own
	}
	pipes.closeTheirs()
	if err != nil {
		return death{}, err
	}
	w.pid.Store(int64(p.Ref().PID))
	w.mu.Lock()
	w.started = p
	if w.killing > 0 {
		w.signalLocked()
	}
	w.mu.Unlock()
	if !w.crew.rises {
		w.crew.post(event{kind: isReady, worker: w.number})
	}
	var others sync.WaitGroup
	gone := make(chan struct{})
	others.Go(func() { w.write(pipes.items, gone) })
	others.Go(func() { w.listen(pipes.errors) })
	answers := make(chan error, 1)
	go func() { answers <- w.answers(pipes.answers) }()
	x, nonsense := w.await(p, pipes, answers)
	close(gone)
	_ = pipes.items.Close() // a write that waits ends
	pipes.errors.end()
	others.Wait()
	w.consumed = w.written - unread(pipes.probe)
	if m, ok := errors.AsType[misfitError](nonsense); ok && w.crew.unfit != nil && !w.crew.proven.Load() {
		return death{}, w.crew.unfit(m)
	}
	switch {
	case w.fatal != nil:
		return death{}, w.fatal
	case nonsense != nil:
		return death{"nonsense", nonsense.Error(), &x}, nil
	}
	return death{x.String(), exitMessage(x), &x}, nil
}

// await waits for the end of the process and of its answers.
func (w *pipeWorker) await(p *spawn.Process, pipes *workerPipes, answers <-chan error) (procs.Exit, error) {
	var nonsense error
	select {
	case x := <-p.Exit():
		pipes.answers.end() // what it wrote has been written
		return x, <-answers
	case nonsense = <-answers: // it has closed its output, or cannot be understood
	}
	if nonsense == nil {
		select {
		case x := <-p.Exit():
			return x, nil
		case <-time.After(time.Second):
			nonsense = errors.New("it closed its standard output")
		}
	}
	_ = p.SignalGroup(procs.SIGKILL) // fails if it has just ended
	return <-p.Exit(), nonsense
}

// write sends what is to be sent.
func (w *pipeWorker) write(to *os.File, gone <-chan struct{}) {
	var b []byte
	for {
		w.mu.Lock()
		b, w.unsent = w.unsent, b[:0]
		closing := w.closing
		w.mu.Unlock()
		if len(b) > 0 {
			n, err := to.Write(b)
			w.mu.Lock()
			w.written += int64(n)
			w.mu.Unlock()
			if err != nil {
				return // it has ended, or closed its input and will end
			}
			if cap(b) > 1<<20 {
				b = nil
			}
			continue
		}
		if closing {
			_ = to.Close() // all was written
			return
		}
		select {
		case <-w.wake:
		case <-gone:
			return
		}
	}
}

// listen hands on the lines of its standard error.
func (w *pipeWorker) listen(from *endable) {
	var c lineCutter
	line := func(l []byte) {
		w.words.add(l)
		w.crew.printed(w.number, l)
	}
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		c.cut(buf[:n], line)
		if err != nil {
			c.end(line)
			return
		}
	}
}

// answerBuffer is how much of answers is read at a time.
const answerBuffer = 64 << 10

// answers reads what the worker answers until the end.
func (w *pipeWorker) answers(from *endable) error {
	r := w.crew.protocol.reader(w)
	buf, have := make([]byte, answerBuffer), 0
	for {
		n, err := from.Read(buf[have:])
		have += n
		used, bad := r.read(buf[:have])
		have = copy(buf, buf[used:have])
		w.tell()
		switch {
		case bad != nil:
			return bad
		case err == nil:
		case errors.Is(err, io.EOF):
			return nil
		default:
			return err
		}
		if have == len(buf) {
			buf = append(buf, make([]byte, len(buf))...)
		} else if have < answerBuffer/2 && len(buf) > 16*answerBuffer {
			buf = append(make([]byte, 0, answerBuffer), buf[:have]...)[:answerBuffer]
		}
	}
}

// next takes the oldest task that has not been answered; nil if there is none.
func (w *pipeWorker) next() *Task {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.waiting) == 0 {
		return nil
	}
	t := w.waiting[0]
	w.waiting[0] = nil
	w.waiting, w.starts = w.waiting[1:], w.starts[1:]
	w.answered++
	return t
}

// answer notes what came of a task.
func (w *pipeWorker) answer(t *Task, v plan.Verdict, took time.Duration, bytes int) {
	t.Item.Out.Took, t.Item.Out.PID = took, int(w.pid.Load())
	w.batch = append(w.batch, answer{t, v, bytes})
}

// tell hands on what has been noted.
func (w *pipeWorker) tell() {
	if len(w.batch) > 0 {
		w.crew.post(event{kind: isAnswers, worker: w.number, answers: w.batch})
		w.batch = nil
	}
}

// workerPipes are a worker's three pipes.
type workerPipes struct {
	theirs  [3]*os.File
	items   *os.File
	answers *endable
	errors  *endable
	probe   *os.File // the worker's end of items, which tells how much it left
}

// unread is how many bytes of a pipe nobody has taken; see FIONREAD of
// ioctl_tty(2), which pipes have too.
func unread(pipe *os.File) int64 {
	n, err := unix.IoctlGetInt(int(pipe.Fd()), fionread)
	if err != nil {
		return 0
	}
	return int64(n)
}

func openPipes() (*workerPipes, error) {
	p := &workerPipes{}
	var ours [3]*os.File
	for i := range p.theirs {
		r, w, err := os.Pipe()
		if err != nil {
			p.closeTheirs()
			for _, f := range ours {
				_ = f.Close() // nothing was written; nil fails
			}
			return nil, err
		}
		p.theirs[i], ours[i] = w, r
		if i == 0 {
			p.theirs[i], ours[i] = r, w
		}
		_ = p.theirs[i].Fd() // which makes it wait, as programs expect of their streams
	}
	p.items, p.answers, p.errors = ours[0], &endable{File: ours[1]}, &endable{File: ours[2]}
	err := withDescriptor(p.theirs[0], func(fd uintptr) (err error) {
		fd2, err := unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0)
		if err == nil {
			p.probe = os.NewFile(uintptr(fd2), "items")
		}
		return err
	})
	if err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

// withDescriptor calls f with a file's descriptor and leaves the file as it is.
func withDescriptor(file *os.File, f func(fd uintptr) error) error {
	raw, err := file.SyscallConn()
	if err != nil {
		return err
	}
	var inner error
	if err := raw.Control(func(fd uintptr) { inner = f(fd) }); err != nil {
		return err
	}
	return inner
}

func (p *workerPipes) closeTheirs() {
	for i, f := range p.theirs {
		if f != nil {
			_ = f.Close() // the process has its own
			p.theirs[i] = nil
		}
	}
}

func (p *workerPipes) close() {
	p.closeTheirs()
	_, _, _ = p.items.Close(), p.answers.Close(), p.errors.Close() // read to their end, or of no use
	if p.probe != nil {
		_ = p.probe.Close() // nothing was written to it
	}
}

// endable is a pipe that can be brought to its end although somebody holds the
// other end open: what is in it is read, and then no more is waited for.
type endable struct {
	*os.File
	ending atomic.Bool
}

// end has Read return io.EOF once nothing is there.
func (e *endable) end() {
	e.ending.Store(true)
	_ = e.SetReadDeadline(time.Unix(1, 0)) // wakes a Read that waits
}

// Read implements [io.Reader].
func (e *endable) Read(p []byte) (int, error) {
	if !e.ending.Load() {
		n, err := e.File.Read(p)
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return n, err
		}
	}
	_ = e.SetReadDeadline(time.Time{}) // fails if the file is closed, and then so does what follows
	raw, err := e.SyscallConn()
	if err != nil {
		return 0, err
	}
	n, inner := 0, error(nil)
	err = raw.Read(func(fd uintptr) bool {
		for {
			n, inner = unix.Read(int(fd), p)
			if inner != unix.EINTR {
				return true
			}
		}
	})
	switch {
	case err != nil:
		return 0, err
	case inner == unix.EAGAIN || inner == nil && n <= 0:
		return 0, io.EOF
	case inner != nil:
		return 0, inner
	}
	return n, nil
}
