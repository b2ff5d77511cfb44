package tasks

import (
	"bytes"
	"strings"

	"example.com/muster/procs/task"
	"example.com/muster/procs/task/plan"
	"example.com/muster/profiling/crash"
	"example.com/muster/ui/card"
	"example.com/muster/ui/draw"
)

// what is open over the panes.
type what int

const (
	nothing what = iota
	openFailure
	openResult
)

// open is what is open, and how far it is scrolled.
type open struct {
	what   what
	kind   string // of the failure
	seq    uint64 // the item
	scroll int
	last   int // the largest scroll that makes sense, as of the last Render
}

// find closes what is no more: it is being tried again, or kept no longer.
func (o *open) find(s *Screen) {
	switch o.what {
	case openFailure:
		k, at := s.openKind()
		if k == nil {
			*o = open{}
		} else if k.items[at].Seq != o.seq {
			o.seq, o.scroll = k.items[at].Seq, 0
		}
	case openResult:
		if s.openedResult() == nil {
			*o = open{}
		}
	}
}

// openKind is the kind of failure that is open, and which of its items; nil if it
// has none any more.
func (s *Screen) openKind() (k *kind, at int) {
	for i := range s.kinds {
		if s.kinds[i].name != s.opened.kind || len(s.kinds[i].items) == 0 {
			continue
		}
		for j, f := range s.kinds[i].items {
			if f.Seq == s.opened.seq {
				return &s.kinds[i], j
			}
		}
		return &s.kinds[i], 0
	}
	return nil, 0
}

// openItem is the failed item that is open, with its report; nil if none is.
func (s *Screen) openItem() (*task.FailedItem, *crash.Report) {
	if s.opened.what != openFailure {
		return nil, nil
	}
	k, at := s.openKind()
	if k == nil || at >= len(k.reports) {
		return nil, nil
	}
	return k.items[at], k.reports[at]
}

func (s *Screen) openedResult() *task.Result {
	for i := range s.recent {
		if s.recent[i].Seq == s.opened.seq {
			return &s.recent[i]
		}
	}
	return nil
}

// openLines draw what is open.
func (s *Screen) openLines(w, h int) []string {
	p := card.New(s.theme, w)
	if s.opened.what == openFailure {
		k, at := s.openKind()
		s.writeFailure(p, k, at)
	} else {
		s.writeResult(p, s.openedResult())
	}
	lines := []string{s.theme.Border.Paint(strings.Repeat("─", w))}
	var rows []string
	rows, s.opened.scroll, s.opened.last = p.Window(max(0, h-1), s.opened.scroll)
	return append(lines, rows...)
}

// inSight is the report of which a card is in sight: that of what is open, else
// where all panes are shown that of the selected failure. nil if there is none.
func (s *Screen) inSight() *crash.Report {
	if _, r := s.openItem(); r != nil || s.opened.what != nothing {
		return r
	}
	if k := s.selectedKind(); s.peeks && k != nil && len(k.reports) > 0 {
		return k.reports[0]
	}
	return nil
}

// writeFailure writes all that is known of a failed item, by its place in its kind.
func (s *Screen) writeFailure(p *card.Paper, k *kind, at int) {
	if k == nil || at >= len(k.reports) {
		return
	}
	f, r := k.items[at], k.reports[at]
	which := ""
	if k.count > 1 {
		which = "  " + draw.Count(at+1) + " of " + draw.Count(k.count) + " of this kind"
	}
	title := " item " + draw.Count(f.Seq) + "  "
	title += draw.TruncateMiddle(plain(f.Item), max(minItem, p.W-draw.Width(title)-draw.Width(which)))
	p.Line(card.In(p.Theme.Accent, title), card.In(p.Theme.Dim, which))
	if f.Tries > 1 {
		p.Line(card.In(p.Theme.Warning, " tried "+draw.Count(f.Tries)+" times"))
	}
	s.card.Write(p, r, s.now)
}

// writeResult writes what came of an item.
func (s *Screen) writeResult(p *card.Paper, r *task.Result) {
	if r == nil {
		return
	}
	mark, style, text := s.outcome(r)
	p.Line(card.In(p.Theme.Accent, " item "+draw.Count(r.Seq)+"  "+plain(r.Item)))
	p.Fact("took", draw.Took(r.Took)+", done at "+r.At.Format("15:04:05.000"))
	p.Fact("worker", draw.Count(r.Worker))
	if r.Tries > 1 {
		p.Fact("tries", draw.Count(r.Tries))
	}
	p.Blank()
	if r.Verdict != plan.OK {
		p.Words(card.In(style, " "+mark+" "), style, text)
		return
	}
	if len(r.Preview) == 0 {
		p.Line(card.In(p.Theme.Dim, " it printed nothing"))
		return
	}
	for line := range bytes.Lines(r.Preview) {
		for _, row := range draw.Wrap(bytes.TrimRight(line, "\r\n"), max(1, p.W-2), maxRows, draw.Options{Colours: draw.NoColours}) {
			p.Line(card.In("", " "+row))
		}
	}
}

// maxRows is how many rows one line of a result takes at the most.
const maxRows = 20
