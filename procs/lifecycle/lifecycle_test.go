package lifecycle

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/muster/procs"
)

var t0 = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func spec(change func(*procs.Spec)) procs.Spec {
	s := procs.Spec{Name: "p", Argv: []string{"true"}}.WithDefaults()
	if change != nil {
		change(&s)
	}
	return s
}

// drive feeds inputs one second apart and returns the states and actions as text.
func drive(t *testing.T, s Slot, inputs ...Input) (Slot, string) {
	t.Helper()
	var story []string
	now := t0
	for _, in := range inputs {
		now = now.Add(time.Second)
		if st, ok := in.(Started); ok && st.At.IsZero() {
			in = Started{At: now}
		}
		next, actions, err := s.Next(in, now, 0.5)
		if err != nil {
			story = append(story, "refused: "+err.Error())
			continue
		}
		line := string(next.State)
		for _, a := range actions {
			line += fmt.Sprintf(" %T%v", a, a)
		}
		story = append(story, strings.ReplaceAll(line, "lifecycle.", ""))
		s = next
	}
	return s, strings.Join(story, "\n")
}

func exit(code int) Exited { return Exited{procs.Exit{Code: code}} }

func TestNext(t *testing.T) {
	onFailure := func(s *procs.Spec) { s.Restart.When = procs.RestartOnFailure; s.Restart.Max = 1 }
	lacking := StartFailed{procs.Exit{Code: 1, StartError: "too many open files", Lacks: procs.LacksFiles}}
	tests := []struct {
		name   string
		spec   procs.Spec
		inputs []Input
		want   string
	}{
		{
			"a run that ends well stays ended", spec(nil),
			[]Input{Start{}, Started{}, exit(0), Cleared{}},
			"starting Spawn{}\nrunning\nrunning ClearDescendants{SIGTERM}\nexited",
		},
		{
			"a command that cannot be started fails at once, whatever the policy", spec(func(s *procs.Spec) { s.Restart.When = procs.RestartAlways }),
			[]Input{Start{}, StartFailed{procs.Exit{Code: 127, StartError: "not found: x"}}, Tick{}},
			"starting Spawn{}\nfailed\nfailed",
		},
		{
			"for want of descriptors it is tried again by the policy, but only so often", spec(onFailure),
			[]Input{Start{}, lacking, Tick{}, lacking},
			"starting Spawn{}\nbacking_off\nstarting Spawn{}\nfailed",
		},
		{
			"without a policy it fails for want of descriptors", spec(nil),
			[]Input{Start{}, lacking},
			"starting Spawn{}\nfailed",
		},
		{
			"stop signals, then kills when the grace is over", spec(func(s *procs.Spec) { s.Stop.Grace = time.Second }),
			[]Input{Start{}, Started{}, Stop{}, Tick{}, Exited{procs.Exit{Signal: procs.SIGKILL}}, Cleared{}},
			"starting Spawn{}\nrunning\nstopping SignalGroup{SIGTERM}\nstopping KillTree{}\nstopping ClearDescendants{SIGTERM}\nstopped",
		},
		{
			"a second stop kills", spec(nil),
			[]Input{Start{}, Started{}, Stop{}, Stop{}},
			"starting Spawn{}\nrunning\nstopping SignalGroup{SIGTERM}\nstopping KillTree{}",
		},
		{
			"a stop while it starts takes effect once it has", spec(nil),
			[]Input{Start{}, Stop{}, Started{}},
			"starting Spawn{}\nstopping\nstopping SignalGroup{SIGTERM}",
		},
		{
			"a failure is restarted, but only so often", spec(onFailure),
			[]Input{Start{}, Started{}, exit(1), Cleared{}, Tick{}, Started{}, exit(1), Cleared{}, Tick{}},
			"starting Spawn{}\nrunning\nrunning ClearDescendants{SIGTERM}\nbacking_off\nstarting Spawn{}\nrunning\nrunning ClearDescendants{SIGTERM}\nfailed\nfailed",
		},
		{
			"on-failure leaves a good end alone", spec(onFailure),
			[]Input{Start{}, Started{}, exit(0), Cleared{}},
			"starting Spawn{}\nrunning\nrunning ClearDescendants{SIGTERM}\nexited",
		},
		{
			"restart ends the run before it starts the next", spec(nil),
			[]Input{Start{}, Started{}, Restart{}, exit(0), Cleared{}},
			"starting Spawn{}\nrunning\nstopping SignalGroup{SIGTERM}\nstopping ClearDescendants{SIGTERM}\nstarting Spawn{}",
		},
		{
			"start is refused while it runs, stop while it does not", spec(nil),
			[]Input{Stop{}, Start{}, Started{}, Start{}},
			"refused: it is not running\nstarting Spawn{}\nrunning\nrefused: it is running already",
		},
		{
			"stopped before it has begun, and started all the same", spec(nil),
			[]Input{Start{}, Stop{}, Start{}, Started{}},
			"starting Spawn{}\nstopping\nstarting\nrunning",
		},
		{
			"killed before it has begun, and started all the same", spec(nil),
			[]Input{Start{}, Kill{}, Start{}, Started{}},
			"starting Spawn{}\nstopping\nstarting\nrunning",
		},
		{
			"scaled away before it has begun, then killed and started", spec(nil),
			[]Input{Start{}, Remove{}, Kill{}, Start{}},
			"starting Spawn{}\nstopping\nstopping\nrefused: it has been scaled away",
		},
		{
			"scaled away before it has begun, then stopped and restarted", spec(nil),
			[]Input{Start{}, Remove{}, Stop{}, Restart{}, Started{}, exit(0), Cleared{}, Start{}},
			"starting Spawn{}\nstopping\nrefused: it has been scaled away\nrefused: it has been scaled away\nstopping SignalGroup{SIGTERM}\nstopping ClearDescendants{SIGTERM}\nstopped\nrefused: it has been scaled away",
		},
		{
			"scaled away: stopped, then forgotten", spec(nil),
			[]Input{Start{}, Started{}, Remove{}, exit(0), Cleared{}, Start{}},
			"starting Spawn{}\nrunning\nstopping SignalGroup{SIGTERM}\nstopping ClearDescendants{SIGTERM}\nstopped\nrefused: it has been scaled away",
		},
		{
			"daemons are kept on request", spec(func(s *procs.Spec) { s.KeepDaemons = true }),
			[]Input{Start{}, Started{}, exit(0), Cleared{}},
			"starting Spawn{}\nrunning\nrunning Settle{}\nexited",
		},
		{
			"descendants that ignore the signal are killed", spec(func(s *procs.Spec) { s.Stop.Grace = time.Second }),
			[]Input{Start{}, Started{}, exit(0), Tick{}, Cleared{}},
			"starting Spawn{}\nrunning\nrunning ClearDescendants{SIGTERM}\nrunning KillTree{}\nexited",
		},
		{
			"kill ends at once and is not undone by the policy", spec(func(s *procs.Spec) { s.Restart.When = procs.RestartAlways }),
			[]Input{Start{}, Started{}, Kill{}, Exited{procs.Exit{Signal: procs.SIGKILL}}, Cleared{}},
			"starting Spawn{}\nrunning\nstopping KillTree{}\nstopping ClearDescendants{SIGTERM}\nstopped",
		},
		{
			"kill in the middle of a restart is the end", spec(nil),
			[]Input{Start{}, Started{}, Restart{}, Kill{}, Exited{procs.Exit{Signal: procs.SIGKILL}}, Cleared{}},
			"starting Spawn{}\nrunning\nstopping SignalGroup{SIGTERM}\nstopping KillTree{}\nstopping ClearDescendants{SIGTERM}\nstopped",
		},
		{
			"also while descendants are being ended", spec(nil),
			[]Input{Start{}, Started{}, Restart{}, Exited{procs.Exit{Signal: procs.SIGTERM}}, Kill{}, Cleared{}},
			"starting Spawn{}\nrunning\nstopping SignalGroup{SIGTERM}\nstopping ClearDescendants{SIGTERM}\nstopping KillTree{}\nstopped",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, got := drive(t, New(tt.spec, t0), tt.inputs...); got != tt.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, tt.want)
			}
		})
	}
}

func TestStayingUpClearsTheCount(t *testing.T) {
	s := New(spec(func(s *procs.Spec) {
		s.Restart = procs.RestartPolicy{When: procs.RestartAlways, Max: 2, Backoff: time.Second, BackoffMax: time.Minute, ResetAfter: 10 * time.Second}
	}), t0)
	now := t0
	run := func(lasts time.Duration) {
		t.Helper()
		in := Input(Tick{})
		if s.State == procs.Stopped {
			in = Start{}
		}
		for _, step := range []Input{in, Started{At: now}, exit(1), Cleared{}} {
			if _, ok := step.(Exited); ok {
				now = now.Add(lasts)
			}
			var err error
			if s, _, err = s.Next(step, now, 0.5); err != nil {
				t.Fatal(err)
			}
		}
		now = s.NextTry
	}
	run(time.Second)
	run(time.Second)
	run(time.Minute) // clears the count
	run(time.Second)
	if s.State != procs.BackingOff || s.Restarts != 4 {
		t.Fatalf("state %s after %d restarts, want backing_off after 4", s.State, s.Restarts)
	}
	run(time.Second)
	if s.State != procs.Failed {
		t.Fatalf("state %s, want failed: two restarts in a row are allowed", s.State)
	}
}

func TestBackoffDoublesUpToItsMaximum(t *testing.T) {
	p := procs.RestartPolicy{Backoff: 100 * time.Millisecond, BackoffMax: time.Second}
	for n, want := range map[int]time.Duration{1: 100, 2: 200, 3: 400, 4: 800, 5: 1000, 60: 1000} {
		if got := Backoff(p, n, 0.5); got != want*time.Millisecond {
			t.Errorf("restart %d waits %v, want %v", n, got, want*time.Millisecond)
		}
	}
	if lo, hi := Backoff(p, 1, 0), Backoff(p, 1, 1); lo != 90*time.Millisecond || hi != 110*time.Millisecond {
		t.Errorf("jitter spans %v to %v, want 90ms to 110ms", lo, hi)
	}
}

func TestAPauseMovesTheDeadlines(t *testing.T) {
	s, _ := drive(t, New(spec(nil), t0), Start{}, Started{}, Stop{})
	before := s.Deadline()
	if got := s.Resume(t0.Add(time.Hour), t0.Add(time.Hour+time.Minute)).Deadline(); got != before.Add(time.Minute) {
		t.Errorf("deadline %v after a pause of a minute, want %v", got, before.Add(time.Minute))
	}
}

// TestADeadlineOfAPauseMovesByTheRestOfIt: what was set in the last minute of an
// hour's pause has stood still for a minute.
func TestADeadlineOfAPauseMovesByTheRestOfIt(t *testing.T) {
	paused, now := t0.Add(-time.Hour), t0.Add(4*time.Second+time.Minute)
	stopped, _ := drive(t, New(spec(nil), t0), Hold{"x"}, Start{}, Started{}, Stop{})
	backs := spec(func(s *procs.Spec) { s.Restart.When = procs.RestartAlways })
	off, _ := drive(t, New(backs, t0), Start{}, Started{}, exit(1), Cleared{})
	for what, s := range map[string]Slot{"a grace": stopped, "a backoff": off} {
		if got, want := s.Resume(paused, now).Deadline().Sub(s.Deadline()), time.Minute; got != want || s.Deadline().IsZero() {
			t.Errorf("%s moves by %v, want %v", what, got, want)
		}
	}
	c := NewCheck(procs.Probe{Exec: []string{"true"}, Every: time.Second, Failures: 3}, paused).Trying().Again(now.Add(-time.Minute))
	if got := c.Resume(paused, now).Deadline().Sub(c.Deadline()); got != time.Minute {
		t.Errorf("a probe moves by %v, want 1m", got)
	}
}

// TestKilledBeforeItStarted: a slot that is killed while its start is under way
// has nothing to wait for but that start, and a start that was given up for it
// leaves it stopped, or begins anew if it was asked for meanwhile.
func TestKilledBeforeItStarted(t *testing.T) {
	s, _ := drive(t, New(spec(nil), t0), Start{}, Kill{})
	if !s.Deadline().IsZero() {
		t.Errorf("it wants a tick at %v", s.Deadline())
	}
	if _, actions, err := s.Next(Started{}, t0, 0); err != nil || !slices.Contains(actions, Action(KillTree{})) {
		t.Errorf("once it has started: %v, %v", actions, err)
	}
	for name, tt := range map[string]struct {
		in      []Input
		state   procs.State
		spawns  bool
		removed bool
	}{
		"killed":           {[]Input{Kill{}}, procs.Stopped, false, false},
		"stopped":          {[]Input{Stop{}}, procs.Stopped, false, false},
		"scaled away":      {[]Input{Remove{}}, procs.Stopped, false, true},
		"wanted after all": {[]Input{Stop{}, Start{}}, procs.Starting, true, false},
		"to be restarted":  {[]Input{Stop{}, Restart{}}, procs.Starting, true, false},
	} {
		s, _ := drive(t, New(spec(nil), t0), append([]Input{Start{}}, tt.in...)...)
		s, actions, err := s.Next(GivenUp{}, t0, 0)
		if spawns := slices.Contains(actions, Action(Spawn{})); err != nil || s.State != tt.state || spawns != tt.spawns || s.Removed != tt.removed {
			t.Errorf("%s: %s, spawns %v, removed %v, %v", name, s.State, spawns, s.Removed, err)
		}
	}
}

// TestARestartAfterAKillThatCameBeforeTheStart is not lost, and a kill after it is not either.
func TestARestartAfterAKillThatCameBeforeTheStart(t *testing.T) {
	for state, in := range map[procs.State][]Input{
		procs.Starting: {Kill{}, Restart{}},
		procs.Stopped:  {Kill{}, Restart{}, Kill{}},
	} {
		in = append(append([]Input{Start{}}, in...), Started{At: t0}, Exited{}, Cleared{})
		if s, _ := drive(t, New(spec(nil), t0), in...); s.State != state {
			t.Errorf("after %T it is %s, not %s", in, s.State, state)
		}
	}
}

// FuzzNext plays any sequence of commands against a world that answers as a
// real one would, and checks the package's promises.
func FuzzNext(f *testing.F) {
	f.Add([]byte{0, 5, 1, 7, 8})
	f.Add([]byte{0, 5, 7, 8, 9, 5, 3, 7, 8, 5, 4, 9, 7, 8})
	f.Add([]byte{0, 1, 5, 9, 9, 7, 9, 8})
	f.Fuzz(func(t *testing.T, story []byte) {
		s := New(spec(func(s *procs.Spec) { s.Restart.When = procs.RestartOnFailure; s.Restart.Max = 3 }), t0)
		now, leader, remains := t0, false, false
		for _, b := range story {
			now = now.Add(time.Duration(b) * 50 * time.Millisecond)
			in := []Input{
				Start{},
				Stop{},
				Kill{},
				Restart{},
				Remove{},
				Started{now},
				StartFailed{procs.Exit{StartError: "no"}},
				exit(int(b) % 2),
				Cleared{},
				Tick{},
				Hold{"waits"},
				Release{},
				Block{"in vain"},
				Unhealthy{Why: "no"},
				GivenUp{},
			}[b%15]
			next, actions, err := s.Next(in, now, 0.5)
			if err != nil {
				continue
			}
			switch in.(type) {
			case Started:
				leader = true
			case Exited:
				leader, remains = false, true
			case Cleared:
				remains = false
			}
			for _, a := range actions {
				if _, ok := a.(Spawn); ok && (leader || remains) {
					t.Fatalf("spawn while leader=%v descendants=%v, state %s", leader, remains, s.State)
				}
			}
			checkHeld(t, s, next, in, actions)
			if s.then == wishRemove && s.Live() && next.then != wishRemove && !next.Removed {
				t.Fatalf("%T makes a slot stay that has been scaled away", in)
			}
			if next.State == procs.Stopping && next.phase == ending && next.killAt.IsZero() && s.phase == up {
				if _, ok := in.(Kill); !ok {
					t.Fatalf("a stop without an end to its grace")
				}
			}
			s = next
		}
		endsAfterStop(t, s, now)
	})
}

// checkHeld checks that what waits starts only when it is released or asked
// for, has no process, and says so.
func checkHeld(t *testing.T, before, after Slot, in Input, actions []Action) {
	t.Helper()
	if before.Held() || before.Blocked() {
		switch in.(type) {
		case Start, Restart, Release:
		default:
			if len(actions) > 0 {
				t.Fatalf("%T makes a slot that waits do %v", in, actions)
			}
		}
	}
	if after.Held() && (after.State != procs.Starting || after.Reason == "" || after.Live() || !after.Deadline().IsZero()) {
		t.Fatalf("held, but %s (%q), live %v, deadline %v", after.State, after.Reason, after.Live(), after.Deadline())
	}
	if after.Blocked() && (after.State != procs.Failed || after.Live()) {
		t.Fatalf("blocked, but %s, live %v", after.State, after.Live())
	}
}

// endsAfterStop stops the slot and checks that an obedient world reaches a
// settled state with no further command.
func endsAfterStop(t *testing.T, s Slot, now time.Time) {
	t.Helper()
	next, _, err := s.Next(Stop{}, now, 0.5)
	if err != nil && !errors.Is(err, ErrNotLive) && !errors.Is(err, ErrRemoved) {
		t.Fatal(err)
	}
	if err == nil {
		s = next
	}
	for range 12 {
		if !s.Live() && !s.Held() && s.State != procs.BackingOff {
			return
		}
		in := map[phase]Input{starting: Started{now}, up: Stop{}, ending: exit(0), clearing: Cleared{}}[s.phase]
		if s.phase == idle {
			in = Stop{}
		}
		if s, _, err = s.Next(in, now, 0.5); err != nil {
			t.Fatal(err)
		}
	}
	t.Fatalf("still %s", s.State)
}
