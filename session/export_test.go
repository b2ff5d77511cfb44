package session

import (
	"context"
	"io"
	"net/url"
	"strconv"
	"strings"
)

// Done is closed when every run has ended after a shutdown.
func (s *Session) Done() <-chan struct{} { return s.sup.Done() }

// Events opens the stream of events after a number, as lines of JSON, of the
// types that are named (none: all). It ends with ctx, or if follow is not set
// when everything has been told.
func (c *Client) Events(ctx context.Context, after uint64, follow bool, types ...string) (io.ReadCloser, error) {
	v := url.Values{"after": {strconv.FormatUint(after, 10)}}
	if follow {
		v.Set("follow", "1")
	}
	if len(types) > 0 {
		v.Set("type", strings.Join(types, ","))
	}
	return c.stream(ctx, "/v1/events?"+v.Encode())
}

// Addr is where it listens.
func (m *MetricsServer) Addr() string { return m.ln.Addr().String() }

// connections counts those that are open.
func (srv *Server) connections() int { return len(srv.free) }
