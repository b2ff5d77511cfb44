// Package agent is what a Go program imports so that muster can profile it, and
// learns of its panics and fatal errors also where nobody reads its standard
// error, or it has closed that:
//
//	import _ "example.com/muster/profiling/agent"
//
// In a program that muster started it does two things, both in a private
// directory of the session. The runtime writes its dump to a file there as well
// (runtime/debug.SetCrashOutput). And a goroutine waits at a Unix socket there
// and answers as net/http/pprof does, of which nothing is linked in and nothing
// served to others; mutexes and blocking are recorded only while muster asks.
//
// Since that goroutine waits for a connection, the runtime no longer ends the
// program where all others are asleep for ever ("all goroutines are asleep -
// deadlock!"), as in any program that listens; muster shows what they wait for.
//
// In a program that muster did not start it does nothing.
package agent

import (
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
)

// directoryVar names the directory for the files, named by pid: PID for the
// dump and PID.sock for the socket.
const directoryVar = "MUSTER_GO_CRASHES"

func init() {
	dir := os.Getenv(directoryVar)
	if dir == "" {
		return
	}
	keep(filepath.Join(dir, strconv.Itoa(os.Getpid())))
	if l := listen(dir, strconv.Itoa(os.Getpid())+".sock"); l != nil {
		go serve(l) // as long as the program runs
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
