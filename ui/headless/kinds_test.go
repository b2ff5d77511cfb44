package headless

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"example.com/muster/procs"
)

// TestKinds: of one kind of crash in a slot three are told one by one, and then how many more there
// were, ever more seldom; no kind hides another, and no crash is lost.
func TestKinds(t *testing.T) {
	start := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	crash := func(slot int, kind string, pid int) procs.Event {
		return procs.Event{Type: procs.EventCrash, ID: procs.ID{Pool: "p", Slot: slot}, PID: pid, Label: "w", Text: kind + " it is", Kind: kind}
	}
	k := kinds{}
	told, summed := map[string]int{}, map[string]int{}
	words := 0
	sum := func(now time.Time, all bool) {
		for _, h := range k.due(now, all) {
			words++
			summed[h.event.Kind] += h.count
		}
	}
	const n = 1200
	now := start
	for i := range n { // a minute
		now = start.Add(time.Duration(i) * 50 * time.Millisecond)
		kinds := []string{"a"}
		if i%100 == 0 {
			kinds = append(kinds, "b")
		}
		for _, kind := range kinds {
			if !k.holds(crash(0, kind, i), now) {
				told[kind]++
			}
		}
		sum(now, false)
	}
	sum(now, true)
	if told["a"] != oneByOne || told["a"]+summed["a"] != n || told["b"] != oneByOne || told["b"]+summed["b"] != n/100 {
		t.Errorf("told %v one by one, %v together", told, summed)
	}
	if words > 14 {
		t.Errorf("%d words on what was held back in a minute", words)
	}
	if len(k.due(now, true)) > 0 {
		t.Error("told twice")
	}
	if k.holds(crash(1, "a", 1), now) {
		t.Error("a crash of another slot is held back")
	}
	if k.holds(crash(0, "a", 1), now.Add(summedMost+time.Second)) {
		t.Error("a crash is held back that comes long after the others")
	}
	if k.holds(procs.Event{Type: procs.EventState, ID: procs.ID{Pool: "p"}, Text: "a it is"}, now) {
		t.Error("something else than a crash is held back")
	}
	h := held{crash(0, "a", 9), 40, 2 * time.Second}
	if got := h.String(); got != "p/0: a it is: 40 more of this kind in 2s" {
		t.Error(got)
	}
}

// TestKindsAreBounded: a program with very many kinds of crashes does not make them grow for ever.
func TestKindsAreBounded(t *testing.T) {
	k, now := kinds{}, time.Now()
	for i := range 3 * maxKinds {
		e := procs.Event{Type: procs.EventCrash, Kind: fmt.Sprint(i)}
		if k.holds(e, now.Add(time.Duration(i)*10*time.Millisecond)) {
			t.Fatal("a new kind is held back")
		}
	}
	if len(k) > 2*maxKinds {
		t.Errorf("%d kinds", len(k))
	}
	if s := (held{procs.Event{Text: "a\x1b[31m"}, 2, 0}).String(); strings.Contains(s, "\x1b") {
		t.Errorf("%q", s)
	}
}
