package permits

import (
	"errors"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"example.com/muster/profiling/peek"
)

// A process that cannot be looked at for want of descriptors is not said to have ended.
func TestLookWithoutDescriptors(t *testing.T) {
	var before unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Max: before.Max}); err != nil {
		t.Fatal(err)
	}
	err := Look(os.Getpid())
	if failed := unix.Setrlimit(unix.RLIMIT_NOFILE, &before); failed != nil {
		t.Fatal(failed)
	}
	if err == nil || errors.Is(err, peek.ErrGone) || !strings.HasSuffix(err.Error(), "too many open files") {
		t.Errorf("it says %v", err)
	}
}
