package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
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

	"example.com/muster/session"
)

// ran is what a headless muster printed and how it ended.
type ran struct {
	stdout, stderr string
	code           int
	report         session.Report
	logs           string // where the output was kept
	peak           int64  // bytes of RSS of muster itself
}

// play is a headless muster that has been started.
type play struct {
	cmd      *exec.Cmd
	out, err bytes.Buffer
	dir      string
}

// start starts `muster run` with flags and a command, in an environment of its own.
func start(t *testing.T, flags, command []string, env ...string) *play {
	t.Helper()
	p := &play{dir: t.TempDir()}
	args := append([]string{"run", "--no-tui", "--report", p.dir + "/report.json", "--log-dir", p.dir + "/logs"}, flags...)
	p.cmd = exec.Command(os.Args[0], append(append(args, "--"), command...)...)
	p.cmd.Env = append(append(os.Environ(), playMuster+"=1", "XDG_RUNTIME_DIR=", "XDG_STATE_HOME="+p.dir+"/state", "TMPDIR="+p.dir, peakFile+"="+p.dir+"/peak"), env...)
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.err
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.cmd.Process.Kill() }) // it has ended, unless the test failed
	return p
}

// end waits for the muster; it is killed if it does not end in time.
func (p *play) end(t *testing.T) ran {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = p.cmd.Process.Kill() })
	defer stop()
	err := p.cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if ctx.Err() != nil {
		t.Fatalf("muster did not end; it printed:\n%s\n%s", tail(p.out.String()), p.err.String())
	}
	r := ran{stdout: p.out.String(), stderr: p.err.String(), code: p.cmd.ProcessState.ExitCode(), logs: p.dir + "/logs"}
	if kib, err := os.ReadFile(p.dir + "/peak"); err == nil {
		r.peak, _ = strconv.ParseInt(string(kib), 10, 64)
		r.peak <<= 10
	}
	b, err := os.ReadFile(p.dir + "/report.json")
	if err != nil {
		t.Fatalf("no report: %v; stderr:\n%s", err, r.stderr)
	}
	if err := json.Unmarshal(b, &r.report); err != nil {
		t.Fatal(err)
	}
	return r
}

func run(t *testing.T, flags, command []string, env ...string) ran {
	t.Helper()
	return start(t, flags, command, env...).end(t)
}

func tail(s string) string { return s[max(0, len(s)-2000):] }

// kept returns what the log of a pool holds, slot by slot.
func (r ran) kept(t *testing.T, pool string) string {
	t.Helper()
	files, err := filepath.Glob(r.logs + "/" + pool + "-*.log")
	if err != nil || len(files) == 0 {
		t.Fatalf("there is no log of %s in %s", pool, r.logs)
	}
	var all strings.Builder
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(b)
	}
	return all.String()
}

var anyMode = []string{"pipe", "by-writer", "pty"}

func TestALineOf100MiBIsKeptWholeInLittleMemory(t *testing.T) {
	const size = 100 << 20
	r := run(t, []string{"--output", "pipe", "--name", "p", "--prefix", "none"}, child(t, "longline", strconv.Itoa(size)))
	if r.code != 0 || len(r.stdout) < size || strings.Trim(r.stdout, "x") != "\n" {
		t.Errorf("code %d, %d bytes printed, ending %q; want %d and a newline", r.code, len(r.stdout), tail(r.stdout[max(0, len(r.stdout)-10):]), size)
	}
	if got := r.kept(t, "p"); len(got) != size+1 || strings.Trim(got, "x") != "\n" {
		t.Errorf("%d bytes in the log, want %d", len(got), size+1)
	}
	if r.peak > 96<<20 && !raceDetector {
		t.Errorf("muster grew to %d MiB", r.peak>>20)
	}
}

func TestEveryByteIsKept(t *testing.T) {
	var want []byte
	for b := range 256 {
		if b != '\n' {
			want = append(want, byte(b))
		}
	}
	want = append(want, '\n')
	for _, mode := range []string{"pipe", "by-writer"} {
		r := run(t, []string{"--output", mode, "--name", "p", "--prefix", "none"}, child(t, "bytes"))
		if r.kept(t, "p") != string(want) || r.stdout != string(want) {
			t.Errorf("%s: got %q in the log, %q printed", mode, r.kept(t, "p"), r.stdout)
		}
	}
}

func TestManyTalkersLoseNothing(t *testing.T) {
	r := run(t, []string{"-n", "50", "--name", "p", "--output", "pipe"}, child(t, "steady", "1000", "10000"))
	if n := strings.Count(r.stdout, "\n"); r.code != 0 || n != 50_000 {
		t.Errorf("code %d, %d lines printed, want 50000; %s", r.code, n, r.stderr)
	}
	if n := strings.Count(r.kept(t, "p"), "\n"); n != 50_000 {
		t.Errorf("%d lines in the log, want 50000", n)
	}
	for _, p := range r.report.Pools[0].Processes {
		if p.LastLine != "line 999 of 1000" {
			t.Errorf("%s: last line %q", p.Name, p.LastLine)
		}
	}
}

func TestAChildThatClosesItsOutputIsStillWatched(t *testing.T) {
	for _, mode := range anyMode {
		p := start(t, []string{"--output", mode, "--session", "deaf" + mode}, child(t, "deaf"))
		awaitState(t, p, "deaf"+mode, func(ps session.PS) bool {
			pr := ps.Pools[0].Processes[0]
			return pr.State == "running" && pr.LastLine == "closing"
		})
		if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		r := p.end(t)
		if e := r.report.Pools[0].Processes[0].LastExit; r.code != 143 || e == nil || e.Code == nil || *e.Code != 4 || !e.Asked {
			t.Errorf("%s: code %d, exit %+v; want 143 and the child's own 4, asked for", mode, r.code, e)
		}
	}
}

// awaitState polls a session's ps until ok.
func awaitState(t *testing.T, p *play, name string, ok func(session.PS) bool) {
	t.Helper()
	var ps session.PS
	waitFor(t, "the state of "+name, 20*time.Second, func() bool {
		cmd := exec.Command(os.Args[0], "ps", "--json", "--session", name)
		cmd.Env = p.cmd.Env
		out, err := cmd.Output()
		return err == nil && json.Unmarshal(out, &ps) == nil && ok(ps)
	})
}

func TestWhatOutlivesItsParentIsEndedAndTheRunIsNotHeldUp(t *testing.T) {
	for _, mode := range anyMode {
		began := time.Now()
		r := run(t, []string{"--output", mode}, child(t, "orphaner"))
		m := regexp.MustCompile(`leaving (\d+)`).FindStringSubmatch(r.stdout)
		if r.code != 0 || m == nil {
			t.Fatalf("%s: code %d, printed %q %q", mode, r.code, r.stdout, r.stderr)
		}
		if time.Since(began) > 9*time.Second {
			t.Errorf("%s: the sleep that was left behind held the run up for %v", mode, time.Since(began))
		}
		pid, _ := strconv.Atoi(m[1])
		if syscall.Kill(pid, 0) == nil {
			t.Errorf("%s: the sleep that was left behind lives", mode)
		}
	}
}

func TestAChildThatStopsItselfShowsAsStoppedAndCanBeEnded(t *testing.T) {
	p := start(t, []string{"--session", "stopper", "--grace", "500ms"}, child(t, "stopper"))
	awaitState(t, p, "stopper", func(ps session.PS) bool {
		w := ps.Pools[0].Processes[0].Wait
		return w != nil && *w == "stopped"
	})
	if err := p.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if r := p.end(t); r.code != 130 || r.report.Pools[0].Processes[0].State != "stopped" {
		t.Errorf("code %d, state %s", r.code, r.report.Pools[0].Processes[0].State)
	}
}

func TestABombOfChildrenIsSurvived(t *testing.T) {
	r := run(t, []string{"--name", "p"}, child(t, "bomb", "2000"))
	if r.code != 0 || !strings.Contains(r.stdout, "bombed") {
		t.Fatalf("code %d, printed %q %q", r.code, r.stdout, r.stderr)
	}
}

func TestZombiesAreShownAsSuch(t *testing.T) {
	p := start(t, []string{"--session", "zombies", "--interval", "100ms"}, child(t, "zombies"))
	awaitState(t, p, "zombies", func(ps session.PS) bool {
		n := 0
		for _, d := range ps.Pools[0].Processes[0].Descendants {
			if d.Wait != nil && *d.Wait == "zombie" {
				n++
			}
		}
		return n == 5
	})
	ps := exec.Command(os.Args[0], "ps")
	ps.Env = p.cmd.Env
	out, err := ps.Output()
	if n := len(regexp.MustCompile(`(?m)^  \S+ +\d+ +zombie .* exit 0`).FindAll(out, -1)); err != nil || n != 5 {
		t.Errorf("ps shows %d zombies and how they ended, want 5, %v:\n%s", n, err, out)
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if r := p.end(t); r.code != 143 {
		t.Errorf("code %d", r.code)
	}
}

func TestAFullDiskIsToldAndTheRunGoesOn(t *testing.T) {
	full := start(t, []string{"--output", "pipe", "--name", "p"}, []string{"sh", "-c", "yes | head -c 3000000; echo done"})
	r := full.end(t)
	if r.code != 0 {
		t.Fatal(r.stderr)
	}
	dir := t.TempDir()
	cmd := exec.Command("sh", "-c", `ulimit -f 1000; exec "$@"`, "sh", os.Args[0], "run", "--no-tui", "--log-dir", dir, "--name", "p", "--output", "pipe", "--prefix", "none", "--", "sh", "-c", "yes | head -c 3000000; echo; echo done")
	cmd.Env = append(os.Environ(), playMuster+"=1", "XDG_RUNTIME_DIR=", "XDG_STATE_HOME="+dir+"/state", "TMPDIR="+dir)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	cmd.Stdin = nil
	out, err := cmd.Output()
	if !strings.HasSuffix(string(out), "done\n") {
		t.Errorf("printed %q, %v", tail(string(out)), err)
	}
	// What falls out of memory before it is printed can be read from nowhere on a full disk.
	unshown := regexp.MustCompile(`muster: [\d,]+ lines? (is|are) not shown: they came faster than they could be printed\n`)
	said := unshown.ReplaceAllString(stderr.String(), "")
	want := regexp.MustCompile("^muster: cannot write the log in " + dir + `: file too large; output is still shown, \d+ bytes of it are not in the log so far\n` +
		`(muster: the log is written again; \d+ bytes were lost from it\n)?(muster: cannot write the log in ` + dir + `: file too large: \d+ bytes were lost from it\n)?$`)
	if !want.MatchString(said) { // what is printed last may find room
		t.Errorf("stderr says %q, want %s", stderr.String(), want)
	}
}

// TestLostBytesAreCounted: what is told while the program runs, and in the end, is what it printed
// less what the log holds.
func TestLostBytesAreCounted(t *testing.T) {
	r := run(t, []string{"--log-dir", "/proc/self"}, []string{"sh", "-c", "echo hi"})
	if got := regexp.MustCompile(`[0-9]+ bytes`).FindAllString(r.stderr, -1); strings.Join(got, ", ") != "3 bytes" {
		t.Errorf("of 3 bytes %q are told in %q", got, r.stderr)
	}
	dir := t.TempDir()
	cmd := exec.Command("sh", "-c", `ulimit -f 400; exec "$@"`, "sh", os.Args[0], "run", "--no-tui", "--log-dir", dir+"/logs", "--name", "p", "--report", "-",
		"--", "sh", "-c", "yes | head -c 3000000; sleep 2.5")
	cmd.Env = append(os.Environ(), playMuster+"=1", "XDG_RUNTIME_DIR=", "XDG_STATE_HOME="+dir+"/state", "TMPDIR="+dir)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	info, statErr := os.Stat(dir + "/logs/p-0.001.log")
	if err != nil || statErr != nil {
		t.Fatal(err, statErr, stderr.String())
	}
	missing := strconv.FormatInt(3000000-info.Size(), 10) + " bytes "
	begun, whole := strings.Count(stderr.String(), "output is still shown"), strings.Count(stderr.String(), missing+"were lost from it")
	if report := tail(string(out)); !strings.Contains(report, missing) || begun != 1 || whole != 1 {
		t.Errorf("%sare missing; the report says\n%s\nstderr\n%s", missing, report, stderr.String())
	}
}

// TestALogThatIsRemovedIsTold: after somebody has removed the log's directory, or a file of it, what is
// printed is on disk again, and what is lost is told at once and by who reads the log.
func TestALogThatIsRemovedIsTold(t *testing.T) {
	t.Parallel() // it mostly waits
	for name, tt := range map[string]struct {
		flags  []string
		dir    string // below the play's
		remove string // below that
		said   string
	}{
		"logdir": {nil, "/logs", "", "the log in DIR was removed: 7 bytes are lost from it so far; it is written anew"},
		"state":  {[]string{"--log-dir="}, "/state/muster/removedstate", "", "the log in DIR was removed: 7 bytes are lost from it so far; it is written anew"},
		"file":   {nil, "/logs", "/p-0.001.log", "p-0.001.log was removed from the log in DIR: 7 bytes are lost from it so far; it goes on in another file"},
	} {
		t.Run(name, func(t *testing.T) {
			again := t.TempDir() + "/go"
			p := start(t, append(tt.flags, "--session", "removed"+name, "--name", "p"), []string{"sh", "-c", "echo before; until [ -e " + again + " ]; do sleep 0.05; done; echo after"})
			dir := p.dir + tt.dir
			waitFor(t, "the log", 20*time.Second, func() bool {
				info, err := os.Stat(dir + "/p-0.001.log")
				return err == nil && info.Size() > 0
			})
			var followed bytes.Buffer
			follow := exec.Command(os.Args[0], "logs", "-f", "--session", "removed"+name, "--prefix", "none")
			pipe, write, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer pipe.Close()
			follow.Env, follow.Stdout, follow.Stderr = p.cmd.Env, write, write
			if err := follow.Start(); err != nil {
				t.Fatal(err)
			}
			write.Close()
			if _, err := io.CopyN(&followed, pipe, int64(len("before\n"))); err != nil {
				t.Fatal(err)
			}
			if err := os.RemoveAll(dir + tt.remove); err != nil {
				t.Fatal(err)
			}
			if tt.remove == "" {
				waitFor(t, "the directory", 20*time.Second, func() bool { _, err := os.Stat(dir + "/p-0.002.idx"); return err == nil })
			} else {
				<-time.After(1100 * time.Millisecond) // a file is looked for when it is written, once a second
			}
			if err := os.WriteFile(again, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			r := p.end(t)
			if _, err := io.Copy(&followed, pipe); err != nil || follow.Wait() != nil || followed.String() != "before\nafter\n" {
				t.Errorf("who follows the log is shown %q, %v", followed.String(), err)
			}
			want := strings.ReplaceAll(tt.said, "DIR", dir)
			if r.code != 0 || r.stdout != "p/0 | before\np/0 | after\n" || r.stderr != "muster: "+want+"\n" {
				t.Errorf("code %d, printed %q, said %q", r.code, r.stdout, r.stderr)
			}
			if len(r.report.Notices) != 1 || r.report.Notices[0] != want {
				t.Errorf("the report says %q", r.report.Notices)
			}
			var out, said bytes.Buffer
			logs := exec.Command(os.Args[0], "logs", "--session", "removed"+name)
			logs.Env, logs.Stdout, logs.Stderr = p.cmd.Env, &out, &said
			if err := logs.Run(); err != nil || out.String() != "p/0 | after\n" || said.String() != "muster: the log of p/0 lacks 1 line from line 1 on: it was removed\n" {
				t.Errorf("logs prints %q and says %q, %v", out.String(), said.String(), err)
			}
			if _, err := os.Stat(p.dir + "/state/muster/removed" + name + "/session.json"); err != nil {
				t.Errorf("nobody learns how it ended: %v", err)
			}
		})
	}
}

// TestTheDirectoryOfASilentSessionIsRemoved: that it is made anew is told once, though there is no log
// of which that could be told.
func TestTheDirectoryOfASilentSessionIsRemoved(t *testing.T) {
	t.Parallel() // it mostly waits
	again := t.TempDir() + "/go"
	p := start(t, []string{"--log-dir=", "--session", "silent", "--name", "p"}, []string{"sh", "-c", "until [ -e " + again + " ]; do sleep 0.05; done"})
	dir := p.dir + "/state/muster/silent"
	kept := func() bool {
		info, err := os.Stat(dir + "/session.json")
		return err == nil && info.Size() > 0
	}
	waitFor(t, "the session", 20*time.Second, func() bool {
		_, err := os.Stat(dir + "/go") // made last
		return err == nil && kept()
	})
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the directory", 20*time.Second, func() bool {
		_, err := os.Stat(dir + "/go")
		return err == nil && kept()
	})
	<-time.After(placeEvery + placeEvery/2 + 100*time.Millisecond) // as long as it may be until it is looked for again
	if err := os.WriteFile(again, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	r := p.end(t)
	want := "what the session kept in " + dir + " was removed; it is made anew"
	if r.code != 0 || r.stdout != "" || r.stderr != "muster: "+want+"\n" {
		t.Errorf("code %d, printed %q, said %q", r.code, r.stdout, r.stderr)
	}
	if len(r.report.Notices) != 1 || r.report.Notices[0] != want {
		t.Errorf("the report says %q", r.report.Notices)
	}
}

func TestAReadOnlyLogDirectoryIsTold(t *testing.T) {
	r := run(t, []string{"--log-dir", "/proc/nowhere"}, []string{"echo", "still here"})
	if r.code != 0 || !strings.Contains(r.stdout, "still here") || r.stderr != "muster: no log is kept on disk: mkdir /proc/nowhere: no such file or directory\n" {
		t.Errorf("code %d, printed %q, said %q", r.code, r.stdout, r.stderr)
	}
}

func TestWithoutAHome(t *testing.T) {
	r := run(t, nil, []string{"echo", "hello"}, "HOME=", "XDG_STATE_HOME=", "XDG_RUNTIME_DIR=")
	if r.code != 0 || r.stderr != "" {
		t.Errorf("code %d, said %q", r.code, r.stderr)
	}
}

func TestTwoMustersAtOnce(t *testing.T) {
	dir := t.TempDir()
	env := []string{"XDG_RUNTIME_DIR=" + dir, "XDG_STATE_HOME=" + dir}
	a := start(t, []string{"--name", "p"}, []string{"sh", "-c", "echo a; sleep 1"}, env...)
	b := start(t, []string{"--name", "p"}, []string{"sh", "-c", "echo b; sleep 1"}, env...)
	ra, rb := a.end(t), b.end(t)
	if ra.code != 0 || rb.code != 0 || !strings.Contains(ra.stdout, "p/0 | a") || !strings.Contains(rb.stdout, "p/0 | b") {
		t.Errorf("codes %d and %d: %s%s", ra.code, rb.code, ra.stderr, rb.stderr)
	}
}

// waitFor polls until ok, at most for the given time.
func waitFor(t *testing.T, what string, within time.Duration, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(within)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("waited %v in vain for %s", within, what)
		}
		<-time.After(5 * time.Millisecond)
	}
}
