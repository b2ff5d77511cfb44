package permits

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"

	"example.com/muster/procs"
	"example.com/muster/procs/tree"
	"example.com/muster/profiling/peek"
)

// Probe finds out what this machine permits. It starts a copy of this program,
// which ends with it: see [IsChild].
func Probe(ctx context.Context) Facts {
	f := Facts{
		OS: runtime.GOOS, Arch: runtime.GOARCH, Kernel: kernelVersion(), Root: os.Geteuid() == 0, Yama: yama(),
		Container: container(), Seccomp: statusField("Seccomp") == "2", PerfParanoid: sysctl("kernel/perf_event_paranoid"),
		FileLocks: readable("/proc/locks"), Sockets: readable("/proc/self/net/tcp"), Connector: connector(ctx), PidfdInfo: pidfdInfo(), MemoryEvents: memoryEvents(),
		ByWriter: byWriter(), CorePattern: firstLine("/proc/sys/kernel/core_pattern"), Pythons: pythons(), Debuggers: debuggers(),
	}
	f.SharedMemoryFree, f.SharedMemory = sharedMemory()
	var files unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &files) == nil {
		f.FilesSoft, f.FilesHard = files.Cur, files.Max
	}
	c, err := startChild()
	if err != nil {
		f.Child = err.Error()
		f.Syscall, f.Memory, f.FDs, f.Perf = f.Child, f.Child, f.Child, f.Child
		return f
	}
	defer c.end()
	pid := c.cmd.Process.Pid
	f.Syscall = readable(fmt.Sprintf("/proc/%d/task/%d/syscall", pid, pid))
	f.FDs = problem(listable(fmt.Sprintf("/proc/%d/fd", pid)))
	f.Memory = problem(readMemory(pid))
	f.Perf = problem(openPerf(pid))
	return f
}

// problem is an error without the name of the file, "" if there is none.
func problem(err error) string {
	if err == nil {
		return ""
	}
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Path + ": " + path.Err.Error()
	}
	return err.Error()
}

func readable(name string) string {
	_, err := os.ReadFile(name)
	return problem(err)
}

func listable(name string) error {
	_, err := os.ReadDir(name)
	return err
}

func firstLine(name string) string {
	b, err := os.ReadFile(name)
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(string(b), "\n")
	return strings.ToValidUTF8(line, "\uFFFD")
}

func kernelVersion() string { return firstLine("/proc/sys/kernel/osrelease") }

// sysctl reads a number; nil if there is none.
func sysctl(name string) *int {
	n, err := strconv.Atoi(firstLine("/proc/sys/" + name))
	if err != nil {
		return nil
	}
	return &n
}

// statusField reads a line of /proc/self/status.
func statusField(name string) string {
	b, _ := os.ReadFile("/proc/self/status") // without it nothing is found
	_, rest, _ := strings.Cut(string(b), "\n"+name+":")
	line, _, _ := strings.Cut(rest, "\n")
	return strings.TrimSpace(line)
}

// container tells a container by what its makers leave in it.
func container() string {
	for name, file := range map[string]string{"docker": "/.dockerenv", "podman": "/run/.containerenv"} {
		if _, err := os.Stat(file); err == nil {
			return name
		}
	}
	if os.Getenv("KUBERNETES_SERVICE_HOST") != "" {
		return "kubernetes"
	}
	return strings.ToValidUTF8(os.Getenv("container"), "") // systemd-nspawn, lxc
}

// readMemory reads the first bytes of a process's program, as they lie in its memory.
func readMemory(pid int) error {
	p := peek.Process{Ref: procs.PIDRef{PID: pid}}
	maps, err := p.Maps()
	if err != nil {
		return err
	}
	for i := range maps {
		if maps[i].Perm.Has(peek.Read) && maps[i].File() != "" {
			var b [4]byte
			return p.ReadAt(b[:], maps[i].Start)
		}
	}
	return errors.New("it has no mapping of a file")
}

// openPerf asks to sample the CPU clock of a process.
func openPerf(pid int) error {
	fd, err := unix.PerfEventOpen(&unix.PerfEventAttr{
		Type: unix.PERF_TYPE_SOFTWARE, Config: unix.PERF_COUNT_SW_TASK_CLOCK, Size: uint32(unsafe.Sizeof(unix.PerfEventAttr{})),
		Sample: 10_000_000, Bits: unix.PerfBitDisabled | unix.PerfBitExcludeKernel | unix.PerfBitExcludeHv,
	}, pid, -1, -1, unix.PERF_FLAG_FD_CLOEXEC)
	if err != nil {
		return fmt.Errorf("perf_event_open: %w", err)
	}
	return unix.Close(fd)
}

// connector tries to follow the kernel's process events.
func connector(ctx context.Context) string {
	ctx, cancel := context.WithCancel(ctx)
	t := tree.New(tree.Options{})
	done := make(chan struct{})
	go func() { // ends with cancel
		defer close(done)
		_ = t.Run(ctx) // Coverage says why it may not
	}()
	<-t.Opened()
	note := strings.TrimPrefix(t.Coverage(), "descendants are found by polling: ")
	cancel()
	<-done
	return note
}

// pidfdInfo asks what a pidfd refers to, see include/uapi/linux/pidfd.h: the
// number of the request has the size of its first version, 64 bytes.
func pidfdInfo() string {
	const request = 3<<30 | 64<<16 | 0xFF<<8 | 11
	fd, err := unix.PidfdOpen(os.Getpid(), 0)
	if err != nil {
		return "pidfd_open: " + err.Error()
	}
	defer unix.Close(fd) //nolint:errcheck // nothing was written
	info := [8]uint64{1} // PIDFD_INFO_PID, which comes in any case
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), request, uintptr(unsafe.Pointer(&info))); errno != 0 {
		return "PIDFD_GET_INFO: " + errno.Error()
	}
	return ""
}

// memoryEvents looks for the counters of the cgroup that muster is in.
func memoryEvents() string {
	b, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return problem(err)
	}
	for line := range strings.SplitSeq(string(b), "\n") {
		if path, ok := strings.CutPrefix(line, "0::"); ok {
			return readable(filepath.Join("/sys/fs/cgroup", path, "memory.events"))
		}
	}
	return "there is no cgroup v2"
}

// sharedMemory asks how much room there is for shared memory.
func sharedMemory() (free int64, why string) {
	var st unix.Statfs_t
	if err := unix.Statfs("/dev/shm", &st); err != nil {
		return 0, "/dev/shm: " + err.Error()
	}
	if err := unix.Access("/dev/shm", unix.W_OK); err != nil {
		return 0, "/dev/shm cannot be written to: " + err.Error()
	}
	return int64(st.Bavail) * st.Bsize, ""
}

// byWriter sends a byte through a socket that tells who wrote it.
func byWriter() string {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return "socketpair: " + err.Error()
	}
	defer unix.Close(fds[0]) //nolint:errcheck // only a byte of ours was in it
	defer unix.Close(fds[1]) //nolint:errcheck // likewise
	if err := unix.SetsockoptInt(fds[0], unix.SOL_SOCKET, unix.SO_PASSCRED, 1); err != nil {
		return "SO_PASSCRED: " + err.Error()
	}
	if _, err := unix.Write(fds[1], []byte{1}); err != nil {
		return "write: " + err.Error()
	}
	b, oob := make([]byte, 1), make([]byte, unix.CmsgSpace(unix.SizeofUcred))
	_, n, _, _, err := unix.Recvmsg(fds[0], b, oob, 0)
	if err != nil || n < unix.CmsgLen(unix.SizeofUcred) {
		return "the kernel does not say who wrote"
	}
	return ""
}
