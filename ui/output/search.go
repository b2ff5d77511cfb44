package output

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"time"
	"unicode"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/muster/procs"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/port"
)

// A pattern is a regular expression as typed: without capital letters it
// matches both cases.
type pattern struct {
	typed string
	re    *regexp.Regexp // nil if there is none
	err   error
}

func newPattern(typed string) pattern {
	p := pattern{typed: typed}
	if typed == "" {
		return p
	}
	expr := typed
	if !strings.ContainsFunc(typed, unicode.IsUpper) {
		expr = "(?i)" + expr
	}
	p.re, p.err = regexp.Compile(expr)
	return p
}

// expr is the expression for a query, "" for none.
func (p pattern) expr() string {
	if p.re == nil {
		return ""
	}
	return p.re.String()
}

// problem says why the pattern cannot be used, or "".
func (p pattern) problem() string {
	var e *syntax.Error
	switch {
	case p.err == nil:
		return ""
	case errors.As(p.err, &e):
		return e.Code.String()
	}
	return p.err.Error()
}

// A hunt is one search for the next match. It goes on in steps, each of them
// a command, until it finds a line or none is left: at the end of the lines it goes on at
// the other one, so that it looks at each of them once. What it needs is copied
// into it, so that the command changes nothing.
type hunt struct {
	gen      int
	source   procs.Source
	pattern  pattern
	filter   pattern // lines must pass this too
	not      bool    // the filter is inverted
	from     uint64
	backward bool
	began    uint64 // where the lines begin that are looked at after going around
	around   bool   // it has gone on at the other end
	looked   uint64 // lines so far
}

// caught is the answer to one step of a hunt.
type caught struct {
	hunt  hunt // how to go on
	line  *procs.Line
	ended bool
	err   error
}

// How long one step of a hunt goes on, and how many lines are asked for at a
// time. Another key is answered meanwhile; what it asks for waits that long.
const (
	huntTime = 50 * time.Millisecond
	huntScan = 5 * stepScan
)

// step looks for a bounded time.
func (h hunt) step(s port.Session) tea.Cmd {
	return func() tea.Msg {
		c := caught{hunt: h}
		for began := time.Now(); c.line == nil && c.err == nil && !c.ended && time.Since(began) < huntTime; {
			c.look(s)
		}
		return keys.AnswerMsg{Screen: keys.Output, Answer: c}
	}
}

// look asks once. Where a filter is in force, many of the lines found may be
// hidden by it, so that more than one is asked for.
func (c *caught) look(s port.Session) {
	h := &c.hunt
	q := procs.Query{Source: h.source, From: h.from, Backward: h.backward, Match: h.pattern.expr(), Max: 1, ScanLimit: h.scan()}
	if h.filter.re != nil {
		q.Max = stepLines
	}
	page, err := s.Output(q)
	if c.err = err; err != nil {
		return
	}
	from := h.from
	if h.backward {
		from = min(from, page.End)
		h.looked += from - min(page.Next, from)
		c.ended = page.Next <= page.Oldest
	} else {
		h.looked += page.Next - min(from, page.Next)
		c.ended = page.Next >= page.End || from+uint64(page.Open) >= page.End // those that have not ended are told at once
	}
	c.ended = c.ended || page.Next == from || h.around && h.reached(page.Next)
	h.from = page.Next
	if h.backward {
		slices.Reverse(page.Lines)
	}
	for i := range page.Lines {
		if h.filter.re == nil || h.filter.re.MatchString(draw.Plain(page.Lines[i].Text, 0)) != h.not {
			c.line = &page.Lines[i]
			return
		}
	}
	if c.ended && h.goAround(page) {
		c.ended = false
	}
}

// scan is how many lines to look at next: none twice.
func (h *hunt) scan() int {
	left := uint64(huntScan)
	switch {
	case h.around && h.backward:
		left = h.from - h.began
	case h.around:
		left = h.began - h.from
	}
	return int(min(left, huntScan))
}

// reached reports whether a hunt that has gone around, and has come to a line, has looked at
// all of them.
func (h *hunt) reached(at uint64) bool {
	if h.backward {
		return at <= h.began
	}
	return at >= h.began
}

// goAround goes on at the other end, of lines that reach as far as a page tells, and reports
// whether there are any that have not been looked at.
func (h *hunt) goAround(page procs.Page) bool {
	other := page.Oldest
	if h.backward {
		other = page.End
	}
	if h.around || h.reached(other) {
		return false
	}
	h.around, h.from = true, other
	return true
}

// say tells how a hunt ended, if there is more to it than the line that is shown then.
func (c *caught) say() keys.SayMsg {
	h := &c.hunt
	switch {
	case c.err != nil:
		return keys.SayMsg{Text: fmt.Sprintf("cannot search: %v", c.err), Bad: true}
	case c.line == nil:
		where := ""
		if h.filter.re != nil {
			where = " in what &" + h.filter.typed + " shows"
		}
		return keys.SayMsg{Text: fmt.Sprintf("no match for %s%s (%s looked at)", h.pattern.typed, where, draw.Plural(h.looked, "line"))}
	case !h.around:
		return keys.SayMsg{}
	case h.backward && c.line.Seq == h.began, !h.backward && c.line.Seq+1 == h.began:
		return keys.SayMsg{Text: "the only match for " + h.pattern.typed}
	case h.backward:
		return keys.SayMsg{Text: "search hit the top, goes on at the end"}
	}
	return keys.SayMsg{Text: "search hit the end, goes on at the top"}
}
