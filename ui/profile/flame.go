package profile

import (
	"math"
	"path"
	"slices"
	"strings"

	"example.com/muster/profiling/capture"
	"example.com/muster/profiling/report"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/theme"
)

// flame is the flame graph with the root on top: each frame is as many cells
// wide as its share of the whole, rounded where it begins and where it ends.
type flame struct {
	theme  *theme.Theme
	root   *report.Node
	zoom   []report.Frame // the way from the root to the frame that takes the whole width
	at     []*report.Node // the way from the root to the selected frame, both included
	rows   [][]report.Cell
	top    int            // the first row in sight
	fresh  bool           // it has not been drawn yet
	w, h   int            // of the last drawing
	colour map[string]int // of a module
	search string         // "" if nothing is searched for
	hits   map[*report.Node]bool
	share  float64 // of all, in frames that were found
}

// reset forgets all but the theme.
func (f *flame) reset() { *f = flame{theme: f.theme} }

// set shows another tree; the zoom and the selection stay as far as it has them.
func (f *flame) set(root *report.Node) {
	f.fresh = len(f.at) == 0
	way := frames(f.at)
	f.root, f.at = root, []*report.Node{root}
	for _, frame := range way {
		c := child(f.at[len(f.at)-1], frame)
		if c == nil {
			break
		}
		f.at = append(f.at, c)
	}
	for f.fresh && f.trunk() {
		continue
	}
	f.colour = colours(root, f.theme.Frames())
	f.layOut()
	f.find(f.search)
}

// trunk goes down where next to all of a frame is in one that it calls (95 %: a runtime
// takes a few for itself), and no further: what is worth reading begins there.
func (f *flame) trunk() bool {
	n := f.selected()
	if len(n.Children) == 0 || n.Change != nil || n.Children[0].Total*20 < f.root.Total*19 || len(n.Children[0].Children) == 0 {
		return false
	}
	return f.down()
}

// layOut places the frames.
func (f *flame) layOut() {
	f.rows = nil
	if f.root == nil {
		return
	}
	n := f.root
	for i, frame := range f.zoom { // no further than the tree goes
		if n = child(n, frame); n == nil {
			f.zoom = f.zoom[:i]
			break
		}
	}
	for _, c := range report.Flame(f.root, f.zoom) {
		for len(f.rows) <= c.Depth {
			f.rows = append(f.rows, nil)
		}
		f.rows[c.Depth] = append(f.rows[c.Depth], c)
	}
}

// frames are those of a way, without the root.
func frames(way []*report.Node) []report.Frame {
	var all []report.Frame
	for _, n := range way[min(1, len(way)):] {
		all = append(all, n.Frame)
	}
	return all
}

func child(n *report.Node, frame report.Frame) *report.Node {
	for _, c := range n.Children {
		if c.Frame == frame {
			return c
		}
	}
	return nil
}

// selected is the selected frame; nil without a tree.
func (f *flame) selected() *report.Node {
	if len(f.at) == 0 {
		return nil
	}
	return f.at[len(f.at)-1]
}

// depth of the selected frame, 0 for the root.
func (f *flame) depth() int { return len(f.at) - 1 }

// span is where a cell begins and ends on w columns.
func span(c report.Cell, w int) (from, to int) {
	return int(math.Round(c.Start * float64(w))), int(math.Round((c.Start + c.Width) * float64(w)))
}

// visible returns the cells of a row that are at least one column wide.
func (f *flame) visible(depth int) []report.Cell {
	if depth < 0 || depth >= len(f.rows) {
		return nil
	}
	var list []report.Cell
	for _, c := range f.rows[depth] {
		if from, to := span(c, max(1, f.w)); to > from {
			list = append(list, c)
		}
	}
	return list
}

// move carries out an intent that moves; ok is false if it does not.
func (f *flame) move(in keys.Intent) bool {
	if f.root == nil {
		return false
	}
	switch in.Verb {
	case keys.Left, keys.Right:
		by := 1
		if in.Verb == keys.Left {
			by = -1
		}
		f.sideways(by)
		return true
	case keys.Wheel:
		f.top = max(0, min(f.top+in.N, len(f.rows)-1))
		f.keepInSight()
		return true
	}
	n, ok := keys.Step(in, max(1, f.h))
	for ; ok && n > 0; n-- {
		if !f.down() {
			break
		}
	}
	for ; ok && n < 0 && len(f.at) > 1; n++ {
		f.at = f.at[:len(f.at)-1]
	}
	return ok
}

// down goes to the widest callee.
func (f *flame) down() bool {
	n := f.selected()
	if len(n.Children) == 0 {
		return false
	}
	if d := len(f.at); d <= len(f.zoom) { // on the way to what is zoomed to
		f.at = append(f.at, child(n, f.zoom[d-1]))
		return true
	}
	f.at = append(slices.Clip(f.at), n.Children[0])
	return true
}

// sideways goes to the frame beside the selected one; at the zoomed one, the zoom
// goes along.
func (f *flame) sideways(by int) {
	if d := f.depth(); d > 0 && d <= len(f.zoom) {
		parent := f.at[d-1]
		i := slices.Index(parent.Children, f.selected()) + by
		if i < 0 || i >= len(parent.Children) {
			return
		}
		f.at = append(slices.Clip(f.at[:d]), parent.Children[i])
		f.zoom = frames(f.at)
		f.layOut()
		return
	}
	row := f.visible(f.depth())
	i := slices.IndexFunc(row, func(c report.Cell) bool { return c.Node == f.selected() })
	if i += by; i < 0 || i >= len(row) {
		return
	}
	f.choose(row[i].Node, f.depth())
}

// choose selects a node of a row.
func (f *flame) choose(n *report.Node, depth int) {
	way := []*report.Node{f.root}
	x := 0.0
	for _, c := range f.rows[depth] {
		if c.Node == n {
			x = c.Start + c.Width/2
		}
	}
	for d := 1; d <= depth; d++ {
		for _, c := range f.rows[d] {
			if d == depth && c.Node == n || d < depth && c.Start <= x && x < c.Start+c.Width && child(way[d-1], c.Node.Frame) == c.Node {
				way = append(way, c.Node)
				break
			}
		}
		if len(way) != d+1 {
			return
		}
	}
	f.at = way
}

// zoomIn gives the selected frame the whole width; if it has that, it takes it away.
func (f *flame) zoomIn() {
	way := frames(f.at)
	if slices.Equal(way, f.zoom) && len(way) > 0 {
		f.zoomOut()
		return
	}
	f.zoom = way
	f.layOut()
}

// zoomOut shows the whole again, and reports whether it did not.
func (f *flame) zoomOut() bool {
	if len(f.zoom) == 0 {
		return false
	}
	f.zoom = nil
	f.layOut()
	return true
}

// find marks the frames whose function or file has a text in it.
func (f *flame) find(text string) {
	f.search, f.hits, f.share = text, nil, 0
	if text == "" || f.root == nil {
		return
	}
	f.hits = map[*report.Node]bool{}
	var within func(n *report.Node, counted bool)
	within = func(n *report.Node, counted bool) {
		if n != f.root && matches(n.Frame, text) {
			f.hits[n] = true
			if !counted && f.root.Total != 0 {
				f.share += float64(n.Total) / float64(f.root.Total)
				counted = true
			}
		}
		for _, c := range n.Children {
			within(c, counted)
		}
	}
	within(f.root, false)
}

func matches(frame report.Frame, text string) bool {
	text = strings.ToLower(text)
	return strings.Contains(strings.ToLower(frame.Function), text) || strings.Contains(strings.ToLower(frame.File), text)
}

// next selects another frame that was found, in the order in which they stand.
func (f *flame) next(by int) bool {
	type place struct {
		node  *report.Node
		depth int
	}
	var found []place
	at := -1
	for d := range f.rows {
		for _, c := range f.visible(d) {
			if f.hits[c.Node] {
				if c.Node == f.selected() {
					at = len(found)
				}
				found = append(found, place{c.Node, d})
			}
		}
	}
	if len(found) == 0 {
		return false
	}
	if at < 0 && by < 0 {
		at = 0
	}
	to := found[((at+by)%len(found)+len(found))%len(found)]
	f.choose(to.node, to.depth)
	return true
}

// click selects the frame under a cell; a second click zooms to it.
func (f *flame) click(x, y int) {
	for _, c := range f.visible(f.top + y) {
		if from, to := span(c, f.w); x >= from && x < to {
			if c.Node == f.selected() {
				f.zoomIn()
				return
			}
			f.choose(c.Node, f.top+y)
			return
		}
	}
}

// keepInSight keeps the selected frame among the rows in sight after the wheel
// has moved them.
func (f *flame) keepInSight() {
	for f.depth() < f.top && f.down() {
		continue
	}
	if last := f.top + f.h - 1; f.depth() > last {
		f.at = f.at[:max(1, last+1)]
	}
}

// render draws at most h rows of w columns.
func (f *flame) render(w, h int) []string {
	f.w, f.h = w, h
	if f.fresh {
		f.fresh, f.top = false, f.depth()-1
	}
	f.top = draw.Scroll(f.top, f.depth(), len(f.rows), h)
	var lines []string
	for d := f.top; d < len(f.rows) && len(lines) < h; d++ {
		lines = append(lines, f.row(d, w))
	}
	return lines
}

// row draws one row.
func (f *flame) row(depth, w int) string {
	var b strings.Builder
	at := 0
	for _, c := range f.rows[depth] {
		from, to := span(c, w)
		if to <= from || from < at {
			continue
		}
		b.WriteString(draw.Spaces(from - at))
		f.cell(&b, c.Node, to-from, depth)
		at = to
	}
	return b.String()
}

// cell draws a frame in so many columns. Its first sign tells what it is where
// colours do not: ▶ the selected one, ◆ one that was found, ▲ and ▼ more and less
// than before, ▏ where a frame begins.
func (f *flame) cell(b *strings.Builder, n *report.Node, width, depth int) {
	style, sign := f.style(n, depth)
	if n == f.selected() {
		sign = "▶"
		style = f.theme.Picked
	}
	text := sign
	if width > 1 {
		text = draw.Pad(sign+f.label(n, width-1), width)
	}
	style.On(b, text)
}

// style is how a frame is drawn that is not selected.
func (f *flame) style(n *report.Node, depth int) (theme.Style, string) {
	switch {
	case f.hits[n]:
		return f.theme.Match, "◆"
	case depth < len(f.zoom): // the way to what is zoomed to
		return f.theme.Selection, "▏"
	case n.Change != nil:
		return f.changed(n)
	case n.Frame == report.Root:
		return f.theme.Selection, "▏"
	}
	return f.theme.Frame(f.colour[module(n.Frame)]), "▏"
}

// changed is how a frame of a difference is drawn.
func (f *flame) changed(n *report.Node) (theme.Style, string) {
	switch s := sign(n.Change.Total, f.root.Change.Total); s {
	case "▲":
		return f.theme.More, s
	case "▼":
		return f.theme.Less, s
	default:
		return f.theme.Selection, s
	}
}

// label is as much of a frame's name as n columns hold, and its file where there
// is room for both.
func (f *flame) label(n *report.Node, width int) string {
	name := shortName(n.Frame.Function)
	if width < 3 && draw.Width(name) > width {
		return ""
	}
	if file := path.Base(n.Frame.File); n.Frame.File != "" && draw.Width(name)+draw.Width(file)+3 <= width {
		return name + "  " + plain(file)
	}
	return draw.Truncate(name, width)
}

// shortName is a function's name without the path of its package: "cli.Main"
// for "example.com/muster/ui/cli.Main".
func shortName(name string) string {
	name = plain(name)
	end := len(name)
	if i := strings.IndexAny(name, "([<{ "); i > 0 { // what follows are types, which have paths too
		end = i
	}
	if i := strings.LastIndexByte(name[:end], '/'); i >= 0 {
		return name[i+1:]
	}
	return name
}

// flameLines draw the graph, and below it the selected frame.
func (s *Screen) flameLines(h int) []string {
	about := 2
	if h < 8 {
		about = 1
	}
	lines := s.flame.render(s.w, max(1, h-about))
	for len(lines) < h-about {
		lines = append(lines, "")
	}
	return append(lines, s.about(about)...)
}

// about tells of the selected frame in n lines.
func (s *Screen) about(n int) []string {
	a, f := s.opened.answer, s.flame.selected()
	if f == nil {
		return nil
	}
	t := s.theme
	share := 0.0
	if a.tree.Total != 0 {
		share = float64(f.Total) / float64(a.tree.Total)
	}
	figures := percent(share) + "  " + report.Format(f.Total, a.value.Unit)
	if f.Self != f.Total && f.Self != 0 {
		figures += ", itself " + report.Format(f.Self, a.value.Unit)
	}
	if f.Change != nil {
		figures = changeText(f.Change.Total, a)
	}
	figures = " " + a.value.Name + " " + figures
	if s.flame.search != "" {
		figures = " ◆ " + draw.Plural(len(s.flame.hits), "frame") + " with " + plain(s.flame.search) + ": " + percent(s.flame.share) + figures
	}
	name := plain(f.Frame.Function)
	if f.Frame == report.Root {
		name = "all of it"
	}
	place := s.knownOf(f.Frame)
	if n == 1 {
		return []string{draw.Truncate(" "+t.Strong.Paint(draw.Truncate(name, max(8, s.w-draw.Width(figures)-2)))+figures, s.w)}
	}
	left := max(8, s.w-draw.Width(figures)-3)
	first := " " + t.Strong.Paint(draw.Pad(draw.Truncate(name, left), left)) + figures
	return []string{draw.Truncate(first, s.w), draw.Truncate(" "+t.Dim.Paint(draw.TruncateLeft(place, s.w-2)), s.w)}
}

// knownOf is where a frame is, or how it is known that there is one.
func (s *Screen) knownOf(frame report.Frame) string {
	if frame.File == "" && frame.Function == capture.InC {
		return "in C; inferred where a caller stood still"
	}
	return s.placeOf(frame)
}

// placeOf is the file of a frame, and the line in it in which most was spent.
func (s *Screen) placeOf(frame report.Frame) string {
	if frame.File == "" {
		return ""
	}
	line := frame.Line
	if line == 0 && s.opened.answer != nil {
		line = s.opened.answer.lines[frame.Function]
	}
	text := plain(frame.File)
	if line > 0 {
		text += ":" + itoa(line)
	}
	return text
}
