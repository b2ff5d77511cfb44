// Package rest gives memory back once a program has begun.
package rest

import (
	"runtime/debug"
	"time"

	"example.com/muster/internal/pages"
)

// Soon gives the memory of the start back in a while: what is free, and what holds
// nothing but the program's file. The function that it returns calls it off.
func Soon() (cancel func()) {
	timer := time.AfterFunc(pages.After, func() {
		debug.FreeOSMemory()
		pages.Drop()
	})
	return func() { timer.Stop() }
}
