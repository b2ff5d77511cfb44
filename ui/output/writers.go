package output

import (
	"strconv"

	"example.com/muster/procs"
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
	own  map[writerKey]struct{}
	next int
}

type writer struct {
	label  string // of a descendant: "ForkPool-1"
	name   string // what stands before its lines, safe to show
	short  string // the same where all lines are of its slot
	colour int
}

// maxWriters bounds the memory that short-lived processes take.
const maxWriters = 4096

// sync learns the slots, in their order, and the labels of their processes.
func (ws *writers) sync(snap *procs.Snapshot) {
	if ws.known == nil || len(ws.known) > maxWriters {
		ws.known, ws.next = map[writerKey]*writer{}, 0
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
			for k := range slot.Descendants {
				d := &slot.Descendants[k]
				if d.PID != slot.PID && d.Exit == nil {
					delete(ws.own, writerKey{slot.ID, d.PID}) // it has the number of an earlier run's
				}
				if w := ws.get(writerKey{slot.ID, d.PID}); w.label != d.Label {
					w.label, w.short = d.Label, plainName(d.Label)
					w.name = plainName(slot.ID.String() + "/" + d.Label)
				}
			}
		}
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
		short := name
		if k.pid != 0 {
			short = strconv.Itoa(k.pid)
			name += "/" + short
		}
		w = &writer{name: plainName(name), short: plainName(short), colour: ws.next}
		ws.known[k] = w
		ws.next++
	}
	return w
}

func (ws *writers) label(k writerKey) string {
	if w := ws.known[k]; w != nil {
		return w.label
	}
	return ""
}

func (w *writer) style(t *theme.Theme) theme.Style { return t.Writer(w.colour) }
