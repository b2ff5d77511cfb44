package session

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"example.com/muster/procs"
)

// places gives the test directories of its own for sockets and records.
func places(t *testing.T) (runtime string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "m") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	t.Setenv("XDG_RUNTIME_DIR", dir)
	t.Setenv("XDG_STATE_HOME", dir)
	t.Setenv("TMPDIR", dir)
	return dir
}

// served starts a session and its server; both end with the test.
func served(t *testing.T, specs ...procs.Spec) (*Session, *Server) {
	t.Helper()
	return servedWith(t, Config{Pools: specs})
}

// servedWith serves a session of which the configuration says what is special.
func servedWith(t *testing.T, cfg Config) (*Session, *Server) {
	t.Helper()
	places(t)
	s, end := liveWith(t, cfg)
	srv, err := Serve(s, ServeOptions{PID: os.Getpid(), Argv: []string{"muster", "run"}})
	if err != nil {
		end()
		t.Fatal(err)
	}
	t.Cleanup(func() {
		end()
		if err := srv.Close(0); err != nil {
			t.Error(err)
		}
	})
	return s, srv
}

// until waits for what nobody tells of.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	for tick := time.NewTicker(5 * time.Millisecond); !holds(); {
		select {
		case <-deadline:
			t.Fatalf("waited in vain for %s", what)
		case <-tick.C:
		}
	}
}

func sleeper(name string) procs.Spec {
	return procs.Spec{Name: name, Argv: []string{"sleep", "1000"}, Output: procs.OutputPipe}.WithDefaults()
}

func client(t *testing.T) *Client {
	t.Helper()
	c, err := Dial("test")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// raw sends bytes to the socket and returns the beginning of what comes back.
func raw(t *testing.T, srv *Server, send func(net.Conn)) string {
	t.Helper()
	conn, err := net.Dial("unix", srv.Path())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	go send(conn) // ends when the connection is closed
	if err := conn.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	answer, _ := io.ReadAll(io.LimitReader(conn, 4096))
	return string(answer)
}

func TestGarbageIsRefusedQuickly(t *testing.T) {
	_, srv := served(t, sleeper("p"))
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	chunk := bytes.Repeat([]byte{0xff, 'x', 0, ' '}, 256<<10) // 1 MiB
	flood := func(head string) func(net.Conn) {
		return func(conn net.Conn) {
			_, err := io.WriteString(conn, head)
			for i := 0; i < 100 && err == nil; i++ {
				_, err = conn.Write(chunk)
			}
		}
	}
	for name, tt := range map[string]struct{ head, want string }{
		"no HTTP at all":     {"", "HTTP/1.1 4"},
		"an endless header":  {"GET /v1/ps HTTP/1.1\r\nHost: m\r\nX: ", "HTTP/1.1 431"},
		"an endless command": {"POST /v1/do HTTP/1.1\r\nHost: m\r\nContent-Length: 104857600\r\n\r\n{\"command\":\"", "HTTP/1.1 4"},
	} {
		began := time.Now()
		if got := raw(t, srv, flood(tt.head)); got != "" && !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s: the answer is %.200q, want %s", name, got, tt.want)
		}
		t.Logf("%s: %v", name, time.Since(began))
	}
	var after runtime.MemStats
	runtime.ReadMemStats(&after)
	if grown := int64(after.TotalAlloc - before.TotalAlloc); grown > 64<<20 {
		t.Errorf("garbage made the session allocate %d MiB", grown>>20)
	}
	if _, err := client(t).PS(context.Background()); err != nil {
		t.Errorf("after the garbage: %v", err)
	}
}

func TestWrongQuestionsAreToldSo(t *testing.T) {
	s, srv := served(t, sleeper("p"))
	until(t, "the start", func() bool { return s.Snapshot().Pools[0].Slots[0].State == procs.Running })
	for _, tt := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"GET", "/v1/nothing", "", 404, "cannot answer GET /v1/nothing: there is no such question"},
		{"PUT", "/v1/ps", "", 405, "cannot answer PUT /v1/ps: it is asked with GET"},
		{"GET", "/v1/do", "", 405, "cannot answer GET /v1/do: it is asked with POST"},
		{"GET", "//v1/ps", "", 404, "cannot answer GET //v1/ps: there is no such question"},
		{"GET", "/v1/../v1/ps", "", 404, "cannot answer GET /v1/../v1/ps: there is no such question"},
		{"GET", "/v1/events?type=bogus", "", 400, `cannot use type="bogus": the types are output, state, exit, crash, notice and gap`},
		{"GET", "/v1/output?slot=1", "", 400, `cannot read the output of slot 1: "pool" says of which pool`},
		{"GET", "/v1/output?max=-1", "", 400, `cannot use max="-1": it is a number from 0 to 10000`},
		{"GET", "/v1/output?maxx=1", "", 400, `cannot use the parameter "maxx": there is no such parameter`},
		{"GET", "/v1/output?match=(", "", 400, "cannot search for \"(\": error parsing regexp: missing closing ): `(`"},
		{"GET", "/v1/events?after=x", "", 400, `cannot use after="x": it is a number from 0 to 9223372036854775808`},
		{"GET", "/v1/plan", "", 409, ErrNoConfig.Error()},
		{"POST", "/v1/do", "", 400, "cannot read the command: it is empty"},
		{"POST", "/v1/do", "{", 400, "cannot read the command: unexpected EOF"},
		{"POST", "/v1/do", `{"command":"stop","pattern":"x"}`, 400, `cannot read the command: unknown field "pattern"`},
		{"POST", "/v1/do", `{"command":"stop"} {}`, 400, "cannot read the command: more than one JSON value"},
		{"POST", "/v1/do", `{"command":"explode"}`, 400, `cannot do "explode": the commands are start, stop, kill, restart, signal, scale, roll, reload, rerun, type, pause, resume, resize and shutdown; of maps also retry_items, skip_item, pause_items and resume_items`},
		{"POST", "/v1/do", `{"command":"stop","patterns":["x/*"]}`, 404, "cannot stop x/*: there is no such process; there is only the pool p"},
		{"POST", "/v1/do", `{"command":"stop","processes":["p/9"]}`, 404, "cannot stop p/9: there is no such process"},
		{"POST", "/v1/do", `{"command":"scale","pool":"x","size":1}`, 404, "cannot scale x: there is no such pool"},
		{"POST", "/v1/do", `{"command":"roll","pools":["x"]}`, 404, "cannot restart x: there is no such pool"},
		{"POST", "/v1/do", `{"command":"stop","patterns":["["]}`, 400, "cannot stop [: it is no pattern: syntax error in pattern"},
		{"POST", "/v1/do", `{"command":"stop","patterns":[]}`, 400, `cannot stop: "patterns" is an empty list, which names nothing; without it, all are meant`},
		{"POST", "/v1/do", `{"command":"kill","processes":[]}`, 400, `cannot kill: "processes" is an empty list, which names nothing; without it, all are meant`},
		{"POST", "/v1/do", `["stop"]`, 400, "cannot read the command: it is no object but JSON's array"},
		{"POST", "/v1/do", `{"command":"scale","pool":"p","size":"3"}`, 400, `cannot read the command: "size" cannot be JSON's string`},
		{"POST", "/v1/do", `{"command":"signal","signal":"CONT","pid":1}`, 404, "cannot signal pid 1: it is no process of this session"},
		{"POST", "/v1/do", `{"command":"signal","signal":"CONT","pid":-1}`, 404, "cannot signal pid -1: it is no process of this session"},
		{"POST", "/v1/do", `{"command":"signal","signal":"CONT","pid":7,"patterns":["p"]}`, 400, `cannot signal: it is either "pid" or names`},
		{"POST", "/v1/do", `{"command":"kill","pid":7}`, 400, "cannot kill a pid: only signal takes one"},
		{"POST", "/v1/do", `{"command":"scale","pool":"p"}`, 400, `cannot scale: "pool" and "size" say what to what`},
		{"POST", "/v1/do", `{"command":"signal","signal":"NO"}`, 400, `cannot read "NO" as a signal: no such name or number`},
		{"POST", "/v1/do", `{"command":"type","text":"x"}`, 400, `cannot type into all processes: "processes" or "patterns" say into which`},
		{"POST", "/v1/do", `{"command":"type","patterns":["p"]}`, 400, `cannot type nothing: "text" says what`},
		{"POST", "/v1/do", `{"command":"type","patterns":["p"],"text":"x"}`, 409, "cannot type into p/0: it has no terminal; --output pty gives it one"},
		{"GET", "/v1/private/terminal?process=p/9", "", 404, "cannot type into p/9: there is no such process"},
		{"GET", "/v1/private/terminal?process=p/0&cols=x", "", 400, `cannot use cols="x": it is a number from 0 to 10000`},
		{"GET", "/v1/private/moments?process=p/0&pid=x", "", 400, `cannot use pid="x": it is a number from 0 to 2147483647`},
		{"POST", "/v1/do", `{"command":"reload"}`, 409, ErrNoConfig.Error()},
		{"POST", "/v1/do", `{"command":"retry_items"}`, 409, "cannot try items again: this session is no map over items"},
		{"POST", "/v1/do", `{"command":"skip_item","worker":0,"item":1}`, 409, "cannot leave item 1 out: this session is no map over items"},
		{"POST", "/v1/do", `{"command":"pause_items"}`, 409, "cannot pause items: this session is no map over items"},
		{"POST", "/v1/do", `{"command":"resume_items"}`, 409, "cannot go on with items: this session is no map over items"},
		{"POST", "/v1/do", strings.Repeat(" ", maxBody+1), 413, "cannot read the command: it is larger than 1048576 bytes"},
	} {
		req, err := http.NewRequestWithContext(context.Background(), tt.method, "http://m"+tt.path, strings.NewReader(tt.body))
		if err != nil {
			t.Fatal(err)
		}
		c := client(t)
		resp, err := c.http.Do(req)
		if err != nil {
			t.Errorf("%s %s: %v", tt.method, tt.path, err)
			continue
		}
		var e ErrorJSON
		if err := json.NewDecoder(resp.Body).Decode(&e); err != nil || resp.StatusCode != tt.status || e.Error != tt.want {
			t.Errorf("%s %s %.60s:\n%d %q, %v; want\n%d %q", tt.method, tt.path, tt.body, resp.StatusCode, e.Error, err, tt.status, tt.want)
		}
		_ = resp.Body.Close()
	}
	if srv.session.Snapshot().Stopping {
		t.Error("a wrong question has stopped the session")
	}
}

// A client that connects, asks for a stream and never reads is cut off; the
// session goes on, and costs no more memory for it than a batch.
func TestAClientThatNeverReadsIsCutOff(t *testing.T) {
	defer func(d time.Duration) { streamPatience = d }(streamPatience)
	streamPatience = 200 * time.Millisecond
	flood := procs.Spec{Name: "p", Argv: []string{"sh", "-c", "while :; do head -c 65536 /dev/zero | tr '\\0' x; echo; done"}, Output: procs.OutputPipe}.WithDefaults()
	s, srv := served(t, flood)
	conn, err := net.Dial("unix", srv.Path())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, "GET /v1/events?follow=1 HTTP/1.1\r\nHost: m\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	until(t, "a flood", func() bool { return s.Store().Next() > 200 })
	until(t, "the connection to be closed", func() bool { return srv.connections() == 0 })
	if _, err := client(t).PS(context.Background()); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestTooManyClientsAreToldSo(t *testing.T) {
	_, srv := served(t, sleeper("p"))
	var held []net.Conn
	defer func() {
		for _, c := range held {
			_ = c.Close()
		}
	}()
	for range maxConnections {
		conn, err := net.Dial("unix", srv.Path())
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, conn)
	}
	until(t, "one more to be refused", func() bool {
		_, err := client(t).PS(context.Background())
		return err != nil && err.Error() == "cannot answer: too many are connected"
	})
}

func TestTwoSessionsOfOneName(t *testing.T) {
	s, _ := served(t, sleeper("p"))
	if _, err := Serve(s, ServeOptions{}); !errors.Is(err, ErrInUse) || err.Error() != `cannot start session "test": a session of that name is running` {
		t.Errorf("a second server: %v", err)
	}
	first, before, err := Keep(Record{Session: "test", PID: 1})
	if err != nil || before != nil {
		t.Fatal(err, before)
	}
	if _, _, err := Keep(Record{Session: "test"}); !errors.Is(err, ErrInUse) {
		t.Errorf("a second record: %v", err)
	}
	if LastOf("test") != nil {
		t.Error("a session that lives counts as a past one")
	}
	if err := first.Close(3); err != nil {
		t.Fatal(err)
	}
	if r := LastOf("test"); r == nil || r.Killed() || *r.Code != 3 {
		t.Errorf("what it left: %+v", r)
	}
}

func TestWhoAsksForASessionThatHasEndedLearnsHow(t *testing.T) {
	log := filepath.Join(places(t), "log")
	kept, _, err := Keep(Record{Session: "web", PID: 4121, LogDir: &log})
	if err != nil {
		t.Fatal(err)
	}
	if err := kept.Close(3); err != nil {
		t.Fatal(err)
	}
	want := regexp.MustCompile(`^session web has ended on \w+ \d+ \d\d:\d\d with code 3; muster logs --session web prints its log$`)
	if _, err := Dial("web"); !errors.Is(err, ErrNoSession) || !want.MatchString(err.Error()) {
		t.Errorf("it says %v", err)
	}
}

func TestWhatAKilledSessionLeaves(t *testing.T) {
	dir := places(t)
	log := filepath.Join(dir, "log")
	started := time.Date(2026, 11, 22, 12, 3, 0, 0, time.Local)
	kept, _, err := Keep(Record{Session: "web", PID: 4121, StartedAt: Time(started), LogDir: &log})
	if err != nil {
		t.Fatal(err)
	}
	_ = kept.file.Close() // as the kernel does when it is killed
	want := "session web (pid 4121, started Nov 22 12:03) did not end by itself: it was killed; its processes were ended by its guard; its logs are in " + log
	if _, err := Dial("web"); err == nil || err.Error() != want {
		t.Errorf("who asks for it reads %v", err)
	}
	if list := KilledSessions(); len(list) != 1 || list[0].Fate() != want {
		t.Errorf("the list has %+v", list)
	}
	next, before, err := Keep(Record{Session: "web"})
	if err != nil || before == nil || before.Fate() != want {
		t.Errorf("the next one of that name learns %+v, %v", before, err)
	}
	if err := next.Close(0); err != nil {
		t.Fatal(err)
	}
	if len(KilledSessions()) != 0 {
		t.Error("it is told for ever")
	}
}

func TestASocketLeftByADeadSessionIsReplaced(t *testing.T) {
	dir := places(t)
	path := filepath.Join(dir, "muster", "test"+socketSuffix)
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	ln, err := net.ListenUnix("unix", &net.UnixAddr{Name: path})
	if err != nil {
		t.Fatal(err)
	}
	ln.SetUnlinkOnClose(false)
	if err := ln.Close(); err != nil {
		t.Fatal(err)
	}
	if names, err := Sessions(); err != nil || len(names) != 0 {
		t.Errorf("running: %v, %v", names, err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket is still there: %v", err)
	}
	if _, err := Dial(""); !errors.Is(err, ErrNoSession) {
		t.Errorf("asked for the only one: %v", err)
	}
	if _, err := Dial("test"); err == nil || err.Error() != `there is no session "test": no session is running` {
		t.Errorf("asked by name: %v", err)
	}
}

func TestAPathThatIsTooLong(t *testing.T) {
	dir := places(t)
	t.Setenv("XDG_RUNTIME_DIR", "")
	t.Setenv("TMPDIR", filepath.Join(dir, strings.Repeat("t", 60-len(dir)-1)))
	if err := os.Mkdir(os.Getenv("TMPDIR"), 0o700); err != nil {
		t.Fatal(err)
	}
	if path, err := socketFor("short", false); err != nil || !strings.HasPrefix(path, os.Getenv("TMPDIR")) || len(path) > maxSocketPath {
		t.Errorf("a short name: %s, %v", path, err)
	}
	if path, err := socketFor(strings.Repeat("n", 40), false); err != nil || !strings.HasPrefix(path, StateDir()) {
		t.Errorf("a long name has another place: %s, %v", path, err)
	}
	t.Setenv("XDG_STATE_HOME", os.Getenv("TMPDIR"))
	_, err := socketFor(strings.Repeat("n", 40), false)
	want := fmt.Sprintf("the path of its socket would have %d bytes, 103 are possible: choose a shorter --session or TMPDIR", 60+1+len(fmt.Sprint("muster-", os.Getuid()))+1+40+len(socketSuffix))
	if err == nil || err.Error() != want {
		t.Errorf("a long name: %v, want %s", err, want)
	}
	t.Setenv("XDG_STATE_HOME", dir)
	t.Setenv("XDG_RUNTIME_DIR", filepath.Join(dir, "login"))
	if err := os.Mkdir(os.Getenv("XDG_RUNTIME_DIR"), 0o700); err != nil {
		t.Fatal(err)
	}
	if path, err := socketFor("web", true); err != nil || filepath.Dir(path) != filepath.Join(dir, "muster", socketsOfDetached) {
		t.Errorf("in the background: %s, %v; it must not lie where the logout removes it", path, err)
	}
}

func TestADirectoryThatCannotBeUsed(t *testing.T) {
	dir := places(t)
	t.Setenv("TMPDIR", filepath.Join(dir, "none"))
	file := filepath.Join(dir, "muster")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := socketFor("web", false); err == nil || err.Error() != file+" is not a directory" {
		t.Errorf("%v", err)
	}
}

func TestMetricsAreForThisMachineOnly(t *testing.T) {
	for _, addr := range []string{"0.0.0.0:0", ":0", "192.0.2.1:9100", "[::]:0", "example.com:1"} {
		if m, err := ListenMetrics(addr); err == nil || !strings.Contains(err.Error(), "only 127.0.0.1, [::1] and localhost") {
			t.Errorf("%s: %v %v", addr, m, err)
		}
	}
	if _, err := ListenMetrics("9100"); err == nil || err.Error() != `cannot serve metrics on "9100": it is not HOST:PORT, such as 127.0.0.1:9100` {
		t.Errorf("%v", err)
	}
	s, _ := served(t, sleeper("p"))
	m, err := ListenMetrics("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ListenMetrics(m.Addr()); err == nil || err.Error() != "cannot serve metrics on "+m.Addr()+": bind: address already in use" {
		t.Errorf("a port that is taken: %v", err)
	}
	m.Serve(s)
	defer func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	}()
	until(t, "a sample", func() bool { return s.Snapshot().Pools[0].Slots[0].Sample.Own.RSSBytes > 0 })
	for path, want := range map[string]int{"/metrics": 200, "/v1/ps": 404, "/v1/do": 404} {
		resp, err := http.Get("http://" + m.Addr() + path)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%s: %s", path, resp.Status)
		}
		if path != "/metrics" {
			continue
		}
		if ct := resp.Header.Get("Content-Type"); !strings.HasPrefix(ct, "application/openmetrics-text") {
			t.Errorf("it is %s", ct)
		}
		for _, line := range []string{`muster_process_up{pool="p",slot="0"} 1.0`, `muster_processes{state="running"} 1.0`, "# UNIT muster_process_resident_memory_bytes bytes", "# EOF"} {
			if !hasLine(string(body), line) {
				t.Errorf("there is no line %q in\n%s", line, body)
			}
		}
	}
	http.DefaultClient.CloseIdleConnections()
}

func hasLine(text, line string) bool {
	for s := bufio.NewScanner(strings.NewReader(text)); s.Scan(); {
		if s.Text() == line {
			return true
		}
	}
	return false
}
