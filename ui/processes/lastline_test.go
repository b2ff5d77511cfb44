package processes_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"example.com/muster/procs"
	"example.com/muster/procs/output"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/processes"
	"example.com/muster/ui/theme"
	"example.com/muster/ui/uitest"
)

// printing is an invented session whose output is real.
type printing struct {
	*uitest.Session
	store *output.Store
}

func (p printing) Output(q procs.Query) (procs.Page, error) { return p.store.Query(q) }

// TestLastLineOfWhoSaysLittle: others print a lot in between. What was said long before is
// found in some frames, none of which looks through all of it, and what is new at once.
func TestLastLineOfWhoSaysLittle(t *testing.T) {
	store := output.New(output.Config{Lines: 1 << 20})
	defer func() { _ = store.Close() }()
	session := printing{uitest.Typical(), store}
	slot := store.Slot(procs.ID{Pool: "train"})
	write := func(pid int, text string) {
		slot.Write(procs.Stdout, pid, []byte(text))
		session.Change(func(snap *procs.Snapshot) {
			s := &snap.Pools[0].Slots[0]
			s.Lines, s.OutputBytes = slot.Next(), slot.Bytes()
		})
	}
	flood := strings.Repeat("a line\n", 200_000)
	write(4130, "begun\n")
	write(4131, flood)
	s := processes.New(theme.New(colorprofile.ANSI256, true), keys.Standard())
	s.SetSize(120, 37)
	row := func() string {
		s.Sync(session, uitest.Now)
		for l := range strings.Lines(ansi.Strip(s.Render())) {
			if strings.Contains(l, " 4130 ") {
				return l
			}
		}
		return ""
	}
	frames := 1
	for ; !strings.Contains(row(), "begun"); frames++ {
		if frames == 50 {
			t.Fatal("what was said first is not found")
		}
		write(4131, "more\n")
	}
	if frames < 3 {
		t.Errorf("200,000 lines were looked through in %d frames", frames)
	}
	write(4131, flood)
	for range 10 {
		if got := row(); !strings.Contains(got, "begun") {
			t.Fatalf("while others print the row is %q", got)
		}
	}
	write(4130, "new\n")
	if got := row(); !strings.Contains(got, "new") {
		t.Errorf("the row is %q", got)
	}
}

// TestLastLineIsThePresentState: the row of a worker that draws a progress bar
// follows it, though no line ends.
func TestLastLineIsThePresentState(t *testing.T) {
	store := output.New(output.Config{})
	defer func() { _ = store.Close() }()
	session := printing{uitest.Typical(), store}
	slot := store.Slot(procs.ID{Pool: "train"})
	write := func(pid int, stream procs.Stream, text string) {
		slot.Write(stream, pid, []byte(text))
		session.Change(func(snap *procs.Snapshot) {
			s := &snap.Pools[0].Slots[0]
			s.Lines, s.OutputBytes = slot.Next(), slot.Bytes()
		})
	}
	s := processes.New(theme.New(colorprofile.ANSI256, true), keys.Standard())
	s.SetSize(120, 37)
	row := func(pid int) string {
		s.Sync(session, uitest.Now)
		for l := range strings.Lines(ansi.Strip(s.Render())) {
			if strings.Contains(l, fmt.Sprint(" ", pid, " ")) {
				return l
			}
		}
		return ""
	}
	for _, step := range []struct {
		pid        int
		stream     procs.Stream
		text, want string
	}{
		{4130, procs.Stdout, "begun\n", "begun"},
		{4130, procs.Stdout, "\rbar 4%", "bar 4%"},
		{4131, procs.Stdout, "\rbar 7%", "bar 7%"},
		{4130, procs.Stdout, "\rbar 65%", "bar 65%"},
		{4130, procs.Stderr, "warning: ", "warning:"},
		{4130, procs.Stdout, "\rbar 99%", "bar 99%"},
		{4130, procs.Stderr, "hot\n", "bar 99%"},
		{4130, procs.Stdout, "\n", "bar 99%"},
		{4130, procs.Stdout, "done\n", "done"},
		{4131, procs.Stdout, "\rbar 8%", "bar 8%"},
		{4131, procs.Stdout, ".", "bar 8%."},
	} {
		write(step.pid, step.stream, step.text)
		if got := row(step.pid); !strings.Contains(got, step.want) {
			t.Errorf("after %q the row of %d is %q", step.text, step.pid, got)
		}
	}
	if got := row(4130); !strings.Contains(got, "done") {
		t.Errorf("after another's bar has moved the row is %q", got)
	}
}
