package session

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/muster/procs"
)

// noticed returns the notices so far that begin with a word.
func noticed(s *Session, word string) (texts []string) {
	for _, n := range s.Snapshot().Notices {
		if strings.HasPrefix(n.Text, word) {
			texts = append(texts, n.Text)
		}
	}
	return texts
}

// run returns which run of a slot lives; 0 if none does.
func run(snap *procs.Snapshot, pool string, slot int) int {
	for _, p := range snap.Pools {
		if p.Name == pool && p.Slots[slot].State == procs.Running {
			return p.Slots[slot].N
		}
	}
	return 0
}

// touch writes a file again and again until its change is noticed as text.
func touch(t *testing.T, s *Session, path, text string) {
	t.Helper()
	n := len(noticed(s, text))
	for i := range 20 {
		if err := os.WriteFile(path, fmt.Appendf(nil, "%d", i), 0o600); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		var last uint64
		for len(noticed(s, text)) == n && ctx.Err() == nil {
			if events, _ := s.Events(last); len(events) > 0 {
				last = events[len(events)-1].Seq
			}
			s.WaitEvents(ctx, last)
		}
		cancel()
		if len(noticed(s, text)) > n {
			return
		}
	}
	t.Fatalf("no notice %q; there are %q", text, s.Snapshot().Notices)
}

// TestWatchFiles: a change restarts its pool and what depends on it, once for
// many writes, and says so; an ignored one does nothing; a reload changes what
// is watched.
func TestWatchFiles(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, ".gitignore"), []byte("gen.go\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	specs := []procs.Spec{
		procs.Spec{Name: "api", Size: 2, Argv: []string{"sleep", "600"}, Dir: dir, Watch: procs.WatchPolicy{Patterns: []string{"*.go"}, Dependants: true}}.WithDefaults(),
		procs.Spec{Name: "web", Argv: []string{"sleep", "600"}, DependsOn: []procs.Dependency{{Pool: "api", On: procs.OnStarted}}}.WithDefaults(),
		procs.Spec{Name: "db", Argv: []string{"sleep", "600"}}.WithDefaults(),
	}
	s, end := live(t, specs...)
	defer end()
	await(t, s, "the start", func(snap *procs.Snapshot) bool {
		return run(snap, "api", 1) == 1 && run(snap, "web", 0) == 1 && run(snap, "db", 0) == 1
	})
	touch(t, s, filepath.Join(dir, "main.go"), "api restarts: main.go changed")
	await(t, s, "the restart", func(snap *procs.Snapshot) bool {
		return run(snap, "api", 0) >= 2 && run(snap, "api", 1) >= 2 && run(snap, "web", 0) >= 2
	})
	for i := range 100 {
		for _, name := range []string{"gen.go", "burst.go"} {
			if err := os.WriteFile(filepath.Join(dir, name), fmt.Appendf(nil, "%d", i), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	touch(t, s, filepath.Join(dir, "last.go"), "api restarts: ")
	if n := len(noticed(s, "api restarts: ")); n > 10 {
		t.Errorf("100 writes restart the pool %d times", n)
	}
	if all := fmt.Sprint(noticed(s, "api")); strings.Contains(all, "gen.go") {
		t.Errorf("an ignored file is noticed: %s", all)
	}
	if n := run(s.Snapshot(), "db", 0); n != 1 {
		t.Errorf("db is in run %d", n)
	}

	specs = slices.Clone(specs)
	specs[0].Watch = procs.WatchPolicy{}
	specs[2].Dir, specs[2].Watch = dir, procs.WatchPolicy{Patterns: []string{"*.sql"}}
	if err := s.Do(t.Context(), procs.Apply{Pools: specs}); err != nil {
		t.Fatal(err)
	}
	touch(t, s, filepath.Join(dir, "schema.sql"), "db restarts: schema.sql changed")
	await(t, s, "the restart of db", func(snap *procs.Snapshot) bool { return run(snap, "db", 0) >= 2 })
}

// TestRestarts: several that run take turns, what is broken starts at once,
// what was stopped stays so.
func TestRestarts(t *testing.T) {
	pool := func(name string, rolling bool, states ...procs.State) procs.Pool {
		p := procs.Pool{Name: name, Rolling: rolling}
		for i, state := range states {
			p.Slots = append(p.Slots, procs.Slot{Run: procs.Run{ID: procs.ID{Pool: name, Slot: i}}, State: state})
		}
		return p
	}
	for want, p := range map[string]procs.Pool{
		"[{[p]}]":                pool("p", false, procs.Running, procs.Running),
		"[{[p/0]}]":              pool("p", false, procs.Running),
		"[{[p/0 p/1]}]":          pool("p", true, procs.Running, procs.Running),
		"[{[p/1 p/2 p/3]}]":      pool("p", false, procs.Stopped, procs.Failed, procs.BackingOff, procs.Exited),
		"[{[p/0]} {[p]}]":        pool("p", false, procs.Failed, procs.Running, procs.Running),
		"[]":                     pool("p", false, procs.Stopped, procs.Stopping),
		"[{[p/1 p/0]}]":          pool("p", false, procs.Running, procs.Starting),
		"[] of another pool":     pool("q", false, procs.Running),
		"[] where nothing is ..": pool("p", false),
	} {
		got := fmt.Sprint(restarts([]procs.Pool{p}, []string{"p"}))
		if want, _, _ := strings.Cut(want, " of"); got != strings.TrimSuffix(want, " where nothing is ..") {
			t.Errorf("%v: %s, want %s", p.Slots, got, want)
		}
	}
}
