package permits

import "fmt"

// Refusal says why a process may not be looked at, and what would permit it.
type Refusal struct {
	Process string // "pid 4121 (sshd)"
	Why     string
	Permit  string
}

// Error names the process and the reason.
func (r *Refusal) Error() string {
	return fmt.Sprintf("cannot look at %s: not permitted: %s", r.Process, r.Why)
}

// Attach is what decides whether a process may be looked into: see ptrace(2),
// "Ptrace access mode checking", and Documentation/admin-guide/LSM/Yama.rst.
type Attach struct {
	// Own says that the process belongs to the user who looks.
	Own   bool
	Owner string // whose it is otherwise
	Root  bool   // root looks
	// Yama is kernel.yama.ptrace_scope, or [NoYama].
	Yama int
}

// NoYama stands for a kernel without Yama.
const NoYama = -1

// why says which rule stands in the way, in the order in which the kernel asks.
func (a Attach) why() (why, permit string) {
	switch {
	case !a.Own && a.Owner == "root":
		return "it belongs to root", "run muster as root"
	case !a.Own:
		return "it belongs to " + a.Owner, "run muster as root, or as " + a.Owner
	case a.Yama == 1:
		return "kernel.yama.ptrace_scope is 1, and it is no descendant of muster",
			"start it with muster run, or: sudo sysctl kernel.yama.ptrace_scope=0"
	case a.Yama == 2:
		return "kernel.yama.ptrace_scope is 2: only who has CAP_SYS_PTRACE may",
			"run muster as root, or: sudo sysctl kernel.yama.ptrace_scope=1"
	case a.Yama >= 3:
		return fmt.Sprintf("kernel.yama.ptrace_scope is %d: nobody may until the machine is started anew", a.Yama),
			"remove kernel.yama.ptrace_scope=3 from /etc/sysctl.d and reboot"
	}
	if a.Root {
		return "it has rights that this root does not have, as in a container or under a security module", "start the container with --cap-add SYS_PTRACE"
	}
	return "it is setuid or does not want to be looked at (PR_SET_DUMPABLE), or this container forbids it",
		"run muster as root; in a container with --cap-add SYS_PTRACE"
}
