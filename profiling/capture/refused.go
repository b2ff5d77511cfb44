package capture

import (
	"errors"
	"fmt"

	"example.com/muster/profiling/permits"
)

// notPermitted says why the memory of a process may not be read, and what would
// permit it.
func notPermitted(pid int) error {
	var r *permits.Refusal
	if errors.As(permits.Look(pid), &r) {
		return fmt.Errorf("not permitted: %s: %s", r.Why, r.Permit)
	}
	return errors.New("not permitted: the kernel refuses process_vm_readv: muster doctor tells more")
}
