package spawn

import (
	"context"
	"os"
	"os/signal"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"example.com/muster/internal/pages"
)

// channelFD is where the guard finds its end of the channel.
const channelFD = 3

// warden is the guard process: the parent of every child. Its main goroutine
// reads requests; each start has a goroutine that lives until the child has
// been reaped and its end reported, and then goes on with what has waited for
// that; one more reaps orphans.
type warden struct {
	channel *channel
	hello   hello
	screen  screen

	clock   atomic.Int32 // see startTime
	threads atomic.Int32 // see await

	children sync.WaitGroup // of goroutines, one a start
	starting sync.WaitGroup // of starts in progress

	mu       sync.Mutex
	byPID    map[int]*child
	byID     map[uint64]*child
	sessions map[int]bool    // of all programs that were started
	inFlight map[uint64]bool // starts in progress, by their number
	starts   uint64          // the number of the last start
	suspects map[int]uint64  // unknown children, and the last start when they were seen first
	turns    turns
}

// GuardMain is the main function of the guard process. It returns the code to
// exit with: 0 if nothing is left of what it had to end, 1 if something may
// not be signalled, 2 if this process was not started by [StartGuard].
func GuardMain() int {
	unix.CloseOnExec(channelFD)
	catchSignals()
	nameProcess()
	if err := becomeSubreaper(); err != nil {
		return 2
	}
	c, err := newChannel(channelFD)
	if err != nil {
		return 2
	}
	// Threads that wait for the ends of programs hold on to what runs goroutines until
	// the runtime takes it from them: as many more are for whoever has something to do.
	runtime.GOMAXPROCS(2 * runtime.GOMAXPROCS(0))
	defer time.AfterFunc(pages.After, pages.Drop).Stop()
	return newWarden(c).run()
}

func newWarden(c *channel) *warden {
	return &warden{
		channel: c, hello: hello{Grace: DefaultGrace},
		byPID: map[int]*child{}, byID: map[uint64]*child{}, sessions: map[int]bool{},
		inFlight: map[uint64]bool{}, suspects: map[int]uint64{}, turns: turns{},
	}
}

// catchSignals makes the guard deaf to what would end or stop it. The signals
// are caught, not ignored, as a child would inherit that they are ignored. A HUP
// that was ignored from the start (nohup) stays so. An INT or QUIT does not: the shell
// of a script has all that it puts into the background ignore them, while a program in
// a session of its own gets none but by muster, which was asked for it.
func catchSignals() {
	deaf := make(chan os.Signal, 1) // nobody reads it; what does not fit is dropped
	for _, sig := range []os.Signal{
		unix.SIGHUP, unix.SIGINT, unix.SIGTERM, unix.SIGQUIT, unix.SIGTSTP, unix.SIGTTIN, unix.SIGTTOU,
		unix.SIGPIPE, unix.SIGUSR1, unix.SIGUSR2, unix.SIGALRM,
	} {
		if sig != unix.SIGHUP || !signal.Ignored(sig) {
			signal.Notify(deaf, sig)
		}
	}
}

func (w *warden) run() (code int) {
	stop, swept := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(swept)
		w.reapOrphans(stop)
	}()
	grace, goodbye := w.serve()
	w.withdraw()
	if !goodbye {
		grace = w.hello.Grace
		w.screen.restore()
	}
	waitAtMost(&w.starting, time.Second)
	left := w.scope().end(context.Background(), grace)
	close(stop)
	<-swept
	if !goodbye {
		w.screen.wait() // for restore; muster itself gave the terminal back else
	}
	if left > 0 {
		return 1
	}
	waitAtMost(&w.children, time.Second) // until all ends are reported
	return 0
}

// serve carries out requests until muster says goodbye or vanishes.
func (w *warden) serve() (grace time.Duration, goodbye bool) {
	for {
		f, err := w.channel.receive()
		if err != nil {
			return 0, false
		}
		switch f.kind {
		case helloKind:
			err = w.greet(f)
		case startKind:
			err = w.start(f)
		case signalKind:
			err = w.signal(f)
		case screenKind:
			var m drawing
			if m, err = readDrawing(f.body); err == nil {
				w.screen.off = !m.On
			}
		case withdrawKind:
			var m withdraw
			if m, err = readWithdraw(f.body); err == nil {
				w.withdraw(m.Turn)
			}
		case byeKind:
			if m, err := readBye(f.body); err == nil {
				return m.Grace, true
			}
			err = errWire
		default:
			err = errWire
		}
		if err != nil {
			return 0, false
		}
	}
}

func (w *warden) greet(f frame) error {
	m, err := readHello(f.body)
	if err != nil || m.TTY != (len(f.fds) == 2) {
		return errWire
	}
	w.hello = m
	if m.TTY {
		w.screen = newScreen(f.fds[0], f.fds[1], m.Termios)
	}
	return nil
}

func (w *warden) signal(f frame) error {
	m, err := readSignal(f.body)
	if err != nil {
		return err
	}
	w.mu.Lock()
	c := w.byID[m.Process]
	w.mu.Unlock()
	err = unix.ESRCH
	if c != nil {
		err = c.signal(unix.Signal(m.Signal), m.Group)
	}
	return w.channel.send(signalled{ID: m.ID, Errno: errno(err)})
}

// sweepAfter is how long after an end what has ended is reaped: many ends, one
// sweep.
const sweepAfter = 50 * time.Millisecond

// reapOrphans reaps what is reparented to the guard, soon after it ended,
// until stop is closed. While it waits it is not told of further ends.
func (w *warden) reapOrphans(stop <-chan struct{}) {
	ended := make(chan os.Signal, 1)
	defer signal.Stop(ended)
	for {
		signal.Notify(ended, unix.SIGCHLD)
		for sweepOrphans(w.owned) {
			if !pause(stop, sweepAfter) {
				return
			}
		}
		select {
		case <-stop:
			return
		case <-ended:
		}
		signal.Stop(ended)
		if !pause(stop, sweepAfter) {
			return
		}
	}
}

// pause waits, and reports whether stop is still open.
func pause(stop <-chan struct{}, d time.Duration) bool {
	select {
	case <-stop:
		return false
	case <-time.After(d):
		return true
	}
}

// owned reports whether a child's end is waited for by the goroutine that
// started it, or may be: a pid that is not known can be that of a start in
// progress, so it is an orphan's only once all starts have ended that were in
// progress when it was seen first.
func (w *warden) owned(pid int) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.byPID[pid] != nil {
		delete(w.suspects, pid)
		return true
	}
	last, seen := w.suspects[pid]
	if !seen {
		last = w.starts
		w.suspects[pid] = last
	}
	for n := range w.inFlight {
		if n <= last {
			return true
		}
	}
	delete(w.suspects, pid)
	return false
}

// scope is what the guard ends: every descendant, or with KeepDaemons those
// in the sessions of the programs that were started.
func (w *warden) scope() scope {
	s := scope{
		spares: func(int) bool { return false },
		reap:   func() { sweepOrphans(w.owned) },
		empty: func() bool {
			some, _ := hasChildren()
			return !some
		},
		groups: w.groups,
	}
	if w.hello.KeepDaemons {
		s.empty = nil
		s.spares = func(sid int) bool {
			w.mu.Lock()
			defer w.mu.Unlock()
			return !w.sessions[sid]
		}
	}
	return s
}

func (w *warden) groups() []int {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []int
	for sid := range w.sessions {
		all = append(all, sid)
	}
	return all
}

// waitAtMost waits for a group, but not for ever: a start may hang in the
// kernel on a file system that does not answer.
func waitAtMost(g *sync.WaitGroup, limit time.Duration) {
	done := make(chan struct{})
	go func() {
		g.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(limit):
	}
}

// errno is the error as a number; EIO for an error that has none.
func errno(err error) unix.Errno {
	if err == nil {
		return 0
	}
	if n, ok := err.(unix.Errno); ok { //nolint:errorlint // made by the system call itself
		return n
	}
	return unix.EIO
}
