package session

import (
	"net"
	"os"
	"path/filepath"
	"testing"
)

// Whoever is at the other end of the socket is asked for by the kernel's word,
// and a stranger's connection is closed without a byte.
func TestStrangersAreNotAnswered(t *testing.T) {
	for uid, admitted := range map[int]bool{1000: true, 0: true, 1001: false, 65534: false} {
		if got := (sameUser{uid: 1000}).admits(uid); got != admitted {
			t.Errorf("user %d is admitted by user 1000: %v, want %v", uid, got, admitted)
		}
	}
	path := filepath.Join(t.TempDir(), "socket")
	ln, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	client, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	conn, err := sameUser{ln, os.Getuid()}.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if uid, err := peerUID(conn); err != nil || uid != os.Getuid() {
		t.Errorf("the peer's user is %d, %v; want %d", uid, err, os.Getuid())
	}
}
