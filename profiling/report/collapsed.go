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
	out := bufio.NewWriter(w)
	var line func(n *Node, way []byte)
	line = func(n *Node, way []byte) {
		if n.Self != 0 {
			_, _ = out.Write(way) // Flush tells of errors
			_ = out.WriteByte(' ')
			_, _ = out.WriteString(strconv.FormatInt(n.Self, 10))
			_ = out.WriteByte('\n')
		}
		for _, c := range n.Children {
			line(c, append(append(way, ';'), collapsible(c.Frame, o.By)...))
		}
	}
	root := r.Tree(o)
	if root.Self != 0 {
		line(&Node{Self: root.Self}, []byte(noStack))
	}
	for _, c := range root.Children {
		line(c, []byte(collapsible(c.Frame, o.By)))
	}
	return out.Flush()
}

// collapsible is a frame's text without what separates frames.
func collapsible(f Frame, by Granularity) string {
	return strings.ReplaceAll(clean(f.text(by)), ";", ":")
}
