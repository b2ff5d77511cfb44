package probe

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"example.com/muster/procs"
)

// try asks once and returns what a person reads, "" for yes.
func try(t *testing.T, p procs.Probe, exec Exec) string {
	t.Helper()
	if p.Timeout == 0 {
		p.Timeout = 10 * time.Second
	}
	if err := Try(t.Context(), p, exec); err != nil {
		return err.Error()
	}
	return ""
}

func check(t *testing.T, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// listener accepts connections and hands each to serve, until the test ends.
func listener(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			serve(conn)
			conn.Close()
		}
	}()
	t.Cleanup(func() {
		l.Close()
		<-done
	})
	return l.Addr().String()
}

// closedPort is an address at which nobody listens.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func TestExec(t *testing.T) {
	p := procs.Probe{Exec: []string{"./check", "-v"}}
	for _, tt := range []struct {
		exit procs.Exit
		said string
		err  error
		want string
	}{
		{want: ""},
		{exit: procs.Exit{Code: 1}, want: "exec ./check -v exits 1"},
		{exit: procs.Exit{Code: 1}, said: "no such table", want: "exec ./check -v exits 1: no such table"},
		{said: "all is well", want: ""},
		{exit: procs.Exit{Signal: procs.SIGKILL}, want: "exec ./check -v ends by SIGKILL"},
		{err: errors.New("not found: ./check"), want: "exec ./check -v: not found: ./check"},
	} {
		check(t, try(t, p, func(context.Context, []string) (procs.Exit, string, error) { return tt.exit, tt.said, tt.err }), tt.want)
	}
}

func TestWhatHangsHasFailedAtItsDeadline(t *testing.T) {
	hang := func(ctx context.Context, _ []string) (procs.Exit, string, error) {
		<-ctx.Done()
		return procs.Exit{}, "", context.Cause(ctx)
	}
	p := procs.Probe{Exec: []string{"./check"}, Timeout: 20 * time.Millisecond}
	check(t, try(t, p, hang), "exec ./check: no answer within 20ms")
	addr := listener(t, func(c net.Conn) {
		buf := make([]byte, 1)
		for { // until the client has gone
			if _, err := c.Read(buf); err != nil {
				return
			}
		}
	})
	p = procs.Probe{HTTP: "http://" + addr + "/healthz", Timeout: 20 * time.Millisecond}
	check(t, try(t, p, nil), "GET http://"+addr+"/healthz: no answer within 20ms")
}

func TestTCP(t *testing.T) {
	open := listener(t, func(net.Conn) {})
	check(t, try(t, procs.Probe{TCP: open}, nil), "")
	closed := closedPort(t)
	check(t, try(t, procs.Probe{TCP: closed}, nil), "tcp "+closed+": connection refused")
	check(t, try(t, procs.Probe{TCP: "127.0.0.1"}, nil), "tcp 127.0.0.1: missing port in address")
}

func TestHTTP(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	t.Setenv("http_proxy", "http://127.0.0.1:1")
	outside := make(chan string, 10)
	mux := http.NewServeMux()
	mux.HandleFunc("/ok", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/down", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	mux.HandleFunc("/login", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) })
	mux.HandleFunc("/elsewhere", func(_ http.ResponseWriter, r *http.Request) { outside <- r.URL.Path })
	mux.HandleFunc("/endless", func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 1<<16)); err != nil {
				return
			}
		}
	})
	mux.HandleFunc("/headers", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", strings.Repeat("x", 1<<17)) })
	for _, srv := range []*httptest.Server{httptest.NewServer(mux), httptest.NewTLSServer(mux)} {
		defer srv.Close()
		get := func(path string) string {
			got := try(t, procs.Probe{HTTP: srv.URL + path}, nil)
			return strings.TrimPrefix(got, "GET "+srv.URL+path+": ")
		}
		check(t, get("/ok"), "")
		check(t, get("/down"), "503")
		check(t, get("/nope"), "404")
		check(t, get("/login"), "")
		check(t, get("/endless"), "")
		check(t, get("/headers"), "the answer is not HTTP")
	}
	if len(outside) > 0 {
		t.Error("a redirect was followed")
	}
}

func TestHTTPFaults(t *testing.T) {
	closed := closedPort(t)
	check(t, try(t, procs.Probe{HTTP: "http://" + closed + "/"}, nil), "GET http://"+closed+"/: connection refused")
	garbage := listener(t, func(c net.Conn) {
		buf := make([]byte, 1024)
		_, _ = c.Read(buf)
		_, _ = c.Write([]byte("-ERR unknown command\r\n"))
	})
	check(t, try(t, procs.Probe{HTTP: "http://" + garbage + "/"}, nil), "GET http://"+garbage+"/: the answer is not HTTP")
	mute := listener(t, func(c net.Conn) {
		buf := make([]byte, 1024)
		_, _ = c.Read(buf)
	})
	check(t, try(t, procs.Probe{HTTP: "http://" + mute + "/"}, nil), "GET http://"+mute+"/: it hung up without an answer")
	check(t, try(t, procs.Probe{HTTP: "ftp://x/"}, nil), `GET ftp://x/: unsupported protocol scheme "ftp"`)
}

func TestLines(t *testing.T) {
	found := func(l *Lines) bool {
		select {
		case <-l.Found():
			return true
		default:
			return false
		}
	}
	type write struct {
		stream procs.Stream
		pid    int
		text   string
	}
	for _, tt := range []struct {
		name, expr string
		writes     []write
		want       bool
	}{
		{"a whole line", "^ready$", []write{{0, 0, "starting\nready\n"}}, true},
		{"in pieces", "^ready on 80$", []write{{0, 0, "x\nrea"}, {0, 0, "dy on"}, {0, 0, " 80\n"}}, true},
		{"no newline yet", "ready", []write{{0, 0, "ready"}}, false},
		{"two writers at a time", "^ready$", []write{{0, 1, "re"}, {0, 2, "xx"}, {0, 1, "ady\n"}}, true},
		{"not across streams", "^ready$", []write{{procs.Stdout, 0, "re"}, {procs.Stderr, 0, "ady\n"}}, false},
		{"from a terminal, in colour", "^ready$", []write{{procs.Terminal, 0, "\x1b[32mready\x1b[0m\r\n"}}, true},
		{"not across lines", "a.*b", []write{{0, 0, "a\nb\n"}}, false},
		{"an endless line", "needle", []write{{0, 0, strings.Repeat("x", 10<<20)}, {0, 0, "needle\n"}}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l, err := NewLines(tt.expr)
			if err != nil {
				t.Fatal(err)
			}
			for _, w := range tt.writes {
				l.Write(w.stream, w.pid, []byte(w.text))
			}
			if found(l) != tt.want {
				t.Errorf("found %v, want %v", found(l), tt.want)
			}
			l.Write(0, 0, []byte("ready\nneedle\n")) // after it was found, too
		})
	}
}

func TestLinesKeepsLittleOfManyWriters(t *testing.T) {
	l, err := NewLines("never")
	if err != nil {
		t.Fatal(err)
	}
	for pid := range 10_000 {
		l.Write(0, pid, []byte(strings.Repeat("x", 1000)))
	}
	if n := len(l.rest); n > maxWriters {
		t.Errorf("unfinished lines of %d writers are kept", n)
	}
}
