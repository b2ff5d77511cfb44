package native

import (
	"io"
	"testing"
)

// counted is a file that counts who has closed it.
type counted struct {
	loaded
	closed *int
}

func (c counted) Close() error {
	*c.closed++
	return nil
}

var _ io.ReaderAt = counted{}

// TestBounds: files that were not used for longest are closed, and line tables
// that have become too many are dropped.
func TestBounds(t *testing.T) {
	var s Symbols
	closed := 0
	for n := range uint64(3 * maxImages) {
		s.begin()
		s.keep(inode{"00:01", n}, &image{file: counted{closed: &closed}, used: s.stacks})
		s.images[inode{"00:01", 0}].used = s.stacks // one is used all the time
		s.images[inode{"00:01", n}].lines = lines{tried: true, bytes: MaxDWARF}
		s.trim()
	}
	if len(s.images) != maxImages || closed != 2*maxImages || s.images[inode{"00:01", 0}] == nil || s.images[inode{"00:01", maxImages}] != nil {
		t.Errorf("%d files are open, %d were closed", len(s.images), closed)
	}
	kept := 0
	for _, im := range s.images {
		if im.lines.tried {
			kept++
		}
	}
	if last := s.images[inode{"00:01", 3*maxImages - 1}]; kept > maxAllDWARF/MaxDWARF || !last.lines.tried {
		t.Errorf("%d line tables are kept, the last %v", kept, last.lines.tried)
	}
	s.Close()
	if closed != 3*maxImages {
		t.Errorf("%d files were closed at the end", closed)
	}
}
