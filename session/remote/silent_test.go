package remote

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// silent is a session that takes a question and never answers, as one does that
// is stopped; with half it begins to.
func silent(t *testing.T, half string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "m") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) }) // temporary
	t.Setenv("XDG_RUNTIME_DIR", dir)
	t.Setenv("XDG_STATE_HOME", dir)
	if err := os.Mkdir(filepath.Join(dir, "muster"), 0o700); err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("unix", filepath.Join(dir, "muster", "test.sock"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	go func() { // ends with the listener
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go func() { // ends when the client closes its end
				_, _ = conn.Read(make([]byte, 4096)) // the question, or whoever only looked has gone
				_, _ = io.WriteString(conn, half)
				_, _ = io.Copy(io.Discard, conn)
				_ = conn.Close()
			}()
		}
	}()
}

func TestASilentSessionIsToldSo(t *testing.T) {
	defer func(d time.Duration) { firstFrame = d }(firstFrame)
	firstFrame = 50 * time.Millisecond
	const want = `cannot ask session "test": it does not answer; is it stopped (Ctrl-Z)?`
	for name, half := range map[string]string{
		"no answer":   "",
		"half of one": "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n\r\n\x00\x00",
	} {
		t.Run(name, func(t *testing.T) {
			silent(t, half)
			if _, err := Dial(context.Background(), "test"); err == nil || err.Error() != want {
				t.Errorf("it says %v, want %s", err, want)
			}
		})
	}
}

// Who does not want to wait for an answer need not.
func TestDialIsGivenUp(t *testing.T) {
	silent(t, "")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Dial(ctx, "test"); !errors.Is(err, context.Canceled) {
		t.Errorf("it says %v", err)
	}
}
