package headless

import (
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"

	"example.com/muster/procs"
	"example.com/muster/procs/output"
	"example.com/muster/ui/theme"
)

// TestALineAfterAPartOfALongOne: a line of one writer that follows the first part of another's
// very long line is its own line, with its own prefix.
func TestALineAfterAPartOfALongOne(t *testing.T) {
	var b strings.Builder
	l := NewLines(LineOptions{Out: &b, Prefix: "name", Theme: theme.New(colorprofile.NoTTY, false)})
	l.Print(output.Chunk{ID: procs.ID{Pool: "a"}, Lines: 1, Text: []byte("xxx\n"), Cut: true})
	l.Print(output.Chunk{ID: procs.ID{Pool: "b"}, Lines: 1, Text: []byte("i am b\n")})
	l.Print(output.Chunk{ID: procs.ID{Pool: "a"}, Lines: 1, Text: []byte("END\n")})
	_ = l.Flush()
	if want := "a/0 | xxx\nb/0 | i am b\na/0 | END\n"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}
