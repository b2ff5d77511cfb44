package locks

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"example.com/muster/profiling/locks/graph"
)

// sockets knows which socket is connected to which, by inode.
type sockets struct {
	at    time.Time
	peer  map[uint64]uint64
	name  map[uint64]string // where it leads to, for people
	bound map[uint64]bool   // Unix sockets that have a name: those of a server
	asked map[uint64]bool   // TCP connections to a port at which nobody here listens, or somebody else does
}

// socketsEvery is how often the kernel is asked for its sockets.
const socketsEvery = time.Second

// socket adds a wait for bytes from a socket, for room in it, or for somebody who connects.
func (l *looker) socket(p *process, t *thread, target string, write bool) graph.Doing {
	ino := inode(target)
	id := graph.ID(fmt.Sprintf("socket:%d", ino))
	if write {
		id += ":full"
	}
	l.wait(t, id, !write, func() graph.Object {
		l.socks.read(p.PID, l.now)
		o := graph.Object{Kind: graph.Socket, Name: fmt.Sprintf("socket %d", ino), State: "empty", Any: true}
		switch {
		case write:
			o.State = "full"
		case t.at.is == callAccept:
			o.State = "nobody connects"
		}
		if name := cmp.Or(l.pipeMade(ino, "socket"), l.socks.name[ino]); name != "" {
			o.Name = name
		}
		peer := l.socks.peer[ino]
		if peer == 0 {
			return o // not connected, or to another machine
		}
		other := fmt.Sprintf("socket:[%d]", peer)
		for _, e := range l.whoHas(other) {
			o.Holders = append(o.Holders, e.of.holder("has the other end open"))
		}
		o.Complete = !l.ends.hold(l, other) && len(o.Holders) > 0
		return o
	})
	return graph.InSocket
}

// read asks for the Unix sockets, and the TCP connections of a process's network.
func (s *sockets) read(pid int, now time.Time) {
	if now.Sub(s.at) < socketsEvery {
		return
	}
	*s = sockets{at: now, peer: map[uint64]uint64{}, name: map[uint64]string{}, bound: map[uint64]bool{}, asked: map[uint64]bool{}}
	s.unix()
	s.tcp(pid, "tcp")
	s.tcp(pid, "tcp6")
}

// Of the kernel's interface for Unix sockets, include/uapi/linux/sock_diag.h
// and unix_diag.h.
const (
	sockDiagByFamily = 20
	udiagShowName    = 0x1
	udiagShowPeer    = 0x4
	unixDiagName     = 0
	unixDiagPeer     = 2
)

// unix asks for all Unix sockets of this network namespace, with their peers.
func (s *sockets) unix() {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, unix.NETLINK_SOCK_DIAG)
	if err != nil {
		return // then the peers are not known
	}
	defer func() { _ = unix.Close(fd) }() // it was only asked
	_ = unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Usec: 200_000})
	question := make([]byte, 40) // struct nlmsghdr, struct unix_diag_req
	binary.NativeEndian.PutUint32(question, uint32(len(question)))
	binary.NativeEndian.PutUint16(question[4:], sockDiagByFamily)
	binary.NativeEndian.PutUint16(question[6:], unix.NLM_F_REQUEST|unix.NLM_F_DUMP)
	question[16] = unix.AF_UNIX
	binary.NativeEndian.PutUint32(question[20:], 0xffffffff) // in any state
	binary.NativeEndian.PutUint32(question[28:], udiagShowName|udiagShowPeer)
	if unix.Sendto(fd, question, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}) != nil {
		return
	}
	buf := make([]byte, 64<<10)
	for {
		n, _, err := unix.Recvfrom(fd, buf, 0)
		if err != nil || n < 16 || !s.messages(buf[:n]) {
			return
		}
	}
}

// messages takes in netlink messages; it returns false after the last one.
func (s *sockets) messages(b []byte) bool {
	for len(b) >= 16 {
		size := int(binary.NativeEndian.Uint32(b))
		kind := binary.NativeEndian.Uint16(b[4:])
		if size < 16 || size > len(b) || kind == unix.NLMSG_DONE || kind == unix.NLMSG_ERROR {
			return false
		}
		if kind == sockDiagByFamily && size >= 32 {
			s.message(b[16:size])
		}
		b = b[min(len(b), (size+3)&^3):]
	}
	return true
}

// message takes in a struct unix_diag_msg with its attributes.
func (s *sockets) message(b []byte) {
	ino := uint64(binary.NativeEndian.Uint32(b[4:]))
	for b = b[16:]; len(b) >= 4; {
		size, kind := int(binary.NativeEndian.Uint16(b)), binary.NativeEndian.Uint16(b[2:])
		if size < 4 || size > len(b) {
			return
		}
		switch value := b[4:size]; {
		case kind == unixDiagPeer && len(value) >= 4:
			s.peer[ino] = uint64(binary.NativeEndian.Uint32(value))
		case kind == unixDiagName && len(value) > 0:
			s.bound[ino] = true
			s.name[ino] = strings.ReplaceAll(strings.TrimRight(string(value), "\x00"), "\x00", "@")
		}
		b = b[min(len(b), (size+3)&^3):]
	}
}

// tcp takes in the connections that both ends of are on this machine: the
// local address of one is the remote address of the other.
func (s *sockets) tcp(pid int, file string) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/%s", pid, file))
	if err != nil {
		return
	}
	byEnds, listens, local := map[string]uint64{}, map[string]bool{}, map[uint64]string{}
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		if len(f) >= 10 && f[3] == "0A" { // TCP_LISTEN
			listens[port(f[1])] = true
			if ino, err := strconv.ParseUint(f[9], 10, 64); err == nil {
				s.name[ino] = "TCP port " + port(f[1])
			}
		}
		if len(f) < 10 || f[3] != "01" { // TCP_ESTABLISHED
			continue
		}
		ino, err := strconv.ParseUint(f[9], 10, 64)
		if err != nil || ino == 0 {
			continue
		}
		byEnds[f[1]+" "+f[2]] = ino
		s.name[ino], local[ino] = "TCP to port "+port(f[2]), port(f[1])
		if other, ok := byEnds[f[2]+" "+f[1]]; ok {
			s.peer[ino], s.peer[other] = other, ino
		}
	}
	for ino, at := range local {
		s.asked[ino] = !listens[at]
	}
}

// asks reports whether this end of a connection is the one that has made it: at
// the other one's name, or from a port at which nobody listens.
func (s *sockets) asks(ino uint64) bool {
	return s.asked[ino] || !s.bound[ino] && s.bound[s.peer[ino]]
}

// port reads the port of "0100007F:1F90".
func port(address string) string {
	_, hex, _ := strings.Cut(address, ":")
	n, _ := strconv.ParseUint(hex, 16, 16)
	return strconv.FormatUint(n, 10)
}
