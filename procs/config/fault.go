package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// place is a part of a line of the file.
type place struct {
	line   int // from 1; 0 is the file as a whole
	column int // in characters, from 1
	width  int // in characters; 0 underlines one
}

// Fault is one thing that is wrong with a file.
type Fault struct {
	// Line and Column are where, both from 1; Line is 0 where it is the file
	// as a whole.
	Line, Column int
	// What is wrong, in one line.
	What string
	// Source is the line, Width how many characters of it are meant.
	Source string
	Width  int
}

// Error is all that is wrong with a file, in the order of its lines.
type Error struct {
	Path   string
	Faults []Fault
}

// Error is one line: the first fault, and how many there are besides.
func (e *Error) Error() string {
	s := "cannot read " + e.at(e.Faults[0])
	if n := len(e.Faults) - 1; n > 0 {
		s += fmt.Sprintf(" (and %d more)", n)
	}
	return s
}

// Heading is the line to put above [Error.Details].
func (e *Error) Heading() string {
	if n := len(e.Faults); n != 1 {
		return fmt.Sprintf("cannot read %s: %d errors", e.Path, n)
	}
	return fmt.Sprintf("cannot read %s: 1 error", e.Path)
}

// maxShown bounds how many faults are shown; whoever mended so many will look again.
const maxShown = 50

// Details are the faults, each with its line and a mark below the part that is meant.
func (e *Error) Details() string {
	var b strings.Builder
	for i, f := range e.Faults {
		if i == maxShown {
			fmt.Fprintf(&b, "and %d more\n", len(e.Faults)-i)
			break
		}
		fmt.Fprintln(&b, e.at(f))
		if f.Line > 0 && strings.TrimSpace(f.Source) != "" {
			source, mark := f.window()
			fmt.Fprintf(&b, "%5d | %s\n      | %s\n", f.Line, source, mark)
		}
	}
	return b.String()
}

func (e *Error) at(f Fault) string {
	if f.Line == 0 {
		return fmt.Sprintf("%s: %s", e.Path, f.What)
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.Path, f.Line, f.Column, f.What)
}

// Bounds of what is shown of a long line, in characters.
const (
	before = 40
	shown  = 100
)

// window cuts the part of the line that is meant out of a long one, and makes
// it safe for a terminal.
func (f Fault) window() (source, mark string) {
	line := []rune(f.Source)
	at := min(f.Column-1, len(line))
	from := 0
	if len(line) > shown && at > before {
		from = at - before
	}
	to := min(len(line), from+shown)
	var s, m strings.Builder
	if from > 0 {
		s.WriteString("...")
		m.WriteString("   ")
	}
	for i := from; i < to; i++ {
		r := line[i]
		if r != '\t' && !unicode.IsPrint(r) {
			r = unicode.ReplacementChar
		}
		s.WriteRune(r)
		switch {
		case i >= at:
		case r == '\t':
			m.WriteByte('\t') // so that the mark stands below whatever a tab is wide
		default:
			m.WriteByte(' ')
		}
	}
	if to < len(line) {
		s.WriteString("...")
	}
	width := max(1, min(f.Width, to-at))
	return strings.TrimRight(s.String(), " "), m.String() + strings.Repeat("^", width)
}

// sortFaults puts faults in the order of the file and drops those that are told
// twice, as of a value that several pools share by an alias.
func sortFaults(faults []Fault) []Fault {
	slices.SortStableFunc(faults, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return slices.Compact(faults)
}
