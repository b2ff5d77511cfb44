package locks

import (
	"golang.org/x/sys/unix"

	"example.com/muster/profiling/locks/graph"
)

// thread is one thread that is looked at, with its files of /proc kept open:
// a read of an open one costs an eighth. They stay with this very thread; once
// it has ended, reads fail with ESRCH.
type thread struct {
	graph.Thread
	syscall, schedstat file

	ran     uint64
	newest  uint64 // what ran was once it was known where the thread is
	blocked blocked
	at      call
	// seen says that blocked is what it is in; not permitted, it is not.
	seen bool
	// fresh says that it has run, or was not seen, since the look before.
	fresh    bool
	last     found
	stack    readStack
	queue    readQueue
	handlers handlers
}

// found is what the look before found out about a thread.
type found struct {
	doing   graph.Doing
	waits   graph.ID // "" for nothing that has an ID
	forWork bool
}

// look finds out what the thread is blocked in. It returns false when the
// thread has ended.
func (t *thread) look() bool {
	var buf [256]byte
	b, err := t.schedstat.read(buf[:])
	if err != nil {
		return false
	}
	ran := parseRan(b)
	t.newest = ran
	if t.seen && ran == t.ran && ran != 0 && !t.blocked.Running {
		t.fresh = false // who has not had a CPU since is where it was
		return true
	}
	t.ran, t.fresh, t.seen = ran, true, false
	b, err = t.syscall.read(buf[:])
	if again, err := t.schedstat.read(buf[128:]); err == nil { // it may have got there since
		t.newest = parseRan(again)
	}
	if err == unix.ESRCH {
		return false
	}
	if err != nil {
		return true // not permitted
	}
	if t.blocked, t.seen = parseBlocked(b); t.seen {
		t.at = t.blocked.asked()
	}
	return true
}

func (t *thread) close(room *int) {
	t.syscall.close(room)
	t.schedstat.close(room)
}

// file is a file of /proc that is read again and again. Where too many are
// open already, it is opened for each read.
type file struct {
	fd   int // -1 if it is not kept open
	name string
}

// openFile opens a file, if there is room for one more.
func openFile(name string, room *int) (file, error) {
	f := file{fd: -1, name: name}
	if *room <= 0 {
		return f, nil
	}
	fd, err := unix.Open(name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return f, err
	}
	*room--
	f.fd = fd
	return f, nil
}

func (f file) read(buf []byte) ([]byte, error) {
	fd := f.fd
	if fd < 0 {
		var err error
		if fd, err = unix.Open(f.name, unix.O_RDONLY|unix.O_CLOEXEC, 0); err != nil {
			if err == unix.ENOENT {
				err = unix.ESRCH
			}
			return nil, err
		}
		defer func() { _ = unix.Close(fd) }() // it was only read
	}
	n, err := unix.Pread(fd, buf, 0)
	if err != nil {
		return nil, err
	}
	return buf[:n], nil
}

func (f file) close(room *int) {
	if f.fd >= 0 {
		_ = unix.Close(f.fd) // it was only read
		*room++
	}
}
