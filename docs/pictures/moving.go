package main

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// A moving picture holds each row of the terminal once for each text that
// stood in it. CSS shows it for as long as it did and begins again at the
// end, so that no script is needed. For who wants no movement the last moment
// stands still.

// span is when a row was to be seen.
type span struct{ from, to time.Duration }

// strip is a row, or the caption, with one text.
type strip struct {
	drawing string
	spans   []span
}

// drawMoving draws what was on the screen for some time.
func drawMoving(moments []moment, total time.Duration, s size) string {
	strips := stripsOf(moments, total, s)
	var b strings.Builder
	w, h := float64(s.cols)*cellWidth+2*margin, float64(s.rows+captionRows)*cellHeight+2*margin
	fmt.Fprintf(&b, "<!-- muster demo, in a terminal of %s, %.0f s of it. Made by: go run ./docs/pictures %s -->\n", s, total.Seconds(), recording)
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%.0f" viewBox="0 0 %.0f %.0f" `+
		`font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="14"%s>`+"\n", w, h, w, h, common)
	b.WriteString("<title>muster demo: start, see, who waits for whom, why it died</title>\n<style>\n")
	classes := map[string]string{}
	var order []string // of the classes that move
	for _, t := range strips {
		key := fmt.Sprint(t.spans)
		if _, ok := classes[key]; ok {
			continue
		}
		class := fmt.Sprintf("s%d", len(classes))
		classes[key] = class
		order = append(order, class)
		last := t.spans[len(t.spans)-1].to == total
		writeClass(&b, class, t.spans, total, last)
	}
	fmt.Fprintf(&b, "@media (prefers-reduced-motion: reduce) { .%s { animation: none } }\n</style>\n", strings.Join(order, ", ."))
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" rx="6" fill="%s"/>`+"\n", background)
	for _, t := range strips {
		fmt.Fprintf(&b, "<g class=\"%s\">%s</g>\n", classes[fmt.Sprint(t.spans)], t.drawing)
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// writeClass writes when the strips of a class are seen. Without animation they
// are if they belong to the last moment.
func writeClass(b *strings.Builder, class string, spans []span, total time.Duration, last bool) {
	if len(spans) == 1 && spans[0] == (span{0, total}) {
		fmt.Fprintf(b, ".%s { visibility: visible }\n", class)
		return
	}
	still := "hidden"
	if last {
		still = "visible"
	}
	fmt.Fprintf(b, ".%s { visibility: %s; animation: %s %.1fs step-end infinite }\n@keyframes %s {", class, still, class, total.Seconds(), class)
	at := func(d time.Duration, is string) {
		fmt.Fprintf(b, " %g%% { visibility: %s }", math.Round(1e4*d.Seconds()/total.Seconds())/1e2, is)
	}
	if spans[0].from > 0 {
		at(0, "hidden")
	}
	for _, s := range spans {
		at(s.from, "visible")
		if s.to < total {
			at(s.to, "hidden")
		}
	}
	b.WriteString(" }\n")
}

// common is what most texts have, and what need not be said of each.
const common = ` fill="` + foreground + `" xml:space="preserve"`

var uncommon = strings.NewReplacer(` fill="`+foreground+`"`, "", ` xml:space="preserve"`, "", ` lengthAdjust="spacingAndGlyphs"`, "", "</text>\n", "</text>")

// captionRows is how many rows lie below the terminal, for the caption.
const captionRows = 2

// stripsOf cuts moments into the texts of their rows, each with its spans.
func stripsOf(moments []moment, total time.Duration, s size) (strips []*strip) {
	known := map[string]*strip{}
	see := func(drawing string, from, to time.Duration) {
		drawing = uncommon.Replace(drawing)
		t := known[drawing]
		if t == nil {
			t = &strip{drawing: drawing}
			known[drawing] = t
			strips = append(strips, t)
		}
		if n := len(t.spans); n > 0 && t.spans[n-1].to == from {
			t.spans[n-1].to = to
		} else {
			t.spans = append(t.spans, span{from, to})
		}
	}
	for i, m := range moments {
		from, to := m.at, total
		if i == 0 {
			from = 0
		}
		if i+1 < len(moments) {
			to = moments[i+1].at
		}
		lines := parseFrame(strings.Join(m.rows, "\n"))
		for y, line := range lines[:min(len(lines), s.rows)] {
			var b strings.Builder
			drawLine(&b, line, y)
			if b.Len() > 0 {
				see(b.String(), from, to)
			}
		}
		var b strings.Builder
		drawText(&b, piece{x: 1, text: m.caption, style: style{fg: basic[12], bold: true}}, s.rows+captionRows-1)
		see(b.String(), from, to)
	}
	return slices.Clip(strips)
}
