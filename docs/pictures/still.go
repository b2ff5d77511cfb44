package main

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Of two recordings no moment is the same. What is compared is what stands still
// at the end of each of their steps: headings, keys, words; and the captions.

// drawn is a strip of a recording, read back: what it shows, and when, in percent of the whole.
type drawn struct {
	canvas
	y     int // of the row that it is
	times []span100
}

// span100 is when something is to be seen, in percent of a recording.
type span100 struct{ from, to float64 }

// stands tells whether it is to be seen from one moment to another.
func (d drawn) stands(from, to float64) bool {
	return slices.ContainsFunc(d.times, func(s span100) bool { return s.from <= from && to <= s.to })
}

// seen tells whether it is to be seen at any moment between two.
func (d drawn) seen(from, to float64) bool {
	return slices.ContainsFunc(d.times, func(s span100) bool { return s.from < to && from < s.to })
}

// always, changing and frames are what writeClass writes.
var (
	always   = regexp.MustCompile(`\.(s\d+) \{ visibility: visible \}`)
	changing = regexp.MustCompile(`@keyframes (s\d+) \{(.*) \}\n`)
	frames   = regexp.MustCompile(`([\d.]+)% \{ visibility: (visible|hidden) \}`)
)

// readMoving reads what drawMoving has drawn.
func readMoving(svg string) ([]drawn, error) {
	when := classes(svg)
	var all []drawn
	var size xml.StartElement
	var text *xml.StartElement
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, fmt.Errorf("cannot read the recording: %w", err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			switch token.Name.Local {
			case "svg":
				size = token
			case "g":
				all = append(all, drawn{times: when[attribute(token, "class")]})
				all[len(all)-1].make(number(size, "width"), number(size, "height"))
			case "rect":
				if len(all) > 0 {
					all[len(all)-1].paint(token)
				}
			case "text":
				text = &token
			}
		case xml.CharData:
			if text != nil {
				all[len(all)-1].write(*text, string(token))
			}
		case xml.EndElement:
			if text = nil; token.Name.Local == "g" {
				all[len(all)-1].place()
			}
		}
	}
}

// place finds the row that a strip is.
func (d *drawn) place() {
	blank := cell{' ', foreground, background, ""}
	d.y = slices.IndexFunc(d.rows, func(r row) bool { return slices.ContainsFunc(r, func(c cell) bool { return c != blank }) })
}

// classes reads when the strips of each class are to be seen.
func classes(svg string) map[string][]span100 {
	when := map[string][]span100{}
	for _, m := range always.FindAllStringSubmatch(svg, -1) {
		when[m[1]] = []span100{{0, 100}}
	}
	for _, m := range changing.FindAllStringSubmatch(svg, -1) {
		var spans []span100
		for _, f := range frames.FindAllStringSubmatch(m[2], -1) {
			at, _ := strconv.ParseFloat(f[1], 64)
			if n := len(spans); f[2] == "visible" {
				spans = append(spans, span100{at, 100})
			} else if n > 0 {
				spans[n-1].to = at
			}
		}
		when[m[1]] = spans
	}
	return when
}

// scenario is what a recording shows: its captions, and of each its last moments.
type scenario struct {
	captions []string
	steps    []*canvas
	moves    []map[int]bool // rows of each step that do not stand still
}

// readScenario reads a recording.
func readScenario(svg string) (*scenario, error) {
	all, err := readMoving(svg)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, errors.New("cannot read the recording: it shows nothing")
	}
	below := len(all[0].rows) - captionRows
	captions := slices.Collect(func(yield func(drawn) bool) {
		for _, d := range all {
			if d.y >= below && len(d.times) > 0 && !yield(d) {
				return
			}
		}
	})
	slices.SortStableFunc(captions, func(a, b drawn) int { return int(100 * (a.times[0].from - b.times[0].from)) })
	var s scenario
	for _, c := range captions {
		step, moves := lastMoments(all, c.times[0], below)
		s.captions = append(s.captions, strings.TrimSpace(c.rows[c.y].String()))
		s.steps, s.moves = append(s.steps, step), append(s.moves, moves)
	}
	return &s, nil
}

// lastMoments puts together what stands still in the last two fifths of a step.
func lastMoments(all []drawn, step span100, rows int) (*canvas, map[int]bool) {
	from := step.to - 0.4*(step.to-step.from)
	c, moves := canvas{rows: slices.Clone(all[0].rows[:rows])}, map[int]bool{}
	for y := range c.rows {
		c.rows[y] = nothing(len(c.rows[y]))
	}
	for _, d := range all {
		switch {
		case d.y < 0 || d.y >= rows:
		case d.stands(from, step.to):
			c.rows[d.y] = d.rows[d.y]
		case d.seen(from, step.to):
			moves[d.y] = true
		}
	}
	return &c, moves
}

// compareMoving compares what stands still in two recordings.
func compareMoving(old, now string, v varying) ([]difference, error) {
	o, err := readScenario(old)
	if err != nil {
		return nil, err
	}
	n, err := readScenario(now)
	if err != nil {
		return nil, err
	}
	if !slices.Equal(o.captions, n.captions) {
		return []difference{{0, strings.Join(o.captions, ", "), strings.Join(n.captions, ", "), ""}}, nil
	}
	var all []difference
	for i := range o.steps {
		a, b := o.steps[i], n.steps[i]
		for y := range a.rows {
			if o.moves[i][y] || n.moves[i][y] {
				a.rows[y], b.rows[y] = nothing(len(a.rows[y])), nothing(len(b.rows[y]))
			}
		}
		all = append(all, compare(a, b, v)...)
	}
	return all, nil
}

// nothing is an empty row.
func nothing(cols int) row { return slices.Repeat(row{{' ', foreground, background, ""}}, cols) }
