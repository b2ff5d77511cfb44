package output

import (
	"example.com/muster/procs"
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
// and asks the session for each window, however long the output is.
type direct struct {
	session port.Session
	source  procs.Source
	err     error // of the last question
}

func (d *direct) forward(from uint64, n int) procs.Page {
	return d.ask(procs.Query{Source: d.source, From: from, Max: n})
}

func (d *direct) backward(from uint64, n int) procs.Page {
	return d.ask(procs.Query{Source: d.source, From: from, Max: n, Backward: true})
}

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
