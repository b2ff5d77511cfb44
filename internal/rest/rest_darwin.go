package rest

import "runtime/debug"

// now gives back free memory.
func now() { debug.FreeOSMemory() }
