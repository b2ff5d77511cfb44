package spawn

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"example.com/muster/procs"
)

// roles are what children do. Each returns its exit code.
var roles map[string]func(args []string) int

func init() {
	roles = map[string]func([]string) int{
		"exit":         playExit,
		"hog":          playHog,
		"args":         playArgs,
		"sleep":        playSleep,
		"ignore-term":  playIgnoreTerm,
		"parent":       playParent,
		"daemon":       playDaemon,
		"daemonize":    playDaemonize,
		"keep-open":    playKeepOpen,
		"late":         playLate,
		"close-output": playCloseOutput,
		"flood":        playFlood,
		"signals":      playSignals,
		"writers":      playWriters,
		"push":         playPush,
		"muster":       playMuster,
	}
}

// hogSize is more than a process of tests has, with the race detector too: see peak.
const hogSize = 256 << 20

func playHog([]string) int {
	ballast := make([]byte, hogSize)
	for i := range ballast {
		ballast[i] = byte(i)
	}
	return int(ballast[0])
}

func playExit(args []string) int {
	code, _ := strconv.Atoi(args[0])
	return code
}

// playArgs prints its arguments, quoted.
func playArgs(args []string) int {
	fmt.Printf("%q\n", args)
	return 0
}

func playSleep([]string) int {
	fmt.Println("ready")
	<-time.After(time.Minute) // never longer than a test
	return 0
}

func playIgnoreTerm([]string) int {
	signal.Ignore(unix.SIGTERM, unix.SIGHUP)
	return playSleep(nil)
}

// playParent starts n sleepers in its own group and sleeps itself.
func playParent(args []string) int {
	n, _ := strconv.Atoi(args[0])
	for range n {
		sleeper := exec.Command(os.Args[0], "role", "sleep")
		sleeper.Stdout = os.Stdout
		if sleeper.Start() != nil {
			return 1
		}
	}
	return playSleep(nil)
}

// playDaemon leaves a sleeper behind as daemons are made: a new session, two
// forks, an empty environment. It sleeps on.
func playDaemon([]string) int {
	middle := exec.Command(os.Args[0], "role", "daemonize")
	middle.Env = []string{}
	middle.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if middle.Run() != nil {
		return 1
	}
	return playSleep(nil)
}

func playDaemonize([]string) int {
	daemon := exec.Command(os.Args[0], "role", "ignore-term")
	daemon.Env = []string{}
	daemon.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if daemon.Start() != nil {
		return 1
	}
	return 0
}

// playKeepOpen prints, and leaves a child behind that holds its output open
// and prints when it gets a signal.
func playKeepOpen([]string) int {
	late := exec.Command(os.Args[0], "role", "late")
	late.Stdout = os.Stdout
	ready, err := late.StderrPipe()
	if err != nil || late.Start() != nil {
		return 1
	}
	if _, err := bufio.NewReader(ready).ReadString('\n'); err != nil {
		return 1
	}
	_, _ = os.Stdout.Write(bytes.Repeat([]byte("x"), 40_000))
	fmt.Printf("late is %d\n", late.Process.Pid)
	return 7
}

func playLate([]string) int {
	told := make(chan os.Signal, 1)
	signal.Notify(told, unix.SIGUSR1)
	fmt.Fprintln(os.Stderr, "ready")
	<-told
	fmt.Println("late words")
	return 0
}

// playCloseOutput closes its output and lives until it gets a signal.
func playCloseOutput([]string) int {
	told := make(chan os.Signal, 1)
	signal.Notify(told, unix.SIGUSR1)
	fmt.Println("bye")
	_, _ = os.Stdout.Close(), os.Stderr.Close()
	<-told
	return 5
}

// playFlood writes n MB in blocks of 64 KiB.
func playFlood(args []string) int {
	n, _ := strconv.Atoi(args[0])
	line := append(bytes.Repeat([]byte("0123456789"), 10)[:99], '\n')
	block := bytes.Repeat(line, 656)[:64<<10]
	for left := n * 1e6; left > 0; left -= len(block) {
		if _, err := os.Stdout.Write(block[:min(left, len(block))]); err != nil {
			return 1
		}
	}
	return 0
}

// playSignals tells which of the signals that the guard is deaf to it ignores.
func playSignals([]string) int {
	for _, sig := range []syscall.Signal{unix.SIGHUP, unix.SIGINT, unix.SIGTERM, unix.SIGQUIT, unix.SIGTSTP, unix.SIGPIPE} {
		if signal.Ignored(sig) {
			fmt.Println("ignored:", sig)
		}
	}
	return 0
}

// playWriters prints its pid, and has a child print its own.
func playWriters(args []string) int {
	fmt.Printf("%d\n", os.Getpid())
	if len(args) == 0 {
		child := exec.Command(os.Args[0], "role", "writers", "child")
		child.Stdout, child.Stderr = os.Stdout, os.Stderr
		if child.Run() != nil {
			return 1
		}
		fmt.Fprintf(os.Stderr, "%d\n", os.Getpid())
	}
	return 0
}

// playPush sends descriptors along with its output.
func playPush([]string) int {
	conn, err := net.FileConn(os.Stdout)
	if err != nil {
		return 1
	}
	for range 50 {
		if _, _, err := conn.(*net.UnixConn).WriteMsgUnix([]byte("x"), unix.UnixRights(0, 1, 2), nil); err != nil {
			return 1
		}
	}
	return 0
}

// playMuster plays muster: it starts a guard and, through it, the commands
// that its arguments separate with ";". It says when they run and waits to be
// killed, or panics when its standard input ends.
func playMuster(args []string) int {
	o := GuardOptions{KeepDaemons: os.Getenv("KEEP") != ""}
	if name := os.Getenv("TERMINAL"); name != "" {
		tty, err := os.OpenFile(name, os.O_RDWR|unix.O_NOCTTY, 0)
		if err != nil {
			return 3
		}
		o.TTY, o.CrashOutput = tty, crashOutput
	}
	g, err := StartGuard(o)
	if err != nil {
		return 3
	}
	if os.Getenv("NOT_DRAWING") != "" {
		g.Drawing(true)
		g.Drawing(false)
	}
	var argv []string
	for _, arg := range append(args, ";") {
		if arg != ";" {
			argv = append(argv, arg)
			continue
		}
		if len(argv) == 0 {
			continue
		}
		p, err := g.Start(context.Background(), Command{Argv: argv, Env: os.Environ()})
		if err != nil {
			fmt.Println(err)
			return 3
		}
		argv = nil
		go reportExit(p)
	}
	fmt.Println("guard", g.PID())
	if os.Getenv("GUARD_DIES") != "" {
		return survive(g)
	}
	var b [1]byte
	_, _ = os.Stdin.Read(b[:])
	panic("muster panics: \x1b[31mred")
}

func reportExit(p *Process) {
	x := <-p.Exit()
	fmt.Println("exit", p.Ref().PID, x)
}

// survive kills the guard once its standard input ends, and ends what is left.
func survive(g *Guard) int {
	var b [1]byte
	_, _ = os.Stdin.Read(b[:])
	_ = SignalRef(procs.PIDRef{PID: g.PID()}, procs.SIGKILL)
	<-g.Done()
	fmt.Println("guard is dead")
	if _, err := g.Start(context.Background(), Command{Argv: []string{"true"}}); err != nil {
		fmt.Println(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := g.Close(ctx); err != nil {
		fmt.Println(err)
		return 4
	}
	if some, _ := hasChildren(); some {
		fmt.Println("children are left")
		return 4
	}
	return 0
}
