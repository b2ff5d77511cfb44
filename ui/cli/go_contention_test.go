package cli

import (
	"fmt"
	"io"
	"net"
	"net/http"
	_ "net/http/pprof" // what is asked
	"os"
	"runtime"
	"sync"
	"time"
)

// fight is a Go program for the scripts. Three goroutines want one mutex, of
// which each has it for a while, until standard input ends; one receives work
// now and then. "profiles" as an argument turns the profiles on; "idle" leaves
// out the mutex.
func fight() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	go func() { _ = http.Serve(l, nil) }()
	if os.Args[1] == "profiles" {
		runtime.SetMutexProfileFraction(1)
		runtime.SetBlockProfileRate(1)
	}
	if os.Args[1] != "idle" {
		mu := new(sync.Mutex)
		for range 3 {
			go func() {
				for {
					haveFor(mu, 2*time.Millisecond)
				}
			}()
		}
	}
	jobs := make(chan int)
	go receive(jobs)
	go func() {
		for n := 0; ; n++ {
			time.Sleep(10 * time.Millisecond)
			jobs <- n
		}
	}()
	_ = os.WriteFile("pid", fmt.Appendln(nil, os.Getpid()), 0o600)
	_, _ = io.Copy(io.Discard, os.Stdin)
}

//go:noinline
func haveFor(mu *sync.Mutex, d time.Duration) {
	mu.Lock()
	time.Sleep(d)
	mu.Unlock()
}

//go:noinline
func receive(jobs <-chan int) {
	for range jobs {
	}
}
