package remote

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"example.com/muster/procs"
	"example.com/muster/session"
)

// A session that ends in good order says with which code; what was known of it
// stays, and nothing more can be asked.
func TestTheEndOfASession(t *testing.T) {
	st := play(t, nil, shell("p", 1, "echo last; exit 3"))
	s := st.attach(t)
	await(t, s, "the end", func(snap *procs.Snapshot) bool { return snap.Ended && len(s.Found().Crashes) == 1 })
	newest := procs.Query{From: procs.NewestLine, Backward: true, Max: 1}
	if _, err := s.Output(newest); err != nil {
		t.Fatal(err)
	}
	if _, ok := s.End(); ok || s.Lost() {
		t.Error("it counts as ended while it can still be asked")
	}
	st.end(3)
	select {
	case <-s.Ended():
	case <-time.After(patience):
		t.Fatal("nobody was told")
	}
	if code, ok := s.End(); !ok || code != 3 || s.Lost() {
		t.Errorf("code %d, %v, lost: %v", code, ok, s.Lost())
	}
	if err := s.Do(context.Background(), procs.Restart{}); !errors.Is(err, ErrEnded) {
		t.Errorf("a command: %v", err)
	}
	if _, err := s.Ask(context.Background(), session.PlanQuestion{}); !errors.Is(err, ErrEnded) {
		t.Errorf("a plan: %v", err)
	}
	if page, err := s.Output(newest); err != nil || len(page.Lines) != 1 || string(page.Lines[0].Text) != "last" {
		t.Errorf("what was on the screen is gone: %+v, %v", page, err)
	}
	if _, err := s.Output(procs.Query{From: 77, Max: 1}); !errors.Is(err, ErrEnded) {
		t.Errorf("what was never asked: %v", err)
	}
	if snap := s.Snapshot(); !snap.Ended || !snap.Stopping || len(s.Found().Crashes) != 1 {
		t.Errorf("the last state: %+v", snap)
	}
}

// A watcher that comes late, or was too slow for a frame, has the same state
// as one that had them all.
func TestWatchersAgree(t *testing.T) {
	st := play(t, nil, shell("p", 3, "exec sleep 1000"))
	first := st.attach(t)
	for n := 4; n < 8; n++ {
		if err := first.Do(context.Background(), procs.Scale{Pool: "p", Size: n}); err != nil {
			t.Fatal(err)
		}
		late := st.attach(t)
		for _, s := range []*Session{first, late} {
			await(t, s, "all to run", func(snap *procs.Snapshot) bool {
				return len(snap.Pools[0].Slots) == n && slot(snap, 0, n-1).State == procs.Running
			})
		}
	}
}

// Frames are read with care: a damaged one is an error, never a panic.
func TestDamagedFrames(t *testing.T) {
	pools := func(n int) procs.Snapshot {
		return procs.Snapshot{Pools: make([]procs.Pool, n)}
	}
	for name, f := range map[string]session.Frame{
		"too few sizes":        {Full: true, Snapshot: pools(2), Sizes: []int{1}},
		"a negative size":      {Full: true, Snapshot: pools(1), Sizes: []int{-1}},
		"an enormous size":     {Full: true, Snapshot: pools(1), Sizes: []int{1 << 40}},
		"a pool that is not":   {Full: true, Snapshot: pools(1), Sizes: []int{1}, Slots: []session.SlotChange{{Pool: 1}}},
		"a slot that is not":   {Full: true, Snapshot: pools(1), Sizes: []int{1}, Slots: []session.SlotChange{{Slot: 1}}},
		"a slot before others": {Full: true, Snapshot: pools(1), Sizes: []int{1}, Slots: []session.SlotChange{{Slot: -1}}},
	} {
		if _, err := f.Apply(nil); err == nil {
			t.Errorf("%s: it is taken for good", name)
		}
	}
	for _, b := range [][]byte{{}, {0, 0}, {0xff, 0xff, 0xff, 0xff}, {0, 0, 0, 4, 1, 2, 3, 4}, {0, 0, 0, 9, 1}} {
		if f, err := session.ReadFrame(bytes.NewReader(b)); err == nil {
			t.Errorf("%v is taken for %+v", b, f)
		}
	}
}
