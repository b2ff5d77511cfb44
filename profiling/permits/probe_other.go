//go:build !linux

package permits

import (
	"context"
	"os"
	"runtime"
)

// Probe finds out what this machine permits: elsewhere than on Linux little
// depends on it.
func Probe(context.Context) Facts {
	return Facts{
		OS: runtime.GOOS, Arch: runtime.GOARCH, Root: os.Geteuid() == 0, Yama: NoYama, Pythons: pythons(), Debuggers: debuggers(),
	}
}
