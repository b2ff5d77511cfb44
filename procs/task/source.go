package task

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"sync/atomic"
)

// Source is where items come from. Next returns some of them, as soon as there
// is one, and with the last of them or after them io.EOF. It may wait for ever.
// Only Text and Args of the items are set.
type Source interface {
	Next() ([]Item, error)
}

// List is a source of items that are there: arguments of the command line.
type List []string

// lister is a source that is read some strings at a time: a list, or a reader.
type lister interface {
	// next returns some strings, and io.EOF after the last.
	next() ([]string, error)
}

func (l *List) next() ([]string, error) {
	all := *l
	*l = nil
	if len(all) == 0 {
		return nil, io.EOF
	}
	return all, nil
}

// maxItem bounds an item: what the kernel takes as one argument is 128 KiB
// (MAX_ARG_STRLEN of execve(2)), functions may want more.
const maxItem = 64 << 20

// readAhead is how much is read at a time. What is there is handed on at once.
const readAhead = 64 << 10

// Lines reads the items that a byte ends, newline or NUL, from a reader. The
// last one need not be ended.
type Lines struct {
	r     io.Reader
	delim byte
	name  string // of the file, for errors
	rest  []byte
	buf   []byte
	done  bool
	close io.Closer
}

// NewLines reads items from a reader.
func NewLines(r io.Reader, delim byte, name string) *Lines {
	l := &Lines{r: r, delim: delim, name: name, buf: make([]byte, readAhead)}
	if c, ok := r.(io.Closer); ok && r != io.Reader(os.Stdin) {
		l.close = c
	}
	return l
}

func (l *Lines) next() ([]string, error) {
	for {
		if l.done {
			return nil, io.EOF
		}
		n, err := l.r.Read(l.buf)
		if cut := bytes.LastIndexByte(l.buf[:n], l.delim); cut >= 0 {
			text := string(append(l.rest, l.buf[:cut]...))
			l.rest = append(l.rest[:0], l.buf[cut+1:n]...)
			return strings.Split(text, string(l.delim)), nil
		}
		l.rest = append(l.rest, l.buf[:n]...)
		if len(l.rest) > maxItem {
			l.finish()
			return nil, fmt.Errorf("cannot read %s: an item of more than %d MiB", l.name, maxItem>>20)
		}
		switch {
		case errors.Is(err, io.EOF):
			l.finish()
			if len(l.rest) > 0 {
				return []string{string(l.rest)}, nil
			}
			return nil, io.EOF
		case err != nil:
			l.finish()
			return nil, fmt.Errorf("cannot read %s: %w", l.name, err)
		}
	}
}

func (l *Lines) finish() {
	l.done = true
	if l.close != nil {
		_ = l.close.Close() // it was only read
	}
}

// Group is lists that are read together: the first item of each, the second of
// each, and so on, until the shortest ends.
type Group struct {
	lists   []lister
	pending [][]string
	// Recycle begins again with those that end before the longest.
	recycle bool
	kept    [][]string
	ended   []bool
	back    []Item // was taken, and comes again
}

// NewGroup reads several lists together. They are *List and *Lines.
func NewGroup(recycle bool, lists ...any) *Group {
	g := &Group{recycle: recycle && len(lists) > 1, pending: make([][]string, len(lists)), kept: make([][]string, len(lists)), ended: make([]bool, len(lists))}
	for _, l := range lists {
		g.lists = append(g.lists, l.(lister))
	}
	return g
}

// next returns some items; those of one list have no Args.
func (g *Group) next() ([]Item, error) {
	if items := g.back; len(items) > 0 {
		g.back = nil
		return items, nil
	}
	if len(g.lists) == 1 {
		texts, err := g.lists[0].next()
		items := make([]Item, len(texts))
		for i, s := range texts {
			items[i].Text = s
		}
		return items, err
	}
	least := -1
	for i := range g.lists {
		if err := g.fill(i); err != nil {
			return nil, err
		}
		if n := len(g.pending[i]); least < 0 || n < least {
			least = n
		}
	}
	if g.recycle && g.all(true) {
		return nil, io.EOF
	}
	items := make([]Item, least)
	for k := range items {
		args := make([]string, len(g.lists))
		for i := range args {
			args[i] = g.pending[i][k]
		}
		items[k] = Item{Text: args[0], Args: args}
	}
	for i := range g.pending {
		g.pending[i] = g.pending[i][least:]
	}
	return items, nil
}

func (g *Group) all(ended bool) bool {
	for _, e := range g.ended {
		if e != ended {
			return false
		}
	}
	return true
}

// fill sees to it that something is pending of a list.
func (g *Group) fill(i int) error {
	for len(g.pending[i]) == 0 {
		if g.ended[i] { // it has been used up, and begins again
			if len(g.kept[i]) == 0 {
				return io.EOF
			}
			g.pending[i] = g.kept[i]
			return nil
		}
		more, err := g.lists[i].next()
		if errors.Is(err, io.EOF) && g.recycle {
			g.ended[i] = true
			continue
		}
		if err != nil {
			return err
		}
		g.pending[i] = more
		if g.recycle {
			g.kept[i] = append(g.kept[i], more...)
		}
	}
	return nil
}

// Product is every combination of an item of each group; the last group's
// change first. The first group is read as it comes, the items of the others are
// kept; their combinations are made one by one.
type Product struct {
	first *Group
	rest  []*Group
	lists [][]Item // what the rest has, and which of it is next
	at    []int
	heads []Item
}

// NewProduct combines groups.
func NewProduct(groups ...*Group) *Product { return &Product{first: groups[0], rest: groups[1:]} }

// maxBatch bounds what Next returns at a time.
const maxBatch = 1024

// Next implements [Source].
func (p *Product) Next() ([]Item, error) {
	if len(p.rest) == 0 {
		return p.first.next()
	}
	if err := p.prepare(); err != nil {
		return nil, err
	}
	for len(p.heads) == 0 {
		heads, err := p.first.next()
		if err != nil {
			return nil, err
		}
		p.heads = heads
	}
	var items []Item
	for len(p.heads) > 0 && len(items) < maxBatch {
		head := p.heads[0].Parts()
		args := append(make([]string, 0, len(head)+len(p.lists)), head...)
		for i, list := range p.lists {
			args = append(args, list[p.at[i]].Parts()...)
		}
		items = append(items, Item{Text: args[0], Args: args})
		if !p.turn() {
			p.heads = p.heads[1:]
		}
	}
	return items, nil
}

// turn goes on to the next combination of the rest; false if that is the first again.
func (p *Product) turn() bool {
	for i := len(p.at) - 1; i >= 0; i-- {
		if p.at[i]++; p.at[i] < len(p.lists[i]) {
			return true
		}
		p.at[i] = 0
	}
	return false
}

// prepare reads the rest; [io.EOF] if a group of it has nothing, so that there is no
// combination.
func (p *Product) prepare() error {
	for len(p.lists) < len(p.rest) {
		var list []Item
		for {
			some, err := p.rest[len(p.lists)].next()
			list = append(list, some...)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return err
			}
		}
		if len(list) == 0 {
			return io.EOF
		}
		p.lists, p.at = append(p.lists, list), append(p.at, 0)
	}
	return nil
}

// Columns cuts each item into its parts.
type Columns struct {
	Source
	At *regexp.Regexp
}

// Next implements [Source].
func (c *Columns) Next() ([]Item, error) {
	items, err := c.Source.Next()
	for i := range items {
		items[i].Args = c.cut(items[i].Parts())
	}
	return items, err
}

// cut cuts parts into theirs.
func (c *Columns) cut(parts []string) (cut []string) {
	for _, p := range parts {
		cut = append(cut, c.At.Split(strings.TrimRight(p, "\r\n"), -1)...)
	}
	return cut
}

// Header takes the first item for the names of the columns; of several lists that of
// each, with Groups being those of which Source makes combinations.
type Header struct {
	Source
	Groups []*Group
	names  atomic.Pointer[[]string]
}

// Names returns those of the columns; nil until the first item has been read.
func (h *Header) Names() []string {
	if names := h.names.Load(); names != nil {
		return *names
	}
	return nil
}

// Next implements [Source].
func (h *Header) Next() ([]Item, error) {
	if len(h.Groups) > 1 && h.names.Load() == nil {
		if err := h.behead(); err != nil {
			return nil, err
		}
	}
	items, err := h.Source.Next()
	if h.names.Load() == nil && len(items) > 0 {
		names := items[0].Parts()
		h.names.Store(&names)
		items = items[1:]
		if len(items) == 0 && err == nil {
			return h.Source.Next()
		}
	}
	return items, err
}

// behead takes the names from the lists.
func (h *Header) behead() error {
	var names []string
	for _, g := range h.Groups {
		items, err := g.next()
		for len(items) == 0 && err == nil {
			items, err = g.next()
		}
		if err != nil {
			return err
		}
		names = append(names, items[0].Parts()...)
		g.back = items[1:]
	}
	if c, ok := h.Source.(*Columns); ok {
		names = c.cut(names)
	}
	h.names.Store(&names)
	return nil
}

// Several puts N items together into one.
type Several struct {
	Source
	N    int
	rest []Item
	err  error
}

// Next implements [Source].
func (s *Several) Next() ([]Item, error) {
	for len(s.rest) < s.N && s.err == nil {
		var more []Item
		more, s.err = s.Source.Next()
		s.rest = append(s.rest, more...)
	}
	if s.err != nil && !errors.Is(s.err, io.EOF) {
		return nil, s.err
	}
	var items []Item
	for len(s.rest) >= s.N || len(s.rest) > 0 && s.err != nil {
		n := min(s.N, len(s.rest))
		var args []string
		for i := range n {
			args = append(args, s.rest[i].Parts()...)
		}
		items = append(items, Item{Text: args[0], Args: args})
		s.rest = s.rest[n:]
	}
	if len(items) == 0 {
		return nil, s.err
	}
	return items, nil
}

// OpenLines opens a file of items; "-" is standard input.
func OpenLines(name string, stdin io.Reader, delim byte) (*Lines, error) {
	if name == "-" {
		return NewLines(stdin, delim, "standard input"), nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	return NewLines(f, delim, name), nil
}
