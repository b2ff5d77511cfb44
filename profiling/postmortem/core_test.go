package postmortem

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestCore: where a core is found, and what is said of it.
func TestCore(t *testing.T) {
	dir := t.TempDir()
	cwd := filepath.Join(dir, "work[1]")
	if err := os.Mkdir(cwd, 0o700); err != nil {
		t.Fatal(err)
	}
	began := time.Now().Add(-time.Minute)
	put := func(name string, at time.Time) {
		t.Helper()
		if err := os.WriteFile(name, []byte("core"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(name, at, at); err != nil {
			t.Fatal(err)
		}
	}
	now := time.Now()
	for _, name := range []string{"core.42", "only", "two.1", "two.2", "42-11-node-a%b", "!bin!a b"} {
		put(filepath.Join(cwd, name), now)
	}
	put(filepath.Join(cwd, "old.42"), began.Add(-time.Hour))
	put(filepath.Join(dir, "abs-42-1800000000"), now)

	for _, tt := range []struct {
		name, pattern string
		usesPID       bool
		limit         int64
		written       bool
		file, how     string
	}{
		{"core with the pid", "core", true, noLimit, true, "work[1]/core.42", "gdb /bin/a b "},
		{"a name that is always the same", "only", false, noLimit, true, "work[1]/only", "gdb"},
		{"pid, signal, host, name and a percent sign", "%p-%s-%h-%e", false, noLimit, true, "work[1]/42-11-node-a%b", "gdb"},
		{"the program's path", "%E", false, noLimit, true, "work[1]/!bin!a b", "gdb"},
		{"an absolute path and the time", dir + "/abs-%p-%t", false, noLimit, true, "abs-42-1800000000", "gdb"},
		{"two that may be it", "two.%i", false, noLimit, true, "", "is not there"},
		{"one of before", "old.%p", false, noLimit, true, "", "is not there"},
		{"none", "none.%p%", false, noLimit, true, "", "is not there"},
		{"the limit is 0", "core", true, 0, false, "", "ulimit -c unlimited"},
		{"an empty pattern", "", false, noLimit, false, "", "core_pattern is empty"},
		{"no reason is seen", "core", true, noLimit, false, "", "perhaps"},
		{"systemd", "|/usr/lib/systemd/systemd-coredump %P %u", false, noLimit, true, "", "coredumpctl info 42"},
		{"apport", "|/usr/share/apport/apport -p%p", false, 0, true, "", "/var/crash"},
		{"another", "|/opt/keep %p", false, noLimit, true, "", "keep has it"},
		{"a program that got none", "|/usr/lib/systemd/systemd-coredump %P", false, noLimit, false, "", "got none"},
		{"nothing for a program", "|/usr/lib/systemd/systemd-coredump %P", false, 0, false, "", "ulimit -c unlimited"},
		{"a socket", "@/run/core.socket", false, noLimit, true, "", "the socket /run/core.socket"},
		{"a socket with the newer protocol", "@@/run/core.socket", false, noLimit, true, "", "the socket /run/core.socket"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := dump{pattern: tt.pattern, usesPID: tt.usesPID, limit: tt.limit, written: tt.written, pid: 42, signal: 11, comm: "a%b", exe: "/bin/a b", host: "node", cwd: cwd}
			file := ""
			if tt.written {
				file = d.find(began)
			}
			want := tt.file
			if want != "" {
				want = filepath.Join(dir, want)
			}
			if file != want {
				t.Errorf("found %q, want %q", file, want)
			}
			if how := d.how(file); !strings.Contains(how, tt.how) || strings.Contains(how, "\n") {
				t.Errorf("%q, want %q in it", how, tt.how)
			}
		})
	}
}

// TestCoreLimit reads what the kernel writes.
func TestCoreLimit(t *testing.T) {
	for text, want := range map[string]int64{
		"": unknownLimit,
		"Limit                     Soft Limit           Hard Limit           Units     \nMax core file size        0                    unlimited            bytes     \n": 0,
		"Max core file size        unlimited            unlimited            bytes     \n":                                                                                 noLimit,
		"Max core file size        4096                 unlimited            bytes     \n":                                                                                 4096,
	} {
		name := filepath.Join(t.TempDir(), "limits")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := readLimits(name).core(); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}
