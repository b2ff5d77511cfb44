package session

import (
	"fmt"
	"net"
)

// peerUID returns the user at the other end of a Unix socket.
func peerUID(conn net.Conn) (uid int, err error) {
	c, ok := conn.(*net.UnixConn)
	if !ok {
		return 0, fmt.Errorf("%T is no Unix socket", conn)
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return 0, err
	}
	var inner error
	if err := raw.Control(func(fd uintptr) { uid, inner = socketUID(int(fd)) }); err != nil {
		return 0, err
	}
	return uid, inner
}
