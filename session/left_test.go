package session

import (
	"context"
	"testing"
	"time"

	"example.com/muster/procs"
	"example.com/muster/procs/tree"
)

// TestLineLeftByADescendant: the line that a process left without a newline ends
// when it does, though its slot lives on, at the time at which it was printed.
func TestLineLeftByADescendant(t *testing.T) {
	spec := procs.Spec{
		Name: "p", Argv: []string{"sh", "-c", "(printf left; sleep 0.2) & wait; exec sleep 1000"}, Output: procs.OutputByWriter,
	}.WithDefaults()
	s, _ := served(t, spec)
	var first, last procs.Line
	until(t, "the line to have ended", func() bool {
		page, err := s.Output(procs.Query{Source: procs.SlotSource(procs.ID{Pool: "p"}), Max: 9})
		if err != nil || len(page.Lines) > 1 {
			t.Fatalf("%d lines, %v", len(page.Lines), err)
		}
		if len(page.Lines) == 1 {
			last = page.Lines[0]
		}
		if last.Partial && first.PID == 0 {
			first = last
		}
		return last.PID != 0 && !last.Partial
	})
	if string(last.Text) != "left" || !last.At.Equal(first.At) || last.PID != first.PID {
		t.Errorf("the line of %d at %v has become %q of %d at %v", first.PID, first.At, last.Text, last.PID, last.At)
	}
	if slot := s.Snapshot().Pools[0].Slots[0]; slot.State != procs.Running {
		t.Errorf("the slot is %s by then", slot.State)
	}
}

// Each end is due twice: soon, and for what was read late.
func TestLeftLinesAreDueTwice(t *testing.T) {
	var q leftLines
	now := time.Unix(100, 0)
	who := procs.PIDRef{PID: 7, StartTime: 1}
	q.add(&tree.Death{Descendant: procs.Descendant{PIDRef: who}}, now)
	for _, step := range []struct {
		after time.Duration
		want  int
	}{{0, 0}, {printedWithin - 1, 0}, {printedWithin, 1}, {printedWithin + 1, 0}, {printedWithin + lateWithin, 1}, {time.Hour, 0}} {
		if got := q.due(now.Add(step.after)); len(got) != step.want || step.want > 0 && got[0].who != who {
			t.Errorf("after %v there are due %v, want %d", step.after, got, step.want)
		}
	}
	ctx, cancel := q.wait(context.Background())
	defer cancel()
	if _, ok := ctx.Deadline(); ok {
		t.Error("nothing is due and the wait ends all the same")
	}
}

func TestNumberGivenAgain(t *testing.T) {
	who := procs.PIDRef{PID: 7, StartTime: 1}
	again := procs.PIDRef{PID: 7, StartTime: 2}
	for name, tt := range map[string]struct {
		list []procs.Descendant
		want bool
	}{
		"nobody":         {nil, false},
		"itself":         {[]procs.Descendant{{PIDRef: who}}, false},
		"another":        {[]procs.Descendant{{PIDRef: procs.PIDRef{PID: 8, StartTime: 2}}}, false},
		"one that lives": {[]procs.Descendant{{PIDRef: who, Exit: &procs.Exit{}}, {PIDRef: again}}, true},
		"one that died":  {[]procs.Descendant{{PIDRef: again, Exit: &procs.Exit{}}}, false},
	} {
		if got := givenAgain(tt.list, who); got != tt.want {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
}
