// A program that counts until a file exists.
package main

import (
	"fmt"
	"os"
	"time"
)

//go:noinline
func tick(counted int) int {
	time.Sleep(10 * time.Millisecond)
	return counted + 1
}

func main() {
	counted := 70000
	for {
		if _, err := os.Stat(os.Args[1]); err == nil {
			break
		}
		counted = tick(counted)
	}
	fmt.Println("it has counted")
	if counted < 70000 {
		os.Exit(1)
	}
}
