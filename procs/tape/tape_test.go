package tape

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"

	"example.com/muster/procs"
)

// read returns the next piece of a view, which must be there.
func read(t *testing.T, v *View) procs.TerminalPiece {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // whatever is there comes all the same
	p, err := v.Next(ctx)
	if err != nil {
		t.Fatalf("nothing is there: %v", err)
	}
	return p
}

func TestAViewBeginsWithWhatWasBefore(t *testing.T) {
	var tape Tape
	if tape.Write([]byte(">>> ")) {
		t.Error("somebody watches")
	}
	v := tape.Open()
	if !tape.Write([]byte("1")) {
		t.Error("nobody watches")
	}
	if p := read(t, v); !p.Fresh || p.Answer || string(p.Data) != ">>> " {
		t.Errorf("first: %+v", p)
	}
	if p := read(t, v); p.Fresh || !p.Answer || string(p.Data) != "1" {
		t.Errorf("then: %+v", p)
	}
	second := tape.Open()
	if p := read(t, second); !p.Fresh || string(p.Data) != ">>> 1" {
		t.Errorf("the second begins with %+v", p)
	}
	tape.Write([]byte("2"))
	if one, two := read(t, v), read(t, second); !one.Answer || two.Answer {
		t.Error("both answer, or the wrong one")
	}
	v.Close()
	tape.Write([]byte("3"))
	if p := read(t, second); !p.Answer {
		t.Error("nobody answers")
	}
	if _, err := v.Next(t.Context()); !errors.Is(err, io.EOF) {
		t.Errorf("a view that is closed: %v", err)
	}
	second.Close()
	if tape.Write([]byte("4")) {
		t.Error("somebody watches whom nobody has seen leave")
	}
}

func TestAViewWaitsAndEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tape Tape
		v := tape.Open()
		read(t, v)
		pieces := make(chan string)
		go func() {
			for {
				p, err := v.Next(t.Context())
				if err != nil {
					if !errors.Is(err, io.EOF) {
						t.Error(err)
					}
					close(pieces)
					return
				}
				pieces <- string(p.Data)
			}
		}()
		synctest.Wait()
		tape.Write([]byte("a"))
		if got := <-pieces; got != "a" {
			t.Errorf("%q", got)
		}
		tape.Write([]byte("b"))
		tape.End()
		if got := <-pieces; got != "b" {
			t.Errorf("%q", got)
		}
		if _, open := <-pieces; open {
			t.Error("it goes on after its end")
		}
	})
}

// A program that floods never waits; who is too slow begins anew.
func TestWhoIsTooSlowBeginsAnew(t *testing.T) {
	var tape Tape
	tape.Write([]byte("\x1b[?1049h\x1b[?25;1000l\x1b[?1"))
	tape.Write([]byte("h\x1b[?2004h"))
	v := tape.Open()
	read(t, v)
	line := strings.Repeat("x", 98) + "\r\n"
	for range 10_000 {
		tape.Write([]byte(line))
	}
	tape.Write([]byte("\x1b[?2004lend"))
	p := read(t, v)
	const modes = "\x1b[?1h\x1b[?25l\x1b[?1049h\x1b[?2004h"
	if !p.Fresh || p.Answer || !bytes.HasPrefix(p.Data, []byte(modes+"xxx")) || !bytes.HasSuffix(p.Data, []byte("\r\n\x1b[?2004lend")) {
		t.Errorf("fresh %v, answer %v, %d bytes, from %.60q", p.Fresh, p.Answer, len(p.Data), p.Data)
	}
	if n := len(p.Data); n < keep || n > 2*keep+len(modes) {
		t.Errorf("%d bytes are kept", n)
	}
}

func TestModesOfPieces(t *testing.T) {
	const all = "a\x1b[?1;25l\x1b[?1049hb\x1b[?25h\x1b[1;2H\x1b[?1049$p\x1b[?2004h\x1b\x1b[?7l"
	const want = "\x1b[?7l\x1b[?1049h\x1b[?2004h"
	for cut := range len(all) {
		var m modes
		m.scan([]byte(all[:cut]))
		m.scan([]byte(all[cut:]))
		if got := string(m.sequence()); got != want {
			t.Fatalf("cut at %d: %q, want %q", cut, got, want)
		}
	}
	var m modes
	m.scan([]byte("\x1b[?" + strings.Repeat("1;", 1000)))
	m.scan([]byte("\x1b[?1049h"))
	if got := string(m.sequence()); got != "\x1b[?1049h" {
		t.Errorf("behind a sequence without an end: %q", got)
	}
}
