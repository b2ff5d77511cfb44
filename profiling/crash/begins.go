package crash

import (
	"bytes"
	"encoding/binary"
)

// tracebackHeader is how a Python traceback begins, whatever stands before it
// in the line: the drawing of a group, a prefix, a progress bar.
const tracebackHeader = "Traceback (most recent call last):"

// remoteMark ends the line above a worker's traceback in its parent's quotes.
const remoteMark = "RemoteTraceback:"

// openings are the first words of last words, by their first byte.
var openings = func() (by [256][]string) {
	for _, s := range []string{
		// Python
		"  File \"", "Exception in thread ", "Exception ignored ", "Unhandled exception in thread", "Error in atexit._run_exitfuncs",
		"Task exception was never retrieved", "Future exception was never retrieved",
		fatalPython, "Timeout (", "Thread 0x", "Current thread", "Stack (most recent call first):",
		// Go
		"panic: ", "fatal error: ", "goroutine ", raceHeader,
		// Rust
		"thread '", "fatal runtime error: ",
		// C++
		terminateCalled, pureVirtual, libcxxAbi,
		// the C library
		"*** ", futexFailed, "Fatal glibc error: ", "Assertion failed: ",
		// Node; see also isCarets
		nodeFatal, nodeNativeStack, nodeAssertion, v8Fatal, nodeUncaught + " ",
		// sanitizers
		"WARNING: ThreadSanitizer: ", "FATAL: ThreadSanitizer: ",
		// Go's signals
		"SIGQUIT: ", "SIGABRT: ", "SIGSEGV: ", "SIGBUS: ", "SIGFPE: ", "SIGILL: ", "SIGTRAP: ", "SIGSYS: ",
	} {
		by[s[0]] = append(by[s[0]], s)
	}
	for _, s := range mallocWords {
		by[s[0]] = append(by[s[0]], s)
	}
	for c := byte('0'); c <= '9'; c++ { // ==25347==ERROR: AddressSanitizer
		by['='] = append(by['='], "=="+string(c))
	}
	return by
}()

// maxPrefix is how far into a line what other tools put before it may reach.
const maxPrefix = 64

// twoBytes has a bit for each pair of a first and a third byte that an opening,
// or a line with escapes before one, may have. The second byte would say less:
// many lines are indented.
var twoBytes = func() (set [256][4]uint64) {
	add := func(a, b byte) { set[a][b>>6] |= 1 << (b & 63) }
	for a := range openings {
		for _, s := range openings[a] {
			add(s[0], s[2])
		}
	}
	for b := range 256 {
		add(esc, byte(b))
		if b < '0' || b > '9' {
			add('[', byte(b)) // "[worker-3] ", but not "[12:00:00] "
		}
	}
	return set
}()

// lastBytes are those of openings that have something before them.
var lastBytes = [256]bool{':': true, ' ': true, '.': true, '\r': true, 'm': true, '^': true}

// Begins reports whether a line may be the first of last words. It is made for
// every line of a flood: nearly all are turned away by their first bytes and
// their last. Of lines with a prefix of other tools before them it knows "web-1  | " and
// "[worker-3] ". A line of UndefinedBehaviorSanitizer is told by nothing but
// words in its middle; [Parse] finds it, Begins does not.
func Begins(line []byte) bool {
	if len(line) < 4 {
		return isCarets(line)
	}
	a, b := line[0], line[2]
	if twoBytes[a][b>>6]>>(b&63)&1 == 0 && !lastBytes[line[len(line)-1]] && !hasBar(line) {
		return false
	}
	return begins(line)
}

// hasBar reports whether a | is among the first 24 bytes, which is as far as
// the names of containers commonly reach. It may be wrong about other bytes
// near one, and looks at eight at once (a borrow out of the zero byte).
func hasBar(line []byte) bool {
	if len(line) < 24 {
		return bytes.IndexByte(line, '|') > 0
	}
	const bars, ones, tops = 0x7c7c7c7c7c7c7c7c, 0x0101010101010101, 0x8080808080808080
	x := binary.LittleEndian.Uint64(line) ^ bars
	y := binary.LittleEndian.Uint64(line[8:]) ^ bars
	z := binary.LittleEndian.Uint64(line[16:]) ^ bars
	return ((x-ones)&^x|(y-ones)&^y|(z-ones)&^z)&tops != 0
}

// begins is what remains of [Begins] for a line that looks like an opening.
func begins(line []byte) bool {
	if line[0] == esc {
		line = stripEscapes(line[:min(len(line), maxLine)])
		if len(line) < 4 {
			return isCarets(line)
		}
	}
	if opens(line) || endsLikeAnOpening(line) {
		return true
	}
	return (line[0] == '[' || hasBar(line)) && opens(line[prefixed(line):])
}

// opens reports whether a line's first bytes are those of an opening.
func opens(line []byte) bool {
	if len(line) == 0 {
		return false
	}
	for _, s := range openings[line[0]] {
		if len(line) >= len(s) && string(line[:len(s)]) == s {
			return true
		}
	}
	return false
}

// prefixed is how long the prefix is that a line may have, 0 for none.
func prefixed(line []byte) int {
	head := line[:min(len(line), maxPrefix/2)]
	end := byte('|')
	if line[0] == '[' {
		end = ']'
	}
	i := bytes.IndexByte(head, end)
	if i < 1 || i+2 >= len(line) || line[i+1] != ' ' {
		return 0
	}
	return i + 2
}

// endsLikeAnOpening looks at a line's last bytes, for openings that have
// something before them.
func endsLikeAnOpening(line []byte) bool {
	switch line[len(line)-1] {
	case ':':
		return bytes.HasPrefix(line, []byte("Process ")) || bytes.HasSuffix(line, []byte(tracebackHeader)) ||
			bytes.HasSuffix(line, []byte(remoteMark))
	case ' ':
		return bytes.HasSuffix(line, []byte(remoteMark+" "))
	case '.': // assert(3)
		return bytes.HasSuffix(line, []byte("' failed."))
	case '^': // under a line of source
		return isCarets(line)
	case '\r', 'm':
		bare := bytes.TrimRight(stripEscapes(line), "\r")
		return len(bare) > 0 && len(bare) < len(line) && endsLikeAnOpening(bare)
	}
	return false
}

// isCarets reports whether a line holds nothing but carets, behind blanks and a prefix.
// Such a line stands above an exception of Node's, as it does in many other messages.
func isCarets(line []byte) bool {
	line = bytes.TrimRight(line, "\r")
	blank := bytes.TrimRight(line, "^")
	if len(blank) == len(line) {
		return false
	}
	if n := prefixed(line); n <= len(blank) {
		blank = blank[n:]
	}
	return len(bytes.TrimLeft(blank, " \t")) == 0
}

// beginsAnew reports whether a line may begin other words than those in whose message
// it stands, which carets do not tell.
func beginsAnew(line []byte) bool { return Begins(line) && !isCarets(stripEscapes(line)) }
