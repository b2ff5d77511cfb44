package session

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Most sessions are not named by anybody: [FreeName] gives each a number of its
// own. What became of the one before is news for the next of the same pools.

// before returns the record of the session that came before r and was named
// after the same pool; nil if there is none, if somebody has named r, or if
// that session lives.
func (r *Record) before() *Record {
	pool, ok := strings.CutSuffix(r.Session, fmt.Sprintf("-%d", r.PID))
	if !ok {
		return nil
	}
	dir := StateDir()
	dirs, err := sessionDirs(dir)
	if err != nil {
		return nil // then none are kept
	}
	var newest *Record
	var lives bool
	for _, d := range dirs {
		if newest != nil && d.at.Add(time.Second).Before(time.Time(newest.StartedAt)) {
			break // a session changes its directory when it starts: the rest is older
		}
		number, ok := strings.CutPrefix(d.name, pool+"-")
		if _, err := strconv.Atoi(number); !ok || err != nil || d.name == r.Session {
			continue
		}
		other, alive := look(filepath.Join(dir, d.name))
		if other != nil && (newest == nil || time.Time(other.StartedAt).After(time.Time(newest.StartedAt))) {
			newest, lives = other, alive
		}
	}
	if lives {
		return nil
	}
	return newest
}
