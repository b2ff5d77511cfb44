package probe

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"example.com/muster/procs"
)

// maxHeader bounds what a server may answer with before the status is known to
// be of no use; the body is not read at all.
const maxHeader = 64 << 10

// newClient makes a client for one request: no proxy, as the process asked is
// muster's own; no redirect is followed, as a status below 400 is an answer; no
// connection is kept, so that each try shows whether one can be made.
func newClient() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			DisableKeepAlives:      true,
			DisableCompression:     true,
			MaxResponseHeaderBytes: maxHeader,
			// Nothing is told to the server and nothing that it says is
			// believed; a certificate of one's own is what one has at home.
			TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func tryHTTP(ctx context.Context, p procs.Probe) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.HTTP, nil)
	if err != nil {
		return fmt.Errorf("%s: %w", p.String(), inner(err))
	}
	req.Header.Set("User-Agent", "muster-probe")
	resp, err := newClient().Do(req)
	if err != nil {
		return notHTTP(ctx, p, inner(err))
	}
	_ = resp.Body.Close() // it is not read
	if resp.StatusCode < 200 || resp.StatusCode > 399 {
		return fmt.Errorf("%s: %d", p.String(), resp.StatusCode)
	}
	return nil
}

// notHTTP tells a server that answers with something else from one that does
// not answer.
func notHTTP(ctx context.Context, p procs.Probe, err error) error {
	switch {
	case ctx.Err() != nil:
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%s: it hung up without an answer", p.String())
	case strings.Contains(err.Error(), "malformed HTTP"), strings.Contains(err.Error(), "exceeded"):
		return fmt.Errorf("%s: the answer is not HTTP", p.String())
	}
	return because(ctx, p, err)
}

// inner is the error without the method and the URL, which are told already.
func inner(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
