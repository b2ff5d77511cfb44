package crash

import (
	"strconv"
	"strings"
)

// nodeCall reads a frame of V8 (v8.dev/docs/stack-trace-api), without what stands before it:
//
//	resize (/srv/app/resize.js:3:9)
//	async Promise.all (index 0)
//	new Resizer (file:///srv/app/resizer.mjs:2:3)
//	Object.get [as width] (/srv/app/resize.js:8:1)
//	eval (eval at load (/srv/app/load.js:4:2), <anonymous>:1:7)
//	node:internal/main/run_main_module:28:49
func nodeCall(s string) (Frame, bool) {
	s = strings.TrimPrefix(s, "async ")
	function, place, ok := strings.Cut(s, " (")
	if ok && !strings.Contains(place, ")") {
		return Frame{}, false // it is cut
	}
	if !ok || !strings.HasSuffix(place, ")") {
		if _, line, _ := splitPlace(s); line > 0 {
			return nodePlace(s), true
		}
		return Frame{Function: bounded(s), Library: true}, s != ""
	}
	f := nodePlace(strings.TrimSuffix(place, ")"))
	if i := strings.Index(function, " [as "); i > 0 {
		function = function[:i]
	}
	f.Function = bounded(function)
	return f, true
}

// nodePlace reads where a call is. Of what eval runs, it is where that was called.
func nodePlace(place string) Frame {
	if i := strings.LastIndex(place, "("); i >= 0 && strings.HasPrefix(place, "eval at ") {
		place, _, _ = strings.Cut(place[i+1:], ")")
	}
	file, line, _ := splitPlace(place)
	if line == 0 && (strings.HasPrefix(place, "index ") || place == "<anonymous>" || place == "native") {
		return Frame{Library: true} // of Promise.all, or of the engine
	}
	if path, ok := strings.CutPrefix(file, "file://"); ok {
		file = unescaped(path)
	}
	return Frame{File: bounded(file), Line: line, Library: isNodeLibrary(file)}
}

// isNodeLibrary reports whether a file is Node's own or an installed package's. Up to Node 14
// Node's own have no "node:" before them: "internal/timers.js", "events.js".
func isNodeLibrary(file string) bool {
	switch {
	case strings.HasPrefix(file, "node:"), strings.HasPrefix(file, "internal/"), strings.Contains(file, "/node_modules/"):
		return true
	}
	return strings.HasSuffix(file, ".js") && !strings.ContainsAny(file, `/\`)
}

// unescaped puts a byte for each %20 of an address.
func unescaped(path string) string {
	var b strings.Builder
	for {
		head, tail, ok := strings.Cut(path, "%")
		b.WriteString(head)
		if !ok {
			return b.String()
		}
		c, err := strconv.ParseUint(tail[:min(2, len(tail))], 16, 8)
		if err != nil || len(tail) < 2 {
			b.WriteByte('%')
			path = tail
			continue
		}
		b.WriteByte(byte(c))
		path = tail[2:]
	}
}
