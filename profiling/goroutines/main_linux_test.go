package goroutines

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/pprof"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"example.com/muster/procs"
)

// The test binary plays the programs that are asked: the part is in this
// variable, and the address to listen on in the one after it.
const (
	helperEnv = "MUSTER_GOROUTINES_HELPER"
	listenEnv = "MUSTER_GOROUTINES_LISTEN"
)

var helpers = map[string]http.HandlerFunc{
	"pprof": nil, // its handler is net/http/pprof's
	"other": func(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) },
	"moved": func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusFound)
	},
	"page": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "<html>hello") },
	"hang": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
	"flood": func(w http.ResponseWriter, _ *http.Request) {
		block := bytes.Repeat([]byte("goroutine 1 [running]:\n"), 1000)
		for {
			if _, err := w.Write(block); err != nil {
				return
			}
		}
	},
}

func TestMain(m *testing.M) {
	if part := os.Getenv(helperEnv); part != "" {
		play(part, os.Getenv(listenEnv))
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// play serves until the end of standard input, and tells how often it was asked.
func play(part, addr string) {
	var asked atomic.Int64
	handler := helpers[part]
	if handler == nil {
		block()
		handler = func(w http.ResponseWriter, r *http.Request) {
			if name := strings.TrimPrefix(r.URL.Path, "/debug/pprof/"); name != "" {
				pprof.Handler(name).ServeHTTP(w, r)
			} else {
				pprof.Index(w, r)
			}
		}
	}
	l, err := listenOn(addr)
	if err != nil {
		fmt.Println("error", err)
		return
	}
	go http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		handler(w, r)
	}))
	fmt.Println("ready", l.Addr())
	io.Copy(io.Discard, os.Stdin)
	fmt.Println("asked", asked.Load())
}

// listenOn listens; several processes may at one port.
func listenOn(addr string) (net.Listener, error) {
	network := "tcp"
	if strings.HasPrefix(addr, "0.0.0.0") {
		network = "tcp4" // or Go listens at [::], which is both
	}
	if strings.HasPrefix(addr, "/") || strings.HasPrefix(addr, "@") {
		network = "unix"
	}
	lc := net.ListenConfig{Control: func(network, _ string, c syscall.RawConn) error {
		return c.Control(func(fd uintptr) {
			if strings.HasPrefix(network, "tcp") {
				unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)
			}
		})
	}}
	return lc.Listen(context.Background(), network, addr)
}

// The locks of the program, for which its workers wait.
var (
	mutex, second sync.Mutex
	rw            sync.RWMutex
	channel       = make(chan int)
	group         sync.WaitGroup
)

//go:noinline
func takesMutex() { mutex.Lock() }

//go:noinline
func takesSecond() { second.Lock() }

//go:noinline
func writes() { rw.Lock() }

//go:noinline
func reads() { rw.RLock() }

//go:noinline
func receives() { <-channel }

//go:noinline
func contends(m *sync.Mutex, turns int) {
	for range turns {
		m.Lock()
		runtime.Gosched()
		m.Unlock()
	}
}

// block makes goroutines wait, and returns when all of them do.
func block() {
	runtime.SetMutexProfileFraction(1)
	runtime.SetBlockProfileRate(1)
	var fought sync.Mutex
	fought.Lock()
	var fight sync.WaitGroup
	for range 4 {
		fight.Go(func() { contends(&fought, 1000) })
	}
	waits("contends", 4)
	fought.Unlock()
	fight.Wait()

	mutex.Lock()
	second.Lock()
	rw.Lock()
	group.Add(1)
	for f, n := range map[string]int{"takesMutex": 3, "takesSecond": 1, "writes": 2, "reads": 2, "receives": 1} {
		for range n {
			go map[string]func(){"takesMutex": takesMutex, "takesSecond": takesSecond, "writes": writes, "reads": reads, "receives": receives}[f]()
		}
		waits(f, n)
	}
	go group.Wait()
	waits("(*WaitGroup).Wait", 1)
	fmt.Printf("lock sync.Mutex %p\nlock second %p\nlock sync.RWMutex %p\nlock sync.WaitGroup %p\n", &mutex, &second, &rw, &group)
}

// waits returns when n goroutines of this program wait in a function.
func waits(function string, n int) {
	for buf := make([]byte, 1<<20); ; time.Sleep(time.Millisecond) {
		found := 0
		for g := range strings.SplitSeq(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
			head, _, _ := strings.Cut(g, "\n")
			if strings.Contains(g, function+"(") && (strings.Contains(head, "sync.") || strings.Contains(head, "chan receive")) {
				found++
			}
		}
		if found >= n {
			return
		}
	}
}

// program is a child that plays a part.
type program struct {
	ref   procs.PIDRef
	addr  string
	locks map[string]uint64
	in    io.Closer
	out   *bufio.Scanner
	cmd   *exec.Cmd
}

// start starts a program and waits until it serves.
func start(t *testing.T, part, addr string) *program {
	t.Helper()
	p := &program{cmd: exec.Command(os.Args[0]), locks: map[string]uint64{}}
	p.cmd.Env = append(os.Environ(), helperEnv+"="+part, listenEnv+"="+addr)
	p.cmd.Stderr = os.Stderr
	in, err := p.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.in, p.out, p.ref = in, bufio.NewScanner(out), procs.PIDRef{PID: p.cmd.Process.Pid}
	t.Cleanup(func() { p.end() })
	for p.out.Scan() {
		var kind string
		var at uint64
		if n, _ := fmt.Sscanf(p.out.Text(), "lock %s %v", &kind, &at); n == 2 {
			p.locks[kind] = at
		}
		if a, ok := strings.CutPrefix(p.out.Text(), "ready "); ok {
			p.addr = a
			return p
		}
	}
	t.Fatalf("the program ended: %q", p.out.Text())
	return nil
}

// end ends the program, which says how often it was asked.
func (p *program) end() (asked int) {
	if p.in == nil {
		return 0
	}
	p.in.Close()
	p.in = nil
	for p.out.Scan() {
		fmt.Sscanf(p.out.Text(), "asked %d", &asked)
	}
	p.cmd.Wait()
	return asked
}
