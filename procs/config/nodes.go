package config

import (
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// node converts one value. It never returns nil.
func (t *tree) node(n ast.Node) *node {
	switch n := n.(type) {
	case *ast.AnchorNode:
		value := t.node(n.Value)
		t.anchors[n.Name.GetToken().Value] = value // not before: a value cannot hold itself
		return value
	case *ast.AliasNode:
		return t.alias(n)
	case *ast.TagNode:
		return t.tagged(n)
	case *ast.SequenceNode:
		out := &node{kind: list, at: brackets(n.Start, n.End, n.IsFlowStyle)}
		for _, v := range n.Values {
			out.items = append(out.items, t.node(v))
		}
		return out
	case *ast.MappingNode:
		out := &node{kind: mapping, at: brackets(n.Start, n.End, n.IsFlowStyle)}
		if !n.IsFlowStyle {
			out.at = t.firstOf(n)
		}
		t.fields(out, n.Values)
		return out
	case *ast.MappingValueNode:
		out := &node{kind: mapping, at: t.firstOf(n)}
		t.fields(out, []*ast.MappingValueNode{n})
		return out
	case *ast.LiteralNode:
		lines := strings.Count(n.Value.GetToken().Origin, "\n")
		return &node{kind: scalar, at: span(n.Start), lines: lines + 1, text: n.Value.Value}
	case *ast.NullNode:
		if tk := n.GetToken(); strings.Contains(tk.Origin, tk.Value) && tk.Type == token.NullType {
			return &node{kind: null, at: span(tk)}
		}
		return &node{kind: null}
	case nil:
		return &node{kind: null}
	}
	tk := n.GetToken()
	out := &node{kind: scalar, at: span(tk), text: tk.Value}
	out.lines = strings.Count(strings.Trim(tk.Origin, "\n"), "\n")
	return out
}

// brackets is the place of a value in brackets, if it is on one line.
func brackets(start, end *token.Token, flow bool) place {
	at := span(start)
	if flow && end != nil && end.Position.Line == at.line {
		at.width = end.Position.Column - at.column + 1
	}
	return at
}

// firstOf is the place of a mapping's first key, or of any other value.
func (t *tree) firstOf(n ast.Node) place {
	switch n := n.(type) {
	case *ast.MappingNode:
		if !n.IsFlowStyle && len(n.Values) > 0 {
			return span(n.Values[0].Key.GetToken())
		}
	case *ast.MappingValueNode:
		return span(n.Key.GetToken())
	}
	return span(n.GetToken())
}

// alias is the value that an alias stands for.
func (t *tree) alias(n *ast.AliasNode) *node {
	at := span(n.Start)
	name := n.Value.GetToken().Value
	at.width = len([]rune(name)) + 1
	if value, ok := t.anchors[name]; ok {
		return value
	}
	t.r.fault(at, "there is no anchor &%s before this line", name)
	return &node{kind: null, at: at, broken: true}
}

// tagged is a value with a tag; those of YAML itself say nothing new, as every
// key knows what it wants.
func (t *tree) tagged(n *ast.TagNode) *node {
	switch n.Start.Value {
	case "!!str", "!!int", "!!float", "!!bool", "!!null", "!!map", "!!seq":
	default:
		t.r.fault(span(n.Start), "the tag %s means nothing here", n.Start.Value)
		return &node{kind: null, at: span(n.Start), broken: true}
	}
	return t.node(n.Value)
}

// fields adds the fields of a mapping, those of merges ("<<") last: what a
// mapping says itself counts.
func (t *tree) fields(out *node, values []*ast.MappingValueNode) {
	seen := map[string]place{}
	var merges []*node
	for _, v := range values {
		if v.Key.IsMergeKey() {
			merges = append(merges, t.node(v.Value))
			continue
		}
		key := t.key(v.Key)
		value := t.node(v.Value)
		if value.kind == null && value.at.width == 0 {
			value.at = key.at // nothing is written there
		}
		if first, twice := seen[key.text]; twice {
			t.r.fault(key.at, "the key %q is here twice; the first is in line %d", key.text, first.line)
			continue
		}
		seen[key.text] = key.at
		out.fields = append(out.fields, field{key, value})
	}
	for _, m := range merges {
		t.merge(out, m, seen)
	}
}

func (t *tree) merge(out, from *node, seen map[string]place) {
	switch from.kind {
	case null: // an alias of nothing has been told
	case mapping:
		for _, f := range from.fields {
			if t.merged++; t.merged > maxMerged {
				if t.merged == maxMerged+1 {
					t.r.fault(from.at, "the file merges too much")
				}
				return
			}
			if _, own := seen[f.key.text]; !own {
				seen[f.key.text] = f.key.at
				out.fields = append(out.fields, f)
			}
		}
	case list:
		for _, item := range from.items {
			if item.kind == list {
				t.r.fault(item.at, "<< merges a mapping or a list of them")
				continue
			}
			t.merge(out, item, seen)
		}
	default:
		t.r.fault(from.at, "<< merges a mapping or a list of them")
	}
}

// key converts the key of a field.
func (t *tree) key(k ast.MapKeyNode) *node {
	var n ast.Node = k
	if m, ok := k.(*ast.MappingKeyNode); ok {
		n = m.Value
	}
	key := t.node(n)
	if key.kind == list || key.kind == mapping {
		t.r.fault(key.at, "a key is a word")
	}
	if key.kind == null {
		key.text = n.GetToken().Value
	}
	return key
}
