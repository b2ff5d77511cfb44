package permits

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"example.com/muster/internal/pattern"
)

// debuggers are programs that look into processes too. muster runs none of
// them by itself.
func debuggers() (found []Tool) {
	for _, name := range []string{"gdb", "lldb", "dlv", "py-spy", "rr", "strace", "perf"} {
		if path, err := exec.LookPath(name); err == nil {
			found = append(found, Tool{name, path})
		}
	}
	return found
}

// pythons finds the interpreters on PATH and those of pyenv. None is run.
func pythons() (found []Python) {
	seen := map[string]bool{}
	for _, candidate := range pythonFiles() {
		file, err := filepath.EvalSymlinks(candidate)
		if err != nil || seen[file] || isScript(file) {
			continue
		}
		seen[file] = true
		version := versionOf(file)
		ok, note := covered(version)
		found = append(found, Python{Path: candidate, Version: version, Covered: ok, Note: note})
	}
	return found
}

var pythonName = pattern.Later(`^python(3(\.\d+[dt]?)?)?$`)

func pythonFiles() (files []string) {
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue
		}
		for _, e := range entries {
			if pythonName().MatchString(e.Name()) {
				files = append(files, filepath.Join(dir, e.Name()))
			}
		}
	}
	home, err := os.UserHomeDir()
	if err == nil {
		own, _ := filepath.Glob(filepath.Join(home, ".pyenv/versions/*/bin/python3")) // the pattern is good
		slices.Sort(own)
		files = append(files, own...)
	}
	return files
}

// isScript tells a launcher, such as pyenv's shims, from an interpreter.
func isScript(file string) bool {
	f, err := os.Open(file)
	if err != nil {
		return true
	}
	defer f.Close()
	head := make([]byte, 2)
	n, _ := f.Read(head) // a short file is no interpreter either
	return n < 2 || bytes.Equal(head, []byte("#!"))
}

var versionNumber = pattern.Later(`3\.\d+(\.\d+)?[dt]?`)

// versionOf reads the version from a path: of the file's name, or of the
// directory that pyenv keeps it in.
func versionOf(file string) string {
	if v := versionNumber().FindString(filepath.Base(file)); v != "" {
		return v
	}
	for _, part := range slices.Backward(strings.Split(filepath.Dir(file), "/")) {
		if v := versionNumber().FindString(part); v != "" {
			return v
		}
	}
	return ""
}
