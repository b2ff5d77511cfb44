// Package rest gives memory back once a program has begun: most of what a start
// touches is the code by which packages set themselves up, which is never needed
// again.
package rest

import "time"

// after is when a process has done what its start takes.
const after = 2 * time.Second

// Soon gives the memory of the start back in a while. The function that it returns
// calls it off.
func Soon() (cancel func()) {
	timer := time.AfterFunc(after, now)
	return func() { timer.Stop() }
}
