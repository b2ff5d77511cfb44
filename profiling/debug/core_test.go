package debug

import (
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

func TestNewestCore(t *testing.T) {
	dir := t.TempDir()
	if got := newest(filepath.Join(dir, "core*")); got != "" {
		t.Errorf("found %s", got)
	}
	if err := os.WriteFile(filepath.Join(dir, "core.7"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "core.d"), 0o700); err != nil {
		t.Fatal(err)
	}
	if got := newest(filepath.Join(dir, "core*")); got != filepath.Join(dir, "core.7") {
		t.Errorf("found %q", got)
	}
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
