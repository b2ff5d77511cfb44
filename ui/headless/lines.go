package headless

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"example.com/muster/procs"
	"example.com/muster/procs/output"
	"example.com/muster/session"
	"example.com/muster/ui/draw"
)

// textLines prints lines with their prefix. The buffer keeps its first error
// for flush.
func (p *Printer) textLines(c output.Chunk) {
	prefix := p.prefix(c)
	text := c.Text
	if len(prefix) == 0 && !p.opt.Terminal {
		_, _ = p.out.Write(cutNewline(text, c.Cut))
		return
	}
	for n := 0; len(text) > 0; n++ {
		end := bytes.IndexByte(text, '\n') + 1
		line := text[:end]
		text = text[end:]
		if p.fresh {
			_, _ = p.out.Write(prefix)
		}
		p.fresh = !c.Cut || len(text) > 0
		if p.opt.Terminal {
			_, _ = p.out.WriteString(draw.Sanitise(line[:end-1], draw.Options{Colours: p.colourMode()}))
			line = line[end-1:]
		}
		_, _ = p.out.Write(cutNewline(line, !p.fresh))
	}
}

// cutNewline drops the last newline of a line that goes on in the next chunk.
func cutNewline(text []byte, cut bool) []byte {
	if cut && len(text) > 0 {
		return text[:len(text)-1]
	}
	return text
}

func (p *Printer) colourMode() draw.Colours {
	if p.opt.Theme.Coloured() {
		return draw.AllColours
	}
	return draw.NoColours
}

// prefix is what stands before each line of a chunk.
func (p *Printer) prefix(c output.Chunk) []byte {
	key := writerKey{id: c.ID}
	switch p.opt.Prefix {
	case "none":
		return nil
	case "writer":
		key.pid = c.PID
	}
	if b, ok := p.names[key]; ok {
		return b
	}
	name := c.ID.String()
	if key.pid != 0 {
		name += "[" + strconv.Itoa(key.pid) + "]"
	}
	var b strings.Builder
	p.opt.Theme.Writer(p.colour(c.ID)).On(&b, name+" |")
	b.WriteByte(' ')
	if len(p.names) > 10_000 {
		clear(p.names) // a program with very many writers
	}
	p.names[key] = []byte(b.String())
	return p.names[key]
}

// colour gives each slot a colour of its own, in order of appearance.
func (p *Printer) colour(id procs.ID) int {
	n, ok := p.colours[id]
	if !ok {
		n = len(p.colours)
		p.colours[id] = n
	}
	return n
}

// gap tells how many lines are gone.
func (p *Printer) gap(c output.Chunk) {
	if p.opt.JSON {
		p.json(session.EventJSON{Type: string(procs.EventGap), At: session.Time(time.Now()), Text: strconv.FormatUint(c.Missed, 10)})
		return
	}
	p.flush()
	p.say("muster: %s are not shown: they came faster than they could be printed\n", draw.Plural(c.Missed, "line"))
}

func (p *Printer) jsonLines(c output.Chunk) {
	for text := c.Text; len(text) > 0; {
		end := bytes.IndexByte(text, '\n')
		e := session.EventJSON{
			At: session.Time(c.At), Type: "output", Process: c.ID.String(), PID: pid(c.PID), Stream: c.Stream.String(),
		}
		e.Text, e.Raw = session.Text(text[:end])
		e.Cut = c.Cut && end == len(text)-1
		text = text[end+1:]
		p.json(e)
	}
}

// json writes one event.
func (p *Printer) json(e session.EventJSON) {
	p.seq++
	e.Seq = p.seq
	b, err := json.Marshal(e)
	if err != nil {
		return // cannot happen: the type holds strings and numbers only
	}
	_, _ = p.out.Write(append(b, '\n')) // the buffer keeps its first error for flush
}
