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
	entries, err := os.ReadDir(stateDir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("cannot look for logs: %w", err)
	}
	type kept struct {
		name string
		at   time.Time
	}
	var all []kept
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !e.IsDir() || CheckName(e.Name()) != nil {
			continue
		}
		at := info.ModTime()
		if r, _ := look(filepath.Join(stateDir, e.Name())); r != nil {
			at = time.Time(r.StartedAt)
		}
		all = append(all, kept{e.Name(), at})
	}
	slices.SortFunc(all, func(a, b kept) int { return b.at.Compare(a.at) })
	names := make([]string, len(all))
	for i, k := range all {
		names[i] = k.name
	}
	return names, nil
}
