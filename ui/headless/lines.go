package headless

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"example.com/muster/internal/pattern"
	"example.com/muster/procs"
	"example.com/muster/procs/output"
	"example.com/muster/session"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/theme"
)

// LineOptions say how lines are printed.
type LineOptions struct {
	Out    io.Writer
	JSON   bool   // an event a line, else the text
	Prefix string // name, writer or none
	Theme  *theme.Theme
	// Terminal says that Out is a terminal, which must not be hurt by what
	// the children print. Anything else gets their bytes as they came.
	Terminal bool
	// Colourless takes colours and other escape sequences from what anything
	// else gets.
	Colourless bool
	// Whole: a line is printed when it has ended, and not before. Whoever counts
	// lines gets as many as there are.
	Whole bool
	// Columns is how wide the terminal is on which a line that redraws itself is
	// redrawn; nil where it is not.
	Columns func() int
}

// Lines prints lines of output, each with who printed it. It is not safe for
// concurrent use.
type Lines struct {
	opt     LineOptions
	out     blocks
	names   map[writerKey][]byte
	colours map[procs.ID]int
	seq     uint64  // of the JSON events
	fresh   bool    // the last line printed is complete, or has not ended
	cut     openKey // whose line goes on, if it is not fresh

	open map[openKey]*openLine // lines that were printed and have not ended
	at   *openKey              // the one that nothing was printed behind; nil if there is none
}

// writerKey names a prefix.
type writerKey struct {
	id  procs.ID
	pid int
}

// NewLines returns a printer of lines.
func NewLines(o LineOptions) *Lines {
	return &Lines{
		opt: o, out: blocks{out: o.Out},
		names: map[writerKey][]byte{}, colours: map[procs.ID]int{}, fresh: true,
		open: map[openKey]*openLine{},
	}
}

// Print prints the lines of a chunk. The first error is kept for Flush and Err.
func (p *Lines) Print(c output.Chunk) {
	if p.opt.JSON {
		p.jsonLines(c)
	} else {
		p.textLines(c)
	}
}

// say prints a sentence of muster's own as a line of its own; "" is none.
func (p *Lines) say(text string) {
	if text == "" {
		return
	}
	if !p.fresh { // in the midst of a long line that comes in parts
		p.out.add([]byte{'\n'})
		p.fresh = true
	}
	p.breakOff()
	p.out.add(append([]byte(text), '\n'))
}

// Gap tells which lines a log lacks: as an event, else in words of muster's own.
func (p *Lines) Gap(c output.Chunk, words io.Writer) {
	why := "it could not be written"
	switch {
	case c.Removed:
		why = "older lines make room for newer ones"
	case c.Gone:
		why = "it was removed"
	}
	if p.opt.JSON {
		p.json(session.EventJSON{
			Type: string(procs.EventGap), At: session.Time(c.At), Process: c.ID.String(),
			Text: fmt.Sprintf("%d lines are missing in the log, from line %d on: %s", c.Missed, c.Seq+1, why),
		})
		return
	}
	p.breakOff()
	_ = p.Flush() // Err has it; and whoever closed the words does not want to know
	_, _ = fmt.Fprintf(words, "muster: the log of %s lacks %s from line %s on: %s\n",
		draw.Plain([]byte(c.ID.String()), maxWords), draw.Plural(c.Missed, "line"), draw.Count(c.Seq+1), why)
}

// Flush writes what is buffered. It returns the first error there was.
func (p *Lines) Flush() error { return p.out.flush() }

// Err returns the first error there was.
func (p *Lines) Err() error { return p.out.err }

// textLines prints lines with their prefix.
func (p *Lines) textLines(c output.Chunk) {
	if !p.fresh && p.cut != keyOf(c) { // another writer comes in the midst of a long line
		p.out.add(newline)
		p.fresh = true
	}
	p.cut = keyOf(c)
	if len(p.open) > 0 {
		c = p.finish(c)
	}
	prefix := p.prefix(c)
	for text := c.Text; len(text) > 0; p.out.makeRoom() {
		end := bytes.IndexByte(text, '\n') + 1
		line := text[:end]
		text = text[end:]
		if p.fresh {
			p.out.held = append(p.out.held, prefix...)
		}
		p.fresh = !c.Cut || len(text) > 0
		if p.opt.Terminal {
			p.out.held = append(p.out.held, draw.Sanitise(line[:end-1], draw.Options{Colours: p.colourMode()})...)
			line = line[end-1:]
		} else if p.opt.Colourless && bytes.IndexByte(line, '\x1b') >= 0 {
			line = escapes().ReplaceAllLiteral(line, nil)
		}
		p.out.held = append(p.out.held, cutNewline(line, !p.fresh)...)
	}
}

// escapes are escape sequences as of ECMA-48: control sequences, strings such as a
// title, and short ones. All other bytes are left as they are.
var escapes = pattern.Later(`\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])`)

var newline = []byte{'\n'}

// cutNewline drops the last newline of a line that goes on in the next chunk.
func cutNewline(text []byte, cut bool) []byte {
	if cut && len(text) > 0 {
		return text[:len(text)-1]
	}
	return text
}

func (p *Lines) colourMode() draw.Colours {
	if p.opt.Theme.Coloured() {
		return draw.AllColours
	}
	return draw.NoColours
}

// prefix is what stands before each line of a chunk.
func (p *Lines) prefix(c output.Chunk) []byte {
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
func (p *Lines) colour(id procs.ID) int {
	n, ok := p.colours[id]
	if !ok {
		n = len(p.colours)
		p.colours[id] = n
	}
	return n
}

func (p *Lines) jsonLines(c output.Chunk) {
	for text := c.Text; len(text) > 0; {
		end := bytes.IndexByte(text, '\n')
		e := session.EventJSON{
			At: session.Time(c.At), Type: "output", Process: c.ID.String(), PID: pid(c.PID), Stream: c.Stream.String(),
		}
		e.Text, e.Raw = session.Text(text[:end])
		e.Partial = c.Open
		e.Cut = c.Cut && end == len(text)-1
		text = text[end+1:]
		p.json(e)
	}
}

// json writes one event.
func (p *Lines) json(e session.EventJSON) {
	p.seq++
	e.Seq = p.seq
	b, err := json.Marshal(e)
	if err != nil {
		return // cannot happen: the type holds strings and numbers only
	}
	p.out.held = append(append(p.out.held, b...), '\n')
	p.out.makeRoom()
}
