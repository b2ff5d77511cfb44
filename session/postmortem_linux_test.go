package session

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"example.com/muster/procs"
	"example.com/muster/profiling/crash"
)

// sought is a post-mortem that notes in which directory a core is looked for.
type sought struct{ dirs chan string }

func (sought) Look([]procs.PIDRef)                 {}
func (sought) Again()                              {}
func (sought) Died(procs.PIDRef, procs.Exit)       {}
func (sought) OOM(procs.PIDRef) crash.OOM          { return crash.OOM{} }
func (sought) CPULimit(procs.PIDRef) time.Duration { return 0 }

func (a sought) Core(_ procs.PIDRef, _ procs.Exit, dir string, _ time.Time) crash.Core {
	select {
	case a.dirs <- dir:
	default: // two are enough
	}
	return crash.Core{}
}

// A core lies where its process began, and the card names that place in full: in muster's
// directory, or where the pool's own is below that.
func TestWhereACoreIsLookedFor(t *testing.T) {
	for name, dir := range map[string]string{"muster's directory": "", "one below it": "cores"} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			cwd, err := os.Getwd()
			if err != nil {
				t.Fatal(err)
			}
			if err := os.MkdirAll(filepath.Join(cwd, dir), 0o700); err != nil {
				t.Fatal(err)
			}
			post := sought{make(chan string, 2)}
			const script = "sh -c 'kill -SEGV $$' & wait; kill -SEGV $$"
			s, _ := servedWith(t, Config{PostMortem: post, Pools: []procs.Spec{
				procs.Spec{Name: "p", Argv: []string{"sh", "-c", script}, Dir: dir, Output: procs.OutputPipe}.WithDefaults(),
			}})
			until(t, "two crashes", func() bool { return len(s.Crashes()) == 2 })
			want := filepath.Join(cwd, dir)
			for _, r := range s.Crashes() {
				if got := <-post.dirs; got != want || r.Cwd != want {
					t.Errorf("%s: looked for in %q, told %q, want %q", r.Name, got, r.Cwd, want)
				}
			}
		})
	}
}
