package session

import "golang.org/x/sys/unix"

// socketUID asks for LOCAL_PEERCRED, see unix(4).
func socketUID(fd int) (int, error) {
	cred, err := unix.GetsockoptXucred(fd, unix.SOL_LOCAL, unix.LOCAL_PEERCRED)
	if err != nil {
		return 0, err
	}
	return int(cred.Uid), nil
}
