package output

import (
	"slices"

	"example.com/muster/procs"
)

const (
	// firstWindow and maxWindow bound how many lines a query looks at in one
	// go, windowBytes about how many bytes that may be.
	firstWindow = 64
	maxWindow   = 1024
	windowBytes = 256 << 10
	// usualLine is how many bytes are set aside for a line at first.
	usualLine = 120
)

// Query returns a window of what was printed. The error is a bad regular
// expression; a slot that has printed nothing has an empty page.
//
// Lines that are not of the source (other pools, other writers) are passed
// over without counting as looked at, as many as the pass limit says. If the
// page then holds fewer lines than asked for, Next says where to go on; it
// stays where it is at the end of the output.
//
// Unterminated lines, one of each writer and at most [maxPartials], are at the
// end of a page that reaches the end of the output. Next is then the number of
// the first, so that the next query has what became of them. Who asks from
// beyond the end gets the last of them. Missed of a pool or a writer counts lines
// of others too, where it is no longer known whose they were.
func (s *Store) Query(q procs.Query) (procs.Page, error) {
	m, err := s.patterns.matcher(q.Match, q.Not)
	if err != nil {
		return procs.Page{}, err
	}
	src := s.source(q.Source)
	if src == nil {
		return procs.Page{}, nil
	}
	defer src.close()
	qu := newQuerying(src, q, m)
	if q.Backward {
		qu.backward(q.From)
	} else {
		qu.forward(q.From)
	}
	return qu.page, nil
}

// querying is one query under way.
type querying struct {
	src      source
	matcher  *matcher
	page     procs.Page
	next     uint64       // the source's, when the query began
	partials []procs.Line // unterminated lines, numbered from next on

	max, scan int    // lines to return and to look at, still
	passed    uint64 // lines of others
	most      uint64 // of them
	window    uint64 // lines to look at in one go
	buf       []byte
	lines     []procs.Line // of one window, in buf
	ruledOut  int          // further lines of it, which do not match
}

func newQuerying(src source, q procs.Query, m *matcher) *querying {
	qu := &querying{src: src, matcher: m, max: max(q.Max, 0), scan: q.ScanLimit, window: firstWindow}
	if qu.scan <= 0 {
		qu.scan = qu.max
	}
	if qu.most = procs.MaxPassed; q.PassLimit > 0 {
		qu.most = min(qu.most, uint64(q.PassLimit))
	}
	qu.page.Oldest, qu.next = src.bounds()
	qu.page.End = qu.next
	qu.page.Lines = make([]procs.Line, 0, min(qu.max, firstWindow))
	qu.partials = src.partials()
	for i := range qu.partials {
		qu.partials[i].Seq = qu.page.End
		qu.page.End++
	}
	qu.page.Open = len(qu.partials)
	return qu
}

// full reports whether the query has what it asked for, or looked at enough.
func (qu *querying) full() bool { return qu.max == 0 || qu.scan == 0 }

// done is full, and whether it has passed over enough: what is read is looked at first.
func (qu *querying) done() bool { return qu.full() || qu.passed > qu.most }

// forward reads from number from on.
func (qu *querying) forward(from uint64) {
	pos := min(from, qu.next)
	if pos < qu.page.Oldest {
		qu.page.Missed = qu.page.Oldest - pos
		pos = qu.page.Oldest
	}
	for pos < qu.next && !qu.done() {
		pos = qu.forwardWindow(pos, min(qu.next, pos+qu.size()))
	}
	qu.page.Next = pos
	if pos == qu.next {
		qu.forwardPartials(from)
	}
}

// forwardPartials looks at the unterminated lines from number from on.
func (qu *querying) forwardPartials(from uint64) {
	if from >= qu.page.End {
		from = qu.page.End - uint64(min(qu.max, len(qu.partials)))
	} else {
		qu.page.Next = max(qu.page.Next, from)
	}
	for _, line := range qu.partials {
		if line.Seq >= from && !qu.done() && qu.look(line) {
			qu.page.Lines = append(qu.page.Lines, line)
		}
	}
}

// forwardWindow looks at the lines from .. to-1 and returns where to go on.
func (qu *querying) forwardWindow(from, to uint64) uint64 {
	kept := len(qu.page.Lines)
	defer func() { qu.own(qu.page.Lines[kept:]) }()
	missed := qu.load(from, to)
	for _, line := range qu.lines {
		if qu.full() {
			qu.page.Missed += missed.before(line.Seq)
			return line.Seq
		}
		if qu.look(line) {
			qu.page.Lines = append(qu.page.Lines, line)
		}
	}
	qu.page.Missed += missed.before(to)
	qu.scan -= qu.ruledOut
	return to
}

// backward reads the lines before number from, the newest first.
func (qu *querying) backward(from uint64) {
	pos := min(from, qu.page.End)
	for pos > qu.next && !qu.done() {
		pos--
		if line := qu.partials[pos-qu.next]; qu.look(line) {
			qu.page.Lines = append(qu.page.Lines, line)
		}
	}
	for pos > qu.page.Oldest && !qu.done() {
		pos = qu.backwardWindow(max(qu.page.Oldest, pos-min(pos, qu.size())), pos)
	}
	qu.page.Next = pos
	slices.Reverse(qu.page.Lines)
}

// backwardWindow looks at the lines to-1 .. from, in this order, and returns
// before which one to go on.
func (qu *querying) backwardWindow(from, to uint64) uint64 {
	kept := len(qu.page.Lines)
	defer func() { qu.own(qu.page.Lines[kept:]) }()
	missed := qu.load(from, to)
	for i := len(qu.lines) - 1; i >= 0; i-- {
		line := qu.lines[i]
		if qu.full() {
			qu.page.Missed += missed.before(to) - missed.before(line.Seq+1)
			return line.Seq + 1
		}
		if qu.look(line) {
			qu.page.Lines = append(qu.page.Lines, line)
		}
	}
	qu.page.Missed += missed.before(to)
	qu.scan -= qu.ruledOut
	return from
}

// look counts a line as looked at and reports whether it is wanted.
func (qu *querying) look(line procs.Line) bool {
	qu.scan--
	if !qu.matcher.match(line.Text) {
		return false
	}
	qu.max--
	return true
}

// own gives lines whose texts are in the buffer of the window texts of their
// own; if they are all the lines of the window, the buffer itself.
func (qu *querying) own(lines []procs.Line) {
	switch len(lines) {
	case 0: // a window of others' lines, or one without a match
		return
	case len(qu.lines):
		qu.buf = nil
		return
	}
	n := 0
	for _, l := range lines {
		n += len(l.Text)
	}
	all := make([]byte, 0, n)
	for i := range lines {
		start := len(all)
		all = append(all, lines[i].Text...)
		lines[i].Text = all[start:len(all):len(all)]
	}
}

// size returns how many lines to look at next: about as many as are needed.
func (qu *querying) size() uint64 {
	if qu.scan <= qu.max || qu.matcher.sifter != nil { // no more than the scan limit are of any use
		return min(qu.window, uint64(qu.scan))
	}
	return qu.window
}

// load reads the lines from .. to-1 that are the source's and there, and
// learns from their size how many to read the next time.
func (qu *querying) load(from, to uint64) gaps {
	var missed gaps
	qu.lines, qu.buf = slices.Grow(qu.lines[:0], int(to-from)), qu.buf[:0]
	if qu.buf == nil {
		qu.buf = make([]byte, 0, (to-from)*usualLine)
	}
	qu.ruledOut = 0
	size := 0
	for pos := from; pos < to; {
		sp := qu.src.span(qu.buf[len(qu.buf):], pos, to, windowBytes)
		switch sp.kind {
		case gone:
			missed = append(missed, gap{pos, sp.lines})
		case others:
			qu.passed += sp.lines
		case here:
			size += len(sp.text)
			if qu.matcher.rulesOut(sp.text) {
				qu.ruledOut += int(sp.lines)
			} else {
				qu.keep(&sp)
			}
		}
		pos += sp.lines
	}
	average := 1 + size/max(1, len(qu.lines)+qu.ruledOut)
	qu.window = max(16, min(maxWindow, 4*qu.window, uint64(windowBytes/average)))
	return missed
}

// keep adds the lines of a span whose text was appended to the buffer, or is
// on its own if the buffer had no room. Lines that were kept before do not
// move.
func (qu *querying) keep(sp *span) {
	if n := len(qu.buf); cap(qu.buf)-n >= len(sp.text) {
		qu.buf = qu.buf[:n+len(sp.text)]
	} else {
		qu.buf = make([]byte, 0, 2*(n+len(sp.text)))
	}
	sp.each(func(l procs.Line) bool {
		qu.lines = append(qu.lines, l)
		return true
	})
}

// gap is n lines from seq on that are gone; gaps are in order.
type (
	gap  struct{ seq, n uint64 }
	gaps []gap
)

// before counts the lines that are gone with numbers below seq.
func (g gaps) before(seq uint64) uint64 {
	var n uint64
	for _, x := range g {
		if x.seq >= seq {
			break
		}
		n += min(x.n, seq-x.seq)
	}
	return n
}
