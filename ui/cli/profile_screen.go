package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"sync"

	"example.com/muster/profiling/report"
	"example.com/muster/session"
)

// What screen 6 does with a capture here, on this side of a socket.

// writeProfile writes a capture into the directory that muster was started in,
// under a name that no file has, and returns it.
func writeProfile(c *session.Profiled, packed []byte, name string) (string, error) {
	format, err := formatOf(formats, name, "")
	if err != nil {
		return "", err
	}
	base := session.ProfileName(c.Request.Whom(), c.Request.Kind, c.StartedAt)
	var b bytes.Buffer
	err = format.write(&b, &content{
		packed: func() ([]byte, error) { return packed, nil },
		report: func() (*report.Report, error) { return readPacked(packed) },
		title:  base,
	})
	if err != nil {
		return "", err
	}
	file, err := newFile(base, format.suffixes[0])
	if err != nil {
		return "", fmt.Errorf("cannot write the profile: %w", err)
	}
	_, err = file.Write(b.Bytes())
	if err = errors.Join(err, file.Close()); err != nil {
		_ = os.Remove(file.Name()) // it is half of a profile
		return "", fmt.Errorf("cannot write the profile: %w", err)
	}
	return file.Name(), nil
}

// newFile creates a file here, with a number if others have its name.
func newFile(base, suffix string) (*os.File, error) {
	name := base + suffix
	for n := 2; ; n++ {
		file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if !errors.Is(err, fs.ErrExist) || n > 1000 {
			return file, err
		}
		name = base + "-" + strconv.Itoa(n) + suffix
	}
}

// browsing serves captures to a browser, each once, until end.
type browsing struct {
	ctx    context.Context //nolint:containedctx // it is what its pages live as long as
	cancel context.CancelFunc

	mu    sync.Mutex
	pages map[string]*pprofPages // by when the capture began
}

// newBrowsing serves nothing yet.
func newBrowsing(ctx context.Context) *browsing {
	ctx, cancel := context.WithCancel(ctx)
	return &browsing{ctx: ctx, cancel: cancel, pages: map[string]*pprofPages{}}
}

// serve serves a capture, and returns where.
func (b *browsing) serve(c *session.Profiled, packed []byte) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	key := c.ID() + c.StartedAt.String()
	if p := b.pages[key]; p != nil {
		return p.URL, nil
	}
	p, err := report.Parse(bytes.NewReader(packed))
	if err != nil {
		return "", fmt.Errorf("cannot read capture %s: %w", c.ID(), err)
	}
	pages, err := servePages(b.ctx, p, session.ProfileName(c.Request.Whom(), c.Request.Kind, c.StartedAt), 0, io.Discard)
	if err != nil {
		return "", err
	}
	b.pages[key] = pages
	return pages.URL, nil
}

// end stops serving.
func (b *browsing) end() {
	b.cancel()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range b.pages {
		_ = p.Wait() // that it has ended is all that matters
	}
}
