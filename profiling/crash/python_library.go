package crash

import (
	"slices"
	"strings"
)

// MarkPython marks the frames of a Python program, innermost first, that are not of the
// user's own code. It knows more than [PythonFrame], which sees one frame.
func MarkPython(frames []Frame) {
	slices.Reverse(frames)
	markPythonLibrary(frames)
	slices.Reverse(frames)
}

// markPythonLibrary marks the frames of a traceback, outermost first, that are
// not of the user's own code.
func markPythonLibrary(frames []Frame) {
	for i := range frames {
		f := &frames[i]
		f.Library = isPythonLibrary(f.File)
		if f.File != "<string>" {
			continue
		}
		// Code without a file is of python -c; or it starts a worker
		// (multiprocessing/spawn.py), or is a method of a manager's proxy
		// (multiprocessing/managers.py), or one that dataclasses and namedtuple
		// have made.
		starts := i+1 < len(frames) && strings.Contains(frames[i+1].File, "multiprocessing")
		made := strings.HasPrefix(f.Function, "__") && strings.HasSuffix(f.Function, "__")
		f.Library = starts || made
	}
}

// isPythonLibrary reports whether a file is of the standard library, an
// installed package or the interpreter.
func isPythonLibrary(file string) bool {
	if strings.HasPrefix(file, "<") {
		return strings.HasPrefix(file, "<frozen ") || file == "<muster agent>" || strings.HasPrefix(file, "<__array_function__") || strings.HasPrefix(file, "<decorator-gen")
	}
	file = strings.ReplaceAll(file, `\`, "/")
	if strings.Contains(file, "/site-packages/") || strings.Contains(file, "/dist-packages/") {
		return true
	}
	for _, lib := range []string{"/lib/python", "/lib64/python"} {
		_, rest, ok := strings.Cut(file, lib)
		if !ok {
			continue
		}
		version, _, ok := strings.Cut(rest, "/")
		if ok && strings.Trim(version, "0123456789.tzip") == "" && version != "" {
			return true
		}
	}
	return strings.Contains(file, "/Lib/") && strings.Contains(strings.ToLower(file), "/python3")
}
