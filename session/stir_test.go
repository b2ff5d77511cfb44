package session

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"example.com/muster/procs"
	"example.com/muster/procs/output"
)

// TestOutputStirs: of a line after silence it is told at once, of output that goes on
// some times a second, and of nothing nothing.
func TestOutputStirs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := output.New(output.Config{})
		s := &Session{cfg: Config{Store: store}, stirred: make(chan struct{}, 1)}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			s.stirByOutput(ctx)
			close(ended)
		}()
		told := func(d time.Duration) (n int) {
			for end := time.After(d); ; {
				select {
				case <-s.Stirred():
					n++
				case <-end:
					return n
				}
			}
		}
		told(time.Second)
		slot := store.Slot(procs.ID{Pool: "a"})
		if n := told(10 * time.Second); n != 0 {
			t.Errorf("told %d times of nothing", n)
		}
		slot.Note("a line")
		if n := told(time.Millisecond); n != 1 {
			t.Errorf("told %d times of a line within a millisecond", n)
		}
		go func() {
			for range 1000 {
				slot.Note("one of many")
				time.Sleep(time.Millisecond)
			}
		}()
		if n := told(time.Second); n < outputStirs-1 || n > outputStirs+1 {
			t.Errorf("told %d times within a second of output", n)
		}
		cancel()
		<-ended
	})
}
