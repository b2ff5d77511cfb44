package main

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// cell is a place on the screen with what a picture shows there: rows of them are a canvas.
type cell struct {
	text   rune // ' ' where there is none
	fg, bg string
	marks  string // bold and the like, as attributes
}

// row is a line of a canvas.
type row []cell

// String is what can be read in it.
func (r row) String() string {
	var b strings.Builder
	for _, c := range r {
		b.WriteRune(c.text)
	}
	return strings.TrimRight(b.String(), " ")
}

// canvas is a picture, read back.
type canvas struct {
	how  string // the comment at its top
	rows []row
}

// readSVG reads what drawSVG has drawn, which is of cols x rows cells as the picture's size tells.
func readSVG(svg string) (*canvas, error) {
	var c canvas
	var text *xml.StartElement
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return &c, nil
		} else if err != nil {
			return nil, fmt.Errorf("cannot read the picture: %w", err)
		}
		switch token := token.(type) {
		case xml.Comment:
			c.how = strings.TrimSpace(string(token))
		case xml.StartElement:
			switch token.Name.Local {
			case "svg":
				c.make(number(token, "width"), number(token, "height"))
			case "rect":
				c.paint(token)
			case "text":
				text = &token
			}
		case xml.CharData:
			if text != nil {
				c.write(*text, string(token))
			}
		case xml.EndElement:
			text = nil
		}
	}
}

// make takes a size in pixels.
func (c *canvas) make(width, height float64) {
	c.rows = make([]row, int(math.Round((height-2*margin)/cellHeight)))
	for y := range c.rows {
		c.rows[y] = nothing(int(math.Round((width - 2*margin) / cellWidth)))
	}
}

// paint gives cells the background of a rect.
func (c *canvas) paint(rect xml.StartElement) {
	if attribute(rect, "x") == "" {
		return // the terminal's own
	}
	width := int(math.Round(number(rect, "width") / cellWidth))
	c.at(number(rect, "x"), number(rect, "y"), width, func(_ int, to *cell) { to.bg = attribute(rect, "fill") })
}

// write puts text into cells.
func (c *canvas) write(text xml.StartElement, words string) {
	fg, marks := foreground, ""
	for _, a := range text.Attr {
		switch a.Name.Local {
		case "fill":
			fg = a.Value
		case "font-weight", "opacity", "font-style", "text-decoration":
			marks += " " + a.Value
		}
	}
	runes := []rune(words)
	c.at(number(text, "x"), number(text, "y")-baseline, len(runes), func(i int, to *cell) { to.text, to.fg, to.marks = runes[i], fg, marks })
}

// at finds the n cells from x and y on, in pixels.
func (c *canvas) at(x, y float64, n int, do func(i int, to *cell)) {
	col, line := int(math.Round((x-margin)/cellWidth)), int(math.Round((y-margin)/cellHeight))
	if line < 0 || line >= len(c.rows) {
		return
	}
	for i := range n {
		if at := col + i; at >= 0 && at < len(c.rows[line]) {
			do(i, &c.rows[line][at])
		}
	}
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func number(e xml.StartElement, name string) float64 {
	n, _ := strconv.ParseFloat(attribute(e, name), 64) // ours are all numbers; else the picture differs
	return n
}
