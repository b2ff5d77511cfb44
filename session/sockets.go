package session

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// socketSuffix is how the name of a session's socket ends.
const socketSuffix = ".sock"

// maxSocketPath is how long the path of a socket may be, in bytes: unix(7) has
// room for 108 on Linux and 104 on macOS, with a zero byte at the end.
const maxSocketPath = 103

// socketsOfDetached is the directory of their sockets below [StateDir].
const socketsOfDetached = ".sockets"

// socketDir is a directory of sockets.
type socketDir struct {
	path string
	// parents says that those above it are to be made too.
	parents bool
}

func (d socketDir) of(name string) string { return filepath.Join(d.path, name+socketSuffix) }

// runtimeDir is where the sockets of sessions with a terminal are: under
// $XDG_RUNTIME_DIR, which goes with the login.
func runtimeDir() (socketDir, bool) {
	base := os.Getenv("XDG_RUNTIME_DIR")
	if base == "" {
		return socketDir{}, false
	}
	info, err := os.Stat(base)
	return socketDir{path: filepath.Join(base, "muster")}, err == nil && info.IsDir()
}

// tempDirs are where sockets are if there is no better place: in the temporary
// directory, or in /tmp if that has a long name.
func tempDirs() []socketDir {
	own := fmt.Sprintf("muster-%d", os.Getuid())
	dirs := []socketDir{{path: filepath.Join(os.TempDir(), own)}}
	const usualName = 20
	if len(dirs[0].of(strings.Repeat("x", usualName))) > maxSocketPath {
		dirs = append(dirs, socketDir{path: filepath.Join("/tmp", own)})
	}
	return dirs
}

// socketDirs are the places for the socket of a session, the best one first.
func socketDirs(detached bool) []socketDir {
	var dirs []socketDir
	if detached {
		dirs = append(dirs, stateSockets())
	} else if d, ok := runtimeDir(); ok {
		dirs = append(dirs, d)
	}
	dirs = append(dirs, tempDirs()...)
	if !detached { // the temporary directory's name may be somebody else's already
		dirs = append(dirs, stateSockets())
	}
	return dirs
}

// stateSockets is where the sockets of detached sessions are.
func stateSockets() socketDir {
	return socketDir{path: filepath.Join(StateDir(), socketsOfDetached), parents: true}
}

// allSocketDirs are all places where a session's socket may be.
func allSocketDirs() []socketDir { return socketDirs(false) }

// socketFor returns the path of a session's socket to be, in a directory that
// is 0700 and the user's own.
func socketFor(name string, detached bool) (string, error) {
	var first error
	for _, d := range socketDirs(detached) {
		path := d.of(name)
		err := error(nil)
		if n := len(path); n > maxSocketPath {
			err = fmt.Errorf("the path of its socket would have %d bytes, %d are possible: choose a shorter --session or TMPDIR", n, maxSocketPath)
		} else {
			err = d.open()
		}
		if err == nil {
			return path, nil
		}
		if first == nil {
			first = err
		}
	}
	return "", first
}

// open makes the directory and sees to it that it is nobody else's.
func (d socketDir) open() error {
	mkdir := os.Mkdir
	if d.parents {
		mkdir = os.MkdirAll
	}
	if err := mkdir(d.path, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return private(d.path)
}

// usable reports whether the directory is there and nobody else's.
func (d socketDir) usable() bool { return private(d.path) == nil }

// socketOf returns the path of the socket of a session that listens on it. A
// socket that nobody listens on any more is removed.
func socketOf(name string) (path string, ok bool) {
	if CheckName(name) != nil {
		return "", false
	}
	for _, d := range allSocketDirs() {
		if path := d.of(name); len(path) <= maxSocketPath && d.usable() && listened(path) {
			return path, true
		}
	}
	return "", false
}

func listened(path string) bool {
	answers, stale := knock(path)
	if stale {
		sweep(path)
	}
	return answers
}

// Running reports whether a session of that name listens on its socket.
func Running(name string) bool {
	_, ok := socketOf(name)
	return ok
}

// Sessions returns the names of the sessions that listen on their sockets,
// sorted, and removes sockets that nobody serves any more.
func Sessions() ([]string, error) {
	var names []string
	var first error
	for _, d := range allSocketDirs() {
		entries, err := os.ReadDir(d.path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) && first == nil {
			first = fmt.Errorf("cannot look for sessions: %w", err)
		}
		for _, e := range entries {
			if name, ok := strings.CutSuffix(e.Name(), socketSuffix); ok && d.usable() && listened(d.of(name)) {
				names = append(names, name)
			}
		}
	}
	if len(names) > 0 {
		first = nil // who is there can be asked
	}
	slices.Sort(names)
	return slices.Compact(names), first
}
