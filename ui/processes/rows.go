package processes

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"example.com/muster/procs"
)

// key names a row for as long as what it shows exists: a slot, or one
// descendant of it.
type key struct {
	id  procs.ID
	ref procs.PIDRef // zero for the slot itself
}

// row is a line of the table. It points into the snapshot, which is immutable.
type row struct {
	key
	pool   *procs.Pool
	slot   *procs.Slot
	child  *procs.Descendant // nil for the slot itself
	tree   string            // the lines before the name: "│ └ "
	hidden int               // how many rows are folded away below this one
	parent int               // index of the row above it in the tree, or -1
	aside  bool              // the filter does not mean it: it shows where those below belong
}

// NoSlot stands for the number of a slot in the name of a row that is a pool's without slots.
const NoSlot = math.MinInt

// noRun is the slot of such a row.
var noRun = procs.Slot{State: procs.Stopped}

// empty reports whether the row stands for a pool without slots.
func (r *row) empty() bool { return r.id.Slot == NoSlot }

// PoolRow names the first row of a pool: that of its first slot, or the one that
// stands for the pool if it has none.
func PoolRow(p *procs.Pool) procs.ID {
	if len(p.Slots) == 0 {
		return procs.ID{Pool: p.Name, Slot: NoSlot}
	}
	return p.Slots[0].ID
}

// source is what the row's process prints.
func (r *row) source() procs.Source {
	if r.empty() {
		return procs.Source{Pool: r.id.Pool}
	}
	src := procs.SlotSource(r.id)
	if r.child != nil {
		src.PID = r.child.PID
	}
	return src
}

// name is what the NAME column shows, not yet made safe.
func (r *row) name() string {
	switch {
	case r.empty():
		return r.id.Pool
	case r.child == nil:
		return r.id.String()
	case r.child.Label != "":
		return r.child.Label
	case len(r.child.Argv) > 0:
		return r.child.Argv[0]
	}
	return "(no name)"
}

// pid is the row's pid, or 0 if it has no process.
func (r *row) pid() int {
	if r.child != nil {
		return r.child.PID
	}
	return r.slot.PID
}

// usage is what the row's process uses: for a slot the sum over the whole
// tree, so that a row that is folded away is still counted. ok is false where
// there is no process to measure.
func (r *row) usage() (u procs.Usage, ok bool) {
	if r.child != nil {
		return r.child.Usage, r.child.Exit == nil
	}
	return r.slot.Sample.Sum, r.slot.State.Live() && !r.slot.Sample.At.IsZero()
}

// view is what the user has chosen to see.
type view struct {
	sort   order
	filter string      // lower case
	typed  int         // how often the filter has been changed
	folded map[key]int // rows whose tree is folded away; the value is typed as it was then
	tops   []row       // the memory of the slots' rows, used again
}

// order is what the table is sorted by.
type order int

const (
	byName order = iota
	byCPU
	byMem
	byState
	orders
)

// list turns a snapshot into rows.
func (v *view) list(snap *procs.Snapshot) []row {
	slots := 0
	for i := range snap.Pools {
		slots += max(1, len(snap.Pools[i].Slots))
	}
	tops := slices.Grow(v.tops[:0], slots)
	for i := range snap.Pools {
		p := &snap.Pools[i]
		for k := range p.Slots {
			tops = append(tops, row{key: key{id: p.Slots[k].ID}, pool: p, slot: &p.Slots[k], parent: -1})
		}
		if len(p.Slots) == 0 { // without a row nobody could select it, to start one again
			tops = append(tops, row{key: key{id: PoolRow(p)}, pool: p, slot: &noRun, parent: -1})
		}
	}
	v.tops = tops
	if v.sort != byName {
		slices.SortStableFunc(tops, func(a, b row) int { return v.compare(&a, &b) })
	}
	rows := make([]row, 0, slots)
	for _, top := range tops {
		rows = v.appendTree(rows, top)
	}
	return rows
}

// compare orders two rows as the user asked, the biggest first.
func (v *view) compare(a, b *row) int {
	ua, aok := a.usage()
	ub, bok := b.usage()
	if aok != bok && v.sort != byState {
		if aok {
			return -1
		}
		return 1
	}
	switch v.sort {
	case byCPU:
		// As they are shown: rows that look the same do not change places.
		return cmp.Compare(math.Round(ub.CPUPercent), math.Round(ua.CPUPercent))
	case byMem:
		return cmp.Compare(ub.RSSBytes, ua.RSSBytes)
	case byState:
		return cmp.Compare(urgency(a), urgency(b))
	}
	return 0
}

// urgency sorts what needs a look before what does well.
func urgency(r *row) int {
	if r.child != nil {
		return 0
	}
	if r.slot.State == procs.Exited && r.slot.LastExit != nil && !r.slot.LastExit.OK() {
		return 0
	}
	list := []procs.State{procs.Failed, procs.BackingOff, procs.Stopping, procs.Starting, procs.Running, procs.Exited, procs.Stopped}
	return slices.Index(list, r.slot.State)
}

// matches reports whether the filter means a row: by its name or its pid.
func (v *view) matches(r *row) bool {
	return v.filter == "" || strings.Contains(strings.ToLower(r.name()), v.filter) || r.pid() != 0 && itoa(r.pid()) == v.filter
}

// folds reports whether what is below a row is folded away. What was folded before the
// filter was typed does not hide what that looks for.
func (v *view) folds(k key, narrowed bool) bool {
	at, folded := v.folded[k]
	return folded && (!narrowed || at == v.typed)
}
