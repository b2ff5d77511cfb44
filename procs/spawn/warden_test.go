package spawn

import "testing"

// An unknown child is an orphan only once every start that was in progress
// when it was seen first has ended: until then it may be that start's.
func TestOwned(t *testing.T) {
	w := newWarden(nil)
	if w.owned(7) {
		t.Error("nobody owns 7, and nothing is being started")
	}
	w.starts, w.inFlight = 2, map[uint64]bool{1: true, 2: true}
	if !w.owned(7) {
		t.Error("7 may be one of the two")
	}
	w.starts, w.inFlight = 3, map[uint64]bool{2: true, 3: true}
	if !w.owned(7) {
		t.Error("7 may be the second")
	}
	delete(w.inFlight, 2)
	if w.owned(7) {
		t.Error("7 was there before the third")
	}
	w.byPID[8] = &child{pid: 8}
	if !w.owned(8) {
		t.Error("8 is a started child")
	}
	if len(w.suspects) != 0 {
		t.Errorf("suspects are left: %v", w.suspects)
	}
}
