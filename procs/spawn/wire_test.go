package spawn

import (
	"errors"
	"io"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func newChannels(t *testing.T) (a, b *channel) {
	t.Helper()
	x, y, err := socketPair()
	if err != nil {
		t.Fatal(err)
	}
	if a, err = newChannel(x); err != nil {
		t.Fatal(err)
	}
	if b, err = newChannel(y); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		a.close()
		b.close()
	})
	return a, b
}

// Messages of any size arrive whole and in order, each with its descriptors.
func TestChannel(t *testing.T) {
	a, b := newChannels(t)
	const count = 50
	sent := func(i int) start {
		return start{
			ID: uint64(i), Path: "/bin/x", Argv: []string{"x", "", "a\nb"},
			Env: []string{strings.Repeat("e", i*i*100)}, Dir: "/", CTTY: i % 4, Brief: i%2 == 0, Turn: uint64(i),
		}
	}
	failed := make(chan error, 1)
	go func() {
		failed <- func() error {
			for i := range count {
				read, write, err := pipe()
				if err != nil {
					return err
				}
				if err := a.send(sent(i), read, write, write); err != nil {
					return err
				}
				if _, err := unix.Write(write, []byte{byte(i)}); err != nil {
					return err
				}
				_, _ = unix.Close(read), unix.Close(write)
				if err := a.send(bye{Grace: time.Duration(i)}); err != nil {
					return err
				}
			}
			a.close()
			return nil
		}()
	}()
	for i := range count {
		f, err := b.receive()
		if err != nil {
			t.Fatal(err)
		}
		m, err := readStart(f.body)
		if err != nil || f.kind != startKind || len(f.fds) != 3 || !reflect.DeepEqual(m, sent(i)) {
			t.Fatalf("%d: got kind %d, %d descriptors, %v, %v", i, f.kind, len(f.fds), m.ID, err)
		}
		got := make([]byte, 1)
		if _, err := unix.Read(f.fds[0], got); err != nil || int(got[0]) != i {
			t.Errorf("%d: the pipe holds %d, %v", i, got[0], err)
		}
		for j := range f.fds {
			closeFD(&f.fds[j])
		}
		if f, err = b.receive(); err != nil || f.kind != byeKind || len(f.fds) != 0 {
			t.Fatalf("%d: got %v, %v", i, f, err)
		}
	}
	if _, err := b.receive(); !errors.Is(err, io.EOF) {
		t.Errorf("at the end: %v", err)
	}
	if err := <-failed; err != nil {
		t.Error(err)
	}
}

// Nonsense is refused, and neither allocates what it claims nor hangs.
func TestChannelNonsense(t *testing.T) {
	for _, bytes := range []string{
		"\xff\xff\xff\xff\x01\x00", "\x00\x00\x00\x00\x01\x00", "\x02\x00\x00\x00\x01\x03",
	} {
		a, b := newChannels(t)
		if _, err := a.socket.Write([]byte(bytes)); err != nil {
			t.Fatal(err)
		}
		if _, err := b.receive(); !errors.Is(err, errWire) {
			t.Errorf("%q: %v", bytes, err)
		}
	}
}

func TestMessages(t *testing.T) {
	x := exited{ID: 1 << 40, ending: ending{Status: 0x8b, User: time.Hour, System: 1, PeakRSSBytes: 1 << 40, Unknown: true}}
	if got, err := readExited(string(x.appendTo(nil))); err != nil || got != x {
		t.Errorf("got %+v, %v", got, err)
	}
	h := hello{Grace: time.Second, KeepDaemons: true, TTY: true, Termios: "abc"}
	if got, err := readHello(string(h.appendTo(nil))); err != nil || got != h {
		t.Errorf("got %+v, %v", got, err)
	}
	s := signalRequest{ID: 1, Process: 2, Signal: 9, Group: true}
	if got, err := readSignal(string(s.appendTo(nil))); err != nil || got != s {
		t.Errorf("got %+v, %v", got, err)
	}
	r := refused{ID: 7, Errno: unix.ENOENT}
	if got, err := readAnswer(string(r.appendTo(nil))); err != nil || refused(got) != r {
		t.Errorf("got %+v, %v", got, err)
	}
}

func FuzzMessages(f *testing.F) {
	f.Add(string(start{Argv: []string{"a"}, Env: []string{"b=c"}}.appendTo(nil)))
	f.Fuzz(func(t *testing.T, body string) {
		m, err := readStart(body)
		if err == nil && size(m.Argv)+size(m.Env) > 2*len(body) {
			t.Error("more came out than went in")
		}
	})
}

// A guard whose channel is no socket says no, and does nothing.
func TestGuardWithoutChannel(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = r.Close(), w.Close() }()
	fd, err := unix.FcntlInt(r.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := newChannel(fd); err == nil {
		t.Error("a pipe was taken for a channel")
	}
}

// A channel that this end has closed says so, however it is used.
func TestClosedChannel(t *testing.T) {
	a, b := newChannels(t)
	read, write, err := pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = unix.Close(read), unix.Close(write) }()
	a.close()
	for name, err := range map[string]error{
		"a message": a.send(bye{}), "one with descriptors": a.send(start{}, read, write, write), "receive": func() error { _, err := a.receive(); return err }(),
	} {
		if !errors.Is(err, os.ErrClosed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := b.receive(); !errors.Is(err, io.EOF) {
		t.Errorf("the other end: %v", err)
	}
	if err := b.send(start{}, read, write, write); !errors.Is(err, unix.EPIPE) {
		t.Errorf("to nobody: %v", err)
	}
}
