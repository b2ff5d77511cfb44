package spawn

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"example.com/muster/procs"
)

var allModes = []procs.OutputMode{procs.OutputPipe, procs.OutputByWriter, procs.OutputPTY}

// stdoutOf is the stream that standard output comes through.
func stdoutOf(mode procs.OutputMode) procs.Stream {
	if mode == procs.OutputPTY {
		return procs.Terminal
	}
	return procs.Stdout
}

// Everything that a program printed is there once it has been drained, any
// bytes, with or without a newline at the end.
func TestOutputIsComplete(t *testing.T) {
	g := newGuard(t)
	for _, mode := range allModes {
		t.Run(string(mode), func(t *testing.T) {
			for range 20 {
				r := launchIn(t, g, mode, "sh", "-c", `printf 'a\0b\377'; printf err >&2; printf 'no newline'`)
				if x := wait(t, r.Process); x.Code != 0 {
					t.Fatal(x)
				}
				if r.streams.Drain(time.Second) {
					t.Error("cut, though nobody holds the output")
				}
				out, errs := r.out.get(stdoutOf(mode)), r.out.get(procs.Stderr)
				if mode == procs.OutputPTY {
					if out != "a\x00b\xfferrno newline" {
						t.Errorf("got %q", out)
					}
				} else if out != "a\x00b\xffno newline" || errs != "err" {
					t.Errorf("got %q and %q", out, errs)
				}
				<-r.pumped
			}
		})
	}
}

// Ten megabytes arrive to the byte.
func TestFlood(t *testing.T) {
	g := newGuard(t)
	for _, mode := range allModes[:2] {
		r := launchIn(t, g, mode, role("flood", "10")...)
		wait(t, r.Process)
		r.streams.Drain(time.Second)
		if r.out.size != 10e6 {
			t.Errorf("%s: got %d bytes", mode, r.out.size)
		}
	}
}

// What a program prints last may have come together with its end.
func TestLastWordsComeWithTheEnd(t *testing.T) {
	for _, mode := range allModes[:2] {
		s, err := Open(mode, StreamOptions{})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		for _, fd := range s.child[1:] {
			if _, err := unix.Write(fd, []byte("words")); err != nil {
				t.Fatal(err)
			}
		}
		s.closeChildEnds()
		var out recorder
		pumped := make(chan struct{})
		go func() {
			defer close(pumped)
			s.Pump(out.sink)
		}()
		select {
		case <-pumped:
		case <-time.After(10 * time.Second):
			t.Fatalf("%s: it reads on", mode)
		}
		if got := out.get(procs.Stdout) + out.get(procs.Stderr); got != "wordswords" {
			t.Errorf("%s: got %q", mode, got)
		}
	}
}

// A descendant that keeps the output open is not waited for, costs nothing of
// what the program itself printed, and is read on.
func TestDrainIsCut(t *testing.T) {
	g := newGuard(t)
	for _, mode := range allModes[:2] {
		t.Run(string(mode), func(t *testing.T) {
			r := launchIn(t, g, mode, role("keep-open")...)
			if x := wait(t, r.Process); x.Code != 7 {
				t.Fatal(x)
			}
			began := time.Now()
			if !r.streams.Drain(50 * time.Millisecond) {
				t.Error("not cut")
			}
			if took := time.Since(began); took > 2*time.Second {
				t.Errorf("took %v", took)
			}
			out := r.out.get(procs.Stdout)
			var late int
			if _, err := fmt.Sscanf(strings.TrimLeft(out, "x"), "late is %d\n", &late); err != nil || strings.Count(out, "x") != 40_000 {
				t.Fatalf("lost output: %d bytes, %v", len(out), err)
			}
			if err := SignalRef(procs.PIDRef{PID: late}, procs.Signal(unix.SIGUSR1)); err != nil {
				t.Fatal(err)
			}
			<-r.pumped
			if out = r.out.get(procs.Stdout); !strings.HasSuffix(out, "late words\n") {
				t.Errorf("got ...%q", out[len(out)-20:])
			}
		})
	}
}

// A descendant that floods does not keep Drain.
func TestDrainUnderFlood(t *testing.T) {
	r := launchIn(t, newGuard(t), procs.OutputPipe, "sh", "-c", "echo first; yes & exit 0")
	wait(t, r.Process)
	began := time.Now()
	if !r.streams.Drain(20 * time.Millisecond) {
		t.Error("not cut")
	}
	if took := time.Since(began); took > drainAtMost { // by then it is given up
		t.Errorf("took %v", took)
	}
	if out := r.out.get(procs.Stdout); !strings.HasPrefix(out, "first\n") {
		t.Error("the first line is lost")
	}
}

// A program may close its output and live on.
func TestClosedOutput(t *testing.T) {
	g := newGuard(t)
	for _, mode := range allModes[:2] {
		r := launchIn(t, g, mode, role("close-output")...)
		<-r.pumped
		if got := r.out.get(procs.Stdout); got != "bye\n" {
			t.Errorf("%s: got %q", mode, got)
		}
		select {
		case x := <-r.Exit():
			t.Fatalf("%s: it has not ended, and yet %v", mode, x)
		default:
		}
		if err := r.Signal(procs.Signal(unix.SIGUSR1)); err != nil {
			t.Fatal(err)
		}
		if x := wait(t, r.Process); x.Code != 5 {
			t.Errorf("%s: %v", mode, x)
		}
		if r.streams.Drain(0) {
			t.Errorf("%s: cut", mode)
		}
	}
}

// In by-writer mode every byte carries the pid of who wrote it.
func TestWriters(t *testing.T) {
	r := launchIn(t, newGuard(t), procs.OutputByWriter, role("writers")...)
	wait(t, r.Process)
	r.streams.Drain(time.Second)
	own := fmt.Sprintf("%d\n", r.Ref().PID)
	if got := r.out.by(r.Ref().PID); got != own+own {
		t.Errorf("the program wrote %q", got)
	}
	if len(r.out.pids) != 2 || r.out.get(procs.Stderr) != own {
		t.Fatalf("writers: %v, stderr %q", r.out.pids, r.out.get(procs.Stderr))
	}
	for pid := range r.out.pids {
		if pid != r.Ref().PID && r.out.by(pid) != fmt.Sprintf("%d\n", pid) {
			t.Errorf("%d wrote %q", pid, r.out.by(pid))
		}
	}
}

// A program cannot push descriptors into muster.
func TestNoDescriptorsArePushed(t *testing.T) {
	g := newGuard(t)
	wait(t, launch(t, g, "true"))
	before := openFDs(t)
	r := launchIn(t, g, procs.OutputByWriter, role("push")...)
	if x := wait(t, r.Process); x.Code != 0 {
		t.Fatal(x)
	}
	r.streams.Drain(time.Second)
	if got := r.out.get(procs.Stdout); got != strings.Repeat("x", 50) {
		t.Errorf("got %q", got)
	}
	r.streams.Close()
	if after := openFDs(t); after > before {
		t.Errorf("%d descriptors, %d before", after, before)
	}
}

func openFDs(t *testing.T) int {
	t.Helper()
	names, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("needs /proc")
	}
	return len(names)
}

// A PTY is the program's controlling terminal, has a size that can be
// changed, and passes on what is typed.
func TestTerminal(t *testing.T) {
	g := newGuard(t)
	r := launchIn(t, g, procs.OutputPTY, "sh", "-c",
		`stty size; trap 'stty size; exit 3' WINCH; tty <&1 >/dev/null && echo on > /dev/tty; while :; do sleep 0.01; done`)
	eventually(t, 5*time.Second, "the size is right", func() bool {
		return r.out.get(procs.Terminal) == "24 80\r\non\r\n"
	})
	if err := r.streams.Resize(120, 40); err != nil {
		t.Fatal(err)
	}
	if x := wait(t, r.Process); x.Code != 3 {
		t.Error(x)
	}
	r.streams.Drain(time.Second)
	if got := r.out.get(procs.Terminal); got != "24 80\r\non\r\n40 120\r\n" {
		t.Errorf("got %q", got)
	}

	r = launchIn(t, g, procs.OutputPTY, "sh", "-c", `read line; echo "got $line"; cat`)
	if err := r.streams.Terminal().Type(t.Context(), []byte("hello\n\x03")); err != nil {
		t.Fatal(err)
	}
	if x := wait(t, r.Process); x.Signal != procs.SIGINT {
		t.Errorf("Ctrl-C: %v", x)
	}
}

// muster answers what a program asks of its terminal.
func TestTerminalAnswers(t *testing.T) {
	r := launchIn(t, newGuard(t), procs.OutputPTY, "sh", "-c",
		`stty raw -echo; printf '\033[c'; dd bs=1 count=7 2>/dev/null | od -An -c`)
	if x := wait(t, r.Process); x.Code != 0 {
		t.Fatal(x)
	}
	r.streams.Drain(time.Second)
	if got := strings.Join(strings.Fields(r.out.get(procs.Terminal)), ""); got != `033[c033[?1;2c` && got != "\x1b[c033[?1;2c" {
		t.Errorf("got %q", got)
	}
}

// A program that asks and asks and never reads does not stop the reader.
func TestUnreadAnswers(t *testing.T) {
	r := launchIn(t, newGuard(t), procs.OutputPTY, "sh", "-c",
		`stty raw -echo; i=0; while [ $i -lt 5000 ]; do printf '\033[c\033[6n'; i=$((i+1)); done; echo done`)
	if x := wait(t, r.Process); x.Code != 0 {
		t.Fatal(x)
	}
	r.streams.Drain(time.Second)
	if !strings.HasSuffix(r.out.get(procs.Terminal), "done\n") {
		t.Error("output is lost")
	}
}

// The program reads what Stdin names; without it, an end of file.
func TestStdin(t *testing.T) {
	g := newGuard(t)
	for _, mode := range allModes {
		in, err := os.CreateTemp(t.TempDir(), "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := in.WriteString("given\n"); err != nil {
			t.Fatal(err)
		}
		if _, err := in.Seek(0, 0); err != nil {
			t.Fatal(err)
		}
		for _, stdin := range []*os.File{in, nil} {
			if stdin == nil && mode == procs.OutputPTY {
				continue // it reads its terminal
			}
			s, err := Open(mode, StreamOptions{Stdin: stdin})
			if err != nil {
				t.Fatal(err)
			}
			var out recorder
			pumped := make(chan struct{})
			go func() {
				defer close(pumped)
				s.Pump(out.sink)
			}()
			p, err := g.Start(t.Context(), Command{Argv: []string{"cat"}, Env: os.Environ(), Streams: s})
			if err != nil {
				t.Fatal(err)
			}
			wait(t, p)
			s.Drain(time.Second)
			want := "given"
			if stdin == nil {
				want = ""
			}
			if got := strings.TrimSpace(out.get(stdoutOf(mode))); got != want {
				t.Errorf("%s: got %q, want %q", mode, got, want)
			}
			s.Close()
			<-pumped
		}
		if err := in.Close(); err != nil {
			t.Error(err)
		}
	}
}

// Closing ends Pump while the program lives.
func TestCloseEndsPump(t *testing.T) {
	g := newGuard(t)
	for _, mode := range allModes {
		r := launchIn(t, g, mode, "sleep", "60")
		r.streams.Close()
		<-r.pumped
		_ = r.Signal(procs.SIGKILL) // in pty mode SIGHUP was quicker
		wait(t, r.Process)
	}
}

func TestOpenAuto(t *testing.T) {
	if _, err := Open(procs.OutputAuto, StreamOptions{}); err == nil {
		t.Error("auto was opened")
	}
}

// Drain waits for what is in the kernel's buffers behind a slow sink, also
// when somebody keeps the output open.
func TestDrainBehindSlowSink(t *testing.T) {
	g := newGuard(t)
	for _, mode := range allModes[:2] {
		s, err := Open(mode, StreamOptions{})
		if err != nil {
			t.Fatal(err)
		}
		var out recorder
		first, goOn, pumped := make(chan struct{}), make(chan struct{}), make(chan struct{})
		go func() {
			defer close(pumped)
			s.Pump(func(stream procs.Stream, pid int, p []byte) {
				if out.get(procs.Stdout) == "" {
					close(first)
					<-goOn
				}
				time.Sleep(20 * time.Millisecond) // this is how slow it is
				out.sink(stream, pid, p)
			})
		}()
		p, err := g.Start(t.Context(), Command{
			Argv: []string{"sh", "-c", "echo one; kill -STOP $$; sleep 60 & echo two"}, Env: os.Environ(), Streams: s,
		})
		if err != nil {
			t.Fatal(err)
		}
		<-first
		eventually(t, 5*time.Second, "stopped", func() bool { return stateOf(p.Ref().PID) == 'T' })
		if err := p.Signal(procs.SIGCONT); err != nil {
			t.Fatal(err)
		}
		wait(t, p)
		cut := make(chan bool)
		go func() { cut <- s.Drain(0) }()
		eventually(t, 5*time.Second, "Drain waits", func() bool { return s.readers[0].request.Load() != nil })
		close(goOn)
		if !<-cut {
			t.Errorf("%s: not cut", mode)
		}
		if got := out.get(procs.Stdout); got != "one\ntwo\n" {
			t.Errorf("%s: got %q", mode, got)
		}
		s.Close()
		<-pumped
	}
}
