// Package headless prints a session as it goes, for pipes, files, scripts and
// terminals without a screen: one line of output as "pool/slot | text", or
// with everything else that happens as one JSON event a line.
//
// It reads with cursors, so the children never wait for whoever reads the
// printing; and it falls back on the log on disk, so a slow reader loses
// nothing either. What is gone from there too is told as a number.
package headless

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"example.com/muster/procs"
	"example.com/muster/procs/output"
	"example.com/muster/session"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/theme"
)

// Options say how to print.
type Options struct {
	Session *session.Session
	Out     io.Writer // lines, or JSON events
	Err     io.Writer // muster's own words
	JSON    bool
	Prefix  string // name, writer or none
	// Theme colours the prefixes and lets the children's colours through;
	// nil prints the children's bytes as they came.
	Theme *theme.Theme
	// Terminal says that Out is a terminal, which must not be hurt.
	Terminal bool
}

// Printer prints one session. Make one with [New], call [Printer.Run] once.
type Printer struct {
	opt     Options
	out     *bufio.Writer
	lines   *output.Reader
	prefix  map[prefixKey][]byte
	colours map[procs.ID]int
	event   uint64 // last event that was printed
	line    uint64 // how many lines have been read, of the merged numbering
	seq     uint64 // of the JSON events
	scratch []byte
}

type prefixKey struct {
	id  procs.ID
	pid int
}

// New returns a printer that begins with the first line and event.
func New(o Options) *Printer {
	return &Printer{
		opt: o, out: bufio.NewWriterSize(o.Out, 64<<10), lines: o.Session.Store().Stream(procs.Source{}, 0),
		prefix: map[prefixKey][]byte{}, colours: map[procs.ID]int{}, scratch: make([]byte, 0, 64<<10),
	}
}

// Run prints until the store is closed and everything has been printed, or
// writing fails; it returns that error.
func (p *Printer) Run(ctx context.Context) error {
	for {
		chunk, err := p.lines.Chunk(ctx, p.scratch[:0])
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			p.events(^uint64(0))
			return errors.Join(err, p.out.Flush())
		}
		_ = chunk
	}
}

func (p *Printer) printEvent(e procs.Event) {
	if p.opt.JSON {
		p.json(session.EventJSON{At: session.Time(e.At), Type: string(e.Type), Process: e.ID.String(), PID: pid(e.PID), Text: e.Text})
		return
	}
	if e.Type == procs.EventCrash {
		_, _ = fmt.Fprintf(p.opt.Err, "muster: %s%s: %s\n", e.ID, pidWords(e.PID), draw.Plain([]byte(e.Text)))
	}
}

func pidWords(pid int) string {
	if pid == 0 {
		return ""
	}
	return " (pid " + strconv.Itoa(pid) + ")"
}

func pid(n int) *int {
	if n == 0 {
		return nil
	}
	return &n
}

func (p *Printer) json(e session.EventJSON) {
	p.seq++
	e.Seq = p.seq
	b, err := json.Marshal(e)
	if err != nil {
		return // cannot happen: the type holds strings and numbers only
	}
	_, _ = p.out.Write(b) // the buffer keeps its first error for Flush
	_ = p.out.WriteByte('\n')
}
