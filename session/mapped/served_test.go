package mapped_test

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"example.com/muster/procs"
	"example.com/muster/procs/task"
	"example.com/muster/procs/task/plan"
	"example.com/muster/session"
	"example.com/muster/session/mapped"
	"example.com/muster/session/remote"
)

// attach serves a map, and follows it over its socket until the end of the test.
func attach(t *testing.T, m *mapped.Session) (*remote.Session, *session.Server) {
	t.Helper()
	dir, err := os.MkdirTemp("", "m") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("XDG_RUNTIME_DIR", dir)
	t.Setenv("XDG_STATE_HOME", dir)
	server, err := session.ServeMap(m, session.ServeOptions{PID: os.Getpid(), Argv: os.Args})
	if err != nil {
		t.Fatal(err)
	}
	s, err := remote.Dial(t.Context(), "test")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	followed := make(chan struct{})
	go func() { s.Run(ctx); close(followed) }() // ends with ctx
	t.Cleanup(func() {
		cancel()
		<-followed
		if err := server.Close(0); err != nil {
			t.Error(err)
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return s, server
}

// same compares what is seen of a map in its process and over its socket, once both
// have seen all.
func same(t *testing.T, here *mapped.Session, there *remote.Session, done func(*session.Tasks) bool) {
	t.Helper()
	until(t, "the same state", func() bool {
		f := there.Found().Tasks
		return f != nil && done(f)
	})
	want, got := here.Found().Tasks, there.Found().Tasks
	counts := func(p *task.Progress) any {
		return []any{p.Counts, p.Total, p.TotalKnown, p.Size, p.Failures, p.Results, p.FailedItems, p.Again, p.Paused, p.Ended}
	}
	if diff := cmp.Diff(counts(want.Progress), counts(got.Progress), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("the progress over the socket differs: %s", diff)
	}
	if len(got.Reports) != len(got.FailedItems) {
		t.Fatalf("%d reports of %d items", len(got.Reports), len(got.FailedItems))
	}
	for i, r := range got.Reports {
		if w := want.Reports[i]; r.Seq != w.Seq || r.Headline != w.Headline || r.Task != w.Task || r.SameBefore != w.SameBefore {
			t.Errorf("report %d over the socket is %+v, want %+v", i, r, w)
		}
	}
}

// TestAttached: over its socket a map looks as in its process, before and after items
// that have failed are tried again, and can be told the same.
func TestAttached(t *testing.T) {
	file := t.TempDir() + "/fixed"
	here, _ := begin(t, plan.Options{Workers: 2}, `echo "word of {}"; case {} in bad*) test -e '`+file+`' || { echo "ValueError: no {}" >&2; exit 3; };; esac`,
		"good", "bad 1", "bad 2", "fine")
	there, _ := attach(t, here)
	over := func(failed uint64) func(*session.Tasks) bool {
		return func(p *session.Tasks) bool { return p.Ended && p.Failed == failed }
	}
	same(t, here, there, over(2))
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for i, seq := range []uint64{2, 3} {
		if err := there.Do(t.Context(), procs.RetryItems{Seqs: []uint64{seq}}); err != nil {
			t.Fatal(err)
		}
		same(t, here, there, over(uint64(1-i)))
	}
	for _, c := range []struct {
		command procs.Command
		why     string
	}{
		{procs.RetryItems{}, "no item has failed"},
		{procs.SkipItem{Worker: 0, Seq: 1}, "no worker is on it"},
		{procs.Restart{IDs: []procs.ID{{Pool: "map"}}}, "muster down ends the map"},
		{procs.SendSignal{IDs: []procs.ID{{Pool: "map"}}, Signal: procs.SIGTERM}, "none of these workers has a process now"},
		{procs.SendSignal{IDs: []procs.ID{{Pool: "map"}}, Signal: procs.SIGTERM, To: procs.ToGroup}, "its workers' own processes get it"},
		{procs.Scale{Pool: "other", Size: 3}, "the only pool of a map is map"},
	} {
		if err := there.Do(t.Context(), c.command); err == nil || !strings.Contains(err.Error(), c.why) {
			t.Errorf("%#v is answered with %v, want %q", c.command, err, c.why)
		}
	}
	if err := there.Do(t.Context(), procs.PauseItems{On: true}); err != nil {
		t.Fatal(err)
	}
	until(t, "the pause", func() bool { return there.Found().Tasks.Paused })
	if err := there.Do(t.Context(), procs.PauseItems{}); err != nil {
		t.Fatal(err)
	}
	until(t, "that it goes on", func() bool { return !there.Found().Tasks.Paused })
	if _, err := there.Ask(t.Context(), session.StacksQuestion{}); err == nil || !strings.Contains(err.Error(), "muster stacks PID") {
		t.Errorf("stacks: %v", err)
	}
	if _, err := there.Ask(t.Context(), session.StartProfile{}); err == nil || !strings.Contains(err.Error(), "muster profile PID") {
		t.Errorf("a profile: %v", err)
	}
}

// TestWhatTheAPITells of a map, as docs/api.md has it.
func TestWhatTheAPITells(t *testing.T) {
	here, _ := begin(t, plan.Options{Workers: 2}, `echo "word of {}"; exit {}`, "0", "4")
	_, server := attach(t, here)
	until(t, "the end", func() bool { return here.Snapshot().Ended })
	client := http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", server.Path())
	}}}
	defer client.CloseIdleConnections()
	ask := func(path string, v any) {
		t.Helper()
		answer, err := client.Get("http://muster" + path)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		if err := json.NewDecoder(answer.Body).Decode(v); err != nil || answer.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s, %v", path, answer.Status, err)
		}
	}
	var tasks session.TasksJSON
	ask("/v1/tasks", &tasks)
	if tasks.Type != "progress" || tasks.OK != 1 || tasks.Failed != 1 || !tasks.Ended || tasks.Total == nil || *tasks.Total != 2 || len(tasks.Failures) != 1 || tasks.Failures[0].Type != "exit 4" {
		t.Errorf("the tasks are %+v", tasks)
	}
	var ps session.PS
	ask("/v1/ps", &ps)
	if ps.Session != "test" || len(ps.Pools) != 1 || ps.Pools[0].Name != "map" || ps.Pools[0].Size != 2 || len(ps.Pools[0].Processes) != 2 {
		t.Errorf("ps is %+v", ps)
	}
	var crashes session.CrashesJSON
	ask("/v1/crashes", &crashes)
	if len(crashes.Crashes) != 1 || crashes.Crashes[0].Process != "item 2" || *crashes.Crashes[0].Task != "4" {
		t.Fatalf("the crashes are %+v", crashes)
	}
	var one session.KeptCrash
	ask("/v1/crashes/"+crashes.Crashes[0].ID, &one)
	if one.Headline != crashes.Crashes[0].Headline || one.Session != "test" {
		t.Errorf("the crash is %+v", one)
	}
	var about session.AboutJSON
	ask("/v1/session", &about)
	if about.Session != "test" || about.Crashes != 1 || about.Slots != 2 {
		t.Errorf("about: %+v", about)
	}
	var locks session.LocksJSON
	ask("/v1/locks", &locks)
	if n := len(locks.Coverage); n == 0 || !strings.Contains(locks.Coverage[n-1].Note, "muster locks PID") {
		t.Errorf("the locks are %+v", locks)
	}
}
