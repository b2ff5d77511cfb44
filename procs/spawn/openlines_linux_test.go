package spawn

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"example.com/muster/procs"
)

// openLinesTest has the words of a test told, and the ends of lines between them.
type openLinesTest struct {
	openLines
	told         []string
	dead, unread map[int]bool
	asked        int
	clock        time.Time
	write        Sink
}

func newOpenLinesTest() *openLinesTest {
	o := &openLinesTest{dead: map[int]bool{}, unread: map[int]bool{}, clock: time.Unix(100, 0)}
	o.openLines = openLines{
		ended:  func(pid int) bool { o.asked++; return o.dead[pid] },
		queued: func(_ procs.Stream, pid int) bool { return o.unread[pid] },
		end:    func(stream procs.Stream, pid int) { o.told = append(o.told, fmt.Sprintf("%d ends %s", pid, stream)) },
		now:    func() time.Time { return o.clock },
	}
	o.write = o.before(func(_ procs.Stream, pid int, p []byte) { o.told = append(o.told, fmt.Sprintf("%d: %s", pid, p)) })
	return o
}

// TestLinesOfThoseThatHaveEnded: what somebody has left without a newline ends before
// what others print after its death, and only then.
func TestLinesOfThoseThatHaveEnded(t *testing.T) {
	const out, err = procs.Stdout, procs.Stderr
	for _, tt := range []struct {
		name string
		play func(o *openLinesTest)
		want string
	}{
		{"who lives is neither joined nor broken", func(o *openLinesTest) {
			o.write(out, 1, []byte("a"))
			o.write(out, 2, []byte("b"))
			o.write(out, 1, []byte("a\n"))
			o.write(out, 3, []byte("c\n"))
			o.write(out, 2, []byte("b\n"))
		}, "1: a, 2: b, 1: a\n, 3: c\n, 2: b\n"},
		{"who has ended", func(o *openLinesTest) {
			o.write(out, 1, []byte("a"))
			o.dead[1] = true
			o.write(out, 2, []byte("b\n"))
			o.write(out, 2, []byte("c\n"))
		}, "1: a, 1 ends stdout, 2: b\n, 2: c\n"},
		{"what is printed to the other stream", func(o *openLinesTest) {
			o.write(out, 1, []byte("a"))
			o.dead[1] = true
			o.write(err, 2, []byte("b\n"))
		}, "1: a, 1 ends stdout, 2: b\n"},
		{"a line that has ended", func(o *openLinesTest) {
			o.write(out, 1, []byte("a"))
			o.write(out, 1, []byte("b\nc\n"))
			o.dead[1] = true
			o.write(out, 2, []byte("d\n"))
		}, "1: a, 1: b\nc\n, 2: d\n"},
		{"several, in the order in which they have printed", func(o *openLinesTest) {
			for pid := range 4 {
				o.write(out, pid+1, []byte("a"))
			}
			o.write(out, 1, []byte("b"))
			o.dead[1], o.dead[2], o.dead[4] = true, true, true
			o.write(out, 9, []byte("c\n"))
		}, "1: a, 2: a, 3: a, 4: a, 1: b, 2 ends stdout, 4 ends stdout, 1 ends stdout, 9: c\n"},
		{"who has ended, but has printed more that is to be read", func(o *openLinesTest) {
			o.write(out, 1, []byte("a"))
			o.dead[1], o.unread[1] = true, true
			o.write(out, 2, []byte("b\n"))
			o.write(out, 2, []byte("c\n"))
			o.write(out, 1, []byte("d"))
			o.unread[1] = false
			o.write(out, 2, []byte("e\n"))
		}, "1: a, 2: b\n, 2: c\n, 1: d, 1 ends stdout, 2: e\n"},
		{"its own words, read late", func(o *openLinesTest) {
			o.write(out, 1, []byte("a"))
			o.dead[1] = true
			o.write(err, 1, []byte("b\n"))
			o.write(out, 1, []byte("c\n"))
		}, "1: a, 1: b\n, 1: c\n"},
		{"a number that is given again is another's", func(o *openLinesTest) {
			o.write(out, 1, []byte("a"))
			o.dead[1] = true
			o.write(out, 2, []byte("b\n"))
			o.dead[1] = false
			o.write(out, 1, []byte("c"))
			o.write(out, 2, []byte("d\n"))
		}, "1: a, 1 ends stdout, 2: b\n, 1: c, 2: d\n"},
		{"who is not known", func(o *openLinesTest) {
			o.write(out, 0, []byte("a"))
			o.dead[0] = true
			o.write(out, 2, []byte("b\n"))
		}, "0: a, 2: b\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := newOpenLinesTest()
			tt.play(o)
			if got := strings.Join(o.told, ", "); got != tt.want {
				t.Errorf("told was %q, want %q", got, tt.want)
			}
		})
	}
}

// TestLooksAreBounded: nobody is asked about while one alone prints, or while all print
// whole lines; and of many that are within a line not all are looked at each time.
func TestLooksAreBounded(t *testing.T) {
	o := newOpenLinesTest()
	for range 1000 {
		o.write(procs.Stdout, 1, []byte("a"))
	}
	o.write(procs.Stdout, 1, []byte("\n"))
	for i := range 1000 {
		o.write(procs.Stdout, i+1, []byte("a\n"))
	}
	if o.asked != 0 {
		t.Errorf("asked %d times about processes that need not have ended", o.asked)
	}
	for range 10 {
		for pid := range 2 * maxOpenLines {
			o.write(procs.Stdout, pid+1, []byte("a"))
		}
	}
	if o.asked > looksAtOnce || len(o.list) > maxOpenLines {
		t.Errorf("asked %d times at one moment, about %d", o.asked, len(o.list))
	}
	o.asked = 0
	for range 1000 {
		o.clock = o.clock.Add(lookEvery / 10)
		o.write(procs.Stdout, 1000, []byte("a\n"))
	}
	if o.asked < 90 || o.asked > 100 {
		t.Errorf("asked %d times in %v", o.asked, 100*lookEvery)
	}
	o.dead[1], o.dead[2*maxOpenLines] = true, true
	o.clock = o.clock.Add(lookEvery)
	o.write(procs.Stdout, 1000, []byte("a\n"))
	if last, want := o.told[len(o.told)-2], fmt.Sprintf("%d ends stdout", 2*maxOpenLines); last != want {
		t.Errorf("with time for one, told was %q, want %q", last, want)
	}
}

// late runs a program of a shell that says "go" and goes on once that is being read, and
// reads nothing more before the program has ended. It returns lines as [output.Slot] joins them.
func late(t *testing.T, script string) string {
	t.Helper()
	var told []string
	var list []string // who is within a line
	open := map[string]string{}
	end := func(stream procs.Stream, pid int) {
		who := fmt.Sprint(stream, pid)
		if open[who] != "" {
			told = append(told, open[who])
		}
		open[who] = ""
	}
	stdin, next, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = stdin.Close(), next.Close() }()
	s, err := Open(procs.OutputByWriter, StreamOptions{EndWriter: end, Stdin: stdin})
	if err != nil {
		t.Fatal(err)
	}
	goOn, pumped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(pumped)
		s.Pump(func(stream procs.Stream, pid int, p []byte) {
			if list == nil {
				_, _ = next.WriteString("\n") // else the program does not end, which is told
			}
			<-goOn
			who := fmt.Sprint(stream, pid)
			list = append(list, who)
			lines := strings.Split(open[who]+string(p), "\n")
			told = append(told, lines[:len(lines)-1]...)
			open[who] = lines[len(lines)-1]
		})
	}()
	g := newGuard(t)
	p, err := g.Start(context.Background(), Command{Argv: []string{"sh", "-c", "echo go; read x; " + script}, Env: os.Environ(), Dir: t.TempDir(), Streams: s})
	if err != nil {
		t.Fatal(err)
	}
	wait(t, p)
	close(goOn)
	s.Drain(time.Second)
	s.Close()
	<-pumped
	slices.Sort(list)
	for _, who := range slices.Compact(list) {
		if open[who] != "" {
			told = append(told, "at the end: "+open[who])
		}
	}
	return strings.Join(told, ", ")
}

// TestReadLate: however late it is read, what a process leaves without a newline stands
// before what others print after its end; and two that have lived at the same time
// do not break each other's lines.
func TestReadLate(t *testing.T) {
	for _, tt := range []struct{ name, script, want string }{
		{"one after the other", `sh -c 'printf abc'; echo def; echo end`, "go, abc, def, end"},
		{
			"at the same time", `mkfifo f g; (printf abc; : >f; : <g; echo ghi) & : <f; echo def; echo jkl; : >g; wait; echo end`,
			"go, def, jkl, abcghi, end",
		},
		{
			"at the same time, and left", `mkfifo f g; (printf abc; : >f; : <g; printf ghi) & : <f; echo def; : >g; wait; echo end`,
			"go, def, abcghi, end",
		},
		{
			"two are left", `mkfifo f g; (printf abc; : >f; : <g) & : <f; sh -c 'printf def'; : >g; wait; echo end`,
			"go, abc, def, end",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := late(t, tt.script); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestLooksOnly: to look for what a process has written takes nothing away.
func TestLooksOnly(t *testing.T) {
	var told strings.Builder
	s, err := Open(procs.OutputByWriter, StreamOptions{})
	if err != nil {
		t.Fatal(err)
	}
	g := newGuard(t)
	p, err := g.Start(t.Context(), Command{Argv: []string{"sh", "-c", `for i in 1 2 3; do echo a; sh -c 'echo b'; done`}, Env: os.Environ(), Streams: s})
	if err != nil {
		t.Fatal(err)
	}
	wait(t, p)
	if err := withFD(s.sources[0].file, func(fd int) error {
		for range 2 {
			if !holds(fd, p.Ref().PID) || holds(fd, os.Getpid()) {
				t.Error("it is wrong who has written")
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	s.Pump(func(_ procs.Stream, _ int, p []byte) { told.Write(p) })
	if want := strings.Repeat("a\nb\n", 3); told.String() != want {
		t.Errorf("read was %q, want %q", told.String(), want)
	}
	s.Close()
}

// TestHasEnded: a process has ended when its last thread has, whether it has been waited
// for or not.
func TestHasEnded(t *testing.T) {
	if hasEnded(os.Getpid()) {
		t.Error("this process has ended")
	}
	g := newGuard(t)
	p := launch(t, g, "true")
	wait(t, p)
	if !hasEnded(p.Ref().PID) {
		t.Error("a process that was waited for has not ended")
	}
	zombie := exec.Command("true")
	if err := zombie.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, 10*time.Second, "it is a zombie", func() bool { return stateOf(zombie.Process.Pid) == 'Z' })
	if !hasEnded(zombie.Process.Pid) {
		t.Error("a zombie has not ended")
	}
	if err := zombie.Wait(); err != nil {
		t.Error(err)
	}
	p = launch(t, g, role("leaderless")...)
	eventually(t, 10*time.Second, "its first thread has ended", func() bool { return stateOf(p.Ref().PID) == 'Z' })
	if hasEnded(p.Ref().PID) {
		t.Error("a process has ended that has threads")
	}
	if err := p.Signal(procs.SIGKILL); err != nil {
		t.Fatal(err)
	}
	wait(t, p)
}

// init plays a program whose first thread has ended: it still runs in that one here.
func init() {
	if len(os.Args) > 2 && os.Args[1] == "role" && os.Args[2] == "leaderless" {
		time.AfterFunc(time.Minute, func() { os.Exit(1) })
		_, _, _ = unix.Syscall(unix.SYS_EXIT, 0, 0, 0) // ends the thread alone
	}
}
