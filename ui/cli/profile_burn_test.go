package cli

import (
	"fmt"
	"net"
	"net/http"
	_ "net/http/pprof" // so that it can be profiled
	"os"
)

// burn is a command of the scripts: a Go program with an endpoint, which computes
// in [burnHere] until it is ended.
func burn() {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	go func() { _ = http.Serve(ln, nil) }() // ends with the program
	fmt.Println("burning")
	for n := 0; ; n++ {
		if burnHere(n) == 1 {
			fmt.Println("never")
		}
	}
}

// burnHere is the function that its profiles must name.
//
//go:noinline
func burnHere(n int) (sum int) {
	for i := range 100_000 {
		sum += (i ^ n) % 7 * 2
	}
	return sum * 2
}
