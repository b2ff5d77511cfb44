package session

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"example.com/muster/procs"
)

// read returns the events of a stream, up to and with one that satisfies last.
func read(t *testing.T, c *Client, after uint64, follow bool, last func(EventJSON) bool) []EventJSON {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	body, err := c.Events(ctx, after, follow)
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close() // it was only read
	var events []EventJSON
	for s := bufio.NewScanner(body); s.Scan(); {
		var e EventJSON
		if err := json.Unmarshal(s.Bytes(), &e); err != nil {
			t.Fatalf("%s: %v", s.Bytes(), err)
		}
		events = append(events, e)
		if last(e) {
			break
		}
	}
	return events
}

// Whoever reads the stream again from anywhere in it gets exactly what he has
// not had, in the same order and with the same numbers, also what was read
// while it happened.
func TestEventsResumeByNumber(t *testing.T) {
	spec := procs.Spec{
		Name: "p", Argv: []string{"sh", "-c", "for i in 1 2 3 4 5 6 7 8 9; do echo $i; done; exit 1"}, Size: 2, Output: procs.OutputPipe,
		Restart: procs.RestartPolicy{When: procs.RestartOnFailure, Max: 20, Backoff: 1, BackoffMax: 1},
	}.WithDefaults()
	s, _ := served(t, spec, procs.Spec{Name: "q", Argv: []string{"sh", "-c", "read x; exit"}, Output: procs.OutputPipe}.WithDefaults())
	c := client(t)
	loops := 0
	followed := read(t, c, 0, true, func(e EventJSON) bool {
		if e.Type == "state" && strings.HasPrefix(e.Text, "failed: crash loop") {
			loops++
		}
		return loops == 2
	})
	until(t, "the end", func() bool { return s.Idle() && s.Snapshot().Crashes == 2*21+1 })
	all := read(t, c, 0, false, func(EventJSON) bool { return false })
	if len(all) < 2*21*(9+2) {
		t.Fatalf("%d events", len(all))
	}
	n := uint64(0)
	for _, e := range all {
		if e.Seq <= n || e.Type == "gap" {
			t.Fatalf("event %+v follows number %d", e, n)
		}
		n = e.Seq
	}
	if !slices.Equal(ofAll(followed), ofAll(all[:len(followed)])) {
		t.Error("who follows reads something else than who comes later")
	}
	for i := 0; i < len(all); i += 7 {
		if got := read(t, c, all[i].Seq, false, func(EventJSON) bool { return false }); !slices.Equal(ofAll(got), ofAll(all[i+1:])) {
			t.Fatalf("after %d: %d events, want %d", all[i].Seq, len(got), len(all)-i-1)
		}
	}
	if got := read(t, c, n+1000, false, func(EventJSON) bool { return false }); len(got) != 0 {
		t.Errorf("after the end: %+v", got)
	}
}

func ofAll(events []EventJSON) (texts []string) {
	for _, e := range events {
		texts = append(texts, fmt.Sprint(e.Seq, e.Type, e.Process, e.Text))
	}
	return texts
}

// What the ring of events has let go of is a gap with a number, and reading
// goes on behind it.
func TestEventsThatAreGone(t *testing.T) {
	var lines uint64
	r := eventRing{next: func() uint64 { return lines }}
	for i := range 2*maxEvents + 1 {
		lines = uint64(i) / 10
		r.add(procs.Event{Type: procs.EventState})
	}
	first := uint64(maxEvents)
	p, gone := r.placeAfter(5)
	if want := first + r.dropped; p.seq() != want || gone != want-5 || p.event != first {
		t.Errorf("after 5: %+v with %d gone, want up to %d", p, gone, want)
	}
	events, missed, line, more := r.horizon(p.event)
	if missed != 0 || !more || len(events) != maxBatch || events[0].Seq != first+1 || line != events[maxBatch-1].After {
		t.Errorf("then %d events from %d, %d missed, up to line %d", len(events), events[0].Seq, missed, line)
	}
	for _, e := range []uint64{first + 1, first + 77, 2*maxEvents + 1} {
		at := r.events[e-first-1]
		if p, gone := r.placeAfter(e + at.After); gone != 0 || p.event != e || p.line != at.After {
			t.Errorf("after event %d: %+v, %d gone; want line %d", e, p, gone, at.After)
		}
	}
}

func TestEventsOfSomeTypes(t *testing.T) {
	s, _ := served(t, procs.Spec{Name: "p", Argv: []string{"sh", "-c", "echo out; exit 3"}, Output: procs.OutputPipe}.WithDefaults())
	until(t, "the end", func() bool { return s.Idle() && s.Snapshot().Crashes == 1 })
	body, err := client(t).Events(context.Background(), 0, false, "exit", "crash")
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close() // it was only read
	var got []string
	for sc := bufio.NewScanner(body); sc.Scan(); {
		var e EventJSON
		if err := json.Unmarshal(sc.Bytes(), &e); err != nil {
			t.Fatal(err)
		}
		got = append(got, e.Type+" "+e.Process+" "+e.Text)
	}
	if want := []string{"exit p/0 exit 3", "crash p/0 exit 3"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// Who looks at the ring knows how far the order is final: what is added later,
// however long ago it happened, stands behind that.
func TestAnEventThatIsAddedLateStandsBehindWhatWasRead(t *testing.T) {
	lines := uint64(100)
	r := eventRing{next: func() uint64 { return lines }}
	_, _, final, _ := r.horizon(0)
	lines = 150
	r.add(procs.Event{Type: procs.EventExit, After: 40}) // it was looked at when there were 40
	if e := r.events[0]; e.After < final {
		t.Errorf("it stands before line %d, though all up to %d may have been read", e.After, final)
	}
}
