package session

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"example.com/muster/profiling/crash"
)

// Reports of crashes outlive their session: they lie as JSON lines in its
// directory, beside its record. A report that has changed is written again;
// the last line of a number counts. The numbers of a session go on where the
// one of that name before it has stopped.

// KeptCrash is a report as it is kept.
type KeptCrash struct {
	// Session is its name, SessionStartedAt tells it from others of that name.
	Session          string  `json:"session"`
	SessionStartedAt Time    `json:"session_started_at"`
	LogDir           *string `json:"log_dir"`
	CrashJSON
	Samples []SampleJSON `json:"samples"`
	// Environ is what the run was given; the values of secrets are hidden.
	Environ []string `json:"environ"`
	// RowCount and RowLast are of its row when the report was written, the newest of a
	// row at the end of its session.
	RowCount int  `json:"row_count"`
	RowLast  Time `json:"row_last"`
}

const (
	crashesName = "crashes.jsonl"
	// crashesBudget bounds the file, in bytes; at that size it is written anew
	// with the newest that make half of it.
	crashesBudget = 4 << 20
	// keepEvery is the time between two writes, keepAgain the one after a write that failed.
	keepEvery = 250 * time.Millisecond
	keepAgain = 2 * time.Second
	// maxKeptLine bounds one report of a file, in bytes.
	maxKeptLine = 1 << 20
)

// keeper writes the reports of a session to its file. A nil one keeps none.
type keeper struct {
	path     string
	describe func(*crash.Report) KeptCrash
	failed   func(error) // told once; what is to be written then waits for the next try

	mu    sync.Mutex   // guards the following; not held while anything is written
	dirty map[int]bool // the numbers of what is to be written
	next  time.Time    // before which nothing is written
	ended bool         // what comes now comes too late

	writing sync.Mutex // guards the following
	file    *os.File   // nil until there is something to write, and when it cannot be
	size    int64
	told    bool // that it cannot be written
}

// open finds out where the numbers go on.
func (l *crashLog) open() {
	cfg := &l.session.cfg
	if cfg.Agent != nil {
		l.agent.reader, l.agent.bell = cfg.Agent.Other(), cfg.Agent.Bell()
	}
	if cfg.CrashDir == "" {
		return
	}
	l.kept = &keeper{path: filepath.Join(cfg.CrashDir, crashesName), dirty: map[int]bool{}, describe: l.session.keptCrash, failed: func(err error) {
		l.session.Notify(fmt.Sprintf("crashes are not kept: %v", err))
	}}
	before, _, err := readCrashes(l.kept.path)
	if err != nil {
		return // there are none, or none that can be read
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, k := range before {
		if n, err := ParseCrashID(k.ID); err == nil {
			l.book.last = max(l.book.last, n)
		}
	}
}

// keptCrash is a report with what else is kept of it.
func (s *Session) keptCrash(r *crash.Report) KeptCrash {
	k := KeptCrash{
		Session: s.cfg.Name, SessionStartedAt: Time(s.started), CrashJSON: crashJSON(r), Samples: samplesJSON(r.Samples), Environ: validAll(r.Env),
	}
	if s.cfg.LogDir != "" {
		k.LogDir = &s.cfg.LogDir
	}
	_, rows := s.crashes.both()
	for _, row := range rows {
		if slices.Contains(row.IDs, r.Seq) {
			k.RowCount, k.RowLast = row.Count, Time(row.Last)
		}
	}
	return k
}

// keepCounts has the newest report of each row written with how many there were in all.
func (l *crashLog) keepCounts() {
	_, rows := l.both()
	for _, row := range rows {
		if n := len(row.IDs); n > 0 && row.Count > n {
			l.kept.changed(row.IDs[n-1])
		}
	}
}

// changed notes that reports are to be written.
func (k *keeper) changed(seqs ...int) {
	if k == nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, seq := range seqs {
		k.dirty[seq] = true
	}
}

// due returns in how long there is something to write.
func (k *keeper) due(now time.Time) (time.Duration, bool) {
	if k == nil {
		return 0, false
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return max(time.Millisecond, k.next.Sub(now)), len(k.dirty) > 0 && !k.ended
}

// write appends what has changed, unless that was done a moment ago. Reports
// that have given way meanwhile are not written. A file that somebody has removed is
// made anew, with all reports.
func (k *keeper) write(list func() []*crash.Report, now bool) {
	if k == nil {
		return
	}
	k.writing.Lock()
	defer k.writing.Unlock()
	k.mu.Lock()
	if k.ended || !now && (len(k.dirty) == 0 || time.Now().Before(k.next)) {
		k.mu.Unlock()
		return
	}
	dirty := k.dirty
	k.dirty, k.next = map[int]bool{}, time.Now().Add(keepEvery)
	k.mu.Unlock()
	anew := k.file != nil && removed(k.file, k.path)
	if anew {
		k.giveBack()
	}
	var b bytes.Buffer
	for _, r := range list() {
		if anew || dirty[r.Seq] {
			dirty[r.Seq] = true // until it is written
			b.Write(k.line(r))
		}
	}
	if b.Len() == 0 {
		return
	}
	err := k.append(b.Bytes())
	if err == nil {
		dirty = nil
		if k.size <= crashesBudget {
			return
		}
		if err = k.compact(); err == nil {
			return
		}
	}
	k.giveBack()
	k.mu.Lock()
	maps.Copy(k.dirty, dirty)
	k.next = time.Now().Add(keepAgain)
	k.mu.Unlock()
	if !k.told {
		k.told = true
		k.failed(err)
	}
}

// giveBack closes the file; the caller holds writing.
func (k *keeper) giveBack() {
	if k.file != nil {
		_ = k.file.Close() // what was written has been, or was told
		k.file = nil
	}
}

// line is a report as it is written. One that is too long loses its lines.
func (k *keeper) line(r *crash.Report) []byte {
	kept := k.describe(r)
	b, err := json.Marshal(kept)
	if err == nil && len(b) >= maxKeptLine {
		kept.Tail, kept.TailStreams, kept.Environ, kept.Samples = []string{}, []string{}, []string{}, []SampleJSON{}
		b, err = json.Marshal(kept)
	}
	if err != nil || len(b) >= maxKeptLine {
		return nil // it holds nothing that JSON has no form for
	}
	return append(b, '\n')
}

func (k *keeper) append(b []byte) error {
	if k.file == nil {
		if err := os.MkdirAll(filepath.Dir(k.path), 0o700); err != nil { // it may have been removed
			return err
		}
		f, err := os.OpenFile(k.path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
		if err != nil {
			return err
		}
		info, err := f.Stat()
		if err != nil {
			_ = f.Close() // nothing is written
			return err
		}
		k.file, k.size = f, info.Size()
		last := []byte{'\n'}
		if _, err := f.ReadAt(last, k.size-1); err == nil && last[0] != '\n' {
			b = append([]byte{'\n'}, b...) // whoever wrote it was killed at that
		}
	}
	n, err := k.file.Write(b)
	k.size += int64(n)
	return err
}

// compact writes the file anew with the newest reports that fit.
func (k *keeper) compact() error {
	all, _, err := readCrashes(k.path)
	if err != nil {
		return err
	}
	var lines [][]byte
	size := 0
	for i := len(all) - 1; i >= 0; i-- {
		b, err := json.Marshal(all[i])
		if size += len(b) + 1; err != nil || size > crashesBudget/2 {
			break
		}
		lines = append(lines, append(b, '\n'))
	}
	slices.Reverse(lines)
	next, err := os.CreateTemp(filepath.Dir(k.path), ".crashes-*") // of mode 0600
	if err != nil {
		return err
	}
	_, err = next.Write(bytes.Join(lines, nil))
	err = errors.Join(err, next.Close())
	if err == nil {
		err = os.Rename(next.Name(), k.path)
	}
	if err != nil {
		_ = os.Remove(next.Name()) // it holds a part only
		return err
	}
	k.giveBack() // nobody finds that one any more
	return nil
}

// close gives the file back.
func (k *keeper) close() {
	if k == nil {
		return
	}
	k.writing.Lock()
	defer k.writing.Unlock()
	k.giveBack()
	k.mu.Lock()
	defer k.mu.Unlock()
	k.ended = true
}

// readCrashes reads a file of reports, in the order of their times. Lines
// that cannot be read are counted and passed over.
func readCrashes(path string) (list []KeptCrash, damaged int, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	defer f.Close() // it was only read
	at := map[int]int{}
	for r := bufio.NewReaderSize(io.LimitReader(f, 4*crashesBudget), 64<<10); ; {
		line, long, err := keptLine(r)
		if len(bytes.TrimSpace(line)) > 0 || long {
			var k KeptCrash
			n, bad := 0, error(nil)
			if bad = json.Unmarshal(line, &k); bad == nil {
				n, bad = ParseCrashID(k.ID)
			}
			switch i, again := at[n]; {
			case bad != nil || long || CheckName(k.Session) != nil:
				damaged++
			case again:
				list[i] = k
			default:
				at[n] = len(list)
				list = append(list, k)
			}
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, 0, err
		}
	}
	slices.SortStableFunc(list, func(a, b KeptCrash) int { return time.Time(a.At).Compare(time.Time(b.At)) })
	return list, damaged, nil
}

// keptLine reads one line, of a bounded length; the rest of a longer one is
// passed over.
func keptLine(r *bufio.Reader) (line []byte, long bool, err error) {
	for {
		part, err := r.ReadSlice('\n')
		if len(line)+len(part) > maxKeptLine {
			line, long = nil, true
		}
		if !long {
			line = append(line, part...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, long, err
		}
	}
}

// KeptCrashes returns the reports that sessions have left or, with a name,
// that those of that name have, the oldest first; damaged counts what could
// not be read.
func KeptCrashes(name string) (list []KeptCrash, damaged int, err error) {
	names := []string{name}
	if name == "" {
		if names, err = Logged(); err != nil {
			return nil, 0, err
		}
	} else if err := CheckName(name); err != nil {
		return nil, 0, err
	}
	for _, n := range names {
		some, bad, err := readCrashes(filepath.Join(StateDir(), n, crashesName))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, 0, fmt.Errorf("cannot read the crashes of session %q: %w", n, err)
		}
		list, damaged = append(list, some...), damaged+bad
	}
	slices.SortStableFunc(list, func(a, b KeptCrash) int { return time.Time(a.At).Compare(time.Time(b.At)) })
	return list, damaged, nil
}
