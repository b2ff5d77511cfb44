package session

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"
)

// A cleaner of temporary directories may remove the socket of a session, with its
// directory: the session makes both again.
func TestASocketThatWasRemovedIsMadeAgain(t *testing.T) {
	_, srv := served(t, sleeper("p"))
	for _, gone := range []string{srv.Path(), filepath.Dir(srv.Path())} {
		if err := os.RemoveAll(gone); err != nil {
			t.Fatal(err)
		}
		until(t, "the socket to be there again", func() bool { return Running("test") })
		if _, err := client(t).PS(context.Background()); err != nil {
			t.Error(err)
		}
	}
	if info, err := os.Stat(filepath.Dir(srv.Path())); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("its directory: %v, %v", info, err)
	}
}

// What somebody else listens on stays theirs, also when the session ends.
func TestASocketOfAnotherIsNotTaken(t *testing.T) {
	places(t)
	s, end := live(t, sleeper("p"))
	defer end()
	srv, err := Serve(s, ServeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	path := srv.Path()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	other, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Close() }() // removes it, too
	if srv.bindAgain("test") {
		t.Error("it was taken")
	}
	if err := srv.Close(0); err != nil {
		t.Error(err)
	}
	if !Running("test") {
		t.Error("it has gone with the session")
	}
}

func TestWhoRunsWithoutASocketIsTold(t *testing.T) {
	places(t)
	kept, _, err := Keep(Record{Session: "web", PID: 4121})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"", "web"} {
		_, err := Dial(name)
		if !errors.Is(err, ErrNoSession) || err.Error() != "session web runs (pid 4121), but has no socket to be asked on" {
			t.Errorf("%q: %v", name, err)
		}
	}
	kept.Ending() // then nobody needs to do anything about it
	if _, err := Dial("web"); !errors.Is(err, ErrNoSession) || err.Error() != "session web (pid 4121) is about to end" {
		t.Errorf("at its end: %v", err)
	}
	if err := kept.Close(0); err != nil {
		t.Fatal(err)
	}
	if list := Unreachable(""); len(list) > 0 {
		t.Errorf("after its end: %+v", list)
	}
}
