// Package lastwords keeps the directory to which the runtime of Go programs that
// import profiling/agent writes its dump when they crash, and in which they are
// asked for profiles: see there. Start at [Make].
package lastwords

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"example.com/muster/procs"
)

// Dir is such a directory. Its methods may be called from any goroutine.
type Dir struct{ path string }

// Make makes the directory, which must not exist or be the remains of an
// earlier one, for the user's eyes only.
func Make(path string) (*Dir, error) {
	if err := os.RemoveAll(path); err != nil {
		return nil, fmt.Errorf("cannot keep the last words of Go programs: %w", err)
	}
	if err := os.Mkdir(path, 0o700); err != nil {
		return nil, fmt.Errorf("cannot keep the last words of Go programs: %w", err)
	}
	return &Dir{path}, nil
}

// Renew makes the directory again if somebody has removed it.
func (d *Dir) Renew() error {
	if err := os.MkdirAll(d.path, 0o700); err != nil {
		return fmt.Errorf("cannot keep the last words of Go programs: %w", err)
	}
	return nil
}

// Variable is what the environment of a program has to hold.
func (d *Dir) Variable() string { return "MUSTER_GO_CRASHES=" + d.path }

// Remove removes the directory.
func (d *Dir) Remove() error { return os.RemoveAll(d.path) }

// maxText bounds what is read of a dump, in bytes.
const maxText = 2 << 20

// Of returns what the runtime of a process that has ended wrote, as lines of
// its standard error, and removes it; nil if there is nothing. since is when the
// process began, zero if not known: what is older is another one's.
func (d *Dir) Of(id procs.ID, pid int, since time.Time) []procs.Line {
	name := filepath.Join(d.path, strconv.Itoa(pid))
	_ = os.Remove(name + ".sock") // at which it was asked; else it goes with the directory
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil
	}
	defer f.Close() // only read
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() || info.ModTime().Before(since) {
		return nil
	}
	_ = os.Remove(name) // else it goes with the directory
	text, err := io.ReadAll(io.LimitReader(f, maxText))
	if err != nil {
		return nil
	}
	var lines []procs.Line
	for line := range bytes.Lines(text) {
		lines = append(lines, procs.Line{
			Seq: uint64(len(lines)), ID: id, At: info.ModTime(), Stream: procs.Stderr, PID: pid, Text: bytes.TrimSuffix(line, []byte("\n")),
		})
	}
	return lines
}
