package uitest

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

var update = flag.Bool("update", false, "write the golden frames anew; look at the difference before you keep it")

// Golden compares a frame, without its colours, with testdata/NAME.txt, and
// checks that it is exactly h lines of at most w cells.
func Golden(t testing.TB, name, frame string, w, h int) {
	t.Helper()
	Fits(t, frame, w, h)
	lines := strings.Split(ansi.Strip(frame), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " ")
	}
	got := strings.Join(lines, "\n") + "\n"
	kept(t, "frame", name+".txt", got)
}

// kept compares what a test has got with a file in testdata, or writes that anew.
func kept(t testing.TB, what, file, got string) {
	t.Helper()
	path := filepath.Join("testdata", file)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (go test -update writes it)", err)
	}
	if got != string(want) {
		t.Errorf("the %s differs from %s (go test -update)\ngot:\n%s\nwant:\n%s", what, path, got, want)
	}
}

// Fits checks the contract of Render: exactly h lines, none wider than w
// cells, and no escape sequence but those that set colours and attributes.
func Fits(t testing.TB, frame string, w, h int) {
	t.Helper()
	lines := strings.Split(frame, "\n")
	if len(lines) != h {
		t.Errorf("the frame has %d lines, want %d", len(lines), h)
	}
	for i, l := range lines {
		if n := ansi.StringWidth(l); n > w {
			t.Errorf("line %d is %d cells wide, want at most %d: %q", i, n, w, l)
		}
		if bad := unsafe(l); bad != "" {
			t.Errorf("line %d has %q, which is no colour: %q", i, bad, l)
		}
	}
}

// unsafe returns the first control character or escape sequence that is not SGR.
func unsafe(line string) string {
	for i := 0; i < len(line); i++ {
		c := line[i]
		if c != 0x1b {
			if c < 0x20 || c == 0x7f {
				return line[i : i+1]
			}
			continue
		}
		end := i + 1
		if end < len(line) && line[end] == '[' {
			for end++; end < len(line) && (line[end] >= '0' && line[end] <= '9' || line[end] == ';' || line[end] == ':'); {
				end++
			}
		}
		if end >= len(line) || line[end] != 'm' {
			return line[i:min(end+1, len(line))]
		}
		i = end
	}
	return ""
}
