package ui

import (
	"testing"
	"time"

	"example.com/muster/procs"
	"example.com/muster/profiling/crash"
	"example.com/muster/ui/uitest"
)

// A warning gives the line back: what was so an hour ago must not look like news.
func TestAWarningIsShownForAWhile(t *testing.T) {
	s := newStage(t, uitest.Composed())
	counts := s.status()
	s.session.Change(func(snap *procs.Snapshot) {
		snap.Notices = []procs.Notice{{At: s.now, Text: "the log could not be opened"}, {At: s.now.Add(time.Second), Text: "db/0 is ready"}}
	})
	s.now = s.now.Add(30 * time.Second)
	if got := s.status(); got != "db/0 is ready" {
		t.Errorf("the status line says %q", got)
	}
	s.now = s.now.Add(warnFor)
	s.session.Stir()
	if got := s.status(); got != counts {
		t.Errorf("long after it the status line says %q, want %q", got, counts)
	}
}

func TestWhereNothingHasBeenStarted(t *testing.T) {
	session := uitest.Composed()
	session.Change(func(snap *procs.Snapshot) {
		snap.Ended = true
		snap.Pools = snap.Pools[5:] // the one that is disabled
	})
	if got, want := newStage(t, session).status(), "nothing has been started; s starts what is selected, q leaves"; got != want {
		t.Errorf("the status line says %q, want %q", got, want)
	}
}

// A crash is told on every screen, for a while; one that was there before the
// screen was opened is no news.
func TestACrashIsToldOnEveryScreen(t *testing.T) {
	s := newStage(t, uitest.Composed())
	crashed := func(slot int, at time.Time) {
		s.session.Crash(crash.New(procs.Run{ID: procs.ID{Pool: "web", Slot: slot}, N: 1}, nil, procs.Exit{Code: 3, At: at}, nil, nil))
	}
	counts := s.status()
	crashed(0, s.now)
	if got, want := s.status(), "✗ web/0: exit 3  (5 shows it)"; got != want {
		t.Errorf("the status line says %q, want %q", got, want)
	}
	crashed(1, s.now)
	if got, want := s.status(), "✗ web/1: exit 3  (and 1 more; 5 shows them)"; got != want {
		t.Errorf("the status line says %q, want %q", got, want)
	}
	s.now = s.now.Add(toastFor + time.Second)
	s.session.Stir()
	if got := s.status(); got != counts {
		t.Errorf("long after it the status line says %q, want %q", got, counts)
	}
	old := uitest.Composed()
	old.Crash(crash.New(procs.Run{}, nil, procs.Exit{Code: 3, At: s.now}, nil, nil))
	if got := newStage(t, old).status(); got != counts {
		t.Errorf("of an old crash the status line says %q, want %q", got, counts)
	}
}
