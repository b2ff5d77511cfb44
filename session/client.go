package session

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Client asks a running session. It speaks the HTTP of the session's socket.
type Client struct {
	name string
	http http.Client
}

// ErrNoSession says that there is no session to ask.
var ErrNoSession = errors.New("no session is running")

// Dial finds the session of that name; "" is the only one that runs.
func Dial(name string) (*Client, error) {
	names, err := Sessions()
	if err != nil {
		return nil, err
	}
	switch {
	case name == "" && len(names) == 1:
		name = names[0]
	case name == "" && len(names) == 0:
		return nil, ErrNoSession
	case name == "":
		return nil, fmt.Errorf("cannot choose between %d sessions (%s): name one with --session", len(names), strings.Join(names, ", "))
	case !Running(name):
		if len(names) == 0 {
			return nil, fmt.Errorf("there is no session %q: %w", name, ErrNoSession)
		}
		return nil, fmt.Errorf("there is no session %q; running: %s", name, strings.Join(names, ", "))
	}
	dir, err := RuntimeDir()
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, name+socketSuffix)
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", path)
	}
	return &Client{name, http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}, Timeout: 3 * time.Second}}, nil
}

// PS asks for the processes.
func (c *Client) PS(ctx context.Context) (PS, error) {
	var ps PS
	err := c.get(ctx, "/v1/ps", &ps)
	return ps, err
}

func (c *Client) get(ctx context.Context, path string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://muster"+path, nil)
	if err != nil {
		return err
	}
	resp, err := c.http.Do(req)
	if err != nil && os.IsTimeout(err) {
		return fmt.Errorf("cannot ask session %q: it does not answer; is it stopped (Ctrl-Z)?", c.name)
	}
	if err != nil {
		return fmt.Errorf("cannot ask session %q: %w", c.name, err)
	}
	defer resp.Body.Close() //nolint:errcheck // it has been read
	if resp.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(resp.Body, 1024))
		return fmt.Errorf("cannot ask session %q: %s: %s", c.name, resp.Status, text)
	}
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
		return fmt.Errorf("cannot read the answer of session %q: %w", c.name, err)
	}
	return nil
}
