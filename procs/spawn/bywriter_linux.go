package spawn

import (
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"example.com/muster/procs"
)

// openSockets makes a socket pair each for standard output and error, of
// which muster's ends are told who wrote (unix(7), SO_PASSCRED). A read never
// mixes the bytes of two writers (net/unix/af_unix.c, unix_skb_scm_eq).
//
// Nothing is ever written to the program, and yet its end is not shut for
// reading: asyncio takes an end of file there for the reader's death.
func (s *Streams) openSockets(o StreamOptions) error {
	sources := map[procs.Stream]*source{}
	for i, stream := range [...]procs.Stream{procs.Stdout, procs.Stderr} {
		ours, theirs, err := socketPair()
		if err != nil {
			return err
		}
		s.child[1+i] = theirs
		// Each small write costs a whole socket buffer, so the default holds
		// 280 of them; the kernel grants up to net.core.wmem_max, see socket(7).
		_ = unix.SetsockoptInt(theirs, unix.SOL_SOCKET, unix.SO_SNDBUF, 1<<20)
		if err := unix.SetsockoptInt(ours, unix.SOL_SOCKET, unix.SO_PASSCRED, 1); err != nil {
			_ = unix.Close(ours) // nothing is written to it
			return err
		}
		src, err := s.read(ours, stream, newCredentials().take, false)
		if err != nil {
			return err
		}
		src.keeps = unread
		sources[stream] = src
	}
	if o.EndWriter != nil {
		lines := &openLines{
			ended: hasEnded, end: o.EndWriter, now: time.Now,
			queued: func(stream procs.Stream, pid int) bool { return sources[stream].queued(pid) },
		}
		s.through = lines.before
	}
	return nil
}

// credentials receives with room for one struct ucred and no more: descriptors
// that a program sends along find no place and are closed by the kernel.
type credentials struct{ oob []byte }

func newCredentials() *credentials {
	return &credentials{oob: make([]byte, unix.CmsgSpace(unix.SizeofUcred))}
}

func (c *credentials) take(fd int, p []byte) (n, pid int, err error) { return c.receive(fd, p, 0) }

func (c *credentials) receive(fd int, p []byte, flags int) (n, pid int, err error) {
	n, oobn, _, _, err := unix.Recvmsg(fd, p, c.oob, unix.MSG_CMSG_CLOEXEC|flags)
	if err != nil || n == 0 {
		return n, 0, err
	}
	return n, writer(c.oob[:oobn]), nil
}

// unread reports whether there is something to be read in a socket: of another writer.
func unread(fd int) bool {
	n, err := unix.IoctlGetInt(fd, unix.TIOCINQ) // SIOCINQ, unix(7)
	return err != nil || n > 0
}

// writer returns the pid in a control message, 0 if there is none: the writer
// is in a pid namespace that cannot be seen from here.
func writer(oob []byte) int {
	if len(oob) < unix.CmsgLen(unix.SizeofUcred) {
		return 0
	}
	head := (*unix.Cmsghdr)(unsafe.Pointer(&oob[0]))
	if head.Level != unix.SOL_SOCKET || head.Type != unix.SCM_CREDENTIALS {
		return 0
	}
	return int((*unix.Ucred)(unsafe.Pointer(&oob[unix.CmsgLen(0)])).Pid)
}
