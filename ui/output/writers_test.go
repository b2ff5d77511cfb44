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
