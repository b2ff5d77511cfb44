package cpython

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// until waits for something that a program does in its own time.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !holds(); runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatal("waited in vain: ", what)
		}
	}
}

// TestGIL: the thread that has the GIL is named, and the one that waits for it
// waits at an address of the GIL.
func TestGIL(t *testing.T) {
	pythons(t, func(t *testing.T, python string) {
		p := start(t, python, "testdata/gil.py", "held")
		var tid [1]int
		p.json(&tid)
		in := attach(t, p.cmd.Process.Pid)
		until(t, "a thread with the GIL", func() bool {
			frames, _, err := in.Stack(tid[0])
			if err != nil {
				t.Fatal(err)
			}
			holder, ok, err := in.gilHolder()
			if err != nil {
				t.Fatal(err)
			}
			return ok && holder == tid[0] && len(frames) > 0 && frames[0].Line == 8
		})
		until(t, "a thread that waits for it", func() bool {
			all, err := in.GILs()
			if err != nil || len(all) != 1 {
				t.Fatal(all, err)
			}
			start, end := in.found.start, in.found.end
			if all[0].Start < start || all[0].End > end {
				t.Fatalf("%+v lies outside of _PyRuntime", all[0])
			}
			return all[0].Contains(futex(t, p.cmd.Process.Pid)) && all[0].Holder == tid[0]
		})
	})
}

// futex returns the address that a process's main thread waits at in futex(2),
// 0 if it does not.
func futex(t *testing.T, pid int) uint64 {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/syscall", pid))
	if err != nil {
		t.Fatal(err)
	}
	var nr int
	var addr uint64
	if n, _ := fmt.Fscanf(strings.NewReader(string(b)), "%d 0x%x", &nr, &addr); n < 2 || nr != unix.SYS_FUTEX {
		return 0
	}
	return addr
}

// TestFreeGIL: in a process that waits for input nobody has it.
func TestFreeGIL(t *testing.T) {
	pythons(t, func(t *testing.T, python string) {
		p := start(t, python, "testdata/gil.py", "free")
		p.line()
		in := attach(t, p.cmd.Process.Pid)
		until(t, "a free GIL", func() bool {
			tid, ok, err := in.gilHolder()
			if err != nil || ok && tid != p.cmd.Process.Pid {
				t.Fatal(tid, ok, err)
			}
			return !ok
		})
		p.end()
	})
}

// TestSubinterpreter: an interpreter with a GIL of its own has its own holder,
// and its threads have stacks.
func TestSubinterpreter(t *testing.T) {
	pythons(t, func(t *testing.T, python string) {
		p := start(t, python, "testdata/sub.py")
		var tid []int
		p.json(&tid)
		if len(tid) == 0 {
			return // before 3.12 there is none
		}
		in := attach(t, p.cmd.Process.Pid)
		until(t, "two GILs, of which one is held", func() bool {
			all, err := in.GILs()
			if err != nil || len(all) != 2 {
				t.Fatal(all, err)
			}
			return all[0].Locked && all[0].Holder == tid[0] && !all[1].Locked
		})
		until(t, "its stack beyond the line that has printed", func() bool {
			frames, torn, err := in.Stack(tid[0])
			if err != nil || torn || len(frames) == 0 || frames[0].Function != "<module>" {
				t.Fatalf("%v, %t, %v", frames, torn, err)
			}
			return frames[0].Line == 3
		})
	})
}
