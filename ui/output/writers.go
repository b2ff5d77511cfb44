package output

import (
	"strconv"

	"example.com/muster/procs"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/theme"
)

// writerKey tells who wrote a line: a slot, and the process of it where the
// output mode can tell.
type writerKey struct {
	id  procs.ID
	pid int // 0 for the slot's own process
}

// writers gives each writer a name and a colour that it keeps.
type writers struct {
	known map[writerKey]*writer
	// own are the processes of the slots' runs: what they have printed stays the
	// slot's when they have ended.
	own    map[writerKey]struct{}
	buried map[procs.ID]buried
	next   int
}

// buried are the processes of a slot that have ended, and their labels by their pids.
type buried struct {
	list   []procs.Gone
	labels map[int]string
}

type writer struct {
	label  string // of a descendant: "ForkPool-1"
	name   string // what stands before its lines, safe to show
	short  string // the same where all lines are of its slot
	slot   string // what the name begins with
	colour int
}

// maxWriters bounds the memory that short-lived processes take.
const maxWriters = 4096

// sync learns the slots, in their order, and the labels of their processes, also of those
// that have ended.
func (ws *writers) sync(snap *procs.Snapshot) {
	if ws.known == nil || len(ws.known) > maxWriters {
		ws.known, ws.next = map[writerKey]*writer{}, 0
		ws.buried = map[procs.ID]buried{}
	}
	if ws.own == nil || len(ws.own) > maxWriters {
		ws.own = map[writerKey]struct{}{}
	}
	for i := range snap.Pools {
		for j := range snap.Pools[i].Slots {
			slot := &snap.Pools[i].Slots[j]
			ws.get(writerKey{id: slot.ID})
			for _, pid := range slot.PIDs {
				ws.own[writerKey{slot.ID, pid}] = struct{}{}
			}
			if slot.PID != 0 {
				ws.own[writerKey{slot.ID, slot.PID}] = struct{}{}
			}
		}
	}
	for i := range snap.Pools {
		for j := range snap.Pools[i].Slots {
			slot := &snap.Pools[i].Slots[j]
			if slot.Output != procs.OutputByWriter {
				continue
			}
			ws.bury(slot)
			for k := range slot.Descendants {
				d := &slot.Descendants[k]
				if d.PID != slot.PID && d.Exit == nil {
					delete(ws.own, writerKey{slot.ID, d.PID}) // it has the number of an earlier run's
				}
				ws.get(writerKey{slot.ID, d.PID}).call(slot.ID, d.Label)
			}
		}
	}
}

// bury learns what those are called that have ended: while they lived nobody may have
// known it, or looked.
func (ws *writers) bury(slot *procs.Slot) {
	b := ws.buried[slot.ID]
	if len(slot.Gone) == 0 || len(b.list) == len(slot.Gone) && &b.list[0] == &slot.Gone[0] {
		return
	}
	b = buried{slot.Gone, make(map[int]string, len(slot.Gone))}
	for _, g := range slot.Gone {
		b.labels[g.PID] = g.Label
		if w := ws.known[writerKey{slot.ID, g.PID}]; w != nil {
			w.call(slot.ID, g.Label)
		}
	}
	ws.buried[slot.ID] = b
}

// call gives a writer the label of its process.
func (w *writer) call(id procs.ID, label string) {
	if w.label != label {
		w.label, w.short = label, plainName(label)
		w.name = plainName(id.String() + "/" + label)
	}
}

// key says who wrote a line. The slot's own process is the slot.
func (ws *writers) key(l *procs.Line) writerKey {
	k := writerKey{id: l.ID, pid: l.PID}
	if _, own := ws.own[k]; own {
		k.pid = 0
	}
	return k
}

func (ws *writers) get(k writerKey) *writer {
	w := ws.known[k]
	if w == nil {
		name := k.id.String()
		slot, short := name, name
		if k.pid != 0 {
			short = strconv.Itoa(k.pid)
			name += "/" + short
		}
		w = &writer{name: plainName(name), short: plainName(short), slot: plainName(slot), colour: ws.next}
		ws.known[k] = w
		ws.next++
		if label := ws.buried[k.id].labels[k.pid]; label != "" {
			w.call(k.id, label)
		}
	}
	return w
}

func (ws *writers) label(k writerKey) string {
	if w := ws.known[k]; w != nil {
		return w.label
	}
	return ""
}

// cut returns the name of a slot's descendant, which is wider, in n cells. The slot stays, and
// the end, by which workers are told apart; what is between gives way, and then the pool.
func (w *writer) cut(n int) string {
	end := "/" + w.short
	least := min(max(3, n/3), draw.Width(end)) // cells for the end: "…10"
	slot := draw.TruncateLeft(w.slot, n-least)
	room := n - draw.Width(slot)
	if room > least+1 && room < draw.Width(end) {
		slot, end, room = slot+"/", w.short, room-1
	}
	return slot + draw.TruncateLeft(end, room)
}

func (w *writer) style(t *theme.Theme) theme.Style { return t.Writer(w.colour) }
