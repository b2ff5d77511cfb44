package lifecycle

import (
	"testing"
	"time"

	"example.com/muster/procs"
)

func TestHolding(t *testing.T) {
	why := Hold{Why: "waits for db: ready"}
	tests := []struct {
		name   string
		inputs []Input
		want   string
	}{
		{
			"held, then released",
			[]Input{why, Release{}, Started{}},
			"starting\nstarting Spawn{}\nrunning",
		},
		{
			"blocked, then held again, then released",
			[]Input{why, Block{"waits for db: ready, but it failed"}, why, Release{}},
			"starting\nfailed\nstarting\nstarting Spawn{}",
		},
		{
			"blocked, then released",
			[]Input{why, Block{"no"}, Release{}},
			"starting\nfailed\nstarting Spawn{}",
		},
		{
			"started by hand",
			[]Input{why, Start{}},
			"starting\nstarting Spawn{}",
		},
		{
			"started by hand although blocked",
			[]Input{why, Block{"no"}, Restart{}, Release{}},
			"starting\nfailed\nstarting Spawn{}\nrefused: it waits for nothing",
		},
		{
			"a stop ends the waiting",
			[]Input{why, Stop{}, Release{}, Stop{}},
			"starting\nstopped\nrefused: it waits for nothing\nrefused: it is not running",
		},
		{
			"a stop ends being blocked, too",
			[]Input{why, Block{"no"}, Stop{}, Release{}},
			"starting\nfailed\nstopped\nrefused: it waits for nothing",
		},
		{
			"a kill ends the waiting",
			[]Input{why, Kill{}},
			"starting\nstopped",
		},
		{
			"scaled away while it waits",
			[]Input{why, Remove{}, Release{}},
			"starting\nstopped\nrefused: it has been scaled away",
		},
		{
			"what runs does not wait",
			[]Input{Start{}, Started{}, why, Block{"no"}},
			"starting Spawn{}\nrunning\nrefused: it is running already\nrefused: it waits for nothing",
		},
		{
			"time changes nothing",
			[]Input{why, Tick{}, Block{"no"}, Tick{}},
			"starting\nstarting\nfailed\nfailed",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, got := drive(t, New(spec(nil), t0), tt.inputs...); got != tt.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, tt.want)
			}
		})
	}
}

func TestAHeldSlotSaysWhatItWaitsFor(t *testing.T) {
	s, _ := drive(t, New(spec(nil), t0), Hold{Why: "waits for db: ready"}, Hold{Why: "waits for db: ready, exec ./check exits 1 (3 of 3)"})
	if s.Reason != "waits for db: ready, exec ./check exits 1 (3 of 3)" || !s.Held() || s.Live() {
		t.Errorf("got %q, held %v, live %v", s.Reason, s.Held(), s.Live())
	}
	if want := t0.Add(time.Second); s.Since != want {
		t.Errorf("waits since %v, want %v: other words are no other state", s.Since, want)
	}
	if s, _ = drive(t, s, Release{}); s.Reason != "" {
		t.Errorf("reason %q after the release", s.Reason)
	}
}

func TestARunThatDoesNotAnswerIsStartedAgain(t *testing.T) {
	never := spec(func(s *procs.Spec) { s.Restart.Max = 1 })
	bad := Unhealthy{Why: "exec ./check exits 1 (3 of 3)"}
	asked := Exited{procs.Exit{Signal: procs.SIGTERM}}
	s, story := drive(t, New(never, t0), Start{}, Started{}, bad, bad, asked, Cleared{})
	want := "starting Spawn{}\nrunning\nstopping SignalGroup{SIGTERM}\nrefused: it is not running\nstopping ClearDescendants{SIGTERM}\nbacking_off"
	if story != want || s.Reason != "live: exec ./check exits 1 (3 of 3)" || s.Restarts != 1 {
		t.Fatalf("got:\n%s\n(%s, %d restarts), want:\n%s", story, s.Reason, s.Restarts, want)
	}
	s.NextTry = t0
	s, _ = drive(t, s, Tick{}, Started{}, bad, asked, Cleared{})
	if want := "crash loop: live: exec ./check exits 1 (3 of 3) after 1 restart"; s.State != procs.Failed || s.Reason != want {
		t.Errorf("got %s (%s), want failed (%s)", s.State, s.Reason, want)
	}
}

func TestAStopMeanwhileKeepsAnUnhealthyRunFromStartingAgain(t *testing.T) {
	s, story := drive(t, New(spec(nil), t0), Start{}, Started{}, Unhealthy{Why: "no"}, Stop{}, exit(0), Cleared{})
	if s.State != procs.Stopped {
		t.Errorf("got:\n%s", story)
	}
}

func TestHavingAnsweredForLongClearsTheCount(t *testing.T) {
	s := New(spec(func(s *procs.Spec) { s.Restart.Max = 1 }), t0)
	for range 3 { // each of them was well for longer than ResetAfter
		s.NextTry = t0
		if s.State == procs.Stopped {
			s, _ = drive(t, s, Start{})
		} else {
			s, _ = drive(t, s, Tick{})
		}
		s, _ = drive(t, s, Started{}, Unhealthy{"no", t0.Add(time.Minute)}, exit(0), Cleared{})
		if s.State != procs.BackingOff {
			t.Fatalf("got %s (%s), want backing_off", s.State, s.Reason)
		}
	}
}

func TestStopToTheLeaderAlone(t *testing.T) {
	_, story := drive(t, New(spec(func(s *procs.Spec) { s.Stop.ToLeader = true; s.Stop.Grace = time.Second }), t0),
		Start{}, Started{}, Stop{}, Tick{})
	if want := "starting Spawn{}\nrunning\nstopping SignalLeader{SIGTERM}\nstopping KillTree{}"; story != want {
		t.Errorf("got:\n%s\nwant:\n%s", story, want)
	}
}

func TestCheck(t *testing.T) {
	p := procs.Probe{Exec: []string{"./check"}, Delay: time.Second, Every: 2 * time.Second, Failures: 3}
	c := NewCheck(p, t0)
	if c.Deadline() != t0.Add(time.Second) || c.Passed {
		t.Fatalf("got %+v", c)
	}
	now := t0
	try := func(why string) Check {
		now = now.Add(time.Minute) // as if the machine had slept
		c = c.Trying()
		if !c.Deadline().IsZero() {
			t.Fatal("a second try is due while one is under way")
		}
		c = c.Tried(why, now)
		if c.Deadline() != now.Add(2*time.Second) {
			t.Fatalf("the next try is due at %v, want one interval after the last", c.Deadline())
		}
		return c
	}
	for i, step := range []struct {
		why    string
		passed bool
		says   string
	}{
		{"x exits 1", false, "x exits 1 (1 of 3)"},
		{"x exits 1", false, "x exits 1 (2 of 3)"},
		{"x exits 1", false, "x exits 1 (3 of 3)"},
		{"x exits 2", false, "x exits 2 (3 of 3)"},
		{"", true, ""},
		{"x exits 1", true, "x exits 1 (1 of 3)"},
		{"", true, ""},
		{"x exits 1", true, "x exits 1 (1 of 3)"},
		{"x exits 1", true, "x exits 1 (2 of 3)"},
		{"x exits 1", false, "x exits 1 (3 of 3)"},
		{"", true, ""},
	} {
		if got := try(step.why); got.Passed != step.passed || got.Why != step.says {
			t.Errorf("step %d: passed %v %q, want %v %q", i, got.Passed, got.Why, step.passed, step.says)
		}
	}
}
