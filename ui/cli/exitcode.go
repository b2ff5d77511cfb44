package cli

import (
	"example.com/muster/procs"
	"example.com/muster/procs/task"
	"example.com/muster/profiling/crash"
)

// exitCode is what muster ends with, by the contract: 0 if all ended well, the
// code of the only process of a pool of one, 127 or 126 if nothing could even
// be started, else 1. A signal to muster itself comes before all of these.
func exitCode(snap *procs.Snapshot, signal procs.Signal) int {
	if signal != 0 {
		return 128 + int(signal)
	}
	slots, failed, unstarted := 0, 0, 0
	var last *procs.Exit
	for _, p := range snap.Pools {
		if p.RerunOf.Pool != "" {
			continue // a look at what has been counted
		}
		for i := range p.Slots {
			slots++
			e, state := p.Slots[i].LastExit, p.Slots[i].State
			if state != procs.Failed && (e == nil || e.OK()) {
				continue
			}
			failed++
			if e == nil || e.Why != "" { // never started, or ended by muster itself: the code is not its own
				continue
			}
			last = e
			if e.StartError != "" {
				unstarted++
			}
		}
	}
	switch {
	case failed == 0:
		return codeOK
	case last != nil && (slots == 1 || unstarted == slots) && last.ShellCode() != codeOK:
		return last.ShellCode()
	default:
		return codeFailed
	}
}

// unshelled reports whether a program was not found whose name only a shell could make
// something of.
func unshelled(snap *procs.Snapshot) bool {
	for _, p := range snap.Pools {
		if len(p.Argv) == 0 || !task.ForShell(p.Argv[0]) {
			continue
		}
		for i := range p.Slots {
			if e := p.Slots[i].LastExit; e != nil && e.StartError != "" && e.Code == 127 {
				return true
			}
		}
	}
	return false
}

// failedFast is the code after --fail-fast: everything else was asked to end, so
// it is the crash that counts.
func failedFast(code int, single bool, first *crash.Report) int {
	if first == nil || code != codeOK {
		return code
	}
	if single && !first.Lives && first.Who.Self(first.Run) && first.Exit.ShellCode() != codeOK {
		return first.Exit.ShellCode()
	}
	return codeFailed
}
