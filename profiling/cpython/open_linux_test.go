package cpython

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"example.com/muster/procs"
	"example.com/muster/procs/procfs"
	"example.com/muster/profiling/peek"
)

// compile builds testdata/notpython.c.
func compile(t *testing.T, name string, flags ...string) string {
	t.Helper()
	gcc, err := exec.LookPath("gcc")
	if err != nil {
		t.Skip("needs gcc")
	}
	out := filepath.Join(t.TempDir(), name)
	args := append([]string{"-w", "-o", out, "testdata/notpython.c"}, flags...)
	if b, err := exec.Command(gcc, args...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, b)
	}
	return out
}

// TestNotPython: what is no Python is said to be none, whatever it is called.
func TestNotPython(t *testing.T) {
	for _, flags := range [][]string{{"-static"}, {"-static-pie"}, {"-no-pie"}, {"-s"}} {
		p := start(t, compile(t, "python3.12", flags...))
		p.line()
		if _, err := Open(ref(t, p.cmd.Process.Pid)); !errors.Is(err, ErrNotPython) {
			t.Errorf("%v: %v", flags, err)
		}
	}
	if _, err := Open(ref(t, os.Getpid())); !errors.Is(err, ErrNotPython) {
		t.Errorf("a Go program: %v", err)
	}
}

// TestNotCovered: a lie is found out, and what is not covered is named.
func TestNotCovered(t *testing.T) {
	for _, test := range []struct{ flags, want string }{
		{"-DFAKE=0x030800f0", "3.8.0 is"},
		{"-DFAKE=0x030b07f0", "3.11.7 is"},
		{"-DFAKE=0x030b07f0 -DDEBUG", "3.11.7 is not covered: a debug build"},
		{"-DFAKE=0x030c01f0", "3.12.1 is"},
		{"-DFAKE=0x030d00f0", "3.13.0 is not covered: its table"},
		{"-DFAKE=0x030d00f0 -DCOOKIE=0", "3.13.0 is not covered: its table"},
		{"-DFAKE=0x030d00f0 -DCOOKIE=1", "3.13.0 is not covered: a free-threaded build"},
		{"-DFAKE=0x030710f0", "3.7.16 is not covered: CPython 3.8 to"},
		{"-DFAKE=0x031000f0", "3.16.0 is not covered: CPython 3.8 to"},
		{"-DFAKE=0x040000f0", "4.0.0 is not covered: CPython 3.8 to"},
	} {
		p := start(t, compile(t, "liar", append(strings.Fields(test.flags), "-rdynamic")...))
		p.line()
		_, err := Open(ref(t, p.cmd.Process.Pid))
		if !errors.Is(err, ErrNotCovered) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", test.flags, err)
		}
	}
}

// TestOldPython: an interpreter that is too old is not taken for none.
func TestOldPython(t *testing.T) {
	home, _ := os.UserHomeDir()
	for _, version := range []string{"2.*", "3.6.*", "3.7.*"} {
		for _, python := range glob(t, filepath.Join(home, ".pyenv/versions", version, "bin/python")) {
			p := start(t, python, "-c", "import sys; print('ready'); sys.stdout.flush(); sys.stdin.readline()")
			p.line()
			if _, err := Open(ref(t, p.cmd.Process.Pid)); !errors.Is(err, ErrNotCovered) {
				t.Errorf("%s: %v", python, err)
			}
			p.end()
		}
	}
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestStarting: while an interpreter starts it is said to be starting, and
// never refused for good.
func TestStarting(t *testing.T) {
	pythons(t, func(t *testing.T, python string) {
		p := start(t, python, "-c", "import sys; print('ready', flush=True); sys.stdin.readline()")
		r := ref(t, p.cmd.Process.Pid)
		seen := map[string]int{}
		until(t, "an interpreter", func() bool {
			in, err := Open(r)
			if err == nil {
				_, err = in.stacks()
				return err == nil
			}
			seen[err.Error()]++
			if !errors.Is(err, ErrNotPython) && !errors.Is(err, ErrNotReady) {
				t.Error(err)
			}
			return false
		})
		t.Log(seen)
		p.line()
		p.end()
	})
}

// TestHalfway: structures that make no sense are those of an interpreter that is
// starting if it says so, and else not those of one that is covered.
func TestHalfway(t *testing.T) {
	pythons(t, func(t *testing.T, python string) {
		p := start(t, python, "-c", "print('ready', flush=True); input()")
		p.line()
		r := ref(t, p.cmd.Process.Pid)
		mem := peek.Process{Ref: r}
		maps, err := mem.Maps()
		if err != nil {
			t.Fatal(err)
		}
		found, err := locate(mem, maps, fileOf(r.PID))
		if err != nil {
			t.Fatal(err)
		}
		in, err := reading(r.PID, mem, found, maps)
		if err != nil {
			t.Fatal(err)
		}
		head := patch{found.start + in.layout.interpretersHead, []byte{8, 0, 0, 0, 0, 0, 0, 0}}
		if _, err := reading(r.PID, patched{mem, []patch{head}}, found, maps); !errors.Is(err, ErrNotCovered) {
			t.Errorf("with nothing behind its list of interpreters: %v", err)
		}
		initialized := patch{found.start + in.layout.preinitialized + 8, []byte{0, 0, 0, 0}}
		if _, err := reading(r.PID, patched{mem, []patch{head, initialized}}, found, maps); !errors.Is(err, ErrNotReady) {
			t.Errorf("the same before it is initialised: %v", err)
		}
		if _, err := open(r.PID, loading{mem}, fileOf(r.PID)); !errors.Is(err, ErrNotReady) {
			t.Errorf("before its data is where it will be: %v", err)
		}
		p.end()
	})
}

// loading is a process of which nothing can be written yet.
type loading struct{ process }

func (p loading) Maps() ([]peek.Mapping, error) {
	maps, err := p.process.Maps()
	for i := range maps {
		maps[i].Perm &^= peek.Write
	}
	return maps, err
}

// patched is the memory of a process in which some bytes are others.
type patched struct {
	process
	patches []patch
}

type patch struct {
	addr  uint64
	bytes []byte
}

func (p patched) ReadAt(b []byte, addr uint64) error {
	if err := p.process.ReadAt(b, addr); err != nil {
		return err
	}
	p.lay(b, addr)
	return nil
}

func (p patched) ReadSome(b []byte, addr uint64) (int, error) {
	n, err := p.process.ReadSome(b, addr)
	p.lay(b[:n], addr)
	return n, err
}

func (p patched) lay(b []byte, addr uint64) {
	for _, patch := range p.patches {
		for i, v := range patch.bytes {
			if at := patch.addr + uint64(i); addr <= at && at < addr+uint64(len(b)) {
				b[at-addr] = v
			}
		}
	}
}

// TestEmbedded: an interpreter within a program of another name is found by the
// symbols of its file, or from 3.10 on by its section.
func TestEmbedded(t *testing.T) {
	gcc, err := exec.LookPath("gcc")
	if err != nil {
		t.Skip("needs gcc")
	}
	pythons(t, func(t *testing.T, python string) {
		minor := minorOfProgram(t, python)
		prefix := filepath.Dir(filepath.Dir(python))
		archive := glob(t, filepath.Join(prefix, "lib/python3.*/config-3.*/libpython3.*[0-9].a"))
		include := glob(t, filepath.Join(prefix, "include/python3.*/Python.h"))
		if len(archive) != 1 || len(include) != 1 {
			t.Log("there is no static library of it")
			return
		}
		for _, flag := range []string{"-g0", "-s"} {
			out := filepath.Join(t.TempDir(), "worker")
			b, err := exec.Command(gcc, "-w", "-no-pie", flag, "-o", out, "-I", filepath.Dir(include[0]), "testdata/embed.c",
				archive[0], "-lm", "-ldl", "-lpthread", "-lutil", "-lz", "-lexpat").CombinedOutput()
			if err != nil {
				t.Logf("it cannot be linked here: %s", b)
				return
			}
			t.Setenv("PYTHONHOME", prefix)
			p := start(t, out)
			p.line()
			in, err := Open(ref(t, p.cmd.Process.Pid))
			if flag == "-s" && minor < 10 {
				if !errors.Is(err, ErrNotPython) {
					t.Errorf("nothing tells where it is, but: %v", err)
				}
				continue
			}
			if err != nil {
				t.Fatalf("%s: %v", flag, err)
			}
			frames, _, err := in.Stack(p.cmd.Process.Pid)
			if err != nil || len(frames) != 2 || frames[0] != (Frame{"<string>", "inside", 3}) || in.found.version.Minor != minor || in.found.version.Micro < 0 {
				t.Errorf("%s: %s, %v, %v", flag, in.found.version, frames, err)
			}
			p.end()
		}
	})
}

// TestNamespace: in a PID namespace of its own a process has other numbers; it
// is ours that are told.
func TestNamespace(t *testing.T) {
	unshare, err := exec.LookPath("unshare")
	if err != nil {
		t.Skip("needs unshare")
	}
	if err := exec.Command(unshare, "--user", "--pid", "--fork", "true").Run(); err != nil {
		t.Skip("needs the right to make a PID namespace: ", err)
	}
	pythons(t, func(t *testing.T, python string) {
		p := start(t, unshare, "--user", "--pid", "--fork", "--kill-child", python, "testdata/semlocks.py", "fork")
		var sides [2]side
		p.json(&sides[0])
		p.json(&sides[1])
		if sides[0].pid != 1 {
			t.Fatalf("the first process of the namespace is %d", sides[0].pid)
		}
		parent := procfs.Children(p.cmd.Process.Pid, 1, nil)[0]
		worker := procfs.Children(parent, 1, nil)[0]
		in := attach(t, worker)
		lock, err := in.readSemLock(sides[1].objects[1])
		if err != nil || lock.Count != 2 || lock.LastTID != worker {
			t.Errorf("%+v, %v; the worker is %d", lock, err, worker)
		}
		frames, _, err := in.Stack(worker)
		if err != nil || !slices.ContainsFunc(frames, func(f Frame) bool { return f.Function == "worker" }) {
			t.Errorf("%v, %v", frames, err)
		}
		if threads, err := in.stacks(); len(threads) != 2 || threads[0].TID == 0 || threads[0].TID == sides[1].tid || err != nil {
			t.Errorf("%v, %v", threads, err)
		}
		p.next()
		p.line()
		p.end()
	})
}

// TestNotPermitted: another user's process is said to be that, and not to be no
// Python.
func TestNotPermitted(t *testing.T) {
	if os.Getuid() != 0 {
		if _, err := Open(procs.PIDRef{PID: 1}); !errors.Is(err, peek.ErrNotPermitted) {
			t.Error(err)
		}
		return
	}
	pythons(t, func(t *testing.T, python string) {
		p := start(t, python, "testdata/gil.py", "free")
		p.line()
		r := ref(t, p.cmd.Process.Pid)
		in := attach(t, r.PID)
		refused := make(chan error)
		go func() {
			// This thread becomes another user's, and ends with the goroutine.
			runtime.LockOSThread()
			if _, _, errno := syscall.RawSyscall(syscall.SYS_SETRESUID, 65534, 65534, 65534); errno != 0 {
				t.Error(errno)
			}
			_, err := Open(r)
			refused <- err
			_, err = in.stacks()
			refused <- err
		}()
		for range 2 {
			if err := <-refused; !errors.Is(err, peek.ErrNotPermitted) {
				t.Error(err)
			}
		}
		p.end()
	})
}
