package agent

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// The test binary plays a program that imports the agent.
const partEnv = "MUSTER_AGENT_TEST_PART"

func TestMain(m *testing.M) {
	switch os.Getenv(partEnv) {
	case "":
		os.Exit(m.Run())
	case "own rate":
		runtime.SetBlockProfileRate(1)
	}
	fight()
}

// fight has two goroutines wait for each other, and says on demand how often
// that was recorded, when they have a few times more.
func fight() {
	ping, waited := make(chan int), make(chan struct{})
	go func() {
		for {
			time.Sleep(time.Millisecond)
			ping <- 1
		}
	}()
	go func() {
		for {
			<-ping
			select {
			case waited <- struct{}{}:
			default: // nobody has asked
			}
		}
	}()
	fmt.Println("ready")
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		for range 20 {
			<-waited
		}
		var list [1000]runtime.BlockProfileRecord
		n, _ := runtime.BlockProfile(list[:])
		events := int64(0)
		for _, r := range list[:n] {
			events += r.Count
		}
		fmt.Println(events)
	}
}

// child is such a program.
type child struct {
	t      *testing.T
	socket string
	in     io.WriteCloser
	out    *bufio.Scanner
}

func start(t *testing.T, part string) *child {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), partEnv+"="+part, directoryVar+"="+dir)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c := &child{t, filepath.Join(dir, fmt.Sprint(cmd.Process.Pid)+".sock"), in, bufio.NewScanner(out)}
	t.Cleanup(func() { in.Close(); cmd.Wait() })
	if !c.out.Scan() || c.out.Text() != "ready" {
		t.Fatalf("it says %q", c.out.Text())
	}
	return c
}

// connect sends a request; the answer can be read.
func (c *child) connect(request string) *net.UnixConn {
	c.t.Helper()
	conn, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: c.socket, Net: "unix"})
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { conn.Close() })
	if _, err := io.WriteString(conn, request); err != nil {
		c.t.Fatal(err)
	}
	return conn
}

// events is how many waits the program has recorded.
func (c *child) events() (n int) {
	c.t.Helper()
	fmt.Fprintln(c.in)
	if !c.out.Scan() {
		c.t.Fatal("it has ended")
	}
	fmt.Sscan(c.out.Text(), &n)
	return n
}

// rises reports whether waits are being recorded.
func (c *child) rises() bool {
	before := c.events()
	return c.events() > before
}

// TestRates: what a program does not record by itself is recorded while somebody
// asks, and only so long; what it does record goes on.
func TestRates(t *testing.T) {
	for part, own := range map[string]bool{"no rate": false, "own rate": true} {
		t.Run(part, func(t *testing.T) {
			c := start(t, part)
			if c.rises() != own {
				t.Fatalf("before it was asked: %v", !own)
			}
			var asking []*net.UnixConn
			for range 2 {
				conn := c.connect("GET /debug/pprof/record?kind=block HTTP/1.1\r\n\r\n")
				head, err := bufio.NewReader(conn).ReadString('\n')
				if err != nil || head != "HTTP/1.0 200 OK\r\n" {
					t.Fatalf("%q, %v", head, err)
				}
				asking = append(asking, conn)
			}
			asking[0].Close()
			if !c.rises() {
				t.Error("nothing is recorded while the second asks")
			}
			asking[1].Close()
			for begun := time.Now(); c.rises() != own; {
				if time.Since(begun) > time.Minute {
					t.Fatalf("after it was asked: %v", !own)
				}
			}
		})
	}
}

// TestRequests: what is no question gets an answer that says so, and a program
// survives it.
func TestRequests(t *testing.T) {
	c := start(t, "no rate")
	for request, want := range map[string]string{
		"GET /debug/pprof/goroutine?debug=2 HTTP/1.1\r\nHost: x\r\n\r\n": "200 OK",
		"GET /debug/pprof/heap?gc=1 HTTP/1.1\r\n\r\n":                    "200 OK",
		"GET /debug/pprof/nothing HTTP/1.1\r\n\r\n":                      "404 Not Found",
		"GET /debug/pprof/record?kind=heap HTTP/1.1\r\n\r\n":             "404 Not Found",
		"GET / HTTP/1.1\r\n\r\n":                                         "400 Bad Request",
		"POST /debug/pprof/heap HTTP/1.1\r\n\r\n":                        "400 Bad Request",
		"\r\n\r\n": "400 Bad Request",
		"GET /debug/pprof/heap?%zz HTTP/1.1\r\n\r\n":             "400 Bad Request",
		"GET /" + strings.Repeat("x", 4*maxRequest) + "\r\n\r\n": "400 Bad Request",
	} {
		conn := c.connect(request)
		head, err := bufio.NewReader(conn).ReadString('\n')
		if err != nil || head != "HTTP/1.0 "+want+"\r\n" {
			t.Errorf("%.40q: %q, %v", request, head, err)
		}
	}
}

// TestStopped: who can ask no more gets the profile of the time until then; a
// second one at the same time is refused.
func TestStopped(t *testing.T) {
	c := start(t, "no rate")
	const question = "GET /debug/pprof/profile?seconds=3600 HTTP/1.1\r\n\r\n"
	conn := c.connect(question)
	for begun := time.Now(); ; time.Sleep(time.Millisecond) {
		dump, err := io.ReadAll(c.connect("GET /debug/pprof/goroutine?debug=2 HTTP/1.1\r\n\r\n"))
		if err != nil || time.Since(begun) > time.Minute {
			t.Fatalf("%v: it does not begin", err)
		}
		if bytes.Contains(dump, []byte("pprof.profileWriter")) {
			break
		}
	}
	refusal, err := io.ReadAll(c.connect(question))
	if err != nil || !bytes.Contains(refusal, []byte("\r\n\r\nCould not enable CPU profiling: cpu profiling already in use\n")) {
		t.Errorf("the second is told %q, %v", refusal, err)
	}
	conn.CloseWrite()
	text, err := io.ReadAll(conn)
	if _, profile, _ := bytes.Cut(text, []byte("\r\n\r\n")); err != nil || !bytes.HasPrefix(profile, []byte("\x1f\x8b")) {
		t.Errorf("%v, %.100q", err, text)
	}
}

// TestFlood: many who ask and do not read do not keep the program from its work.
func TestFlood(t *testing.T) {
	c := start(t, "no rate")
	var all sync.WaitGroup
	for range 50 {
		conn := c.connect("GET /debug/pprof/goroutine?debug=2 HTTP/1.1\r\n\r\n")
		all.Go(func() { io.Copy(io.Discard, conn) })
	}
	all.Wait()
	c.events()
}
