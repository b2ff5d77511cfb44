package headless

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"sync"

	"example.com/muster/procs"
	"example.com/muster/procs/output"
	"example.com/muster/profiling/locks/graph"
	"example.com/muster/session"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/plain"
	"example.com/muster/ui/port"
	"example.com/muster/ui/theme"
	"example.com/muster/ui/waits"
)

// watchLocks tells of deadlocks and abandoned locks: with Plain among the lines,
// else in words of muster's own.
func (p *Printer) watchLocks(ctx context.Context) {
	followLocks(ctx, p.opt.Session, new(plain.Alarms), func(news []string) {
		p.mu.Lock()
		defer p.mu.Unlock()
		if !p.opt.Plain {
			p.flushWords()
		}
		for _, text := range news {
			if p.opt.Plain {
				p.lines.say(text)
			} else {
				p.say("muster: %s\n", text)
			}
		}
		p.flush()
	})
}

// followLocks calls tell with what is new of deadlocks and abandoned locks until
// ctx is done. It is the one reader of the session's Stirred.
func followLocks(ctx context.Context, s port.Session, alarms *plain.Alarms, tell func([]string)) {
	var told *graph.View
	for {
		if view := port.Locks(s); view != told {
			told = view
			if news := alarms.News(waits.New(view, s.Snapshot(), port.Crashes(s))); len(news) > 0 {
				tell(news)
			}
		}
		select {
		case <-s.Stirred():
		case <-ctx.Done():
			return
		}
	}
}

// Attached prints what happens in a session of another process, in sentences
// and lines. Make it with the fields set, call [Attached.Run] once.
type Attached struct {
	Session port.Session
	// Events are the session's events from now on, as lines of JSON: see
	// [session.Client.EventsAndPrompts].
	Events io.Reader
	Out    io.Writer
	Theme  *theme.Theme
	// Terminal says that Out is one. To anything else a line is printed when it has ended.
	Terminal bool

	mu    sync.Mutex // guards lines
	lines *Lines
}

// Run tells how things stand and then what happens, until the events end.
// It returns the first error of Out.
func (a *Attached) Run(ctx context.Context) error {
	a.lines = NewLines(LineOptions{Out: a.Out, Prefix: "name", Theme: a.Theme, Terminal: true, Whole: !a.Terminal})
	snap := a.Session.Snapshot()
	for i := range snap.Pools {
		for j := range snap.Pools[i].Slots {
			a.lines.say(plain.Stands(&snap.Pools[i].Slots[j]))
		}
	}
	var alarms plain.Alarms
	for _, text := range alarms.News(waits.New(port.Locks(a.Session), snap, port.Crashes(a.Session))) {
		a.lines.say(text)
	}
	if err := a.lines.Flush(); err != nil {
		return err
	}
	watching, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() {
		followLocks(watching, a.Session, &alarms, func(news []string) { a.say(news...) })
	})
	err := a.follow()
	stop()
	wg.Wait()
	return err
}

// say prints sentences.
func (a *Attached) say(sentences ...string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, text := range sentences {
		a.lines.say(text)
	}
	_ = a.lines.Flush() // follow finds the error
}

// follow prints the events until there are no more.
func (a *Attached) follow() error {
	in := bufio.NewReaderSize(a.Events, chunkSize)
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return nil //nolint:nilerr // the session has ended or been left; whoever called knows
		}
		var e session.EventJSON
		if json.Unmarshal(line, &e) != nil {
			continue // of a later version
		}
		a.mu.Lock()
		a.event(e)
		if in.Buffered() == 0 || a.lines.Err() != nil {
			err = a.lines.Flush()
		}
		a.mu.Unlock()
		if err != nil {
			return err
		}
	}
}

// event prints one event.
func (a *Attached) event(j session.EventJSON) {
	switch j.Type {
	case "output":
		id, err := procs.ParseID(j.Process)
		if err != nil {
			return
		}
		c := output.Chunk{ID: id, Stream: streamOf(j.Stream), Lines: 1, Text: []byte(j.Text + "\n"), Cut: j.Cut}
		if j.PID != nil {
			c.PID = *j.PID
		}
		if j.Partial {
			a.lines.Open(c)
		} else {
			a.lines.Print(c)
		}
	case string(procs.EventNotice), string(procs.EventGap):
		a.lines.say(fmt.Sprintf("muster: %s", draw.Plain([]byte(j.Text), maxWords)))
	default:
		e := procs.Event{Type: procs.EventType(j.Type), Text: j.Text}
		e.ID, e.Label = processOf(j.Process)
		if j.PID != nil {
			e.PID = *j.PID
		}
		a.lines.say(plain.Event(e))
	}
}

// streamOf is the stream of a word.
func streamOf(word string) procs.Stream {
	for s := procs.Stdout; s <= procs.Muster; s++ {
		if s.String() == word {
			return s
		}
	}
	return procs.Stdout
}

// processOf takes "pool/slot/label" apart.
func processOf(name string) (id procs.ID, label string) {
	for i := range name {
		if name[i] != '/' {
			continue
		}
		if slot, err := procs.ParseID(name[:i]); err == nil {
			return slot, name[i+1:]
		}
	}
	id, _ = procs.ParseID(name) // a name that is none stays unnamed
	return id, ""
}
