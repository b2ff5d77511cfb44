package spawn

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// restoreScreen undoes what a full-screen program asks of a terminal: mouse
// reports, focus reports, bracketed paste, no wrapping, colours, the hidden cursor and the
// alternate screen.
const restoreScreen = "\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1004l\x1b[?2004l\x1b[?7h" +
	"\x1b[0m\x1b[?25h\x1b[?1049l"

// maxCrashText is how much of a panic's text is shown.
const maxCrashText = 64 << 10

// screen is the terminal that muster draws on, as the guard gives it back.
// The zero value is none.
type screen struct {
	tty     *os.File
	crash   *os.File // what the runtime wrote when muster panicked
	termios string   // as it was before muster changed it
	off     bool     // muster has given it back: it is paused, or has not begun to draw
	written chan struct{}
}

// newScreen takes the descriptors over.
func newScreen(tty, crash int, termios string) screen {
	return screen{
		tty: os.NewFile(uintptr(tty), "terminal"), crash: os.NewFile(uintptr(crash), "crash"),
		termios: termios, written: make(chan struct{}),
	}
}

// restore gives the terminal back, and then shows the text of a panic, which
// was lost with the alternate screen. It does not wait for the terminal, which
// may be gone or stopped by Ctrl-S: see wait.
func (s screen) restore() {
	if s.tty == nil {
		return
	}
	if s.off { // the screen is the shell's
		close(s.written)
		return
	}
	fd := int(s.tty.Fd())
	restoreTermios(fd, s.termios)
	go func() {
		defer close(s.written)
		text := restoreScreen + crashText(s.crash)
		_, _ = io.WriteString(s.tty, text) // there is nobody left to tell
	}()
}

// wait gives restore a little time to write. It must be called at the end only.
func (s screen) wait() {
	if s.tty == nil {
		return
	}
	select {
	case <-s.written:
	case <-time.After(500 * time.Millisecond):
	}
}

// restoreTermios puts the saved modes back if the terminal is raw as muster
// leaves it. A shell may have been quicker and be at its prompt: line editors
// take echo and lines off but keep the signals of ISIG, and then the modes
// are the shell's. Typed keys that muster did not read are dropped: they were
// meant for it, not for a shell. None of this raises SIGTTOU, as the terminal
// is not that of the guard's session (tty_ioctl(4), tty_check_change).
func restoreTermios(fd int, saved string) {
	now, err := unix.IoctlGetTermios(fd, getTermios)
	if err != nil || now.Lflag&(unix.ICANON|unix.ISIG) != 0 {
		return
	}
	var before unix.Termios
	if _, err := binary.Decode([]byte(saved), binary.NativeEndian, &before); err != nil {
		return
	}
	_ = flushInput(fd) // the modes matter more
	_ = unix.IoctlSetTermios(fd, setTermios, &before)
}

// saveTermios returns the terminal's modes for restoreTermios, "" if the file
// is no terminal.
func saveTermios(fd int) string {
	now, err := unix.IoctlGetTermios(fd, getTermios)
	if err != nil {
		return ""
	}
	saved, err := binary.Append(nil, binary.NativeEndian, now)
	if err != nil {
		return ""
	}
	return string(saved)
}

// crashText reads what a panic wrote, without anything that a terminal would
// obey: a panic's value can hold any bytes.
func crashText(f *os.File) string {
	text, err := io.ReadAll(io.NewSectionReader(f, 0, maxCrashText))
	if err != nil && !errors.Is(err, io.EOF) || len(text) == 0 {
		return ""
	}
	clean := bytes.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 {
			return -1
		}
		return r
	}, text)
	return string(bytes.ReplaceAll(clean, []byte("\n"), []byte("\r\n")))
}
