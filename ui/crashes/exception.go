package crashes

import (
	"path/filepath"
	"strconv"
	"strings"

	"example.com/muster/profiling/crash"
	"example.com/muster/ui/card"
	"example.com/muster/ui/draw"
)

// Bounds of what a card shows of an exception; the output below has the rest.
const (
	messageRows = 8  // lines of a message
	ownRows     = 12 // frames of the exception itself
	chainRows   = 4  // frames of each that it followed from
	maxChain    = 4
	maxOthers   = 8 // stacks of other threads
	otherFrames = 4
)

// writeWords writes what went wrong and where, the user's own line first.
func (s *Screen) writeWords(p *card.Paper, r *crash.Report) {
	e, w := r.Words.Exception, r.Words
	head := "from its output: " + string(w.Format)
	if w.Format == crash.AgentReport {
		head = "from muster's agent in the process"
	}
	if w.Thread != "" {
		head += ", in " + plain(w.Thread)
	}
	if w.Cut {
		head += ", cut short"
	}
	p.Line(card.In(p.Theme.Dim, " "+head))
	writeMessage(p, e, r.Headline)
	s.writeOwn(p, r, e)
	for i, c := range e.Chain {
		if i == maxChain {
			p.Line(card.In(p.Theme.Dim, "   … and "+draw.Count(len(e.Chain)-i)+" more before it"))
			break
		}
		p.Words(card.In(p.Theme.Dim, " "+ledBy(c.How)+" "), "", summary(c))
		writeFolds(p, r, crash.Folded(c.Frames), chainRows)
	}
	for i, g := range e.Group {
		p.Words(card.In(p.Theme.Dim, " "+draw.Count(i+1)+" of "+draw.Count(len(e.Group))+": "), "", plain(g.Headline()))
	}
}

// ledBy says what an exception of a chain is to the one before it.
func ledBy(how string) string {
	switch how {
	case "context":
		return "it came while this was handled:"
	case "fetched":
		return "the parent got it as:"
	}
	return "its cause was"
}

func summary(e *crash.Exception) string {
	text := plain(e.Type)
	if m := plain(e.Message); m != "" {
		text += ": " + m
	}
	return text
}

// writeMessage writes a message that the headline does not hold as a whole.
func writeMessage(p *card.Paper, e *crash.Exception, headline string) {
	lines := strings.Split(strings.TrimRight(e.Message, "\n"), "\n")
	if len(lines) == 1 && strings.Contains(headline, e.Message) {
		return
	}
	for i, l := range lines {
		if i == messageRows {
			p.Line(card.In(p.Theme.Dim, "   … "+draw.Plural(len(lines)-i, "line")+" more"))
			return
		}
		p.Words(card.In("", "   "), p.Theme.Strong, plain(l))
	}
}

// writeOwn writes the stack: the user's own innermost frame with its source,
// what it called in a line, and who called it.
func (s *Screen) writeOwn(p *card.Paper, r *crash.Report, e *crash.Exception) {
	top := e.Top()
	if top == nil {
		return
	}
	s.writeTop(p, r, top)
	folds := crash.Folded(e.Frames)
	further := 0
	for i, f := range folds {
		if f.Frame == top {
			folds = folds[i+1:]
			break
		}
		further += max(f.Library, 1)
	}
	if further > 0 {
		inner := &e.Frames[0]
		p.Line(card.In(p.Theme.Dim, "   raised "+draw.Plural(further, "library frame")+" further in: "+at(r, inner)+" "+plain(inner.Function)))
	}
	writeFolds(p, r, folds, ownRows)
}

// writeTop writes the frame where the user should look, with the lines around it.
func (s *Screen) writeTop(p *card.Paper, r *crash.Report, f *crash.Frame) {
	p.Line(card.In(p.Theme.Accent, " ▸ "), card.In(p.Theme.Strong, at(r, f)), card.In("", "  "+plain(f.Function)+repeated(f)))
	src := s.sources.Of(placeOf(r, f))
	switch {
	case len(src.Text) > 0:
		p.Source(src)
	case f.Source != "":
		p.Line(card.In("", "       "+plain(f.Source)))
	}
}

// writeFolds writes a stack, in which runs of library frames are folded.
func writeFolds(p *card.Paper, r *crash.Report, folds []crash.Fold, rows int) {
	for i, f := range folds {
		if i == rows {
			p.Line(card.In(p.Theme.Dim, "   … "+draw.Plural(len(folds)-i, "frame")+" more"))
			return
		}
		switch {
		case f.Frame == nil:
			p.Line(card.In(p.Theme.Dim, "   "+f.String()))
		case f.Frame.Library:
			p.Line(card.In(p.Theme.Dim, "   "+at(r, f.Frame)+"  "+plain(f.Frame.Function)+repeated(f.Frame)))
		default:
			p.Line(card.In("", "   "+at(r, f.Frame)+"  "+plain(f.Frame.Function)+repeated(f.Frame)))
		}
	}
}

func repeated(f *crash.Frame) string {
	if f.Repeated == 0 {
		return ""
	}
	return "  ×" + draw.Count(f.Repeated+1)
}

// at is a frame's place: the file as seen from where the process stood, else
// its name alone.
func at(r *crash.Report, f *crash.Frame) string {
	name := plain(f.File)
	if rel, err := filepath.Rel(r.Cwd, f.File); r.Cwd != "" && filepath.IsAbs(f.File) && err == nil && !strings.HasPrefix(rel, "..") {
		name = plain(rel)
	} else if filepath.IsAbs(f.File) {
		name = plain(filepath.Base(f.File))
	}
	if name == "" {
		return "?"
	}
	if f.Line > 0 {
		name += ":" + strconv.Itoa(f.Line)
	}
	return name
}

// writeOthers writes where the other threads were, equal ones as one.
func writeOthers(p *card.Paper, others []crash.Stack) {
	if len(others) == 0 {
		return
	}
	p.Blank()
	p.Line(card.In(p.Theme.Title, " other threads"))
	for i, o := range others {
		if i == maxOthers {
			p.Line(card.In(p.Theme.Dim, " … and "+draw.Count(len(others)-i)+" more places"))
			return
		}
		head := plain(o.Thread)
		if o.Count > 1 {
			head = draw.Count(o.Count) + " threads, such as " + head
		}
		p.Line(card.In("", " "+head))
		for j := range o.Frames[:min(len(o.Frames), otherFrames)] {
			f := &o.Frames[j]
			p.Line(card.In(p.Theme.Dim, "   "+at(&crash.Report{}, f)+"  "+plain(f.Function)))
		}
	}
}
