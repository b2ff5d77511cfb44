package profile

import (
	"fmt"
	"strings"
	"time"

	"example.com/muster/session"
	"example.com/muster/ui/draw"
)

// tab is a place in the first line that can be clicked.
type tab struct {
	from, to int
	view     view
}

// tabLine names the views, and what is open.
func (s *Screen) tabLine() string {
	var b strings.Builder
	s.tabs = s.tabs[:0]
	at := 0
	for v := range views {
		name := " " + viewNames[v] + " "
		style := s.theme.Dim
		if v == s.view && s.form == nil {
			name, style = "["+viewNames[v]+"]", s.theme.Accent
		}
		style.On(&b, name)
		s.tabs = append(s.tabs, tab{at, at + draw.Width(name), v})
		at += draw.Width(name)
	}
	room := s.w - at - 1
	caption := s.caption()
	if room <= 12 {
		caption, _, _ = strings.Cut(caption, " ")
	}
	if text := draw.Truncate(caption, room); room >= 2 {
		b.WriteString(draw.Spaces(room - draw.Width(text)))
		s.theme.Strong.On(&b, text)
	}
	return b.String()
}

// caption names the capture that is open, and what of it is shown.
func (s *Screen) caption() string {
	c := s.capture(s.opened.want)
	if c == nil {
		return ""
	}
	text := title(c)
	if base := s.capture(s.opened.ask.base); base != nil {
		text = c.ID() + " against " + base.ID() + ": " + string(c.Request.Kind) + " of " + plain(c.Request.Whom())
	}
	if s.opened.ask.narrowed() {
		text = s.opened.ask.what() + " · " + text
	}
	return text
}

// title tells what a capture is: "p3 cpu of train, 10s, 3,960 samples".
func title(c *session.Profiled) string {
	text := fmt.Sprintf("%s %s of %s, %s", c.ID(), c.Request.Kind, whom(c), draw.Took(c.Took))
	if c.Samples > 0 {
		text += ", " + draw.Plural(c.Samples, "sample")
	}
	return text
}

// whom names what a capture is of: its processes, or the functions in them whose
// lines were timed.
func whom(c *session.Profiled) string {
	text := plain(c.Request.Whom())
	if len(c.Request.Functions) > 0 {
		text = plain(strings.Join(c.Request.Functions, ", ")) + " in " + text
	}
	return text
}

// progressLines tell how far the captures are that are under way.
func (s *Screen) progressLines() []string {
	var lines []string
	for _, c := range s.running() {
		if len(lines) == 3 || len(lines) > 0 && s.h < 16 {
			break
		}
		lines = append(lines, s.progressLine(c))
	}
	return lines
}

func (s *Screen) progressLine(c *session.Profiled) string {
	of, done := c.Request.Duration, c.Progress.Done
	if !c.StartedAt.IsZero() {
		done = max(done, min(s.now.Sub(c.StartedAt), of))
	}
	cells := max(4, min(30, s.w/4))
	full := 0
	if of > 0 {
		full = min(cells, int(int64(cells)*int64(done)/int64(of)))
	}
	var b strings.Builder
	b.WriteString(" ")
	s.theme.Spark.On(&b, strings.Repeat("█", full))
	s.theme.Dim.On(&b, strings.Repeat("░", cells-full))
	text := fmt.Sprintf(" %s of %s  %s of %s  %s, %s", seconds(done), seconds(of), c.Request.Kind, whom(c),
		draw.Plural(c.Progress.Processes, "process", "processes"), draw.Plural(c.Progress.Samples, "sample"))
	b.WriteString(draw.Truncate(text, max(0, s.w-cells-1)))
	return b.String()
}

// seconds writes how long a capture is: "4.2 s", "10 s".
func seconds(d time.Duration) string {
	if d%time.Second == 0 {
		return fmt.Sprintf("%d s", d/time.Second)
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

// list is a cursor in some rows.
type list struct {
	at, top int
	rows    int
}

// keep bounds the cursor to the rows that there are.
func (l *list) keep(rows int) {
	l.rows = rows
	l.at = max(0, min(l.at, rows-1))
}

// move moves the cursor.
func (l *list) move(n int) { l.at = max(0, min(l.at+n, l.rows-1)) }

// window returns which rows h lines show.
func (l *list) window(h int) (from, to int) {
	h = max(1, h)
	l.top = draw.Scroll(l.top, l.at, l.rows, h)
	return l.top, min(l.rows, l.top+h)
}
