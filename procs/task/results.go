package task

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"example.com/muster/procs/task/plan"
)

// Results is a sink that writes a record a line. To a file it writes whole
// records or none: of what a crash has left half written, the next run with
// --resume cuts the rest off.
type Results struct {
	w     io.Writer
	f     *os.File // nil if w is no file of ours
	name  string
	rec   recorder
	buf   []byte
	whole int64 // bytes of the file that are whole records
	begin int64 // of those, how many an earlier run has written
}

// ResultOptions say how results are recorded.
type ResultOptions struct {
	// Raw says that values are bytes, not JSON.
	Raw bool
	// MaxOutput is how much of what a command printed a record holds.
	MaxOutput int64
}

func (o ResultOptions) recorder() recorder {
	if o.MaxOutput <= 0 {
		o.MaxOutput = DefaultMaxResult
	}
	return recorder{raw: o.Raw, most: o.MaxOutput}
}

// NewResults writes records to a writer.
func NewResults(w io.Writer, o ResultOptions) *Results { return &Results{w: w, rec: o.recorder()} }

// Resume says what becomes of what an earlier run has done.
type Resume uint8

// What may become of it.
const (
	Afresh       Resume = iota // it is overwritten
	ResumeAll                  // it is not done again, whether it went well or not
	ResumeFailed               // what failed is done again, and its record is replaced
)

// OpenResults opens a file for records. With [ResumeAll] and [ResumeFailed] done
// is what need not be done again.
func OpenResults(name string, resume Resume, o ResultOptions) (r *Results, done *plan.Set, err error) {
	r = &Results{name: name, rec: o.recorder()}
	if resume == Afresh {
		if err := overwritable(name, recordBegin); err != nil {
			return nil, nil, fmt.Errorf("cannot write results to %s: %w", name, err)
		}
	}
	r.f, err = openOwn(name)
	if errors.Is(err, errBusy) {
		return nil, nil, fmt.Errorf("cannot write results to %s: %w", name, err)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("cannot write results: %w", err)
	}
	r.w = r.f
	info, err := r.f.Stat()
	if err == nil && !info.Mode().IsRegular() { // a pipe, /dev/null
		if resume != Afresh {
			err = errors.New("it is no file that can be read again")
		} else {
			r.f = nil
		}
	} else if err == nil {
		done, err = r.take(resume)
	}
	if err != nil {
		if r.f != nil {
			_ = r.f.Close() // nothing was written
		}
		return nil, nil, fmt.Errorf("cannot resume %s: %w", name, err)
	}
	r.begin = r.whole
	return r, done, nil
}

// take has the file hold what an earlier run has done, and no more.
func (r *Results) take(resume Resume) (*plan.Set, error) {
	if resume == Afresh {
		return nil, r.f.Truncate(0)
	}
	done, failed := &plan.Set{}, false
	whole, err := loadResults(r.f, func(key plan.Key, ok bool) {
		if ok || resume == ResumeAll {
			done.Add(key)
		} else {
			failed = true
		}
	})
	if err != nil {
		return nil, err
	}
	r.whole = whole
	if !failed {
		return done, r.cut()
	}
	return done, r.replace(0, func(line []byte) bool {
		_, ok, _ := parseRecord(line)
		return !ok
	})
}

// errOther says that a file is no earlier one of ours.
var errOther = errors.New("it holds something else; remove it, or name another file")

// overwritable returns an error if a file holds what does not begin as what is to be
// written: it was named by mistake. What cannot be read is for whoever opens it.
func overwritable(name, begin string) error {
	info, err := os.Stat(name)
	if err != nil || !info.Mode().IsRegular() {
		return nil //nolint:nilerr // there is nothing to lose, or it cannot be opened either
	}
	f, err := os.Open(name)
	if err != nil {
		return nil //nolint:nilerr // as above
	}
	defer f.Close() // it was only read
	head := make([]byte, len(begin))
	if n, _ := io.ReadFull(f, head); string(head[:n]) != begin[:n] {
		return errOther
	}
	return nil
}

// cut removes what is behind the last whole record.
func (r *Results) cut() error {
	err := r.f.Truncate(r.whole)
	if err == nil {
		_, err = r.f.Seek(r.whole, io.SeekStart)
	}
	return err
}

// The beginning of each record; see recorder.append.
const (
	recordBegin = `{"key":"`
	recordOK    = `","ok":true,`
	recordNot   = `","ok":false,`
	keyDigits   = 2 * len(plan.Key{})
)

// parseRecord reads the beginning of a record.
func parseRecord(line []byte) (key plan.Key, ok, good bool) {
	rest, found := bytes.CutPrefix(line, []byte(recordBegin))
	if !found || len(rest) < keyDigits || line[len(line)-1] != '}' {
		return key, false, false
	}
	if _, err := hex.Decode(key[:], rest[:keyDigits]); err != nil {
		return key, false, false
	}
	rest = rest[keyDigits:]
	ok = bytes.HasPrefix(rest, []byte(recordOK))
	return key, ok, ok || bytes.HasPrefix(rest, []byte(recordNot))
}

// loadResults calls f for each whole record and returns how many bytes those have.
func loadResults(from io.Reader, f func(key plan.Key, ok bool)) (whole int64, err error) {
	r := bufio.NewReaderSize(from, 1<<20)
	for n := 1; ; n++ {
		line, err := readLine(r)
		if errors.Is(err, io.EOF) {
			return whole, nil // and what has no newline is half a record
		}
		if err != nil {
			return whole, err
		}
		key, ok, good := parseRecord(line)
		if !good {
			return whole, fmt.Errorf("line %d is no result of muster map", n)
		}
		f(key, ok)
		whole += int64(len(line)) + 1
	}
}

// readLine returns a line without its newline, valid until the next call.
func readLine(r *bufio.Reader) ([]byte, error) {
	line, err := r.ReadSlice('\n')
	if err == nil {
		return line[:len(line)-1], nil
	}
	if !errors.Is(err, bufio.ErrBufferFull) {
		return nil, err
	}
	long := bytes.Clone(line)
	for errors.Is(err, bufio.ErrBufferFull) {
		line, err = r.ReadSlice('\n')
		long = append(long, line...)
	}
	if err != nil {
		return nil, err
	}
	return long[:len(long)-1], nil
}

// resultBuffer is how much is gathered before it is written.
const resultBuffer = 256 << 10

// Tell implements [Sink].
func (r *Results) Tell(tasks []*Task) error {
	for _, t := range tasks {
		if t.Verdict == plan.Skipped {
			continue // it may be done by another run
		}
		r.buf = r.rec.append(r.buf, t)
		if len(r.buf) >= resultBuffer {
			if err := r.Flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

// Flush implements [Sink].
func (r *Results) Flush() error {
	if len(r.buf) == 0 {
		return nil
	}
	n, err := r.w.Write(r.buf)
	if err != nil {
		err = r.failed(n, err)
		r.buf = r.buf[:0]
		return err
	}
	r.whole += int64(n)
	if cap(r.buf) > 4*resultBuffer {
		r.buf = nil
	}
	r.buf = r.buf[:0]
	return nil
}

// failed leaves whole records behind after a write that went wrong.
func (r *Results) failed(n int, err error) error {
	text := err
	var path *os.PathError
	if errors.As(err, &path) {
		text = path.Err
	}
	if r.name == "" {
		return err
	}
	if r.f == nil {
		return fmt.Errorf("cannot write results to %s: %w", r.name, text)
	}
	r.whole += int64(bytes.LastIndexByte(r.buf[:n], '\n') + 1)
	return errors.Join(fmt.Errorf("cannot write results to %s: %w", r.name, text), r.cut())
}

// Close implements [Sink].
func (r *Results) Close() error {
	err := r.Flush()
	if r.f != nil {
		err = errors.Join(err, r.f.Close())
	}
	return err
}

// ResultDir is a sink that writes a directory for each item, as GNU parallel
// does: DIR/1/ITEM/stdout, stderr and seq, or DIR/1/A/2/B/... for several lists,
// and result.json for functions. What is complete stands in DIR/results.jsonl,
// without the outputs.
type ResultDir struct {
	dir   string
	index *Results
}

// OpenResultDir is [OpenResults] for a directory.
func OpenResultDir(dir string, resume Resume, o ResultOptions) (*ResultDir, *plan.Set, error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, nil, fmt.Errorf("cannot write results: %w", err)
	}
	index, done, err := OpenResults(filepath.Join(dir, "results.jsonl"), resume, o)
	if err != nil {
		return nil, nil, err
	}
	index.rec.most = 0
	return &ResultDir{dir, index}, done, nil
}

// fileName makes one path element of an item's part.
func fileName(s string) string {
	s = strings.NewReplacer(`\`, `\\`, "/", `\_`, "\x00", `\0`).Replace(s)
	if s == "" || s == "." || s == ".." {
		s = `\` + s
	}
	const most = 200 // of 255, NAME_MAX
	if len(s) > most {
		s = fmt.Sprintf("%s-%x", s[:most], newKeyer([]string{s}).seed[:8])
	}
	return s
}

// Tell implements [Sink].
func (r *ResultDir) Tell(tasks []*Task) error {
	for _, t := range tasks {
		if t.Verdict == plan.Skipped {
			continue
		}
		if err := r.write(t); err != nil {
			return fmt.Errorf("cannot write results: %w", err)
		}
		out := &t.Item.Out
		stdout, stderr := out.Stdout, out.Stderr
		out.Stdout, out.Stderr = Printed{}, Printed{}
		err := r.index.Tell([]*Task{t})
		out.Stdout, out.Stderr = stdout, stderr
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *ResultDir) write(t *Task) error {
	dir := r.dir
	for i, part := range t.Item.Parts() {
		dir = filepath.Join(dir, fmt.Sprint(i+1), fileName(part))
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "seq"), fmt.Appendln(nil, t.Item.Seq), 0o666); err != nil {
		return err
	}
	if t.Item.Out.Exit == nil {
		b := t.Item.Out.Value
		if t.Verdict != plan.OK {
			b = r.index.rec.append(nil, t)
		}
		return os.WriteFile(filepath.Join(dir, "result.json"), append(bytes.Clone(b), '\n'), 0o666)
	}
	for name, out := range map[string]*Printed{"stdout": &t.Item.Out.Stdout, "stderr": &t.Item.Out.Stderr} {
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		_, err = io.Copy(f, readerOf(out))
		if err = errors.Join(err, f.Close()); err != nil {
			return err
		}
	}
	return nil
}

// Flush implements [Sink].
func (r *ResultDir) Flush() error { return r.index.Flush() }

// Close implements [Sink].
func (r *ResultDir) Close() error { return r.index.Close() }
