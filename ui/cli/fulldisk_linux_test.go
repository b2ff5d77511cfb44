package cli

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"example.com/muster/ui/draw"
)

// tinyDisk is a file system of 256 KiB, of which so many are taken by a file "filler".
func tinyDisk(t *testing.T, filler int) string {
	t.Helper()
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=256k"); err != nil {
		t.Skipf("needs to mount a file system, as root can: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	if err := os.WriteFile(dir+"/filler", make([]byte, filler<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// logged is what `muster logs` prints of a log, and says.
func logged(t *testing.T, env []string, flags ...string) (lines []string, said string) {
	t.Helper()
	var out, stderr bytes.Buffer
	cmd := exec.Command(os.Args[0], append([]string{"logs"}, flags...)...)
	cmd.Env, cmd.Stdout, cmd.Stderr = env, &out, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatal(err, stderr.String())
	}
	if out.Len() > 0 {
		lines = strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	}
	return lines, stderr.String()
}

// TestLogsOfAFullDisk: what is on a disk that was full is printed, while it is full, when it has room
// again and after the end, and which lines are not there is told.
func TestLogsOfAFullDisk(t *testing.T) {
	const lines = 20_000
	tiny := tinyDisk(t, 128)
	go1, go2 := t.TempDir()+"/1", t.TempDir()+"/2"
	script := fmt.Sprintf(`for i in $(seq %d); do echo "line $i of those that fill it"; done; touch %s.told; until [ -e %s ]; do sleep 0.05; done; echo later 1; touch %[2]s.later; until [ -e %[4]s ]; do sleep 0.05; done`, lines, go1, go1, go2)
	p := start(t, []string{"--log-dir", tiny + "/l", "--session", "full", "--name", "p"}, []string{"bash", "-c", script})
	live := []string{"--session", "full", "--prefix", "none"}
	exists := func(name string) func() bool {
		return func() bool { _, err := os.Stat(name); return err == nil }
	}
	// The disk is tried once a second, and may take some lines meanwhile: there may be several holes.
	lacks := func(printed []string, said string, more int) bool {
		holes := regexp.MustCompile(`(?m)^muster: the log of p/0 lacks ([0-9,]+) lines from line [0-9,]+ on: it could not be written$`).FindAllStringSubmatch(said, -1)
		n := 0
		for _, hole := range holes {
			k, _ := strconv.Atoi(strings.ReplaceAll(hole[1], ",", ""))
			n += k
		}
		return len(holes) > 0 && len(holes) == strings.Count(said, "\n") && n == lines-len(printed)+more
	}
	waitFor(t, "the lines", 20*time.Second, exists(go1+".told"))
	printed, said := logged(t, p.cmd.Env, live...)
	if len(printed) < 1000 || len(printed) >= lines || !lacks(printed, said, 0) {
		t.Errorf("while it is full: %d lines are printed, said %q", len(printed), said)
	}
	if err := os.Remove(tiny + "/filler"); err != nil {
		t.Fatal(err)
	}
	<-time.After(1100 * time.Millisecond) // the disk is tried once a second
	if err := os.WriteFile(go1, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the later line", 20*time.Second, exists(go1+".later"))
	printed, said = logged(t, p.cmd.Env, live...)
	if len(printed) < 1000 || printed[len(printed)-1] != "later 1" || !lacks(printed, said, 1) {
		t.Errorf("when it has room again: %d lines are printed, said %q", len(printed), said)
	}
	events, said := logged(t, p.cmd.Env, append(live, "--json")...)
	missing, gaps := 0, 0
	for _, e := range events {
		if _, text, ok := strings.Cut(e, `"type":"gap","process":"p/0","pid":null,"text":"`); ok {
			n, _, _ := strings.Cut(text, " lines are missing in the log, from line ")
			k, _ := strconv.Atoi(n)
			missing, gaps = missing+k, gaps+1
		}
	}
	if said != "" || gaps == 0 || missing != lines+1-(len(events)-gaps) {
		t.Errorf("among %d events %d gaps of %d lines, said %q", len(events), gaps, missing, said)
	}
	if err := os.WriteFile(go2, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	p.end(t)
	printed, said = logged(t, p.cmd.Env, "--log-dir", tiny+"/l", "--prefix", "none")
	if printed[len(printed)-1] != "later 1" || !lacks(printed, said, 1) {
		t.Errorf("after the end: %d lines are printed, said %q", len(printed), said)
	}
}

// TestLogsThatEndInAFullDisk: that the log ends before the output did is told.
func TestLogsThatEndInAFullDisk(t *testing.T) {
	for _, filler := range []int{0, 64, 128, 192} {
		tiny := tinyDisk(t, filler)
		run(t, []string{"--log-dir", tiny + "/l", "--name", "p"}, []string{"bash", "-c", `for i in $(seq 20000); do echo "line $i of those that fill it"; done`})
		printed, said := logged(t, append(os.Environ(), playMuster+"=1"), "--log-dir", tiny+"/l")
		want := fmt.Sprintf("muster: the log of p/0 lacks %s lines from line %s on: it could not be written\n", draw.Count(20000-len(printed)), draw.Count(len(printed)+1))
		if said != want {
			t.Errorf("of %d lines, said %q, want %q", len(printed), said, want)
		}
	}
}
