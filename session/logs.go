package session

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// LogsOf returns the directory with the log of a session, and whether that
// session lives. The directory is "" if there is none.
func LogsOf(name string) (dir string, lives bool) {
	if CheckName(name) != nil {
		return "", false
	}
	dir = filepath.Join(StateDir(), name)
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return "", false
	}
	record, lives := look(dir)
	if record != nil && record.LogDir != nil {
		dir = *record.LogDir // where --log-dir said
	}
	return dir, lives
}

// LogIn returns the record of the session that writes the log in a directory, and
// that it lives; else of the one that has written it last. It is nil if no
// record that is kept here names the directory: the session may be another
// user's or another machine's, or its name was used again.
func LogIn(dir string) (r *Record, lives bool) {
	places := []string{dir}
	names, _ := Logged() // what cannot be listed is not known
	for _, name := range names {
		places = append(places, filepath.Join(StateDir(), name))
	}
	for _, place := range places {
		of, alive := look(place)
		switch {
		case of == nil || of.LogDir == nil || !sameDir(*of.LogDir, dir):
		case alive:
			return of, true
		case r == nil:
			r = of
		}
	}
	return r, false
}

func sameDir(a, b string) bool {
	x, err1 := os.Stat(a)
	y, err2 := os.Stat(b)
	return err1 == nil && err2 == nil && os.SameFile(x, y)
}

// Logged returns the names of the sessions whose logs are kept, the newest
// first.
func Logged() ([]string, error) {
	stateDir := StateDir()
	dirs, err := sessionDirs(stateDir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("cannot look for logs: %w", err)
	}
	for i, d := range dirs {
		if r, _ := look(filepath.Join(stateDir, d.name)); r != nil {
			dirs[i].at = time.Time(r.StartedAt)
		}
	}
	slices.SortFunc(dirs, func(a, b sessionDir) int { return b.at.Compare(a.at) })
	names := make([]string, len(dirs))
	for i, d := range dirs {
		names[i] = d.name
	}
	return names, nil
}
