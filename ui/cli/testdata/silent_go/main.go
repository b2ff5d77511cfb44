// Silent_go panics where nobody can read it: its standard error is closed.
package main

import (
	"os"
	"syscall"

	_ "example.com/muster/profiling/agent"
)

func main() {
	if len(os.Args) > 1 {
		return
	}
	_ = syscall.Close(2)
	lost()
}

func lost() { panic("nobody reads this") }
