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
	svgLeast  = 0.6 // narrower frames are left out
	svgHues   = 10  // colours of flame.css
)

// WriteSVG writes a flame graph as a picture of its own, with the root on top:
// every frame has a title, which browsers show under the pointer. Where scripts
// run, a click zooms and Ctrl-F searches. Frames of one module or package have
// one colour.
func WriteSVG(w io.Writer, r *Report, o Options, name string) error {
	root, total := r.Tree(o), r.pass(o).total()
	var about strings.Builder
	r.heading(&about, o, total, r.columns(o.Value, total, nil))
	unit := ""
	if o.Value >= 0 && o.Value < len(r.values) {
		unit = r.values[o.Value].Unit
	}
	p := picture{total: total, unit: unit, by: o.By, name: name, foot: "the wider, the more; below a frame is what it calls"}
	p.about = strings.ReplaceAll(strings.TrimSpace(about.String()), "\n", "; ")
	return p.write(w, root)
}

// WriteSVGDiff writes the flame graph of a difference. A frame is as wide as the
// larger of its two values; a sign before its name and its colour say whether it
// has become more or less.
func WriteSVGDiff(w io.Writer, d *Difference, by Granularity, name string) error {
	p := picture{total: d.Total.Before, unit: d.Value.Unit, by: by, name: name}
	p.about = fmt.Sprintf("%s, %s before, %s after", clean(d.Value.Name), Format(d.Total.Before, p.unit), Format(d.Total.After, p.unit))
	if d.Scale != 1 {
		p.about += fmt.Sprintf(" once multiplied by %.4g", d.Scale)
	}
	for _, l := range d.Limits {
		p.about += "; left out: " + l
	}
	p.foot = "+ has become more, - less; as wide as the larger of before and after"
	return p.write(w, d.Tree)
}

// picture is what stands in a flame graph, beside its frames.
type picture struct {
	total             int64
	unit              string
	by                Granularity
	name, about, foot string
}

// write draws a tree.
func (p *picture) write(w io.Writer, root *Node) error {
	cells, narrow := flameWide(root, nil, svgLeast/(svgWidth-2*svgMargin))
	rows := 0
	for _, c := range cells {
		rows = max(rows, c.Depth+1)
	}
	height := svgHead + float64(rows)*svgRow + svgFoot
	out := bufio.NewWriter(w) // Flush tells of errors
	_, _ = fmt.Fprintf(out, `<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %g %g" width="100%%" font-family="ui-monospace, Menlo, Consolas, monospace" font-size="11" role="img" aria-label="%s">
<style>%s</style>
<rect class="paper" width="100%%" height="100%%"/>
<text class="name" x="%g" y="22">%s</text>
<text class="about" x="%g" y="42">%s</text>
<text class="tool" id="search" x="%g" y="22" text-anchor="end"></text>
<text class="tool" id="found" x="%g" y="42" text-anchor="end"></text>
<g id="frames">
`, svgWidth, height, escaped("flame graph of "+clean(p.name)), flameStyle, svgMargin, escaped(clean(p.name)), svgMargin, escaped(p.about), svgWidth-svgMargin, svgWidth-svgMargin)
	for _, c := range cells {
		p.cell(out, c)
	}
	_, _ = io.WriteString(out, "</g>\n")
	foot := p.foot
	if narrow > 0 {
		foot += fmt.Sprintf("; %d that are too narrow to be seen are left out, with what they call", narrow)
	}
	_, _ = fmt.Fprintf(out, "<text class=\"about\" x=\"%g\" y=\"%g\">%s</text>\n<script><![CDATA[\n%s]]></script>\n</svg>\n", svgMargin, height-8, foot, flameScript)
	return out.Flush()
}

// cell draws one frame. The name stands in it as far as there is room, and whole
// in its title.
func (p *picture) cell(w io.Writer, c Cell) {
	x, width := svgMargin+c.Start*(svgWidth-2*svgMargin), c.Width*(svgWidth-2*svgMargin)
	y := svgHead + float64(c.Depth)*svgRow
	name, class := clean(c.Node.Frame.text(p.by)), fmt.Sprintf("h%d", hue(c.Node.Frame))
	title := p.title(c.Node)
	if change := c.Node.Change; change != nil {
		sign := signOf(change.Total.Delta())
		name, class = fmt.Sprintf("%c ", sign)+name, map[Sign]string{More: "more", Less: "less", Same: "same"}[sign]
	}
	title = name + "\n" + title
	if f := c.Node.Frame; f.File != "" && f.Line == 0 {
		title += "\n" + clean(f.File)
	}
	_, _ = fmt.Fprintf(w, `<g class="%s"><title>%s</title><rect x="%.2f" y="%g" width="%.2f" height="%g"/>`,
		class, escaped(title), x, y, width, svgRow-1)
	if label := fitting(name, int((width-6)/svgLetter)); label != "" {
		_, _ = fmt.Fprintf(w, `<text x="%.2f" y="%g">%s</text>`, x+3, y+12.5, escaped(label))
	}
	_, _ = io.WriteString(w, "</g>\n")
}

// title says what a node has come to.
func (p *picture) title(n *Node) string {
	if c := n.Change; c != nil {
		return fmt.Sprintf("%s before, %s after, %s", Format(c.Total.Before, p.unit), Format(c.Total.After, p.unit), relative(c.Total))
	}
	title := fmt.Sprintf("%s, %s", Format(n.Total, p.unit), percent(share(n.Total, p.total)))
	if n.Self != 0 {
		title += fmt.Sprintf("; itself %s, %s", Format(n.Self, p.unit), percent(share(n.Self, p.total)))
	}
	return title
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
