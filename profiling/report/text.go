package report

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"strings"
	"unicode"
)

// WriteTop writes the first rows of a report's table as text, all of them if
// rows is 0, below the processes that differ from their like. The columns are
// those of pprof -top.
func WriteTop(w io.Writer, r *Report, o Options, rows int) error {
	t := r.Top(o)
	shown := t.Rows
	if rows > 0 && len(shown) > rows {
		shown = shown[:rows]
	}
	out := bufio.NewWriter(w)
	write := r.columns(o.Value, t.Total, shown)
	r.heading(out, o, t.Total, write)
	odd := r.Odd(o)
	for _, f := range odd[:min(len(odd), maxTold)] {
		_, _ = fmt.Fprintf(out, "%s (%s: %d of %d looks, and %d of %d; rule %s)\n", f, f.Evidence, f.Looks, f.Of, f.RestLooks, f.RestOf, f.Rule)
	}
	sum := int64(0)
	_, _ = fmt.Fprintf(out, "%10s %6s %6s %10s %6s\n", "flat", "flat%", "sum%", "cum", "cum%") // Flush tells of errors
	for _, row := range shown {
		sum += row.Flat
		_, _ = fmt.Fprintf(out, "%10s %6s %6s %10s %6s  %s\n", write(row.Flat), percent(row.FlatShare),
			percent(share(sum, t.Total)), write(row.Cum), percent(row.CumShare), clean(row.Frame.text(o.By)))
	}
	if left := len(t.Rows) - len(shown); left > 0 {
		_, _ = fmt.Fprintf(out, "%d more\n", left)
	}
	return out.Flush()
}

// maxTold is how many processes that differ a text tells of.
const maxTold = 5

// heading says what a text is about.
func (r *Report) heading(w io.Writer, o Options, total int64, write func(int64) string) {
	if o.Value < 0 || o.Value >= len(r.values) {
		_, _ = fmt.Fprintln(w, "a profile that counts nothing")
		return
	}
	_, _ = fmt.Fprintf(w, "%s, %s in all", clean(r.values[o.Value].Name), write(total))
	if r.took > 0 {
		_, _ = fmt.Fprintf(w, ", in %s", Format(int64(r.took), "ns"))
	}
	if !r.at.IsZero() {
		_, _ = fmt.Fprintf(w, ", from %s", r.at.UTC().Format("2006-01-02 15:04:05 UTC"))
	}
	if o.Label != "" {
		_, _ = fmt.Fprintf(w, ", %s %s only", clean(o.Label), clean(o.LabelValue))
	}
	_, _ = fmt.Fprintln(w)
	for _, filter := range []struct {
		name string
		of   fmt.Stringer
		set  bool
	}{{"focus", o.Focus, o.Focus != nil}, {"ignore", o.Ignore, o.Ignore != nil}, {"hide", o.Hide, o.Hide != nil}} {
		if filter.set {
			_, _ = fmt.Fprintf(w, "%s: %s\n", filter.name, clean(filter.of.String()))
		}
	}
	leftOut(w, r.limits)
}

// leftOut tells what was left out.
func leftOut(w io.Writer, limits []string) {
	for _, l := range limits {
		_, _ = fmt.Fprintf(w, "left out: %s\n", l)
	}
}

// columns returns what writes the values of rows in one unit.
func (r *Report) columns(value int, total int64, rows []Row) func(int64) string {
	unit := ""
	if value >= 0 && value < len(r.values) {
		unit = r.values[value].Unit
	}
	least := int64(0)
	for _, row := range rows {
		v := magnitude(row.Flat)
		if v == 0 {
			v = magnitude(row.Cum)
		}
		if v > 0 && (least == 0 || v < least) {
			least = v
		}
	}
	if least == 0 {
		least = total
	}
	in := common(least, total, unit)
	return func(v int64) string { return formatIn(v, unit, in) }
}

// WriteTree writes the call tree as text, one frame a line. Frames of less than
// the given share of the total are left out and counted.
func WriteTree(w io.Writer, r *Report, o Options, least float64) error {
	root, total := r.Tree(o), r.pass(o).total()
	out := bufio.NewWriter(w)
	var shown []Row
	var gather func(n *Node)
	gather = func(n *Node) {
		shown = append(shown, Row{Flat: n.Self, Cum: n.Total})
		for _, c := range n.Children {
			if weighs(c, total, least) {
				gather(c)
			}
		}
	}
	gather(root)
	write := r.columns(o.Value, total, shown)
	r.heading(out, o, total, write)
	_, _ = fmt.Fprintf(out, "%10s %6s %10s\n", "total", "total%", "self") // Flush tells of errors
	var line func(n *Node, indent string)
	line = func(n *Node, indent string) {
		_, _ = fmt.Fprintf(out, "%10s %6s %10s  %s%s\n", write(n.Total), percent(share(n.Total, total)), write(n.Self), indent, clean(n.Frame.text(o.By)))
		left := int64(0)
		for _, c := range n.Children {
			if weighs(c, total, least) {
				line(c, indent+"  ")
			} else {
				left += c.Total
			}
		}
		if left != 0 {
			_, _ = fmt.Fprintf(out, "%10s %6s %10s  %s...\n", write(left), percent(share(left, total)), "", indent+"  ")
		}
	}
	line(root, "")
	return out.Flush()
}

// weighs says whether a node has the share of a total.
func weighs(n *Node, total int64, least float64) bool {
	return float64(magnitude(n.Total)) >= least*float64(total)
}

// clean returns a name for a terminal or a line of a file: what does not print
// is written as an escape.
func clean(s string) string {
	ok := true
	for _, c := range s {
		ok = ok && unicode.IsPrint(c) && c != unicode.ReplacementChar
	}
	if ok {
		return s
	}
	var b strings.Builder
	for i, c := range s {
		switch {
		case c == unicode.ReplacementChar && !strings.HasPrefix(s[i:], string(unicode.ReplacementChar)):
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case unicode.IsPrint(c):
			b.WriteRune(c)
		case c < 0x80:
			fmt.Fprintf(&b, `\x%02x`, c)
		default:
			fmt.Fprintf(&b, `\u{%x}`, c)
		}
	}
	return b.String()
}

// Sign is what a change is, beside its amount.
type Sign byte

// The signs of changes, as they are written.
const (
	More  Sign = '+'
	Less  Sign = '-'
	Noise Sign = '~' // sampling alone would make such a difference
	Same  Sign = ' '
)

// Sign returns what the change of a row is: that of its flat value, or of its
// cum if flat has not changed.
func (r DiffRow) Sign() Sign {
	delta := r.Flat.Delta()
	if delta == 0 {
		delta = r.Cum.Delta()
	}
	if r.Noise && delta != 0 {
		return Noise
	}
	return signOf(delta)
}

func signOf(delta int64) Sign {
	switch {
	case delta > 0:
		return More
	case delta < 0:
		return Less
	}
	return Same
}

// WriteDiff writes the first rows of a difference as text, all of them if rows
// is 0. Each row goes through paint, which may colour it.
func WriteDiff(w io.Writer, d *Difference, by Granularity, rows int, paint func(Sign, string) string) error {
	shown := d.Rows
	if rows > 0 && len(shown) > rows {
		shown = shown[:rows]
	}
	most, whole := int64(0), max(d.Total.Before, d.Total.After)
	for _, r := range shown {
		most = max(most, magnitude(r.Flat.Delta()), magnitude(r.Cum.Delta()))
	}
	in := common(most, whole, d.Value.Unit)
	write := func(v int64) string { return formatIn(v, d.Value.Unit, in) }
	signed := func(v int64) string {
		if v > 0 {
			return "+" + write(v)
		}
		return write(v)
	}
	out := bufio.NewWriter(w)
	_, _ = fmt.Fprintf(out, "%s, %s before, %s after", clean(d.Value.Name), write(d.Total.Before), write(d.Total.After)) // Flush tells of errors
	if d.Scale != 1 {
		_, _ = fmt.Fprintf(out, " once multiplied by %.4g", d.Scale)
	}
	_, _ = fmt.Fprintln(out)
	leftOut(out, d.Limits)
	_, _ = fmt.Fprintf(out, "  %10s %10s %10s %7s %10s\n", "flat", "before", "after", "change", "cum")
	noise := false
	for _, r := range shown {
		sign := r.Sign()
		noise = noise || sign == Noise
		line := fmt.Sprintf("%c %10s %10s %10s %7s %10s  %s", sign, signed(r.Flat.Delta()), write(r.Flat.Before), write(r.Flat.After),
			relative(r.Flat), signed(r.Cum.Delta()), clean(r.Frame.text(by)))
		_, _ = fmt.Fprintln(out, paint(sign, line))
	}
	switch left := len(d.Rows) - len(shown); {
	case len(d.Rows) == 0:
		_, _ = fmt.Fprintln(out, "no difference")
	case left > 0:
		_, _ = fmt.Fprintf(out, "%d more\n", left)
	}
	if noise {
		_, _ = fmt.Fprintf(out, "~ is no more than sampling alone may make, of %.2f standard errors\n", certainty)
	}
	return out.Flush()
}

// relative is a change in parts of what was before.
func relative(c Change) string {
	switch {
	case c.Delta() == 0:
		return "0%"
	case c.Before == 0:
		return "new"
	case c.After == 0:
		return "gone"
	}
	p := 100 * float64(c.Delta()) / math.Abs(float64(c.Before))
	if math.Abs(p) >= 1000 {
		return fmt.Sprintf("x%.0f", float64(c.After)/float64(c.Before))
	}
	return fmt.Sprintf("%+.0f%%", p)
}
