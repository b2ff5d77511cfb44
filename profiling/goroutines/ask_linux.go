package goroutines

import (
	"context"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"example.com/muster/procs"
	"example.com/muster/profiling/native"
	"example.com/muster/profiling/peek"
)

// maxDescriptors bounds how many of a process are looked at.
const maxDescriptors = 1 << 16

// endpoint is a listening socket of a process.
type endpoint struct {
	network, addr string
	inode         uint64
}

func procDir(p procs.PIDRef) string { return "/proc/" + strconv.Itoa(p.PID) + "/" }

// programOf tells which file a process runs, or that it is another process.
func programOf(p procs.PIDRef) (inode uint64, err error) {
	if !(peek.Process{Ref: p}).Alive() {
		return 0, peek.ErrGone
	}
	var st unix.Stat_t
	if err := unix.Stat(procDir(p)+"exe", &st); err != nil {
		if err == unix.EACCES || err == unix.EPERM {
			return 0, peek.ErrNotPermitted
		}
		return 0, peek.ErrGone
	}
	return st.Ino, nil
}

// mayAsk returns nil if a process runs a Go program with net/http/pprof in it.
// Other programs are not sent requests that they do not expect.
func mayAsk(p procs.PIDRef) error {
	is, pprof, err := native.GoProgram(peek.Process{Ref: p})
	switch {
	case err != nil:
		return err
	case !is:
		return ErrNotGo
	case !pprof:
		return ErrNoEndpoint
	}
	return nil
}

// endpoints lists the sockets on which a process listens where only this
// machine, or any, can reach it.
func endpoints(p procs.PIDRef) ([]endpoint, error) {
	mine, err := sockets(p)
	if err != nil || len(mine) == 0 {
		return nil, err
	}
	var list, local []endpoint
	for _, s := range unixSockets(p) {
		if !mine[s.inode] {
			continue
		}
		delete(mine, s.inode)
		if s.path[0] == '/' || s.path[0] == '@' && sameNetwork(p) {
			local = append(local, endpoint{"unix", s.path, s.inode})
		}
	}
	if len(mine) == 0 {
		return local, nil // that of muster's agent, as a rule; the tables of TCP take a millisecond, however empty they are
	}
	for _, s := range tcpSockets(p) {
		if to, ok := s.target(); ok && s.state == listening && mine[s.inode] && sameNetwork(p) {
			list = append(list, endpoint{"tcp", to.String(), s.inode})
		}
	}
	return append(list, local...), nil
}

// sockets are the inodes of a process's sockets.
func sockets(p procs.PIDRef) (map[uint64]bool, error) {
	dir, err := os.Open(procDir(p) + "fd")
	if os.IsPermission(err) {
		return nil, peek.ErrNotPermitted
	}
	if err != nil {
		return nil, peek.ErrGone
	}
	defer dir.Close() // it was only read
	names, _ := dir.Readdirnames(maxDescriptors)
	mine := map[uint64]bool{}
	for _, name := range names {
		to, _ := os.Readlink(dir.Name() + "/" + name) // a closed one has no target
		if text, ok := strings.CutPrefix(to, "socket:["); ok {
			if n, err := strconv.ParseUint(strings.TrimSuffix(text, "]"), 10, 64); err == nil {
				mine[n] = true
			}
		}
	}
	return mine, nil
}

// tcpSockets reads the tables of a process's network.
func tcpSockets(p procs.PIDRef) (list []tcpSocket) {
	for _, name := range []string{"tcp", "tcp6"} {
		if f, err := os.Open(procDir(p) + "net/" + name); err == nil {
			list = append(list, parseTCP(f)...)
			_ = f.Close() // it was only read
		}
	}
	return list
}

func unixSockets(p procs.PIDRef) []unixSocket {
	f, err := os.Open(procDir(p) + "net/unix")
	if err != nil {
		return nil
	}
	defer f.Close() // it was only read
	return parseUnix(f)
}

// sameNetwork reports whether an address means the same here as in a process.
func sameNetwork(p procs.PIDRef) bool {
	theirs, err := os.Readlink(procDir(p) + "ns/net")
	ours, err2 := os.Readlink("/proc/self/ns/net")
	return err == nil && err2 == nil && theirs == ours
}

// dial connects to an endpoint. A path is looked up in the process's file
// system, and reached by a descriptor: a socket's name may have 107 bytes only.
func (e endpoint) dial(ctx context.Context, p procs.PIDRef) (net.Conn, error) {
	var d net.Dialer
	if e.network != "unix" || e.addr[0] != '/' {
		return d.DialContext(ctx, e.network, e.addr)
	}
	name := procDir(p) + "root" + e.addr
	if own, ok := strings.CutPrefix(e.addr, "/proc/self/"); ok { // so does muster's agent where a path is long
		name = procDir(p) + own
	}
	fd, err := unix.Open(name, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer func() { _ = unix.Close(fd) }()
	return d.DialContext(ctx, e.network, "/proc/self/fd/"+strconv.Itoa(fd))
}

// doubt is for how long a connection that another process seems to have
// accepted, or that seems to have no other end any more, is looked at: accept(2)
// gives a socket its number before its descriptor.
const doubt = 500 * time.Millisecond

// leadsTo reports whether the other end of a connection is the process. Several
// may listen at one port (SO_REUSEPORT), or one at an address and another at all
// of them. Of a Unix socket the kernel says who listens; the accepted socket of
// TCP must become one of the process's own.
func (e endpoint) leadsTo(ctx context.Context, p procs.PIDRef, conn net.Conn) bool {
	if c, ok := conn.(*net.UnixConn); ok {
		return listener(c) == p.PID && (peek.Process{Ref: p}).Alive()
	}
	near, ok := addrPort(conn.LocalAddr())
	far, ok2 := addrPort(conn.RemoteAddr())
	began := time.Now()
	for pause := time.Millisecond; ok && ok2; pause *= 2 {
		inode, open := acceptedAs(p, far, near)
		mine, err := sockets(p)
		switch {
		case err != nil:
			return false
		case inode != 0 && mine[inode]:
			return (peek.Process{Ref: p}).Alive()
		case (inode != 0 || !open) && time.Since(began) > doubt:
			return false
		}
		select {
		case <-ctx.Done():
			return false
		case <-time.After(pause):
		}
	}
	return false
}

// acceptedAs is the number of the socket at the other end of a connection, 0
// as long as nobody has accepted it, and whether there is that end.
func acceptedAs(p procs.PIDRef, local, remote netip.AddrPort) (inode uint64, open bool) {
	for _, s := range tcpSockets(p) {
		if s.state == established && s.local == local && s.remote == remote {
			return s.inode, true
		}
	}
	return 0, false
}

func addrPort(a net.Addr) (netip.AddrPort, bool) {
	t, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}, false
	}
	ap := t.AddrPort()
	return netip.AddrPortFrom(ap.Addr().Unmap().WithZone(""), ap.Port()), true
}

// listener is the process that called listen(2) for the other end.
func listener(c *net.UnixConn) (pid int) {
	raw, err := c.SyscallConn()
	if err != nil {
		return 0
	}
	err = raw.Control(func(fd uintptr) {
		if cred, err := unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED); err == nil {
			pid = int(cred.Pid)
		}
	})
	if err != nil {
		return 0
	}
	return pid
}
