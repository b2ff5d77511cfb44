package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/muster/procs/procfs"
)

// mapKills is one map that is killed and resumed until it is done.
type mapKills struct {
	t    *testing.T
	rnd  *rand.Rand
	dir  string
	args []string
	// within says that muster was killed at least once within the write of a record.
	within bool
}

// TestMapSurvivesKills kills workers and muster itself at random instants, while
// results of up to 1 MiB are being written too, and resumes: in the end each
// item's result is in the file once. MUSTER_REPEAT says how many maps; MUSTER_SEED
// plays one again.
func TestMapSurvivesKills(t *testing.T) {
	rounds := 10
	if n, err := strconv.Atoi(os.Getenv("MUSTER_REPEAT")); err == nil {
		rounds = n
	}
	within := 0
	for round := range rounds {
		seed := rand.Uint64()
		if n, err := strconv.ParseUint(os.Getenv("MUSTER_SEED"), 10, 64); err == nil {
			seed = n
		}
		kind := []string{"command", "python", "worker"}[round%3]
		t.Run(fmt.Sprintf("%s/seed %d", kind, seed), func(t *testing.T) {
			t.Logf("MUSTER_SEED=%d", seed)
			k := &mapKills{t: t, rnd: rand.New(rand.NewPCG(seed, 0)), dir: t.TempDir()}
			k.play(kind)
			if k.within {
				within++
			}
		})
	}
	t.Logf("%d of %d maps were killed within the write of a record", within, rounds)
	if rounds >= 100 && within == 0 { // which of few is chance
		t.Error("none was, so nothing is known of it")
	}
}

const killItems = 60

// killScript works for two kinds of work; the third is a shell's. An item's result is its number, and for
// every tenth 1 MiB behind it.
const killScript = `
import json, sys, time
def f(x):
    time.sleep(0.002)
    return str(x) + ("x" * (1 << 20) if int(x) % 10 == 0 else "")
if __name__ == "__main__":
    for line in sys.stdin:
        q = json.loads(line)
        sys.stdout.write(json.dumps({"id": q["id"], "result": f(q["item"])}) + "\n")
        sys.stdout.flush()
`

func (k *mapKills) play(kind string) {
	if err := os.WriteFile(filepath.Join(k.dir, "work.py"), []byte(killScript), 0o600); err != nil {
		k.t.Fatal(err)
	}
	k.args = []string{"map", "-j", "2", "--results", k.results(), "--retries", "2", "--backoff", "1ms"}
	switch kind {
	case "command":
		k.args = append(k.args, `printf %s {}; sleep 0.002; case {} in *0) head -c 1048576 /dev/zero | tr '\0' x;; esac`)
	case "python":
		k.args = append(k.args, "--py", "work.py:f")
	case "worker":
		k.args = append(k.args, "--worker", "json", "python3", "work.py")
	}
	k.args = append(k.args, ":::")
	for i := range killItems {
		k.args = append(k.args, strconv.Itoa(i))
	}
	for range 1 + k.rnd.IntN(4) {
		k.killed()
	}
	if out, err := k.muster("--resume-failed").CombinedOutput(); err != nil {
		k.t.Fatalf("the last run ended with %v: %s", err, out)
	}
	k.check(kind)
}

// muster is the map; resume is the flag by which it goes on.
func (k *mapKills) muster(resume string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], slices.Insert(slices.Clone(k.args), 1, resume)...)
	cmd.Dir = k.dir
	cmd.Env = append(os.Environ(), playMuster+"=1", "TMPDIR="+k.dir, "SHELL=/bin/sh")
	return cmd
}

// killed runs the map and kills some workers at random instants, and then muster;
// unless it is done before that.
func (k *mapKills) killed() {
	cmd := k.muster([]string{"--resume", "--resume-failed"}[k.rnd.IntN(2)])
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		k.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	workers := k.rnd.IntN(5)
	pause := func() bool {
		select {
		case <-ended:
			return false
		case <-time.After(time.Duration(k.rnd.IntN(250)) * time.Millisecond):
			return true
		}
	}
	for range workers {
		if !pause() {
			return
		}
		if pids := k.workersOf(cmd.Process.Pid); len(pids) > 0 {
			_ = syscall.Kill(pids[k.rnd.IntN(len(pids))], syscall.SIGKILL) // it may have ended
		}
	}
	if !pause() {
		return
	}
	guards := map[int]uint64{}
	for _, pid := range procfs.Children(cmd.Process.Pid, 0, nil) {
		if stat, err := procfs.ReadStat(pid); err == nil {
			guards[pid] = stat.StartTime
		}
	}
	if k.rnd.IntN(3) > 0 {
		k.awaitWrite(ended)
	}
	_ = cmd.Process.Kill() // likewise
	<-ended
	if b, err := os.ReadFile(k.results()); err == nil && len(b) > 0 && b[len(b)-1] != '\n' {
		k.within = true
		k.t.Logf("killed within a record, %d bytes of it written", len(b)-1-bytes.LastIndexByte(b, '\n'))
	}
	for pid, began := range guards { // which ends what is left
		waitFor(k.t, "the guard to end", time.Minute, func() bool {
			stat, err := procfs.ReadStat(pid)
			return err != nil || stat.Ended() || stat.StartTime != began
		})
	}
}

// awaitWrite waits until a large result is being written, which takes so short a
// time that the file has to be looked at without a pause.
func (k *mapKills) awaitWrite(ended <-chan struct{}) {
	size := func() int64 {
		info, err := os.Stat(k.results())
		if err != nil {
			return 0
		}
		return info.Size()
	}
	for before, deadline := size(), time.Now().Add(3*time.Second); time.Now().Before(deadline); {
		select {
		case <-ended:
			return
		default:
		}
		now := size()
		if now > before+64<<10 { // small ones together have less
			return
		}
		before = max(before, now)
	}
}

func (k *mapKills) results() string { return filepath.Join(k.dir, "r.jsonl") }

// workersOf returns the children of a muster's guard.
func (k *mapKills) workersOf(muster int) (pids []int) {
	for _, guard := range procfs.Children(muster, 0, nil) {
		pids = procfs.Children(guard, 0, pids)
	}
	return pids
}

func (k *mapKills) check(kind string) {
	b, err := os.ReadFile(k.results())
	if err != nil {
		k.t.Fatal(err)
	}
	seen := map[string]int{}
	for line := range bytes.Lines(b) {
		var r struct {
			OK             bool
			Item           string
			Result, Stdout string
		}
		if err := json.Unmarshal(line, &r); err != nil {
			k.t.Fatalf("%.200s: %v", line, err)
		}
		seen[r.Item]++
		want := r.Item
		if n, _ := strconv.Atoi(r.Item); n%10 == 0 {
			want += strings.Repeat("x", 1<<20)
		}
		if got := r.Result + r.Stdout; !r.OK || got != want {
			k.t.Errorf("%s %s: ok %v, %.40q of %d bytes, want %d", kind, r.Item, r.OK, got, len(got), len(want))
		}
	}
	for i := range killItems {
		if n := seen[strconv.Itoa(i)]; n != 1 {
			k.t.Errorf("%s: item %d is in the results %d times", kind, i, n)
		}
	}
	left, _ := filepath.Glob(filepath.Join(k.dir, "*"))
	if len(left) > 3 { // work.py, r.jsonl, __pycache__
		k.t.Errorf("files are left: %q", left)
	}
}
