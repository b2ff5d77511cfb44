package output

import (
	"bytes"
	"fmt"
	"regexp"
	"sync"
)

// matcher decides which lines a query returns.
type matcher struct {
	literal []byte         // if the expression is nothing but this
	re      *regexp.Regexp // nil matches all
	not     bool
	buf     []byte
}

func (m *matcher) match(text []byte) bool {
	if m.re == nil {
		return true
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

// patterns remembers compiled expressions: a screen asks with the same one
// many times a second. It is safe for concurrent use.
type patterns struct {
	mu       sync.Mutex
	compiled map[string]*regexp.Regexp
}

const maxPatterns = 16

func (ps *patterns) matcher(expr string, not bool) (*matcher, error) {
	if expr == "" {
		return &matcher{}, nil
	}
	re, err := ps.compile(expr)
	if err != nil {
		return nil, err
	}
	m := &matcher{re: re, not: not}
	if regexp.QuoteMeta(expr) == expr {
		m.literal = []byte(expr)
	}
	return m, nil
}

func (ps *patterns) compile(expr string) (*regexp.Regexp, error) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if re := ps.compiled[expr]; re != nil {
		return re, nil
	}
	re, err := regexp.Compile(expr)
	if err != nil {
		return nil, fmt.Errorf("cannot search for %q: %w", expr, err)
	}
	if ps.compiled == nil || len(ps.compiled) >= maxPatterns {
		ps.compiled = map[string]*regexp.Regexp{}
	}
	ps.compiled[expr] = re
	return re, nil
}
