package output_test

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"example.com/muster/procs"
	"example.com/muster/ui/uitest"
)

// Where lines have no writer it is not said of a process that it has printed nothing.
func TestOutputThatDoesNotTellWhoWroteWhat(t *testing.T) {
	for mode, want := range map[procs.OutputMode]string{
		procs.OutputPipe:     "What is printed by sleep/0/worker cannot be told from what others print: this mode of output (pipe) does not tell who wrote which line. The row of sleep/0 has all of it. With --output by-writer muster tells who wrote each line.",
		procs.OutputPTY:      "What is printed by sleep/0/worker cannot be told from what others print: this mode of output (pty) does not tell who wrote which line. The row of sleep/0 has all of it. With --output by-writer muster tells who wrote each line.",
		procs.OutputByWriter: "Nothing has been printed by sleep/0/worker so far.",
	} {
		session := uitest.Many(1)
		session.Change(func(snap *procs.Snapshot) {
			slot := &snap.Pools[0].Slots[0]
			slot.Output = mode
			slot.Descendants = []procs.Descendant{{PIDRef: procs.PIDRef{PID: 4704, StartTime: 1}, PPID: slot.PID, Depth: 1, Label: "worker"}}
		})
		session.Print(procs.ID{Pool: "sleep"}, 0, procs.Stdout, "of one of them")
		d := newDesk(t, session, 80, 20)
		d.screen.Show(procs.Source{Pool: "sleep", OneSlot: true, PID: 4704})
		if got := strings.Join(strings.Fields(ansi.Strip(d.settle())), " "); !strings.Contains(got, want) {
			t.Errorf("%s: the screen says %q", mode, got)
		} else if follows := strings.Contains(got, "follow"); follows != (mode == procs.OutputByWriter) || !strings.HasPrefix(got, "sleep/0/worker ") {
			t.Errorf("%s: the title is %q", mode, got)
		}
		session.Change(func(snap *procs.Snapshot) {
			snap.Pools[0].Slots[0].Descendants[0].Exit = &procs.Exit{}
		})
		if got := strings.Join(strings.Fields(ansi.Strip(d.settle())), " "); mode == procs.OutputByWriter && !strings.Contains(got, "Nothing has been printed by sleep/0/worker, and it has ended.") || strings.Contains(got, "follow") {
			t.Errorf("after its end the screen says %q", got)
		}
		d.screen.Show(procs.SlotSource(procs.ID{Pool: "sleep"}))
		has(t, d.settle(), "of one of them")
	}
}
