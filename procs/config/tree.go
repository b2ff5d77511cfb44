package config

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// kind is what a YAML value is.
type kind uint8

const (
	null kind = iota
	scalar
	list
	mapping
)

// node is a YAML value with its place in the file. Aliases are resolved (the
// node is shared) and merges done, so that a reader need not know of them.
type node struct {
	kind   kind
	broken bool // what is wrong with it has been told
	at     place
	lines  int     // further lines that the value covers
	text   string  // of a scalar, as it is written but for quotes
	items  []*node // of a list
	fields []field // of a mapping, in the order of the file
}

// field is one key of a mapping with its value.
type field struct{ key, value *node }

// get returns the value of a key, or nil.
func (n *node) get(name string) *node {
	for _, f := range n.fields {
		if f.key.text == name {
			return f.value
		}
	}
	return nil
}

// Bounds against files that are made to cost much: the parser's time grows with
// the square of some of them, and it descends on its stack.
const (
	maxTokens = 50_000
	maxDepth  = 64
	// maxColumn bounds nesting outside brackets, where each level is indented.
	maxColumn = 1000
	maxMerged = 100_000
)

// tree is the conversion of a parsed file into nodes.
type tree struct {
	r       *reader
	anchors map[string]*node
	merged  int
}

// parse turns the text of a YAML file into nodes; nil if there is none, or what
// is wrong with it is among the faults.
func (r *reader) parse() *node {
	doc, err := document(r.src)
	var syntax *yaml.SyntaxError
	switch {
	case errors.As(err, &syntax):
		r.fault(span(syntax.Token), "%s", plainWords(syntax))
		return nil
	case err != nil:
		r.fault(place{}, "%v", err)
		return nil
	}
	t := &tree{r: r, anchors: map[string]*node{}}
	var root *node
	for _, d := range doc.Docs {
		if d.Body == nil || d.Body.Type() == ast.DirectiveType {
			continue
		}
		if root != nil {
			r.fault(t.firstOf(d.Body), "a second document begins here; muster reads one")
			break
		}
		root = t.node(d.Body)
	}
	return root
}

// document parses the text, if it is within the bounds.
func document(src string) (f *ast.File, err error) {
	defer func() {
		if p := recover(); p != nil { // the parser meets bytes that nobody has tried on it
			f, err = nil, fmt.Errorf("it cannot be parsed as YAML: %v", p)
		}
	}()
	tokens := lexer.Tokenize(src)
	if err := bounded(tokens); err != nil {
		return nil, err
	}
	return parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
}

// bounded refuses what would cost the parser too much.
func bounded(tokens token.Tokens) error {
	if len(tokens) > maxTokens {
		return fmt.Errorf("it is too much to be a configuration: %d words and signs, the most is %d", len(tokens), maxTokens)
	}
	depth, prefixes := 0, 0
	for _, t := range tokens {
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			depth++
		case token.SequenceEndType, token.MappingEndType:
			depth--
		case token.TagType, token.AnchorType, token.MappingKeyType, token.SequenceEntryType:
			prefixes++
		case token.CommentType:
			continue
		default:
			if t.Position.Column <= maxColumn {
				prefixes = 0
			}
		}
		if depth > maxDepth || prefixes > maxColumn {
			return &yaml.SyntaxError{Message: "this is nested too deeply", Token: t}
		}
	}
	return nil
}

// plainWords says what the parser found in words that do not need its source.
func plainWords(e *yaml.SyntaxError) string {
	switch {
	case strings.Contains(e.Message, "'\t'"):
		return "a tab cannot indent YAML; use spaces"
	case strings.HasPrefix(e.Message, "mapping value is not allowed"):
		return `": " is not allowed within a value; put the value in quotes`
	case strings.HasPrefix(e.Message, "value is not allowed in this context"):
		return "this is indented as nothing before it is, or the line before lacks a colon"
	case strings.HasPrefix(e.Message, "',' or ']' must be"), strings.HasPrefix(e.Message, "',' or '}' must be"):
		return e.Message[1:2] + " or " + e.Message[8:9] + " is missing before this; a value with braces, brackets or commas goes in quotes"
	case strings.HasSuffix(e.Message, "is a reserved character"):
		return e.Message + "; put the value in quotes"
	}
	return strings.TrimSpace(strings.ReplaceAll(e.Message, "\n", " "))
}

// span is the place of a token.
func span(t *token.Token) place {
	if t == nil || t.Position == nil {
		return place{}
	}
	text, _, _ := strings.Cut(strings.Trim(t.Origin, " \n\r\t"), "\n")
	return place{max(1, t.Position.Line), max(1, t.Position.Column), utf8.RuneCountInString(text)}
}
