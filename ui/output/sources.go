package output

import (
	"cmp"
	"strconv"

	"example.com/muster/procs"
	"example.com/muster/ui/draw"
)

// sources lists what can be shown now.
func (s *Screen) sources() []procs.Source {
	if s.snap == nil {
		return []procs.Source{{}}
	}
	return sources(s.snap)
}

// sources lists what can be shown, in the order in which Tab goes through it:
// everything, each pool, each slot, and after a slot in by-writer mode those
// of its processes that live.
func sources(snap *procs.Snapshot) []procs.Source {
	all := []procs.Source{{}}
	for i := range snap.Pools {
		p := &snap.Pools[i]
		if len(snap.Pools) > 1 {
			all = append(all, procs.Source{Pool: p.Name})
		}
		for j := range p.Slots {
			slot := &p.Slots[j]
			all = append(all, procs.SlotSource(slot.ID))
			if slot.Output != procs.OutputByWriter || len(slot.Descendants) == 0 {
				continue
			}
			if slot.PID != 0 {
				all = append(all, writerSource(slot.ID, slot.PID))
			}
			for k := range slot.Descendants {
				if d := &slot.Descendants[k]; d.Exit == nil {
					all = append(all, writerSource(slot.ID, d.PID))
				}
			}
		}
	}
	return all
}

func writerSource(id procs.ID, pid int) procs.Source {
	src := procs.SlotSource(id)
	src.PID = pid
	return src
}

// neighbour returns the source that is step further in the list.
func neighbour(all []procs.Source, from procs.Source, step int) procs.Source {
	for i, src := range all {
		if src == from {
			return all[((i+step)%len(all)+len(all))%len(all)]
		}
	}
	return all[0] // it has gone
}

// sourceName names a source: "everything", "pool train", "train/0", "train/0/ForkPool-1", and
// the slot's own process alone "train/0 (pid 4121)".
func (s *Screen) sourceName(src procs.Source) string {
	id := slotOf(src)
	switch _, own := s.writers.own[writerKey{id, src.PID}]; {
	case src.OneSlot && src.PID != 0 && own:
		return plainName(id.String() + " (pid " + strconv.Itoa(src.PID) + ")")
	case src.OneSlot && src.PID != 0:
		return plainName(id.String() + "/" + cmp.Or(s.labelOf(id, src), strconv.Itoa(src.PID)))
	case src.OneSlot:
		return plainName(id.String())
	case src.Pool != "":
		return plainName("pool " + src.Pool)
	}
	return "everything"
}

// slotOf is the slot of a source of one slot.
func slotOf(src procs.Source) procs.ID { return procs.ID{Pool: src.Pool, Slot: src.Slot} }

// labelOf is what the row of a slot's descendant is called, "" if that is not known.
func (s *Screen) labelOf(id procs.ID, src procs.Source) string {
	if label := s.writers.label(writerKey{id, src.PID}); label != "" || s.snap == nil {
		return label
	}
	if slot := s.snap.Slot(id); slot != nil {
		for i := range slot.Descendants {
			if slot.Descendants[i].PID == src.PID {
				return slot.Descendants[i].Label
			}
		}
	}
	return ""
}

// plainName makes a name that a user or a child chose safe to show.
func plainName(s string) string { return draw.Plain([]byte(s), 200) }
