package spawn

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"example.com/muster/procs"
)

// TestTwoStreamsKeepTheirOrder: what a program prints to one stream right after the
// other is read after it, whichever is first.
func TestTwoStreamsKeepTheirOrder(t *testing.T) {
	const rounds = 200
	g := newGuard(t)
	for _, mode := range []procs.OutputMode{procs.OutputPipe, procs.OutputByWriter} {
		for name, script := range map[string]string{
			"stdout first": `echo a; echo b >&2`,
			"stderr first": `echo a >&2; echo b`,
		} {
			t.Run(string(mode)+", "+name, func(t *testing.T) {
				s, err := Open(mode, StreamOptions{})
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close()
				var all bytes.Buffer // written in turns
				pumped := make(chan struct{})
				go func() {
					defer close(pumped)
					s.Pump(func(_ procs.Stream, _ int, b []byte) { all.Write(b) })
				}()
				loop := fmt.Sprintf("for i in $(seq %d); do %s; sleep 0.002; done", rounds, script)
				p, err := g.Start(t.Context(), Command{Argv: []string{"sh", "-c", loop}, Env: os.Environ(), Streams: s})
				if err != nil {
					t.Fatal(err)
				}
				<-p.Exit()
				<-pumped
				got := strings.Fields(all.String())
				wrong := 0
				for i := 0; i+1 < len(got); i += 2 {
					if got[i] != "a" || got[i+1] != "b" {
						wrong++
					}
				}
				if len(got) != 2*rounds || wrong > 0 {
					t.Errorf("%d lines; of %d pairs %d are the wrong way round", len(got), rounds, wrong)
				}
			})
		}
	}
}
