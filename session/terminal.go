package session

import (
	"context"
	"encoding/gob"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"

	"example.com/muster/procs"
)

// TerminalQuestion opens the terminal of a slot's present run, and gives it a
// size until it is closed; the answer is an [OpenedTerminal]. What is typed is
// sent by [procs.Type].
type TerminalQuestion struct {
	ID         procs.ID
	Cols, Rows int
	// Looks says that nobody is going to type: whoever has the terminal open to type has
	// his size, and others a look at that.
	Looks bool
}

func (TerminalQuestion) question() {}

// TerminalStream is what a program sends to its terminal, from what the
// terminal shows on.
type TerminalStream interface {
	// Next waits for more until ctx is done. It is for one goroutine. The error
	// is [io.EOF] when the run has ended, or after Close.
	Next(ctx context.Context) (procs.TerminalPiece, error)
	// Close gives the terminal its size back, and ends a Next that waits. It may
	// take a moment, and be called again.
	Close()
}

// OpenedTerminal is the answer to a [TerminalQuestion].
type OpenedTerminal struct{ TerminalStream }

func (OpenedTerminal) answer() {}

// maxSide bounds the sides of a terminal, in cells.
const maxSide = 10_000

func (s *Session) openTerminal(ctx context.Context, q TerminalQuestion) (Answer, error) {
	t, err := s.sup.OpenTerminal(ctx, q.ID, q.Cols, q.Rows, q.Looks)
	if err != nil {
		return nil, err
	}
	return OpenedTerminal{t}, nil
}

// serveTerminal sends pieces as a stream of gobs until the run ends or the client has gone.
func (srv *Server) serveTerminal(w http.ResponseWriter, r *http.Request) {
	p := parameters{values: r.URL.Query(), known: map[string]bool{}}
	id, cols, rows := p.id("process"), p.number("cols", 80, maxSide), p.number("rows", 24, maxSide)
	looks := p.flag("looks")
	if err := p.err(); err != nil {
		fail(w, http.StatusBadRequest, err, "")
		return
	}
	opened, err := srv.session.Ask(r.Context(), TerminalQuestion{ID: id, Cols: max(1, int(cols)), Rows: max(1, int(rows)), Looks: looks})
	t, ok := opened.(OpenedTerminal)
	if err == nil && !ok {
		err = fmt.Errorf("cannot type into %s", id)
	}
	if err != nil {
		fail(w, statusOf(err, http.StatusConflict), err, "")
		return
	}
	defer t.Close()
	ctx, cancel := srv.untilClosed(r.Context())
	defer cancel()
	out := http.NewResponseController(w)
	_ = out.SetReadDeadline(time.Time{}) // the question has been read; the stream goes on
	w.Header().Set("Content-Type", gobType)
	for enc := gob.NewEncoder(w); ; {
		piece, err := t.Next(ctx)
		if err != nil {
			return // the end of it says that it is over
		}
		_ = out.SetWriteDeadline(time.Now().Add(streamPatience)) // our own connections have deadlines
		if enc.Encode(piece) != nil || out.Flush() != nil {
			return
		}
	}
}

// OpenTerminal asks a [TerminalQuestion]; ctx bounds the wait for its answer only.
func (c *Client) OpenTerminal(ctx context.Context, q TerminalQuestion) (TerminalStream, error) {
	open, cancel := context.WithCancel(context.WithoutCancel(ctx))
	giveUp := context.AfterFunc(ctx, cancel)
	values := url.Values{"process": {q.ID.String()}, "cols": {strconv.Itoa(q.Cols)}, "rows": {strconv.Itoa(q.Rows)}}
	if q.Looks {
		values.Set("looks", "1")
	}
	path := "/v1/private/terminal?" + values.Encode()
	body, err := c.stream(open, path)
	if err != nil {
		cancel()
		return nil, err
	}
	if !giveUp() {
		cancel()
		_ = body.Close() // nothing has been read
		return nil, fmt.Errorf("cannot type into %s: %w", q.ID, context.Cause(ctx))
	}
	return &farTerminal{body: body, pieces: gob.NewDecoder(body), cancel: cancel}, nil
}

// farTerminal is a terminal of another process's session.
type farTerminal struct {
	body   io.ReadCloser
	pieces *gob.Decoder
	cancel context.CancelFunc
	closed atomic.Bool
}

// Next implements [TerminalStream].
func (t *farTerminal) Next(ctx context.Context) (procs.TerminalPiece, error) {
	defer context.AfterFunc(ctx, t.cancel)()
	var piece procs.TerminalPiece
	err := t.pieces.Decode(&piece)
	switch {
	case err == nil:
		return piece, nil
	case t.closed.Load() || err == io.EOF:
		return piece, io.EOF
	case ctx.Err() != nil:
		return piece, context.Cause(ctx)
	}
	return piece, fmt.Errorf("cannot see the terminal any more: %w", err)
}

// Close implements [TerminalStream].
func (t *farTerminal) Close() {
	t.closed.Store(true)
	t.cancel()
	_ = t.body.Close() // it was only read
}
