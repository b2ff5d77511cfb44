package goroutines

import (
	"bufio"
	"encoding/hex"
	"io"
	"net/netip"
	"strconv"
	"strings"
)

// maxSockets bounds how many lines of a table of sockets are read.
const maxSockets = 1 << 16

// The states of a TCP socket that matter (include/net/tcp_states.h).
const (
	established = 0x01
	listening   = 0x0a
)

// tcpSocket is one line of /proc/PID/net/tcp or tcp6, see proc(5).
type tcpSocket struct {
	local, remote netip.AddrPort
	state         uint64
	inode         uint64
}

// unixSocket is one of /proc/PID/net/unix that listens and has a path.
type unixSocket struct {
	path  string // "@name" if it is none in the file system
	inode uint64
}

// lines calls do for each line but the first.
func lines(r io.Reader, do func(line string)) {
	in := bufio.NewScanner(io.LimitReader(r, maxSockets*256))
	for n := 0; in.Scan() && n < maxSockets; n++ {
		if n > 0 {
			do(in.Text())
		}
	}
}

// parseTCP reads a table; what is no socket in it is left out.
func parseTCP(r io.Reader) (list []tcpSocket) {
	lines(r, func(line string) {
		f := strings.Fields(line)
		if len(f) < 10 {
			return
		}
		local, ok := parseAddr(f[1])
		remote, ok2 := parseAddr(f[2])
		state, err := strconv.ParseUint(f[3], 16, 8)
		inode, err2 := strconv.ParseUint(f[9], 10, 64)
		if ok && ok2 && err == nil && err2 == nil {
			list = append(list, tcpSocket{local, remote, state, inode})
		}
	})
	return list
}

// parseAddr reads "0100007F:1F90": the words of an address are in the order of
// the machine, which here is little-endian.
func parseAddr(s string) (netip.AddrPort, bool) {
	text, portText, _ := strings.Cut(s, ":")
	b, err := hex.DecodeString(text)
	port, err2 := strconv.ParseUint(portText, 16, 16)
	if err != nil || err2 != nil || len(b) != 4 && len(b) != 16 {
		return netip.AddrPort{}, false
	}
	for i := 0; i < len(b); i += 4 {
		b[i], b[i+1], b[i+2], b[i+3] = b[i+3], b[i+2], b[i+1], b[i]
	}
	a, _ := netip.AddrFromSlice(b)
	return netip.AddrPortFrom(a.Unmap(), uint16(port)), true
}

// parseUnix reads the table of Unix sockets: those that accept connections
// (flag __SO_ACCEPTCON, 0x10000) of streams (type 1).
func parseUnix(r io.Reader) (list []unixSocket) {
	lines(r, func(line string) {
		var f [7]string
		for i := range f {
			f[i], line, _ = strings.Cut(strings.TrimLeft(line, " "), " ")
		}
		inode, err := strconv.ParseUint(f[6], 10, 64)
		if err == nil && f[3] == "00010000" && f[4] == "0001" && line != "" {
			list = append(list, unixSocket{line, inode})
		}
	})
	return list
}

// target is where a TCP socket can be reached from this machine without
// leaving it; false if only through a network.
func (s tcpSocket) target() (netip.AddrPort, bool) {
	a := s.local.Addr()
	switch {
	case a.IsLoopback():
	case a.IsUnspecified() && a.Is4():
		a = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	case a.IsUnspecified():
		a = netip.IPv6Loopback()
	default:
		return netip.AddrPort{}, false
	}
	return netip.AddrPortFrom(a, s.local.Port()), true
}
