// Package rest gives memory back once a program has begun.
package rest

import (
	"runtime/debug"
	"time"

	"example.com/muster/internal/pages"
)

// after is when a process has done what its start takes.
const after = 2 * time.Second

// Soon gives the memory of the start back in a while: what is free, and what holds
// nothing but the program's file. The function that it returns calls it off.
func Soon() (cancel func()) {
	timer := time.AfterFunc(after, func() {
		debug.FreeOSMemory()
		pages.Drop()
	})
	return func() { timer.Stop() }
}
