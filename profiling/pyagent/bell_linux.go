package pyagent

import (
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// bellRest is how long nobody is rung again: agents may report much at once.
	bellRest = 10 * time.Millisecond
	// bellAfter is when a bell begins to hear. To close what hears takes the kernel
	// some 15 ms (fsnotify_destroy_group waits for its readers), longer than a short
	// program runs.
	bellAfter = 100 * time.Millisecond
	// bellEvery is how often it rings where nothing can be heard.
	bellEvery = 100 * time.Millisecond
)

// bell rings when an agent has written to a file (inotify(7)).
type bell struct {
	rung  chan struct{}
	begin *time.Timer
	done  chan struct{} // closed with the bell

	mu   sync.Mutex // guards what follows
	name string     // what it hears
	file *os.File   // nil until it has begun
}

// newBell returns a bell for a file. What is written before it begins to hear it
// rings for then.
func newBell(name string) (*bell, error) {
	b := &bell{rung: make(chan struct{}, 1), done: make(chan struct{}), name: name}
	b.begin = time.AfterFunc(bellAfter, b.open)
	return b, nil
}

// open begins to hear.
func (b *bell) open() {
	b.mu.Lock()
	defer b.mu.Unlock()
	select {
	case <-b.done:
		return
	default:
	}
	if b.listen() != nil {
		go b.tick()
		return
	}
	go b.ring()
	b.again()
}

// listen has the kernel tell of what is written from now on.
func (b *bell) listen() error {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return err
	}
	b.file = os.NewFile(uintptr(fd), "inotify")
	return b.add()
}

// hear has it ring for another file; the one before is to be removed.
func (b *bell) hear(name string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.name = name
	if b.file == nil {
		return nil
	}
	return b.add()
}

func (b *bell) add() error {
	raw, err := b.file.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = raw.Control(func(fd uintptr) {
		_, failed = unix.InotifyAddWatch(int(fd), b.name, unix.IN_MODIFY)
	})
	if err == nil {
		err = failed
	}
	return err
}

// ring rings until the bell is closed.
func (b *bell) ring() {
	for b.turn() == nil {
		time.Sleep(bellRest)
	}
}

// turn waits until something is heard, and rings once for all that has been.
func (b *bell) turn() error {
	var buf [4096]byte
	if _, err := b.file.Read(buf[:]); err != nil {
		return err
	}
	b.again()
	return nil
}

// tick rings now and then until the bell is closed.
func (b *bell) tick() {
	tick := time.NewTicker(bellEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			b.again()
		case <-b.done:
			return
		}
	}
}

// again rings.
func (b *bell) again() {
	select {
	case b.rung <- struct{}{}:
	default: // it rings
	}
}

func (b *bell) close() {
	b.begin.Stop()
	b.mu.Lock()
	defer b.mu.Unlock()
	close(b.done)
	if b.file != nil {
		_ = b.file.Close() // nothing was written
	}
}
