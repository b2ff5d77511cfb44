package headless

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"

	"example.com/muster/procs"
	"example.com/muster/procs/output"
	"example.com/muster/ui/theme"
)

// ends is a file that keeps where each write of it ended.
type ends struct {
	bytes.Buffer
	at []int
}

func (e *ends) Write(p []byte) (int, error) {
	n, err := e.Buffer.Write(p)
	e.at = append(e.at, e.Len())
	return n, err
}

// TestFloodIsWrittenInBlocks: of a flood each write ends where a block of the
// file does, also after a flush in its middle; and each line comes once.
func TestFloodIsWrittenInBlocks(t *testing.T) {
	var file ends
	var want strings.Builder
	p := NewLines(LineOptions{Out: &file, Prefix: "name", Theme: theme.New(colorprofile.NoTTY, false)})
	print := func(n int) {
		for i := range n {
			line := fmt.Sprintf("line %d %s\n", i, strings.Repeat("x", i%200))
			p.Print(output.Chunk{ID: procs.ID{Pool: "p"}, Lines: 1, Text: []byte(line)})
			want.WriteString("p/0 | " + line)
		}
	}
	print(10)
	if err := p.Flush(); err != nil {
		t.Fatal(err)
	}
	if len(file.at) != 1 || file.Len() != want.Len() {
		t.Errorf("%d writes end at %d after a flush of %d bytes", len(file.at), file.at, want.Len())
	}
	print(10_000)
	if len(file.at) < 3 {
		t.Fatalf("%d bytes of a flood take %d writes", want.Len(), len(file.at))
	}
	for _, at := range file.at[1:] {
		if at%fileBlock != 0 {
			t.Errorf("a write ends at %d, in the middle of a block", at)
		}
	}
	if err := p.Flush(); err != nil || file.String() != want.String() {
		t.Errorf("%d bytes are printed, %v; want %d", file.Len(), err, want.Len())
	}
}

type closedPipe struct{ writes int }

var errClosed = errors.New("closed")

func (c *closedPipe) Write([]byte) (int, error) { c.writes++; return 0, errClosed }

// TestFirstErrorIsKept: whoever prints into a closed pipe is told, and it is
// not tried again.
func TestFirstErrorIsKept(t *testing.T) {
	var out closedPipe
	p := NewLines(LineOptions{Out: &out, Prefix: "none", Theme: theme.New(colorprofile.NoTTY, false)})
	for range 3 {
		p.Print(output.Chunk{Lines: 1, Text: append(bytes.Repeat([]byte{'x'}, maxHeld), '\n')})
	}
	if !errors.Is(p.Err(), errClosed) || !errors.Is(p.Flush(), errClosed) || out.writes != 1 {
		t.Errorf("%v after %d writes", p.Err(), out.writes)
	}
}
