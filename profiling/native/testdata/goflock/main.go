// A program that waits for a file lock which it has itself, with a second argument
// in a goroutine.
package main

import (
	"fmt"
	"os"
	"runtime"
	"syscall"
)

//go:noinline
func take(name string) {
	f, err := os.Create(name)
	if err != nil {
		panic(err)
	}
	fmt.Println("tid", syscall.Gettid())
	fmt.Println("line inner 0")
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		panic(err)
	}
}

func main() {
	runtime.LockOSThread()
	name := os.Args[1]
	f, err := os.Create(name)
	if err != nil {
		panic(err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		panic(err)
	}
	if len(os.Args) > 2 {
		go hold(name)
		select {}
	}
	take(name)
}

func hold(name string) {
	runtime.LockOSThread()
	take(name)
	fmt.Println("taken")
}
