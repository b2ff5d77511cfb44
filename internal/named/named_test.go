package named

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestLost(t *testing.T) {
	dir := t.TempDir()
	write := func(name string) fs.FileInfo {
		t.Helper()
		name = filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o700), os.WriteFile(name, nil, 0o600)); err != nil {
			t.Fatal(err)
		}
		info, err := os.Lstat(name)
		if err != nil {
			t.Fatal(err)
		}
		return info
	}
	ours, other := write("d/file"), write("d/other")
	if err := errors.Join(os.Symlink("file", filepath.Join(dir, "d/link")), os.Symlink("loop", filepath.Join(dir, "loop"))); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		lost   bool
		vacant bool // likewise where any file will do
	}{
		{"d/file", false, false},
		{"d/other", true, false},
		{"d/link", true, false},
		{"d/none", true, true},
		{"none/file", true, true},
		{"d/other/file", true, true}, // what was a directory is none
		{"loop/file", false, false},  // cannot be found out
	} {
		name := filepath.Join(dir, tt.name)
		if got := Lost(name, ours); got != tt.lost {
			t.Errorf("that %s is lost: %v, want %v", tt.name, got, tt.lost)
		}
		if got := Lost(name, nil); got != tt.vacant {
			t.Errorf("that nothing is %s: %v, want %v", tt.name, got, tt.vacant)
		}
	}
	if Lost(filepath.Join(dir, "d/other"), other) {
		t.Error("the other file is lost")
	}
}

func TestGone(t *testing.T) {
	for err, want := range map[error]bool{
		syscall.ENOENT: true, syscall.ENOTDIR: true, fs.ErrNotExist: true, &fs.PathError{Err: syscall.ENOTDIR}: true,
		syscall.EACCES: false, syscall.ELOOP: false, syscall.EIO: false,
	} {
		if got := Gone(err); got != want {
			t.Errorf("that %v says so: %v", err, got)
		}
	}
	if Gone(nil) {
		t.Error("no error says so")
	}
}
