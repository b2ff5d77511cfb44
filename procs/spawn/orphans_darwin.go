package spawn

// becomeSubreaper does nothing: there are no subreapers here. Orphans become
// children of launchd, which reaps them.
func becomeSubreaper() error { return nil }

func sweepOrphans(func(pid int) bool) (more bool) { return false }

func hasChildren() (some, ended bool) { return false, false }
