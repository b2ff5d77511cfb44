package headless

import (
	"bytes"
	"context"
	"time"

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
	broken bool   // something else was printed behind it
}

// maxOpen bounds how many lines are remembered that were printed in part.
const maxOpen = 1000

// Open prints a line that has not ended. It stays at the end of what is
// printed, and what comes of it is printed behind it. If something else comes
// first, a newline breaks it off, and it is printed again, as a whole, if it
// has grown when it ends; no other line is ever touched. As JSON it is not printed.
func (p *Lines) Open(c output.Chunk) {
	text := bytes.TrimSuffix(c.Text, []byte{'\n'})
	key := keyOf(c)
	o := p.open[key]
	switch {
	case p.opt.JSON || len(text) == 0 || !p.fresh:
	case o == nil && len(p.open) < maxOpen:
		p.breakOff()
		p.out.add(p.prefix(c))
		p.out.add(p.shown(text))
		p.open[key], p.at = &openLine{text: bytes.Clone(text)}, &key
	case o != nil && !o.broken:
		if grown, ok := p.growth(o.text, text); ok {
			p.out.add(grown)
			o.text = bytes.Clone(text)
		}
	}
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

// breakOff puts a newline behind the line that has not ended, if it is the last.
func (p *Lines) breakOff() {
	if p.at == nil {
		return
	}
	p.open[*p.at].broken, p.at = true, nil
	p.out.add([]byte{'\n'})
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
	if ok && o.broken && len(grown) > 0 || !ok {
		p.breakOff()
		delete(p.open, key)
		return c
	}
	if !o.broken {
		p.at = nil
		p.out.add(append(grown, cutNewline([]byte{'\n'}, c.Cut && end == len(c.Text))...))
		p.fresh = !c.Cut || end < len(c.Text)
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

// standing prints the lines that stand, and reports whether there are others
// that may come to stand.
func (p *Printer) standing(store *output.Store) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	standing, growing := store.Standing(time.Now(), session.StandFor)
	if p.printed != store.Next() {
		return true // whole lines before them are still to be printed
	}
	for _, c := range standing {
		p.lines.Open(c)
	}
	p.flush()
	return growing
}
