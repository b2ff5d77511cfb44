package cli

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// Whose connection breaks off before the goodbye is not told that the session
// was killed: its code stands in its record.
func TestAGoodbyeThatIsLost(t *testing.T) {
	d := newDesk(t)
	d.background("web", "sh", "-c", "trap 'exit 3' TERM; sleep 86400 & wait")
	var list struct{ Sessions []struct{ Socket string } }
	out, _, _ := d.muster("sessions", "--json")
	if err := json.Unmarshal([]byte(out), &list); err != nil || len(list.Sessions) != 1 {
		t.Fatalf("%v: %s", err, out)
	}
	mute(t, list.Sessions[0].Socket)
	out, stderr, code := d.muster("down", "web")
	if want := "session web has ended\n"; code != 0 || out != want || stderr != "" {
		t.Errorf("code %d, printed %q, said %q", code, out, stderr)
	}
}

// mute puts itself between a session and who asks it: once a command is on its
// way, those who watch the session hear no more of it.
func mute(t *testing.T, socket string) {
	behind := filepath.Join(filepath.Dir(socket), "behind")
	if err := os.Rename(socket, behind); err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	t.Cleanup(func() { _ = ln.Close(); wg.Wait() })
	var commanded atomic.Bool
	wg.Go(func() {
		for {
			client, err := ln.Accept()
			if err != nil {
				return // the test is over
			}
			server, err := net.Dial("unix", behind)
			if err != nil {
				_ = client.Close() // the session has ended
				continue
			}
			var watches atomic.Bool
			wg.Go(func() {
				pass(server, client, func(request []byte) bool {
					watches.CompareAndSwap(false, bytes.Contains(request, []byte("/private/watch")))
					commanded.CompareAndSwap(false, bytes.HasPrefix(request, []byte("POST ")))
					return true
				})
				_ = server.(*net.UnixConn).CloseWrite() // it may have ended
			})
			wg.Go(func() {
				pass(client, server, func([]byte) bool { return !watches.Load() || !commanded.Load() })
				_ = client.Close()
			})
		}
	})
}

// pass copies from one to the other what may pass.
func pass(to io.Writer, from io.Reader, may func([]byte) bool) {
	for buf := make([]byte, 64<<10); ; {
		n, err := from.Read(buf)
		if n > 0 && may(buf[:n]) {
			_, _ = to.Write(buf[:n]) // who has gone need not know
		}
		if err != nil {
			return
		}
	}
}

// What ended everything, and what failed, is told where the screen has gone; of a good end
// nothing is said.
func TestWhatIsToldBehindAScreen(t *testing.T) {
	d := newDesk(t)
	guard := d.terminal("guard", "run", "--", "sh", "-c", "kill -9 $PPID; sleep 1000")
	guard.see("muster: the guard process was killed: everything was stopped")
	guard.see("[code 1]")

	asked := d.terminal("asked", "run", "--name", "p", "--", "sh", "-c", "kill -TERM $(sed -n 's/^PPid:[^0-9]*//p' /proc/$PPID/status); sleep 1000")
	asked.see("muster: got SIGTERM, everything was stopped")
	asked.see("[code 143]")

	failed := d.terminal("failed", "run", "--name", "p", "--exit", "--", "sh", "-c", "echo boom >&2; exit 5")
	failed.see("muster: p/0 (pid ")
	failed.see("[code 5]")

	fast := d.terminal("fast", "run", "--name", "p", "-n", "2", "--fail-fast", "--exit", "--", "sh", "-c", "test $MUSTER_SLOT = 1 && exit 7; exec sleep 1000")
	fast.see("muster: --fail-fast: p/1: exit 7; everything is stopped")
	fast.see("[code 1]")

	deaf := d.terminal("deaf", "run", "--name", "p", "--grace", "300ms", "--", "sh", "-c", "trap '' TERM; echo up; while :; do sleep 0.1; done")
	deaf.see("up")
	deaf.press("q")
	deaf.see("y ")
	deaf.press("y")
	deaf.see("muster: p/0 (pid ")
	deaf.see("did not end within 300ms of SIGTERM, which it ignores: killed")
	deaf.see("[code 0]")

	good := d.terminal("good", "run", "--name", "p", "--exit", "--", "true")
	good.see("[code 0]")
	if text := good.screen(); strings.Contains(text, "muster:") {
		t.Errorf("after a good end:\n%s", text)
	}
}
