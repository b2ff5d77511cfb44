package postmortem

import (
	"cmp"
	"os"
	"path/filepath"
	"testing"
	"time"

	"example.com/muster/procs"
	"example.com/muster/procs/procfs"
)

// TestCoreOfTheShortLived: a process that dies at once was never looked at, and its core
// may be older than what muster knows of its start.
func TestCoreOfTheShortLived(t *testing.T) {
	proc, dir := t.TempDir(), t.TempDir()
	for name, text := range map[string]string{"core_pattern": "core\n", "core_uses_pid": "0\n"} {
		name = filepath.Join(proc, "sys/kernel", name)
		if err := cmp.Or(os.MkdirAll(filepath.Dir(name), 0o700), os.WriteFile(name, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	began := time.Now()
	ref := procs.PIDRef{PID: 42, StartTime: procfs.Ticks()}
	segv, _ := procs.ParseSignal("SEGV")
	core := filepath.Join(dir, "core")
	if err := os.WriteFile(core, []byte("core"), 0o600); err != nil {
		t.Fatal(err)
	}
	w := newWatcher(proc, time.Now)
	for _, tt := range []struct {
		name    string
		ref     procs.PIDRef
		written time.Duration // after its start
		learned time.Duration // likewise
		want    string
	}{
		{"muster learns of it late", ref, 4 * time.Millisecond, 30 * time.Millisecond, core},
		{"the file's clock is a tick behind", procs.PIDRef{PID: 42}, -8 * time.Millisecond, 0, core},
		{"one of before", ref, -time.Minute, 30 * time.Millisecond, ""},
	} {
		at := began.Add(tt.written)
		if err := os.Chtimes(core, at, at); err != nil {
			t.Fatal(err)
		}
		got := w.Core(tt.ref, procs.Exit{Signal: segv, Core: true}, dir, began.Add(tt.learned))
		if got.Path != tt.want {
			t.Errorf("%s: found %q, want %q", tt.name, got.Path, tt.want)
		}
	}
}
