package cpython

import (
	"encoding/json"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// truth is a thread as the program itself saw it.
type truth struct {
	tid    int
	frames []Frame
}

// UnmarshalJSON reads [tid, [[file, function, line]...]].
func (th *truth) UnmarshalJSON(b []byte) error {
	var frames [][3]any
	if err := json.Unmarshal(b, &[]any{&th.tid, &frames}); err != nil {
		return err
	}
	for _, f := range frames {
		th.frames = append(th.frames, Frame{f[0].(string), f[1].(string), int(f[2].(float64))})
	}
	return nil
}

// TestStacks: what is read from outside is what sys._current_frames says, to
// the line, for threads that wait in all kinds of code.
func TestStacks(t *testing.T) {
	pythons(t, func(t *testing.T, python string) {
		pipe := filepath.Join(t.TempDir(), "pipe")
		if err := syscall.Mkfifo(pipe, 0o600); err != nil {
			t.Fatal(err)
		}
		p := start(t, python, "testdata/stacks.py", pipe)
		var want []truth
		p.json(&want)
		in := attach(t, p.cmd.Process.Pid)
		threads, err := in.stacks()
		if err != nil {
			t.Fatal(err)
		}
		got := map[int]Thread{}
		for _, th := range threads {
			got[th.TID] = th
		}
		if len(got) != len(want)+1 || got[p.cmd.Process.Pid].Frames[0].Function != "report" {
			t.Errorf("%d threads, %d without the main one; that is in %v", len(got), len(want), got[p.cmd.Process.Pid])
		}
		for _, w := range want {
			th := got[w.tid]
			if diff := cmp.Diff(w.frames, th.Frames); diff != "" || th.Torn {
				t.Errorf("thread %d, torn %t:\n%s", w.tid, th.Torn, diff)
			}
			frames, torn, err := in.Stack(w.tid)
			if diff := cmp.Diff(w.frames, frames); diff != "" || torn || err != nil {
				t.Errorf("thread %d alone, torn %t, %v:\n%s", w.tid, torn, err, diff)
			}
		}
		t.Log(in.found.version, len(want), "threads")
	})
}
