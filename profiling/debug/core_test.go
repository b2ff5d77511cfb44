package debug

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCorePattern(t *testing.T) {
	d := Dead{PID: 7, Dir: "/srv/a[b]"}
	for pattern, want := range map[string][2]string{ // without and with kernel.core_uses_pid
		"core":                 {`/srv/a\[b]/core`, `/srv/a\[b]/core.7`},
		"/var/c/%e.%p.%t":      {"/var/c/*.7.*", "/var/c/*.7.*"},
		"/var/100%%/core-%u":   {"/var/100%/core-*", "/var/100%/core-*.7"},
		"/var/odd%":            {"/var/odd%", "/var/odd%.7"},
		"/var/c/*/core.%P.%h?": {`/var/c/\*/core.*.*\?`, `/var/c/\*/core.*.*\?.7`},
	} {
		for i, uses := range []bool{false, true} {
			if got := CorePattern(pattern, uses, d); got != want[i] {
				t.Errorf("%s, %v: %s, want %s", pattern, uses, got, want[i])
			}
		}
	}
}

// TestCoreOf: a file that is no core dump of the process is none, whatever its name.
func TestCoreOf(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"core.7", "core.8"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("\x7fELF"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if name, exe := coreOf(filepath.Join(dir, "core*"), 7); name != "" || exe != "" {
		t.Errorf("found %q of %q", name, exe)
	}
}

func FuzzNotes(f *testing.F) {
	f.Add([]byte("\x05\x00\x00\x00\x04\x00\x00\x00\x03\x00\x00\x00CORE\x00\x00\x00\x00\x01\x02\x03\x04"), uint64(1))
	f.Fuzz(func(_ *testing.T, b []byte, at uint64) {
		eachNote(b, binary.LittleEndian, func(_ uint32, note []byte) {
			_ = fileAt(note, at, binary.LittleEndian)
			_ = entryOf(note, binary.LittleEndian)
		})
		_ = fileAt(b, at, binary.LittleEndian)
		_, _ = readCore(bytes.NewReader(b)) // any error will do
	})
}

func TestCoreOfACollector(t *testing.T) {
	installed := func(string) string { return "/bin/coredumpctl" }
	plan, err := fromCollector(Dead{PID: 7}, "/usr/lib/systemd/systemd-coredump %P %u", installed)
	if err != nil || strings.Join(plan.Argv, " ") != "/bin/coredumpctl debug 7" {
		t.Errorf("%+v, %v", plan, err)
	}
	_, err = fromCollector(Dead{PID: 7}, "/usr/share/apport/apport %p", installed)
	if refused, ok := errors.AsType[*Refusal](err); !ok || refused.Why != "it has ended, and its core dump went to /usr/share/apport/apport" {
		t.Errorf("another collector: %v", err)
	}
}
