package report

import (
	"cmp"
	"math/bits"
	"slices"
)

// Node is a frame as it was called on one way from the root.
type Node struct {
	Frame    Frame
	Self     int64   // in the frame itself, on this way
	Total    int64   // with all below
	Children []*Node // largest first
	// Change is what both were before and after, in a tree of a difference; nil
	// in others.
	Change *NodeChange
}

// NodeChange is what has changed in a node.
type NodeChange struct{ Self, Total Change }

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
	// last is the child of each node that was asked for last, 0 if none was;
	// mostly it is the next one, too.
	last []int32
}

// below is the number of the frame deeper.
const below = -2

func newGrowing(samples int) *growing {
	g := &growing{frame: []int32{-1}, parent: []int32{-1}, self: []int64{0}, total: []int64{0}, last: []int32{0}}
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
		if g.frame[at] == below {
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
		frame = below
	}
	if n := g.last[parent]; n != 0 && g.frame[n] == frame {
		return n
	}
	slot := g.children.find(edge(parent, frame))
	if slot.number == 0 && len(g.frame) >= maxNodes && frame != below {
		g.children.leave(slot)
		frame = below
		slot = g.children.find(edge(parent, frame))
	}
	if slot.number == 0 {
		slot.number = int32(len(g.frame))
		g.frame, g.parent = append(g.frame, frame), append(g.parent, parent)
		g.self, g.total, g.last = append(g.self, 0), append(g.total, 0), append(g.last, 0)
	}
	g.last[parent] = slot.number
	return slot.number
}

// edge is the key of a frame below a node.
func edge(parent, frame int32) uint64 { return uint64(uint32(parent))<<32 | uint64(uint32(frame)) }

// tree makes nodes of the numbers. Nodes that came to nothing are left out.
func (g *growing) tree(frames []Frame) *Node {
	nodes := make([]Node, len(g.frame))
	for i := range nodes {
		nodes[i].Self, nodes[i].Total = g.self[i], g.total[i]
	}
	return g.join(nodes, frames)
}

// values are what a tree has come to.
type values struct{ self, total []int64 }

// cut returns what was added until now, and begins anew with the same nodes.
func (g *growing) cut() values {
	v := values{g.self, g.total}
	g.self, g.total = make([]int64, len(g.self)), make([]int64, len(g.total))
	return v
}

// difference makes nodes of the numbers before and after a cut.
func (g *growing) difference(before values, frames []Frame) *Node {
	nodes := make([]Node, len(g.frame))
	changes := make([]NodeChange, len(g.frame))
	for i := range nodes {
		c := &changes[i]
		c.Self.After, c.Total.After = g.self[i], g.total[i]
		if i < len(before.self) {
			c.Self.Before, c.Total.Before = before.self[i], before.total[i]
		}
		nodes[i].Self, nodes[i].Total, nodes[i].Change = c.Self.larger(), c.Total.larger(), c
	}
	return g.join(nodes, frames)
}

// join makes a tree of nodes that have their values.
func (g *growing) join(nodes []Node, frames []Frame) *Node {
	counts := make([]int32, len(nodes))
	kept := make([]bool, len(nodes))
	for i := len(nodes) - 1; i > 0; i-- { // children come after their parents
		kept[i] = nodes[i].Total != 0 || nodes[i].Self != 0 || counts[i] > 0
		if kept[i] {
			counts[g.parent[i]]++
		}
	}
	list := make([]*Node, len(nodes))
	for i := range nodes {
		n := &nodes[i]
		n.Children, list = list[:0:counts[i]], list[counts[i]:]
		if i == 0 || !kept[i] {
			continue
		}
		n.Frame = deeper
		if f := g.frame[i]; f != below {
			n.Frame = frames[f]
		}
		parent := &nodes[g.parent[i]]
		parent.Children = append(parent.Children, n)
	}
	nodes[0].Frame = Root
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
	shift int // 64 less the bits of an index of slots
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
	t.slots, t.used, t.shift = make([]slot, size), 0, 64-bits.TrailingZeros(uint(size))
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
	// Fibonacci hashing: all bits of the key are in the upper ones of the product.
	for i := key * 0x9E3779B97F4A7C15 >> t.shift; ; i = (i + 1) & mask {
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
