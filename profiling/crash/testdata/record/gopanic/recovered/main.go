package main

import (
	"fmt"
	"os"
	"runtime/debug"
)

func work() { panic("bad width") }

func main() {
	func() {
		defer func() {
			fmt.Fprintln(os.Stderr, "recovered:", recover())
			debug.PrintStack()
		}()
		work()
	}()
	println("goes on")
}
