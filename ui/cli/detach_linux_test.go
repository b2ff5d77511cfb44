package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/muster/procs"
	"example.com/muster/session"
)

// background starts a session there and returns its pid.
func (d *desk) background(name string, command ...string) (pid int) {
	d.t.Helper()
	args := append([]string{"run", "-d", "--session", name, "--name", "p", "--"}, command...)
	out, stderr, code := d.muster(args...)
	m := regexp.MustCompile(`^session ` + name + ` runs in the background \(pid (\d+)\): muster attach ` + name + `\n$`).FindStringSubmatch(out)
	if code != 0 || m == nil || stderr != "" {
		d.t.Fatalf("code %d, printed %q, said %q", code, out, stderr)
	}
	pid, _ = strconv.Atoi(m[1])
	d.t.Cleanup(func() { _ = syscall.Kill(pid, syscall.SIGKILL) }) // it has ended, unless the test failed
	return pid
}

// Whoever kills a session ends its processes; who was attached is told, and so
// is everybody who asks for it, until the name is used again.
func TestAKilledBackgroundSession(t *testing.T) {
	d := newDesk(t)
	nonce := fmt.Sprintf("86400.%d%d", os.Getpid(), time.Now().UnixNano())
	pid := d.background("web", "sh", "-c", `setsid sleep "$1" & exec sleep "$1"`, "sh", nonce)
	waitFor(t, "both sleeps", 10*time.Second, func() bool { return len(pidsWith("sleep\x00"+nonce)) == 2 })
	screen := d.terminal("screen", "attach")
	screen.see("p/0")
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	screen.see("muster: session web was killed")
	screen.see("[code 1]")
	waitFor(t, "its processes to be ended", 15*time.Second, func() bool { return len(pidsWith("sleep\x00"+nonce)) == 0 })

	fate := regexp.MustCompile(`session web \(pid ` + strconv.Itoa(pid) + `, started \w+ \d+ \d\d:\d\d\) did not end by itself: it was killed; ` +
		`its processes were ended by its guard; its logs are in ` + regexp.QuoteMeta(d.dir+"/state/muster/web") + "\n")
	if out, stderr, code := d.muster("sessions"); code != 0 || !strings.HasPrefix(out, "no session is running\n") || !fate.MatchString(out) {
		t.Errorf("sessions: code %d, printed %q, said %q", code, out, stderr)
	}
	for _, args := range [][]string{{"ps", "--session", "web"}, {"down", "web"}} {
		if out, stderr, code := d.muster(args...); code != 1 || out != "" || !fate.MatchString(stderr) {
			t.Errorf("%q: code %d, printed %q, said %q", args, code, out, stderr)
		}
	}
	again := d.terminal("again", "attach", "web")
	again.see("did not end by itself: it was killed")
	again.see("[code 1]")

	out, stderr, code := d.muster("run", "--no-tui", "--session", "web", "--", "echo", "hello")
	if code != 0 || out != "echo/0 | hello\n" || !fate.MatchString(stderr) {
		t.Errorf("the next of that name: code %d, printed %q, said %q", code, out, stderr)
	}
	if out, _, _ := d.muster("sessions"); out != "no session is running\n" {
		t.Errorf("then: %q", out)
	}
}

// The socket of a session in the background does not lie where the logout
// removes everything, and it holds no terminal.
func TestABackgroundSessionSurvivesTheLogout(t *testing.T) {
	d := newDesk(t)
	pid := d.background("web", "sleep", "1000")
	for _, fd := range []string{"0", "1", "2"} {
		if target, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%s", pid, fd)); err != nil || target != os.DevNull && target != d.dir+"/state/muster/web/muster.log" {
			t.Errorf("descriptor %s is %s, %v", fd, target, err)
		}
	}
	if sid, err := syscall.Getpgid(pid); err != nil || sid != pid {
		t.Errorf("its group is %d, %v; it must lead its own", sid, err)
	}
	env, err := os.ReadFile(fmt.Sprintf("/proc/%s/environ", strconv.Itoa(childOf(t, "sleep\x001000", d.dir))))
	if err != nil || strings.Contains(string(env), readyVar) {
		t.Errorf("its children learn of how it was started: %q, %v", env, err)
	}
	if err := os.RemoveAll(filepath.Join(d.dir, "muster")); err != nil { // of XDG_RUNTIME_DIR
		t.Fatal(err)
	}
	if out, stderr, code := d.muster("down"); code != 0 || out != "session web has ended\n" {
		t.Errorf("down: code %d, printed %q, said %q", code, out, stderr)
	}
	waitFor(t, "its own process to be gone", 5*time.Second, func() bool { return !alive(pid) })
}

// childOf finds the process with those arguments whose environment names dir.
func childOf(t *testing.T, argv, dir string) (pid int) {
	t.Helper()
	waitFor(t, argv, 10*time.Second, func() bool {
		for _, p := range pidsWith(argv) {
			if env, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", p)); err == nil && strings.Contains(string(env), dir) {
				pid = p
			}
		}
		return pid != 0
	})
	return pid
}

func TestWhatCannotRunInTheBackgroundSaysSo(t *testing.T) {
	d := newDesk(t)
	d.background("web", "sleep", "1000")
	defer d.muster("down", "--now")
	for _, tt := range []struct {
		args        []string
		code        int
		out, stderr string
	}{
		{
			[]string{"run", "-d", "--session", "web", "--", "true"},
			2, "",
			"muster: cannot start session \"web\": a session of that name is running\nhint: choose another --session, or none\n",
		},
		{
			[]string{"run", "-d", "--session", "typo", "--name", "p", "--", "slepe", "1"},
			127,
			"session typo has ended already, with code 127: muster logs --session typo\n", "slepe",
		},
		{
			[]string{"run", "-d", "--json", "--", "true"},
			2, "",
			"muster: cannot print events from the background\nhint: muster logs --json, or /v1/events of docs/api.md\n",
		},
		{[]string{"run", "-d", "--session", "../x", "--", "true"}, 2, "", "muster: cannot name a session"},
		{[]string{"run", "--metrics", "0.0.0.0:9100", "--", "true"}, 2, "", "only 127.0.0.1, [::1] and localhost"},
		{[]string{"attach"}, 2, "", "muster: cannot attach: this is no terminal\n"},
		{[]string{"down", "nobody"}, 1, "", "muster: there is no session \"nobody\"; running: web\n"},
	} {
		out, stderr, code := d.muster(tt.args...)
		if code != tt.code || out != tt.out || !strings.Contains(stderr, tt.stderr) {
			t.Errorf("%q: code %d, printed %q, said %q", tt.args, code, out, stderr)
		}
	}
}

// What ends at once is told with its code each time, behind what it ended with; what only
// runs for a while runs in the background.
func TestWhatEndsAtOnceInTheBackgroundIsTold(t *testing.T) {
	d := newDesk(t)
	for _, tt := range []struct {
		script string
		code   int
		out    string
		stderr string // a pattern
	}{
		{"exit 1", 1, "session s has ended already, with code 1: muster logs --session s\n", `^muster: p/0: exit 1 .*\n$`},
		{"sleep 0.05; exit 3", 3, "session s has ended already, with code 3: muster logs --session s\n", `^muster: p/0: exit 3 .*\n$`},
		{"exit 0", 0, "session s has ended already, with code 0: muster logs --session s\n", `^$`},
		{"sleep 1000", 0, "session s runs in the background (pid PID): muster attach s\n", `^$`},
	} {
		for range 3 {
			out, stderr, code := d.muster("run", "-d", "--session", "s", "--name", "p", "--", "sh", "-c", tt.script)
			out = regexp.MustCompile(`pid \d+`).ReplaceAllString(out, "pid PID")
			if code != tt.code || out != tt.out || !regexp.MustCompile(tt.stderr).MatchString(stderr) {
				t.Errorf("%s: code %d, printed %q, said %q", tt.script, code, out, stderr)
			}
			d.muster("down", "s", "--now")
		}
	}
}

// Until what may end at once has run for a moment or has ended, nobody is told that it runs.
func TestUnsettled(t *testing.T) {
	now := time.Now()
	slot := func(state procs.State, ran time.Duration, reason string) procs.Slot {
		return procs.Slot{Run: procs.Run{N: 1}, State: state, StartedAt: now.Add(-ran), Reason: reason}
	}
	never := procs.Slot{State: procs.Stopped}
	for _, tt := range []struct {
		name     string
		ended    bool
		disabled bool
		slots    []procs.Slot
		left     time.Duration
	}{
		{"it starts", false, false, []procs.Slot{slot(procs.Starting, 0, "")}, settleTime},
		{"it is to start", false, false, []procs.Slot{never}, settleTime},
		{"it has started", false, false, []procs.Slot{slot(procs.Running, runsFor/4, "")}, runsFor * 3 / 4},
		{"it runs", false, false, []procs.Slot{slot(procs.Running, runsFor, "")}, 0},
		{"the youngest counts", false, false, []procs.Slot{slot(procs.Running, runsFor, ""), slot(procs.Running, 0, ""), slot(procs.Exited, 0, "exit 1")}, runsFor},
		{"it waits for others", false, false, []procs.Slot{slot(procs.Starting, 0, "waits for db: ready")}, 0},
		{"it is started again", false, false, []procs.Slot{slot(procs.BackingOff, 0, "exit 1")}, 0},
		{"it is started again soon", false, false, []procs.Slot{{State: procs.BackingOff, NextTry: now.Add(time.Second)}}, time.Second + runsFor},
		{"what it has left is being ended", false, false, []procs.Slot{slot(procs.Stopping, 0, "")}, settleTime},
		{"it has ended just now", false, false, []procs.Slot{slot(procs.Exited, 0, "exit 1")}, settleTime},
		{"all have ended", true, false, []procs.Slot{slot(procs.Exited, 0, "exit 1")}, 0},
		{"nothing is to run", true, true, []procs.Slot{never}, 0},
	} {
		snap := &procs.Snapshot{Ended: tt.ended, Pools: []procs.Pool{{Disabled: tt.disabled, Slots: tt.slots}}}
		if left := unsettled(snap, now); left != tt.left {
			t.Errorf("%s: %v are left, want %v", tt.name, left, tt.left)
		}
	}
}

// What ends in the background with its processes says so to who comes later.
func TestSessionsToldAsJSON(t *testing.T) {
	d := newDesk(t)
	pid := d.background("web", "sleep", "1000")
	defer d.muster("down", "--now")
	out, stderr, code := d.muster("sessions", "--json")
	want := fmt.Sprintf(`^\{"sessions":\[\{"session":"web","pid":%d,"started_at":"[^"]+","argv":\[.*"run","-d",.*\],"detached":true,"processes":1,"slots":1,"pools":\["p"\],"crashes":0,"stopping":false,"log_dir":".*/state/muster/web","socket":".*"\}\],"silent":\[\],"unreachable":\[\],"killed":\[\]\}\n$`, pid)
	if code != 0 || !regexp.MustCompile(want).MatchString(out) {
		t.Errorf("code %d, printed %s, said %q", code, out, stderr)
	}
	if out, _, _ := d.muster("sessions"); !regexp.MustCompile(`(?m)^web +` + strconv.Itoa(pid) + ` +.* 1 of 1 +0 +background +p$`).MatchString(out) {
		t.Errorf("the table is\n%s", out)
	}
}

// A command of which its client has told that it failed is not carried out later, when a
// session that was stopped goes on; and nobody is kept waiting beyond the time that was given.
func TestAStoppedSessionDoesNotDoLaterWhatFailed(t *testing.T) {
	t.Parallel() // it mostly waits
	d := newDesk(t)
	pid := d.background("web", "sleep", "1000")
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	const silent = `muster: cannot ask session "web": it does not answer; is it stopped (Ctrl-Z)?`
	if _, stderr, code := d.muster("wait", "--for", "ended", "--timeout", "2"); code != 1 || !strings.HasPrefix(stderr, silent) {
		t.Errorf("wait: code %d, said %q", code, stderr)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("wait --timeout 2 took %v", took)
	}
	if _, stderr, code := d.muster("restart", "p"); code != 1 || !strings.HasPrefix(stderr, silent) {
		t.Errorf("restart: code %d, said %q", code, stderr)
	}
	if err := syscall.Kill(pid, syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	d.muster("stop", "p") // comes after what is late, and is done
	out, _, _ := d.muster("ps", "--json")
	var ps session.PS
	if err := json.Unmarshal([]byte(out), &ps); err != nil || ps.Pools[0].Processes[0].Run != 1 {
		t.Errorf("%v; it was restarted: %s", err, out)
	}
}

// What has ended since the processes were measured last is not told as running.
func TestPSTellsOfNobodyWhoHasEnded(t *testing.T) {
	d := newDesk(t)
	if _, stderr, code := d.muster("run", "-d", "--session", "web", "--name", "p", "--interval", "3s", "--", "sh", "-c", "sleep 1000 & wait"); code != 0 {
		t.Fatal(stderr)
	}
	ps := func() string { out, _, _ := d.muster("ps"); return out }
	waitFor(t, "the child", 10*time.Second, func() bool { return strings.Contains(ps(), "sleep") })
	d.muster("stop", "p")
	d.muster("wait", "p", "--for", "ended")
	if out := ps(); strings.Contains(out, "running") {
		t.Errorf("p has ended, and yet:\n%s", out)
	}
	d.muster("down", "--now")
}

// A session whose socket was removed is told with its pid while it cannot make another,
// and can be asked again a moment after it can.
func TestASessionWithoutItsSocket(t *testing.T) {
	d := newDesk(t)
	pid := d.background("web", "sleep", "1000")
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "it to be stopped", 10*time.Second, func() bool { return letterOf(pid) == "T" })
	if err := os.Remove(d.dir + "/state/muster/.sockets/web.sock"); err != nil {
		t.Fatal(err)
	}
	hint := fmt.Sprintf("kill %d ends it", pid)
	if out, stderr, code := d.muster("sessions"); code != 0 || strings.Contains(out, "no session") || !strings.Contains(out, hint) {
		t.Errorf("sessions: code %d, printed %q, said %q", code, out, stderr)
	}
	for _, args := range [][]string{{"down", "web"}, {"ps"}} {
		out, stderr, code := d.muster(args...)
		if code != 1 || out != "" || !strings.Contains(stderr, fmt.Sprintf("session web runs (pid %d), but has no socket", pid)) || !strings.Contains(stderr, hint) {
			t.Errorf("%q: code %d, printed %q, said %q", args, code, out, stderr)
		}
	}
	if err := syscall.Kill(pid, syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "it to be asked", 10*time.Second, func() bool { _, _, code := d.muster("ps"); return code == 0 })
	if out, stderr, code := d.muster("down"); code != 0 || out != "session web has ended\n" {
		t.Errorf("down: code %d, printed %q, said %q", code, out, stderr)
	}
}
