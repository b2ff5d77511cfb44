package headless

import (
	"bytes"
	"context"
	"time"

	"github.com/charmbracelet/x/ansi"

	"example.com/muster/procs"
	"example.com/muster/procs/output"
	"example.com/muster/session"
	"example.com/muster/ui/draw"
)

// openKey names whose a line is.
type openKey struct {
	id     procs.ID
	stream procs.Stream
	pid    int
}

func keyOf(c output.Chunk) openKey { return openKey{id: c.ID, stream: c.Stream, pid: c.PID} }

// openLine is a line that was printed before it had ended.
type openLine struct {
	text   []byte // as far as it was printed
	cells  int    // how many it takes, with its prefix
	broken bool   // something else was printed behind it
	bar    bool   // it redraws itself
}

// maxOpen bounds how many lines are remembered that were printed in part.
const maxOpen = 1000

// Open prints a line that has not ended. It stays at the end of what is
// printed, and what comes of it is printed behind it, or in its place if it
// redraws itself. If something else comes first, a newline breaks it off, and it is
// printed again, as a whole, if it has grown when it ends; no other line is ever
// touched. One that redraws itself makes room instead, and comes back behind the other;
// of several of these the first is shown until it ends. As JSON it is not printed.
func (p *Lines) Open(c output.Chunk) {
	text := bytes.TrimSuffix(c.Text, []byte{'\n'})
	key := keyOf(c)
	o := p.open[key]
	switch {
	case p.opt.JSON || p.opt.Whole || len(text) == 0 || !p.fresh:
	case o == nil && p.at != nil && p.open[*p.at].bar && p.redraws(text): // its turn comes
	case o == nil && len(p.open) < maxOpen:
		p.breakOff()
		o = &openLine{}
		p.draw(o, c, text)
		p.open[key], p.at = o, &key
	case o != nil && !o.broken:
		if grown, ok := p.growth(o.text, text); ok {
			p.out.add(grown)
			o.text = bytes.Clone(text)
			o.cells += ansi.StringWidth(string(grown))
		} else if p.erase(o) {
			p.draw(o, c, text)
		}
	}
}

// draw prints a line behind nothing.
func (p *Lines) draw(o *openLine, c output.Chunk, text []byte) {
	prefix, shown := p.prefix(c), p.shown(text)
	p.out.add(prefix)
	p.out.add(shown)
	o.bar = p.redraws(text)
	o.text, o.cells = bytes.Clone(text), ansi.StringWidth(string(prefix))+ansi.StringWidth(string(shown))
}

// redraws reports whether a line redraws itself where that can be shown.
func (p *Lines) redraws(text []byte) bool {
	return p.opt.Columns != nil && bytes.IndexByte(text, '\r') >= 0
}

// erase takes the last line that was printed from the terminal, if it can: a
// longer one than a row cannot be reached.
func (p *Lines) erase(o *openLine) bool {
	if p.opt.Columns == nil || o.cells >= p.opt.Columns() {
		return false
	}
	p.out.add([]byte("\r\x1b[K")) // EL of ECMA-48
	return true
}

// shown returns text as it is printed.
func (p *Lines) shown(text []byte) []byte {
	if !p.opt.Terminal {
		return text
	}
	return []byte(draw.Sanitise(text, draw.Options{Colours: p.colourMode()}))
}

// growth returns what is to be printed behind a line for it to become another.
func (p *Lines) growth(from, to []byte) ([]byte, bool) {
	return bytes.CutPrefix(p.shown(to), p.shown(from))
}

// breakOff puts a newline behind the line that has not ended, if it is the last, or takes
// it away if it redraws itself.
func (p *Lines) breakOff() {
	if p.at == nil {
		return
	}
	o := p.open[*p.at]
	if o.bar && p.erase(o) {
		delete(p.open, *p.at)
	} else {
		o.broken = true
		p.out.add([]byte{'\n'})
	}
	p.at = nil
}

// finish begins to print a chunk: its first line may have been printed before,
// as far as it went. It returns what remains to be printed.
func (p *Lines) finish(c output.Chunk) output.Chunk {
	key := keyOf(c)
	o := p.open[key]
	if o == nil {
		p.breakOff()
		return c
	}
	end := bytes.IndexByte(c.Text, '\n') + 1
	first := c.Text[:end]
	grown, ok := p.growth(o.text, first[:end-1])
	switch {
	case !o.broken && ok:
		p.at = nil
		p.out.add(append(grown, cutNewline([]byte{'\n'}, c.Cut && end == len(c.Text))...))
		p.fresh = !c.Cut || end < len(c.Text)
	case !o.broken && p.erase(o): // it is printed in its place
		p.at = nil
		delete(p.open, key)
		return c
	case ok && len(grown) == 0: // all of it is there
		if end < len(c.Text) {
			p.breakOff()
		}
	default:
		p.breakOff()
		delete(p.open, key)
		return c
	}
	delete(p.open, key)
	c.Text, c.Lines = c.Text[end:], c.Lines-1
	return c
}

// watchOpen prints lines that have not ended once they have stood for a while.
func (p *Printer) watchOpen(ctx context.Context) {
	store := p.opt.Session.Store()
	var seen uint64
	for ctx.Err() == nil {
		seen = store.Wait(ctx, seen)
		for growing := true; growing && ctx.Err() == nil; {
			select {
			case <-time.After(session.StandFor / 2): // also so that a flood wakes nobody for each of its lines
			case <-ctx.Done():
			}
			growing = p.standing(store)
		}
	}
}

// standing prints the lines that stand or redraw themselves, and reports whether there
// are others that may come to stand.
func (p *Printer) standing(store *output.Store) (growing bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	open, _ := store.Standing(now, 0)
	if p.printed != store.Next() {
		return true // whole lines before them are still to be printed
	}
	for _, c := range open {
		if age := now.Sub(c.At); !p.lines.redraws(c.Text) && age >= 0 && age < session.StandFor {
			growing = true
			continue
		}
		p.lines.Open(c)
	}
	p.flush()
	return growing
}
