package agent

import (
	"bytes"
	"fmt"
	"io"
	"net/url"
	"os"
	"runtime"
	"runtime/pprof"
	"runtime/trace"
	"strconv"
	"strings"
	"time"
)

// Bounds of what is answered.
const (
	maxRequest   = 8 << 10 // bytes
	patience     = 10 * time.Second
	maxDuration  = time.Hour
	atATime      = 8 // questions; the others wait
	usualSeconds = 30
)

// serve answers whoever connects.
func serve(l *os.File) {
	free := make(chan struct{}, atATime)
	for {
		free <- struct{}{}
		conn, err := accept(l)
		if err != nil { // there are no descriptors left, or no memory
			<-free
			time.Sleep(time.Second)
			continue
		}
		go func() { // ends when it has answered, or nobody waits for that any more
			defer func() { <-free }()
			answer(conn)
			_ = conn.Close() // what was written has arrived, or nobody reads it
		}()
	}
}

// body is an answer: its head is written with its first byte.
type body struct {
	conn  *os.File
	begun bool
}

// begin writes the head.
func (b *body) begin(status string) {
	if !b.begun {
		b.begun = true
		_, _ = fmt.Fprintf(b.conn, "HTTP/1.0 %s\r\nX-Go-Pprof: 1\r\nX-Muster-Agent: 1\r\nContent-Type: application/octet-stream\r\n\r\n", status) // as for Write
	}
}

// Write writes to the connection; whoever has left reads nothing.
func (b *body) Write(p []byte) (int, error) {
	b.begin("200 OK")
	return b.conn.Write(p)
}

// fail answers that it cannot.
func (b *body) fail(status, why string) {
	b.begin(status)
	_, _ = io.WriteString(b.conn, why+"\n") // as for Write
}

// answer reads one request, such as "GET /debug/pprof/heap HTTP/1.1", and
// answers it in the way of net/http/pprof. Two things are its own: that of a
// profile which takes time comes at once when no more can be asked on the
// connection, and the name "record".
func answer(conn *os.File) {
	_ = conn.SetReadDeadline(time.Now().Add(patience)) // a socket has deadlines
	target, ok := read(conn)
	_ = conn.SetReadDeadline(time.Time{})
	b := &body{conn: conn}
	path, query, _ := strings.Cut(target, "?")
	name, ok2 := strings.CutPrefix(path, "/debug/pprof/")
	ask, err := url.ParseQuery(query)
	if !ok || !ok2 || err != nil {
		b.fail("400 Bad Request", "Unknown request")
		return
	}
	switch name {
	case "profile":
		takes(b, ask, "CPU profiling", pprof.StartCPUProfile, pprof.StopCPUProfile)
	case "trace":
		takes(b, ask, "tracing", trace.Start, trace.Stop)
	case "record":
		if !record(b, ask.Get("kind")) {
			b.fail("404 Not Found", "Unknown kind")
		}
	default:
		lookup(b, name, ask)
	}
}

// read returns what is asked for by a GET.
func read(conn *os.File) (target string, ok bool) {
	var text []byte
	for buf := make([]byte, 1024); !bytes.Contains(text, []byte("\r\n\r\n")); {
		n, err := conn.Read(buf)
		text = append(text, buf[:n]...)
		if err != nil || len(text) > maxRequest {
			return "", false
		}
	}
	line, _, _ := strings.Cut(string(text), "\r\n")
	f := strings.Fields(line)
	return strings.Join(f[min(1, len(f)):min(2, len(f))], ""), len(f) == 3 && f[0] == "GET"
}

// takes answers with what is recorded for some seconds.
func takes(b *body, ask url.Values, what string, start func(io.Writer) error, stop func()) {
	seconds, err := strconv.ParseFloat(ask.Get("seconds"), 64)
	if err != nil || seconds <= 0 || seconds > maxDuration.Seconds() {
		seconds = usualSeconds
	}
	if err := start(b); err != nil {
		b.fail("500 Internal Server Error", "Could not enable "+what+": "+err.Error())
		return
	}
	hung := hangup(b.conn)
	timer := time.NewTimer(time.Duration(seconds * float64(time.Second)))
	select {
	case <-timer.C:
	case <-hung:
	}
	timer.Stop()
	stop() // it writes
}

// hangup is closed when nothing more can be asked on a connection, or it is
// closed itself: then the goroutine that waits for that ends, too.
func hangup(conn *os.File) <-chan struct{} {
	hung := make(chan struct{})
	go func() {
		defer close(hung)
		_, _ = io.Copy(io.Discard, conn) // why it ended is the same to us
	}()
	return hung
}

// lookup answers with a profile that the runtime has ready.
func lookup(b *body, name string, ask url.Values) {
	p := pprof.Lookup(name)
	if p == nil {
		b.fail("404 Not Found", "Unknown profile")
		return
	}
	if name == "heap" && ask.Get("gc") == "1" {
		runtime.GC()
	}
	debug, _ := strconv.Atoi(ask.Get("debug")) // 0 is the format of pprof
	_ = p.WriteTo(b, debug)                    // as for Write
}
