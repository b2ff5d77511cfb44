//go:build linux

package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// session is one program being measured.
type session struct {
	o       options
	cmd     *exec.Cmd
	term    *terminal // nil if the output goes to a file
	meter   meter
	started time.Time
	ended   chan struct{} // closed when the program is a zombie
	endedAt time.Time     // valid once ended is closed
	timer   *time.Timer   // to the next signal, if it does not end
	result  result
}

// run starts the program, does to it what the options say, ends it, and
// returns what it used. All that it starts has ended when it returns, as far
// as the program ends what it started itself.
func run(o options) (result, error) {
	own, err := os.CreateTemp("", "own")
	if err != nil {
		return result{}, err
	}
	defer func() { _ = os.Remove(own.Name()) }() // a small file in the temporary directory
	defer own.Close()

	s := &session{o: o, ended: make(chan struct{}), result: result{Case: o.name}}
	s.cmd = exec.Command(o.argv[0], o.argv[1:]...)
	s.cmd.Env = append(os.Environ(), "TERM=xterm-256color", "COLORTERM=truecolor", "LANG=C.UTF-8", "LC_ALL=C.UTF-8", "BENCH_OWN="+own.Name())
	output, err := s.start()
	if err != nil {
		return result{}, fmt.Errorf("cannot start %s: %w", o.argv[0], err)
	}
	defer output.Close()
	s.meter = meter{pid: s.cmd.Process.Pid, guardName: o.guard}
	s.timer = time.NewTimer(o.limit)
	go func() { // ends with the program
		waitForZombie(s.cmd.Process.Pid)
		s.endedAt = time.Now()
		close(s.ended)
	}()
	s.drive()
	s.end()
	s.sum(own)
	return s.result, nil
}

// start starts the program with its output where the options say, and returns
// what to close at the end.
func (s *session) start() (*os.File, error) {
	s.started = time.Now()
	switch s.o.on {
	case "pty":
		f, err := pty.StartWithSize(s.cmd, &pty.Winsize{Cols: uint16(s.o.cols), Rows: uint16(s.o.rows)})
		if err != nil {
			return nil, err
		}
		s.drain(f)
		return f, nil
	case "pipe":
		r, w, err := os.Pipe()
		if err != nil {
			return nil, err
		}
		s.cmd.Stdout, s.cmd.Stderr = w, w
		err = s.startAlone()
		_ = w.Close() // the program has its own
		s.drain(r)
		return r, err
	}
	f, err := os.Create(s.o.on)
	if err != nil {
		return nil, err
	}
	s.cmd.Stdout, s.cmd.Stderr = f, os.Stderr
	return f, s.startAlone()
}

// startAlone gives the program a session of its own, so that it cannot find
// the terminal of whoever runs the benchmark.
func (s *session) startAlone() error {
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return s.cmd.Start()
}

// drain begins to read what the program prints; it ends when the file is closed.
func (s *session) drain(f *os.File) {
	s.term = &terminal{file: f, mute: s.o.mute, done: make(chan struct{})}
	go s.term.drain()
}

// waitForZombie returns when a child has ended. It leaves the child
// unreaped, so that its CPU clock can still be read.
func waitForZombie(pid int) {
	for {
		err := unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if err != unix.EINTR {
			return
		}
	}
}

// drive does what the options say until the program has ended, or may.
func (s *session) drive() {
	if s.o.until.Regexp != nil && s.term != nil {
		seen := s.term.expect(s.o.until.Regexp)
		if at, ok := s.wait(seen, time.Hour); ok {
			s.result.FrameMS = ms(at.Sub(s.started))
			if info, err := os.Stat(s.o.since); err == nil { // the clock of files is a few milliseconds behind, which counts against the program
				s.result.SinceMS = ms(at.Sub(info.ModTime()))
			}
		}
	}
	if len(s.o.keys) > 0 && s.term != nil {
		s.result.KeysMS = pressAll(s.term, s.o.keys, s.o.gap, s.o.answer, s.ended)
		if n := len(s.result.KeysMS); n > 0 {
			s.result.LastKeyMS = s.result.KeysMS[n-1]
		}
	}
	switch {
	case s.o.window > 0:
		s.measure()
	case s.o.until.Regexp != nil && s.o.quit != "": // the frame, or the keys, were all
	default:
		s.wait(nil, time.Hour)
	}
}

// measure reads what the program uses between two moments.
func (s *session) measure() {
	s.wait(nil, s.o.warm)
	s.meter.read()
	program, guard, from := s.meter.program, s.meter.itGuard, time.Now()
	bytes := s.bytes()
	s.wait(nil, s.o.window)
	s.meter.read()
	seconds := time.Since(from).Seconds()
	s.result.Window = &window{
		Seconds:      seconds,
		CPU:          ms(s.meter.program.cpu-program.cpu) / seconds,
		GuardCPU:     ms(s.meter.itGuard.cpu-guard.cpu) / seconds,
		Bytes:        float64(s.bytes()-bytes) / seconds,
		RestMiB:      mib(s.meter.program.resident),
		GuardRestMiB: mib(s.meter.itGuard.resident),
	}
}

func (s *session) bytes() int64 {
	if s.term == nil {
		return 0
	}
	n, _ := s.term.received()
	return n
}

// wait waits for something to be seen, for some time to pass, or for the
// program to end, and reads the meter meanwhile.
func (s *session) wait(seen <-chan time.Time, d time.Duration) (time.Time, bool) {
	every := 20 * time.Millisecond // what grew since is missed when the program ends
	if s.o.window > 0 {
		every = 500 * time.Millisecond // it does not end by itself
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	enough := time.After(d)
	s.meter.read()
	for {
		select {
		case at := <-seen:
			return at, true
		case <-enough:
			return time.Time{}, false
		case <-s.ended:
			return time.Time{}, false
		case <-s.timer.C:
			s.kill()
		case <-tick.C:
			s.meter.read()
		}
	}
}

// patience is how long a program may take to end.
const patience = 10 * time.Second

// end presses the keys that end the program, and waits until it has ended.
func (s *session) end() {
	for _, k := range s.o.quit {
		if s.term != nil && !s.hasEnded() {
			s.term.press(string(k))
			s.wait(nil, 100*time.Millisecond)
		}
	}
	if s.o.quit == "" && !s.hasEnded() {
		s.kill()
	} else {
		s.timer.Reset(patience)
	}
	s.wait(nil, time.Hour)
}

// kill sends SIGTERM, and SIGKILL the next time, which is not far.
func (s *session) kill() {
	sig := syscall.SIGTERM
	if s.result.Killed {
		sig = syscall.SIGKILL
	}
	s.result.Killed = true
	_ = s.cmd.Process.Signal(sig) // it may have ended just now
	s.timer.Reset(patience)
}

func (s *session) hasEnded() bool {
	select {
	case <-s.ended:
		return true
	default:
		return false
	}
}

// sum adds up what can only be known at the end.
func (s *session) sum(own io.Reader) {
	r := &s.result
	r.WallSeconds = s.endedAt.Sub(s.started).Seconds()
	s.meter.read()
	_ = s.cmd.Wait() // how it ended is in ProcessState
	r.Exit = s.cmd.ProcessState.String()
	r.CPUSeconds, r.PeakMiB = s.meter.program.cpu.Seconds(), mib(s.meter.program.peak)
	r.GuardSeconds, r.GuardPeakMiB = s.meter.itGuard.cpu.Seconds(), mib(s.meter.itGuard.peak)
	if s.term != nil {
		s.term.finish()
		var first time.Time
		if r.Bytes, first = s.term.received(); !first.IsZero() {
			r.FirstByteMS = ms(first.Sub(s.started))
		}
	}
	text, _ := io.ReadAll(own) // empty unless the program under test wrote to it
	r.OwnSeconds, _ = strconv.ParseFloat(strings.TrimSpace(string(text)), 64)
	if s.o.things > 0 {
		r.PerSecond = float64(s.o.things) / r.WallSeconds
	}
}
