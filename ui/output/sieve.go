package output

import (
	"slices"
	"sort"

	"example.com/muster/procs"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/port"
)

// How much one step looks at and keeps. A step must not take longer than a
// frame; what it leaves is looked at by the next one.
const (
	frameScan  = 20_000  // lines looked at in a frame
	stepScan   = 50_000  // lines looked at in a command, outside the event loop
	stepLines  = 2_000   // lines that one step returns
	sieveLines = 20_000  // lines kept
	sieveBytes = 8 << 20 // bytes kept
)

// A sieve is the feed of lines that are looked for among others: those that a
// filter lets through, or those of one writer. It keeps what it has found so
// far, which is everything with a number from lo up to, not including, hi.
type sieve struct {
	source procs.Source
	match  string
	not    bool

	gen    int // of the screen when it was made; answers carry it
	begun  bool
	lines  []procs.Line
	bytes  int
	lo, hi uint64
	oldest uint64 // of the source
	end    uint64
	busy   bool // a command looks further back
	err    error
}

// sought is what a command has found further back.
type sought struct {
	gen  int
	page procs.Page
	err  error
}

func (v *sieve) query(q procs.Query) procs.Query {
	q.Source, q.Match, q.Not, q.Max = v.source, v.match, v.not, stepLines
	return q
}

// advance takes up what is new since the last frame: all of it when the
// window follows, else as much as the window from top on may need. It also
// looks a little further back if fewer than want lines are known.
func (v *sieve) advance(s port.Session, follow bool, top uint64, want int) {
	if !v.begun {
		v.jump(s)
		return
	}
	if follow || len(v.lines)-v.index(top) < 2*want {
		page := v.ask(s, v.query(procs.Query{From: v.hi, ScanLimit: frameScan}))
		if v.err != nil {
			return
		}
		v.newer(page)
		if follow && v.hi < page.End && !lastIsPartial(v.lines) {
			v.leap(s, want)
		}
	}
	if len(v.lines) < want && !v.busy && v.lo > v.oldest {
		v.older(v.ask(s, v.back(frameScan)))
	}
	v.shed(v.index(top))
}

// jump starts at the newest line.
func (v *sieve) jump(s port.Session) {
	page := v.ask(s, v.query(procs.Query{From: procs.NewestLine, Backward: true, ScanLimit: frameScan}))
	if v.err != nil {
		return
	}
	v.begun, v.hi, v.lo = true, page.End, page.Next
	v.keep(page.Lines)
}

// leap catches up with an output that comes faster than it can be looked
// through: it goes on at the newest line. Where that alone fills the window,
// what was known is found again on the way up; else it stays, and the gap is
// named.
func (v *sieve) leap(s port.Session, want int) {
	page := v.ask(s, v.query(procs.Query{From: procs.NewestLine, Backward: true, ScanLimit: frameScan}))
	switch {
	case v.err != nil:
		return
	case len(page.Lines) >= want:
		v.lo, v.bytes = page.Next, 0
		v.keep(page.Lines)
	case page.Next <= v.hi: // it reaches what is known
		i := sort.Search(len(page.Lines), func(i int) bool { return page.Lines[i].Seq >= v.hi })
		v.keep(append(v.lines, page.Lines[i:]...))
	default:
		gap := procs.Line{
			Seq: v.hi, Stream: procs.Muster,
			Text: []byte(draw.Plural(page.Next-v.hi, "line") + " came too fast to be looked through"),
		}
		v.keep(append(append(v.lines, gap), page.Lines...))
	}
	v.hi = page.End
}

// newer adds what follows the newest line known.
func (v *sieve) newer(page procs.Page) {
	if lastIsPartial(v.lines) { // it is told again, perhaps longer
		v.lines = v.lines[:len(v.lines)-1]
	}
	v.keep(append(v.lines, page.Lines...))
	v.hi = max(v.hi, page.Next)
}

// older adds what comes before the oldest line known.
func (v *sieve) older(page procs.Page) {
	if v.err != nil {
		return
	}
	n := sort.Search(len(page.Lines), func(i int) bool { return page.Lines[i].Seq >= v.lo })
	v.keep(slices.Concat(page.Lines[:n], v.lines))
	v.lo = min(v.lo, page.Next)
}

// back asks for what comes before the oldest line known.
func (v *sieve) back(scan int) procs.Query {
	return v.query(procs.Query{From: v.lo, Backward: true, ScanLimit: scan})
}

func (v *sieve) ask(s port.Session, q procs.Query) procs.Page {
	page, err := s.Output(q)
	if v.err = err; err == nil {
		v.oldest, v.end = page.Oldest, page.End
	}
	return page
}

func (v *sieve) keep(lines []procs.Line) {
	v.lines, v.bytes = lines, 0
	for i := range lines {
		v.bytes += len(lines[i].Text)
	}
}

// shed lets go of some lines if there are too many, at the end that is
// further from the ith; they are found again when they are asked for.
func (v *sieve) shed(i int) {
	const room = 4 // a quarter goes at once, so that this is rare
	n := len(v.lines)
	if n < 2 || (n <= sieveLines && v.bytes <= sieveBytes) {
		return
	}
	if drop := max(1, n/room); i >= n/2 {
		v.keep(slices.Clone(v.lines[drop:]))
		v.lo = v.lines[0].Seq
	} else {
		v.hi = v.lines[n-drop].Seq
		v.keep(slices.Clone(v.lines[:n-drop]))
	}
}

// complete reports whether everything that is kept has been looked through.
func (v *sieve) complete() bool { return v.begun && v.lo <= v.oldest }

func (v *sieve) index(seq uint64) int {
	return sort.Search(len(v.lines), func(i int) bool { return v.lines[i].Seq >= seq })
}

func (v *sieve) forward(from uint64, n int) procs.Page {
	i := v.index(from)
	j := min(i+n, len(v.lines))
	page := procs.Page{Lines: v.lines[i:j], Oldest: v.lo, End: v.hi, Next: v.hi}
	if j < len(v.lines) {
		page.Next = v.lines[j].Seq
	}
	return page
}

func (v *sieve) backward(from uint64, n int) procs.Page {
	j := v.index(from)
	i := max(0, j-n)
	page := procs.Page{Lines: v.lines[i:j], Oldest: v.lo, End: v.hi, Next: v.lo}
	if i > 0 {
		page.Next = v.lines[i].Seq
	}
	return page
}

func lastIsPartial(lines []procs.Line) bool {
	return len(lines) > 0 && lines[len(lines)-1].Partial
}
