package report

import (
	"bufio"
	"encoding/json"
	"io"
	"strconv"
)

// WriteSpeedscope writes the stacks in the JSON format of speedscope.app, one
// of its profiles for each process if samples are labelled with processes. The
// format knows no values below zero; what has one is left out.
func WriteSpeedscope(w io.Writer, r *Report, o Options, name string) error {
	out := bufio.NewWriter(w)
	s := scope{out: out, frames: map[Frame]int{}, unit: r.speedscopeUnit(o.Value)}
	trees := r.treesBy(LabelProcess, o)
	for _, t := range trees {
		s.number(t.root)
	}
	s.text(`{"$schema":"https://www.speedscope.app/file-format-schema.json","exporter":"muster","name":`, quoted(name), `,"shared":{"frames":[`)
	for i, f := range s.order {
		s.comma(i)
		s.text("\n", `{"name":`, quoted(f.Function))
		if f.File != "" {
			s.text(`,"file":`, quoted(f.File))
		}
		if f.Line > 0 {
			s.text(`,"line":`, strconv.Itoa(f.Line))
		}
		s.text("}")
	}
	s.text(`]},"profiles":[`)
	for i, t := range trees {
		s.comma(i)
		s.profile(t, name)
	}
	s.text("]}\n")
	return out.Flush()
}

// scope writes a file of speedscope's.
type scope struct {
	out    *bufio.Writer // Flush tells of errors
	frames map[Frame]int
	order  []Frame
	unit   string
}

func (s *scope) text(parts ...string) {
	for _, p := range parts {
		_, _ = s.out.WriteString(p)
	}
}

func (s *scope) comma(i int) {
	if i > 0 {
		s.text(",")
	}
}

// number gives numbers to the frames of a tree.
func (s *scope) number(n *Node) {
	for _, c := range n.Children {
		if _, known := s.frames[c.Frame]; !known {
			s.frames[c.Frame] = len(s.order)
			s.order = append(s.order, c.Frame)
		}
		s.number(c)
	}
}

// profile writes one tree: its stacks, and what was spent in each.
func (s *scope) profile(t labelledTree, name string) {
	if t.label != "" {
		name = t.label
	}
	var weights []int64
	s.text("\n", `{"type":"sampled","name":`, quoted(name), `,"unit":"`, s.unit, `","samples":[`)
	total := int64(0)
	var line func(n *Node, way []byte)
	line = func(n *Node, way []byte) {
		if n.Self > 0 {
			s.comma(len(weights))
			s.text("\n[", string(way), "]")
			weights = append(weights, n.Self)
			total += n.Self
		}
		for _, c := range n.Children {
			own := way
			if len(own) > 0 {
				own = append(own, ',')
			}
			line(c, strconv.AppendInt(own, int64(s.frames[c.Frame]), 10))
		}
	}
	line(t.root, nil)
	s.text(`],"weights":[`)
	for i, v := range weights {
		s.comma(i)
		s.text(strconv.FormatInt(v, 10))
	}
	s.text(`],"startValue":0,"endValue":`, strconv.FormatInt(total, 10), "}")
}

// quoted is a name in JSON, with escapes for what does not print.
func quoted(name string) string {
	b, err := json.Marshal(clean(name))
	if err != nil {
		return `""` // a string is always written
	}
	return string(b)
}

// speedscopeUnit is the format's word for the unit of a value.
func (r *Report) speedscopeUnit(value int) string {
	if value < 0 || value >= len(r.values) {
		return "none"
	}
	_, u := find(r.values[value].Unit)
	if u == nil {
		return "none"
	}
	switch u.name {
	case "ns":
		return "nanoseconds"
	case "us":
		return "microseconds"
	case "ms":
		return "milliseconds"
	case "s":
		return "seconds"
	case "B":
		return "bytes"
	}
	return "none"
}
