package cli

import (
	"os"

	"example.com/muster/procs/procfs"
)

// sharedWithParent reports whether muster's standard input is that of who started it.
func sharedWithParent() bool {
	own := procfs.FDTarget(os.Getpid(), 0)
	return own != "" && own == procfs.FDTarget(os.Getppid(), 0)
}
