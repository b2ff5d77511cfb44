// The Go programs of the corpus, one a mode: see ../README.md.
//
//	mutex   one goroutine holds a sync.Mutex, three wait
//	rwmutex one goroutine reads under a sync.RWMutex, two want to write
//	chan    three goroutines receive from a channel that nobody sends to
//	send    two goroutines send on a channel that nobody receives from
//	flock   one thread holds a flock, another waits for it (built static)
//	parked  all goroutines are parked, and nobody can be asked for a profile
//	keep    it keeps a flock that its child wants, with all goroutines parked, and
//	        nobody can be asked
//	server  an HTTP server without a request
//	self    one goroutine locks its own sync.Mutex twice
//	abba    two goroutines, each of which locks what the other one has
//	fight   four goroutines fight for a sync.Mutex, and the profiles are on;
//	        another gets work over a channel now and then
//
// All but flock, parked and keep serve net/http/pprof on 127.0.0.1, without which nothing of
// a goroutine is to be seen from outside.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	_ "net/http/pprof"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
	"unsafe"
)

type thread struct {
	PID int `json:"pid"`
	TID int `json:"tid,omitempty"`
}

type lock struct {
	Kind    string   `json:"kind"`
	Holders []thread `json:"holders"`
	Waiters []thread `json:"waiters"`
	Hidden  bool     `json:"hidden,omitempty"`
}

type truth struct {
	Locks     []lock   `json:"locks"`
	Deadlocks [][]int  `json:"deadlocks"`
	Never     []string `json:"never"`
}

// The child of keep wants its lock in its first thread.
func init() { runtime.LockOSThread() }

func main() {
	if os.Args[1] != "want" {
		runtime.UnlockOSThread()
	}
	mode := os.Args[1]
	said := truth{Locks: []lock{}, Deadlocks: [][]int{}, Never: []string{"abandoned"}}
	self := []thread{{PID: os.Getpid()}}
	hidden := lock{Kind: "go", Holders: self, Waiters: self, Hidden: true}
	switch mode {
	case "mutex", "rwmutex", "chan", "send":
		serve()
		park(mode)
		said.Locks = append(said.Locks, hidden)
	case "flock":
		said.Locks = append(said.Locks, flocks())
	case "keep":
		said.Locks = append(said.Locks, keep())
	case "want":
		take(os.Args[2])
		return
	case "self":
		serve()
		var mu sync.Mutex
		go lockTwice(&mu)
		await("sync.Mutex.Lock", 1)
		said.Locks = append(said.Locks, hidden)
	case "abba":
		serve()
		crossed()
		said.Locks = append(said.Locks, hidden, hidden)
	case "fight":
		serve()
		fight()
	case "server":
		serve()
		said.Never = append(said.Never, "contended")
	case "parked":
		var mu sync.Mutex
		mu.Lock()
		for range 3 {
			go mu.Lock()
		}
		said.Never = append(said.Never, "contended")
	default:
		fail(fmt.Errorf("there is no mode %q", mode))
	}
	say(said)
	if mode == "keep" {
		parkUntilEnd()
		return
	}
	io.Copy(io.Discard, os.Stdin)
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// serve answers on a port of 127.0.0.1.
func serve() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fail(err)
	}
	go http.Serve(l, nil)
}

// park lets goroutines wait, and returns when they do.
func park(mode string) {
	var mu sync.Mutex
	var rw sync.RWMutex
	c := make(chan int)
	mu.Lock()
	rw.RLock()
	reason, n := "", 0
	switch mode {
	case "mutex":
		reason, n = "sync.Mutex.Lock", 3
		start(n, mu.Lock)
	case "rwmutex":
		reason, n = "sync.RWMutex.Lock", 1 // the other writer waits for the first one
		start(2, rw.Lock)
	case "chan":
		reason, n = "chan receive", 3
		start(n, func() { <-c })
	case "send":
		reason, n = "chan send", 2
		start(n, func() { c <- 1 })
	}
	await(reason, n)
	go holder(&mu, &rw, c)
}

// await returns when n goroutines are in a state.
func await(state string, n int) {
	buf := make([]byte, 1<<20)
	for strings.Count(string(buf[:runtime.Stack(buf, true)]), "["+state) < n {
		runtime.Gosched()
	}
}

//go:noinline
func lockTwice(mu *sync.Mutex) {
	mu.Lock()
	lockAgain(mu)
}

//go:noinline
func lockAgain(mu *sync.Mutex) {
	mu.Lock()
}

// crossed lets two goroutines wait for each other.
func crossed() {
	var a, b sync.Mutex
	var both sync.WaitGroup
	both.Add(2)
	take := func(first, second *sync.Mutex) {
		first.Lock()
		both.Done()
		both.Wait()
		second.Lock()
	}
	go take(&a, &b)
	go take(&b, &a)
	await("sync.Mutex.Lock", 2)
}

// keep takes a flock that a child wants, too.
func keep() lock {
	path := os.Getenv("TRUTH") + ".lock"
	take(path)
	child := exec.Command("/proc/self/exe", "want", path)
	if err := child.Start(); err != nil {
		fail(err)
	}
	for !asleep(child.Process.Pid, child.Process.Pid, syscall.SYS_FLOCK) {
		time.Sleep(time.Millisecond)
	}
	return lock{Kind: "flock", Holders: []thread{{PID: os.Getpid()}}, Waiters: []thread{{child.Process.Pid, child.Process.Pid}}}
}

// parkUntilEnd returns when standard input ends. No thread waits for it
// meanwhile, so that nothing seems to be expected.
func parkUntilEnd() {
	const hangUp = 0x10 // POLLHUP
	for fd := (struct {
		fd              int32
		events, revents int16
	}{}); fd.revents&hangUp == 0; time.Sleep(200 * time.Millisecond) {
		syscall.Syscall(syscall.SYS_POLL, uintptr(unsafe.Pointer(&fd)), 1, 0)
	}
}

// fight never ends. Whoever has the mutex sleeps in it.
func fight() {
	runtime.SetMutexProfileFraction(1)
	runtime.SetBlockProfileRate(1)
	mu := new(sync.Mutex)
	start(4, func() {
		for {
			visit(mu)
		}
	})
	jobs := make(chan int)
	go work(jobs)
	go func() {
		for n := 0; ; n++ {
			time.Sleep(10 * time.Millisecond)
			jobs <- n
		}
	}()
}

//go:noinline
func visit(mu *sync.Mutex) {
	mu.Lock()
	time.Sleep(time.Millisecond)
	mu.Unlock()
}

//go:noinline
func work(jobs <-chan int) {
	for range jobs {
	}
}

func start(n int, f func()) {
	for range n {
		go f()
	}
}

// holder keeps what the others wait for, and does nothing with it.
func holder(kept ...any) {
	for {
		time.Sleep(time.Hour)
		runtime.KeepAlive(kept)
	}
}

// flocks lets one thread wait for the lock on a file that the process itself
// has, by another descriptor.
func flocks() lock {
	path := os.Getenv("TRUTH") + ".lock"
	take(path)
	tid := make(chan int)
	go func() {
		runtime.LockOSThread()
		tid <- syscall.Gettid()
		take(path)
	}()
	pid, waiter := os.Getpid(), <-tid
	for !asleep(pid, waiter, syscall.SYS_FLOCK) {
		time.Sleep(time.Millisecond)
	}
	return lock{Kind: "flock", Holders: []thread{{PID: pid}}, Waiters: []thread{{pid, waiter}}}
}

// take takes the lock on a file, which stays open.
func take(path string) {
	fd, err := syscall.Open(path, syscall.O_CREAT|syscall.O_RDWR|syscall.O_CLOEXEC, 0o600)
	if err != nil {
		fail(err)
	}
	for {
		if err = syscall.Flock(fd, syscall.LOCK_EX); err != syscall.EINTR {
			break
		}
	}
	if err != nil {
		fail(err)
	}
}

// asleep reports whether a thread is in a system call.
func asleep(pid, tid, call int) bool {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/syscall", pid, tid))
	return strings.HasPrefix(string(b), fmt.Sprint(call, " "))
}

func say(t truth) {
	b, err := json.Marshal(t)
	if err != nil {
		fail(err)
	}
	path := os.Getenv("TRUTH")
	if path == "" {
		fmt.Println(string(b))
		return
	}
	if err := os.WriteFile(path+".tmp", b, 0o644); err != nil {
		fail(err)
	}
	if err := os.Rename(path+".tmp", path); err != nil {
		fail(err)
	}
}
