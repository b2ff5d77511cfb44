package session

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Anybody can take the directory's name in a temporary directory that all share:
// the session then is served from a place that is the user's own.
func TestASquatterKeepsNobodyFromBeingAsked(t *testing.T) {
	dir := places(t)
	t.Setenv("XDG_RUNTIME_DIR", "")
	trap := filepath.Join(dir, "trap")
	if err := os.Mkdir(trap, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(trap, filepath.Join(dir, fmt.Sprintf("muster-%d", os.Getuid()))); err != nil {
		t.Fatal(err)
	}
	s, end := live(t, sleeper("p"))
	defer end()
	srv, err := Serve(s, ServeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = srv.Close(0) }() // temporary
	if !strings.HasPrefix(srv.Path(), StateDir()) {
		t.Errorf("its socket is %s", srv.Path())
	}
	if _, err := client(t).PS(context.Background()); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(trap); err != nil || len(left) > 0 {
		t.Errorf("in the trap: %v, %v", left, err)
	}
}
