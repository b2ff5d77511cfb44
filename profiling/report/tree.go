package report

import (
	"cmp"
	"slices"
)

// Node is a frame as it was called on one way from the root.
type Node struct {
	Frame    Frame
	Self     int64   // in the frame itself, on this way
	Total    int64   // with all below
	Children []*Node // largest first
}

// Root is the frame of a tree's root.
var Root = Frame{Function: "all"}

// Tree returns the call tree. Its root stands for all that was kept. A frame
// that calls itself is below itself.
func (r *Report) Tree(o Options) *Node {
	p := r.pass(o)
	g := newGrowing(len(r.stacks.ends))
	p.each(g.add)
	return g.tree(p.frames.all)
}

// growing is a call tree of frames by number. Node 0 is the root.
type growing struct {
	frame  []int32
	parent []int32
	self   []int64
	total  []int64
	// path holds the nodes of the last stack, which begins mostly as the next
	// one does; stack is that stack.
	path, stack []int32
	children    table
}

// cut is the number of the frame that stands for all below maxDepth.
const cut = -2

func newGrowing(samples int) *growing {
	g := &growing{frame: []int32{-1}, parent: []int32{-1}, self: []int64{0}, total: []int64{0}}
	g.children.grow(max(samples, 64))
	return g
}

// add adds a stack, root first.
func (g *growing) add(value int64, stack []int32) {
	same := 0
	for same < len(stack) && same < len(g.stack) && stack[same] == g.stack[same] {
		same++
	}
	g.stack, g.path = append(g.stack[:same], stack[same:]...), g.path[:min(same, len(g.path))]
	at := int32(0)
	if len(g.path) > 0 {
		at = g.path[len(g.path)-1]
	}
	for _, f := range stack[len(g.path):] {
		if g.frame[at] == cut {
			break
		}
		at = g.child(at, f, len(g.path) >= maxDepth)
		g.path = append(g.path, at)
	}
	g.stack = g.stack[:len(g.path)]
	g.self[at] += value
	g.total[0] += value
	for _, n := range g.path {
		g.total[n] += value
	}
}

// child returns the child of a node, which it makes if there is none and there
// is room.
func (g *growing) child(parent, frame int32, deep bool) int32 {
	if deep {
		frame = cut
	}
	slot := g.children.find(edge(parent, frame))
	if slot.number == 0 && len(g.frame) >= maxNodes && frame != cut {
		g.children.leave(slot)
		frame = cut
		slot = g.children.find(edge(parent, frame))
	}
	if slot.number == 0 {
		slot.number = int32(len(g.frame))
		g.frame, g.parent = append(g.frame, frame), append(g.parent, parent)
		g.self, g.total = append(g.self, 0), append(g.total, 0)
	}
	return slot.number
}

// edge is the key of a frame below a node.
func edge(parent, frame int32) uint64 { return uint64(uint32(parent))<<32 | uint64(uint32(frame)) }

// tree makes nodes of the numbers. Nodes that came to nothing are left out.
func (g *growing) tree(frames []Frame) *Node {
	nodes := make([]Node, len(g.frame))
	counts := make([]int32, len(g.frame))
	for i := len(g.frame) - 1; i > 0; i-- { // children come after their parents
		if g.total[i] != 0 || g.self[i] != 0 || counts[i] > 0 {
			counts[g.parent[i]]++
		} else {
			g.frame[i] = -1
		}
	}
	list := make([]*Node, len(g.frame))
	for i := range nodes {
		n := &nodes[i]
		n.Self, n.Total = g.self[i], g.total[i]
		n.Children, list = list[:0:counts[i]], list[counts[i]:]
		switch f := g.frame[i]; {
		case i == 0:
			n.Frame = Root
			continue
		case f == -1:
			continue
		case f == cut:
			n.Frame = deeper
		default:
			n.Frame = frames[f]
		}
		parent := &nodes[g.parent[i]]
		parent.Children = append(parent.Children, n)
	}
	for i := range nodes {
		slices.SortFunc(nodes[i].Children, func(a, b *Node) int {
			return cmp.Or(-cmp.Compare(magnitude(a.Total), magnitude(b.Total)), a.Frame.before(b.Frame))
		})
	}
	return &nodes[0]
}

// table finds numbers by keys. Its zero value is not usable: see grow.
type table struct {
	slots []slot
	used  int
}

type slot struct {
	key    uint64
	number int32 // 0 if the slot is new
}

// grow makes room for n keys.
func (t *table) grow(n int) {
	size := 64
	for size < 2*n {
		size *= 2
	}
	old := t.slots
	t.slots, t.used = make([]slot, size), 0
	for _, s := range old {
		if s.number != 0 {
			*t.find(s.key) = s
		}
	}
}

// leave gives back a slot that find has just made.
func (t *table) leave(*slot) { t.used-- }

// find returns the slot of a key. A new one has the number 0; the caller gives
// it another at once, or leaves it.
func (t *table) find(key uint64) *slot {
	if 2*t.used >= len(t.slots) {
		t.grow(2 * t.used)
	}
	mask := uint64(len(t.slots) - 1)
	for i := (key * 0x9E3779B97F4A7C15) >> 20 & mask; ; i = (i + 1) & mask {
		s := &t.slots[i]
		switch {
		case s.number == 0:
			s.key = key
			t.used++
			return s
		case s.key == key:
			return s
		}
	}
}
