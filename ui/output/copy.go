package output

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/muster/procs"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/keys"
)

// How much is copied at the most. Terminals refuse more: xterm and tmux take
// about a megabyte of base64, some less.
const (
	copyLines = 5000
	copyBytes = 512 << 10
)

// current returns the line of the cursor, or nil.
func (s *Screen) current() *procs.Line {
	for i := range s.window.lines {
		if s.window.lines[i].Seq == s.window.cur {
			return &s.window.lines[i]
		}
	}
	return nil
}

// copy sends the lines between the two marks around the cursor to the
// clipboard, or else the line of the cursor.
func (s *Screen) copy() tea.Cmd {
	l := s.current()
	if l == nil {
		return keys.Send(keys.SayMsg{Text: "nothing to copy"})
	}
	from, to, ok := s.marksAround(l.Seq)
	if !ok {
		return keys.Send(keys.CopyMsg{Text: draw.Plain(l.Text, 0), What: "1 line"})
	}
	var f feed = &direct{session: s.session, source: s.source}
	if s.sieve != nil {
		page := s.sieve.forward(from, copyLines)
		f = fixed(page.Lines)
	}
	return copyRange(f, from, to)
}

// fixed is lines that are known already. It is read only once.
type fixed []procs.Line

func (f fixed) forward(uint64, int) procs.Page  { return procs.Page{Lines: f} }
func (f fixed) backward(uint64, int) procs.Page { return procs.Page{Lines: f} }

func copyRange(f feed, from, to uint64) tea.Cmd {
	return func() tea.Msg {
		var b strings.Builder
		n, cut := 0, ""
		for _, l := range f.forward(from, copyLines).Lines {
			if l.Seq >= to {
				break
			}
			if b.Len() > copyBytes {
				cut = " (the first; more does not fit)"
				break
			}
			b.WriteString(draw.Plain(l.Text, 0))
			b.WriteByte('\n')
			n++
		}
		if n == copyLines {
			cut = " (the first; more does not fit)"
		}
		return keys.CopyMsg{Text: b.String(), What: draw.Plural(n, "line") + cut}
	}
}

// marksAround returns the numbers between which the marks around a line stand.
func (s *Screen) marksAround(seq uint64) (from, to uint64, ok bool) {
	at := s.markLines()
	for i := 1; i < len(at); i++ {
		if at[i-1] <= seq && seq < at[i] {
			return at[i-1], at[i], true
		}
	}
	return 0, 0, false
}
