// Package guard has a process with the guard's name be the guard, before anything
// else is done. It is imported for that alone.
//
// The guard does not wait until all packages of the program have set themselves up:
// that takes a third of the time until a pool's first process runs. Packages are set
// up after those that they import, and of two that could be next the one whose path
// sorts first is (The Go Programming Language Specification, Package initialization;
// cmd/link, inittask.go). So what the guard stands on imports neither net nor
// runtime/debug, which come late, as TestTheGuardIsEarly sees.
package guard

import (
	"os"

	"example.com/muster/procs/spawn"
)

func init() {
	if !spawn.IsGuard(os.Args) {
		return
	}
	// This goroutine is tied to its thread as yet, so each message would cost a switch of threads.
	go func() { os.Exit(spawn.GuardMain()) }()
	select {}
}
