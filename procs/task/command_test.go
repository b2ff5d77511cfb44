package task

import (
	"os"
	"testing"
	"time"

	"example.com/muster/procs/spawn"
)

// TestKillOfWhatWasJustSent: an item that was sent a moment ago, and may have been begun or
// not, does not outlive a kill of all, nor of itself; the next one is not meant.
func TestKillOfWhatWasJustSent(t *testing.T) {
	guard, err := spawn.StartGuard(spawn.GuardOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = guard.CloseNow(t.Context()) }()
	work := &Command{Guard: guard, Template: ParseTemplate([]string{"sleep", "{}"}, TemplateOptions{}), Environ: os.Environ()}
	events := make(chan event, 10)
	workers, err := work.crew(func(e event) { events <- e })
	if err != nil {
		t.Fatal(err)
	}
	defer workers.close()
	item := func(seconds string) []*Task {
		return []*Task{{Item: &Item{Seq: 1, Text: seconds}, Began: time.Now()}}
	}
	ended := func(of []*Task) *Failure {
		select {
		case e := <-events:
			if len(e.answers) != 1 || e.answers[0].task != of[0] {
				t.Fatalf("another item has ended: %+v", e)
			}
		case <-time.After(20 * time.Second):
			t.Fatal("it runs on")
		}
		return of[0].Item.Out.Failure
	}
	begun := func(c crew) {
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for deadline := time.After(20 * time.Second); c.pid(0) == 0; {
			select {
			case <-tick.C:
			case <-deadline:
				t.Fatal("it is not begun")
			}
		}
	}
	for round := range 20 {
		first, next := item("40"), item("0")
		workers.send(0, first)
		if round%4 > 1 {
			begun(workers)
		}
		if all := round%2 == 0; all {
			workers.kill(0, nil, true)
		} else {
			workers.kill(0, first, true)
		}
		if f := ended(first); f == nil || f.Kind != "withdrawn" && f.Kind != "SIGKILL" {
			t.Errorf("round %d: it has failed by %+v", round, f)
		}
		workers.send(0, next)
		if f := ended(next); f != nil {
			t.Errorf("round %d: the next one has failed by %+v", round, f)
		}
	}
}
