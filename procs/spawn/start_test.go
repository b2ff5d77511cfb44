package spawn

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"example.com/muster/procs"
)

func write(t *testing.T, path, content string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
}

// Every way in which a program cannot be executed says which it was.
func TestStartErrors(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "plain"), "echo hi\n", 0o644)
	write(t, filepath.Join(dir, "text"), "echo hi\n", 0o755)
	write(t, filepath.Join(dir, "empty"), "", 0o755)
	write(t, filepath.Join(dir, "script"), "#!/usr/bin/pyton -u\n", 0o755)
	write(t, filepath.Join(dir, "dos"), "#!/bin/sh\r\necho hi\r\n", 0o755)
	write(t, filepath.Join(dir, "closed"), "#!"+dir+"/plain\n", 0o755)
	write(t, filepath.Join(dir, "alien"), "\x7fELF\x02\x01\x01"+strings.Repeat("\x00", 60), 0o755)
	for _, name := range []string{"directory", "bin"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(dir, "bin", "locked"), "#!/bin/sh\n", 0o644)
	path := "PATH=" + os.Getenv("PATH")
	tests := []struct {
		name string
		c    Command
		code int
		why  string
	}{
		{"no such name", Command{Argv: []string{"pyhton3"}}, 127, "not found: pyhton3"},
		{"no such path", Command{Argv: []string{"./nope"}}, 127, "not found: ./nope"},
		{"below a file", Command{Argv: []string{"./plain/x"}}, 127, "not found: ./plain/x"},
		{"empty name", Command{Argv: []string{""}}, 127, "not found: the command is empty"},
		{"no name", Command{}, 127, "not found: the command is empty"},
		{"child's PATH", Command{Argv: []string{"true"}, Env: []string{"PATH=/nowhere"}}, 127, "not found: true"},
		{"no x bit", Command{Argv: []string{"./plain"}}, 126, "not executable: ./plain (permission denied)"},
		{"no x bit in PATH", Command{Argv: []string{"locked"}, Env: []string{"PATH=bin"}}, 126, "not executable: locked (permission denied)"},
		{"directory", Command{Argv: []string{"./directory"}}, 126, "not executable: ./directory (is a directory)"},
		{"no #! line", Command{Argv: []string{"./text"}}, 126, "not executable: ./text (exec format error: a script needs a #! line)"},
		{"empty file", Command{Argv: []string{"./empty"}}, 126, "not executable: ./empty (exec format error: the file is empty)"},
		{"other machine", Command{Argv: []string{"./alien"}}, 126, "not executable: ./alien (exec format error: built for another machine)"},
		{"interpreter", Command{Argv: []string{"./script"}}, 126, "./script: its interpreter /usr/bin/pyton is not there"},
		{"interpreter, Windows", Command{Argv: []string{"./dos"}}, 126, `./dos: its interpreter /bin/sh\r is not there (its lines end as on Windows)`},
		{"interpreter, no x bit", Command{Argv: []string{"./closed"}}, 126, "./closed: its interpreter " + dir + "/plain is not executable"},
		{"no directory", Command{Argv: []string{"true"}, Dir: "/nope"}, 126, "no such directory: /nope"},
		{"directory is a file", Command{Argv: []string{"true"}, Dir: dir + "/plain"}, 126, "not a directory: " + dir + "/plain"},
		{"NUL", Command{Argv: []string{"true", "a\x00b"}}, 126, "not executable: true (an argument contains a NUL byte)"},
		{"NUL in the environment", Command{Argv: []string{"true"}, Env: []string{"A=\x00"}}, 126, "not executable: true (an environment variable contains a NUL byte)"},
		{"too long", Command{Argv: []string{"true", strings.Repeat("x", 1<<20)}}, 126, "not executable: true (its arguments and environment are too long: "},
	}
	g := newGuard(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if test.c.Env == nil {
				test.c.Env = []string{path}
			}
			if test.c.Dir == "" {
				test.c.Dir = dir
			}
			_, err := g.Start(context.Background(), test.c)
			var failed *StartError
			if !errors.As(err, &failed) {
				t.Fatalf("got %v, want a StartError", err)
			}
			if failed.Code != test.code || !strings.HasPrefix(failed.Why, test.why) || test.name != "too long" && failed.Why != test.why {
				t.Errorf("got %d %q, want %d %q", failed.Code, failed.Why, test.code, test.why)
			}
		})
	}
}

// What cannot be brought about here is at least put into words.
func TestDiagnoseNumbers(t *testing.T) {
	for number, want := range map[unix.Errno]StartError{
		unix.EAGAIN:  {Code: 1, Why: "too many processes: resource temporarily unavailable", Lacks: procs.LacksProcesses},
		unix.ENOMEM:  {Code: 1, Why: "not enough memory: cannot allocate memory", Lacks: procs.LacksMemory},
		unix.EMFILE:  {Code: 1, Why: "too many open files", Lacks: procs.LacksFiles},
		unix.ENFILE:  {Code: 1, Why: "too many open files in system", Lacks: procs.LacksFiles},
		unix.ETXTBSY: {Code: 126, Why: "not executable: true (the file is being written to)"},
		unix.EPERM:   {Code: 126, Why: "not executable: true (operation not permitted)"},
	} {
		if got := diagnose(Command{Argv: []string{"true"}}, "/bin/true", number); got.Why != want.Why || got.Code != want.Code || got.Lacks != want.Lacks {
			t.Errorf("%v: got %+v, want %+v", number, got, want)
		}
	}
}

// What is lacking before a program is executed is told with what it was needed for. That a
// terminal or a channel is to be tried again says nothing of processes.
func TestLacking(t *testing.T) {
	opening := func(err error) error { return fmt.Errorf("cannot open output in pty mode: %w", err) }
	for _, tt := range []struct {
		err  error
		want *StartError
	}{
		{opening(&os.PathError{Op: "open", Path: "/dev/ptmx", Err: unix.EMFILE}), &StartError{Code: 1, Why: "cannot open output in pty mode: open /dev/ptmx: too many open files", Kind: "too many open files", Lacks: procs.LacksFiles}},
		{opening(unix.ENOMEM), &StartError{Code: 1, Why: "cannot open output in pty mode: cannot allocate memory", Kind: "not enough memory: cannot allocate memory", Lacks: procs.LacksMemory}},
		{opening(unix.EAGAIN), nil},
		{opening(unix.ENODEV), nil},
		{fmt.Errorf("cannot start the guard process: %w", notBegun(unix.EAGAIN)), &StartError{Code: 1, Why: "too many processes: resource temporarily unavailable", Kind: "too many processes: resource temporarily unavailable", Lacks: procs.LacksProcesses}},
		{fmt.Errorf("cannot start the guard process: %w", notBegun(unix.EACCES)), nil},
		{notFound("x"), nil},
	} {
		if got := Lacking(tt.err); (got == nil) != (tt.want == nil) || got != nil && *got != *tt.want {
			t.Errorf("%v: got %+v, want %+v", tt.err, got, tt.want)
		}
	}
}

// A directory that may not be entered is told from one that is not there.
func TestClosedDirectory(t *testing.T) {
	if os.Getuid() == 0 {
		// Root enters every directory, so only the words are tested.
		if got := cause(&os.PathError{Op: "stat", Path: "/x", Err: unix.EACCES}); got != "permission denied" {
			t.Errorf("got %q", got)
		}
		return
	}
	dir := filepath.Join(t.TempDir(), "closed")
	if err := os.Mkdir(dir, 0); err != nil {
		t.Fatal(err)
	}
	if err := checkDir(dir); err == nil || err.Why != "cannot enter directory: "+dir+" (permission denied)" {
		t.Errorf("got %v", err)
	}
}

// The program gets exactly the arguments that were given.
func TestArgumentsPassUnchanged(t *testing.T) {
	args := []string{"", "two words", `"quoted" 'too'`, "line\nline", "tab\t", "$HOME *", "\xff\xfe", "-x", "ü"}
	r := launchIn(t, newGuard(t), procs.OutputPipe, role("args", args...)...)
	if x := wait(t, r.Process); x.Code != 0 {
		t.Fatal(x)
	}
	r.streams.Drain(0)
	want := `["" "two words" "\"quoted\" 'too'" "line\nline" "tab\t" "$HOME *" "\xff\xfe" "-x" "ü"]` + "\n"
	if got := r.out.get(procs.Stdout); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// A relative program and relative entries of PATH count from the program's directory.
func TestRelativeToDir(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "bin", "tool"), "#!/bin/sh\nexit 9\n", 0o755)
	g := newGuard(t)
	for _, argv := range [][]string{{"tool"}, {"bin/tool"}, {"./bin/tool"}} {
		p, err := g.Start(context.Background(), Command{Argv: argv, Env: []string{"PATH=/nowhere:bin"}, Dir: dir})
		if err != nil {
			t.Errorf("%q: %v", argv, err)
			continue
		}
		if x := wait(t, p); x.Code != 9 {
			t.Errorf("%q: %v", argv, x)
		}
	}
}

// A large environment passes, as one frame of many reads.
func TestLargeEnvironment(t *testing.T) {
	env := []string{"PATH=" + os.Getenv("PATH")}
	for i := range 12 {
		env = append(env, string(rune('a'+i))+"="+strings.Repeat("v", 100_000))
	}
	p, err := newGuard(t).Start(context.Background(), Command{
		Argv: []string{"sh", "-c", `test ${#l} = 100000`}, Env: env,
	})
	if err != nil {
		t.Fatal(err)
	}
	if x := wait(t, p); x.Code != 0 {
		t.Error(x)
	}
}

// A start whose context ends leaves nothing running.
func TestStartCancelled(t *testing.T) {
	g := newGuard(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for range 20 {
		p, err := g.Start(ctx, Command{Argv: role("sleep"), Env: os.Environ()})
		if err == nil { // the answer came first
			_ = p.Signal(procs.SIGKILL)
		} else if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	settled := launch(t, g, "true") // the guard has read all that came before
	wait(t, settled)
	eventually(t, 5e9, "all killed", func() bool { return len(family(g.PID())) == 0 })
}

// TestFinder: a name is not taken for the file of another PATH, and what was not
// found is looked for again.
func TestFinder(t *testing.T) {
	var f finder
	dirs := []string{t.TempDir(), t.TempDir()}
	find := func(dir string) string {
		file, err := f.lookUp(Command{Argv: []string{"tool"}, Env: []string{"PATH=" + dir}})
		if err != nil {
			return ""
		}
		return file
	}
	for _, dir := range dirs {
		if got := find(dir); got != "" {
			t.Errorf("found %s before it was there", got)
		}
		file := filepath.Join(dir, "tool")
		if err := os.WriteFile(file, nil, 0o700); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if got := find(dir); got != file {
				t.Errorf("found %q, want %s", got, file)
			}
		}
	}
	if _, err := f.lookUp(Command{Argv: []string{"tool", "\x00"}, Env: []string{"PATH=" + dirs[1]}}); err == nil {
		t.Error("an argument with a NUL byte is accepted where the file is known")
	}
}
