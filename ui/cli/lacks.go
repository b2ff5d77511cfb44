package cli

import (
	"example.com/muster/procs"
	"example.com/muster/procs/spawn"
	"example.com/muster/procs/task"
)

// lacking is err with what can be done about it, if it is that there is too little of something.
func lacking(err error) error {
	if lack := spawn.Lacking(err); lack != nil {
		return hinted(err, moreOf(lack.Lacks))
	}
	return err
}

// lacked is what processes of a session could not be started without, "" if they were
// all started, or failed for other reasons.
func lacked(snap *procs.Snapshot) procs.Lack {
	for _, p := range snap.Pools {
		for i := range p.Slots {
			if e := p.Slots[i].LastExit; e != nil && e.Lacks != "" {
				return e.Lacks
			}
		}
	}
	return ""
}

// lackedByItems is the same of the items of a map.
func lackedByItems(groups []task.FailureGroup) procs.Lack {
	for _, g := range groups {
		if g.Lacks != "" {
			return g.Lacks
		}
	}
	return ""
}

// moreOf says what bounds something that there was too little of.
func moreOf(what procs.Lack) string {
	switch what {
	case procs.LacksFiles:
		return "muster needs some descriptors for itself and a few for each process: ulimit -n shows the limit, and raises it"
	case procs.LacksProcesses:
		return "ulimit -u shows how many processes a user may have; a container may have a limit of its own"
	}
	return "ulimit -v shows the limit of memory; a container may have one of its own"
}
