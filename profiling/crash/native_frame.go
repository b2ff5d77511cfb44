package crash

import (
	"strconv"
	"strings"
)

// nativeFrame reads a frame as the sanitizers print it, and its number:
//
//	#0 0x555555646a55 in use /app/x.c:7:9
//	#4 0x5555555722e0 in _start (/app/prog+0x1e2e0) (BuildId: ea4768)
//	#0 count /app/x.c:5 (prog+0x11cc)
//	#0 pthread_mutex_lock <null> (prog+0x4f34b)
func nativeFrame(s string) (f Frame, index int, ok bool) {
	s, ok = strings.CutPrefix(strings.TrimLeft(s, " "), "#")
	if !ok {
		return f, 0, false
	}
	number, s, ok := strings.Cut(s, " ")
	index, err := strconv.Atoi(number)
	if !ok || err != nil {
		return f, 0, false
	}
	if strings.HasPrefix(s, "0x") {
		_, s, _ = strings.Cut(s, " ")
		s = strings.TrimPrefix(strings.TrimLeft(s, " "), "in ")
	}
	if i := strings.LastIndex(s, " (BuildId: "); i >= 0 {
		s = s[:i]
	}
	module := ""
	if i := strings.LastIndexByte(s, '('); i >= 0 && strings.HasSuffix(s, ")") && strings.Contains(s[i:], "+0x") {
		module, _, _ = strings.Cut(s[i+1:], "+0x")
		s = strings.TrimRight(s[:i], " ")
	}
	function, place := cutPlace(s)
	f.Function = bounded(function)
	if place != "" {
		f.File, f.Line, _ = splitPlace(place)
		f.Library = isNativeLibrary(f.File)
	} else {
		f.File = module
		f.Library = isNativeLibrary(module) || isRuntimeFunction(function)
	}
	f.File = bounded(f.File)
	return f, index, true
}

// cutPlace takes the place in the source off a frame's text.
func cutPlace(s string) (function, place string) {
	s = strings.TrimSuffix(s, " <null>")
	if i := strings.LastIndex(s, " /"); i >= 0 {
		return s[:i], s[i+1:]
	}
	if i := strings.LastIndexByte(s, ' '); i >= 0 {
		if _, line, _ := splitPlace(s[i+1:]); line > 0 {
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

// splitPlace splits "x.c:7:9" and "x.c:7".
func splitPlace(s string) (file string, line, column int) {
	var n [2]int
	k := 0
	for ; k < 2; k++ {
		i := strings.LastIndexByte(s, ':')
		if i < 0 {
			break
		}
		v, err := strconv.Atoi(s[i+1:])
		if err != nil || v <= 0 {
			break
		}
		s, n[k] = s[:i], v
	}
	switch k {
	case 1:
		return s, n[0], 0
	case 2:
		return s, n[1], n[0]
	}
	return s, 0, 0
}

// isRuntimeFunction reports whether a function without a source belongs to
// the C runtime or to a sanitizer's interceptors, which are linked into the program.
func isRuntimeFunction(name string) bool {
	if i := strings.IndexAny(name, "(["); i > 0 {
		name = name[:i]
	}
	name = strings.TrimSuffix(name, " ")
	for _, p := range []string{"__interceptor_", "___interceptor_", "__asan", "__tsan", "__sanitizer", "__libc_", "operator new", "operator delete", "_IO_", "__GI_", "str", "mem", "pthread_"} {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	switch name {
	case "free", "malloc", "calloc", "realloc", "_start", "start_thread", "clone", "clone3", "abort", "raise", "printf", "puts":
		return true
	}
	return false
}
