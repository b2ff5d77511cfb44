package spawn

import (
	"golang.org/x/sys/unix"

	"example.com/muster/procs"
)

// living returns the process groups in scope that still have a member; the
// PID of such a reference is that of the group.
func (s scope) living() []procs.PIDRef {
	var found []procs.PIDRef
	for _, group := range s.groups() {
		if ref := (procs.PIDRef{PID: group}); s.lives(ref) {
			found = append(found, ref)
		}
	}
	return found
}

func signalTarget(ref procs.PIDRef, sig unix.Signal) error { return unix.Kill(-ref.PID, sig) }

func (s scope) lives(group procs.PIDRef) bool { return unix.Kill(-group.PID, 0) != unix.ESRCH }
