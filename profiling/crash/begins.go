package crash

import "bytes"

// tracebackHeader is how a Python traceback begins, whatever stands before it
// in the line: the drawing of a group, a prefix, a progress bar.
const tracebackHeader = "Traceback (most recent call last):"

// openings are the first words of last words, by their first byte.
var openings = func() (by [256][]string) {
	for _, s := range []string{
		// Python
		"  File \"", "Exception in thread ", "Exception ignored ", "Unhandled exception in thread", "Error in atexit._run_exitfuncs",
		"Task exception was never retrieved", "Future exception was never retrieved",
		"multiprocessing.pool.RemoteTraceback:", "concurrent.futures.process._RemoteTraceback:",
	} {
		by[s[0]] = append(by[s[0]], s)
	}
	return by
}()

// maxPrefix is how far into a line what other tools put before it may reach.
const maxPrefix = 64

// Begins reports whether a line may be the first of last words. It is made for
// every line of a flood: nearly all are turned away by their first bytes.
func Begins(line []byte) bool {
	if len(line) < 4 {
		return false
	}
	if line[0] == esc {
		line = stripEscapes(line[:min(len(line), maxLine)])
		if len(line) < 4 {
			return false
		}
	}
	for _, s := range openings[line[0]] {
		if len(line) >= len(s) && string(line[:len(s)]) == s {
			return true
		}
	}
	return endsLikeAnOpening(line)
}

// endsLikeAnOpening looks at a line's last bytes, for openings that have
// something before them.
func endsLikeAnOpening(line []byte) bool {
	switch line[len(line)-1] {
	case ':':
		return bytes.HasSuffix(line, []byte(tracebackHeader))
	case '\r', 'm':
		return bytes.HasSuffix(bytes.TrimRight(stripEscapes(line), "\r"), []byte(tracebackHeader))
	}
	return false
}
