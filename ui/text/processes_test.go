package text

import (
	"regexp"
	"strings"
	"testing"

	"example.com/muster/session"
)

// TestProcessesSaysWhatDescendantsDo: in the words of screen 1, and below who started them.
func TestProcessesSaysWhatDescendantsDo(t *testing.T) {
	one := 1
	pid := 10
	wait := func(pid, ppid int, wait string) session.DescendantJSON {
		d := session.DescendantJSON{PID: pid, PPID: ppid, Label: "p" + wait, State: "running"}
		if wait != "" {
			d.Wait = &wait
		}
		return d
	}
	dead := wait(28, 10, "zombie")
	dead.State, dead.Exit = "exited", &session.ExitJSON{Code: &one}
	traced := wait(29, 10, "sleep")
	traced.Debugged = true
	ps := session.PS{Pools: []session.PoolJSON{{Processes: []session.ProcessJSON{{Name: "web/0", PID: &pid, State: "running", Descendants: []session.DescendantJSON{
		wait(23, 22, "lock"), wait(20, 10, "sleep"), wait(21, 10, "on_cpu"), wait(22, 20, "runnable"), wait(24, 20, "gil"), wait(25, 10, "unknown"),
		wait(26, 99, ""), wait(27, 10, "child"), dead, traced, wait(31, 30, "io"), wait(30, 31, "pipe"),
	}}}}}}
	got := Processes(ps)
	want := []string{
		"NAME +PID +STATE +CPU .*", "web/0 +10 +running +.*",
		"  psleep +20 +sleeping +- .*", "    prunnable +22 +wants cpu +- .*", "      plock +23 +waiting for a lock +- .*", "    pgil +24 +waiting for the GIL +- .*",
		"  pon_cpu +21 +on cpu +- .*", "  punknown +25 +sleeping +- .*", "  p +26 +running +- .*", "  pchild +27 +waiting for a child to end +- .*", "  pzombie +28 +zombie .* exit 1 *",
		"  psleep +29 +debugged .*", "  pio +31 +waiting for the disk .*", "    ppipe +30 +waiting for a pipe .*",
	}
	lines := strings.Split(strings.TrimRight(got, "\n"), "\n")
	for i, re := range want {
		if i >= len(lines) || !regexp.MustCompile("^"+re+"$").MatchString(lines[i]) {
			t.Fatalf("line %d is not %q:\n%s", i, re, got)
		}
	}
	if len(lines) != len(want) {
		t.Errorf("there are %d lines, want %d:\n%s", len(lines), len(want), got)
	}
}

// TestASlotThatWaitsForALock says so, unless a probe says more of it.
func TestASlotThatWaitsForALock(t *testing.T) {
	lock, ready := "lock", true
	p := session.ProcessJSON{State: "running", Wait: &lock}
	if got := stateOf(p); got != "waiting for a lock" {
		t.Errorf("%q", got)
	}
	if p.Ready = &ready; stateOf(p) != "ready" {
		t.Errorf("%q though it is ready", stateOf(p))
	}
}

// TestLastWordOfAFullScreenProgram: what was printed before it began is not its last word.
func TestLastWordOfAFullScreenProgram(t *testing.T) {
	p := session.ProcessJSON{LastLine: "before"}
	if got := lastWord(p); got != "before" {
		t.Errorf("%q", got)
	}
	p.FullScreen = true
	if got := lastWord(p); got != "(full screen)" {
		t.Errorf("on the alternate screen %q", got)
	}
}

// TestLastWordOfWhoIsNotReady is why, while it lives; once it has ended its own last line is.
func TestLastWordOfWhoIsNotReady(t *testing.T) {
	pid, ready := 7, false
	p := session.ProcessJSON{PID: &pid, Ready: &ready, Reason: "no line has \"up\" yet", LastLine: "the real reason"}
	if got := lastWord(p); got != p.Reason {
		t.Errorf("while it lives: %q", got)
	}
	p.PID, p.Reason, p.LastExit = nil, "exit 1", &session.ExitJSON{}
	if got := lastWord(p); got != "the real reason" {
		t.Errorf("once it has ended: %q", got)
	}
}
