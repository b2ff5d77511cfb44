package report

// Cell is a node's place in a flame graph: row Depth, from Start on, Width wide,
// where the whole graph is 1 wide.
type Cell struct {
	Node         *Node
	Depth        int
	Start, Width float64
}

// Flame lays a tree out, each row from left to right and the root's row first:
// an icicle; a flame graph has the rows the other way round. With zoom, a way of
// frames from below the root, the node at its end takes the whole width, and so
// do those on the way to it; if the tree has no such way, as far as it has.
// A node is as wide as its Total without sign is large beside its siblings', so
// that trees of differences can be drawn.
func Flame(root *Node, zoom []Frame) []Cell {
	cells, _ := flameWide(root, zoom, 0)
	return cells
}

// flameWide is Flame without the cells that are narrower than least, and what is
// below them. It returns how many of them there are, those below not counted.
func flameWide(root *Node, zoom []Frame, least float64) (cells []Cell, narrow int) {
	if root == nil {
		return nil, 0
	}
	cells = []Cell{{root, 0, 0, 1}}
	at := root
	for _, f := range zoom {
		next := at.child(f)
		if next == nil {
			break
		}
		at = next
		cells = append(cells, Cell{at, len(cells), 0, 1})
	}
	for row := cells[len(cells)-1:]; len(row) > 0; {
		from := len(cells)
		for _, c := range row {
			var out int
			cells, out = appendChildren(cells, c, least)
			narrow += out
		}
		row = cells[from:]
	}
	return cells, narrow
}

// child finds a child by its frame.
func (n *Node) child(f Frame) *Node {
	for _, c := range n.Children {
		if c.Frame == f {
			return c
		}
	}
	return nil
}

// appendChildren lays out the children of a cell that are wide enough, and
// returns how many are not.
func appendChildren(cells []Cell, c Cell, least float64) (all []Cell, narrow int) {
	sum := int64(0)
	for _, child := range c.Node.Children {
		sum += magnitude(child.Total)
	}
	whole := max(magnitude(c.Node.Total), sum) // with both signs, the children may exceed their parent
	if whole == 0 {
		return cells, 0
	}
	start := c.Start
	for _, child := range c.Node.Children {
		width := c.Width * float64(magnitude(child.Total)) / float64(whole)
		if width >= least {
			cells = append(cells, Cell{child, c.Depth + 1, start, width})
		} else {
			narrow++
		}
		start += width
	}
	return cells, narrow
}
