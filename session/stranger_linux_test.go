package session

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// nobody is a user that is neither this one nor root.
const nobody = 65534

// playStranger in the environment makes the test binary ask the socket of that
// name, as whoever it is, and say what came of it.
const playStranger = "MUSTER_TEST_STRANGER"

func init() { playing[playStranger] = playAsking }

func playAsking(socket string) {
	conn, err := net.Dial("unix", socket)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, _ = io.WriteString(conn, os.Args[1]) // it may have been hung up on already
	answer, _ := io.ReadAll(conn)
	fmt.Printf("as %d: %q\n", os.Getuid(), answer)
}

// asNobody asks a socket as another user.
func asNobody(t *testing.T, socket, request string) string {
	t.Helper()
	cmd := exec.Command("/proc/self/exe", request) // by a path that everybody may follow
	cmd.Dir, cmd.Env = "/", append(os.Environ(), playStranger+"="+socket)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return string(out)
}

// Another user does not get at the socket, as its directory is closed; and
// where somebody has opened that, is not answered, and can do nothing.
func TestAnotherUserIsRefused(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root, to become another user")
	}
	s, srv := served(t, sleeper("p"))
	until(t, "the process", func() bool { return s.Snapshot().Pools[0].Slots[0].PID != 0 })
	const ask = "GET /v1/ps HTTP/1.1\r\nHost: muster\r\nConnection: close\r\n\r\n"
	const down = "POST /v1/do HTTP/1.1\r\nHost: muster\r\nConnection: close\r\nContent-Length: 23\r\n\r\n" + `{"command": "shutdown"}`
	if got, want := asNobody(t, srv.Path(), ask), "dial unix "+srv.Path()+": connect: permission denied\n"; got != want {
		t.Errorf("where the directory keeps it out: %q, want %q", got, want)
	}
	dir := filepath.Dir(srv.Path())
	info, err := os.Stat(dir)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the directory of the socket: %v, %v", info.Mode(), err)
	}
	for path, mode := range map[string]os.FileMode{filepath.Dir(dir): 0o755, dir: 0o755, srv.Path(): 0o777} {
		if err := os.Chmod(path, mode); err != nil { //nolint:gosec // as somebody careless would
			t.Fatal(err)
		}
	}
	for _, request := range []string{ask, down} {
		if got := asNobody(t, srv.Path(), request); got != "as 65534: \"\"\n" {
			t.Errorf("where the directory is open: %q", got)
		}
	}
	if ps, err := client(t).PS(context.Background()); err != nil || ps.Pools[0].Processes[0].State != "running" {
		t.Errorf("the user's own question: %+v, %v", ps, err)
	}
}
