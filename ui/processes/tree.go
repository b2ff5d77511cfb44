package processes

import (
	"slices"

	"example.com/muster/procs"
)

// maxDepth is how deep the tree is drawn; what lies deeper is drawn there.
const maxDepth = 8

// forest is the descendants of one slot, by parent. It takes them as the
// snapshot gives them: a parent that is not there, or a circle, must not lose a row.
type forest struct {
	all      []procs.Descendant
	children map[int][]int // pid of the parent -> indices
	depth    map[int]int   // of each pid that is shown
	seen     []bool        // placed already, or not to be shown
}

// appendTree appends a slot's row and those of its descendants, as far as
// they are not folded away.
func (v *view) appendTree(rows []row, top row) []row {
	at := len(rows)
	rows = append(rows, top)
	if len(top.slot.Descendants) == 0 {
		return rows
	}
	f := plant(top.slot)
	roots := f.children[top.slot.PID]
	for i := range f.all {
		if !f.reachable(i, top.slot.PID) {
			roots = append(roots, i)
		}
	}
	if v.folded[top.key] {
		rows[at].hidden = f.count(roots)
		return rows
	}
	return v.appendChildren(rows, at, &f, roots, "", 1)
}

// plant sorts the descendants that are shown under their parents: those that
// live, and those that ended badly.
func plant(s *procs.Slot) forest {
	f := forest{all: s.Descendants, children: map[int][]int{}, depth: map[int]int{}, seen: make([]bool, len(s.Descendants))}
	for i := range f.all {
		d := &f.all[i]
		if d.Exit != nil && d.Exit.OK() {
			f.seen[i] = true // it has nothing more to say
			continue
		}
		f.children[d.PPID] = append(f.children[d.PPID], i)
		if deep, twice := f.depth[d.PID]; !twice || d.Depth < deep {
			f.depth[d.PID] = d.Depth
		}
	}
	return f
}

// reachable reports whether the parents of a descendant lead to the slot's
// process, or whether it is not to be shown at all.
func (f *forest) reachable(i, root int) bool {
	if f.seen[i] {
		return true
	}
	parent, ok := f.depth[f.all[i].PPID]
	return f.all[i].PPID == root || ok && parent < f.all[i].Depth
}

// count is how many rows there are below the given ones, themselves included.
func (f *forest) count(indices []int) int {
	n := 0
	for _, i := range indices {
		if !f.seen[i] {
			f.seen[i] = true
			n += 1 + f.count(f.children[f.all[i].PID])
		}
	}
	return n
}

func (v *view) appendChildren(rows []row, parent int, f *forest, indices []int, lead string, depth int) []row {
	top := rows[parent]
	siblings := make([]row, 0, len(indices))
	for _, i := range indices {
		if !f.seen[i] {
			f.seen[i] = true
			d := &f.all[i]
			siblings = append(siblings, row{key: key{id: top.id, ref: d.PIDRef}, pool: top.pool, slot: top.slot, child: d, parent: parent})
		}
	}
	if v.sort != byName {
		slices.SortStableFunc(siblings, func(a, b row) int { return v.compare(&a, &b) })
	}
	for i, r := range siblings {
		branch, next := "├ ", "│ "
		if i == len(siblings)-1 {
			branch, next = "└ ", "  "
		}
		r.tree = lead + branch
		rows = append(rows, r)
		below := f.children[r.child.PID]
		switch {
		case len(below) == 0:
		case v.folded[r.key]:
			rows[len(rows)-1].hidden = f.count(below)
		case depth < maxDepth:
			rows = v.appendChildren(rows, len(rows)-1, f, below, lead+next, depth+1)
		default:
			rows = v.appendChildren(rows, len(rows)-1, f, below, lead, depth)
		}
	}
	return rows
}
