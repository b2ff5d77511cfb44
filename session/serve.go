package session

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"example.com/muster/internal/beat"
)

// Server answers questions about a session on its Unix socket, as HTTP; see
// api.go for which. Only processes of the same user (or root) are answered.
type Server struct {
	session answering
	opt     ServeOptions
	socket  atomic.Pointer[bound] // replaced where its file has gone, see watchSocket
	free    chan struct{}         // see limited
	http    http.Server
	closed  chan struct{} // closed when the end has begun: streams end
	once    sync.Once
	code    int // what the session ends with
	hub     hub
	wg      sync.WaitGroup
}

// ServeOptions say what the session's process is; a session knows only its pools.
type ServeOptions struct {
	PID  int
	Argv []string
	// Detached sessions run without a terminal and survive logout: so does
	// their socket.
	Detached bool
	// Pprof serves the profiles of this very process, too.
	Pprof bool
}

// ErrInUse says that a session of the same name runs already.
var ErrInUse = errors.New("a session of that name is running")

// Bounds of what a client can cost.
const (
	maxConnections = 128
	maxHeader      = 16 << 10 // bytes
	headerPatience = 5 * time.Second
	bodyPatience   = 10 * time.Second
	idlePatience   = 2 * time.Minute
	answerPatience = 20 * time.Second
	lookForSocket  = 2 * time.Second
)

// ServeMap is [Serve] for a map over items.
func ServeMap(m Mapped, o ServeOptions) (*Server, error) { return serve(newMapAnswers(m), o) }

// Serve listens on the session's socket and answers until Close. A socket that
// a dead session left behind is replaced.
func Serve(s *Session, o ServeOptions) (*Server, error) { return serve(s, o) }

func serve(s answering, o ServeOptions) (*Server, error) {
	name := s.Snapshot().Session
	if Running(name) {
		return nil, fmt.Errorf("cannot start session %q: %w", name, ErrInUse)
	}
	path, err := socketFor(name, o.Detached)
	if err != nil {
		return nil, fmt.Errorf("cannot serve the session: %w", err)
	}
	socket, err := listen(path)
	switch {
	case errors.Is(err, ErrInUse):
		return nil, fmt.Errorf("cannot start session %q: %w", name, err)
	case err != nil:
		return nil, fmt.Errorf("cannot serve the session: %w", err)
	}
	srv := &Server{
		session: s, opt: o, closed: make(chan struct{}), free: make(chan struct{}, maxConnections),
	}
	srv.hub.session = s
	handler := srv.api()
	if o.Pprof {
		handler = withPprof(handler)
	}
	srv.http = server(handler)
	srv.answer(socket)
	srv.wg.Go(func() { srv.watchSocket(name) })
	return srv, nil
}

// answer answers on a socket until that is closed.
func (srv *Server) answer(b bound) {
	srv.socket.Store(&b)
	ln := &limited{Listener: sameUser{b, os.Getuid()}, free: srv.free}
	srv.wg.Go(func() { _ = srv.http.Serve(ln) }) // ends with Close, always with http.ErrServerClosed, or the listener is gone
}

// watchSocket sees to it that the session can be found until it ends: somebody
// may remove its socket, or a cleaner of temporary directories.
func (srv *Server) watchSocket(name string) {
	look := time.NewTimer(lookForSocket)
	defer look.Stop()
	for {
		look.Reset(beat.Until(lookForSocket))
		select {
		case <-srv.closed:
			return
		case <-look.C:
		}
		if old := srv.socket.Load(); !old.there() && srv.bindAgain(name) {
			_ = old.Close() // nobody can find it
		}
	}
}

// bindAgain makes the socket anew, unless another session of that name is there
// now. What cannot be made is tried again at the next look.
func (srv *Server) bindAgain(name string) bool {
	if Running(name) {
		return false
	}
	path, err := socketFor(name, srv.opt.Detached)
	if err != nil {
		return false
	}
	socket, err := listen(path)
	if err != nil {
		return false
	}
	srv.answer(socket)
	return true
}

// server returns an HTTP server that bounds what a client can cost. Handlers
// of streams set deadlines of their own.
func server(h http.Handler) http.Server {
	return http.Server{
		Handler: h, ReadHeaderTimeout: headerPatience, ReadTimeout: bodyPatience, IdleTimeout: idlePatience,
		WriteTimeout: answerPatience, MaxHeaderBytes: maxHeader, ErrorLog: quiet(),
	}
}

// Path is where the socket is.
func (srv *Server) Path() string { return srv.socket.Load().path }

// Close tells those who follow the session that it ends, and with which code,
// stops answering and removes the socket.
func (srv *Server) Close(code int) error {
	srv.once.Do(func() {
		srv.code = code
		close(srv.closed)
	})
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	err := srv.http.Shutdown(ctx)
	if err != nil { // somebody does not read
		err = srv.http.Close()
	}
	srv.wg.Wait()
	if socket := srv.socket.Load(); socket.there() {
		if rm := os.Remove(socket.path); rm != nil && !errors.Is(rm, os.ErrNotExist) {
			err = errors.Join(err, rm)
		}
	}
	return err
}

// untilClosed returns a context that also ends when the server does. Call
// cancel in any case.
func (srv *Server) untilClosed(ctx context.Context) (both context.Context, cancel func()) {
	both, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() {
		select {
		case <-srv.closed:
			stop()
		case <-both.Done():
		}
	})
	return both, func() { stop(); wg.Wait() }
}
