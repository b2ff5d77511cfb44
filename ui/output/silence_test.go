package output_test

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"example.com/muster/procs"
	"example.com/muster/ui/uitest"
)

// Of what has never begun it is not said that it has ended, and why it could not is told in full.
func TestWhyNothingHasBeenPrinted(t *testing.T) {
	deep := "/no/such" + strings.Repeat("/directory", 30) + "/binary"
	for name, tt := range map[string]struct {
		slot procs.Slot
		want string
	}{
		"not found":   {procs.Slot{State: procs.Failed, Run: procs.Run{N: 1}, LastExit: &procs.Exit{Code: 127, StartError: "not found: " + deep}}, "sleep/0 could not be started: not found: " + deep},
		"blocked":     {procs.Slot{State: procs.Failed, Reason: "waits for db: ready, but db/0 ended: exit 1"}, "sleep/0 has not been started: waits for db: ready, but db/0 ended: exit 1"},
		"not started": {procs.Slot{State: procs.Stopped}, "sleep/0 has not been started."},
		"ended":       {procs.Slot{State: procs.Exited, Run: procs.Run{N: 1}, LastExit: &procs.Exit{}}, "Nothing has been printed by sleep/0, and it has ended."},
		"running":     {procs.Slot{State: procs.Running, Run: procs.Run{N: 1}}, "Nothing has been printed by sleep/0 so far."},
	} {
		session := uitest.Many(1)
		session.Change(func(snap *procs.Snapshot) {
			tt.slot.ID = snap.Pools[0].Slots[0].ID
			snap.Pools[0].Slots[0] = tt.slot
		})
		d := newDesk(t, session, 40, 20)
		d.screen.Show(procs.SlotSource(tt.slot.ID))
		got := ansi.Strip(d.settle())
		if squeezed := strings.Join(strings.Fields(got), ""); !strings.Contains(squeezed, strings.ReplaceAll(tt.want, " ", "")) {
			t.Errorf("%s: the screen lacks %q:\n%s", name, tt.want, got)
		}
	}
}
