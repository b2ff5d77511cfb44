package task

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
)

// Withdraw implements [Withdrawer] for a file: the records of failures go.
func (r *Results) Withdraw(seqs map[uint64]bool) error {
	if r.f == nil {
		return nil
	}
	if err := r.Flush(); err != nil {
		return err
	}
	err := r.replace(r.begin, func(line []byte) bool {
		seq, failed := failedRecord(line)
		return failed && seqs[seq]
	})
	if err != nil {
		return fmt.Errorf("cannot take results back from %s: %w", r.name, err)
	}
	return nil
}

// replace takes the records out of the file, behind its first bytes, that go.
func (r *Results) replace(from int64, gone func(line []byte) bool) error {
	f, whole, err := without(r.f, r.name, from, gone)
	if err != nil {
		return err
	}
	_ = r.f.Close() // all of it was written, and read again
	r.f, r.w, r.whole = f, f, whole
	return nil
}

// failedRecord reads the number of an item from its record, if it is one of a
// failure.
func failedRecord(line []byte) (seq uint64, failed bool) {
	_, ok, good := parseRecord(line)
	if !good || ok {
		return 0, false
	}
	_, rest, found := bytes.Cut(line, []byte(`,"seq":`))
	end := bytes.IndexByte(rest, ',')
	if !found || end < 0 {
		return 0, false
	}
	seq, err := strconv.ParseUint(string(rest[:end]), 10, 64)
	return seq, err == nil
}

// Withdraw implements [Withdrawer]. The item's own files are written over when it
// has been tried again.
func (r *ResultDir) Withdraw(seqs map[uint64]bool) error { return r.index.Withdraw(seqs) }

// Withdraw implements [Withdrawer]: the lines of failures go.
func (l *JobLog) Withdraw(seqs map[uint64]bool) error {
	if err := l.Flush(); err != nil {
		return err
	}
	if info, err := l.f.Stat(); err == nil && !info.Mode().IsRegular() { // a device, a pipe
		return nil
	}
	f, _, err := without(l.f, l.name, l.begin, func(line []byte) bool {
		text, _, _ := bytes.Cut(line, []byte{'\t'})
		seq, err := strconv.ParseUint(string(text), 10, 64)
		return err == nil && seqs[seq]
	})
	if err != nil {
		return fmt.Errorf("cannot take lines back from the job log %s: %w", l.name, err)
	}
	_ = l.f.Close() // all of it was written, and read again
	l.f = f
	l.w.Reset(f)
	return nil
}

// without replaces a file by a copy in which the lines behind its first bytes are
// missing that go. It returns the new file, open at its end, and its size. A crash
// leaves the one or the other. It has to be a regular file.
func without(old *os.File, name string, from int64, gone func(line []byte) bool) (*os.File, int64, error) {
	info, err := old.Stat()
	if err != nil {
		return nil, 0, err
	}
	if name, err = filepath.EvalSymlinks(name); err != nil {
		return nil, 0, err
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".muster-results-*")
	if err != nil {
		return nil, 0, err
	}
	size, err := copyWithout(f, old, info.Size(), from, gone)
	if err == nil {
		err = f.Chmod(info.Mode().Perm())
	}
	if err == nil {
		_, err = own(f) // before anybody else can find it
	}
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		_ = f.Close() // it holds a part only
		_ = os.Remove(f.Name())
		return nil, 0, err
	}
	return f, size, nil
}

// copyWithout copies so many bytes of a file but for lines behind the first ones.
func copyWithout(to io.Writer, old io.ReaderAt, size, from int64, gone func(line []byte) bool) (written int64, err error) {
	w := bufio.NewWriterSize(to, 1<<20)
	if written, err = io.Copy(w, io.NewSectionReader(old, 0, from)); err != nil {
		return written, err
	}
	r := bufio.NewReaderSize(io.NewSectionReader(old, from, size-from), 1<<20)
	for {
		line, err := readLine(r)
		if errors.Is(err, io.EOF) {
			return written, w.Flush()
		}
		if err != nil {
			return written, err
		}
		if gone(line) {
			continue
		}
		written += int64(len(line)) + 1
		_, _ = w.Write(line) // the error stays, and Flush tells it
		_ = w.WriteByte('\n')
	}
}
