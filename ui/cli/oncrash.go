package cli

import (
	"path/filepath"

	"example.com/muster/procs"
	"example.com/muster/session"
)

// What a live session hands to the reports of crashes.

// onCrash is the user's command for all crashes; empty if there is none.
func (l *live) onCrash() []string {
	if l.flags.onCrash == "" {
		return nil
	}
	return []string{"sh", "-c", l.flags.onCrash}
}

// environ is what a run was given, the values of secrets hidden.
func (l *live) environ(run procs.Run, spec procs.Spec) []string {
	return maskedAll(l.launcher.Given(run.ID, spec))
}

// crashDir is where reports are kept: with the session's record, whatever
// --log-dir says, so that they are found by its name.
func (l *live) crashDir() string {
	if l.record == nil {
		return "" // there is no such directory, which has been told
	}
	return filepath.Join(session.StateDir(), l.flags.session)
}
