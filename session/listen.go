package session

import (
	"io"
	"log"
	"net"
	"sync"
	"time"
)

// quiet is where net/http says what clients do wrong: that is their affair.
func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

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

// limited accepts so many connections at a time; one more is told that there
// are too many, rather than kept waiting.
type limited struct {
	net.Listener
	free chan struct{} // holds a value for each connection that is open
}

// tooMany is all that a connection too many gets.
const tooMany = "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: 51\r\n\r\n" +
	`{"error":"cannot answer: too many are connected"}` + "\n\n"

func (l *limited) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		select {
		case l.free <- struct{}{}:
			return &counted{Conn: conn, free: l.free}, nil
		default:
		}
		_ = conn.SetWriteDeadline(time.Now().Add(time.Second)) // it fits the socket's buffer
		_, _ = conn.Write([]byte(tooMany))                     // who has gone need not know
		_ = conn.Close()
	}
}

// counted makes room for another connection when it is closed.
type counted struct {
	net.Conn
	free chan struct{}
	once sync.Once
}

func (c *counted) Close() error {
	c.once.Do(func() { <-c.free })
	return c.Conn.Close()
}
