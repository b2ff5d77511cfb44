// Package agent is what a Go program imports so that muster learns of its
// panics and fatal errors also where nobody reads its standard error, or it has
// closed that:
//
//	import _ "example.com/muster/profiling/agent"
//
// The runtime then writes its dump to a private file of the session as well
// (runtime/debug.SetCrashOutput). It starts no goroutine, and in a program that
// muster did not start it does nothing.
package agent

import (
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
)

// directoryVar names the directory for the files, one a process, named by pid.
const directoryVar = "MUSTER_GO_CRASHES"

func init() {
	if dir := os.Getenv(directoryVar); dir != "" {
		keep(filepath.Join(dir, strconv.Itoa(os.Getpid())))
	}
}

// keep has the runtime write its dump to a file, too. What goes wrong is not
// the program's affair: it then runs as without the agent.
func keep(name string) {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return
	}
	_ = debug.SetCrashOutput(f, debug.CrashOptions{}) // it keeps a descriptor of its own
	_ = f.Close()                                     // nothing was written to it
}
