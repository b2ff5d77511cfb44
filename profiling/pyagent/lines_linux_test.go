package pyagent

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// TestLines: with lines the program's line is there when it ends, in one
// write; without, when Python pleases.
func TestLines(t *testing.T) {
	const program = "import sys\nprint('a', 'b')\nprint('c', file=sys.stderr)\nsys.stdin.read()"
	eachPython(t, func(t *testing.T, python string) {
		for lines, want := range map[bool]string{true: "a b\n", false: "a b\n-"} {
			pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
			must(t, err)
			ours, theirs := os.NewFile(uintptr(pair[0]), "ours"), os.NewFile(uintptr(pair[1]), "theirs")
			text := program
			if !lines { // what it says after its input has ended is in the same write
				text = "import sys\nprint('a', 'b')\nsys.stdin.read()\nprint('-', end='')"
			}
			got := saidTo(t, ours, theirs, install(t).Environ(plainEnviron(), lines), lines, python, "-c", text)
			if got != want {
				t.Errorf("lines %v: the first write is %q, want %q", lines, got, want)
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
