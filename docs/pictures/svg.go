package main

import (
	"encoding/xml"
	"fmt"
	"regexp"
	"strings"
)

// The terminal's colours: one dark theme, calm enough for a page of text.
const (
	foreground = "#d4d7dd"
	background = "#1b1d23"
)

var basic = [16]string{
	"#1b1d23", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#d4d7dd",
	"#737a88", "#ff7b86", "#b5e890", "#ffd787", "#82c7ff", "#e19df5", "#7fdbe6", "#ffffff",
}

// A cell in pixels, where its text stands, and the margin around the screen.
const (
	cellWidth  = 8.4
	cellHeight = 17.0
	baseline   = 13.0
	margin     = 10.0
)

// drawSVG draws a screen. how is told in a comment at the top.
func drawSVG(lines [][]piece, s size, how string) string {
	var b strings.Builder
	w, h := float64(s.cols)*cellWidth+2*margin, float64(s.rows)*cellHeight+2*margin
	fmt.Fprintf(&b, "<!-- %s -->\n", strings.ReplaceAll(how, "--", "- -"))
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%.0f" viewBox="0 0 %.0f %.0f" `+
		`font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="14">`+"\n", w, h, w, h)
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" rx="6" fill="%s"/>`+"\n", background)
	for y, line := range lines[:min(len(lines), s.rows)] {
		drawLine(&b, line, y)
	}
	b.WriteString("</svg>\n")
	return b.String()
}

func drawLine(b *strings.Builder, line []piece, y int) {
	for _, p := range line {
		drawBackground(b, p, y)
	}
	for _, p := range line {
		for _, word := range words(p) {
			drawText(b, word, y)
		}
	}
}

func drawBackground(b *strings.Builder, p piece, y int) {
	if _, bg := p.style.colours(); bg != "" && bg != background {
		fmt.Fprintf(b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>`+"\n",
			margin+float64(p.x)*cellWidth, margin+float64(y)*cellHeight, float64(p.width())*cellWidth+0.2, cellHeight+0.2, bg)
	}
}

// gap is where a piece is cut, so that no viewer's font can shift what
// follows a column's blanks.
var gap = regexp.MustCompile(`  +`)

// words cuts a piece into what stands between gaps.
func words(p piece) []piece {
	var all []piece
	add := func(from, to int) {
		if text := strings.TrimRight(p.text[from:to], " "); text != "" {
			lead := piece{text: p.text[:from]}
			all = append(all, piece{p.x + lead.width(), text, p.style})
		}
	}
	at := 0
	for _, m := range gap.FindAllStringIndex(p.text, -1) {
		add(at, m[0])
		at = m[1]
	}
	add(at, len(p.text))
	return all
}

func drawText(b *strings.Builder, p piece, y int) {
	fg, _ := p.style.colours()
	fmt.Fprintf(b, `<text x="%.1f" y="%.1f" fill="%s"%s textLength="%.1f" lengthAdjust="spacingAndGlyphs" xml:space="preserve">`,
		margin+float64(p.x)*cellWidth, margin+float64(y)*cellHeight+baseline, fg, attributes(p.style), float64(p.width())*cellWidth)
	_ = xml.EscapeText(b, []byte(p.text)) // a Builder never fails
	b.WriteString("</text>\n")
}

func attributes(s style) string {
	var a string
	if s.bold {
		a += ` font-weight="bold"`
	}
	if s.dim {
		a += ` opacity="0.6"`
	}
	if s.italic {
		a += ` font-style="italic"`
	}
	switch {
	case s.underline && s.struck:
		a += ` text-decoration="underline line-through"`
	case s.underline:
		a += ` text-decoration="underline"`
	case s.struck:
		a += ` text-decoration="line-through"`
	}
	return a
}
