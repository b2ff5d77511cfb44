package tasks

import (
	"fmt"
	"strings"

	"example.com/muster/ui/draw"
	"example.com/muster/ui/theme"
)

// head is how far the map is: a bar, figures, and advice.
func (s *Screen) head() []string {
	lines := []string{s.bar(), s.figures()}
	return append(lines, s.advice()...)
}

// bar draws what is done, what of that has failed, and what is left.
func (s *Screen) bar() string {
	p := s.tasks
	done := p.Done()
	text := " " + draw.Count(done) + " done"
	if !p.TotalKnown {
		text += ", more is being read"
		if p.Stopped {
			text = " " + draw.Count(done) + " done, the rest was not read"
		}
		return s.theme.Strong.Paint(draw.Truncate(text, s.w))
	}
	percent := uint64(100)
	if p.Total > 0 {
		percent = min(100, done*100/p.Total)
	}
	text = fmt.Sprintf(" %3d%%  %s of %s", percent, draw.Count(done), draw.Count(p.Total))
	cells := s.w - 2 - draw.Width(text)
	if cells < 4 {
		return s.theme.Strong.Paint(draw.Truncate(text, s.w))
	}
	share := func(n uint64) int {
		if p.Total == 0 {
			return cells
		}
		return int(n * uint64(cells) / p.Total)
	}
	bad := 0
	if p.Failed > 0 { // one is never too few to be seen
		bad = max(1, share(p.Failed))
	}
	good := max(0, share(done)-bad)
	bad = min(bad, cells-good)
	var b strings.Builder
	b.WriteString(" ")
	s.theme.Spark.On(&b, strings.Repeat("█", good))
	s.theme.Error.On(&b, strings.Repeat("▒", bad))
	s.theme.Dim.On(&b, strings.Repeat("░", cells-good-bad))
	s.theme.Strong.On(&b, text)
	return b.String()
}

// narrow is the width below which the least important is left out.
const narrow = 60

// piece is a part of the line of figures.
type piece struct {
	style theme.Style
	text  string
}

// figures is the counts, the rate and when it will be over; what matters least is
// last, and is cut where it is narrow.
func (s *Screen) figures() string {
	p, t := s.tasks, s.theme
	var all []piece
	add := func(style theme.Style, text string) { all = append(all, piece{style, text}) }
	elapsed := p.At.Sub(p.Started)
	switch {
	case p.Ended && p.Unfinished > 0:
		add(t.Warning, "stopped after "+draw.Took(elapsed))
		add(t.Warning, draw.Count(p.Left())+" not done")
	case p.Ended:
		add(t.Good, "done in "+draw.Took(elapsed))
	case s.snap.Stopping || p.Stopped:
		add(t.Warning, "stopping")
	case p.Paused:
		add(t.Warning, "paused")
	}
	if p.Failed > 0 {
		add(t.Error, "✗ "+draw.Count(p.Failed)+" failed")
	}
	if !p.Ended && p.ETA > 0 {
		text := "ETA " + draw.Estimate(p.ETA)
		if low, high := draw.Estimate(p.ETALow), draw.Estimate(p.ETAHigh); low != high && s.w >= narrow {
			text += " (" + low + " to " + high + ")"
		}
		add(t.Strong, text)
	}
	if !p.Paused || p.Ended {
		add("", draw.Rate(p.Rate)+"/s")
	}
	if !p.Ended {
		add("", draw.Count(p.Running)+" running")
	}
	if !p.Ended || s.wanted > 0 {
		text := "-j " + draw.Count(p.Size)
		if s.wanted > 0 {
			text += " → " + draw.Count(s.wanted)
		}
		add("", text)
	}
	for _, c := range []struct {
		n    uint64
		text string
	}{
		{p.Deaths, draw.Plural(p.Deaths, "worker") + " lost"},
		{p.Skipped, draw.Count(p.Skipped) + " skipped"},
		{p.Retried, draw.Count(p.Retried) + " tried again"},
		{p.Resumed, draw.Count(p.Resumed) + " done before"},
	} {
		if c.n > 0 {
			add(t.Dim, c.text)
		}
	}
	var b strings.Builder
	room := s.w - 1
	for i, x := range all {
		gap := "  "
		if i == 0 {
			gap = " "
		}
		if room -= draw.Width(gap) + draw.Width(x.text); room < 0 && i > 0 {
			break
		}
		b.WriteString(gap)
		x.style.On(&b, x.text)
	}
	return b.String()
}

// advice is what would make it quicker, as far as there is room.
func (s *Screen) advice() []string {
	most := 1
	if s.h >= 20 {
		most = 3
	}
	var lines []string
	for _, a := range s.tasks.Advice {
		for i, l := range draw.Words(plain(a.Text), max(1, s.w-4)) {
			sign := "  "
			if i == 0 {
				sign = "! "
			}
			lines = append(lines, " "+s.theme.Warning.Paint(sign+l))
		}
	}
	if len(lines) > most {
		lines = lines[:most]
		lines[most-1] = draw.Truncate(lines[most-1]+" …", s.w)
	}
	return lines
}

// count is a number in at most 7 cells.
func count(n int) string {
	if n >= 1_000_000 {
		return fmt.Sprintf("%.1fM", float64(n)/1e6)
	}
	return draw.Count(n)
}
