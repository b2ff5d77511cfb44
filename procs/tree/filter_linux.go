package tree

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// attachFilter has the kernel drop the events that nobody here asks for: all
// but forks, execs and exits, and those of threads. A program with many
// threads would otherwise wake muster for each of them.
//
// It is a classic BPF program (Documentation/networking/filter.rst) over the
// whole message, netlink header included.
func attachFilter(fd int) error {
	program := []unix.SockFilter{
		0: load(whatAt),
		1: ifEqual(eventAck, 12, 0), // to the acceptance, 14
		2: ifEqual(eventExec, 11, 0),
		3: ifEqual(eventFork, 1, 0),
		4: ifEqual(eventExit, 4, 8), // to 9, or to the refusal, 13

		5: load(dataAt + 8), // child_pid
		6: {Code: unix.BPF_MISC | unix.BPF_TAX},
		7: load(dataAt + 12), // child_tgid
		8: {Code: unix.BPF_JMP | unix.BPF_JA, K: 3},

		9:  load(dataAt), // process_pid
		10: {Code: unix.BPF_MISC | unix.BPF_TAX},
		11: load(dataAt + 4), // process_tgid

		12: {Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_X, Jt: 1, Jf: 0},
		13: {Code: unix.BPF_RET | unix.BPF_K, K: 0},
		14: {Code: unix.BPF_RET | unix.BPF_K, K: 0xffffffff},
	}
	return unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &unix.SockFprog{
		Len: uint16(len(program)), Filter: &program[0],
	})
}

// load reads the 32 bits at an offset.
func load(at uint32) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: at}
}

// ifEqual compares what was read, which the filter takes as big endian, with
// a value that the kernel wrote in the machine's own order.
func ifEqual(value uint32, then, otherwise uint8) unix.SockFilter {
	var b [4]byte
	binary.NativeEndian.PutUint32(b[:], value)
	return unix.SockFilter{
		Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: binary.BigEndian.Uint32(b[:]), Jt: then, Jf: otherwise,
	}
}
