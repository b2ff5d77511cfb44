package output

import (
	"bytes"
	"math"
	"slices"

	"example.com/muster/procs"
	"example.com/muster/procs/tape"
)

// screen follows whether the program in a terminal is on the alternate screen
// (modes 47, 1047 and 1049 of xterm's ctlseqs; a full reset leaves it): what it
// prints there draws a picture and is no lines. The zero value is a new terminal.
type screen struct {
	on   bool
	held []byte // the beginning of a sequence that the last input ended in
}

// maxHeld is how long a sequence that sets modes can be, in bytes.
const maxHeld = 64

var (
	setsModes = []byte("\x1b[?")
	resets    = []byte("\x1bc")
)

// next returns where in p the screen changes: p[:n] is from before that. If it does
// not, n is len(p). A sequence that has begun in an earlier input changes it at 0.
func (s *screen) next(p []byte) (n int, changed bool) {
	whole, before := p, len(s.held)
	if before > 0 {
		whole = append(s.held, p...)
		s.held = nil
	}
	for at := 0; ; {
		i := s.find(whole[at:])
		if i < 0 {
			break
		}
		at += i
		on, size := s.after(whole[at:])
		switch {
		case size == 0 && len(whole)-at <= maxHeld:
			s.held = bytes.Clone(whole[at:])
			return len(p), false
		case on != s.on:
			s.on = on
			return max(0, at-before), true
		}
		at += max(1, size)
	}
	for n := len(setsModes) - 1; n > 0; n-- { // it may end within the beginning of one
		if bytes.HasSuffix(whole, setsModes[:n]) {
			s.held = setsModes[:n:n]
			break
		}
	}
	return len(p), false
}

// find returns where a sequence begins that may change the screen; -1 if none does.
func (s *screen) find(p []byte) int {
	i := bytes.Index(p, setsModes)
	if s.on {
		if j := bytes.Index(p, resets); j >= 0 && (i < 0 || j < i) {
			return j
		}
	}
	return i
}

// after returns whether the alternate screen is on after the sequence that p begins with, and
// how long that is: 0 if more bytes are needed to tell.
func (s *screen) after(p []byte) (on bool, size int) {
	if bytes.HasPrefix(p, resets) {
		return false, len(resets)
	}
	params, last, size := tape.Private(p)
	if last != 0 {
		size++
	}
	if last == 'h' || last == 'l' {
		for field := range bytes.SplitSeq(params, []byte(";")) {
			switch string(field) {
			case "47", "1047", "1049":
				return last == 'h', size
			}
		}
	}
	return s.on, size
}

// drawing is lines of a slot that have begun on the alternate screen: from first to
// last, none if last is less. It was entered in the line with the number entered.
type drawing struct{ entered, first, last uint64 }

// maxDrawings bounds how many drawings of a slot are remembered.
const maxDrawings = 256

// drawings are those of a slot, oldest first. They are immutable.
type drawings []drawing

// turned adds that the screen has changed in line seq.
func (list drawings) turned(on bool, seq uint64) drawings {
	if on {
		list = list[max(0, len(list)-maxDrawings+1):]
		return append(slices.Clone(list), drawing{entered: seq, first: seq + 1, last: math.MaxUint64})
	}
	list = slices.Clone(list)
	if n := len(list); n > 0 {
		list[n-1].last = seq
	}
	return list
}

// dropped adds that the earlier part of line seq, which is not complete, is forgotten.
func (list drawings) dropped(on bool, seq uint64) drawings {
	if len(list) == 0 {
		return list
	}
	list = slices.Clone(list)
	switch last := &list[len(list)-1]; {
	case on:
		last.first = min(last.first, seq)
	case last.last == seq:
		last.last-- // it was left in what is forgotten
	}
	return list
}

// mark says of a line with that number of the slot's what it has to do with the screen.
func (list drawings) mark(l *procs.Line, seq uint64) {
	if l.Stream != procs.Terminal {
		return
	}
	for _, s := range list {
		l.Entered = l.Entered || s.entered == seq
		l.FullScreen = l.FullScreen || s.first <= seq && seq <= s.last
	}
}

// OffScreen returns what a line shows but for what was printed on the alternate
// screen. drawn reports whether there is any of that.
func OffScreen(l *procs.Line) (text []byte, drawn bool) {
	if l.Stream != procs.Terminal || !l.FullScreen && !l.Entered && !bytes.Contains(l.Text, setsModes) {
		return l.Text, false
	}
	s, rest := screen{on: l.FullScreen}, l.Text
	drawn = s.on
	for len(rest) > 0 {
		was := s.on
		n, changed := s.next(rest)
		if !was {
			text = append(text, rest[:n]...)
		}
		if rest = rest[n:]; !changed {
			break
		}
		_, size := s.after(rest)
		rest = rest[size:]
		drawn = drawn || s.on
	}
	if !drawn {
		return l.Text, false
	}
	return text, true
}
