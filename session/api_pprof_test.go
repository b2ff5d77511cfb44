package session

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/google/pprof/profile"
)

// pprofOf asks a server for a page of its own profiles.
func pprofOf(t *testing.T, h http.Handler, path string) (int, []byte) {
	t.Helper()
	ln, err := net.Listen("unix", t.TempDir()+"/s")
	if err != nil {
		t.Fatal(err)
	}
	srv := server(h)
	done := make(chan struct{})
	go func() { // ends with Close
		defer close(done)
		_ = srv.Serve(ln)
	}()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(context.Context, string, string) (net.Conn, error) {
		return net.Dial("unix", ln.Addr().String())
	}}}
	resp, err := client.Get("http://muster" + path)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	_ = srv.Close()
	<-done
	return resp.StatusCode, body
}

// With it muster tells of itself, without it there is no such question.
func TestOwnProfiles(t *testing.T) {
	s, _ := served(t)
	plain := (&Server{session: s}).api()
	if status, body := pprofOf(t, plain, "/debug/pprof/heap"); status != http.StatusNotFound {
		t.Errorf("without being asked for: %d %s", status, body)
	}
	status, body := pprofOf(t, withPprof(plain), "/debug/pprof/heap")
	if p, err := profile.Parse(bytes.NewReader(body)); status != http.StatusOK || err != nil || len(p.SampleType) == 0 {
		t.Errorf("heap: %d, %v", status, err)
	}
	if status, body := pprofOf(t, withPprof(plain), "/v1/ps"); status != http.StatusOK || !bytes.HasPrefix(body, []byte("{")) {
		t.Errorf("what else is asked: %d %s", status, body)
	}
}
