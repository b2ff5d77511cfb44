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
	narrowed bool          // the filter leaves only some of them
}

// appendTree appends a slot's row and those of its descendants, as far as
// they are not folded away. Of a slot that the filter does not mean it appends
// the descendants that it does mean, and those above them.
func (v *view) appendTree(rows []row, top row) []row {
	at, whole := len(rows), v.matches(&top)
	if len(top.slot.Descendants) == 0 {
		if whole {
			rows = append(rows, top)
		}
		return rows
	}
	f := plant(top.slot)
	if !whole && !f.narrow(func(d *procs.Descendant) bool { return v.matches(&row{key: top.key, slot: top.slot, child: d}) }) {
		return rows
	}
	top.aside = !whole
	rows = append(rows, top)
	roots := f.children[top.slot.PID]
	for i := range f.all {
		if !f.reachable(i, top.slot.PID) {
			roots = append(roots, i)
		}
	}
	if v.folds(top.key, f.narrowed) {
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

// narrow leaves only the descendants that are meant and those that lead to them, and
// reports whether there are any.
func (f *forest) narrow(meant func(*procs.Descendant) bool) bool {
	index := make(map[int]int, len(f.all))
	for i := range f.all {
		if !f.seen[i] {
			index[f.all[i].PID] = i
		}
	}
	keep, found := make([]bool, len(f.all)), false
	for i := range f.all {
		if f.seen[i] || !meant(&f.all[i]) {
			continue
		}
		found = true
		for up, ok := i, true; ok && !keep[up]; { // each is above the one before: it comes to an end
			keep[up] = true
			from := f.all[up]
			up, ok = index[from.PPID]
			ok = ok && f.all[up].Depth < from.Depth
		}
	}
	for i := range f.seen {
		f.seen[i] = f.seen[i] || !keep[i]
	}
	f.narrowed = true
	return found
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
			r := row{key: key{id: top.id, ref: d.PIDRef}, pool: top.pool, slot: top.slot, child: d, parent: parent}
			r.aside = f.narrowed && !v.matches(&r)
			siblings = append(siblings, r)
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
		case v.folds(r.key, f.narrowed):
			rows[len(rows)-1].hidden = f.count(below)
		case depth < maxDepth:
			rows = v.appendChildren(rows, len(rows)-1, f, below, lead+next, depth+1)
		default:
			rows = v.appendChildren(rows, len(rows)-1, f, below, lead, depth)
		}
	}
	return rows
}
