package spawn

import (
	"runtime"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"example.com/muster/procs"
)

// The pipe of a program that is faster than its reader is made wider, no other
// is; and what it printed comes to the byte.
func TestFloodWidensItsPipe(t *testing.T) {
	s, err := Open(procs.OutputPipe, StreamOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	stdout, stderr := s.child[1], s.child[2]
	var printed atomic.Bool
	got, largest := 0, 0
	sink := func(_ procs.Stream, _ int, p []byte) {
		got, largest = got+len(p), max(largest, len(p))
		for !printed.Load() && inPipe(stdout) < widthOf(stdout) { // the next read finds it full
			runtime.Gosched()
		}
	}
	pumped := make(chan struct{})
	go func() {
		defer close(pumped)
		s.Pump(sink)
	}()
	block := make([]byte, readSize)
	const blocks = 100
	for range blocks {
		if n, err := unix.Write(stdout, block); n != len(block) {
			t.Fatal(n, err)
		}
	}
	printed.Store(true)
	if flooded, quiet := widthOf(stdout), widthOf(stderr); flooded != widePipe || quiet != readSize {
		t.Errorf("the pipe that was flooded holds %d bytes, the other %d", flooded, quiet)
	}
	s.closeChildEnds()
	<-pumped
	if got != blocks*len(block) || largest != wideRead {
		t.Errorf("got %d bytes, at most %d at a time", got, largest)
	}
	if n := wides.Load(); n != 0 {
		t.Errorf("%d pipes are counted as wide after their end", n)
	}
}

func widthOf(fd int) int {
	n, _ := unix.FcntlInt(uintptr(fd), unix.F_GETPIPE_SZ, 0)
	return n
}

func inPipe(fd int) int {
	n, _ := unix.IoctlGetInt(fd, unix.TIOCINQ)
	return n
}
