package source

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadSource(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	file := write("a.py", "one\n\n    three\n\tfour\n    five\r\n\n\nlast")
	deep := write("deep.py", "    a\n\t  b\n")
	long := write("long.py", strings.Repeat("x", 1<<20)+"\nsecond\n")
	for _, tt := range []struct {
		name  string
		file  string
		line  int
		first int
		want  []string
	}{
		{"the middle", file, 4, 1, []string{"one", "", "    three", "    four", "    five"}},
		{"empty lines before it", file, 5, 3, []string{"    three", "    four", "    five", "", "", "last"}},
		{"indented lines alone", deep, 2, 1, []string{"a", "  b"}},
		{"the last", file, 8, 5, []string{"    five", "", "", "last"}},
		{"an empty line", file, 2, 1, []string{"one", "", "    three", "    four", "    five"}},
		{"beyond the end", file, 9, 0, nil},
		{"a line that is too long is cut", long, 2, 1, []string{strings.Repeat("x", maxText), "second"}},
		{"no line", file, 0, 0, nil},
		{"no file", filepath.Join(dir, "none.py"), 1, 0, nil},
		{"a directory", dir, 1, 0, nil},
		{"what is no file", "<string>", 1, 0, nil},
		{"a device", "/dev/zero", 1, 0, nil},
	} {
		got := Read(Place{PID: os.Getpid(), File: tt.file, Line: tt.line})
		if d := cmp.Diff(tt.want, got.Text); d != "" || tt.want != nil && (got.First != tt.first || got.Line != tt.line) {
			t.Errorf("%s: from %d, line %d (-want +got):\n%s", tt.name, got.First, got.Line, d)
		}
	}
}

// A program may name a pipe in its stack: whoever reads it must not wait for a writer.
func TestAPipeIsNotRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe.py")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := Read(Place{PID: 1, File: path, Line: 1}); got.Text != nil {
		t.Errorf("read %q", got.Text)
	}
}

func TestARelativeNameBeginsWhereTheProcessStands(t *testing.T) {
	if got := (Place{PID: 4121, File: "src/a.py"}).Path(); got != "/proc/4121/cwd/src/a.py" {
		t.Errorf("got %q", got)
	}
	if got := (Place{PID: 4121, File: "/src/a.py"}).Path(); got != "/src/a.py" {
		t.Errorf("got %q", got)
	}
}
