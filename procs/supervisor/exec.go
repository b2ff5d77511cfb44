package supervisor

import (
	"bytes"
	"context"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"example.com/muster/procs"
	"example.com/muster/procs/output"
	"example.com/muster/procs/spawn"
)

// markProbe is the variable that marks what belongs to one try of a probe.
const markProbe = "MUSTER_PROBE"

// Exec implements [Launcher]. The command is a child of the guard, as a run
// is, so that it does not outlive muster either; nothing that it starts outlives
// the try, whatever session or group it goes to.
func (g *OnGuard) Exec(ctx context.Context, l Launch, argv []string) (e procs.Exit, said string, err error) {
	spec, base := g.expand(l)
	env := g.environ(l, base, resolved{mode: procs.OutputPipe})
	return g.exec(ctx, try{argv: argv, env: env, dir: spec.Dir, keepDaemons: l.Spec.KeepDaemons})
}

// Hook runs a command of the user's to its end, in dir ("" for muster's own) and
// muster's environment, with text as its standard input; said is the last line
// that it printed. Nothing of it outlives the call, as with Exec.
func (g *OnGuard) Hook(ctx context.Context, argv []string, dir string, text []byte) (e procs.Exit, said string, err error) {
	r, w, err := os.Pipe()
	if err != nil {
		return procs.Exit{}, "", err
	}
	_ = r.Fd() // which makes it wait, as programs expect of their standard input
	written := make(chan struct{})
	go func() { // ends when all is written, or nobody is left to read it
		defer close(written)
		_, _ = w.Write(text) // a command need not read it
		_ = w.Close()        // likewise
	}()
	defer func() { <-written }()
	defer w.Close() // which ends the writing, where somebody holds the other end and does not read
	defer r.Close() // the command has a copy
	env := lastWins(append(slices.Clone(g.Environ), "MUSTER_SESSION="+g.Session))
	return g.exec(ctx, try{argv: argv, env: env, dir: dir, stdin: r})
}

// try is one command that is run to its end.
type try struct {
	argv, env   []string
	dir         string
	stdin       *os.File // nil: nothing to read
	keepDaemons bool
}

func (g *OnGuard) exec(ctx context.Context, t try) (e procs.Exit, said string, err error) {
	name := strconv.Itoa(os.Getpid()) + "." + strconv.FormatUint(g.tries.Add(1), 10)
	t.env = append(t.env, markProbe+"="+name)
	defer func() {
		if !t.keepDaemons {
			g.Guard.EndAdopted(markProbe, name)
		}
	}()
	streams, err := spawn.Open(procs.OutputPipe, spawn.StreamOptions{Stdin: t.stdin})
	if err != nil {
		return procs.Exit{}, "", err
	}
	p, err := g.Guard.Start(ctx, spawn.Command{Argv: t.argv, Env: t.env, Dir: t.dir, Streams: streams})
	if err != nil {
		streams.Close()
		return procs.Exit{}, "", err
	}
	var last tail
	pumped := make(chan struct{})
	go func() { // ends when the streams are closed
		defer close(pumped)
		streams.Pump(last.take)
	}()
	defer func() { <-pumped }()
	defer streams.Close()
	select {
	case e := <-p.Exit():
		streams.Drain(drainTimeout) // what it has left running may print on, to nobody
		return e, last.line(), nil
	case <-ctx.Done():
		_ = p.SignalGroup(procs.SIGKILL) // refused if it has ended by now
		<-p.Exit()
		return procs.Exit{}, "", context.Cause(ctx)
	}
}

// tail keeps the end of what a probe's command prints.
type tail struct {
	mu   sync.Mutex
	text []byte
}

// tailBytes is how much is kept, saidRunes how much of a line is shown.
const (
	tailBytes = 4 << 10
	saidRunes = 120
)

func (t *tail) take(_ procs.Stream, _ int, p []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p[max(0, len(p)-tailBytes):]...)
	if len(t.text) > 2*tailBytes {
		t.text = append(t.text[:0], t.text[len(t.text)-tailBytes:]...)
	}
}

// shown returns a character as it may be shown; -1 for one that may not.
func shown(r rune) rune {
	switch {
	case unicode.IsSpace(r):
		return ' '
	case !unicode.IsPrint(r):
		return -1
	}
	return r
}

// line returns the last line that shows anything, without what could act on a
// terminal, and cut where it is long.
func (t *tail) line() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	lines := bytes.Split(t.text, []byte{'\n'})
	for i := len(lines) - 1; i >= 0; i-- {
		text := strings.ToValidUTF8(string(output.Plain(lines[i])), "\ufffd")
		text = strings.TrimSpace(strings.Map(shown, text))
		if text == "" {
			continue
		}
		if runes := []rune(text); len(runes) > saidRunes {
			text = strings.TrimSpace(string(runes[:saidRunes])) + "..."
		}
		return text
	}
	return ""
}
