package spawn

import (
	"runtime/debug"
	"time"
)

// restAfter is when the guard has done what its start takes.
const restAfter = 2 * time.Second

// rest gives back the memory that the guard's start has used.
func rest() { debug.FreeOSMemory() }
