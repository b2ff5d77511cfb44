package native

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"example.com/muster/profiling/peek"
)

var errAnotherFile = errors.New("the file on disk is another one")

// disk is a file on disk.
type disk struct{ *os.File }

// Stat tells how large it is and when it was changed.
func (d disk) Stat() (int64, time.Time, error) {
	st, err := d.File.Stat()
	if err != nil {
		return 0, time.Time{}, err
	}
	return st.Size(), st.ModTime(), nil
}

// openMapped opens the very file that a mapping shows. Its path is the
// program's own and may mean something else here and now: it is looked up in
// the program's file system, and opened only if it is that regular file, since
// to open a device can have an effect.
func openMapped(p peek.Process, maps []peek.Mapping, m *peek.Mapping) (file, int64, time.Time, error) {
	proc := "/proc/" + strconv.Itoa(p.Ref.PID)
	names := []string{proc + "/root" + m.File(), proc + "/exe", fmt.Sprintf("%s/map_files/%x-%x", proc, m.Start, m.End)}
	err := error(unix.ENOENT)
	for _, name := range names {
		f, size, modified, err2 := openInode(p, maps, m, name)
		if err2 == nil {
			return f, size, modified, nil
		}
		if name == names[0] || errors.Is(err, unix.ENOENT) && errors.Is(err2, errAnotherFile) && name != names[1] {
			err = err2
		}
	}
	return nil, 0, time.Time{}, err
}

// openInode opens a name if it is what the mapping shows.
func openInode(p peek.Process, maps []peek.Mapping, m *peek.Mapping, name string) (file, int64, time.Time, error) {
	none := func(err error) (file, int64, time.Time, error) { return nil, 0, time.Time{}, err }
	fd, err := unix.Open(name, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return none(err)
	}
	defer func() { _ = unix.Close(fd) }()
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return none(err)
	}
	if st.Mode&unix.S_IFMT != unix.S_IFREG || st.Ino != m.Inode {
		return none(errAnotherFile)
	}
	f, err := os.Open("/proc/self/fd/" + strconv.Itoa(fd))
	if err != nil {
		return none(err)
	}
	if dev := fmt.Sprintf("%02x:%02x", unix.Major(st.Dev), unix.Minor(st.Dev)); dev != m.Dev && !sameStart(p, maps, m, f) {
		f.Close()
		return none(errAnotherFile)
	}
	return disk{f}, st.Size, time.Unix(st.Mtim.Unix()), nil
}

// sameStart compares the file's first page, which has the linker's build id,
// with what the process has mapped of it: btrfs and overlayfs give another
// device number in maps than in stat(2).
func sameStart(p peek.Process, maps []peek.Mapping, m *peek.Mapping, f *os.File) bool {
	for i := range maps {
		first := &maps[i]
		if first.Inode != m.Inode || first.Dev != m.Dev || first.Offset != 0 {
			continue
		}
		var here, there [4096]byte
		if n, err := f.ReadAt(here[:], 0); n < 64 || n < len(here) && err == nil {
			return false
		}
		return p.ReadAt(there[:], first.Start) == nil && bytes.Equal(here[:], there[:])
	}
	return false
}

// openFile opens a file of this system's.
func openFile(name string) (file, int64, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, 0, err
	}
	st, err := f.Stat()
	if err != nil || !st.Mode().IsRegular() {
		f.Close()
		return nil, 0, errors.Join(err, errELF)
	}
	return disk{f}, st.Size(), nil
}

// openProgram opens what a process runs, also if it was deleted. A program can
// run only a regular file.
func openProgram(p peek.Process) (file, int64, error) {
	f, size, err := openFile("/proc/" + strconv.Itoa(p.Ref.PID) + "/exe")
	if errors.Is(err, os.ErrNotExist) {
		err = peek.ErrGone
	}
	return f, size, err
}

// errOwner says that a file is another user's.
var errOwner = errors.New("the file is another user's")

// OpenPerfMap reads what a program tells of the code that it has made. /tmp is
// everybody's: the file must be regular and belong to whom the program does, or
// to root.
func OpenPerfMap(p peek.Process) (*PerfMap, error) {
	proc := "/proc/" + strconv.Itoa(p.Ref.PID)
	var owner, st unix.Stat_t
	if err := unix.Stat(proc, &owner); err != nil {
		return nil, peek.ErrGone
	}
	name := fmt.Sprintf("%s/root/tmp/perf-%d.map", proc, p.InnerPID())
	fd, err := unix.Open(name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	f := os.NewFile(uintptr(fd), name)
	defer f.Close() // it was only read
	if err := unix.Fstat(fd, &st); err != nil {
		return nil, err
	}
	if st.Mode&unix.S_IFMT != unix.S_IFREG || st.Uid != owner.Uid && st.Uid != 0 {
		return nil, errOwner
	}
	return ParsePerfMap(f), nil
}
