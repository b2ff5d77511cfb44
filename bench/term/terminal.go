//go:build linux

package main

import (
	"bytes"
	"io"
	"os"
	"regexp"
	"sync"
	"time"
)

// terminal is the far end of a program's output: it reads all that comes, as
// fast as it comes, and looks for the text that somebody waits for.
type terminal struct {
	file *os.File // of the PTY, or the end of a pipe
	mute bool
	done chan struct{} // closed when all has been read

	mu      sync.Mutex
	bytes   int64
	first   time.Time // when the first byte came
	text    text      // since somebody began to wait
	waitFor *regexp.Regexp
	seen    chan time.Time
	asked   []byte // the end of what came before, for queries cut in two
}

// windowSize bounds the text that is searched: several frames of a large screen.
const windowSize = 256 << 10

// drain reads until the program has closed its end.
func (t *terminal) drain() {
	defer close(t.done)
	buf := make([]byte, 64<<10)
	for {
		n, err := t.file.Read(buf)
		if n > 0 {
			t.take(buf[:n], time.Now())
		}
		if err != nil { // EIO is the end of a PTY, EOF that of a pipe
			return
		}
	}
}

func (t *terminal) take(p []byte, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.bytes == 0 {
		t.first = now
	}
	t.bytes += int64(len(p))
	if t.waitFor != nil {
		t.text.write(p)
		if t.waitFor.Match(t.text.plain) {
			t.seen <- now
			t.waitFor = nil
		}
		if extra := len(t.text.plain) - windowSize; extra > 0 {
			t.text.plain = append(t.text.plain[:0], t.text.plain[extra:]...)
		}
	}
	if !t.mute {
		t.answer(p)
	}
}

// finish waits until what the program left behind has been read, but not for
// descendants that keep the terminal open.
func (t *terminal) finish() {
	select {
	case <-t.done:
	case <-time.After(500 * time.Millisecond):
	}
}

// expect looks for a text in what comes from now on. The channel tells when
// it had come.
func (t *terminal) expect(re *regexp.Regexp) <-chan time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text.plain = t.text.plain[:0]
	t.waitFor, t.seen = re, make(chan time.Time, 1)
	return t.seen
}

// press writes what a terminal sends for a key.
func (t *terminal) press(keys string) {
	_, _ = io.WriteString(t.file, keys) // the program may have ended; the caller sees that
}

// received returns how many bytes have come, and when the first one did.
func (t *terminal) received() (n int64, first time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.bytes, t.first
}

// queries are what programs ask a terminal, and what xterm says.
var queries = []struct{ ask, reply string }{
	{"\x1b]11;?", "\x1b]11;rgb:0000/0000/0000\x07"}, // background colour
	{"\x1b]10;?", "\x1b]10;rgb:ffff/ffff/ffff\x07"}, // text colour
	{"\x1b[6n", "\x1b[1;1R"},                        // cursor position
	{"\x1b[5n", "\x1b[0n"},                          // status
	{"\x1b[c", "\x1b[?62;c"},                        // primary attributes
	{"\x1b[0c", "\x1b[?62;c"},
	{"\x1b[>c", "\x1b[>0;276;0c"}, // secondary attributes
	{"\x1b[?u", "\x1b[?0u"},       // kitty keyboard
}

// answer replies to the queries in p. Programs ask when they start: a flood
// is not searched to its end.
func (t *terminal) answer(p []byte) {
	if t.bytes > 1<<20 {
		return
	}
	t.asked = append(t.asked, p...)
	for _, q := range queries {
		if n := bytes.Count(t.asked, []byte(q.ask)); n > 0 {
			t.press(string(bytes.Repeat([]byte(q.reply), n)))
			t.asked = bytes.ReplaceAll(t.asked, []byte(q.ask), nil)
		}
	}
	const longest = 16
	if extra := len(t.asked) - longest; extra > 0 {
		t.asked = append(t.asked[:0], t.asked[extra:]...)
	}
}
