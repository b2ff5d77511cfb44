package spawn

import (
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"example.com/muster/procs"
)

// TestTwoStreamsKeepTheirOrder: what a program prints to one stream right after the
// other is read after it, whichever is first, and also when it was only waiting for
// both to have come.
func TestTwoStreamsKeepTheirOrder(t *testing.T) {
	const rounds = 200
	g := newGuard(t)
	for _, mode := range []procs.OutputMode{procs.OutputPipe, procs.OutputByWriter} {
		for name, print := range map[string]string{
			"stdout first": "echo a; echo b >&2",
			"stderr first": "echo a >&2; echo b",
		} {
			t.Run(string(mode)+", "+name, func(t *testing.T) {
				stdin, next, err := os.Pipe()
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _, _ = stdin.Close(), next.Close() }()
				if err := withFD(stdin, func(fd int) error { return unix.SetNonblock(fd, false) }); err != nil {
					t.Fatal(err)
				}
				s, err := Open(mode, StreamOptions{Stdin: stdin})
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close()
				came := make(chan string, 2)
				go s.Pump(func(_ procs.Stream, _ int, b []byte) { came <- string(b) })
				argv := []string{"sh", "-c", "while read x; do " + print + "; done"}
				p, err := g.Start(t.Context(), Command{Argv: argv, Env: os.Environ(), Streams: s})
				if err != nil {
					t.Fatal(err)
				}
				wrong := 0
				for round := range rounds {
					if _, err := next.WriteString("\n"); err != nil {
						t.Fatal(err)
					}
					pair := ""
					for !strings.Contains(pair, "a\n") || !strings.Contains(pair, "b\n") {
						select {
						case more := <-came:
							pair += more
						case <-time.After(20 * time.Second):
							t.Fatalf("after %d pairs only %q has come", round, pair)
						}
					}
					if pair != "a\nb\n" {
						wrong++
					}
				}
				if wrong > 0 {
					t.Errorf("of %d pairs %d are the wrong way round", rounds, wrong)
				}
				if _ = next.Close(); wait(t, p).Code != 0 {
					t.Error("it has failed")
				}
			})
		}
	}
}
