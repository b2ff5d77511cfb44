package report

import (
	"bufio"
	"io"
	"strconv"
	"strings"
)

// noStack stands in formats that cannot have an empty stack for one.
const noStack = "<no stack>"

// WriteCollapsed writes a line for each stack, its frames from the root on with
// ";" between them, and its value: what flamegraph.pl and speedscope read. The
// values add up to all that was kept.
func WriteCollapsed(w io.Writer, r *Report, o Options) error {
	return collapse(w, r.Tree(o), o.By, func(n *Node, text []byte) []byte {
		if n.Self == 0 {
			return nil
		}
		return strconv.AppendInt(text, n.Self, 10)
	})
}

// WriteCollapsedDiff writes a line for each stack with two values, before and
// after: what flamegraph.pl draws as a differential flame graph.
func WriteCollapsedDiff(w io.Writer, d *Difference, by Granularity) error {
	return collapse(w, d.Tree, by, func(n *Node, text []byte) []byte {
		self := n.Change.Self
		if self.Before == 0 && self.After == 0 {
			return nil
		}
		return strconv.AppendInt(append(strconv.AppendInt(text, self.Before, 10), ' '), self.After, 10)
	})
}

// collapse writes a line for each node for which value appends something.
func collapse(w io.Writer, root *Node, by Granularity, value func(n *Node, text []byte) []byte) error {
	out := bufio.NewWriter(w)
	var text []byte
	line := func(n *Node, way []byte) {
		if text = value(n, text[:0]); text != nil {
			_, _ = out.Write(way) // Flush tells of errors
			_ = out.WriteByte(' ')
			_, _ = out.Write(text)
			_ = out.WriteByte('\n')
		}
	}
	var all func(n *Node, way []byte)
	all = func(n *Node, way []byte) {
		line(n, way)
		for _, c := range n.Children {
			all(c, append(append(way, ';'), collapsible(c.Frame, by)...))
		}
	}
	line(root, []byte(noStack))
	for _, c := range root.Children {
		all(c, []byte(collapsible(c.Frame, by)))
	}
	return out.Flush()
}

// collapsible is a frame's text without what separates frames.
func collapsible(f Frame, by Granularity) string {
	return strings.ReplaceAll(clean(f.text(by)), ";", ":")
}
