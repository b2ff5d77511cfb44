package config

import "slices"

// Document is a YAML file that holds something else than pools. It is read with
// the same care: within the same bounds, and with all faults told at once.
type Document struct {
	r    *reader
	root *node
}

// Value is a part of a [Document].
type Value struct{ n *node }

// Entry is a key of a mapping with its value.
type Entry struct {
	Key   string
	At    Value // where the key is
	Value Value
}

// ReadDocument reads a file; path is what to call it. What is wrong with it is
// told by [Document.Err].
func ReadDocument(path string, src []byte) *Document {
	d := &Document{r: newReader(path, src, "", Options{})}
	if d.r.isText() {
		d.root = d.r.parse()
	}
	if d.root == nil {
		d.root = &node{kind: null}
	}
	return d
}

// Root returns the whole.
func (d *Document) Root() Value { return Value{d.root} }

// Entries reads a mapping whose keys are among known. Others are faults, which
// name the known one that is nearest; of says whose keys these are. A key
// without a value is as good as none.
func (d *Document) Entries(v Value, of string, known []string) []Entry {
	switch v.n.kind {
	case null:
		return nil
	case mapping:
	default:
		d.r.wrong(v.n, "a mapping")
		return nil
	}
	var entries []Entry
	for _, f := range v.n.fields {
		switch {
		case !slices.Contains(known, f.key.text):
			near := didYouMean(f.key.text, known)
			if near == "" {
				near = "; " + of
			}
			d.r.fault(f.key.at, "unknown key %q%s", clip(f.key.text), near)
		case f.value.kind != null:
			entries = append(entries, Entry{f.key.text, Value{f.key}, Value{f.value}})
		}
	}
	return entries
}

// Word reads a string; ok is false, and there is a fault, if it is none.
func (d *Document) Word(v Value) (s string, ok bool) {
	if v.n.kind != scalar {
		d.r.wrong(v.n, "a string")
		return "", false
	}
	return v.n.text, true
}

// List returns the items of a list, or the value itself where it is none.
func (d *Document) List(v Value) []Value {
	if v.n.kind != list {
		return []Value{v}
	}
	items := make([]Value, len(v.n.items))
	for i, item := range v.n.items {
		items[i] = Value{item}
	}
	return items
}

// Fault records that a value is wrong.
func (d *Document) Fault(at Value, format string, args ...any) { d.r.fault(at.n.at, format, args...) }

// Err is all that is wrong with the file, an [*Error], or nil.
func (d *Document) Err() error { return d.r.err() }

// DidYouMean is the end of a sentence that names the word that a misspelt one is
// nearest to, as in `; did you mean "mono"?`; "" if none is near.
func DidYouMean(misspelt string, words []string) string { return didYouMean(misspelt, words) }

// Listed is "a, b and c".
func Listed(words []string) string { return listed(words) }
