package headless

import (
	"fmt"
	"io"
)

const (
	// fileBlock is how much is written at a time, or a multiple of it: a file
	// that is written in such blocks is cached in large pieces, which takes the
	// kernel half of the time (mm/filemap.c, __filemap_get_folio).
	fileBlock = 64 << 10
	// maxHeld is up to where text is collected.
	maxHeld = 2 * fileBlock
)

// blocks collects text and writes it in whole blocks, and the rest when it is
// flushed. After an error it writes nothing more.
type blocks struct {
	out     io.Writer
	held    []byte // may be appended to; then makeRoom is called
	written int64
	err     error // the first
}

// add collects text.
func (b *blocks) add(text []byte) {
	b.held = append(b.held, text...)
	b.makeRoom()
}

// makeRoom writes whole blocks once enough is held.
func (b *blocks) makeRoom() {
	if len(b.held) >= maxHeld {
		b.write(len(b.held) - int((b.written+int64(len(b.held)))%fileBlock))
	}
}

// flush writes all that is held.
func (b *blocks) flush() error {
	if len(b.held) > 0 {
		b.write(len(b.held))
	}
	return b.err
}

// write writes the first n bytes of what is held.
func (b *blocks) write(n int) {
	if b.err == nil {
		if _, err := b.out.Write(b.held[:n]); err != nil {
			b.err = fmt.Errorf("cannot print: %w", err)
		}
	}
	b.written += int64(n)
	b.held = append(b.held[:0], b.held[n:]...)
}
