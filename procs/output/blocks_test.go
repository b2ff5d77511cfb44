package output

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

// blockFile is a log file that keeps where each write of it ended.
type blockFile struct {
	file
	ends *writeEnds
}

type writeEnds struct {
	mu sync.Mutex
	at []int64
}

func (f blockFile) WriteAt(p []byte, off int64) (int, error) {
	f.ends.mu.Lock()
	defer f.ends.mu.Unlock()
	f.ends.at = append(f.ends.at, off+int64(len(p)))
	return f.file.WriteAt(p, off)
}

// TestFloodFillsBlocks: of a flood each write of the log ends where a block of
// the file does, whatever the sizes of the reads; also after a flush in its
// middle, which writes all that was printed.
func TestFloodFillsBlocks(t *testing.T) {
	dir, ends := t.TempDir(), &writeEnds{}
	s, sl := testSlot(t, Config{Dir: dir})
	s.disk.files.create = func(path string) (file, error) {
		f, err := createFile(path)
		if strings.HasSuffix(path, ".log") {
			f = blockFile{f, ends}
		}
		return f, err
	}
	s.flusher.stop() // this test flushes
	var want strings.Builder
	flood := func(sizes ...int) {
		for i, size := range sizes {
			text := fmt.Sprintf("%0*d\n", size-1, i)
			want.WriteString(text)
			write(sl, text)
		}
	}
	flood(100, 40_000, 17)
	s.Flush()
	if got := logText(t, dir, "p-0"); got != want.String() || len(ends.at) != 1 {
		t.Errorf("%d writes, %d bytes after a flush; want 1 and %d", len(ends.at), len(got), want.Len())
	}
	flood(30_000, 65_500, 65_536, 1, 20_000, 50_000, 65_536, 65_537, 3, 40_000)
	if len(ends.at) < 4 {
		t.Errorf("%d writes of %d bytes", len(ends.at), want.Len())
	}
	for _, at := range ends.at[1:] {
		if at%fileBlock != 0 {
			t.Errorf("a write ends at %d, in the middle of a block", at)
		}
	}
	s.Flush()
	if got := logText(t, dir, "p-0"); got != want.String() {
		t.Errorf("the log has %d bytes, want %d", len(got), want.Len())
	}
}
