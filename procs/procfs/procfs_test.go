package procfs

import (
	"bytes"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestParseStat(t *testing.T) {
	for name, want := range map[string]Stat{
		// A process that calls itself "a) R 1 (b) S".
		"stat-hostile": {
			State: 'S', PPID: 300, PGID: 4711, SID: 4711, MinFault: 120, UserTime: 150, SysTime: 50, ChildTime: 1000,
			Threads: 4, StartTime: 123456, RSSPages: 512,
		},
		// One with a newline in its name, that has ended with exit(3).
		"stat-zombie": {
			State: 'Z', PPID: 300, PGID: 77, SID: 77, Exiting: true, MinFault: 10, UserTime: 1, SysTime: 2,
			Threads: 1, StartTime: 777, ExitStatus: 3 << 8,
		},
	} {
		var got Stat
		if err := ParseStat(fixture(t, name), &got); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if got.Ended() != (name == "stat-zombie") {
			t.Errorf("%s: ended is %v", name, got.Ended())
		}
	}
	if s := (Stat{State: 'Z', Threads: 3}); s.Ended() {
		t.Error("a process whose main thread has ended, but not the others, counts as ended")
	}
}

func TestParseStatRefuses(t *testing.T) {
	whole := fixture(t, "stat-hostile")
	for _, bad := range []string{"", ")", "1 (x)", "1 (x) ", "1 (x) S", "1 (x) S 1 2 3", "1 (x) S a b c", "1 (x) S -1 " + string(whole[30:])} {
		var s Stat
		if err := ParseStat([]byte(bad), &s); err == nil {
			t.Errorf("%q is accepted as %+v", bad, s)
		}
	}
}

func TestParseSignals(t *testing.T) {
	const sets = "\nSigPnd:\t0000000000000100\nShdPnd:\t0000000000004000\nSigBlk:\t0000000000400000\nSigIgn:\t0000000000000002\nSigCgt:\t0000000000000001\n"
	s, err := ParseSignals([]byte("Name:\tSigCgt:\tff\n" + sets))
	if err != nil || s != (Signals{Pending: 1<<8 | 1<<14, Blocked: 1 << 22, Ignored: 2, Caught: 1}) || !s.Blocked.Has(23) || s.Caught.Has(23) || s.Caught.Has(0) {
		t.Errorf("%+v %v", s, err)
	}
	for _, bad := range []string{"", sets[10:], "\nSigBlk:\tzz" + sets} {
		if s, err := ParseSignals([]byte(bad)); err == nil {
			t.Errorf("%q is %+v", bad, s)
		}
	}
}

func TestParseStatDoesNotAllocate(t *testing.T) {
	line := fixture(t, "stat-hostile")
	var s Stat
	if n := testing.AllocsPerRun(100, func() { _ = ParseStat(line, &s) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzParseStat: any bytes at all, and any name, must not fool the parser.
func FuzzParseStat(f *testing.F) {
	f.Add(fixture(f, "stat-hostile"))
	f.Add(fixture(f, "stat-zombie"))
	f.Add([]byte(") ) ("))
	f.Fuzz(func(t *testing.T, name []byte) {
		var s Stat
		_ = ParseStat(name, &s) // must not panic
		line := append(append([]byte("12 ("), name...), []byte(") S 300 4711 4711 0 -1 1 2 3 4 5 6 7 8 9 20 0 4 0 99 1 512 0")...)
		if err := ParseStat(line, &s); err != nil || s.PPID != 300 || s.StartTime != 99 || s.RSSPages != 512 {
			t.Errorf("the name %q yields %+v, %v", name, s, err)
		}
	})
}

func TestParseDetails(t *testing.T) {
	io, err := ParseIO(fixture(t, "io"))
	if want := (IO{ReadBytes: 4096, WriteBytes: 1 << 20}); io != want || err != nil {
		t.Errorf("io %+v, %v; want %+v", io, err, want)
	}
	s, err := ParseStatus(fixture(t, "status"))
	if want := (Status{Voluntary: 31, Involuntary: 7, RSSBytes: 1992 << 10, PeakRSSBytes: 2000 << 10}); s != want || err != nil {
		t.Errorf("status %+v, %v; want %+v", s, err, want)
	}
	for _, bad := range []string{"", "\nread_bytes: ", "\nread_bytes: x\nwrite_bytes: 1\n", "\nvoluntary_ctxt_switches:\t"} {
		if got, err := ParseIO([]byte(bad)); err == nil {
			t.Errorf("%q is accepted as %+v", bad, got)
		}
		if got, err := ParseStatus([]byte(bad)); err == nil {
			t.Errorf("%q is accepted as %+v", bad, got)
		}
	}
}

func TestSplitArgv(t *testing.T) {
	for in, want := range map[string][]string{
		"":                          nil,
		"\x00\x00":                  nil,
		"sh\x00-c\x00a b\x00":       {"sh", "-c", "a b"},
		"x\x00\x00y\x00":            {"x", "", "y"},
		"nginx: worker\x00\x00\x00": {"nginx: worker"},
		"\xff\n\x00\x1b[31m\x00":    {"\xff\n", "\x1b[31m"},
		"cut in the mid":            {"cut in the mid"},
	} {
		if diff := cmp.Diff(want, SplitArgv([]byte(in))); diff != "" {
			t.Errorf("%q (-want +got):\n%s", in, diff)
		}
	}
}

// TestThisProcess reads what this process knows of itself.
func TestThisProcess(t *testing.T) {
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("no /proc here")
	}
	s, err := ReadStat(os.Getpid())
	if err != nil || s.PPID != os.Getppid() || s.Threads < 1 || s.StartTime == 0 {
		t.Errorf("stat %+v, %v", s, err)
	}
	if argv := Argv(os.Getpid()); len(argv) == 0 || argv[0] != os.Args[0] {
		t.Errorf("argv %q, want %q", argv, os.Args)
	}
	if name := Comm(os.Getpid()); name == "" || bytes.ContainsRune([]byte(name), '\n') {
		t.Errorf("comm %q", name)
	}
	if got := Environ(os.Getpid(), "PATH", "MUSTER_NONE"); got["PATH"] != os.Getenv("PATH") || len(got) != 1 {
		t.Errorf("environment %q", got)
	}
	if _, err := ReadStat(1 << 30); err == nil {
		t.Error("read a process that cannot be")
	}
}

func TestParseIdentity(t *testing.T) {
	got, err := ParseIdentity([]byte("Name:\tx\\nUid:\t5\t5\nState:\tS (sleeping)\nTgid:\t77\nPid:\t78\nUid:\t1000\t0\t0\t0\n"))
	if err != nil || got != (Identity{UID: 0, PID: 77}) {
		t.Errorf("%+v, %v", got, err)
	}
	for _, bad := range []string{"", "Name:\tx\nTgid:\t1\n", "\nUid:\t1\t2\n", "\nTgid:\t1\nUid:\t1\n"} {
		if got, err := ParseIdentity([]byte(bad)); err == nil {
			t.Errorf("%q is read as %+v", bad, got)
		}
	}
}
