package session

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestOnlyTheLastSessionsKeepTheirLogs(t *testing.T) {
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	state := StateDir()
	for i := range KeptSessions + 4 {
		dir, err := LogDir(state, fmt.Sprintf("s%d", i))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "p-0.001.log"), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		at := time.Now().Add(time.Duration(i-100) * time.Minute)
		if err := os.Chtimes(dir, at, at); err != nil {
			t.Fatal(err)
		}
	}
	l, _, err := Keep(Record{Session: "new", PID: os.Getpid(), StartedAt: Time(time.Now())})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(0); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(state)
	if err != nil || len(entries) != KeptSessions {
		t.Fatalf("%d sessions are kept, want %d; %v", len(entries), KeptSessions, err)
	}
	for name, want := range map[string]bool{"s0": false, "s4": false, "s5": true, fmt.Sprintf("s%d", KeptSessions+3): true, "new": true} {
		if _, err := os.Stat(filepath.Join(state, name)); (err == nil) != want {
			t.Errorf("session %s kept: %v, want %v", name, err == nil, want)
		}
	}
	if info, err := os.Stat(state); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the logs' directory has mode %v, want 0700", info.Mode())
	}
}

func TestADirectoryThatIsOpenToOthersIsClosed(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "muster")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := private(dir); err != nil {
		t.Fatal(err)
	}
	if info, _ := os.Stat(dir); info.Mode().Perm() != 0o700 {
		t.Errorf("mode %v", info.Mode())
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	if err := private(link); err == nil {
		t.Error("a symbolic link is followed to somebody else's directory")
	}
}

func TestSessionNames(t *testing.T) {
	for _, good := range []string{"train-1", "a", "web.2_x", strings.Repeat("n", 40)} {
		if err := CheckName(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for _, bad := range []string{"", ".", "../x", "a/b", "a b", "-x", "ü", strings.Repeat("n", 41)} {
		if err := CheckName(bad); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
	for _, pool := range []string{"train", "ünï", "..", strings.Repeat("long", 30)} {
		if name := FreeName(pool); CheckName(name) != nil {
			t.Errorf("a pool %q makes a session %q: %v", pool, name, CheckName(name))
		}
	}
}

// TestARelativeHomeIsNone: it would be another one in each directory, and what is there is the user's.
func TestARelativeHomeIsNone(t *testing.T) {
	for _, set := range [][2]string{{"rel", ""}, {"rel", "rel"}, {"", "rel"}} {
		t.Setenv("HOME", set[0])
		t.Setenv("XDG_STATE_HOME", set[1])
		if dir := StateDir(); !strings.HasPrefix(dir, os.TempDir()+"/") {
			t.Errorf("with HOME=%q and XDG_STATE_HOME=%q all is kept in %s", set[0], set[1], dir)
		}
	}
}
