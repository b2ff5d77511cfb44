package report

import (
	"bufio"
	_ "embed"
	"encoding/xml"
	"fmt"
	"hash/fnv"
	"io"
	"path"
	"strings"
	"unicode/utf8"
)

//go:embed flame.css
var flameStyle string

//go:embed flame.js
var flameScript string

// Measures of the picture, in its own units: it grows with the window.
const (
	svgWidth  = 1200.0
	svgRow    = 18.0
	svgHead   = 56.0
	svgFoot   = 24.0
	svgMargin = 10.0
	svgLetter = 6.7 // the width of a letter
	svgLeast  = 0.4 // narrower frames are left out
	svgHues   = 10  // colours of flame.css
)

// WriteSVG writes a flame graph as a picture of its own, with the root on top:
// every frame has a title, which browsers show under the pointer. Where scripts
// run, a click zooms and Ctrl-F searches. Frames of one module or package have
// one colour.
func WriteSVG(w io.Writer, r *Report, o Options, name string) error {
	root, total := r.Tree(o), r.pass(o).total()
	cells, narrow := wide(Flame(root, nil))
	rows := 0
	for _, c := range cells {
		rows = max(rows, c.Depth+1)
	}
	height := svgHead + float64(rows)*svgRow + svgFoot
	out := bufio.NewWriter(w) // Flush tells of errors
	var about strings.Builder
	r.heading(&about, o, total, r.columns(o.Value, total, nil))
	heading := strings.ReplaceAll(strings.TrimSpace(about.String()), "\n", "; ")
	_, _ = fmt.Fprintf(out, `<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %g %g" width="100%%" font-family="ui-monospace, Menlo, Consolas, monospace" font-size="11" role="img" aria-label="%s">
<style>%s</style>
<rect class="paper" width="100%%" height="100%%"/>
<text class="name" x="%g" y="22">%s</text>
<text class="about" x="%g" y="42">%s</text>
<text class="tool" id="search" x="%g" y="22" text-anchor="end"></text>
<text class="tool" id="found" x="%g" y="42" text-anchor="end"></text>
<g id="frames">
`, svgWidth, height, escaped("flame graph of "+name), flameStyle, svgMargin, escaped(name), svgMargin, escaped(heading), svgWidth-svgMargin, svgWidth-svgMargin)
	unit := ""
	if o.Value >= 0 && o.Value < len(r.values) {
		unit = r.values[o.Value].Unit
	}
	for _, c := range cells {
		writeCell(out, c, total, unit)
	}
	_, _ = io.WriteString(out, "</g>\n")
	foot := "the wider, the more; below a frame is what it calls"
	if narrow > 0 {
		foot += fmt.Sprintf("; %d that are too narrow to be seen are left out", narrow)
	}
	_, _ = fmt.Fprintf(out, "<text class=\"about\" x=\"%g\" y=\"%g\">%s</text>\n<script><![CDATA[\n%s]]></script>\n</svg>\n", svgMargin, height-8, foot, flameScript)
	return out.Flush()
}

// wide returns the cells that are wide enough to be seen, and how many are not.
func wide(cells []Cell) (seen []Cell, narrow int) {
	for _, c := range cells {
		if c.Width*(svgWidth-2*svgMargin) >= svgLeast {
			seen = append(seen, c)
		} else {
			narrow++
		}
	}
	return seen, narrow
}

// writeCell draws one frame. The name stands in it as far as there is room, and
// whole in its title.
func writeCell(w io.Writer, c Cell, total int64, unit string) {
	x, width := svgMargin+c.Start*(svgWidth-2*svgMargin), c.Width*(svgWidth-2*svgMargin)
	y := svgHead + float64(c.Depth)*svgRow
	name := clean(c.Node.Frame.String())
	title := fmt.Sprintf("%s\n%s, %s", name, Format(c.Node.Total, unit), percent(share(c.Node.Total, total)))
	if c.Node.Self != 0 {
		title += fmt.Sprintf("; itself %s, %s", Format(c.Node.Self, unit), percent(share(c.Node.Self, total)))
	}
	if f := c.Node.Frame; f.File != "" && f.Line == 0 {
		title += "\n" + clean(f.File)
	}
	_, _ = fmt.Fprintf(w, `<g class="h%d"><title>%s</title><rect x="%.2f" y="%g" width="%.2f" height="%g" rx="1.5"/>`,
		hue(c.Node.Frame), escaped(title), x, y, max(width-0.5, 0.3), svgRow-1)
	if label := fitting(name, int((width-6)/svgLetter)); label != "" {
		_, _ = fmt.Fprintf(w, `<text x="%.2f" y="%g">%s</text>`, x+3, y+12.5, escaped(label))
	}
	_, _ = io.WriteString(w, "</g>\n")
}

// fitting is as much of a name as fits in n letters, "" if that says nothing.
func fitting(name string, n int) string {
	switch {
	case utf8.RuneCountInString(name) <= n:
		return name
	case n < 3:
		return ""
	}
	return string([]rune(name)[:n-1]) + "…"
}

// hue is the colour of a frame: that of the package or the folder it is from.
func hue(f Frame) int {
	if f == Root || f == deeper {
		return 0
	}
	of := path.Dir(f.File)
	if i := strings.LastIndexByte(f.Function, '/'); i >= 0 { // example.com/module/package.Function
		of = f.Function[:i] + strings.SplitN(f.Function[i:], ".", 2)[0]
	} else if f.File == "" {
		of, _, _ = strings.Cut(f.Function, ".")
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(of))
	return 1 + int(h.Sum32()%svgHues)
}

// escaped is a text in XML.
func escaped(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder takes everything
	return b.String()
}
