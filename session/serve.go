package session

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// Server answers questions about a session on its Unix socket, as HTTP. Only
// processes of the same user (or root) are answered.
type Server struct {
	path string
	ln   net.Listener
	http http.Server
	done chan struct{}
}

// ErrInUse says that a session of the same name runs already.
var ErrInUse = errors.New("a session of that name is running")

// Serve listens on the session's socket and answers until Close. A socket that
// a dead session left behind is replaced.
func Serve(s *Session) (*Server, error) {
	dir, err := RuntimeDir()
	if err != nil {
		return nil, fmt.Errorf("cannot serve the session: %w", err)
	}
	path := filepath.Join(dir, s.Name()+socketSuffix)
	if Running(s.Name()) {
		return nil, fmt.Errorf("cannot start session %q: %w", s.Name(), ErrInUse)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("cannot serve the session: %w", err)
	}
	ln, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("cannot serve the session: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/ps", func(w http.ResponseWriter, _ *http.Request) { answer(w, s.PS()) })
	mux.HandleFunc("GET /v1/crashes", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, CrashesJSON{Crashes: s.Report().Crashes, Coverage: s.coverage()})
	})
	srv := &Server{path: path, ln: sameUser{ln, os.Getuid()}, done: make(chan struct{})}
	srv.http = http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() { // ends with Close, which waits for it
		defer close(srv.done)
		_ = srv.http.Serve(srv.ln) // always http.ErrServerClosed, or the listener is gone
	}()
	return srv, nil
}

// Close stops answering and removes the socket.
func (srv *Server) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	err := srv.http.Shutdown(ctx)
	if err != nil {
		err = srv.http.Close()
	}
	<-srv.done
	if rm := os.Remove(srv.path); rm != nil && !errors.Is(rm, os.ErrNotExist) {
		err = errors.Join(err, rm)
	}
	return err
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // a reader that has gone needs no answer
}

// sameUser accepts connections of one user, and of root, only.
type sameUser struct {
	net.Listener
	uid int
}

func (l sameUser) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		uid, err := peerUID(conn)
		if err == nil && l.admits(uid) {
			return conn, nil
		}
		_ = conn.Close() // a stranger is not told why
	}
}

func (l sameUser) admits(uid int) bool { return uid == l.uid || uid == 0 }
