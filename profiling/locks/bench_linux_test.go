package locks

import (
	"context"
	"os/exec"
	"testing"
	"time"

	"example.com/muster/procs"
	"example.com/muster/profiling/locks/graph"
)

// BenchmarkLook looks at 200 sleeping processes; ns/op is one look at all.
func BenchmarkLook(b *testing.B) {
	var targets []procs.PIDRef
	for range 200 {
		cmd := exec.Command("/bin/sleep", "1000")
		if err := cmd.Start(); err != nil {
			b.Fatal(err)
		}
		defer func() { _, _ = cmd.Process.Kill(), cmd.Wait() }()
		targets = append(targets, procs.PIDRef{PID: cmd.Process.Pid})
	}
	l := newLooker(context.Background(), Options{Eager: true})
	defer l.close()
	var tr graph.Tracker
	now := time.Now()
	for b.Loop() {
		now = now.Add(calm)
		tr.Add(l.look(now, targets))
	}
}
