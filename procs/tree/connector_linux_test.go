package tree

import (
	"os/exec"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"example.com/muster/procs"
)

// TestOverrun: when the socket is full, the kernel drops events, and says so.
func TestOverrun(t *testing.T) {
	c, err := openConnector()
	if err != nil {
		t.Skipf("the process connector is not permitted here: %v", err)
	}
	defer c.close()
	if err := unix.SetsockoptInt(c.fd, unix.SOL_SOCKET, unix.SO_RCVBUF, 1); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if err := exec.Command("/bin/true").Run(); err != nil {
			t.Fatal(err)
		}
	}
	for _, e := range c.read() {
		if e.kind == lost {
			return
		}
	}
	t.Error("events were dropped, and nothing said so")
}

// lateKernel is one of which something happens before it is asked about a process.
type lateKernel struct {
	kernel
	before func(pid int)
}

func (k *lateKernel) look(pid int) (look, bool) {
	k.before(pid)
	return k.kernel.look(pid)
}

// TestASweepReadsHowTheyEnded: who ends while a sweep is made, and is found to be gone, has
// told the connector how.
func TestASweepReadsHowTheyEnded(t *testing.T) {
	c, err := openConnector()
	if err != nil {
		t.Skipf("the process connector is not permitted here: %v", err)
	}
	defer c.close()
	tr := New(Options{})
	tr.setConnector(c, "") // nobody follows it
	cmd := exec.Command("/bin/sh", "-c", `sh -c 'read x; exit 3'; read y`)
	in, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	run := procs.Run{ID: procs.ID{Pool: "p"}, N: 1, PIDRef: procs.PIDRef{PID: cmd.Process.Pid}}
	tr.Add(run)
	var list []procs.Descendant
	for ; len(list) == 0; list = tr.Descendants(run.ID) {
		tr.Refresh(true)
	}
	child, known := list[0].PID, tr.kernel
	tr.kernel = &lateKernel{known, func(pid int) {
		if pid == child {
			_, _ = in.Write([]byte("\n"))
			for known.exists(child) {
				time.Sleep(time.Millisecond)
			}
		}
	}}
	tr.Refresh(true)
	if ended, _ := tr.Ended(run.ID); len(ended) != 1 || ended[0].Exit.Unknown || ended[0].Exit.Code != 3 {
		t.Errorf("told: %+v", ended)
	}
	_ = in.Close()
	_ = cmd.Wait()
}

// TestPace: few events are taken at once; many gather, but never for so long that the
// socket could fill.
func TestPace(t *testing.T) {
	const ms = time.Millisecond
	for _, c := range []struct {
		name   string
		room   int
		every  time.Duration // between two batches, the rests aside
		events int           // in each
		exits  bool
		want   time.Duration // the rest after the tenth batch
	}{
		{"nothing", 10000, 200 * ms, 0, false, 0},
		{"one now and then", 10000, 50 * ms, 1, false, 0},
		{"one that has ended", 10000, 50 * ms, 1, true, exitRest},
		{"what GNU parallel starts with two places", 10000, 20 * ms, 9, false, 0},
		{"many hundred a second", 10000, ms, 10, false, busyRest},
		{"thousands a second", 10000, ms, 400, true, hardRest},
		{"thousands a second in a small socket", 512, 100 * ms, 400, false, 32 * ms},
		{"more than the socket holds", 512, 100 * ms, 4000, false, 3200 * time.Microsecond},
		{"a burst that was long ago", 10000, time.Second, 20, false, 0},
	} {
		p, now, rest := pace{room: c.room}, base, time.Duration(0)
		for range 10 {
			now = now.Add(c.every + rest)
			rest = p.after(now, c.events, c.exits)
		}
		if rest != c.want {
			t.Errorf("%s: %v of rest, want %v", c.name, rest, c.want)
		}
	}
}

// FuzzParseEvent: a message of any form is an event or nothing.
func FuzzParseEvent(f *testing.F) {
	f.Add(make([]byte, dataAt+24))
	f.Add([]byte{1, 2, 3})
	f.Fuzz(func(t *testing.T, b []byte) {
		var clock kernelClock
		if e, ok := parseEvent(b, &clock); ok && e.kind > exited {
			t.Errorf("kind %d", e.kind)
		}
	})
}

// TestLooksReadWhatWasLeft: with the connector, too, a look reads what there was no
// time for, once in a while.
func TestLooksReadWhatWasLeft(t *testing.T) {
	tr, k, run := fake(t)
	now := base
	tr.now = func() time.Time { return now }
	tr.conn = &connector{fd: -1} // it has nothing to tell
	tr.lastSweep = base
	tr.apply([]event{forkOf(guardPID, 100)})
	tr.Add(run)
	for second, want := range []int{1, 1, 0} {
		k.programs = 0
		tr.byPID[100].unread = true
		if second == 2 { // too soon after the one before
			now = now.Add(-time.Second + zombiesEvery/2)
		}
		tr.Refresh(false)
		if k.programs != want {
			t.Errorf("look %d has asked for %d, want %d", second, k.programs, want)
		}
		now = now.Add(time.Second)
	}
}
