package processes_test

import (
	"strings"
	"testing"

	"example.com/muster/procs"
	"example.com/muster/ui/uitest"
)

// TestAFullScreenProgramHasNoLastLine: what it has drawn last says nothing; the row tells how it is seen.
func TestAFullScreenProgramHasNoLastLine(t *testing.T) {
	session := uitest.Typical()
	session.Change(func(s *procs.Snapshot) {
		slot := &s.Pools[0].Slots[0]
		slot.FullScreen, slot.Output, slot.Descendants = true, procs.OutputPTY, nil
	})
	s := newScreen(session, 120, 37)
	if got := s.lines("train/0")[0]; !strings.HasSuffix(strings.TrimSpace(got), "(full screen: i shows it)") {
		t.Errorf("the row is %q", got)
	}
	session.Change(func(s *procs.Snapshot) { s.Pools[0].Slots[0].FullScreen = false })
	s.settle()
	if got := s.lines("train/0")[0]; !strings.Contains(got, " epoch 3 ") {
		t.Errorf("when it has left the screen the row is %q", got)
	}
}
