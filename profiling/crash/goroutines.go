package crash

import (
	"bytes"
	"io"
	"strconv"
	"strings"

	"github.com/maruel/panicparse/v2/stack"

	"example.com/muster/procs"
)

// goPiece is how much of a dump of goroutines is read at once, in bytes: what
// panicparse makes of a piece is ten times as large.
const goPiece = 64 << 10

// goDump reads goroutines into words: the first of them into the exception, the
// others folded.
type goDump struct {
	v     *view
	i     int
	where *Words

	seen   int // goroutines
	others stackSet
	piece  []byte
	// whole: the last goroutine had the frame that ends it.
	whole bool
}

// read takes lines as long as they belong to the dump, and hands them on in
// pieces.
func (d *goDump) read() {
	for ; d.i < d.v.len(); d.i++ {
		s := d.v.text(d.i)
		if !d.belongs(s) {
			break
		}
		if d.v.partial(d.i) {
			d.where.Cut = true
			d.i++
			break
		}
		if n := elided(s); n > 0 && d.seen == 0 {
			d.where.Exception.Omitted += n
		}
		if s == "" && len(d.piece) > 0 && (d.seen == 0 || len(d.piece) > goPiece) {
			d.flush()
		}
		if len(d.piece) > 4*goPiece { // no goroutine is that large
			d.where.Cut = true
			break
		}
		if isGoText(s) {
			d.piece = append(append(d.piece, s...), '\n')
		}
	}
	d.flush()
	d.where.Others = d.others.stacks
	atEnd := d.i >= d.v.len() || d.i == d.v.len()-1 && d.v.partial(d.i)
	if d.seen == 0 || atEnd && !d.whole {
		d.where.Cut = true
	}
}

// GoesOn reports whether lines of one writer begin in the midst of a dump of
// goroutines, whose opening stands before them, and have more goroutines in them.
func GoesOn(lines []procs.Line) bool {
	for _, v := range writers(lines) {
		d := goDump{v: v, where: &Words{Exception: &Exception{}}}
		for ; d.i < v.len() && !isGoroutineHeader(v.text(d.i)); d.i++ {
			if !d.belongs(v.text(d.i)) {
				break
			}
		}
		if d.i < v.len() && isGoroutineHeader(v.text(d.i)) {
			return true
		}
	}
	return false
}

// belongs reports whether a line is part of a dump: of a goroutine, or of what
// GOTRACEBACK=crash and a signal's report have between and behind them.
func (d *goDump) belongs(s string) bool {
	if s == "" || isGoText(s) || s == "-----" || strings.HasPrefix(s, "PC=0x") || s == "runtime stack:" {
		return true
	}
	if d.seen+len(d.piece) > 0 && (s == "SIGQUIT: quit" || s == "SIGABRT: abort") {
		return true
	}
	register, value, ok := strings.Cut(s, " ")
	return ok && len(register) <= 7 && strings.HasPrefix(strings.TrimLeft(value, " "), "0x") && !strings.ContainsAny(register, ":=[(")
}

// isGoText reports whether a line is one of those that a goroutine is written
// in.
func isGoText(s string) bool {
	switch {
	case isGoroutineHeader(s), strings.HasPrefix(s, "created by "), strings.HasSuffix(s, "frames elided..."):
		return true
	case strings.HasPrefix(s, "\t"):
		return strings.HasPrefix(s, "\tgoroutine running on other thread") || goFileLine(s)
	}
	// A call: a package's path, a dot, a name, arguments.
	open := strings.LastIndexByte(s, '(')
	return open > 0 && strings.HasSuffix(s, ")") && !strings.HasPrefix(s, " ") && (strings.HasPrefix(s, "panic(") || strings.Contains(s[:open], "."))
}

// goFileLine reports whether a line is "	/app/main.go:12 +0x1d". A goroutine that has
// not begun is at the start of its function, which has no such end; with
// GOTRACEBACK=crash, and in a signal's report, there are registers behind it.
func goFileLine(s string) bool {
	place, _, _ := strings.Cut(strings.TrimSpace(s), " fp=0x")
	place, _, _ = strings.Cut(place, " +0x")
	i := strings.LastIndexByte(place, ':')
	if i < 0 {
		return false
	}
	_, err := strconv.Atoi(place[i+1:])
	return err == nil
}

// flush reads what has been collected.
func (d *goDump) flush() {
	for in := io.Reader(bytes.NewReader(d.piece)); len(d.piece) > 0; {
		snapshot, suffix, err := scanGoroutines(in)
		if snapshot != nil {
			for _, g := range snapshot.Goroutines {
				d.take(g)
			}
		}
		if err != nil || snapshot == nil {
			if err != nil && err != io.EOF {
				d.where.Cut = true
			}
			break
		}
		in = io.MultiReader(bytes.NewReader(suffix), in)
	}
	d.piece = d.piece[:0]
}

// scanGoroutines is panicparse's reading of a text that may be anything.
func scanGoroutines(in io.Reader) (s *stack.Snapshot, suffix []byte, err error) {
	defer func() {
		if recover() != nil {
			s, suffix, err = nil, nil, io.ErrUnexpectedEOF
		}
	}()
	// Without GuessPaths and AnalyzeSources no file is looked at.
	return stack.ScanSnapshot(in, io.Discard, &stack.Opts{})
}

// take keeps a goroutine.
func (d *goDump) take(g *stack.Goroutine) {
	var l frameList
	for i := range g.Stack.Calls {
		c := &g.Stack.Calls[i]
		f := Frame{File: bounded(c.RemoteSrcPath), Line: c.Line, Function: bounded(c.Func.Complete)}
		f.Library = isGoLibrary(f.File, f.Function)
		l.add(f)
	}
	last := l.last()
	by := g.CreatedBy.Calls
	d.whole = len(by) > 0 && by[0].RemoteSrcPath != "" || len(by) == 0 && last != nil && last.File != "" &&
		(last.Function == "main.main" || last.Function == "runtime.main" || last.Function == "runtime.goexit" || strings.HasPrefix(last.Function, "main.init"))
	who := goroutineName(g)
	if d.seen++; d.seen == 1 {
		e := d.where.Exception
		e.Frames, d.where.Thread = l.frames, who
		e.Omitted += l.omitted
		if len(l.frames) == 0 {
			d.where.Cut = true
		}
		return
	}
	d.others.add(Stack{Thread: who, Count: 1, Frames: l.frames})
}

// goroutineName is "goroutine 5 [chan receive, 2 minutes]".
func goroutineName(g *stack.Goroutine) string {
	s := "goroutine " + strconv.Itoa(g.ID)
	if g.State == "" || g.State == "running" {
		return s
	}
	s += " [" + g.State
	if g.SleepMax > 0 {
		s += ", " + strconv.Itoa(g.SleepMax) + " minutes"
	}
	return bounded(s + "]")
}

// goStandard are the first elements of the standard library's import paths. A
// build with -trimpath leaves nothing else to know them by.
var goStandard = func() map[string]bool {
	std := map[string]bool{}
	for _, s := range strings.Fields(`archive bufio bytes cmp compress container context crypto database debug embed
		encoding errors expvar flag fmt go hash html image index internal io iter log maps math mime net os path plugin
		reflect regexp runtime slices sort strconv strings structs sync syscall testing text time unicode unique unsafe
		vendor weak panic _cgo_gotypes`) {
		std[s] = true
	}
	return std
}()

// isGoLibrary reports whether a call is not of the user's own module: of the
// standard library, the module cache or a vendored package.
func isGoLibrary(file, function string) bool {
	if strings.Contains(file, "/pkg/mod/") || strings.Contains(file, "/vendor/") || strings.Contains(file, "@v") || file == "<autogenerated>" || file == "_testmain.go" {
		return true
	}
	first := function
	if i := strings.IndexAny(first, "/.("); i >= 0 {
		first = first[:i]
	}
	if !goStandard[first] {
		return false
	}
	// With a full path the library's file is below GOROOT/src.
	return !strings.HasPrefix(file, "/") || strings.Contains(file, "/src/"+first) || strings.HasPrefix(file, "/usr/") || first == "panic"
}
