package session

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// MetricsServer answers GET /metrics, and nothing else, on a TCP port of this
// machine, for a Prometheus that cannot read a Unix socket. Every user of the
// machine can ask it.
type MetricsServer struct {
	ln   net.Listener
	http http.Server
	wg   sync.WaitGroup
}

// ListenMetrics opens the port. The address must be one of this machine's own.
func ListenMetrics(addr string) (*MetricsServer, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("cannot serve metrics on %q: it is not HOST:PORT, such as 127.0.0.1:9100", addr)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("cannot serve metrics on %q: only 127.0.0.1, [::1] and localhost, as everybody who reaches the address could read them", addr)
	}
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("cannot serve metrics on %s: %w", addr, cause(err))
	}
	return &MetricsServer{ln: &limited{Listener: ln, free: make(chan struct{}, maxConnections)}}, nil
}

// Serve begins to answer for a session; Close ends it.
func (m *MetricsServer) Serve(s *Session) {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", s.Metrics())
	m.http = server(mux)
	m.wg.Go(func() { _ = m.http.Serve(m.ln) }) // ends with Close, always with http.ErrServerClosed, or the listener is gone
}

// Close stops answering.
func (m *MetricsServer) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	err := m.http.Shutdown(ctx)
	if err != nil {
		err = m.http.Close()
	}
	_ = m.ln.Close() // if nothing was served; else it is closed
	m.wg.Wait()
	return err
}

// cause is an error of package net without the address that it was about.
func cause(err error) error {
	if op, ok := err.(*net.OpError); ok { //nolint:errorlint // net.Listen returns no other
		if sys := op.Unwrap(); sys != nil {
			return sys
		}
	}
	return err
}
