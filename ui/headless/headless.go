// Package headless prints a session as it goes, for pipes, files, scripts and
// terminals without a screen: one line of output as "pool/slot | text", or
// with everything else that happens as one JSON event a line.
//
// It reads with cursors, so the children never wait for whoever reads the
// printing; and it falls back on the log on disk, so a slow reader loses
// nothing either. What is gone from there too is told as a number.
//
// Start at [Printer.Run].
package headless

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"

	"example.com/muster/procs"
	"example.com/muster/procs/output"
	"example.com/muster/session"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/plain"
	"example.com/muster/ui/theme"
)

// Options say how to print.
type Options struct {
	Session *session.Session
	Out     io.Writer // lines, or JSON events
	Err     io.Writer // muster's own words
	JSON    bool
	Prefix  string // name, writer or none
	Theme   *theme.Theme
	// Terminal says that Out is a terminal, which must not be hurt by what
	// the children print. Anything else gets their bytes as they came.
	Terminal bool
	// Columns is how wide the terminal is; nil if no line is to be redrawn on it.
	Columns func() int
	// Colourless says that somebody wants no colours, whatever Out is.
	Colourless bool
	// Unread says that Out is the null device. Then no lines are put together.
	Unread bool
	// Plain says everything that happens in sentences among the lines, and lets
	// no control sequence of a program through. It is not for JSON.
	Plain bool
}

// Printer prints one session. Make one with [New], call [Printer.Run] once.
//
// Four goroutines print: one lines, one events, one lines that have not ended, and
// one what is new of deadlocks.
// An event that came after some lines is held back until these have been
// printed.
type Printer struct {
	opt    Options
	reader *output.Reader

	mu      sync.Mutex // guards what follows
	lines   *Lines
	err     error  // the first failure to write
	printed uint64 // lines of the session so far
	last    uint64 // number of the newest event that has been taken
	held    []procs.Event
	loops   verdicts
	kinds   kinds
}

// chunkSize is how much is read and written at a time.
const chunkSize = 256 << 10

// New returns a printer that begins with the first line and event.
func New(o Options) *Printer {
	p := &Printer{
		opt: o, reader: o.Session.Store().Stream(procs.Source{}, 0), loops: newVerdicts(), kinds: kinds{},
		lines: NewLines(LineOptions{
			Out: o.Out, JSON: o.JSON, Prefix: o.Prefix, Theme: o.Theme, Terminal: o.Terminal || o.Plain,
			Columns: o.Columns, Colourless: o.Colourless, Whole: !o.Terminal,
		}),
	}
	if o.Unread {
		p.printed = everything
	} else {
		p.reader.Hold()
	}
	return p
}

// everything is more lines than there will ever be.
const everything = ^uint64(0)

// Run prints until the session's store has been closed and all of it has been
// printed, or until writing fails: that error is returned.
func (p *Printer) Run(ctx context.Context) error {
	defer p.reader.Close()
	watching, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() { p.watchEvents(watching) })
	if !p.opt.JSON && p.opt.Terminal {
		wg.Go(func() { p.watchOpen(watching) })
	}
	wg.Go(func() { p.watchLocks(watching) })
	err := p.copyLines(ctx)
	stop()
	wg.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pull()
	p.release(everything)
	p.judge(time.Now().Add(verdictWithin))
	p.sum(time.Now(), true)
	p.flush()
	return errors.Join(err, p.err)
}

func (p *Printer) copyLines(ctx context.Context) error {
	if p.opt.Unread {
		select {
		case <-p.opt.Session.Store().Done():
		case <-ctx.Done():
		}
		return nil
	}
	buf := make([]byte, 0, chunkSize)
	for {
		c, err := p.reader.Chunk(ctx, buf)
		if errors.Is(err, io.EOF) || err != nil && ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		if err := p.chunk(c); err != nil {
			return nil //nolint:nilerr // Run returns it
		}
		if len(c.Text) < smallChunk && p.reader.Pending() == 0 {
			p.rest(ctx)
		}
	}
}

// A program that prints line by line would wake the printer for each of them.
// When it has caught up it rests, so that more come together.
const (
	smallChunk = 16 << 10
	restFor    = time.Millisecond
)

func (p *Printer) rest(ctx context.Context) {
	select {
	case <-time.After(restFor):
	case <-ctx.Done():
	}
}

// chunk prints some lines, and the events that came before and after them.
func (p *Printer) chunk(c output.Chunk) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pull() // what came before these lines must not come after them
	p.release(c.Seq)
	switch {
	case c.Missed > 0:
		p.gap(c)
		p.printed = c.Seq + c.Missed
	default:
		p.printed = c.Seq + uint64(c.Lines)
		p.lines.Print(c)
	}
	p.release(p.printed)
	if p.reader.Pending() == 0 || p.lines.Err() != nil {
		p.flush()
	}
	return p.err
}

// gap tells how many lines are gone.
func (p *Printer) gap(c output.Chunk) {
	if p.opt.JSON {
		p.lines.json(session.EventJSON{Type: string(procs.EventGap), At: session.Time(time.Now()), Text: strconv.FormatUint(c.Missed, 10)})
		return
	}
	p.flushWords()
	p.say("muster: %s are not shown: they came faster than they could be printed\n", draw.Plural(c.Missed, "line"))
}

// flushWords is flush before words of muster's own, which come to the same
// terminal.
func (p *Printer) flushWords() {
	if p.opt.Terminal {
		p.lines.breakOff()
	}
	p.flush()
}

// flush writes what is buffered and keeps the first failure.
func (p *Printer) flush() {
	if err := p.lines.Flush(); err != nil && p.err == nil {
		p.err = err
	}
}

// watchEvents prints events as they come.
func (p *Printer) watchEvents(ctx context.Context) {
	for {
		p.mu.Lock()
		p.pull()
		p.release(p.printed)
		p.judge(time.Now())
		p.sum(time.Now(), false)
		p.flush()
		last := p.last
		until, stop := p.loops.wait(ctx)
		until, stopKinds := p.kinds.wait(until)
		p.mu.Unlock()
		if ctx.Err() == nil {
			p.opt.Session.WaitEvents(until, last)
		}
		stopKinds()
		stop()
		if ctx.Err() != nil {
			return
		}
	}
}

// pull takes the events that have come.
func (p *Printer) pull() {
	events, missed := p.opt.Session.Events(p.last)
	if missed > 0 {
		p.say("muster: %s are not shown: they came too fast\n", draw.Plural(missed, "event"))
	}
	if n := len(events); n > 0 {
		p.last = events[n-1].Seq
	}
	p.held = append(p.held, events...)
}

// release prints the held events that came before the session's line number n.
func (p *Printer) release(n uint64) {
	for len(p.held) > 0 && p.held[0].After <= n {
		p.event(p.held[0])
		p.held = p.held[1:]
	}
}

func (p *Printer) event(e procs.Event) {
	if e.Type == procs.EventNotice {
		p.flushWords()
		p.say("muster: %s\n", draw.Plain([]byte(e.Text), maxWords))
		return
	}
	if p.opt.Plain {
		p.lines.say(plain.Event(e))
		return
	}
	if p.opt.JSON {
		p.lines.json(session.EventJSON{At: session.Time(e.At), Type: string(e.Type), Process: e.Process(), PID: pid(e.PID), Text: e.Text})
		return
	}
	if p.loops.holds(e, time.Now()) || p.kinds.holds(e, time.Now()) {
		return
	}
	if e.Type == procs.EventCrash || e.Type == procs.EventState && telling(e.Text) {
		p.tell(e)
		p.judge(time.Now())
	}
}

// tell tells of a bad end in words of muster's own.
func (p *Printer) tell(e procs.Event) {
	p.flushWords() // so that its last words come first, where both are read together
	p.say("muster: %s%s: %s\n", draw.Plain([]byte(e.Process()), maxWords), pidWords(e.PID), draw.Plain([]byte(e.Text), maxWords))
}

// judge tells of the crash loops that are not to be held back any more.
func (p *Printer) judge(now time.Time) {
	for _, e := range p.loops.due(now) {
		p.tell(e)
	}
}

// sum tells of the crashes that were held back; at the end, of all of them.
func (p *Printer) sum(now time.Time, end bool) {
	command := "muster crashes"
	if end {
		command += " --all"
	}
	for _, h := range p.kinds.due(now, end) {
		if h.count == 1 {
			p.tell(h.event)
			continue
		}
		p.flushWords()
		p.say("muster: %s; %s tells them\n", h, command)
	}
}

// crashLoop is how the state of a slot begins that is not restarted any more.
const crashLoop = "failed: crash loop"

// telling reports whether a change of state is told besides the bad ends:
// without these nobody would learn that there will be no restart, that a
// program is never started, or why one that ran was ended.
func telling(text string) bool {
	for _, begin := range []string{crashLoop, "failed: waits for ", "stopping: live: "} {
		if strings.HasPrefix(text, begin) {
			return true
		}
	}
	return false
}

// maxWords bounds a message of muster's own, in cells.
const maxWords = 500

// say writes muster's own words. Whoever closed standard error does not want them.
func (p *Printer) say(format string, args ...any) { _, _ = fmt.Fprintf(p.opt.Err, format, args...) }

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
