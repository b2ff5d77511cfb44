package cli

import (
	"errors"
	"strings"
	"testing"
	"time"

	"example.com/muster/procs"
	"example.com/muster/session"
)

func is(b bool) *bool { return &b }

func exited(code int) *session.ExitJSON { return &session.ExitJSON{Code: &code} }

// psOf is a session of one process a pool, in the order given.
func psOf(list ...session.ProcessJSON) session.PS {
	var ps session.PS
	for _, p := range list {
		pool := strings.Split(p.Name, "/")[0]
		ps.Pools = append(ps.Pools, session.PoolJSON{Name: pool, Size: 1, Processes: []session.ProcessJSON{p}})
	}
	return ps
}

func TestOneLookOfAWait(t *testing.T) {
	api := func(state procs.State, change func(*session.ProcessJSON)) session.ProcessJSON {
		p := session.ProcessJSON{Name: "api/0", Run: 1, State: state}
		if change != nil {
			change(&p)
		}
		return p
	}
	runs := session.ProcessJSON{Name: "db/0", Run: 1, State: procs.Running}
	unready := api(procs.Running, func(p *session.ProcessJSON) {
		p.Ready, p.Reason = is(false), "not ready: exec ./check exits 1 (3 of 3)"
	})
	loop := api(procs.Failed, func(p *session.ProcessJSON) { p.Reason, p.LastExit = "crash loop: exit 1 after 5 restarts", exited(1) })
	unborn := api(procs.Stopped, func(p *session.ProcessJSON) { p.Run = 0 })
	disabled := psOf(unborn, runs)
	disabled.Pools[0].Disabled = true
	rolling := psOf(api(procs.Running, nil))
	rolling.Pools[0].Rolling = true
	empty := psOf(runs)
	empty.Pools = append(empty.Pools, session.PoolJSON{Name: "api"})

	for _, tt := range []struct {
		name     string
		what     string
		patterns string
		ps       session.PS
		text     string // what it says at the end
		pending  string
		err      string
	}{
		{"runs, no probe", "ready", "", psOf(api(procs.Running, nil)), "api/0 is ready", "", ""},
		{"both run", "ready", "", psOf(api(procs.Running, nil), runs), "api/0, db/0 are ready", "", ""},
		{"the probe says no", "ready", "", psOf(unready, runs), "", "api/0 is not ready: exec ./check exits 1 (3 of 3)", ""},
		{"somebody else is not ready", "ready", "db", psOf(unready, runs), "db/0 is ready", "", ""},
		{"the probe says yes", "ready", "api", psOf(api(procs.Running, func(p *session.ProcessJSON) { p.Ready = is(true) })), "api/0 is ready", "", ""},
		{"waits for its turn", "ready", "", psOf(api(procs.Starting, func(p *session.ProcessJSON) { p.Reason = "waits for db: ready" })), "", "api/0 waits for db: ready", ""},
		{"backs off", "ready", "", psOf(api(procs.BackingOff, nil)), "", "api/0 is backing off", ""},
		{"crash loop", "ready", "api", psOf(loop), "", "", "cannot wait for api: api/0 failed: crash loop: exit 1 after 5 restarts"},
		{"a job is done, named", "ready", "api", psOf(api(procs.Exited, func(p *session.ProcessJSON) { p.LastExit = exited(0) })), "", "", "cannot wait for api: api/0 has ended: exit 0"},
		{"a job is done, among all", "ready", "", psOf(api(procs.Exited, func(p *session.ProcessJSON) { p.LastExit = exited(0) }), runs), "api/0, db/0 are ready", "", ""},
		{"a job has failed, among all", "ready", "", psOf(api(procs.Exited, func(p *session.ProcessJSON) { p.LastExit = exited(3) }), runs), "", "", "cannot wait for all processes: api/0 has ended: exit 3"},
		{"stopped by hand", "ready", "", psOf(api(procs.Stopped, nil)), "", "", "cannot wait for all processes: api/0 is stopped"},
		{"has not begun", "ready", "", psOf(unborn), "", "api/0 has not started", ""},
		{"disabled, among all", "ready", "", disabled, "db/0 is ready", "", ""},
		{"disabled, named", "ready", "api", disabled, "", "", "cannot wait for api: api/0 has not been started: its pool is disabled"},
		{"a rolling restart", "ready", "", rolling, "", "api/0 is being restarted, a few of its pool at a time", ""},
		{"nobody of that name", "ready", "web", psOf(runs), "", "", "cannot wait for web: there is no such process"},
		{"a pool of none", "ready", "api", empty, "no processes are ready", "", ""},
		{"a wildcard", "ready", "*/0", psOf(api(procs.Running, nil), runs), "api/0, db/0 are ready", "", ""},

		{"still runs", "ended", "", psOf(runs), "", "db/0 is running", ""},
		{"ended well", "ended", "", psOf(api(procs.Exited, func(p *session.ProcessJSON) { p.LastExit = exited(0) })), "api/0 has ended", "", ""},
		{"ended badly", "ended", "", psOf(api(procs.Exited, func(p *session.ProcessJSON) { p.LastExit = exited(3) })), "api/0 has ended badly: exit 3", "", ""},
		{"failed for good", "ended", "", psOf(loop, api(procs.Stopped, func(p *session.ProcessJSON) { p.Name = "db/0" })), "api/0, db/0 have ended; badly: api/0 (crash loop: exit 1 after 5 restarts)", "", ""},
		{"will be tried again", "ended", "", psOf(api(procs.BackingOff, func(p *session.ProcessJSON) { p.LastExit = exited(1) })), "", "api/0 is backing off", ""},
	} {
		t.Run(tt.what+": "+tt.name, func(t *testing.T) {
			w := waiting{what: tt.what, patterns: strings.Fields(tt.patterns)}
			s, err := w.look(tt.ps, true)
			got, message := "", ""
			if err != nil {
				message = err.Error()
			} else if len(s.pending) == 0 {
				got = s.text(tt.what)
			}
			if got != tt.text || strings.Join(s.pending, "; ") != tt.pending || message != tt.err {
				t.Errorf("says %q, pending %q, error %q\nwant %q, %q, %q", got, s.pending, message, tt.text, tt.pending, tt.err)
			}
		})
	}
}

// A process that never began is only waited for while the session is young.
func TestAWaitDoesNotTrustAProcessThatNeverBegins(t *testing.T) {
	w := waiting{what: "ready"}
	_, err := w.look(psOf(session.ProcessJSON{Name: "api/0", State: procs.Stopped}), false)
	if want := "cannot wait for all processes: api/0 is stopped"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// A session that has ended takes its processes with it, ready or not.
func TestAWaitForASessionThatEnds(t *testing.T) {
	t.Setenv("XDG_RUNTIME_DIR", "")
	t.Setenv("TMPDIR", t.TempDir())
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	gone := errors.New("the connection was closed")
	last := seen{pending: []string{"api/0 waits for db: ready"}}
	_, err := (&waiting{what: "ready", patterns: []string{"api"}}).vanished(t.Context(), "shop", last, gone)
	if want := "cannot wait for api: session shop has ended; by then api/0 waits for db: ready"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	text, err := (&waiting{what: "ended"}).vanished(t.Context(), "shop", last, gone)
	if text != "session shop has ended" || err != nil {
		t.Errorf("got %q, %v", text, err)
	}
}

// endsSoon has a session "shop" that answers no more, and ends with a code in a moment.
func endsSoon(t *testing.T, code int) {
	t.Helper()
	t.Setenv("XDG_RUNTIME_DIR", "")
	t.Setenv("TMPDIR", t.TempDir())
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	l, _, err := session.Keep(session.Record{Session: "shop"})
	if err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(2*firstLook, func() {
		if err := l.Close(code); err != nil {
			t.Error(err)
		}
	})
}

// A session whose socket is gone and whose process is not yet is about to end:
// whoever waits for that comes neither too early nor too late.
func TestAWaitForASessionThatIsAboutToEnd(t *testing.T) {
	endsSoon(t, 3)
	text, err := (&waiting{what: "ended"}).wait(t.Context(), "shop")
	if text != "session shop has ended with code 3" || err != nil {
		t.Errorf("got %q, %v", text, err)
	}
}

// So it is where the session has been seen, and what it ends with comes later.
func TestAWaitTellsWithWhichCodeASessionEnds(t *testing.T) {
	endsSoon(t, 1)
	text, err := (&waiting{what: "ended"}).vanished(t.Context(), "shop", seen{}, errors.New("the connection was closed"))
	if text != "session shop has ended with code 1" || err != nil {
		t.Errorf("got %q, %v", text, err)
	}
}
