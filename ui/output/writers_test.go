package output_test

import (
	"testing"

	"example.com/muster/procs"
	"example.com/muster/ui/uitest"
)

// What a slot's own process has printed stays the slot's when it has ended, and when
// another run has begun, also for who opens the screen only then.
func TestLinesStayThoseOfTheirSlot(t *testing.T) {
	id := procs.ID{Pool: "sleep"}
	session := uitest.Many(1)
	change := func(with func(*procs.Slot)) {
		session.Change(func(snap *procs.Snapshot) { with(&snap.Pools[0].Slots[0]) })
	}
	change(func(slot *procs.Slot) {
		slot.Output, slot.PID, slot.PIDs = procs.OutputByWriter, 500, []int{500}
		slot.Descendants = []procs.Descendant{{PIDRef: procs.PIDRef{PID: 501, StartTime: 1}, PPID: 500, Depth: 1, Label: "loader-0"}}
	})
	session.Print(id, 500, procs.Stdout, "of the parent")
	d := newDesk(t, session, 80, 20)
	d.screen.Show(procs.SlotSource(id))
	lacks(t, d.settle(), "sleep/0 │", "500 │")
	end := func() {
		change(func(slot *procs.Slot) {
			slot.PID, slot.State, slot.LastExit = 0, procs.Exited, &procs.Exit{}
			for i := range slot.Descendants {
				slot.Descendants[i].Exit = &procs.Exit{}
			}
		})
	}
	end()
	lacks(t, d.settle(), "sleep/0 │", "500 │") // there is one writer
	session.Print(id, 501, procs.Stdout, "of the worker")
	for _, d := range []*desk{d, newDesk(t, session, 80, 20)} {
		d.screen.Show(procs.SlotSource(id))
		has(t, d.settle(), "sleep/0  │ of the parent", "loader-0 │ of the worker")
		has(t, d.press("tab"), "everything") // there is a way on from a slot that has ended
	}
	change(func(slot *procs.Slot) {
		slot.PID, slot.State, slot.PIDs, slot.Descendants = 600, procs.Running, []int{500, 600}, nil
	})
	session.Print(id, 600, procs.Stdout, "of the next run")
	d.screen.Show(procs.SlotSource(id))
	has(t, d.settle(), "sleep/0  │ of the parent", "loader-0 │ of the worker", "sleep/0  │ of the next run")
}

// A process that has ended before anybody saw it is called by its label once that is known,
// also in lines that stand there already.
func TestLinesOfThoseThatHaveEndedGetTheirNames(t *testing.T) {
	id := procs.ID{Pool: "sleep"}
	session := uitest.Many(1)
	change := func(with func(*procs.Slot)) {
		session.Change(func(snap *procs.Snapshot) { with(&snap.Pools[0].Slots[0]) })
	}
	change(func(slot *procs.Slot) { slot.Output, slot.Descendants = procs.OutputByWriter, nil })
	session.Print(id, 501, procs.Stdout, "of a worker")
	session.Print(id, 502, procs.Stdout, "of another")
	d := newDesk(t, session, 80, 20)
	d.screen.Show(procs.SlotSource(id))
	has(t, d.settle(), "501 │ of a worker", "502 │ of another")
	change(func(slot *procs.Slot) { slot.Gone = []procs.Gone{{PID: 501, Label: "W13"}} })
	has(t, d.settle(), "W13 │ of a worker", "502 │ of another")
	change(func(slot *procs.Slot) { slot.Gone = []procs.Gone{{PID: 501, Label: "W13"}, {PID: 502, Label: "W4"}} })
	for _, d := range []*desk{d, newDesk(t, session, 80, 20)} {
		d.screen.Show(procs.SlotSource(id))
		has(t, d.settle(), "W13 │ of a worker", "W4  │ of another")
	}
	change(func(slot *procs.Slot) { // the number is another's now
		slot.Descendants = []procs.Descendant{{PIDRef: procs.PIDRef{PID: 502, StartTime: 9}, PPID: 500, Depth: 1, Label: "W20"}}
	})
	session.Print(id, 502, procs.Stdout, "of a third")
	has(t, d.settle(), "W20 │ of a third")
}

// Where a name does not fit, the slot and the end of it stay, by which lines of the same kind of
// worker are told apart.
func TestALongNameKeepsItsSlotAndItsEnd(t *testing.T) {
	for _, c := range []struct {
		pool, label string
		w           int
		want        string
	}{
		{"train", "SpawnPoolWorker-10", 120, "train/1/SpawnPoolWorker-10 │"},
		{"train", "SpawnPoolWorker-10", 80, " train/1/…olWorker-10 │"},
		{"train", "SpawnPoolWorker-10", 48, " train/1…r-10 │"},
		{"train", "SpawnPoolWorker-10", 40, " train/1…10 │"},
		{"train", "SpawnPoolWorker-10", 20, " …/1…10 │"},
		{"train", "w9", 40, " train/1/w9 │"},
		{"a-pool-of-a-long-name", "w9", 40, " …name/1/w9 │"},
		{"a-pool-of-a-long-name", "SpawnPoolWorker-10", 80, " …a-long-name/1…er-10 │"},
		{"a-pool-of-a-long-name", "SpawnPoolWorker-10", 40, " …name/1…10 │"},
		{"漢字プール", "漢字漢字漢字-10", 40, " …ール/1…10 │"},
	} {
		id := procs.ID{Pool: c.pool, Slot: 1}
		session := uitest.New(&procs.Snapshot{Pools: []procs.Pool{{Name: c.pool, Slots: []procs.Slot{{
			Run: procs.Run{ID: id}, Output: procs.OutputByWriter,
			Descendants: []procs.Descendant{{PIDRef: procs.PIDRef{PID: 501, StartTime: 1}, Label: c.label}},
		}}}}})
		session.Print(id, 501, procs.Stdout, "hello")
		d := newDesk(t, session, c.w, 6)
		has(t, d.frame(), c.want+" hel")
	}
}
