package session

import "testing"

// TestANameThatIsNotRead: a command that takes no notice of a name does not do to all what was meant for one.
func TestANameThatIsNotRead(t *testing.T) {
	one := []string{"a/0"}
	for _, d := range []DoJSON{
		{Command: "stop", Pool: "a"},
		{Command: "kill", Pools: []string{"a"}},
		{Command: "restart", Items: []uint64{1}},
		{Command: "shutdown", Processes: one},
		{Command: "pause", Patterns: one},
		{Command: "reload", Pool: "a"},
		{Command: "roll", Processes: one},
		{Command: "roll", Pool: "a"},
		{Command: "retry_items", Items: []uint64{}},
	} {
		if _, _, err := d.command(nil); err == nil {
			t.Errorf("%+v is carried out", d)
		}
	}
}
