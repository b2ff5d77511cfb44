package uitest

import (
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/muster/ui/keys"
)

// Handler is the part of a screen that takes keys.
type Handler interface {
	Handle(in keys.Intent) (tea.Cmd, bool)
}

// Press presses keys on a screen, each followed by a frame, and returns what the
// last one asked of the root.
func Press(t testing.TB, on keys.Screen, h Handler, frame func() string, names ...string) (msg tea.Msg) {
	t.Helper()
	for _, name := range names {
		in, ok := keys.Standard().Resolve(on, name)
		if !ok {
			t.Fatalf("key %q means nothing here", name)
		}
		cmd, _ := h.Handle(in)
		msg = nil
		if cmd != nil {
			msg = cmd()
		}
		frame()
	}
	return msg
}
