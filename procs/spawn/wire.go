package spawn

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// maxFrame bounds a frame; the kernel's own limit for arguments and
// environment together is 6 MiB (fs/exec.c, bprm_stack_limits).
const maxFrame = 64 << 20

// maxFDs is the largest number of descriptors that a frame carries.
const maxFDs = 5

var errWire = errors.New("malformed message on the guard's channel")

// channel is one end of the socket pair between muster and the guard. A
// frame on it is the length of what follows (4 bytes), the kind of message,
// the number of descriptors that came with its first byte, and the message.
//
// A stream socket is used because a datagram must fit the socket's buffer,
// and arguments need not.
type channel struct {
	socket *os.File
	raw    syscall.RawConn

	writing sync.Mutex
	out     []byte // frames that are to be written
	soon    bool   // they will be, soon

	in      []byte // received; in[read:] is not parsed yet
	read    int
	oob     []byte
	rights  []rights // received and not yet claimed by a frame
	scratch []byte
}

// rights are the descriptors that have come with one frame.
type rights struct {
	fds []int
	cut bool // there was no room for all of them, so they are closed
}

// frame is one received message. Whoever receives it owns its descriptors.
type frame struct {
	kind kind
	body string
	rights
}

// newChannel makes a channel of a socket, which it owns from then on.
func newChannel(fd int) (*channel, error) {
	kind, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE)
	if err == nil && kind != unix.SOCK_STREAM {
		err = unix.EPROTOTYPE
	}
	if err == nil {
		err = unix.SetNonblock(fd, true)
	}
	if err != nil {
		_ = unix.Close(fd) // nothing was written to it
		return nil, fmt.Errorf("no channel to the guard: %w", err)
	}
	c := &channel{socket: os.NewFile(uintptr(fd), "guard channel"), oob: make([]byte, unix.CmsgSpace(4*maxFDs)), scratch: make([]byte, 64<<10)}
	if c.raw, err = c.socket.SyscallConn(); err != nil {
		_ = c.socket.Close() // likewise
	}
	return c, err
}

func (c *channel) close() { _ = c.socket.Close() } // frames are written whole or not at all: nothing is lost

// send writes a message. The descriptors stay the caller's, who may close
// them as soon as send returns.
func (c *channel) send(m message, fds ...int) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	if len(fds) > 0 && len(c.out) > 0 { // they come with the first byte of their frame
		if err := c.flush(); err != nil {
			return err
		}
	}
	if err := c.put(m, len(fds)); err != nil {
		return err
	}
	if len(fds) == 0 {
		return c.flush()
	}
	n, err := c.sendWith(fds)
	if err != nil {
		c.out = c.out[:0]
		return err
	}
	c.out = append(c.out[:0], c.out[n:]...)
	return c.flush()
}

// sendWith writes descriptors and at least the first byte of what is to be written.
func (c *channel) sendWith(fds []int) (n int, err error) {
	rights := unix.UnixRights(fds...)
	waited := c.raw.Write(func(fd uintptr) bool {
		for {
			if n, err = unix.SendmsgN(int(fd), c.out, rights, nil, noSignal); err != unix.EINTR {
				return err != unix.EAGAIN
			}
		}
	})
	if waited != nil {
		return 0, os.ErrClosed // nothing else fails without a deadline, and it is told as internal/poll's own error
	}
	return n, err
}

// soonAfter is how long a message may wait for the next one.
const soonAfter = 3 * time.Millisecond

// sendSoon writes a message together with the next one, or after soonAfter: to
// wake up whoever reads costs more than the message.
func (c *channel) sendSoon(m message) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	if err := c.put(m, 0); err != nil {
		return err
	}
	if !c.soon {
		c.soon = true
		time.AfterFunc(soonAfter, func() {
			c.writing.Lock()
			defer c.writing.Unlock()
			c.soon = false
			_ = c.flush() // fails if nobody reads any more
		})
	}
	return nil
}

// put adds a frame to what is to be written.
func (c *channel) put(m message, fds int) error {
	start := len(c.out)
	c.out = append(c.out, 0, 0, 0, 0, byte(m.kind()), byte(fds))
	c.out = m.appendTo(c.out)
	size := len(c.out) - start
	if size > maxFrame {
		c.out = c.out[:start]
		return unix.E2BIG
	}
	binary.NativeEndian.PutUint32(c.out[start:], uint32(size-4))
	return nil
}

// flush writes all frames.
func (c *channel) flush() error {
	if len(c.out) == 0 {
		return nil
	}
	_, err := c.socket.Write(c.out)
	c.out = c.out[:0]
	return err
}

// receive returns the next message, io.EOF after the last one.
func (c *channel) receive() (frame, error) {
	head, err := c.next(6)
	if err != nil {
		return frame{}, err
	}
	size, k, count := int(binary.NativeEndian.Uint32(head)), kind(head[4]), int(head[5])
	if size < 2 || size > maxFrame || count > 0 && len(c.rights) == 0 {
		return frame{}, errWire
	}
	var with rights
	if count > 0 {
		with, c.rights = c.rights[0], c.rights[1:]
	}
	if !with.cut && len(with.fds) != count {
		return frame{}, errWire
	}
	body, err := c.next(size - 2)
	if err != nil {
		return frame{}, err
	}
	return frame{k, string(body), with}, nil
}

// next returns the next n bytes; they are valid until it is called again.
func (c *channel) next(n int) ([]byte, error) {
	for len(c.in)-c.read < n {
		if err := c.fill(); err != nil {
			return nil, err
		}
	}
	b := c.in[c.read : c.read+n]
	c.read += n
	return b, nil
}

// fill reads what is there. A read never passes the end of a message that
// carried descriptors, see unix_stream_read_generic in net/unix/af_unix.c, so
// those of two messages cannot mix; they come no later than their first byte.
func (c *channel) fill() error {
	c.in, c.read = append(c.in[:0], c.in[c.read:]...), 0
	n, oobn, flags, err := c.receiveSome()
	if err != nil {
		return err
	}
	cut := flags&unix.MSG_CTRUNC != 0
	if oobn > 0 || cut {
		if err := c.claim(c.oob[:oobn], cut); err != nil {
			return err
		}
	}
	if n == 0 {
		return io.EOF
	}
	c.in = append(c.in, c.scratch[:n]...)
	return nil
}

// receiveSome reads what is there, and waits until there is something.
func (c *channel) receiveSome() (n, oobn, flags int, err error) {
	waited := c.raw.Read(func(fd uintptr) bool {
		for {
			if n, oobn, flags, _, err = unix.Recvmsg(int(fd), c.scratch, c.oob, closeOnExec); err != unix.EINTR {
				return err != unix.EAGAIN
			}
		}
	})
	if waited != nil {
		return 0, 0, 0, os.ErrClosed // as in sendWith
	}
	return n, oobn, flags, err
}

// claim takes the descriptors that have come. Of those for which this process has no
// room in its table the kernel gives as many as fit, perhaps none, and says that they
// are cut (MSG_CTRUNC; net/core/scm.c, scm_detach_fds): a part is of no use.
func (c *channel) claim(oob []byte, cut bool) error {
	with := rights{cut: cut}
	messages, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return err
	}
	for i := range messages {
		fds, err := unix.ParseUnixRights(&messages[i])
		if err != nil {
			return err
		}
		closeInPrograms(fds)
		with.fds = append(with.fds, fds...)
	}
	if cut {
		for i := range with.fds {
			closeFD(&with.fds[i])
		}
		with.fds = nil
	}
	c.rights = append(c.rights, with)
	return nil
}
