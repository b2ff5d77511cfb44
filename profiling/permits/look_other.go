//go:build !linux

package permits

import "fmt"

// Look is never permitted on this system.
func Look(pid int) error {
	return &Refusal{
		Process: fmt.Sprintf("pid %d", pid), Why: "what it waits for is read from Linux's /proc, and there is none here",
		Permit: "run it, and muster, on Linux",
	}
}
