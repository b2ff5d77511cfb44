package processes

import (
	"slices"
	"time"

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
	many     [][]int       // the ended ones that the row of each stands for; nil if it has one of its own
	named    map[int]bool  // pids of the parents of zombies that have a row of their own
	seen     []bool        // placed already, or not to be shown
	narrowed bool          // the filter leaves only some of them
}

// appendTree appends a slot's row and those of its descendants, as far as
// they are not folded away. Of a slot that the filter does not mean it appends
// the descendants that it does mean, and those above them.
func (v *view) appendTree(rows []row, top row) []row {
	at, whole := len(rows), v.matches(&top)
	if len(top.slot.Descendants) == 0 {
		if v.count(1, whole); whole {
			rows = append(rows, top)
		}
		return rows
	}
	f := plant(top.slot, v.at, v.kept)
	v.count(1+f.rows(), whole)
	if !whole && !f.narrow(func(i int) bool {
		r := f.row(i, &top)
		meant := v.matches(&r)
		if meant {
			v.meant++
		}
		return meant
	}) {
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
	if len(roots) > 0 && v.folds(top.key, f.narrowed) {
		rows[at].folded, rows[at].below = true, f.running(roots)
		return rows
	}
	return v.appendChildren(rows, at, &f, roots, "", 1)
}

// count counts n rows; whole says that the filter means all of them.
func (v *view) count(n int, whole bool) {
	v.all += n
	if whole {
		v.meant += n
	}
}

// rows is how many rows the descendants have, if nothing hides them.
func (f *forest) rows() (n int) {
	for _, hidden := range f.seen {
		if !hidden {
			n++
		}
	}
	return n
}

// plant sorts the descendants that are shown under their parents: those that run and,
// behind them, those that have ended. The one that is kept stays where it is.
func plant(s *procs.Slot, at time.Time, kept key) forest {
	n := len(s.Descendants)
	f := forest{all: s.Descendants, children: map[int][]int{}, depth: map[int]int{}, many: make([][]int, n), named: map[int]bool{}, seen: make([]bool, n)}
	var told []int
	last := -1                 // the one that is kept, if it has ended
	zombies := map[int][]int{} // by their parents
	for i := range f.all {
		f.seen[i] = true
		switch d := &f.all[i]; {
		case d.Exit == nil:
			f.add(i)
		case kept.id == s.ID && kept.ref == d.PIDRef && kept.group == noGroup:
			last = i
		case d.Told:
			told = append(told, i)
		case stays(d, at):
			zombies[d.PPID] = append(zombies[d.PPID], i)
		}
	}
	if last >= 0 {
		f.keep(last)
	}
	if old := len(told) - maxTold; old > 0 {
		slices.SortStableFunc(told, func(a, b int) int { return f.all[a].Exit.At.Compare(f.all[b].Exit.At) })
		var more []int
		for _, i := range told[:old] {
			switch d := &f.all[i]; {
			case stays(d, at):
				zombies[d.PPID] = append(zombies[d.PPID], i)
			case !d.Zombie():
				more = append(more, i)
			}
		}
		f.add(more...)
		told = told[old:]
	}
	for _, i := range told {
		f.add(i)
	}
	for _, list := range zombies {
		f.add(list...)
	}
	return f
}

// maxTold is how many of those whose end is told have a row of their own: the newest.
const maxTold = 4

// zombieAfter is how long ago a process has ended that nobody is about to wait for: two
// looks at the pace that is usual.
const zombieAfter = 2 * time.Second

// stays reports whether a descendant is a zombie, and likely to remain one.
func stays(d *procs.Descendant, at time.Time) bool {
	return d.Zombie() && at.Sub(d.Exit.At) >= zombieAfter
}

// hasRow reports whether a descendant is shown, if nothing hides it.
func hasRow(d *procs.Descendant, at time.Time) bool {
	return d.Exit == nil || d.Told || stays(d, at)
}

// add gives some descendants one row, which is below the parent of the first of them.
func (f *forest) add(indices ...int) {
	if len(indices) == 0 {
		return
	}
	first := indices[0]
	d := &f.all[first]
	f.seen[first] = false
	if len(indices) > 1 {
		f.many[first] = indices
	} else if d.Zombie() {
		f.named[d.PPID] = true
	}
	f.children[d.PPID] = append(f.children[d.PPID], first)
	if deep, twice := f.depth[d.PID]; !twice || d.Depth < deep {
		f.depth[d.PID] = d.Depth
	}
}

// row is the row of a descendant of a slot, or of those that have one with it.
func (f *forest) row(i int, top *row) row {
	d, many := &f.all[i], f.many[i]
	r := row{key: childKey(top.id, d, len(many)), pool: top.pool, slot: top.slot, child: d, many: len(many)}
	if r.group == zombies {
		r.more = f.named[d.PPID]
		for _, k := range many {
			r.ends = append(r.ends, f.all[k].Exit)
		}
	}
	return r
}

// keep adds one that has ended where it was among its siblings. Those that were started
// after its end come before it, so that a step down always leads on.
func (f *forest) keep(i int) {
	f.add(i)
	d := &f.all[i]
	list := f.children[d.PPID]
	next := slices.IndexFunc(list, func(c int) bool { return c > i && f.all[c].StartedAt.Before(d.Exit.At) })
	if next >= 0 {
		f.children[d.PPID] = slices.Insert(list[:len(list)-1], next, i)
	}
}

// narrow leaves only the descendants that are meant and those that lead to them, and
// reports whether there are any.
func (f *forest) narrow(meant func(i int) bool) bool {
	index := make(map[int]int, len(f.all))
	for i := range f.all {
		if !f.seen[i] {
			index[f.all[i].PID] = i
		}
	}
	keep, found := make([]bool, len(f.all)), false
	for i := range f.all {
		if f.seen[i] || !meant(i) {
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

// running are those that run below the given ones, themselves included.
func (f *forest) running(indices []int) (list []*procs.Descendant) {
	for _, i := range indices {
		if f.seen[i] {
			continue
		}
		f.seen[i] = true
		if f.all[i].Exit == nil {
			list = append(list, &f.all[i])
		}
		list = append(list, f.running(f.children[f.all[i].PID])...)
	}
	return list
}

func (v *view) appendChildren(rows []row, parent int, f *forest, indices []int, lead string, depth int) []row {
	top := rows[parent]
	siblings := make([]row, 0, len(indices))
	for _, i := range indices {
		if !f.seen[i] {
			f.seen[i] = true
			r := f.row(i, &top)
			r.parent = parent
			r.aside = f.narrowed && !v.matches(&r)
			siblings = append(siblings, r)
		}
	}
	for i := range siblings { // before they are sorted: what is folded away counts
		if r := &siblings[i]; len(f.children[r.child.PID]) > 0 && v.folds(r.key, f.narrowed) {
			r.folded, r.below = true, f.running(f.children[r.child.PID])
		}
	}
	if v.sort != colName {
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
		case len(below) == 0 || r.folded:
		case depth < maxDepth:
			rows = v.appendChildren(rows, len(rows)-1, f, below, lead+next, depth+1)
		default:
			rows = v.appendChildren(rows, len(rows)-1, f, below, lead, depth)
		}
	}
	return rows
}
