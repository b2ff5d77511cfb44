package cpython

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"testing"
	"time"

	"example.com/muster/profiling/peek"
)

// side is what one process of testdata/semlocks.py says of itself.
type side struct {
	pid, tid int
	objects  [3]uint64 // Lock, RLock, Semaphore
}

// UnmarshalJSON reads [pid, tid, [address...]].
func (s *side) UnmarshalJSON(b []byte) error {
	return json.Unmarshal(b, &[]any{&s.pid, &s.tid, &s.objects})
}

// TestSemLocks: who holds what, with every way to start a worker.
func TestSemLocks(t *testing.T) {
	pythons(t, func(t *testing.T, python string) {
		for _, method := range []string{"fork", "spawn", "forkserver"} {
			t.Run(method, func(t *testing.T) { testSemLocks(t, python, method) })
		}
	})
}

func testSemLocks(t *testing.T, python, method string) {
	p := start(t, python, "testdata/semlocks.py", method)
	var sides [2]side
	p.json(&sides[0])
	p.json(&sides[1])
	parent, worker := attach(t, sides[0].pid), attach(t, sides[1].pid)
	locks := [2][3]SemLock{find(t, parent, sides[0].objects), find(t, worker, sides[1].objects)}
	for i, want := range []struct {
		count, max int
		recursive  bool
		value      uint32
	}{{1, 1, false, 0}, {2, 1, true, 0}, {1, math.MaxInt32, false, 2}} {
		mine, its := locks[0][i], locks[1][i]
		if mine.Count != 0 || its.Count != want.count {
			t.Errorf("lock %d: the parent has it %d times, the worker %d times", i, mine.Count, its.Count)
		}
		if mine.Inode == 0 || mine.Inode != its.Inode || mine.Dev != its.Dev {
			t.Errorf("lock %d is not the same: %+v, %+v", i, mine, its)
		}
		if its.MaxValue != want.max || its.Recursive != want.recursive || its.Value != want.value || mine.Value != want.value {
			t.Errorf("lock %d: %+v, %+v", i, mine, its)
		}
		if (method == "fork") != (its.Name == "") || its.Name != mine.Name {
			t.Errorf("names %q and %q under %s", mine.Name, its.Name, method)
		}
		holder := sides[1].pid
		if i == 0 {
			holder = sides[1].tid
		}
		if its.LastTID != holder {
			t.Errorf("lock %d was taken by thread %d of the worker, not %d", i, its.LastTID, holder)
		}
	}
	p.next()
	p.line()
	for i, count := range []int{0, 1, 1} {
		lock, err := worker.readSemLock(sides[1].objects[i])
		if err != nil || lock.Count != count {
			t.Errorf("lock %d after the release: %+v, %v", i, lock, err)
		}
	}
	if _, err := worker.readSemLock(sides[1].objects[0] + 16); err == nil {
		t.Error("a SemLock was read where there is none")
	}
	// Among addresses that lead nowhere, those that are there are read.
	some := []uint64{8, sides[1].objects[2], 1 << 50, sides[1].objects[0] + 16, sides[1].objects[1], 16}
	read, err := worker.ReadSemLocks(some, nil)
	if err != nil || len(read) != 2 || read[0].Object != some[1] || read[1].Object != some[4] || read[1].Count != 1 || read[1].Name != locks[1][1].Name {
		t.Errorf("%+v, %v", read, err)
	}
	p.end()
}

// find searches a process for its locks, and returns those at the given
// addresses, each read twice.
func find(t *testing.T, in *Interpreter, objects [3]uint64) (found [3]SemLock) {
	t.Helper()
	locks, note, err := in.FindSemLocks(t.Context(), Budget{})
	if err != nil || note.Why != "" {
		t.Fatal(err, note)
	}
	for i, object := range objects {
		for _, l := range locks {
			if l.Object == object {
				found[i] = l
			}
		}
		again, err := in.readSemLock(object)
		if err != nil || again != found[i] {
			t.Fatalf("lock %d: found %+v, then %+v, %v", i, found[i], again, err)
		}
	}
	return found
}

// TestManySemLocks: 10,000 locks are all found, and one in a large heap.
func TestManySemLocks(t *testing.T) {
	pythons(t, func(t *testing.T, python string) {
		for _, test := range []struct{ locks, megabytes string }{{"10000", "1"}, {"3", large(python)}} {
			p := start(t, python, "testdata/many.py", test.locks, test.megabytes)
			var objects [3]uint64
			p.json(&objects)
			in := attach(t, p.cmd.Process.Pid)
			started := time.Now()
			locks, note, err := in.FindSemLocks(t.Context(), Budget{})
			t.Logf("%d locks in %v, %+v", len(locks), time.Since(started), note)
			if err != nil || note.Why != "" {
				t.Fatal(err, note)
			}
			if note.Scanned >= 512<<20 {
				t.Errorf("%d bytes were read, which the program itself has not touched", note.Scanned)
			}
			held := 0
			for _, l := range locks {
				if l.Object == objects[2] {
					held += l.Count
				} else if l.Count != 0 {
					t.Errorf("%+v is held", l)
				}
			}
			if test.locks == "10000" && len(locks) != 10000 || held != 1 {
				t.Errorf("%d locks were found, %d of them held", len(locks), held)
			}
			if test.locks == "3" {
				testBudgets(t, in, len(locks))
			}
			p.end()
		}
	})
}

// large is the size of a large heap, which one Python fills for all.
func large(python string) string {
	if all := installed(); python == all[len(all)-1] {
		return "300"
	}
	return "30"
}

// testBudgets: a scan that ends early says so.
func testBudgets(t *testing.T, in *Interpreter, all int) {
	t.Helper()
	for _, b := range []Budget{{Bytes: 1 << 20}, {Mapping: 1 << 16}, {Locks: all - 1}} {
		locks, note, err := in.FindSemLocks(t.Context(), b)
		if err != nil || note.Why == "" || note.Skipped == 0 || len(locks) >= all && b.Locks > 0 {
			t.Errorf("%+v: %d locks, %+v, %v", b, len(locks), note, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if locks, note, err := in.FindSemLocks(ctx, Budget{}); len(locks) > 0 || note.Why == "" || err != nil {
		t.Errorf("without time: %d locks, %+v, %v", len(locks), note, err)
	}
}

// TestGoneWhileScanned: a process that ends is said to have ended.
func TestGoneWhileScanned(t *testing.T) {
	pythons(t, func(t *testing.T, python string) {
		p := start(t, python, "testdata/many.py", "3", "20")
		p.line()
		in := attach(t, p.cmd.Process.Pid)
		// It ends at some moment of a series of scans.
		done := make(chan error, 1)
		go func() {
			_ = p.cmd.Process.Kill()
			_, err := p.cmd.Process.Wait()
			done <- err
		}()
		for {
			_, _, err := in.FindSemLocks(t.Context(), Budget{})
			if err == nil {
				continue
			}
			if !errors.Is(err, peek.ErrGone) {
				t.Error(err)
			}
			break
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
		if _, err := in.stacks(); !errors.Is(err, peek.ErrGone) {
			t.Error(err)
		}
		if _, err := Open(in.mem.(peek.Process).Ref); !errors.Is(err, peek.ErrGone) {
			t.Error(err)
		}
	})
}

// TestFakes: memory full of false locks costs a bounded time, and does not hide
// the true one. Of those that nothing tells from a true one there is a limit;
// those of another type are none.
func TestFakes(t *testing.T) {
	pythons(t, func(t *testing.T, python string) {
		for _, copies := range []string{"1", "8"} { // megabytes of perfect copies
			p := start(t, python, "testdata/fakes.py", copies)
			var at [3]uint64 // the true lock, and from where to where the others are
			p.json(&at)
			in := attach(t, p.cmd.Process.Pid)
			locks, note, err := in.FindSemLocks(t.Context(), Budget{})
			if err != nil || note.Why == "" || len(locks) > DefaultBudget.Locks || len(locks) < 1<<20/semSize {
				t.Errorf("%d locks, %+v, %v", len(locks), note, err)
			}
			if !slices.ContainsFunc(locks, func(l SemLock) bool { return l.Object == at[0] && l.Count == 1 }) {
				t.Errorf("the true lock is not among %d", len(locks))
			}
			if slices.ContainsFunc(locks, func(l SemLock) bool { return l.Object >= at[1] && l.Object < at[2] }) {
				t.Error("an object of another type is taken for a lock")
			}
			t.Log(len(locks), note)
			p.end()
		}
	})
}

// TestRenewedSemLock: a lock that took the place of another one, at the same
// address, is not taken for that; and those that are gone are not found.
func TestRenewedSemLock(t *testing.T) {
	pythons(t, func(t *testing.T, python string) {
		p := start(t, python, "testdata/renew.py")
		var in *Interpreter
		reused, last := 0, uint64(0)
		for range 5 {
			var truth [2]uint64 // address and inode
			p.json(&truth)
			if in == nil {
				in = attach(t, p.cmd.Process.Pid)
			}
			if truth[0] == last {
				reused++
			}
			last = truth[0]
			read, err := in.ReadSemLocks(truth[:1], nil)
			if err != nil || len(read) != 1 || read[0].Inode != truth[1] || read[0].Count != 1 {
				t.Errorf("%+v, %v; its inode is %d", read, err, truth[1])
			}
			found, _, err := in.FindSemLocks(t.Context(), Budget{})
			if err != nil || len(found) != 1 || len(read) == 1 && found[0] != read[0] {
				t.Errorf("%+v, %v", found, err)
			}
			p.next()
		}
		t.Logf("%d of 4 at the same address", reused)
	})
}

// TestAllocators: the locks are found wherever Python puts its objects.
func TestAllocators(t *testing.T) {
	pythons(t, func(t *testing.T, python string) {
		for _, allocator := range []string{"malloc", "debug"} {
			t.Setenv("PYTHONMALLOC", allocator)
			p := start(t, python, "testdata/many.py", "5", "0")
			p.line()
			locks, note, err := attach(t, p.cmd.Process.Pid).FindSemLocks(t.Context(), Budget{})
			if len(locks) != 5 || err != nil {
				t.Errorf("%s: %d locks, %+v, %v", allocator, len(locks), note, err)
			}
			p.end()
		}
	})
}
