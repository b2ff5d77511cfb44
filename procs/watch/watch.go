// Package watch tells when files change that a pool's watch patterns name.
//
// Start at [New] and [Watcher.Run]. Patterns are globs as in .gitignore, with
// ** and !, relative to one directory; what the .gitignore files there ignore
// is not watched, nor is what editors and version control leave (rules.go).
// Directories that come later are watched as they come. Symbolic links are not
// followed, so there are no loops. Changes that come close together are told
// together (batch.go).
//
// Linux bounds how many directories a user may watch. What is beyond that
// bound is not watched, and a notice says so.
package watch

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/fsnotify/fsnotify"
)

// Watcher watches the files of one pool.
type Watcher struct {
	// Notice is told, in the words of a sentence's beginning, what cannot be
	// watched; nil drops it.
	Notice func(text string)

	dir     string // absolute, without symbolic links where it is there
	wanted  rules
	ignored map[string]rules // of the .gitignore file of each directory
	above   rules            // of those above dir, up to the top of its repository

	notify *fsnotify.Watcher
	batch  batch
	full   bool // the bound on watches was told
	gone   bool // dir is not there
}

// retryEvery is how often it is looked whether a directory that was removed
// is there again.
const retryEvery = 500 * time.Millisecond

// New returns a watcher of the files below dir that patterns name; "" is the
// working directory. The error is a pattern that is none.
func New(dir string, patterns []string) (*Watcher, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("cannot watch %s: %w", dir, err)
	}
	if real, err := filepath.EvalSymlinks(abs); err == nil {
		abs = real
	}
	w := &Watcher{dir: abs, ignored: map[string]rules{}}
	for _, p := range patterns {
		r, err := parseRule(p, abs)
		if err != nil {
			return nil, fmt.Errorf("cannot watch %q: %w", p, err)
		}
		if len(w.wanted) == 0 && r.not { // all but these
			w.wanted = append(w.wanted, everything(abs))
		}
		w.wanted = append(w.wanted, r)
	}
	return w, nil
}

// Run calls changed with the names of files, relative to the directory, after
// they were created, written, removed or renamed: once nothing has happened
// for 200 ms, or after 2 s of constant change. No changes are lost while
// changed runs, but it should be quick. Run returns when ctx is done, or with
// an error if nothing can be watched.
func (w *Watcher) Run(ctx context.Context, changed func(names []string)) error {
	var err error
	if w.notify, err = fsnotify.NewWatcher(); err != nil {
		return fmt.Errorf("cannot watch %s: %w", w.dir, instances(err))
	}
	defer w.notify.Close() //nolint:errcheck // nothing is written
	w.above = repositoryRules(w.dir)
	w.find()
	w.loop(ctx, w.notify.Events, w.notify.Errors, changed)
	return nil
}

// loop takes events and tells of changes, until ctx is done.
func (w *Watcher) loop(ctx context.Context, events <-chan fsnotify.Event, errs <-chan error, changed func([]string)) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		timer.Reset(w.wait(time.Now()))
		select {
		case <-ctx.Done():
			return
		case e := <-events:
			w.event(e)
		case err := <-errs:
			w.failed(err)
		case <-timer.C:
		}
		if w.gone {
			w.find()
		}
		if names := w.batch.take(time.Now()); len(names) > 0 {
			changed(names)
		}
	}
}

// wait returns how long nothing needs to be done unless an event comes.
func (w *Watcher) wait(now time.Time) time.Duration {
	d := time.Hour
	if w.gone {
		d = retryEvery
	}
	if due, ok := w.batch.due(); ok {
		d = min(d, max(0, due.Sub(now)))
	}
	return d
}

// find watches the whole directory, if it is there. Files of one that was gone
// count as changed.
func (w *Watcher) find() {
	info, err := os.Stat(w.dir)
	if err != nil || !info.IsDir() {
		w.lose()
		return
	}
	again := w.gone
	w.gone = false
	w.add(w.dir, again)
}

// lose notes that the directory is not there.
func (w *Watcher) lose() {
	if !w.gone {
		w.say("%s is not there; it is watched as soon as it is", w.dir)
	}
	w.gone = true
}

// add watches a directory and those below it. If its files are new, they have
// changed.
func (w *Watcher) add(dir string, fresh bool) {
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return nil //nolint:nilerr // it is gone, or not to be read: then there is nothing to watch
		case w.ignores(path, d.IsDir()):
			if d.IsDir() {
				return filepath.SkipDir
			}
		case d.IsDir():
			w.ignored[path] = readRules(filepath.Join(path, gitignore), path)
			w.watch(path)
		case fresh && w.wants(path):
			w.change(path)
		}
		return nil
	})
}

// watch adds one directory.
func (w *Watcher) watch(dir string) {
	err := w.notify.Add(dir)
	switch {
	case err == nil, errors.Is(err, fs.ErrNotExist):
	case errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EMFILE):
		if !w.full {
			w.full = true
			w.say("not everything below %s is watched: the system's bound on watches is reached; raise it with: sysctl fs.inotify.max_user_watches=524288", w.dir)
		}
	default:
		w.say("%s is not watched: %v", dir, err)
	}
}

// event takes what happened to one file or directory.
func (w *Watcher) event(e fsnotify.Event) {
	path := filepath.Clean(e.Name)
	if path == w.dir {
		if e.Op.Has(fsnotify.Remove) || e.Op.Has(fsnotify.Rename) {
			_ = w.notify.Remove(w.dir) // one that was moved away is still watched
			w.lose()
		}
		return
	}
	if e.Op&^fsnotify.Chmod == 0 {
		return
	}
	if filepath.Base(path) == gitignore && !w.ignores(path, false) {
		w.ignored[filepath.Dir(path)] = readRules(path, filepath.Dir(path))
		w.add(filepath.Dir(path), false) // what it ignored before
	}
	info, err := os.Lstat(path)
	if err == nil && info.IsDir() {
		if e.Op.Has(fsnotify.Create) && !w.ignores(path, true) {
			w.add(path, true)
		}
		return
	}
	if !w.ignores(path, false) && w.wants(path) {
		w.change(path)
	}
}

// failed takes an error of the notifications: when too many came, all that is
// known is that something has changed.
func (w *Watcher) failed(err error) {
	if errors.Is(err, fsnotify.ErrEventOverflow) {
		w.add(w.dir, false) // directories may have come
		w.batch.add(time.Now(), "more files than could be followed")
		return
	}
	w.say("changes below %s may be missed: %v", w.dir, err)
}

func (w *Watcher) change(path string) {
	name, err := filepath.Rel(w.dir, path)
	if err != nil {
		name = path
	}
	w.batch.add(time.Now(), filepath.ToSlash(name))
}

// wants reports whether the patterns name a file.
func (w *Watcher) wants(path string) bool {
	verdict, _ := w.wanted.lastWithin(filepath.ToSlash(path), filepath.ToSlash(w.dir))
	return verdict
}

// ignores reports whether something below the directory is none of ours: a
// directory on its way is, or it is itself.
func (w *Watcher) ignores(path string, isDir bool) bool {
	if path == w.dir {
		return false
	}
	rel, err := filepath.Rel(w.dir, path)
	if err != nil {
		return true
	}
	at := w.dir
	parts := strings.Split(rel, string(filepath.Separator))
	for i, part := range parts {
		at = filepath.Join(at, part)
		dir := isDir || i < len(parts)-1
		if never(part, dir) || w.ignoredByGit(at, dir) {
			return true
		}
	}
	return false
}

// ignoredByGit asks the .gitignore files from the nearest to the furthest: the
// first that says anything decides.
func (w *Watcher) ignoredByGit(path string, isDir bool) bool {
	slash := filepath.ToSlash(path)
	for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) {
		if verdict, ok := w.ignored[dir].last(slash, isDir); ok {
			return verdict
		}
		if dir == w.dir || len(dir) < len(w.dir) {
			break
		}
	}
	verdict, _ := w.above.last(slash, isDir)
	return verdict
}

func (w *Watcher) say(format string, args ...any) {
	if w.Notice != nil {
		w.Notice(fmt.Sprintf(format, args...))
	}
}

// instances says what to do when there are too many watchers.
func instances(err error) error {
	if errors.Is(err, syscall.EMFILE) {
		return fmt.Errorf("%w; raise the bound with: sysctl fs.inotify.max_user_instances=1024", err)
	}
	return err
}
