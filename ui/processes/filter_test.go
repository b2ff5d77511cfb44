package processes_test

import (
	"slices"
	"strings"
	"testing"

	"example.com/muster/procs"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/uitest"
)

// farm is three slots of three workers each, of which worker-3 is below worker-2.
func farm() *uitest.Session {
	session := uitest.Many(3)
	session.Change(func(snap *procs.Snapshot) {
		for i := range snap.Pools[0].Slots {
			slot := &snap.Pools[0].Slots[i]
			child := func(n, parent, depth int, label string) procs.Descendant {
				return procs.Descendant{PIDRef: procs.PIDRef{PID: 100*i + n, StartTime: 1}, PPID: parent, Depth: depth, Label: label, State: 'S'}
			}
			slot.Descendants = []procs.Descendant{child(501, slot.PID, 1, "worker-1"), child(502, slot.PID, 1, "worker-2"), child(503, 100*i+502, 2, "worker-3")}
		}
		snap.Pools[0].Slots[2].Descendants[2].Exit = &procs.Exit{} // it has no row
	})
	return session
}

// typed is what has been typed into the filter so far.
func (s screen) typed(text string, done bool) {
	s.Handle(keys.Intent{Verb: keys.Search, Text: text, Done: done})
	s.settle()
}

// shown are the names in the table, with a sign at the selected one.
func (s screen) shown() string {
	var names []string
	table, _, _ := strings.Cut(s.text(), "─")
	for l := range strings.Lines(table) {
		rest, selected := strings.CutPrefix(l, "›")
		fields := strings.Fields(strings.NewReplacer("├", "", "└", "", "│", "").Replace(rest))
		if len(fields) < 2 || fields[0] == "NAME" || strings.HasPrefix(l, "  /") {
			continue
		}
		if selected {
			fields[0] = "›" + fields[0]
		}
		names = append(names, fields[0])
	}
	return strings.Join(names, " ")
}

// A key that acts after a filter hits what was looked for: the cursor is on the first row
// that the filter means, or stays where it is if that is one.
func TestTheCursorIsOnWhatTheFilterFinds(t *testing.T) {
	s := newScreen(farm(), 120, 37)
	s.press(keys.Down)
	s.typed("worker-3", false)
	if got := s.shown(); got != "sleep/0 worker-2 ›worker-3 sleep/1 worker-2 worker-3" {
		t.Errorf("while it is typed: %s", got)
	}
	s.typed("worker-3", true)
	want := procs.PIDRef{PID: 503, StartTime: 1}
	if got, _ := s.press(keys.Stop).(keys.DoMsg); got.Command != procs.Command(procs.SignalPID{Ref: want, Signal: procs.SIGTERM}) {
		t.Errorf("x ends %+v, want worker-3", got.Command)
	}
	s.press(keys.Bottom)
	s.typed("worker", true)
	if got := s.shown(); !strings.HasSuffix(got, "sleep/1 worker-1 worker-2 ›worker-3 sleep/2 worker-1 worker-2") {
		t.Errorf("the selected row has the text, and the cursor has left it: %s", got)
	}
	s.typed("sleep/2", true)
	if got := s.shown(); got != "›sleep/2 worker-1 worker-2" {
		t.Errorf("of a slot that is meant all is shown: %s", got)
	}
}

// Enter leaves the cursor where it is, whatever has come or gone since the text was typed: a
// key that acts hits what was looked at, or says that it has ended.
func TestEnterAtTheFilterMovesNothing(t *testing.T) {
	for name, change := range map[string]func([]procs.Descendant) []procs.Descendant{
		"another match comes above": func(list []procs.Descendant) []procs.Descendant { list[0].Label = "worker-30"; return list },
		"the selected one ends":     func(list []procs.Descendant) []procs.Descendant { return list[:2] },
	} {
		s := newScreen(farm(), 120, 37)
		s.typed("worker-3", false)
		s.session.Change(func(snap *procs.Snapshot) {
			slot := &snap.Pools[0].Slots[0]
			slot.Descendants = change(slices.Clone(slot.Descendants))
		})
		s.settle()
		s.typed("worker-3", true)
		switch msg := s.press(keys.Stop).(type) {
		case keys.DoMsg:
			if c, ok := msg.Command.(procs.SignalPID); !ok || c.Ref.PID != 503 {
				t.Errorf("%s: x ends %+v", name, msg.Command)
			}
		case keys.SayMsg:
			if !strings.Contains(msg.Text, "worker-3 (pid 503) has ended") {
				t.Errorf("%s: x says %q", name, msg.Text)
			}
		default:
			t.Errorf("%s: x does %T", name, msg)
		}
	}
}

// What was selected is so again when what is being typed is given up.
func TestAFilterThatIsGivenUp(t *testing.T) {
	s := newScreen(farm(), 120, 37)
	s.press(keys.Down)
	for _, text := range []string{"s", "sl", "slx"} {
		s.typed(text, false)
	}
	s.typed("", true)
	if got := s.shown(); !strings.HasPrefix(got, "sleep/0 ›worker-1 ") {
		t.Errorf("given up: %s", got)
	}
}

// A tree that was folded before does not hide what is looked for; it can be folded again.
func TestTheFilterLooksIntoWhatIsFolded(t *testing.T) {
	s := newScreen(farm(), 120, 37)
	s.press(keys.Fold)
	s.typed("worker-3", true)
	if got := s.shown(); !strings.HasPrefix(got, "sleep/0 worker-2 ›worker-3 ") {
		t.Errorf("what was folded hides the match: %s", got)
	}
	s.press(keys.Fold)
	if l := s.lines("› └ worker-2"); len(l) != 1 || !strings.Contains(l[0], "+1") {
		t.Errorf("it cannot be folded while the filter is on:\n%s", s.text())
	}
	s.press(keys.Back)
	if l := s.lines("sleep/0"); !strings.Contains(l[0], "+3") {
		t.Errorf("with the filter gone it is folded no more: %q", l[0])
	}
}

// A row that is folded keeps its name beside the number of those below it.
func TestAFoldedRowKeepsItsName(t *testing.T) {
	session := uitest.Many(1)
	session.Change(func(snap *procs.Snapshot) {
		slot := &snap.Pools[0].Slots[0]
		for i := range 300 {
			slot.Descendants = append(slot.Descendants, procs.Descendant{PIDRef: procs.PIDRef{PID: 500 + i, StartTime: 1}, PPID: slot.PID, Depth: 1, Label: "w", State: 'S'})
		}
	})
	for _, size := range sizes {
		s := newScreen(session, size.w, size.h-3)
		s.press(keys.Fold)
		if got := s.lines("› sleep/0 +300 "); len(got) != 1 {
			t.Errorf("%dx%d: its name is cut:\n%s", size.w, size.h, s.text())
		}
	}
}

// What hides rows is in sight at every size and also where the rows that it leaves do not fit,
// with how many there are and how all of them come back.
func TestAFilterIsInSight(t *testing.T) {
	for _, size := range sizes {
		s := newScreen(uitest.Many(301), size.w, size.h-3)
		s.typed("Sleep/2", true)
		s.press(keys.Bottom)
		want := "  /sleep/2  111 of 301  Esc shows all"
		if got := s.lines("/sleep/2  "); len(got) != 1 || !strings.HasPrefix(got[0], want) {
			t.Errorf("%dx%d: want %q in\n%s", size.w, size.h, want, s.text())
		}
		if l := s.lines("-111/111"); len(l) != 1 {
			t.Errorf("%dx%d: it is not told which rows are in sight:\n%s", size.w, size.h, s.text())
		}
		if got := len(s.lines("sleep/299")); got == 0 {
			t.Errorf("%dx%d: the last row is out of sight:\n%s", size.w, size.h, s.text())
		}
		s.press(keys.Back)
		if got := s.lines("Esc shows all"); len(got) > 0 {
			t.Errorf("%dx%d: the filter is gone, and the screen says %q", size.w, size.h, got)
		}
	}
}

// A screen that begins with the filter of the one before says so.
func TestAFilterOfTheScreenBefore(t *testing.T) {
	s := newScreen(farm(), 40, 9)
	s.Arrange("", "worker-3")
	if got := s.lines("  /worker-3  2 of 11  Esc shows all"); len(got) != 1 {
		t.Errorf("it is not said:\n%s", s.text())
	}
	s.Arrange("", "a name of which a terminal of forty cells shows no more than the begin")
	if got := s.lines("… "); len(got) != 1 || !strings.HasSuffix(got[0], "  0 of 11") {
		t.Errorf("of a long one the count is cut:\n%s", s.text())
	}
	if got := s.lines("no name matches"); len(got) != 1 {
		t.Errorf("it is not said that nothing matches:\n%s", s.text())
	}
}

// A click below the line of the filter selects the row that is there.
func TestAClickBelowTheFilter(t *testing.T) {
	s := newScreen(farm(), 120, 37)
	s.typed("sleep/2", true)
	for y, want := range map[int]string{1: "›sleep/2 worker-1 worker-2", 3: "sleep/2 ›worker-1 worker-2"} {
		s.Handle(keys.Intent{Verb: keys.Top})
		s.Handle(keys.Intent{Verb: keys.Click, X: 5, Y: y})
		if got := s.shown(); got != want {
			t.Errorf("a click on line %d: %s", y, got)
		}
	}
}
