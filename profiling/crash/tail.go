package crash

import (
	"slices"

	"example.com/muster/procs"
)

// Why the last lines in a report are of the whole slot, although the output tells who wrote which.
const (
	TailOfOthers   = "it has printed none itself"
	TailOfCommands = "those of what it has run, too, which may say why it ended"
)

// tail returns the last lines for the report of a judged death, and why they are of the
// whole slot; "" where they are not, or where the output's mode does not tell.
func (d *Death) tail(v *Verdict) (lines []procs.Line, why string) {
	switch {
	case !d.Signed || !d.own() || len(d.Tail) == 0:
		return d.Tail, ""
	case len(d.Own) == 0:
		return d.Tail, TailOfOthers
	case d.passesOn(v):
		return d.Tail, TailOfCommands
	}
	return d.Own, ""
}

// passesOn reports whether a program may have ended with a code because one that it
// ran has failed, as a shell, make or subprocess.run do. That one has printed why.
func (d *Death) passesOn(v *Verdict) bool {
	if v.Words >= 0 || d.Exit == nil || d.Exit.Signal != 0 || d.Exit.OK() {
		return false
	}
	return d.Who.Role == procs.RoleShell || slices.ContainsFunc(d.Children, func(c Child) bool { return !c.Exit.OK() && d.ran(&c) })
}

// ran reports whether a child is a command, and no fork or worker of a Python.
func (d *Death) ran(c *Child) bool {
	switch c.Role {
	case procs.RoleWorker, procs.RoleForkserver, procs.RoleResourceTracker:
		return false
	}
	return !slices.Equal(c.Argv, d.Who.Argv) // which are not known of one that lived too short a time to be asked
}
