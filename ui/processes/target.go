package processes

import (
	"slices"

	"example.com/muster/procs"
)

// Choose selects the row of a slot, or of a descendant of it, and unfolds or
// shows what hides it. It reports false if there is no such process.
func (s *Screen) Choose(id procs.ID, ref procs.PIDRef) bool {
	if s.snap != nil && id.Slot == NoSlot { // it may have slots by now
		if i := slices.IndexFunc(s.snap.Pools, func(p procs.Pool) bool { return p.Name == id.Pool }); i >= 0 {
			id = PoolRow(&s.snap.Pools[i])
		}
	}
	want := key{id: id, ref: ref}
	if s.snap == nil || !exists(s.snap, want) {
		return false
	}
	s.zoomed, s.inPane, s.selected = false, false, want
	if len(s.rows) == 0 || s.rows[s.find()].key != want {
		s.filter("", true)
		for k := range s.view.folded {
			if k.id == id {
				delete(s.view.folded, k)
			}
		}
	}
	s.stale, s.lost = true, lost{}
	return true
}

// exists reports whether a slot is in the snapshot, or a descendant that has a row if
// nothing hides it. Of many that are one row there are none once that is gone.
func exists(snap *procs.Snapshot, k key) bool {
	for i := range snap.Pools {
		if p := &snap.Pools[i]; len(p.Slots) == 0 && PoolRow(p) == k.id {
			return true
		}
		for j := range snap.Pools[i].Slots {
			slot := &snap.Pools[i].Slots[j]
			if slot.ID != k.id {
				continue
			}
			if k.group != noGroup {
				return false // it has a row whenever there is one
			}
			if (k.ref == procs.PIDRef{}) {
				return true
			}
			for n := range slot.Descendants {
				if d := &slot.Descendants[n]; d.PIDRef == k.ref {
					return hasRow(d, snap.At)
				}
			}
		}
	}
	return false
}

// Target names the selected process for a profile: "pool/slot", or
// "pool/slot/label" if it is below that; "" if nothing is selected.
func (s *Screen) Target() string {
	r := s.row()
	switch {
	case r == nil:
		return ""
	case r.child == nil:
		return r.name()
	case r.many > 0:
		return r.id.String()
	}
	return r.id.String() + "/" + r.name()
}
