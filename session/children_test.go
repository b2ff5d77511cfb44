package session

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"example.com/muster/procs"
)

// TestChildrenOfThisMoment: ps tells of children that began since anything was measured, and
// no more of those that have ended.
func TestChildrenOfThisMoment(t *testing.T) {
	gate := filepath.Join(t.TempDir(), "gate")
	spec := procs.Spec{
		Name: "p", Argv: []string{"sh", "-c", `until [ -e "$0" ]; do sleep 0.02; done; sleep 1000 & wait`, gate}, Output: procs.OutputPipe,
	}.WithDefaults()
	s, _ := servedWith(t, Config{Pools: []procs.Spec{spec}, Interval: time.Hour})
	until(t, "the first sample", func() bool { return s.Snapshot().Pools[0].Slots[0].Sample.Run > 0 })
	if err := os.WriteFile(gate, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	until(t, "the child", func() bool {
		list := s.PS().Pools[0].Processes[0].Descendants
		return len(list) == 1 && len(list[0].Argv) == 2 && list[0].Argv[1] == "1000"
	})
}
