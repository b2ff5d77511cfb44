package session

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"example.com/muster/procs"
	"example.com/muster/profiling/crash"
)

// What a pool lets live that is stopped was not asked to end: its crashes are told.
func TestACrashOfAKeptDaemonAfterTheStop(t *testing.T) {
	const script = `
for how in 'exit 3' 'kill -SEGV $$'; do setsid sh -c "trap 'stopped=1' USR1; : >$0.\$\$; until [ \$stopped ]; do sleep 0.01; done; $how" & done
exec sleep 1000`
	ready := t.TempDir() + "/ready"
	spec := procs.Spec{Name: "p", Argv: []string{"sh", "-c", script, ready}, Output: procs.OutputPipe, KeepDaemons: true}.WithDefaults()
	s, _ := served(t, spec)
	id := procs.ID{Pool: "p"}
	var daemons []procs.PIDRef
	until(t, "two daemons", func() bool {
		s.cfg.Tree.Refresh(true)
		daemons = nil
		for _, d := range s.cfg.Tree.Descendants(id) {
			if _, err := os.Stat(fmt.Sprintf("%s.%d", ready, d.PID)); err == nil {
				daemons = append(daemons, d.PIDRef)
			}
		}
		return len(daemons) == 2
	})
	if err := s.Do(context.Background(), procs.Stop{}); err != nil {
		t.Fatal(err)
	}
	until(t, "the stop", func() bool { return s.Snapshot().Pools[0].Slots[0].State == procs.Stopped })
	usr1, _ := procs.ParseSignal("USR1")
	for _, ref := range daemons {
		if err := s.Do(context.Background(), procs.SignalPID{Ref: ref, Signal: usr1}); err != nil {
			t.Fatal(err)
		}
	}
	until(t, "the crash", func() bool { return len(s.Crashes()) == 1 })
	until(t, "their ends", func() bool {
		past, _ := s.cfg.Tree.Ended(id)
		return len(slices.DeleteFunc(past, func(d procs.Descendant) bool { return !slices.Contains(daemons, d.PIDRef) })) == len(daemons)
	})
	past, _ := s.cfg.Tree.Ended(id)
	for _, d := range past {
		if slices.Contains(daemons, d.PIDRef) && d.Exit.Asked {
			t.Errorf("%v: it is told as asked for", d.Exit)
		}
	}
}

// Who is asked to end and touches memory that is not its own has crashed; who ends with a
// code, or by the very signal that the pool is stopped by, has done as it was asked to.
func TestACrashWhileItIsStopped(t *testing.T) {
	asked := func(how string) string {
		return `trap '` + how + `' TERM; : >"$0"; while :; do sleep 0.01; done`
	}
	below := func(how string) string { return `sh -c "` + asked(how) + `" "$0"; :` }
	abort, _ := procs.ParseSignal("ABRT")
	for _, tt := range []struct {
		name, script string
		stop         procs.Signal
		want         string
	}{
		{name: "its own process", script: asked(`kill -SEGV $$`), want: "p/0"},
		{name: "a worker", script: below(`kill -SEGV \$\$`), want: "p/0/sh"},
		{name: "a worker that ends with a code", script: below("exit 1")},
		{name: "its own process ends with a code", script: asked("exit 1")},
		{name: "stopped by SIGABRT", script: below("exit 1"), stop: abort},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ready := t.TempDir() + "/ready"
			spec := procs.Spec{Name: "p", Argv: []string{"sh", "-c", tt.script, ready}, Output: procs.OutputPipe, FailFast: true}.WithDefaults()
			if tt.stop != 0 {
				spec.Stop.Signal = tt.stop
			}
			s, _ := served(t, spec)
			until(t, "its trap", func() bool { _, err := os.Stat(ready); return err == nil })
			s.cfg.Tree.Refresh(true)
			if err := s.Do(context.Background(), procs.Stop{}); err != nil {
				t.Fatal(err)
			}
			if tt.want != "" {
				until(t, "the crash", func() bool { return len(s.Crashes()) == 1 })
			}
			until(t, "the stop", func() bool { return s.Snapshot().Pools[0].Slots[0].State == procs.Stopped })
			told := ""
			for _, r := range s.Crashes() {
				told += r.Name
			}
			if told != tt.want {
				t.Errorf("told: %q, want %q", told, tt.want)
			}
			if r := s.FailedFast(); r != nil {
				t.Errorf("the session is to end for %s, which was to end", r.Name)
			}
		})
	}
}

// A crash that is found when all had ended is what muster fails for, if nothing else is: that is
// told, but not of a process whose code tells it.
func TestAFirstCrashThatIsFoundLate(t *testing.T) {
	run := procs.Run{ID: procs.ID{Pool: "p"}, N: 1, PIDRef: procs.PIDRef{PID: 10, StartTime: 1}}
	for name, tt := range map[string]struct {
		who   procs.PIDRef
		lives bool
		want  string
	}{
		"a thread of a process that went on": {run.PIDRef, true, "--fail-fast: p/0: exit 3; everything had ended by then"},
		"a worker":                           {procs.PIDRef{PID: 11, StartTime: 2}, false, "--fail-fast: p/0: exit 3; everything had ended by then"},
		"the process itself":                 {run.PIDRef, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s, end := liveWith(t, Config{FailFast: true, Pools: []procs.Spec{procs.Spec{Name: "p", Argv: []string{"true"}}.WithDefaults()}})
			end()
			r := &crash.Report{Run: run, Exit: procs.Exit{Code: 3}, Cause: crash.CauseExit, Headline: "exit 3"}
			r.Name, r.Lives, r.Who = "p/0", tt.lives, crash.Process{PIDRef: tt.who}
			s.crashed(r)
			s.failedLate()
			if got := s.SaidFailFast(); got != tt.want {
				t.Errorf("it says %q, want %q", got, tt.want)
			}
			told := slices.ContainsFunc(s.notices.copy(), func(n procs.Notice) bool { return strings.HasPrefix(n.Text, "--fail-fast") })
			if told != (tt.want != "") {
				t.Errorf("the notices are %v", s.notices.copy())
			}
		})
	}
}
