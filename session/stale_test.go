package session

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
)

// Of many who take a name in the same moment, one has it, and can be asked;
// the others learn that it is taken. No record keeps them apart.
func TestManyTakeOneName(t *testing.T) {
	places(t)
	s, end := live(t, sleeper("p"))
	defer end()
	for range 20 {
		const many = 8
		servers, errs := make([]*Server, many), make([]error, many)
		var all sync.WaitGroup
		for i := range many {
			all.Go(func() { servers[i], errs[i] = Serve(s, ServeOptions{}) })
		}
		all.Wait()
		won := 0
		if !Running("test") {
			t.Error("nobody can be asked")
		}
		for i, srv := range servers {
			switch {
			case srv != nil:
				won++
				if err := srv.Close(0); err != nil {
					t.Error(err)
				}
			case !errors.Is(errs[i], ErrInUse):
				t.Error(errs[i])
			}
		}
		if won != 1 {
			t.Fatalf("%d have the name", won)
		}
	}
}

// A socket that is bound, and not listened on for a moment yet, looks like one
// that was left behind. Whoever looks around just then leaves it alone.
func TestASocketThatIsBeingMadeIsLeftAlone(t *testing.T) {
	dir := filepath.Join(places(t), "muster")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	unlock, err := lockSockets(dir)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "test"+socketSuffix)
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Close(fd) }()
	if err := syscall.Bind(fd, &syscall.SockaddrUnix{Name: path}); err != nil {
		t.Fatal(err)
	}
	if Running("test") {
		t.Error("it counts as running")
	}
	if _, err := os.Lstat(path); err != nil {
		t.Errorf("it was removed: %v", err)
	}
	unlock() // and so is one whose maker was killed
	if Running("test") {
		t.Error("it counts as running")
	}
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it was not removed: %v", err)
	}
}
