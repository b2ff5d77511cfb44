package lifecycle

import (
	"strings"
	"testing"

	"example.com/muster/procs"
)

func TestJudge(t *testing.T) {
	db := spec(func(s *procs.Spec) { s.Name = "db" })
	disabled := db
	disabled.Disabled = true
	always, bounded := db, db
	always.Restart.When = procs.RestartAlways
	bounded.Restart = procs.RestartPolicy{When: procs.RestartAlways, Max: 3}
	peer := func(state procs.State, change func(*Peer)) Peer {
		p := Peer{}
		p.ID.Pool, p.State, p.Ready = "db", state, state == procs.Running
		if change != nil {
			change(&p)
		}
		return p
	}
	ended := func(code int) Peer {
		return peer(procs.Exited, func(p *Peer) { p.LastExit = &procs.Exit{Code: code}; p.Reason = p.LastExit.String() })
	}
	because := func(state procs.State, reason string) Peer {
		return peer(state, func(p *Peer) { p.Reason = reason; p.Ready = false; p.Probed = true })
	}
	const (
		isSo  = "met"
		waits = "waits for db: "
	)
	tests := []struct {
		name string
		on   procs.Condition
		spec *procs.Spec
		peer Peer
		want string
	}{
		{"runs", procs.OnStarted, &db, peer(procs.Running, nil), isSo},
		{"has run", procs.OnStarted, &db, ended(1), isSo},
		{"between two runs", procs.OnStarted, &db, because(procs.BackingOff, "exit 1"), isSo},
		{"is being exec'd", procs.OnStarted, &db, peer(procs.Starting, nil), waits + "started"},
		{"will begin", procs.OnStarted, &db, peer(procs.Stopped, func(p *Peer) { p.Soon = true }), waits + "started"},
		{"is stopped", procs.OnStarted, &db, peer(procs.Stopped, nil), waits + "started, but db/0 is stopped"},
		{"is disabled", procs.OnStarted, &disabled, peer(procs.Stopped, nil), waits + "started, but db is disabled"},
		{"is disabled and was started by hand", procs.OnStarted, &disabled, peer(procs.Running, nil), isSo},
		{"is not there", procs.OnStarted, nil, Peer{}, waits + "started, but there is no such pool"},
		{"cannot be started", procs.OnStarted, &db, because(procs.Failed, "not found: pg"), waits + "started, but db/0 failed: not found: pg"},
		{"runs without a probe", procs.OnReady, &db, peer(procs.Running, nil), isSo},
		{"ran well, too short to be seen", procs.OnReady, &db, ended(0), isSo},
		{"ended badly", procs.OnReady, &db, ended(3), waits + "ready, but db/0 ended: exit 3"},
		{"answers no", procs.OnReady, &db, because(procs.Running, "not ready: exec ./check exits 1 (3 of 3)"), waits + "ready, exec ./check exits 1 (3 of 3)"},
		{"is started but not ready", procs.OnStarted, &db, because(procs.Running, "not ready: x"), isSo},
		{"starts again", procs.OnReady, &db, because(procs.BackingOff, "exit 1"), waits + "ready, db/0 is started again after exit 1"},
		{"stops", procs.OnReady, &db, because(procs.Stopping, ""), waits + "ready, db/0 is stopping"},
		{"waits itself", procs.OnReady, &db, because(procs.Starting, "waits for disk: succeeded, disk/0 is stopping"), waits + "ready, which waits for disk: succeeded"},
		{"waits itself in vain", procs.OnReady, &db, because(procs.Failed, "waits for disk: succeeded, but disk/0 ended: exit 1"), waits + "ready, but disk/0 ended: exit 1"},
		{"crash loop", procs.OnReady, &db, because(procs.Failed, "crash loop: exit 3 after 5 restarts"), waits + "ready, but db/0 failed: crash loop: exit 3 after 5 restarts"},
		{"still runs", procs.OnCompleted, &db, peer(procs.Running, nil), waits + "completed"},
		{"ended with any code", procs.OnCompleted, &db, ended(3), isSo},
		{"ended for good after restarts", procs.OnCompleted, &bounded, peer(procs.Failed, func(p *Peer) { p.LastExit = &procs.Exit{Code: 3} }), isSo},
		{"never ends", procs.OnCompleted, &always, peer(procs.Running, nil), waits + "completed, but db is started again whenever it ends"},
		{"succeeded", procs.OnSucceeded, &db, ended(0), isSo},
		{"did not", procs.OnSucceeded, &db, ended(1), waits + "succeeded, but db/0 ended: exit 1"},
		{"cannot succeed for good", procs.OnSucceeded, &bounded, peer(procs.Running, nil), waits + "succeeded, but db is started again whenever it ends"},
	}
	for _, tt := range tests {
		t.Run(string(tt.on)+"/"+tt.name, func(t *testing.T) {
			v := Wait([]procs.Dependency{{Pool: "db", On: tt.on}}, func(d procs.Dependency) Verdict {
				return Judge(d.On, tt.spec, []Peer{tt.peer})
			})
			got := v.Why
			if v.Met {
				got = isSo
			}
			if got != tt.want || v.Blocked != strings.Contains(tt.want, ", but ") {
				t.Errorf("got %q (%+v), want %q", got, v, tt.want)
			}
		})
	}
}

func TestAllSlotsOfAPoolCount(t *testing.T) {
	db := spec(func(s *procs.Spec) { s.Name = "db" })
	peers := make([]Peer, 3)
	for i := range peers {
		peers[i].ID = procs.ID{Pool: "db", Slot: i}
		peers[i].State, peers[i].Ready = procs.Running, true
	}
	if v := Judge(procs.OnReady, &db, peers); !v.Met {
		t.Errorf("all ready: got %+v", v)
	}
	peers[1].Ready, peers[1].Reason = false, "not ready: tcp x: connection refused (1 of 3)"
	if v := Judge(procs.OnReady, &db, peers); v.Met || v.Why != "db/1: tcp x: connection refused (1 of 3)" {
		t.Errorf("one is not: got %+v", v)
	}
	peers[1].State, peers[1].Reason = procs.Starting, "waits for disk: ready, tcp x: connection refused (1 of 3)"
	if v := Judge(procs.OnReady, &db, peers); v.Met || v.Why != "db/1 waits for disk: ready" {
		t.Errorf("one waits itself: got %+v", v)
	}
	if v := Judge(procs.OnReady, &db, nil); !v.Met {
		t.Errorf("a pool of none: got %+v", v)
	}
}

func TestWhatBlocksIsToldFirst(t *testing.T) {
	verdicts := map[string]Verdict{"a": {}, "b": {Why: "b/0 is stopping"}, "c": {Met: true}, "d": {Blocked: true, Why: "d/0 is stopped"}}
	judge := func(d procs.Dependency) Verdict { return verdicts[d.Pool] }
	deps := []procs.Dependency{{Pool: "a", On: procs.OnReady}, {Pool: "b", On: procs.OnStarted}, {Pool: "c", On: procs.OnReady}}
	if got, want := Wait(deps, judge).Why, "waits for a: ready; b: started, b/0 is stopping"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	deps = append(deps, procs.Dependency{Pool: "d", On: procs.OnReady})
	if got, want := Wait(deps, judge), (Verdict{Blocked: true, Why: "waits for d: ready, but d/0 is stopped"}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestOrder(t *testing.T) {
	pools := func(list ...string) (specs []procs.Spec) {
		for _, entry := range list { // "api: db cache"
			name, deps, _ := strings.Cut(entry, ":")
			s := procs.Spec{Name: name}
			for _, d := range strings.Fields(deps) {
				s.DependsOn = append(s.DependsOn, procs.Dependency{Pool: d, On: procs.OnStarted})
			}
			specs = append(specs, s)
		}
		return specs
	}
	for _, tt := range []struct{ specs, want string }{
		{"web: api,api: db cache,db,cache", "db cache api web"},
		{"a,b,c", "a b c"},
		{"a: b,b: c,c: a", "cannot: a depends on itself: a -> b -> c -> a"},
		{"z,a: a", "cannot: a depends on itself: a -> a"},
		{"a: b,b: c,c: b", "cannot: b depends on itself: b -> c -> b"},
		{"a: nope", "cannot: a depends on nope, and there is no such pool"},
		{"a,a", "cannot: there are two pools a"},
	} {
		names, err := Order(pools(strings.Split(tt.specs, ",")...))
		got := strings.Join(names, " ")
		if err != nil {
			got = "cannot: " + err.Error()
		}
		if got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.specs, got, tt.want)
		}
	}
}
