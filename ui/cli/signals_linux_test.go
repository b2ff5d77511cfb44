package cli

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/muster/session"
)

// letterOf returns the letter of /proc/PID/stat.
func letterOf(pid int) string {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return ""
	}
	_, rest, _ := strings.Cut(string(b), ") ")
	return rest[:1]
}

// stubborn is a child that ignores SIGTERM and SIGINT.
var stubborn = []string{"sh", "-c", `trap "" TERM INT HUP; echo up; while :; do sleep 0.1; done`}

// up waits until the session's first process has printed "up" and returns its pid.
func up(t *testing.T, p *play, name string) (pid int) {
	t.Helper()
	awaitState(t, p, name, func(ps session.PS) bool {
		pr := ps.Pools[0].Processes[0]
		if pr.PID == nil || pr.LastLine != "up" {
			return false
		}
		pid = *pr.PID
		return true
	})
	return pid
}

func send(t *testing.T, p *play, sig syscall.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
}

func TestASecondInterruptKills(t *testing.T) {
	p := start(t, []string{"--session", "second", "--grace", "1h"}, stubborn)
	up(t, p, "second")
	send(t, p, syscall.SIGINT)
	awaitState(t, p, "second", func(ps session.PS) bool { return ps.Pools[0].Processes[0].State == "stopping" })
	send(t, p, syscall.SIGINT)
	r := p.end(t)
	if e := r.report.Pools[0].Processes[0].LastExit; r.code != 130 || e.Signal == nil || *e.Signal != "SIGKILL" {
		t.Errorf("code %d, exit %+v; want 130 and SIGKILL", r.code, e)
	}
}

// What a run has left is shown, and measured, while it is being ended: without it nobody
// would know who is waited for.
func TestWhatIsBeingEndedIsShown(t *testing.T) {
	p := start(t, []string{"--session", "ending", "--grace", "1h", "--interval", "50ms"}, []string{"sh", "-c", `trap "" TERM; sleep 86404 & exit 3`})
	var left session.DescendantJSON
	awaitState(t, p, "ending", func(ps session.PS) bool {
		slot := ps.Pools[0].Processes[0]
		if slot.State != "stopping" || slot.PID != nil || len(slot.Descendants) != 1 {
			return false
		}
		left = slot.Descendants[0]
		return slices.Equal(left.Argv, []string{"sleep", "86404"}) && left.RSSBytes != nil && left.Exit == nil
	})
	if err := syscall.Kill(left.PID, syscall.SIGKILL); err != nil { // else it is waited for, for an hour
		t.Fatal(err)
	}
	if r := p.end(t); r.code != 3 {
		t.Errorf("code %d: %s", r.code, r.stderr)
	}
}

// Ctrl-\ ends muster as SIGTERM does, and prints nothing that is its own.
func TestASecondQuitKills(t *testing.T) {
	p := start(t, []string{"--session", "quit", "--grace", "1h"}, stubborn)
	up(t, p, "quit")
	send(t, p, syscall.SIGQUIT)
	awaitState(t, p, "quit", func(ps session.PS) bool { return ps.Pools[0].Processes[0].State == "stopping" })
	send(t, p, syscall.SIGQUIT)
	r := p.end(t)
	if e := r.report.Pools[0].Processes[0].LastExit; r.code != 131 || e.Signal == nil || *e.Signal != "SIGKILL" {
		t.Errorf("code %d, exit %+v; want 131 and SIGKILL", r.code, e)
	}
	if !strings.Contains(r.stderr, "got SIGQUIT, stopping everything") || strings.Contains(r.stderr, "goroutine") {
		t.Errorf("said %q", r.stderr)
	}
}

// So it does to a command that only asks a session, which is not concerned.
func TestQuitOfACommandThatAsks(t *testing.T) {
	p := start(t, []string{"--session", "asked"}, stubborn, "MUSTER_GRACE=100ms")
	up(t, p, "asked")
	var stderr strings.Builder
	asks := exec.Command(os.Args[0], "wait", "--for", "ended", "--session", "asked")
	asks.Env, asks.Stderr = p.cmd.Env, &stderr
	if err := asks.Start(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "it to ask", 10*time.Second, func() bool { return connected(asks.Process.Pid) })
	_ = asks.Process.Signal(syscall.SIGQUIT)
	_ = asks.Wait() // 131, which an ExitError says
	if code := asks.ProcessState.ExitCode(); code != 131 || stderr.Len() > 0 {
		t.Errorf("code %d, said %q; want 131 and nothing", code, stderr.String())
	}
	send(t, p, syscall.SIGTERM)
	p.end(t)
}

// connected reports whether a process has a socket open.
func connected(pid int) bool {
	fds, _ := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid)) // it may not have begun
	return slices.ContainsFunc(fds, func(fd os.DirEntry) bool {
		to, _ := os.Readlink(fmt.Sprintf("/proc/%d/fd/%s", pid, fd.Name())) // it may be closed by now
		return strings.HasPrefix(to, "socket:")
	})
}

// Who has to be killed has not saved what it was asked to: that is told, and whether it
// could not have heard of it. Who ends in time is not told of.
func TestWhoIsKilledAtTheEndOfItsGraceIsToldOf(t *testing.T) {
	for _, tt := range []struct{ name, trap, want string }{
		{"ignores", `trap "" INT`, "muster: sh/0 (pid %d) did not end within 300ms of SIGINT, which it ignores: killed\n"},
		{"catches", `trap : INT`, "muster: sh/0 (pid %d) did not end within 300ms of SIGINT: killed\n"},
		{"ends", `trap "exit 0" INT`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := start(t, []string{"--session", tt.name, "--grace", "300ms", "--stop-signal", "INT"}, []string{"sh", "-c", tt.trap + "; echo up; while :; do sleep 0.05; done"})
			pid := up(t, p, tt.name)
			send(t, p, syscall.SIGTERM)
			r := p.end(t)
			want := tt.want
			if want != "" {
				want = fmt.Sprintf(want, pid)
			}
			if want == "" && strings.Contains(r.stderr, "did not end") || strings.Count(r.stderr, want) != 1 && want != "" {
				t.Errorf("said %q, want %q", r.stderr, want)
			}
		})
	}
}

func TestAClosedTerminalHangsUpTwiceAndCountsOnce(t *testing.T) {
	p := start(t, []string{"--session", "hup", "--grace", "300ms"}, stubborn)
	up(t, p, "hup")
	send(t, p, syscall.SIGHUP)
	send(t, p, syscall.SIGHUP)
	if r := p.end(t); r.code != 129 {
		t.Errorf("code %d, want 129", r.code)
	}
}

// A script that leads its terminal's session ends of Ctrl-C: the kernel then sends both INT
// and HUP to what it has put into the background.
func TestAnInterruptAndAHangupOfOneCtrlCCountOnce(t *testing.T) {
	p := start(t, []string{"--session", "both", "--grace", "1h"}, []string{"sh", "-c", `trap "sleep 0.3; exit 7" TERM; echo up; while :; do sleep 0.1; done`})
	up(t, p, "both")
	send(t, p, syscall.SIGINT)
	send(t, p, syscall.SIGHUP)
	r := p.end(t)
	if e := r.report.Pools[0].Processes[0].LastExit; r.code != 129 && r.code != 130 || e.Code == nil || *e.Code != 7 {
		t.Errorf("code %d, exit %+v; want 129 or 130, and 7 of the process", r.code, e)
	}
}

func TestNohupIsRespected(t *testing.T) {
	dir := t.TempDir()
	cmd := exec.Command("nohup", os.Args[0], "run", "--no-tui", "--session", "nohup", "--", "sh", "-c", "echo up; sleep 60")
	cmd.Env = append(os.Environ(), playMuster+"=1", "XDG_RUNTIME_DIR=", "TMPDIR="+dir, "XDG_STATE_HOME="+dir)
	p := &play{cmd: cmd, dir: dir}
	cmd.Stdout, cmd.Stderr = &p.out, &p.err
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	pid := up(t, p, "nohup")
	send(t, p, syscall.SIGHUP)
	// A round trip through the session: the signal has been delivered by then.
	awaitState(t, p, "nohup", func(ps session.PS) bool { return ps.Pools[0].Processes[0].State == "running" })
	if s := letterOf(pid); s == "" {
		t.Error("the child is gone after a SIGHUP that was to be ignored")
	}
	send(t, p, syscall.SIGTERM)
	_ = cmd.Wait() // 143, which an ExitError says
	if code := cmd.ProcessState.ExitCode(); code != 143 {
		t.Errorf("code %d, want 143", code)
	}
}

// The shell of a script has what it puts into the background ignore INT and QUIT.
func TestAnInterruptCountsInTheBackgroundOfAScript(t *testing.T) {
	for sig, code := range map[syscall.Signal]int{syscall.SIGINT: 130, syscall.SIGQUIT: 131} {
		dir := t.TempDir()
		cmd := exec.Command("sh", "-c", `trap "" INT QUIT; exec "$0" "$@"`, os.Args[0], "run", "--no-tui", "--session", "job", "--", "sh", "-c", "echo up; sleep 60")
		cmd.Env = append(os.Environ(), playMuster+"=1", "XDG_RUNTIME_DIR=", "TMPDIR="+dir, "XDG_STATE_HOME="+dir)
		p := &play{cmd: cmd, dir: dir}
		cmd.Stdout, cmd.Stderr = &p.out, &p.err
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		up(t, p, "job")
		send(t, p, sig)
		ended := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Signal(syscall.SIGTERM) }) // else 143 tells
		_ = cmd.Wait()                                                                              // its code is not 0
		ended.Stop()
		if got := cmd.ProcessState.ExitCode(); got != code {
			t.Errorf("%v: code %d, want %d", sig, got, code)
		}
	}
}

// What it starts there has them at their default: Python would not end of an INT with which
// it is asked to. A HUP that nohup ignores stays so.
func TestAChildOfABackgroundJobTakesInterrupts(t *testing.T) {
	const child = `grep SigIgn /proc/self/status; exec sleep 86400`
	for _, tt := range []struct {
		name, script string
		hup          bool
	}{
		{"a job", `"$0" run --no-tui --session job -- sh -c "$1" & wait`, false},
		{"with nohup", `nohup "$0" run --no-tui --session job -- sh -c "$1" & wait`, true},
		{"detached", `"$0" run -d --session job -- sh -c "$1" & wait`, false},
		{"in the foreground", `"$0" run -d --session job -- sh -c "$1"`, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t)
			script := exec.Command("sh", "-c", tt.script, os.Args[0], child)
			script.Env = append(os.Environ(), d.env...)
			if err := script.Start(); err != nil {
				t.Fatal(err)
			}
			var ignored uint64
			waitFor(t, "what the child ignores", 20*time.Second, func() bool {
				out, _, _ := d.muster("logs", "--session", "job")
				_, digits, found := strings.Cut(out, "SigIgn:")
				ignored, _ = strconv.ParseUint(strings.TrimSpace(digits), 16, 64)
				return found
			})
			d.muster("down", "job", "--now")
			_ = script.Wait() // its code is not 0
			has := func(sig syscall.Signal) bool { return ignored>>(sig-1)&1 == 1 }
			if has(syscall.SIGINT) || has(syscall.SIGQUIT) || has(syscall.SIGHUP) != tt.hup {
				t.Errorf("the child ignores %#x; want neither INT nor QUIT, and HUP %v", ignored, tt.hup)
			}
		})
	}
}

func TestCtrlZPausesEverythingAndTheClocks(t *testing.T) {
	p := start(t, []string{"--session", "pause"}, []string{"sh", "-c", `setsid sleep 1000 & echo up; wait`})
	pid := up(t, p, "pause")
	var hidden int
	waitFor(t, "the child in a session of its own", 10*time.Second, func() bool {
		awaitState(t, p, "pause", func(ps session.PS) bool {
			for _, d := range ps.Pools[0].Processes[0].Descendants {
				hidden = d.PID
			}
			return hidden != 0
		})
		return hidden != 0
	})
	send(t, p, syscall.SIGTSTP)
	for _, who := range []int{p.cmd.Process.Pid, pid, hidden} {
		waitFor(t, fmt.Sprintf("pid %d to be stopped", who), 10*time.Second, func() bool { return letterOf(who) == "T" })
	}
	send(t, p, syscall.SIGCONT)
	for _, who := range []int{p.cmd.Process.Pid, pid, hidden} {
		waitFor(t, fmt.Sprintf("pid %d to go on", who), 10*time.Second, func() bool { return letterOf(who) == "S" || letterOf(who) == "R" })
	}
	send(t, p, syscall.SIGTERM)
	if r := p.end(t); r.code != 143 {
		t.Errorf("code %d, want 143", r.code)
	}
}

func TestAStaleSocketBlocksNothing(t *testing.T) {
	dir := t.TempDir()
	env := []string{"XDG_RUNTIME_DIR=" + dir}
	p := start(t, []string{"--session", "stale"}, stubborn, env...)
	up(t, p, "stale")
	socket := dir + "/muster/stale.sock"
	if info, err := os.Stat(socket); err != nil || info.Mode().Type() != os.ModeSocket {
		t.Fatalf("no socket at %s: %v", socket, err)
	}
	if info, err := os.Stat(dir + "/muster"); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the sockets' directory has mode %v, %v; want 0700", info.Mode(), err)
	}
	send(t, p, syscall.SIGKILL)
	_ = p.cmd.Wait() // killed
	if _, err := os.Stat(socket); err != nil {
		t.Fatalf("the socket of a killed muster is gone: %v; this test needs it", err)
	}
	if r := run(t, []string{"--session", "stale"}, []string{"echo", "fresh"}, env...); r.code != 0 || r.stdout != "echo/0 | fresh\n" {
		t.Errorf("code %d, printed %q, said %q", r.code, r.stdout, r.stderr)
	}
	if _, err := os.Stat(socket); err == nil {
		t.Error("the socket is left behind")
	}
}
