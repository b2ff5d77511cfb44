package pyagent

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// bellRest is how long nobody is rung again: agents may report much at once.
const bellRest = 10 * time.Millisecond

// bell rings when an agent has written to a file (inotify(7)).
type bell struct {
	file *os.File
	rung chan struct{}
}

// newBell returns a bell that hears nothing yet.
func newBell() (*bell, error) {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return nil, fmt.Errorf("cannot watch the reports: %w", err)
	}
	b := &bell{file: os.NewFile(uintptr(fd), "inotify"), rung: make(chan struct{}, 1)}
	go b.ring()
	return b, nil
}

// hear has it ring for one more file, until that is removed.
func (b *bell) hear(name string) error {
	raw, err := b.file.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = raw.Control(func(fd uintptr) {
		_, failed = unix.InotifyAddWatch(int(fd), name, unix.IN_MODIFY)
	})
	if err == nil {
		err = failed
	}
	return err
}

// ring rings until the bell is closed.
func (b *bell) ring() {
	buf := make([]byte, 4096)
	for {
		if _, err := b.file.Read(buf); err != nil {
			return
		}
		b.again()
		time.Sleep(bellRest)
	}
}

// again rings.
func (b *bell) again() {
	select {
	case b.rung <- struct{}{}:
	default: // it rings
	}
}

func (b *bell) close() { _ = b.file.Close() } // nothing was written
