package session

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"example.com/muster/internal/named"
	"example.com/muster/procs/spawn"
)

// Record is what a session leaves about itself in its directory below
// [StateDir], so that others can tell how it ended. The file is locked
// (flock(2)) for as long as the session's process lives: the kernel lets go of
// the lock however that ends, and no pid has to be trusted.
type Record struct {
	Session   string   `json:"session"`
	PID       int      `json:"pid"`
	StartedAt Time     `json:"started_at"`
	Argv      []string `json:"argv"`
	Detached  bool     `json:"detached"`
	LogDir    *string  `json:"log_dir"`
	// EndingAt is there from when the session takes its socket away, since it ends.
	EndingAt *Time `json:"ending_at,omitempty"`
	// EndedAt and Code are null until the session has ended in good order.
	EndedAt *Time `json:"ended_at"`
	Code    *int  `json:"code"`
}

// recordName is the name of the file.
const recordName = "session.json"

// Lasting is a session's own record, locked until Close.
type Lasting struct {
	record Record
	state  string        // below which its directory is, whatever becomes of the environment
	pruned chan struct{} // closed when the directories of old sessions have gone

	mu   sync.Mutex
	file *os.File
}

// Keep writes the record of a session that begins, and returns what the
// session of that name before it has left, or of one that nobody has named
// either: nil if there was none. Meanwhile, until Close at the latest, the
// directories of all but the last [KeptSessions] sessions are removed. The error
// is [ErrInUse] if that one lives.
func Keep(r Record) (l *Lasting, before *Record, err error) {
	state := StateDir()
	file, err := openRecord(state, r.Session)
	if err != nil {
		return nil, nil, err
	}
	if before = readRecord(file); before == nil {
		before = r.before()
	}
	l = &Lasting{file: file, record: r, state: state, pruned: make(chan struct{})}
	if err := l.write(); err != nil {
		_ = file.Close() // it is of no use
		return nil, before, fmt.Errorf("cannot keep a record: %w", err)
	}
	go func() {
		defer close(l.pruned)
		prune(state, KeptSessions)
	}()
	return l, before, nil
}

// openRecord opens the file of a session's record, which it makes if need be, and locks it.
func openRecord(state, name string) (*os.File, error) {
	dir, err := LogDir(state, name)
	if err != nil {
		return nil, err
	}
	file, err := os.OpenFile(filepath.Join(dir, recordName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("cannot keep a record: %w", err)
	}
	if err := lock(file); err != nil {
		_ = file.Close() // nothing is written
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = ErrInUse
		}
		return nil, fmt.Errorf("cannot start session %q: %w", name, err)
	}
	return file, nil
}

// Renew makes the record anew where somebody has removed it, as with the session's
// directory, and says whether it did. The error is [ErrInUse] if another session has
// taken the name meanwhile.
func (l *Lasting) Renew() (renewed bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.renew()
}

func (l *Lasting) renew() (renewed bool, err error) {
	if !removed(l.file, filepath.Join(l.Dir(), recordName)) {
		return false, nil
	}
	file, err := openRecord(l.state, l.record.Session)
	if err != nil {
		return false, err
	}
	_ = l.file.Close() // nobody finds it
	l.file = file
	return true, l.write()
}

// Dir returns the directory in which the record is.
func (l *Lasting) Dir() string { return filepath.Join(l.state, l.record.Session) }

// removed reports whether an open file does not have its name any more.
func removed(file *os.File, name string) bool {
	ours, _ := file.Stat() // nil if it cannot tell: then any file will do
	return named.Lost(name, ours)
}

// lock takes the lock that a living session holds. Somebody who looks whether
// one does has it for a moment, too.
func lock(file *os.File) (err error) {
	for range 10 {
		if err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); !errors.Is(err, syscall.EWOULDBLOCK) {
			return err
		}
		time.Sleep(5 * time.Millisecond)
	}
	return err
}

// write puts the record into the file. It is short, and there is one at any time.
func (l *Lasting) write() error {
	b, err := json.Marshal(l.record)
	if err != nil {
		return err
	}
	b = append(b, '\n')
	if _, err := l.file.WriteAt(b, 0); err != nil {
		return err
	}
	return l.file.Truncate(int64(len(b))) // what is behind the record is not read
}

// Ending notes that the session is about to end, for who finds no socket any more.
func (l *Lasting) Ending() {
	at := Time(time.Now())
	l.mu.Lock()
	defer l.mu.Unlock()
	l.record.EndingAt = &at
	_ = l.write() // Close tells of a disk that is full
}

// Close notes that the session has ended, and with which code.
func (l *Lasting) Close(code int) error {
	<-l.pruned
	at := Time(time.Now())
	l.mu.Lock()
	defer l.mu.Unlock()
	_, _ = l.renew() // else the end is noted where nobody finds it, which has been told
	l.record.EndedAt, l.record.Code = &at, &code
	if err := errors.Join(l.write(), l.file.Close()); err != nil {
		return fmt.Errorf("cannot note the end of the session: %w", err)
	}
	return nil
}

// readRecord returns what is written; nil if that is nothing that can be read.
func readRecord(r io.Reader) *Record {
	var rec Record
	if json.NewDecoder(io.LimitReader(r, maxBody)).Decode(&rec) != nil || rec.Session == "" {
		return nil
	}
	return &rec
}

// Killed says that the session did not end in good order. It means something
// only of a session that does not live.
func (r *Record) Killed() bool { return r.EndedAt == nil }

// Fate says in a sentence what became of a session that does not live.
func (r *Record) Fate() string {
	if !r.Killed() {
		return r.goodEnd()
	}
	what := "it was killed; its processes were ended by its guard"
	if left := spawn.Unguarded(r.Session, time.Time(r.StartedAt)); len(left) > 0 {
		what = survivorsText(left)
	}
	text := fmt.Sprintf("session %s (pid %d, started %s) did not end by itself: %s",
		r.Session, r.PID, time.Time(r.StartedAt).Local().Format("Jan 2 15:04"), what)
	if r.LogDir != nil {
		text += "; its logs are in " + *r.LogDir
	}
	return text
}

// survivorsText tells of the processes that are left, with how to end them.
func survivorsText(left []int) string {
	const most = 20
	var pids strings.Builder
	for _, pid := range left[:min(len(left), most)] {
		pids.WriteByte(' ')
		pids.WriteString(strconv.Itoa(pid))
	}
	text := "it was killed, and so was its guard: "
	if len(left) == 1 {
		text += "1 process is left, which kill" + pids.String() + " ends"
	} else {
		text += fmt.Sprintf("%d processes are left, which kill%s ends", len(left), pids.String())
	}
	if len(left) > most {
		text += fmt.Sprintf(" but for %d", len(left)-most)
	}
	return text
}

func (r *Record) goodEnd() string {
	text := fmt.Sprintf("session %s has ended on %s", r.Session, time.Time(*r.EndedAt).Local().Format("Jan 2 15:04"))
	if r.Code != nil && *r.Code != 0 {
		text += fmt.Sprintf(" with code %d", *r.Code)
	}
	if r.LogDir != nil {
		text += "; muster logs --session " + r.Session + " prints its log"
	}
	return text
}

// LastOf returns the record that a session of that name has left, nil if there
// is none or the session lives.
func LastOf(name string) *Record {
	if CheckName(name) != nil {
		return nil
	}
	return lastIn(filepath.Join(StateDir(), name))
}

// Lives reports whether the process of a session of that name lives, though it
// may not answer yet, or no more.
func Lives(name string) bool {
	_, lives := Process(name)
	return lives
}

// Process returns the process of the last session of that name, 0 if nobody knows, and
// whether it lives.
func Process(name string) (pid int, lives bool) {
	if CheckName(name) != nil {
		return 0, false
	}
	r, lives := look(filepath.Join(StateDir(), name))
	if r != nil {
		pid = r.PID
	}
	return pid, lives
}

func lastIn(dir string) *Record {
	r, lives := look(dir)
	if lives {
		return nil
	}
	return r
}

// readTries is how often a record is read that makes no sense.
const readTries = 3

// look returns the record in a session's directory, nil if there is none, and
// whether the session's process lives: one that has noted its end does not, though
// it may hold the lock for a moment.
func look(dir string) (r *Record, lives bool) {
	file, err := os.Open(filepath.Join(dir, recordName))
	if err != nil {
		return nil, false
	}
	defer file.Close() // it was only read
	lives = errors.Is(syscall.Flock(int(file.Fd()), syscall.LOCK_SH|syscall.LOCK_NB), syscall.EWOULDBLOCK)
	for range readTries {
		if r = readRecord(io.NewSectionReader(file, 0, maxBody)); r != nil || !lives {
			break // else it is just being written
		}
	}
	return r, lives && (r == nil || r.EndedAt == nil)
}

// Unreachable returns the records of the sessions of that name that run and have
// no socket on which they could be asked; "" is any name.
func Unreachable(name string) []Record {
	names := []string{name}
	if name == "" {
		dirs, _ := sessionDirs(StateDir()) // without it none are known
		names = nil
		for _, d := range dirs {
			names = append(names, d.name)
		}
	}
	var list []Record
	for _, name := range names {
		if CheckName(name) != nil {
			continue
		}
		r, lives := look(filepath.Join(StateDir(), name))
		if lives && r != nil && !Running(name) {
			list = append(list, *r)
		}
	}
	return list
}

// KilledSessions returns the records of the sessions that were killed, the
// newest first, as far as their logs are kept and their name was not used again.
func KilledSessions() []Record {
	state := StateDir()
	entries, err := os.ReadDir(state)
	if err != nil {
		return nil // then none are kept
	}
	var killed []Record
	for _, e := range entries {
		if CheckName(e.Name()) != nil {
			continue
		}
		if r := lastIn(filepath.Join(state, e.Name())); r != nil && r.Killed() {
			killed = append(killed, *r)
		}
	}
	slices.SortFunc(killed, func(a, b Record) int { return time.Time(b.StartedAt).Compare(time.Time(a.StartedAt)) })
	return killed
}
