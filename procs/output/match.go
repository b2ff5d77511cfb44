package output

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"sync"
)

// matcher decides which lines a query returns.
type matcher struct {
	literal []byte         // if the expression is nothing but this
	re      *regexp.Regexp // nil matches all
	sifter  *sifter        // rules lines out sooner; nil if it would rule out none
	not     bool
	buf     []byte
}

func (m *matcher) match(text []byte) bool {
	if m.re == nil {
		return true
	}
	if m.sifter != nil && len(text) > 0 && m.sifter.firstOf(text) < 0 {
		return m.not
	}
	shown := plain(m.buf, text)
	if len(shown) > 0 && &shown[0] != &text[0] {
		m.buf = shown[:0]
	}
	if m.literal != nil {
		return bytes.Contains(shown, m.literal) != m.not
	}
	return m.re.Match(shown) != m.not
}

// rulesOut reports whether it can be told without looking at each that none of
// the lines in text is wanted.
func (m *matcher) rulesOut(text []byte) bool {
	return m.sifter != nil && !m.not && m.sifter.first(text) < 0
}

// patterns remembers compiled expressions: a screen asks with the same one
// many times a second. It is safe for concurrent use.
type patterns struct {
	mu       sync.Mutex
	compiled map[string]pattern
}

// pattern is what is known of an expression.
type pattern struct {
	re     *regexp.Regexp
	sifter *sifter // to be copied by who uses it; may be nil
}

const maxPatterns = 16

func (ps *patterns) matcher(expr string, not bool) (*matcher, error) {
	if expr == "" {
		return &matcher{}, nil
	}
	p, err := ps.compile(expr)
	if err != nil {
		return nil, err
	}
	m := &matcher{re: p.re, not: not}
	if p.sifter != nil {
		own := *p.sifter
		own.words = slices.Clone(own.words)
		m.sifter = &own
	}
	if regexp.QuoteMeta(expr) == expr {
		m.literal = []byte(expr)
	}
	return m, nil
}

func (ps *patterns) compile(expr string) (pattern, error) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if p, ok := ps.compiled[expr]; ok {
		return p, nil
	}
	re, err := regexp.Compile(expr)
	if err != nil {
		return pattern{}, fmt.Errorf("cannot search for %q: %w", expr, err)
	}
	if ps.compiled == nil || len(ps.compiled) >= maxPatterns {
		ps.compiled = map[string]pattern{}
	}
	p := pattern{re: re, sifter: newSifter(expr)}
	ps.compiled[expr] = p
	return p, nil
}
