package session

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/adrg/xdg"
)

// KeptSessions is how many sessions' logs are kept; those of older ones are removed.
const KeptSessions = 20

// StateDir returns the directory under which each session keeps its logs:
// $XDG_STATE_HOME/muster, or one in the temporary directory without a home. A home that
// is no absolute path is none: it would be another one in each directory.
func StateDir() string {
	if !filepath.IsAbs(os.Getenv("XDG_STATE_HOME")) && !filepath.IsAbs(os.Getenv("HOME")) {
		return filepath.Join(os.TempDir(), fmt.Sprintf("muster-%d-state", os.Getuid()))
	}
	reading.Lock() // whoever asks several sessions at a time comes here at a time
	defer reading.Unlock()
	xdg.Reload()
	return filepath.Join(xdg.StateHome, "muster")
}

// reading guards what package xdg keeps of the environment.
var reading sync.Mutex

// LogDir makes the directory for a session's logs.
func LogDir(stateDir, name string) (string, error) {
	if err := os.MkdirAll(stateDir, 0o700); err != nil {
		return "", err
	}
	if err := private(stateDir); err != nil {
		return "", err
	}
	dir := filepath.Join(stateDir, name)
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", err
	}
	if err := private(dir); err != nil {
		return "", err
	}
	return dir, nil
}

// prune removes the oldest session directories but keep, and spares those of
// sessions that live. One that cannot be removed stays; it does no harm but for
// its space.
func prune(stateDir string, keep int) {
	dirs, err := sessionDirs(stateDir)
	if err != nil {
		return
	}
	for _, d := range dirs[min(keep, len(dirs)):] { // only these are asked: it is the start of every run
		path := filepath.Join(stateDir, d.name)
		if _, lives := look(path); !lives && !Running(d.name) {
			_ = os.RemoveAll(path)
		}
	}
}

// sessionDir is the directory of a session's log.
type sessionDir struct {
	name string
	at   time.Time // when it was last changed
}

// sessionDirs lists those directories, the one that was changed last first.
func sessionDirs(stateDir string) ([]sessionDir, error) {
	entries, err := os.ReadDir(stateDir)
	if err != nil {
		return nil, err
	}
	var dirs []sessionDir
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && e.IsDir() && CheckName(e.Name()) == nil {
			dirs = append(dirs, sessionDir{e.Name(), info.ModTime()})
		}
	}
	slices.SortFunc(dirs, func(a, b sessionDir) int { return b.at.Compare(a.at) })
	return dirs, nil
}

// CheckName reports why a session cannot have this name.
func CheckName(name string) error {
	if name == "" || len(name) > 40 {
		return fmt.Errorf("cannot name a session %q: a name has 1 to 40 characters", name)
	}
	for _, r := range name {
		if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-", r) {
			return fmt.Errorf("cannot name a session %q: only letters, digits, dot, dash and underscore", name)
		}
	}
	if strings.HasPrefix(name, ".") || strings.HasPrefix(name, "-") {
		return fmt.Errorf("cannot name a session %q: it begins with %q", name, name[:1])
	}
	return nil
}

// FreeName returns a session name for a pool that no session uses.
func FreeName(pool string) string {
	base := strings.Map(func(r rune) rune {
		if CheckName("x"+string(r)) != nil {
			return '-'
		}
		return r
	}, pool)
	base = strings.TrimLeft(base, ".-")
	base = base[:min(len(base), 24)]
	if base == "" {
		base = "muster"
	}
	return fmt.Sprintf("%s-%d", base, os.Getpid())
}
