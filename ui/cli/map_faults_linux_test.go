package cli

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/muster/procs/procfs"
)

// mapping is a muster map that a test plays.
type mapping struct {
	t      *testing.T
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *bufio.Reader
	said   screenText
	family map[int]uint64 // the guard and its children, and when they started
}

func startMap(t *testing.T, args ...string) *mapping {
	t.Helper()
	m := &mapping{t: t, cmd: exec.Command(os.Args[0], append([]string{"map"}, args...)...), family: map[int]uint64{}}
	dir := t.TempDir()
	m.cmd.Dir = dir
	m.cmd.Env = append(os.Environ(), playMuster+"=1", "TMPDIR="+dir, "SHELL=/bin/sh", peakFile+"="+filepath.Join(dir, "peak"))
	m.cmd.Stderr = &m.said
	out, err := m.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if m.in, err = m.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	m.out = bufio.NewReader(out)
	if err := m.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.cmd.Process.Kill() }) // it has ended, unless the test failed
	return m
}

func (m *mapping) line() string {
	m.t.Helper()
	line, err := m.out.ReadString('\n')
	if err != nil {
		m.t.Fatalf("it printed %q: %v, and said %s", line, err, m.said.String())
	}
	return strings.TrimSpace(line)
}

// know notes who is there.
func (m *mapping) know() {
	for _, guard := range procfs.Children(m.cmd.Process.Pid, 0, nil) {
		for _, pid := range append(procfs.Children(guard, 0, nil), guard) {
			if stat, err := procfs.ReadStat(pid); err == nil {
				m.family[pid] = stat.StartTime
			}
		}
	}
}

// ends waits for the end, and that nobody is left.
func (m *mapping) ends(code int, says string) {
	m.t.Helper()
	_, _ = io.Copy(io.Discard, m.out)
	_ = m.cmd.Wait()
	if got := m.cmd.ProcessState.ExitCode(); got != code || !strings.Contains(m.said.String(), says) {
		m.t.Errorf("code %d, want %d; it said %q, want %q", got, code, m.said.String(), says)
	}
	for pid, began := range m.family {
		waitFor(m.t, "process "+strconv.Itoa(pid)+" to end", time.Minute, func() bool {
			stat, err := procfs.ReadStat(pid)
			return err != nil || stat.Ended() || stat.StartTime != began
		})
	}
}

// Input that blocks keeps nobody from what has come, and a signal ends it.
func TestMapInputBlocks(t *testing.T) {
	for _, args := range [][]string{{"echo"}, {"--py", "builtins:str"}} {
		m := startMap(t, args...)
		_, _ = io.WriteString(m.in, "1\n2\n")
		got := m.line() + m.line()
		if !strings.Contains(got, "1") || !strings.Contains(got, "2") {
			t.Errorf("%v: %q", args, got)
		}
		_, _ = io.WriteString(m.in, "3\n")
		if got := m.line(); !strings.Contains(got, "3") {
			t.Errorf("%v: %q", args, got)
		}
		m.know()
		_ = m.cmd.Process.Signal(syscall.SIGINT)
		m.ends(130, "muster: stopped by SIGINT: 3 items done")
	}
}

func TestMapIsInterrupted(t *testing.T) {
	for sig, code := range map[syscall.Signal]int{syscall.SIGINT: 130, syscall.SIGQUIT: 131, syscall.SIGTERM: 143} {
		for _, args := range [][]string{
			{"-j", "2", "--line-buffer", "echo {}; sleep 1000; : {}", ":::", "1", "2", "3"},
			{"-j", "2", "--grace", "100ms", "--line-buffer", "trap '' TERM; echo {}; setsid sleep 1000 & sleep 1000", ":::", "1", "2", "3"},
		} {
			m := startMap(t, args...)
			_, _ = m.line(), m.line()
			m.know()
			_ = m.cmd.Process.Signal(sig)
			m.ends(code, ": 0 of 3 items done")
		}
	}
}

// Workers that do not end when all is done are waited for, and that is told.
func TestMapWaitsForWorkers(t *testing.T) {
	t.Parallel() // it mostly waits
	m := startMap(t, "-j", "1", "--worker", "json", `sed -u 's/,.*/,"result":7}/'; while ! test -e over; do sleep 0.05; done`, ":::", "a")
	if got := m.line(); got != "7" {
		t.Errorf("it printed %q", got)
	}
	m.know()
	waitFor(t, "a word about it", time.Minute, func() bool {
		return strings.Contains(m.said.String(), "all items are done, and workers have not ended")
	})
	if err := os.WriteFile(filepath.Join(m.cmd.Dir, "over"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	m.ends(0, "muster stacks PID tells where they are")
}

// What cannot be written once a signal has come changes nothing of the code.
func TestMapIsInterruptedInVain(t *testing.T) {
	sub := filepath.Join(t.TempDir(), "sub")
	if err := os.Mkdir(sub, 0o700); err != nil {
		t.Fatal(err)
	}
	m := startMap(t, "--line-buffer", "--report", filepath.Join(sub, "report.json"), "rmdir "+sub+"; echo {}; sleep 1000", ":::", "1")
	_ = m.line()
	m.know()
	_ = m.cmd.Process.Signal(syscall.SIGHUP)
	m.ends(129, "muster: cannot write the report: ")
}

// A process that ignores the first signal is killed at the second.
func TestMapIsInterruptedTwice(t *testing.T) {
	m := startMap(t, "--grace", "1h", "--line-buffer", "trap '' TERM; echo {}; while :; do sleep 1; done", ":::", "1")
	_ = m.line()
	m.know()
	_ = m.cmd.Process.Signal(syscall.SIGINT)
	waitFor(t, "the first to be taken", time.Minute, func() bool { return strings.Contains(m.said.String(), "muster: got SIGINT, stopping everything") })
	_ = m.cmd.Process.Signal(syscall.SIGINT)
	m.ends(130, "muster: stopped by SIGINT")
}

// Without its guard muster cannot promise anything, and stops.
func TestMapLosesItsGuard(t *testing.T) {
	for _, args := range [][]string{{"-j", "2", "--line-buffer", "echo {}; sleep 1000; : {}"}, {"-j", "2", "--line-buffer", "--py", "time:sleep", "--items", "json"}} {
		m := startMap(t, append(args, ":::", "1000", "1001", "1002")...)
		if args[2] == "--line-buffer" && len(args) == 4 {
			_, _ = m.line(), m.line()
		} else {
			waitFor(t, "the workers", time.Minute, func() bool { m.know(); return len(m.family) >= 3 })
		}
		m.know()
		for _, guard := range procfs.Children(m.cmd.Process.Pid, 0, nil) {
			_ = syscall.Kill(guard, syscall.SIGKILL)
		}
		m.ends(255, "muster: the guard process was killed: everything was stopped")
	}
}

// However long the input is, the memory is that of the window.
func TestMapOfManyItemsIsSmall(t *testing.T) {
	if raceDetector {
		t.Log("the race detector's own memory is not measured")
		return
	}
	const items, most = 400_000, 100 << 10 // KiB
	m := startMap(t, "-j", "2", "--py", "os.path:basename")
	go func() {
		w := bufio.NewWriter(m.in)
		for i := range items {
			_, _ = fmt.Fprintf(w, "/some/where/item-%d\n", i)
		}
		_ = w.Flush()
		_ = m.in.Close()
	}()
	lines := 0
	for {
		_, err := m.out.ReadSlice('\n')
		if err != nil {
			break
		}
		lines++
	}
	m.ends(0, "")
	if lines != items {
		t.Errorf("%d results", lines)
	}
	peak, err := os.ReadFile(filepath.Join(m.cmd.Dir, "peak"))
	if kib, _ := strconv.Atoi(string(peak)); err != nil || kib == 0 || kib > most {
		t.Errorf("it had %s KiB, %v", peak, err)
	}
}

// A disk that is full is told, whether it is where results are kept or where output
// waits, and what was written before is whole; with room again the rest is done.
func TestMapFillsADisk(t *testing.T) {
	unshare := []string{"unshare", "-m"}
	if os.Getuid() != 0 {
		unshare = append(unshare, "-r")
	}
	if out, err := exec.Command(unshare[0], append(unshare[1:], "true")...).CombinedOutput(); err != nil {
		t.Skipf("it takes a mount namespace to have a small disk: %s", out)
	}
	dir := t.TempDir()
	putMuster(t, dir)
	const script = `mkdir disk; mount -t tmpfs -o size=128k tmpfs disk || exit
work='head -c 2000 /dev/zero | tr "\0" x; : {}'
TMPDIR=$PWD/disk muster map -j 1 'head -c 300000 /dev/zero 2>/dev/null; : {}' ::: 1 | wc -c
TMPDIR=$PWD/disk muster map -j 1 'head -c 3 /dev/zero | tr "\0" x; : {}' ::: 1; echo
head -c 100000 /dev/zero > disk/ballast
seq 20 | muster map -k -j 1 --results disk/r.jsonl "$work"; echo code $?
echo whole: $(grep -c '}$' disk/r.jsonl) of $(grep -c . disk/r.jsonl), $(tail -c 1 disk/r.jsonl | wc -l)
rm disk/ballast
seq 20 | muster map -k -j 1 --results disk/r.jsonl --resume "$work"; echo code $?
echo items: $(grep -o '"item":"[0-9]*"' disk/r.jsonl | sort -u | wc -l) of $(wc -l < disk/r.jsonl)
`
	cmd := exec.Command(unshare[0], append(unshare[1:], "sh", "-c", script)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"), "SHELL=/bin/sh", "TMPDIR="+dir)
	out, err := cmd.CombinedOutput()
	for _, want := range []string{
		"muster: item 1 (1) failed: what it printed is not whole: no space is left in " + dir + "/disk\n",
		"\n0\nxxx\n", // none of it was printed, and the next has room
		"muster: cannot write results to disk/r.jsonl: no space left on device\ncode 255\n", "\ncode 0\nitems: 20 of 20\n",
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("%q is not told: %v, %s", want, err, out)
		}
	}
	if whole := regexp.MustCompile(`whole: (\d+) of (\d+), 1\n`).FindSubmatch(out); whole == nil || string(whole[1]) != string(whole[2]) {
		t.Errorf("records are not whole: %s", out)
	}
}

// Where there are descriptors for a few at a time, as many run, which is told once: items
// wait for their turn, and none fails for that.
func TestMapWithFewDescriptors(t *testing.T) {
	const said = "muster: not as many can run at a time as were asked for: too many open files; ulimit -n raises the limit\n"
	answer := `while read -r q; do id=${q#*:}; echo "{\"id\":${id%%,*},\"result\":0}"; done`
	for name, args := range map[string][]string{
		"commands":                 {"-j", "100", "--", "sh", "-c", "sleep 0.05; echo {}"},
		"that print by lines":      {"-j", "100", "--line-buffer", "--", "sh", "-c", "sleep 0.05; echo {}"},
		"that print by themselves": {"-j", "100", "-u", "--", "sh", "-c", "sleep 0.05; echo {}"},
		"workers":                  {"-j", "20", "--worker", "json", "--", "sh", "-c", answer},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			cmd := exec.Command("sh", append([]string{"-c", `ulimit -n 40; exec "$@"`, "sh", os.Args[0], "map"}, args...)...)
			cmd.Env = append(os.Environ(), playMuster+"=1", "XDG_RUNTIME_DIR=", "XDG_STATE_HOME="+dir+"/state", "TMPDIR="+dir)
			var in, stderr strings.Builder
			for i := range 150 {
				fmt.Fprintln(&in, i)
			}
			cmd.Stdin, cmd.Stderr = strings.NewReader(in.String()), &stderr
			out, err := cmd.Output()
			if lines := strings.Count(string(out), "\n"); err != nil || lines != 150 || stderr.String() != said {
				t.Errorf("%v, %d lines; it said %q, want %q", err, lines, stderr.String(), said)
			}
		})
	}
}
