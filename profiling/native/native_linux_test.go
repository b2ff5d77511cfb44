package native

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"example.com/muster/procs"
	"example.com/muster/profiling/peek"
)

// child is a program that has blocked in a stack that it told before.
type child struct {
	p     peek.Process
	tid   int
	calls []uint64       // what backtrace(3) said, from the caller of inner on
	lines map[string]int // by function
	regs  Registers
	end   func()
}

// build compiles testdata/blocked.c.
func build(t testing.TB, flags ...string) string {
	t.Helper()
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Skip("needs gcc")
	}
	out := filepath.Join(t.TempDir(), "blocked")
	args := append([]string{"-o", out, "testdata/blocked.c", "-pthread"}, flags...)
	if text, err := exec.Command("gcc", args...).CombinedOutput(); err != nil {
		t.Fatalf("gcc %v: %v\n%s", args, err, text)
	}
	return out
}

// start runs a program until its thread is in the system call.
func start(t testing.TB, call int, name string, args ...string) *child {
	t.Helper()
	cmd := exec.Command(name, args...)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c := &child{p: peek.Process{Ref: procs.PIDRef{PID: cmd.Process.Pid}}, lines: map[string]int{}}
	ended := false
	c.end = func() {
		if !ended {
			ended = true
			in.Close()
			cmd.Process.Kill()
			cmd.Wait()
		}
	}
	t.Cleanup(c.end)
	for text := bufio.NewScanner(out); text.Scan(); {
		if c.hear(text.Text()) {
			c.regs = blockedIn(t, c.p.Ref.PID, c.tid, call)
			return c
		}
	}
	t.Fatal("the program ended too early")
	return nil
}

// hear notes a line of the program; the last one is of inner.
func (c *child) hear(line string) (last bool) {
	f := strings.Fields(line)
	switch {
	case len(f) == 2 && f[0] == "call":
		pc, _ := strconv.ParseUint(f[1], 0, 64)
		c.calls = append(c.calls, pc)
	case len(f) == 2 && f[0] == "tid":
		c.tid, _ = strconv.Atoi(f[1])
	case len(f) == 3 && f[0] == "line":
		c.lines[f[1]], _ = strconv.Atoi(f[2])
		return f[1] == "inner"
	}
	return false
}

// blockedIn waits until a thread is in a system call, and reads its registers.
func blockedIn(t testing.TB, pid, tid, call int) (r Registers) {
	t.Helper()
	for limit := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/syscall", pid, tid))
		if err != nil {
			t.Fatal(err)
		}
		f := strings.Fields(string(b))
		if len(f) == 9 && f[0] == strconv.Itoa(call) {
			r.SP, _ = strconv.ParseUint(f[7], 0, 64)
			r.PC, _ = strconv.ParseUint(f[8], 0, 64)
			return r
		}
		if time.Now().After(limit) {
			t.Fatalf("the thread is in %q", b)
		}
	}
}

func (c *child) stack(t testing.TB, s *Symbols) ([]Frame, string) {
	t.Helper()
	maps, err := c.p.Maps()
	if err != nil {
		t.Fatal(err)
	}
	return s.Stack(c.p, maps, c.regs)
}

// index finds a function's frame.
func index(frames []Frame, function string) int {
	return slices.IndexFunc(frames, func(f Frame) bool { return f.Function == function })
}

var calls = map[string]int{"read": unix.SYS_READ, "mutex": unix.SYS_FUTEX, "cond": unix.SYS_FUTEX, "flock": unix.SYS_FLOCK}

// TestBuilds: however a program was built, its stack is what it says itself.
func TestBuilds(t *testing.T) {
	builds := map[string][]string{
		"O0":          {"-O0", "-g"},
		"O2":          {"-O2", "-g"},
		"Os":          {"-Os", "-g"},
		"no-pointer":  {"-O2", "-g", "-fomit-frame-pointer"},
		"pointer":     {"-O2", "-g", "-fno-omit-frame-pointer"},
		"dwarf4":      {"-O1", "-gdwarf-4"},
		"compressed":  {"-O2", "-g", "-gz=zlib"},
		"no-pie":      {"-O0", "-g", "-no-pie"},
		"static":      {"-O2", "-g", "-static"},
		"static-O0":   {"-O0", "-g", "-static"},
		"static-pie":  {"-O2", "-g", "-static-pie"},
		"no-plt":      {"-O0", "-g", "-fno-plt"},
		"no-lines":    {"-O0"},
		"lazy":        {"-O0", "-g", "-Wl,-z,lazy"},
		"no-cet":      {"-O0", "-g", "-fcf-protection=none"},
		"no-hdr":      {"-O2", "-g", "-Wl,--no-eh-frame-hdr"},
		"big-frames":  {"-O2", "-g", "-fstack-clash-protection"},
		"protected":   {"-O0", "-g", "-fstack-protector-all"},
		"sanitized":   {"-O1", "-g", "-fsanitize=undefined", "-fsanitize-undefined-trap-on-error"},
		"stripped":    {"-O2", "-s"},
		"stripped-O0": {"-O0", "-s"},
	}
	for name, flags := range builds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name != "no-hdr" {
				flags = append(flags, "-DBACKTRACE")
			}
			prog := build(t, flags...)
			for _, where := range []string{"main", "thread"} {
				for _, way := range []string{"read", "mutex", "cond", "flock"} {
					c := start(t, calls[way], prog, way, where, filepath.Join(t.TempDir(), "lock"))
					c.check(t, way+" in "+where, strings.HasPrefix(name, "stripped"), slices.Contains(flags, "-g"))
					c.end()
				}
			}
		})
	}
}

// check compares a stack with what the program said.
func (c *child) check(t *testing.T, what string, stripped, lines bool) {
	t.Helper()
	s := Symbols{Patience: time.Hour}
	defer s.Close()
	frames, note := c.stack(t, &s)
	frames = slices.DeleteFunc(frames, func(f Frame) bool { return f.Inlined })
	fail := func(why string) {
		t.Helper()
		t.Errorf("%s: %s; note %q, calls %#x, lines %v\n%s", what, why, note, c.calls, c.lines, show(frames))
	}
	if note != "" {
		fail("the stack ends early")
	}
	if len(c.calls) > 0 {
		i := slices.IndexFunc(frames, func(f Frame) bool { return f.PC == c.calls[0] })
		for j := 0; i >= 0 && i+j < len(frames); j++ {
			if j >= len(c.calls) || frames[i+j].PC != c.calls[j] {
				fail("not the calls that the program itself finds")
				return
			}
		}
		if i < 0 || len(frames)-i < 3 {
			fail("not the calls that the program itself finds")
		}
	}
	if stripped {
		return
	}
	at := index(frames, "inner")
	for i, name := range []string{"inner", "pool::Worker::wait", "outer"} {
		if at < 0 || at+i >= len(frames) || frames[at+i].Function != name {
			fail("functions are missing")
			return
		}
		f := frames[at+i]
		if lines && (f.Line != c.lines[name] || filepath.Base(f.File) != "blocked.c") {
			fail(name + " is at another line")
		}
	}
}

// TestLibrary: a function of a shared library blocks, called through the table
// of the program, with names and lines of both.
func TestLibrary(t *testing.T) {
	dir := t.TempDir()
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Skip("needs gcc")
	}
	write := func(name, text string) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	lib := write("lib.c", `#include <unistd.h>
int library_wait(void) { char b[100]; return read(0, b, 1) + b[0]; }
int library_call(int (*f)(void)) { return f() + 1; }
`)
	prog := write("prog.c", `#include <stdio.h>
int library_wait(void); int library_call(int (*f)(void));
static int callback(void) { return library_wait() + 1; }
int main(void) {
	printf("tid %d\nline inner 0\n", getpid()); fflush(stdout);
	return library_call(callback) + 1;
}
`)
	for _, flags := range []string{"-O0", "-O2"} {
		so, exe := filepath.Join(dir, "lib"+flags+".so"), filepath.Join(dir, "prog"+flags)
		for _, args := range [][]string{{flags, "-g", "-shared", "-fPIC", "-o", so, lib}, {flags, "-g", "-w", "-o", exe, prog, so}} {
			if text, err := exec.Command("gcc", args...).CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
		}
		c := start(t, unix.SYS_READ, exe)
		s := Symbols{Patience: time.Hour}
		defer s.Close()
		frames, note := c.stack(t, &s)
		got := ""
		for _, f := range frames[min(1, len(frames)):] {
			got += fmt.Sprintf("%s %s:%d %s\n", f.Function, filepath.Base(f.File), f.Line, f.Module)
		}
		want := fmt.Sprintf("library_wait lib.c:2 %[1]s\ncallback prog.c:3 %[2]s\nlibrary_call lib.c:3 %[1]s\nmain prog.c:6 %[2]s\n", filepath.Base(so), filepath.Base(exe))
		if got != want || note != "" {
			t.Errorf("%s: note %q, got\n%swant\n%s%s", flags, note, got, want, show(frames))
		}
		replaced(t, c, &s, so)
	}
}

// replaced puts another file in the place of a library: its names would be wrong.
func replaced(t *testing.T, c *child, s *Symbols, so string) {
	t.Helper()
	if err := os.Remove(so); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(so, []byte("#!/bin/sh"), 0o600); err != nil {
		t.Fatal(err)
	}
	if frames, note := c.stack(t, s); note != "" || index(frames, "main") < 0 {
		t.Errorf("a file that is kept open is gone: %q\n%s", note, show(frames))
	}
	fresh := Symbols{Patience: time.Hour}
	defer fresh.Close()
	frames, note := c.stack(t, &fresh)
	if _, err := os.Stat(fmt.Sprintf("/proc/%d/map_files", c.p.Ref.PID)); err == nil && note == "" {
		return // this user may open what is mapped itself
	}
	if !strings.Contains(note, "the file on disk is another one") {
		t.Errorf("note %q\n%s", note, show(frames))
	}
}

// TestSignalFrame: a thread blocked in a signal's handler shows what the signal
// interrupted.
func TestSignalFrame(t *testing.T) {
	c := start(t, unix.SYS_READ, build(t, "-O0", "-g", "-DBACKTRACE"), "read", "signal")
	c.check(t, "signal", false, true)
	s := Symbols{Patience: time.Hour}
	defer s.Close()
	frames, _ := c.stack(t, &s)
	if h, m := index(frames, "handler"), index(frames, "main"); h < 0 || m < h+3 {
		t.Errorf("handler at %d, main at %d\n%s", h, m, show(frames))
	}
}

// TestDeep: a deep stack is cut, and said to be.
func TestDeep(t *testing.T) {
	c := start(t, unix.SYS_READ, build(t, "-O0", "-g"), "read", "deep", "5000")
	s := Symbols{Patience: time.Hour}
	defer s.Close()
	frames, note := c.stack(t, &s)
	if len(frames) != MaxFrames || !strings.Contains(note, "deeper than 256") || frames[200].Function != "deep" {
		t.Errorf("%d frames, note %q", len(frames), note)
	}
}

// TestWrongRegisters: a stack that does not fit is not taken for a whole one.
func TestWrongRegisters(t *testing.T) {
	c := start(t, unix.SYS_READ, build(t, "-O2"), "read", "main")
	s := Symbols{Patience: time.Hour}
	defer s.Close()
	right, good := c.stack(t, &s)
	for _, r := range []Registers{{PC: 8, SP: c.regs.SP}, {PC: c.regs.PC, SP: 8}, {PC: c.regs.PC, SP: c.regs.SP + 1}, {PC: c.regs.PC, SP: c.regs.SP + 16}, {PC: c.regs.SP, SP: c.regs.SP}, {}} {
		bad := *c
		bad.regs = r
		if frames, note := bad.stack(t, &s); note == "" {
			t.Errorf("%+v: note %q\n%s", r, note, show(frames))
		}
	}
	if again, note := c.stack(t, &s); note != good || !slices.Equal(again, right) {
		t.Errorf("the second look: %q\n%sthe first: %q\n%s", note, show(again), good, show(right))
	}
	maps, err := c.p.Maps()
	if err != nil {
		t.Fatal(err)
	}
	c.end()
	if frames, note := s.Stack(c.p, maps, c.regs); note == "" || len(frames) > 1 {
		t.Errorf("of a process that has ended: note %q\n%s", note, show(frames))
	}
	fresh := Symbols{Patience: time.Hour}
	if frames, note := fresh.Stack(c.p, maps, c.regs); note == "" || len(frames) > 0 {
		t.Errorf("of a process that has ended: note %q\n%s", note, show(frames))
	}
}

// BenchmarkStack is a look at a stack of ten frames whose files are known.
func BenchmarkStack(b *testing.B) {
	c := start(b, unix.SYS_READ, build(b, "-O2", "-g"), "read", "deep", "4")
	s := Symbols{Patience: time.Hour}
	defer s.Close()
	maps, err := c.p.Maps()
	if err != nil {
		b.Fatal(err)
	}
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		frames, note := s.Stack(c.p, maps, c.regs)
		if n = len(frames); note != "" {
			b.Fatal(note)
		}
	}
	b.ReportMetric(float64(n), "frames")
}

// BenchmarkCold opens every file anew.
func BenchmarkCold(b *testing.B) {
	c := start(b, unix.SYS_READ, build(b, "-O2", "-g"), "read", "deep", "4")
	maps, err := c.p.Maps()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		s := Symbols{Patience: time.Hour}
		if _, note := s.Stack(c.p, maps, c.regs); note != "" {
			b.Fatal(note)
		}
		s.Close()
	}
}

// TestDescriptors: nothing stays open behind Close, whatever could be read.
func TestDescriptors(t *testing.T) {
	open := func() int {
		list, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	c := start(t, unix.SYS_READ, build(t, "-O2"), "read", "main")
	before := open()
	for range 20 {
		s := Symbols{}
		if frames, _ := c.stack(t, &s); len(frames) < 3 {
			t.Fatal(show(frames))
		}
		s.Close()
	}
	if after := open(); after > before+2 { // the runtime may open some of its own
		t.Errorf("%d descriptors before, %d after", before, after)
	}
}

// TestPatience: names that take long to find do not hold a stack up, which is
// whole without them; a later look has them.
func TestPatience(t *testing.T) {
	c := start(t, unix.SYS_READ, build(t, "-O2", "-g"), "read", "main")
	s := Symbols{Patience: time.Nanosecond}
	defer s.Close()
	frames, note := c.stack(t, &s)
	if len(frames) < 5 || !strings.Contains(note, "the next look finds more") || !strings.HasPrefix(frames[1].Function, "blocked+0x") || frames[1].Line != 0 {
		t.Errorf("note %q\n%s", note, show(frames))
	}
	s.Patience = time.Hour
	if frames, note := c.stack(t, &s); note != "" || index(frames, "inner") != 1 || frames[1].Line != c.lines["inner"] {
		t.Errorf("the second look: note %q\n%s", note, show(frames))
	}
}

// TestInlined: what the compiler has put into a function is told before it,
// each with the line that calls the next.
func TestInlined(t *testing.T) {
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Skip("needs gcc")
	}
	source := filepath.Join(t.TempDir(), "inlined.c")
	if err := os.WriteFile(source, []byte(`#include <stdio.h>
#include <unistd.h>
#define INLINE static inline __attribute__((always_inline))
INLINE int inner(char *b) { return read(0, b, 1); }
INLINE int middle(char *b) {
	if (b[0] == 1) b[1] = 2;
	return inner(b) + 1;
}
__attribute__((noinline)) int outer(void) {
	char b[9] = {0};
	return middle(b) + b[0];
}
int main(void) {
	printf("tid %d\nline inner 0\n", getpid()); fflush(stdout);
	return outer() + 1;
}
`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, version := range []string{"-gdwarf-5", "-gdwarf-4"} {
		prog := filepath.Join(t.TempDir(), "inlined")
		if text, err := exec.Command("gcc", "-O2", version, "-o", prog, source).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		c := start(t, unix.SYS_READ, prog)
		s := Symbols{Patience: time.Hour}
		defer s.Close()
		frames, note := c.stack(t, &s)
		got := ""
		for _, f := range frames[min(1, len(frames)):] {
			got += fmt.Sprintf("%s:%d %v\n", f.Function, f.Line, f.Inlined)
		}
		if want := "inner:4 true\nmiddle:7 true\nouter:11 false\nmain:15 false\n"; got != want || note != "" {
			t.Errorf("%s: note %q, got\n%swant\n%s", version, note, got, want)
		}
	}
}
