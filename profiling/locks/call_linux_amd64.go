package locks

import "golang.org/x/sys/unix"

func init() {
	for nr, is := range map[int]callKind{
		unix.SYS_POLL: callPoll, unix.SYS_SELECT: callSelect, unix.SYS_EPOLL_WAIT: callEpoll,
		unix.SYS_PAUSE: callPause, unix.SYS_OPEN: callOpen, unix.SYS_VFORK: callChild, unix.SYS_FORK: callChild,
	} {
		calls[nr] = is
	}
}
