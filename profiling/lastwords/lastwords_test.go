package lastwords

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/muster/procs"
)

func TestOf(t *testing.T) {
	d, err := Make(filepath.Join(t.TempDir(), "go"))
	if err != nil {
		t.Fatal(err)
	}
	write := func(pid, text string) {
		if err := os.WriteFile(filepath.Join(d.path, pid), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("7", "panic: oh\n\ngoroutine 1 [running]:\n")
	lines := d.Of(procs.ID{Pool: "p"}, 7, time.Now().Add(-time.Minute))
	if len(lines) != 3 || string(lines[0].Text) != "panic: oh" || lines[2].PID != 7 || lines[2].Stream != procs.Stderr {
		t.Errorf("%+v", lines)
	}
	if again := d.Of(procs.ID{}, 7, time.Time{}); again != nil {
		t.Errorf("told twice: %v", again)
	}
	write("8", "panic: another's\n")
	if old := d.Of(procs.ID{}, 8, time.Now().Add(time.Minute)); old != nil {
		t.Errorf("of a process that used the number before: %v", old)
	}
	write("9", strings.Repeat("x", maxText+1000))
	if long := d.Of(procs.ID{}, 9, time.Time{}); len(long) != 1 || len(long[0].Text) != maxText {
		t.Errorf("%d lines", len(long))
	}
	if err := syscall.Mkfifo(filepath.Join(d.path, "10"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/etc/passwd", filepath.Join(d.path, "11")); err != nil {
		t.Fatal(err)
	}
	for _, pid := range []int{10, 11, 12} {
		if lines := d.Of(procs.ID{}, pid, time.Time{}); lines != nil {
			t.Errorf("pid %d: %v", pid, lines)
		}
	}
	if err := d.Remove(); err != nil {
		t.Error(err)
	}
}
