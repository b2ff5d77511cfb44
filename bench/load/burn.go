//go:build linux

package main

import (
	"fmt"
	"net"
	"net/http"
	_ "net/http/pprof" // so that it can be asked

	_ "example.com/muster/profiling/agent" // likewise, by a muster that asks for it
)

// burn computes in [multiplies] for ever; with 1 it serves its profiles.
func burn(n []int) error {
	if n[0] == 1 {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		go func() { _ = http.Serve(ln, nil) }() // ends with the program
	}
	fmt.Println("ready")
	for x := uint64(1); ; {
		if x = multiplies(x); x == 0 {
			return fmt.Errorf("the product has become nothing")
		}
	}
}

// multiplies is the function that its profiles must name.
//
//go:noinline
func multiplies(x uint64) uint64 {
	for range 1_000_000 {
		x = x*6364136223846793005 | 1
	}
	return x
}
