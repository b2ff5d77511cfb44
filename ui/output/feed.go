package output

import (
	"bytes"
	"slices"

	"example.com/muster/procs"
	"example.com/muster/procs/output"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/port"
)

// A feed gives the lines of what is shown by their sequence numbers. Lines
// that are shown need not have consecutive ones.
type feed interface {
	// forward returns at most n lines from number from on, backward at most n
	// lines before it. Both are oldest first.
	forward(from uint64, n int) procs.Page
	backward(from uint64, n int) procs.Page
}

// direct is the feed of a source whose every line is shown: it holds nothing
// and asks the session for each window, however long the output is. Lines that are a part of
// a full-screen program's picture are left out, unless lines are looked for.
type direct struct {
	session port.Session
	source  procs.Source
	raw     bool  // no line is left out
	err     error // of the last question
}

func (d *direct) forward(from uint64, n int) procs.Page {
	return d.fill(procs.Query{Source: d.source, From: from, Max: n})
}

func (d *direct) backward(from uint64, n int) procs.Page {
	return d.fill(procs.Query{Source: d.source, From: from, Max: n, Backward: true})
}

// maxFills bounds how often the session is asked for one window, drawnLines how many lines
// it is asked for where some have been left out.
const (
	maxFills   = 32
	drawnLines = 512
)

// fill asks for as many lines as are wanted and to be shown.
func (d *direct) fill(q procs.Query) procs.Page {
	n := q.Max
	page := d.ask(q)
	if d.raw || !leaveOut(&page) {
		return page
	}
	for range maxFills {
		if len(page.Lines) >= n || q.Backward && page.Next <= page.Oldest || !q.Backward && page.Next+uint64(page.Open) >= page.End {
			break
		}
		q.From, q.Max = page.Next, drawnLines
		more := d.ask(q)
		if more.Next == page.Next {
			break
		}
		leaveOut(&more)
		if q.Backward {
			more.Lines = append(more.Lines, page.Lines...)
			more.Open = page.Open
		} else {
			more.Lines = append(page.Lines, more.Lines...)
		}
		page = more
	}
	if len(page.Lines) > n && q.Backward {
		page.Lines = page.Lines[len(page.Lines)-n:]
	} else if len(page.Lines) > n {
		page.Lines, page.Next = page.Lines[:n], page.Lines[n].Seq
	}
	return page
}

// leaveOut takes from a page what was printed on the alternate screen of a terminal, and
// reports whether there was any. A line says where that was entered.
func leaveOut(page *procs.Page) (some bool) {
	var kept []procs.Line
	for i := range page.Lines {
		l := page.Lines[i]
		text, drawn := output.OffScreen(&l)
		if drawn && !some {
			some, kept = true, slices.Clone(page.Lines[:i])
		}
		switch {
		case !some:
			continue
		case drawn && l.Entered:
			l.Text, l.FullScreen = append(bytes.TrimRight(text, "\r"), drewText...), false
		case drawn && draw.Plain(text, 1) == "":
			continue
		case drawn:
			l.Text, l.FullScreen = text, false
		}
		kept = append(kept, l)
	}
	if some {
		page.Lines = kept
	}
	return some
}

// drewText stands for the picture of a full-screen program.
const drewText = "\x1b[2m[full-screen program]\x1b[m"

func (d *direct) ask(q procs.Query) procs.Page {
	page, err := d.session.Output(q)
	d.err = err
	return page
}

// sparse reports whether lines of the source are to be looked for among
// others, so that a window of them can take long to fill.
func sparse(src procs.Source, pools int) bool {
	return src.PID != 0 || (src.Pool != "" && !src.OneSlot && pools > 1)
}
