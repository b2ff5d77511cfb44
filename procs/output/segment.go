package output

import (
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"example.com/muster/procs"
)

// segment is one file of a slot's log, with its index and perhaps a file of
// open lines. Its fields are guarded
// by the log's lock; path never changes once it is set.
type segment struct {
	path       string // without ".log" and so on; "" until the file exists
	first, end uint64 // numbers of its lines
	bytes      int64  // of the log file, as far as written
	records    int64  // in the index file, as far as written
	reserved   int64  // bytes that the disk keeps for the index file
	holes      uint16 // between the numbers of its lines
	writtenAt  int64  // when it was last added to
	anew       bool   // it has no line yet, and what was before it is gone
}

// cost returns what the segment takes of the disk budget.
func (s *segment) cost() int64 { return s.bytes + s.records*recordBytes }

// file is what the log needs of a file that it writes.
type file interface {
	io.WriterAt
	io.ReaderAt
	io.Closer
	Truncate(size int64) error
	Stat() (fs.FileInfo, error)
}

// createFile makes a file that did not exist, for the user's eyes only.
func createFile(path string) (file, error) {
	return os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
}

// reopenFile opens a file that was made before.
func reopenFile(path string) (file, error) { return os.OpenFile(path, os.O_RDWR, 0) }

// files is how the log reaches the disk; tests put another in its place.
type files struct {
	create  func(path string) (file, error)
	reopen  func(path string) (file, error)
	replace func(path string, b []byte) error
}

// open creates the two files of a new segment, with the first number from n on
// that is free, or opens those of one that exists. It returns the number.
func (fl files) open(dir, base string, n int, seg *segment) (log, idx file, number int, err error) {
	if seg.path != "" {
		if log, err = fl.reopen(seg.path + ".log"); err != nil {
			return nil, nil, n, err
		}
		if idx, err = fl.reopen(seg.path + ".idx"); err != nil {
			_ = log.Close() // nothing was written to it
			return nil, nil, n, err
		}
		return log, idx, n, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, nil, n, err
	}
	for ; ; n++ {
		path := filepath.Join(dir, fmt.Sprintf("%s.%03d", base, n))
		if log, err = fl.create(path + ".log"); errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return nil, nil, n, err
		}
		if idx, err = fl.create(path + ".idx"); err != nil {
			_ = log.Close()
			_ = os.Remove(path + ".log") // it is empty; the next try makes it anew
			return nil, nil, n, err
		}
		seg.path = path
		return log, idx, n, nil
	}
}

// remove deletes the files of a segment. What is not there need not be removed.
func (s *segment) remove() error {
	if s.path == "" {
		return nil
	}
	for _, ext := range []string{".log", ".idx", ".open"} {
		if err := os.Remove(s.path + ext); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// baseName returns the file name of a slot's log without number and ending:
// the pool's name, with every byte that is no letter, digit, dot, dash or
// underscore as %XX, then a dash and the slot. Different slots have different
// names; very long ones end in a hash.
func baseName(id procs.ID) string {
	const longest = 200 // a pool whose name has 60 bytes fits, whatever they are
	var b strings.Builder
	for i := range len(id.Pool) {
		c := id.Pool[i]
		plain := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '.'
		if !plain || (i == 0 && c == '.') {
			fmt.Fprintf(&b, "%%%02X", c)
			continue
		}
		b.WriteByte(c)
	}
	name := b.String()
	if len(name) > longest {
		h := fnv.New64a()
		_, _ = h.Write([]byte(id.Pool)) // never fails, see hash.Hash
		name = fmt.Sprintf("%s~%016x", name[:longest], h.Sum64())
	}
	return name + "-" + strconv.Itoa(id.Slot)
}
