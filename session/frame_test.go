package session

import (
	"bytes"
	"reflect"
	"testing"

	"example.com/muster/procs"
)

// What the processes of a slot that have ended were called is sent again only where it
// differs, and arrives.
func TestFramesLeaveOutWhatIsKnownOfTheGone(t *testing.T) {
	with := func(lines uint64, gone ...procs.Gone) *procs.Snapshot {
		return &procs.Snapshot{Pools: []procs.Pool{{Name: "p", Slots: []procs.Slot{{Run: procs.Run{ID: procs.ID{Pool: "p"}}, Lines: lines, Gone: gone}}}}}
	}
	var sent, got *procs.Snapshot
	for i, c := range []struct {
		snap *procs.Snapshot
		same bool
	}{
		{with(1), false},
		{with(2, procs.Gone{PID: 1, Label: "a"}), false},
		{with(3, procs.Gone{PID: 1, Label: "a"}), true},
		{with(4, procs.Gone{PID: 1, Label: "b"}), false},
		{with(5), false},
	} {
		f := frameOf(sent, c.snap)
		if len(f.Slots) != 1 || f.Slots[0].SameGone != c.same {
			t.Errorf("%d: %+v", i, f.Slots)
		}
		read, err := ReadFrame(bytes.NewReader(f.encode()))
		if err != nil {
			t.Fatal(err)
		}
		if got, err = read.Apply(got); err != nil {
			t.Fatal(err)
		}
		sent = c.snap
		if !reflect.DeepEqual(got.Pools, sent.Pools) {
			t.Errorf("%d: %+v, want %+v", i, got.Pools, sent.Pools)
		}
	}
}
