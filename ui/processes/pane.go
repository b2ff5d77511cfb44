package processes

import (
	"strings"

	"example.com/muster/procs"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/port"
	"example.com/muster/ui/theme"
)

// scanLimit is how many lines are looked at for those of one writer.
const scanLimit = 4096

// pane shows the output of the selected row. It holds a cursor into the
// output, never the output itself.
type pane struct {
	theme  *theme.Theme
	w, h   int // of the text, without the title
	source procs.Source

	follow bool
	bottom uint64 // one past the lowest line shown, when not following
	move   int    // lines to scroll at the next sync
	top    bool   // go to the oldest line at the next sync
	wrap   bool
	times  bool

	page procs.Page
	err  error
}

func newPane(t *theme.Theme) pane { return pane{theme: t, follow: true} }

// show turns the pane to another source, at its end.
func (p *pane) show(src procs.Source) {
	if src == p.source {
		return
	}
	p.source, p.follow, p.move, p.top, p.bottom = src, true, 0, false, 0
}

// handle scrolls; what it asks for is read at the next sync.
func (p *pane) handle(in keys.Intent) bool {
	half := max(1, p.h/2)
	switch in.Verb {
	case keys.Up:
		p.move--
	case keys.Down:
		p.move++
	case keys.HalfUp:
		p.move -= half
	case keys.HalfDown:
		p.move += half
	case keys.PageUp:
		p.move -= max(1, p.h-1)
	case keys.PageDown:
		p.move += max(1, p.h-1)
	case keys.Wheel:
		p.move += in.N
	case keys.Top:
		p.top = true
	case keys.Bottom:
		p.follow, p.move = true, 0
	case keys.Follow:
		p.follow, p.bottom = !p.follow, p.page.Next+uint64(len(p.page.Lines))
		if n := len(p.page.Lines); n > 0 {
			p.bottom = p.page.Lines[n-1].Seq + 1
		}
	case keys.Wrap:
		p.wrap = !p.wrap
	case keys.Times:
		p.times = !p.times
	default:
		return false
	}
	return true
}

// sync moves the cursor as asked and reads the lines in sight.
func (p *pane) sync(s port.Session) {
	if p.h <= 0 {
		return
	}
	if p.follow && p.move < 0 && len(p.page.Lines) > 0 {
		p.follow, p.bottom = false, p.page.Lines[len(p.page.Lines)-1].Seq+1
	}
	if p.top {
		p.toTop(s)
	}
	if p.move != 0 && !p.follow {
		p.scroll(s)
	}
	p.move = 0
	from := p.bottom
	if p.follow {
		from = procs.NewestLine
	}
	p.page, p.err = s.Output(p.query(from, p.h, true))
	if !p.follow && len(p.page.Lines) < p.h && len(p.page.Lines) > 0 && p.page.Lines[0].Seq <= p.page.Oldest {
		p.fillTop(s)
	}
}

func (p *pane) query(from uint64, n int, backward bool) procs.Query {
	return procs.Query{Source: p.source, From: from, Backward: backward, Max: n, ScanLimit: max(n, scanLimit)}
}

// toTop puts the oldest lines that are kept into sight.
func (p *pane) toTop(s port.Session) {
	p.top, p.follow = false, false
	page, err := s.Output(p.query(0, p.h, false))
	if err == nil {
		p.bottom = page.Next
	}
}

// scroll moves the lower edge by p.move lines; past the end means following.
func (p *pane) scroll(s port.Session) {
	n := p.move
	page, err := s.Output(p.query(p.bottom, max(n, -n), n < 0))
	switch {
	case err != nil:
	case n < 0:
		p.bottom = page.Next
	case len(page.Lines) < n:
		p.follow = true
	default:
		p.bottom = page.Lines[n-1].Seq + 1
	}
}

// fillTop makes the page whole where scrolling went beyond the oldest line.
func (p *pane) fillTop(s port.Session) {
	page, err := s.Output(p.query(p.page.Oldest, p.h, false))
	if err == nil && len(page.Lines) > 0 {
		p.page, p.bottom = page, page.Lines[len(page.Lines)-1].Seq+1
	}
}

// render returns exactly h lines of at most w cells, the newest at the bottom;
// few lines stand at the top.
func (p *pane) render() []string {
	lines := make([]string, 0, p.h)
	if p.err != nil {
		lines = append(lines, p.theme.Error.Paint(draw.Plain([]byte("cannot read the output: "+p.err.Error()), max(1, p.w))))
	} else if len(p.page.Lines) == 0 {
		lines = append(lines, p.theme.Dim.Paint(draw.Truncate("nothing printed yet", p.w)))
	}
	for i := range p.page.Lines {
		lines = append(lines, p.line(&p.page.Lines[i])...)
	}
	if over := len(lines) - p.h; over > 0 {
		lines = lines[over:]
	}
	for len(lines) < p.h {
		lines = append(lines, "")
	}
	return lines
}

// line returns the rows of one line of output.
func (p *pane) line(l *procs.Line) []string {
	before := ""
	if p.times {
		before = p.theme.Dim.Paint(l.At.Format("15:04:05.000 "))
	}
	room := max(1, p.w-draw.Width(before))
	o := draw.Options{Width: room, Ellipsis: true, Colours: draw.AllColours}
	switch {
	case !p.theme.Coloured():
		o.Colours = draw.AttributesOnly
	case l.Stream == procs.Muster:
		o.Base = string(p.theme.Dim)
	case l.Stream == procs.Stderr:
		o.Base = string(p.theme.Stderr)
	}
	if p.theme.Plain() {
		o.Colours = draw.NoColours
	}
	if !p.wrap {
		return []string{before + draw.Sanitise(l.Text, o)}
	}
	rows := draw.Wrap(l.Text, room, p.h, o)
	for i := range rows {
		rows[i] = before + rows[i]
		before = draw.Spaces(draw.Width(before))
	}
	return rows
}

// status says in a word what the pane does besides following.
func (p *pane) status() string {
	var words []string
	if !p.follow {
		words = append(words, "f follows")
	}
	if p.wrap {
		words = append(words, "wrapped")
	}
	return strings.Join(words, ", ")
}
