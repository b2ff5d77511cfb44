package task

import "math/bits"

// sizer is a [Source] that may know beforehand how many items it has, as those of
// the command line do; false where it does not. It is asked before the first Next.
type sizer interface {
	size() (n uint64, known bool)
}

func (g *Group) size() (n uint64, known bool) {
	for i, l := range g.lists {
		list, ok := l.(*List)
		if !ok {
			return 0, false
		}
		switch size := uint64(len(*list)); {
		case i == 0, g.recycle && size > n, !g.recycle && size < n:
			n = size
		}
	}
	return n, true
}

func (p *Product) size() (n uint64, known bool) {
	n, known = p.first.size()
	for _, g := range p.rest {
		more, ok := g.size()
		over, product := bits.Mul64(n, more)
		n, known = product, known && ok && over == 0
	}
	return n, known
}

func (c *Columns) size() (uint64, bool) { return sizeOf(c.Source) }

func (h *Header) size() (uint64, bool) {
	if len(h.Groups) < 2 {
		n, known := sizeOf(h.Source)
		return max(n, 1) - 1, known
	}
	n := uint64(1)
	for _, g := range h.Groups {
		more, known := g.size()
		over, product := bits.Mul64(n, max(more, 1)-1)
		if n = product; !known || over > 0 {
			return 0, false
		}
	}
	return n, true
}

func (s *Several) size() (uint64, bool) {
	n, known := sizeOf(s.Source)
	return (n + uint64(s.N) - 1) / uint64(s.N), known
}

func sizeOf(s Source) (n uint64, known bool) {
	if s, ok := s.(sizer); ok {
		return s.size()
	}
	return 0, false
}
