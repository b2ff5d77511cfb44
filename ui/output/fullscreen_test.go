package output_test

import (
	"fmt"
	"strings"
	"testing"

	"example.com/muster/procs"
	store "example.com/muster/procs/output"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/uitest"
)

// TestAPictureIsNoLines: what a full-screen program has drawn is one line, however long it
// was there, and it is no gap. A search finds all that was printed.
func TestAPictureIsNoLines(t *testing.T) {
	s := stored{uitest.Many(1), store.New(store.Config{})}
	defer func() { _ = s.store.Close() }()
	id := s.Snapshot().Pools[0].Slots[0].ID
	prints := func(text string) { s.store.Slot(id).Write(procs.Terminal, 0, []byte(text)) }
	for i := range 30 {
		prints(fmt.Sprintf("before %02d\r\n", i))
	}
	prints("edit \x1b[?1049h\x1b[H")
	for i := range 2000 {
		prints(fmt.Sprintf("\x1b[%dHgarbage %d\r\n", i%20, i))
	}
	prints("garbage\x1b[?1049lleft\r\nafter\r\n")
	for _, src := range []procs.Source{{}, procs.SlotSource(id)} {
		d := newDesk(t, s, 60, 8)
		d.screen.Show(src)
		end := trimmed(d.settle())
		has(t, end, "before 27", "before 28", "before 29", "edit [full-screen program]", "left", "after")
		lacks(t, end, "garbage", "missing")
		d.do(keys.Intent{Verb: keys.Top})
		for range 40 {
			lacks(t, d.do(keys.Intent{Verb: keys.Down}), "garbage", "missing")
		}
		if got := trimmed(d.frame()); !strings.HasSuffix(strings.TrimSpace(got), "after") {
			t.Errorf("downwards it ends with:\n%s", got)
		}
		has(t, d.typed(keys.Search, "garbage 77$"), "garbage 76")
	}
}
