package tree

import (
	"os/exec"
	"testing"

	"golang.org/x/sys/unix"
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
