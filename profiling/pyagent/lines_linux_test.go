package pyagent

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestLines: with lines the program's line is there when it ends, in one
// write; without, when Python pleases.
func TestLines(t *testing.T) {
	const program = "import sys\nprint('a', 'b')\nprint('c', file=sys.stderr)\nsys.stdin.read()"
	eachPython(t, func(t *testing.T, python string) {
		for _, tt := range []struct {
			name, lines string // "ours" stands for the number of what it writes to
			atOnce      bool
		}{{"to all", AllLines, true}, {"to none", "", false}, {"to this", "7 ours", true}, {"to another", "7", false}} {
			pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
			must(t, err)
			ours, theirs := os.NewFile(uintptr(pair[0]), "ours"), os.NewFile(uintptr(pair[1]), "theirs")
			var st unix.Stat_t
			must(t, unix.Fstat(pair[1], &st))
			lines := strings.ReplaceAll(tt.lines, "ours", strconv.FormatUint(st.Ino, 10))
			text, want := program, "a b\n"
			if !tt.atOnce { // what it says after its input has ended is in the same write
				want = "a b\n-"
				text = "import sys\nprint('a', 'b')\nsys.stdin.read()\nprint('-', end='')"
			}
			got := saidTo(t, ours, theirs, install(t).Environ(plainEnviron(), lines), tt.atOnce, python, "-c", text)
			if got != want {
				t.Errorf("lines %s: the first write is %q, want %q", tt.name, got, want)
			}
		}
	})
}

// saidTo returns the first write of a program whose output is a socket. Its
// input ends before that is read, unless it is to speak without that.
func saidTo(t *testing.T, ours, theirs *os.File, env []string, atOnce bool, argv ...string) string {
	t.Helper()
	defer ours.Close()
	c := talkTo(t, theirs, env, argv...)
	must(t, theirs.Close())
	if !atOnce {
		c.end(t)
	}
	buf := make([]byte, 4096)
	n, err := ours.Read(buf)
	must(t, err)
	if atOnce {
		c.end(t)
	}
	return string(buf[:n])
}
