package processes

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"example.com/muster/procs"
)

// key names a row for as long as what it shows exists: a slot, or one
// descendant of it.
type key struct {
	id  procs.ID
	ref procs.PIDRef // zero for the slot itself
	// group is for a row that stands for many: the members change while the row is the
	// same one. Of zombies ref has the pid of their parent.
	group group
}

type group uint8

const (
	noGroup group = iota
	zombies
	others // whose ends are told as crashes
)

// childKey is the key of a row that stands for a descendant of a slot, or for many.
func childKey(slot procs.ID, d *procs.Descendant, many int) key {
	switch {
	case many == 0:
		return key{id: slot, ref: d.PIDRef}
	case d.Zombie():
		return key{id: slot, ref: procs.PIDRef{PID: d.PPID}, group: zombies}
	}
	return key{id: slot, group: others}
}

// row is a line of the table. It points into the snapshot, which is immutable.
type row struct {
	key
	pool   *procs.Pool
	slot   *procs.Slot
	child  *procs.Descendant   // nil for the slot itself
	many   int                 // how many have ended that the row stands for, of which child is the first; 0 if it stands for child alone
	ends   []*procs.Exit       // how those ended, if they are zombies
	more   bool                // others like those have rows of their own
	tree   string              // the lines before the name: "│ └ "
	folded bool                // what is below is folded away
	below  []*procs.Descendant // those of that which still run
	parent int                 // index of the row above it in the tree, or -1
	aside  bool                // the filter does not mean it: it shows where those below belong
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
	if r.child != nil && r.many == 0 {
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
	case r.group == zombies && r.more:
		return itoa(r.many) + " more zombies"
	case r.group == zombies:
		return itoa(r.many) + " zombies"
	case r.many > 0:
		return itoa(r.many) + " more"
	case r.child.Label != "":
		return r.child.Label
	case len(r.child.Argv) > 0:
		return r.child.Argv[0]
	}
	return "(no name)"
}

// zombie reports whether the row says of its process that nobody has waited for it. Of a
// crash it says how it ended.
func (r *row) zombie() bool {
	return r.child != nil && r.child.Zombie() && (r.many > 0 || !r.child.Told)
}

// pid is the row's pid, or 0 if it has no process of its own.
func (r *row) pid() int {
	switch {
	case r.many > 0:
		return 0
	case r.child != nil:
		return r.child.PID
	}
	return r.slot.PID
}

// usage is what the row's process uses: for a slot the sum over the whole
// tree, so that a row that is folded away is still counted, and for a descendant
// the sum with what is folded away below it. ok is false where there is no process
// to measure.
func (r *row) usage() (u procs.Usage, ok bool) {
	if r.child == nil {
		return r.slot.Sample.Sum, r.slot.State.Live() && !r.slot.Sample.At.IsZero()
	}
	u = r.child.Usage
	for _, d := range r.below {
		u.CPUPercent = procs.Plus(u.CPUPercent, d.CPUPercent)
		u.RSSBytes = procs.Plus(u.RSSBytes, d.RSSBytes)
		u.Threads = procs.Plus(u.Threads, d.Threads)
		u.FDs = procs.Plus(u.FDs, d.FDs)
	}
	return u, r.child.Exit == nil
}

// view is what the user has chosen to see.
type view struct {
	sort   columnID                          // one of orders
	rate   func(r *row, id columnID) float64 // of a process, by a counter of it
	filter string                            // lower case
	all    int                               // how many rows there are to filter, also those that are folded away
	meant  int                               // how many of those the filter means
	typed  int                               // how often the filter has been changed
	folded map[key]int                       // rows whose tree is folded away; the value is typed as it was then
	tops   []row                             // the memory of the slots' rows, used again
	at     time.Time                         // of the snapshot
	kept   key                               // a descendant that keeps its row also after its end
}

// orders are the columns that the rows can be sorted by, in the order in which a key goes
// over them; by name they are as the session has them.
var orders = []columnID{
	colName, colCPU, colMem, colState, colThreads, colFDs, colRead, colWrite, colSwitches, colForks, colUp, colRestarts,
}

// list turns a snapshot into rows.
func (v *view) list(snap *procs.Snapshot) []row {
	v.at, v.all, v.meant = snap.At, 0, 0
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
	if v.sort != colName {
		slices.SortStableFunc(tops, func(a, b row) int { return v.compare(&a, &b) })
	}
	rows := make([]row, 0, slots)
	for _, top := range tops {
		rows = v.appendTree(rows, top)
	}
	return rows
}

// compare orders two rows as the user asked: the biggest first, or what needs a look.
func (v *view) compare(a, b *row) int {
	if v.sort == colState {
		return compareStates(a.state(v.at), b.state(v.at))
	}
	return cmp.Compare(v.number(b), v.number(a))
}

// number is what stands in the column that the rows are sorted by; less than any where
// nothing does.
func (v *view) number(r *row) float64 {
	const nothing = procs.Unknown - 1
	u, ok := r.usage()
	switch {
	case v.sort == colRestarts && r.child == nil && !r.empty():
		return float64(r.slot.Restarts)
	case v.sort == colUp:
		if age, ok := r.age(v.at); ok {
			return math.Floor(age.Seconds())
		}
		return nothing
	case !ok, v.sort == colRestarts, v.sort == colForks && r.child != nil:
		return nothing
	}
	switch v.sort {
	case colCPU:
		// As they are shown: rows that look the same do not change places.
		return math.Round(u.CPUPercent)
	case colMem:
		return float64(u.RSSBytes)
	case colThreads:
		return float64(u.Threads)
	case colFDs:
		return float64(u.FDs)
	case colForks:
		return r.slot.ForksPerSecond
	}
	return v.rate(r, v.sort)
}

// urgent lists words of states, and signs for the others, as they need a look.
var urgent = []string{"✗ failed", "✗", "✗ ended", "✗ blocked", "↻", "‖", "✝", "◐", "◆", "◍", "◌", "●", "·", "✓", "○"}

// compareStates orders what a row says of its state: by the need for a look, and then by the
// words, but for a countdown, which changes.
func compareStates(a, b string) int {
	need := func(state string) (n int, words string) {
		sign, words, _ := strings.Cut(state, " ")
		if n = slices.Index(urgent, state); n < 0 {
			n = slices.Index(urgent, sign)
		}
		if sign == "↻" {
			words = ""
		}
		return n, words
	}
	na, wa := need(a)
	nb, wb := need(b)
	return cmp.Or(cmp.Compare(na, nb), cmp.Compare(wa, wb))
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
