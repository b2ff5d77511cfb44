package session

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"example.com/muster/internal/named"
)

// A socket that nobody listens on was left behind by a session that was killed,
// or is one that is being made: it is bound first and listened on then. Whoever
// makes or clears one holds a lock (flock(2)) on its directory meanwhile.

// knock reports whether somebody listens on a socket, or it is there and
// nobody does.
func knock(path string) (answers, stale bool) {
	conn, err := net.DialTimeout("unix", path, time.Second)
	if err != nil {
		full := errors.Is(err, syscall.EAGAIN) // its queue is: the session is stopped, or very busy
		return full, errors.Is(err, syscall.ECONNREFUSED)
	}
	_ = conn.Close() // nothing was written
	return true, false
}

// sweep removes a socket that was left behind, unless somebody is about to
// make or to clear one: then it is looked at again next time.
func sweep(path string) {
	unlock, err := lockSockets(filepath.Dir(path))
	if err != nil {
		return
	}
	defer unlock()
	if _, stale := knock(path); stale {
		_ = os.Remove(path) // it does no harm but to be looked at again
	}
}

// lockSockets locks a directory of sockets.
func lockSockets(dir string) (unlock func(), err error) {
	file, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	if err := lock(file); err != nil {
		_ = file.Close() // nothing is written
		return nil, err
	}
	return func() { _ = file.Close() }, nil // the lock goes with it
}

// bound is a socket that a session listens on, and the file by which it is found.
type bound struct {
	net.Listener
	path string
	file os.FileInfo // nobody else's has its inode while the session listens
}

// there reports whether the file is still the socket's.
func (b bound) there() bool { return !named.Lost(b.path, b.file) }

// listen makes the socket of a session. A socket that a dead session left
// behind is replaced. To close it leaves the file alone.
func listen(path string) (bound, error) {
	unlock, err := lockSockets(filepath.Dir(path))
	if err == nil {
		defer unlock()
	} // else somebody has kept it for long: better a session than a clean directory
	if answers, _ := knock(path); answers {
		return bound{}, ErrInUse
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return bound{}, err
	}
	ln, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return bound{}, err
	}
	ln.SetUnlinkOnClose(false) // it may be another's by then
	file, err := os.Lstat(path)
	if err != nil {
		_ = ln.Close() // nobody finds it
		return bound{}, err
	}
	return bound{ln, path, file}, nil
}
