package debug

import (
	"os"
	"os/exec"
	"path/filepath"
)

// Find returns the path of an installed debugger, "" if there is none. What
// `go install` has installed is found without being in PATH.
func Find(name string) string {
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	if name != "dlv" {
		return ""
	}
	for _, dir := range goBins() {
		if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return path
		}
	}
	return ""
}

// goBins is where `go install` puts programs: see `go help install`.
func goBins() (dirs []string) {
	if dir := os.Getenv("GOBIN"); dir != "" {
		return []string{dir}
	}
	for _, dir := range filepath.SplitList(os.Getenv("GOPATH")) {
		dirs = append(dirs, filepath.Join(dir, "bin"))
	}
	if home, err := os.UserHomeDir(); err == nil && len(dirs) == 0 {
		dirs = append(dirs, filepath.Join(home, "go", "bin"))
	}
	return dirs
}
