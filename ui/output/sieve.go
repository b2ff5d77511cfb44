package output

import (
	"slices"
	"sort"

	"example.com/muster/procs"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/port"
)

// How much one step looks at and keeps. A step is a command of its own, so
// that a key is answered meanwhile; between two of them a frame is drawn.
const (
	stepScan   = 10_000  // lines looked at
	stepLines  = 2_000   // lines returned
	sieveLines = 20_000  // lines kept
	sieveBytes = 8 << 20 // bytes kept
	// leapBehind is how far the end may run away before the sieve leaps to it.
	leapBehind = 2_000_000
)

// A sieve is the feed of lines that are looked for among others: those that a
// filter lets through, or those of one writer. It keeps what it has found so
// far, which is everything with a number from lo up to, not including, hi.
type sieve struct {
	source procs.Source
	match  string
	not    bool
	gen    int // of the screen when it began here; answers carry it

	begun  bool
	leaps  bool // the next step goes to the end
	lines  []procs.Line
	bytes  int
	lo, hi uint64
	oldest uint64 // of the source
	end    uint64
	open   uint64 // how many of its last lines are unterminated
	err    error  // of a step; it is not tried again
	stuck  bool   // the last step brought nothing; wait until the end moves
	last   stepKind
}

// A step is one look for more lines, and its answer.
type step struct {
	gen   int
	kind  stepKind
	query procs.Query
	page  procs.Page
	err   error
}

type stepKind uint8

const (
	newer stepKind = iota // what follows the newest line known
	older                 // what comes before the oldest one
	leap                  // from the end, whatever lies between
)

// note learns how far the source reaches now. If but one line is new, it is read
// at once, with the last ones that are unterminated and may have grown.
func (v *sieve) note(s port.Session) error {
	page, err := s.Output(procs.Query{Source: v.source, From: procs.NewestLine, Backward: true}) // no line: others may have printed a million since
	if err != nil {
		return err
	}
	whole := v.whole()
	v.reaches(page)
	v.stuck = v.stuck && v.whole() == whole
	if v.begun && v.hi < v.end && v.hi+1 >= v.whole() {
		few := int(v.end - v.hi)
		page, err = s.Output(procs.Query{Source: v.source, Match: v.match, Not: v.not, From: v.hi, Max: few, ScanLimit: few})
		if err == nil {
			v.takeNewer(page)
		}
	}
	return err
}

// next returns the step that a window of want lines from top on needs next;
// ok is false if it needs none.
func (v *sieve) next(follow bool, top uint64, want int) (st step, ok bool) {
	st = step{gen: v.gen, query: procs.Query{Source: v.source, Match: v.match, Not: v.not, Max: stepLines, ScanLimit: stepScan}}
	at := v.index(top)
	behind := v.hi+1 < v.whole() && (follow || len(v.lines)-at < 2*want)
	short := v.lo > v.oldest && (at < want || len(v.lines) < 2*want)
	switch {
	case v.err != nil, v.stuck:
		return st, false
	case !v.begun, follow && v.leaps, follow && v.end > v.hi && v.end-v.hi > leapBehind:
		st.kind, st.query.From, st.query.Backward = leap, procs.NewestLine, true
	case behind && (!short || v.last != newer): // the two take turns: while others print, the end never stands
		st.kind, st.query.From = newer, v.hi
	case short:
		st.kind, st.query.From, st.query.Backward = older, v.lo, true
	default:
		return st, false
	}
	return st, true
}

// take adds what a step has found. want is how many lines fill the window.
func (v *sieve) take(st step, want int) {
	if v.err = st.err; st.err != nil {
		return
	}
	lo, hi := v.lo, v.hi
	v.last = st.kind
	if st.page.End >= v.end {
		v.reaches(st.page)
	}
	v.oldest = st.page.Oldest
	switch st.kind {
	case newer:
		v.takeNewer(st.page)
		// Where nearly every line passes, the end alone fills the window.
		v.leaps = len(st.page.Lines) == stepLines && st.page.End-st.page.Next > stepLines
	case older:
		v.takeOlder(st.page)
	case leap:
		v.takeLeap(st.page, want)
	}
	v.stuck = lo == v.lo && hi == v.hi && st.kind != leap
}

// takeLeap goes on at the end. Where that alone fills the window, what was
// known is found again on the way up; else it stays, and the gap is named.
func (v *sieve) takeLeap(page procs.Page, want int) {
	v.leaps = false
	switch {
	case !v.begun || len(page.Lines) >= want:
		v.begun, v.lo = true, page.Next
		v.keep(page.Lines)
	case page.Next <= v.hi: // it reaches what is known
		v.dropPartials()
		i := sort.Search(len(page.Lines), func(i int) bool { return page.Lines[i].Seq >= v.hi })
		v.keep(append(v.lines, page.Lines[i:]...))
	default:
		v.gap(v.hi, page.Next-v.hi, " came too fast to be looked through")
		v.keep(append(v.lines, page.Lines...))
	}
	v.hi = page.End - uint64(page.Open)
}

func (v *sieve) takeNewer(page procs.Page) {
	v.dropPartials()
	if page.Missed > 0 {
		v.gap(v.hi, page.Missed, " left the memory before being looked through")
	}
	v.keep(append(v.lines, page.Lines...))
	v.hi = max(v.hi, page.Next)
}

func (v *sieve) takeOlder(page procs.Page) {
	n := sort.Search(len(page.Lines), func(i int) bool { return page.Lines[i].Seq >= v.lo })
	v.keep(slices.Concat(page.Lines[:n], v.lines))
	v.lo = min(v.lo, page.Next)
}

// gap adds a line of muster's own in the place of n others.
func (v *sieve) gap(seq, n uint64, why string) {
	v.lines = append(v.lines, procs.Line{Seq: seq, Stream: procs.Muster, Text: []byte(draw.Plural(n, "line") + why)})
}

// dropPartials forgets the unterminated lines, which are about to be told again.
func (v *sieve) dropPartials() {
	for n := len(v.lines); n > 0 && v.lines[n-1].Partial; n-- {
		v.lines = v.lines[:n-1]
	}
}

// reaches notes where the source begins and ends, as a page tells.
func (v *sieve) reaches(page procs.Page) {
	v.oldest, v.end, v.open = page.Oldest, page.End, uint64(page.Open)
}

// whole is where the whole lines of the source end.
func (v *sieve) whole() uint64 { return v.end - v.open }

func (v *sieve) keep(lines []procs.Line) {
	v.lines, v.bytes = lines, 0
	for i := range lines {
		v.bytes += len(lines[i].Text)
	}
}

// shed lets go of some lines if there are too many, at the end that is
// further from the ith, or the oldest when the end is followed; they are found
// again when they are asked for.
func (v *sieve) shed(i int, follow bool) {
	const part = 4 // a quarter goes at once, so that this is rare
	n := len(v.lines)
	if n < 2 || (n <= sieveLines && v.bytes <= sieveBytes) {
		return
	}
	if drop := max(1, n/part); follow || i >= n/2 {
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
