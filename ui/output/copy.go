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

// block is what y may copy: the lines from number from up to, not including, to.
type block struct {
	from, to uint64
	what     string // "the block between the marks"
}

// copied is what was copied last; y pressed again on the same line copies the next thing.
type copied struct {
	seq uint64
	n   int // how often
}

// blocks are what can be copied at the line of the cursor: the lines between the two
// marks around it, the line itself, those since the mark above it, and those between the
// last two marks above it.
func (s *Screen) blocks(seq uint64) []block {
	line := block{seq, seq + 1, "the line"}
	var above []uint64 // marks above the line, or right at its top
	for _, at := range s.markLines() {
		if at > seq && len(above) > 0 {
			return []block{{above[len(above)-1], at, "the lines between the marks"}, line, {above[len(above)-1], seq + 1, "the lines since the mark"}}
		} else if at <= seq {
			above = append(above, at)
		}
	}
	list := []block{line}
	if n := len(above); n > 0 && above[n-1] < seq {
		list = append(list, block{above[n-1], seq + 1, "the lines since the mark"})
	}
	if n := len(above); n > 1 {
		list = append(list, block{above[n-2], above[n-1], "the lines between the marks above"})
	}
	return list
}

// copy sends a block at the cursor to the clipboard. Pressed again it sends the next one.
func (s *Screen) copy() tea.Cmd {
	l := s.current()
	if l == nil {
		return keys.Send(keys.SayMsg{Text: "nothing to copy"})
	}
	if s.copied.seq != l.Seq || s.copied.n == 0 {
		s.copied = copied{seq: l.Seq}
	}
	list := s.blocks(l.Seq)
	b, again := list[s.copied.n%len(list)], ""
	if s.copied.n++; len(list) > 1 {
		again = ", " + s.keys.Key(keys.Output, keys.Copy) + " again: " + list[s.copied.n%len(list)].what
	}
	if b.to == b.from+1 && b.from == l.Seq {
		return keys.Send(keys.CopyMsg{Text: draw.Plain(l.Text, 0), What: "1 line" + again})
	}
	var f feed = &direct{session: s.session, source: s.source}
	if s.sieve != nil {
		page := s.sieve.forward(b.from, copyLines)
		f = fixed(page.Lines)
	}
	return copyRange(f, b.from, b.to, again)
}

// fixed is lines that are known already. It is read only once.
type fixed []procs.Line

func (f fixed) forward(uint64, int) procs.Page  { return procs.Page{Lines: f} }
func (f fixed) backward(uint64, int) procs.Page { return procs.Page{Lines: f} }

func copyRange(f feed, from, to uint64, again string) tea.Cmd {
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
		return keys.CopyMsg{Text: b.String(), What: draw.Plural(n, "line") + cut + again}
	}
}
