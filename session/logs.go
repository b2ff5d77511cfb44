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
