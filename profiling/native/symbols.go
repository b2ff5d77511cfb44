package native

import (
	"bytes"
	"cmp"
	"time"

	"example.com/muster/profiling/peek"
)

// maxImages is how many files are kept open.
const maxImages = 64

// Symbols knows the files that stacks lead through, and keeps what it has
// read of them: the most recent files, each held open. The zero value is ready
// for use, by one goroutine at a time. Close it at the end.
type Symbols struct {
	images map[inode]*image
	stacks uint64
	window window

	// Patience is how long the names of one stack are looked for; 0 is the usual.
	// It may be changed between two stacks.
	Patience time.Duration
	until    time.Time // of the stack that is being read
}

// patience is how long the names of one stack are looked for. A debug build of
// a browser has tables that take longer; what was found is kept, so that the
// next look finds more.
const patience = 500 * time.Millisecond

// begin starts a stack.
func (s *Symbols) begin() {
	s.stacks++
	s.until = time.Now().Add(cmp.Or(s.Patience, patience))
}

// inode names a file while somebody has it open.
type inode struct {
	dev string
	n   uint64
}

// find returns the file of a mapping.
func (s *Symbols) find(p peek.Process, maps []peek.Mapping, m *peek.Mapping) (*image, error) {
	if m.Inode == 0 {
		return s.vdso(p, m)
	}
	key := inode{m.Dev, m.Inode}
	if im := s.images[key]; im != nil {
		if im.used == s.stacks {
			return im, nil // it was looked at a frame ago
		}
		if size, modified, err := version(im.file); err == nil && size == im.size && modified.Equal(im.modified) {
			im.used, im.until = s.stacks, s.until
			return im, nil
		}
		im.close()
		delete(s.images, key)
	}
	f, size, modified, err := openMapped(p, maps, m)
	if err != nil {
		return nil, err
	}
	im, err := parse(f, size)
	if err != nil {
		_ = f.Close() // it was only read
		return nil, err
	}
	im.modified, im.used, im.until = modified, s.stacks, s.until
	s.keep(key, im)
	return im, nil
}

// keep adds a file, and lets the one go that was not used for longest.
func (s *Symbols) keep(key inode, im *image) {
	if s.images == nil {
		s.images = map[inode]*image{}
	}
	if len(s.images) >= maxImages {
		var oldest inode
		for k, other := range s.images {
			if old := s.images[oldest]; old == nil || other.used < old.used {
				oldest = k
			}
		}
		s.images[oldest].close()
		delete(s.images, oldest)
	}
	s.images[key] = im
}

// vdso is the code that the kernel puts into every process: no file has it.
func (s *Symbols) vdso(p peek.Process, m *peek.Mapping) (*image, error) {
	const most = 64 << 10
	b := make(loaded, min(m.Size(), most))
	if err := p.ReadAt(b, m.Start); err != nil {
		return nil, err
	}
	return parse(b, int64(len(b)))
}

// trim ends a stack: the line tables of files that it did not need go, if all
// are too large.
func (s *Symbols) trim() {
	total := uint64(0)
	for _, im := range s.images {
		total += im.lines.bytes
	}
	for _, im := range s.images {
		if total <= maxAllDWARF {
			break
		}
		if im.used != s.stacks {
			total -= im.lines.bytes
			im.lines.drop()
		}
	}
}

// Close closes the files. The Symbols can be used again.
func (s *Symbols) Close() {
	for _, im := range s.images {
		im.close()
	}
	s.images = nil
}

// stated is a file that can have changed.
type stated interface {
	Stat() (size int64, modified time.Time, err error)
}

// version tells what a file is like now.
func version(f file) (size int64, modified time.Time, err error) {
	if s, ok := f.(stated); ok {
		return s.Stat()
	}
	return 0, time.Time{}, errELF
}

// loaded is a file that is in memory.
type loaded []byte

// ReadAt is io.ReaderAt's.
func (l loaded) ReadAt(b []byte, off int64) (int, error) { return bytes.NewReader(l).ReadAt(b, off) }

// Close has nothing to close.
func (l loaded) Close() error { return nil }
