package processes

import (
	"regexp"
	"testing"
	"time"

	"github.com/charmbracelet/colorprofile"

	"example.com/muster/procs"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/theme"
	"example.com/muster/ui/uitest"
)

// TestNoCurveIsTurnedInsideOut: the selected row is reversed where there are few
// colours or none, but for its curve: what little it shows would look like much.
func TestNoCurveIsTurnedInsideOut(t *testing.T) {
	curve := regexp.MustCompile(`((?:\x1b\[[0-9;]*m)*)[ ▁▂▃▄▅▆▇█]*[▁▂▃▄▅▆▇█]`)
	for _, profile := range []colorprofile.Profile{colorprofile.ASCII, colorprofile.ANSI} {
		s := New(theme.New(profile, true), keys.Standard())
		s.SetSize(120, 20)
		s.Sync(uitest.Typical(), uitest.Now)
		frame := s.Render()
		if !regexp.MustCompile(`\x1b\[7m`).MatchString(frame) {
			t.Errorf("%v: no row is reversed:\n%q", profile, frame)
		}
		curves := curve.FindAllStringSubmatch(frame, -1)
		if len(curves) < 3 {
			t.Errorf("%v: only %d curves are drawn", profile, len(curves))
		}
		for _, c := range curves {
			if regexp.MustCompile(`\[7m`).MatchString(c[1]) {
				t.Errorf("%v: a curve is reversed: %q", profile, c[0])
			}
		}
	}
}

// TestARunThatWasShort: how long it was is told to a tenth of a second, how long ago
// that was is not, as it changes with each look.
func TestARunThatWasShort(t *testing.T) {
	e := &procs.Exit{Code: 3, RunStartedAt: uitest.Now.Add(-3953 * time.Millisecond), At: uitest.Now.Add(-2 * time.Second)}
	if got, want := endText(e, uitest.Now), "exit 3, 2s ago after 1.9s"; got != want {
		t.Errorf("it is told as %q, want %q", got, want)
	}
}

// TestColourSaysNothingThatTheWordsDoNot: two rows of a different colour say
// different things, whatever their states are.
func TestColourSaysNothingThatTheWordsDoNot(t *testing.T) {
	exits := []*procs.Exit{
		nil,
		{},
		{Code: 3},
		{Signal: procs.SIGTERM, Asked: true},
		{Signal: procs.SIGKILL},
		{Signal: procs.SIGKILL, Core: true},
		{Code: 127, StartError: "not found: x"},
		{Unknown: true},
	}
	var rows []row
	for _, state := range []procs.State{procs.Starting, procs.Running, procs.Stopping, procs.BackingOff, procs.Stopped, procs.Failed, procs.Exited} {
		for _, exit := range exits {
			slot := procs.Slot{Run: procs.Run{N: 1}, State: state, LastExit: exit}
			ready, notReady, paused, debugged, waits := slot, slot, slot, slot, slot
			ready.Probed, ready.Ready = true, true
			notReady.Probed, paused.Paused, debugged.Debugged, waits.Reason = true, true, true, "waits for db: ready"
			for _, s := range []procs.Slot{slot, ready, notReady, paused, debugged, waits} {
				rows = append(rows, row{slot: &s})
			}
		}
	}
	kernel := []procs.RunState{
		procs.RunRunning, procs.RunQueued, procs.RunSleeping, procs.RunIdle, procs.RunDisk, procs.RunStopped, procs.RunTraced, procs.RunZombie, procs.RunDead,
	}
	for _, state := range kernel {
		rows = append(rows, row{slot: &procs.Slot{State: procs.Running, Kernel: state}}, row{child: &procs.Descendant{State: state}}, row{child: &procs.Descendant{State: state}, folded: true}, row{child: &procs.Descendant{State: state, Debugged: true}})
	}
	for _, exit := range exits {
		rows = append(rows, row{child: &procs.Descendant{Exit: exit, Told: exit != nil}}, row{child: &procs.Descendant{Exit: exit, State: procs.RunZombie}, many: 2})
	}
	th := theme.New(colorprofile.TrueColor, true)
	colours := map[[2]any]theme.Style{}
	for i := range rows {
		says := [2]any{rows[i].state(time.Time{}), rows[i].child != nil}
		colour := rows[i].stateStyle(th)
		if other, ok := colours[says]; ok && other != colour {
			t.Errorf("%q is written as %q and as %q", says[0], colour, other)
		}
		colours[says] = colour
	}
	if len(colours) < 20 {
		t.Errorf("only %d states are told apart: %v", len(colours), colours)
	}
}

// What tells the workers of a pool apart stands at the end of their names.
func TestTheNumberOfANameThatIsCutStays(t *testing.T) {
	for name, want := range map[string]string{
		"ForkPoolWorker-3":      "ForkPo…r-3",
		"ForkPoolWorker-12":     "ForkP…r-12",
		"sleep-1163872":         "sl…1163872",
		"resource_tracker":      "resource_…",
		"a-long-pool/7":         "a-long…l/7",
		"worker-3":              "worker-3",
		"12345678901234":        "…678901234",
		"漢字漢字漢字漢字-9":            "漢字漢…-9",
		"evil\x1b[2J\nworker-4": "evil␊w…r-4",
	} {
		if got := fitName(name, 10); got != want {
			t.Errorf("%q is cut to %q, want %q", name, got, want)
		}
	}
	for room := range 30 {
		for _, name := range []string{"ForkPoolWorker-3", "漢字漢字漢字漢字-9", "12345678901234", ""} {
			if got := fitName(name, room); draw.Width(got) > room {
				t.Errorf("%q takes %d cells, and there are %d", got, draw.Width(got), room)
			}
		}
	}
}
