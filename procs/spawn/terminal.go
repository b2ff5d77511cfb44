package spawn

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"example.com/muster/procs/tape"
)

// Terminal is muster's end of the terminal of a program. Its methods may be
// called from any goroutine.
type Terminal struct {
	file    *os.File
	turn    chan struct{} // holds a value while somebody types
	tape    tape.Tape
	queries queries // of the goroutine that reads the terminal
}

// Open returns what the program sends to its terminal, beginning with what it
// has sent lately. Close it.
func (t *Terminal) Open() *tape.View { return t.tape.Open() }

// seen is shown what the program has sent. Nobody else calls it at the same time.
func (t *Terminal) seen(p []byte) {
	answers := t.queries.scan(p)
	if t.tape.Write(p) || len(answers) == 0 {
		return
	}
	// If the program does not read, the answer is dropped: waiting for it could
	// last for ever, as the program may be waiting for us to read. Not by
	// file.Write: one that waits holds its lock.
	_ = withFD(t.file, func(fd int) error {
		_, err := unix.Write(fd, answers)
		return err
	})
}

// typeWait bounds how long a program may take to read what is typed.
const typeWait = 5 * time.Second

var errUnread = errors.New("it does not read what is typed")

// Type writes to the terminal as a keyboard would. It waits while the program
// does not read, until ctx's deadline or for five seconds.
func (t *Terminal) Type(ctx context.Context, p []byte) error {
	ctx, cancel := context.WithTimeout(ctx, typeWait)
	defer cancel()
	select {
	case t.turn <- struct{}{}:
		defer func() { <-t.turn }()
	case <-ctx.Done():
		return errUnread
	}
	deadline, _ := ctx.Deadline()
	if err := t.file.SetWriteDeadline(deadline); err != nil {
		return gone(err)
	}
	n, err := t.file.Write(p)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("%w: it has taken %d of %d bytes", errUnread, n, len(p))
	}
	return gone(err)
}

// gone is why a terminal cannot be written to.
func gone(err error) error {
	if errors.Is(err, os.ErrClosed) || errors.Is(err, unix.EIO) {
		return errors.New("its terminal has been closed")
	}
	return err
}

// resize tells the program the size of its terminal.
func (t *Terminal) resize(cols, rows int) error {
	return withFD(t.file, func(fd int) error { return setSize(fd, cols, rows) })
}
