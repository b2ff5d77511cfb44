package session

import (
	"bytes"
	"reflect"
	"slices"
	"strconv"
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
		if len(f.Slots) != 1 || f.Slots[0].KeepsGone != c.same {
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

// What it takes to tell of one more death does not grow with how many there were.
func TestFramesHaveOnlyWhoHasDiedSince(t *testing.T) {
	named := func(from, to int) (list []procs.Gone) {
		for pid := from; pid < to; pid++ {
			list = append(list, procs.Gone{PID: pid, Label: "worker-" + strconv.Itoa(pid)})
		}
		return list
	}
	renamed := named(0, 999)
	renamed[997].Label = "W997"
	reused := append(named(0, 500), named(0, 500)...)
	for _, c := range []struct {
		name     string
		old, new []procs.Gone
		large    bool
	}{
		{"one has died", named(0, 999), named(0, 1000), false},
		{"one more than are kept", named(0, 1000), named(1, 1001), false},
		{"many more than are kept", named(0, 1000), named(990, 1990), true},
		{"more than are kept, and none is known", named(0, 1000), named(3000, 4000), true},
		{"all that were known, and others", named(0, 2), named(0, 1000), true},
		{"a name was told late", named(0, 999), renamed, false},
		{"the first", nil, named(0, 1), false},
		{"pids come again", reused, append(slices.Clone(reused[1:]), procs.Gone{PID: 7}), false},
		{"they are forgotten", named(0, 1000), nil, false},
		{"some are forgotten", named(0, 1000), named(0, 10), false},
	} {
		snap := func(lines uint64, gone []procs.Gone) *procs.Snapshot {
			return &procs.Snapshot{Pools: []procs.Pool{{Name: "p", Slots: []procs.Slot{{Run: procs.Run{ID: procs.ID{Pool: "p"}}, Lines: lines, Gone: gone}}}}}
		}
		before, after := snap(1, c.old), snap(2, c.new)
		was := slices.Clone(c.old)
		empty := frameOf(snap(1, nil), snap(2, nil))
		f := frameOf(before, after)
		sent := f.encode()
		if size := len(sent) - len(empty.encode()); size > 1000 != c.large {
			t.Errorf("%s: it takes %d bytes", c.name, size)
		}
		for _, first := range []*procs.Snapshot{nil, before} { // who begins in the middle, and who was there
			full := frameOf(nil, before)
			got, err := full.Apply(first)
			if err != nil {
				t.Fatal(err)
			}
			read, err := ReadFrame(bytes.NewReader(sent))
			if err != nil {
				t.Fatal(err)
			}
			if got, err = read.Apply(got); err != nil || !reflect.DeepEqual(got.Pools, after.Pools) {
				t.Errorf("%s: %v, %+v", c.name, err, got)
			}
			all := frameOf(nil, after)
			if got, err = all.Apply(got); err != nil || !reflect.DeepEqual(got.Pools, after.Pools) {
				t.Errorf("%s, all of it: %v, %+v", c.name, err, got)
			}
		}
		if !slices.Equal(was, c.old) {
			t.Errorf("%s: the list of before was changed", c.name)
		}
	}
}

// A frame cannot leave out more than there is.
func TestFramesThatLeaveOutTooMuch(t *testing.T) {
	old := &procs.Snapshot{Pools: []procs.Pool{{Name: "p", Slots: []procs.Slot{{Gone: []procs.Gone{{PID: 1}, {PID: 2}}}}}}}
	for _, c := range []SlotChange{
		{KeepsGone: true, GoneFront: -1},
		{KeepsGone: true, GoneBack: -1},
		{KeepsGone: true, GoneFront: 3},
		{KeepsGone: true, GoneFront: 1, GoneBack: 2},
		{KeepsGone: true, GoneFront: 1 << 62, GoneBack: 1 << 62},
	} {
		f := Frame{Snapshot: procs.Snapshot{Pools: []procs.Pool{{Name: "p"}}}, Sizes: []int{1}, Slots: []SlotChange{c}}
		if _, err := f.Apply(old); err == nil {
			t.Errorf("%+v is applied", c)
		}
	}
}
