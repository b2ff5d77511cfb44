package peek

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"example.com/muster/procs"
)

// TestOwnMemory: what is read is what stands there, and holes are errors.
func TestOwnMemory(t *testing.T) {
	self := Process{procs.PIDRef{PID: os.Getpid()}}
	page, err := unix.Mmap(-1, 0, 2*os.Getpagesize(), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Munmap(page) }()
	addr := uint64(uintptr(unsafe.Pointer(&page[0])))
	size := uint64(os.Getpagesize())
	copy(page[size-8:], "seven...")
	if err := unix.Mprotect(page[size:], unix.PROT_NONE); err != nil {
		t.Fatal(err)
	}
	var b [16]byte
	if n, err := self.ReadSome(b[:], addr+size-8); n != 8 || err != nil || string(b[:8]) != "seven..." {
		t.Errorf("read %d bytes %q up to the hole, %v", n, b[:n], err)
	}
	if err := self.ReadAt(b[:], addr+size-8); !errors.Is(err, unix.EFAULT) {
		t.Errorf("reading over a hole: %v", err)
	}
	if _, err := CString(self, addr+size-8, 100); err == nil {
		t.Error("a string that ends in a hole was read")
	}
	if s, err := CString(self, addr, 100); s != "" || err != nil {
		t.Errorf("%q, %v", s, err)
	}
	maps, err := self.Maps()
	if err != nil {
		t.Fatal(err)
	}
	m := Find(maps, addr)
	if m == nil || !m.Perm.Has(Read|Write) || m.Inode != 0 || m.File() != "" {
		t.Errorf("%#x lies in %+v", addr, m)
	}
	if next := Find(maps, addr+size); next == nil || next.Perm != 0 {
		t.Errorf("the page behind it is %+v", next)
	}
	if m := Find(maps, 8); m != nil {
		t.Errorf("address 8 lies in %+v", m)
	}
}

// TestGone: a process that has ended is told from one that may not be looked at.
func TestGone(t *testing.T) {
	cmd := exec.Command("/bin/true")
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	p := Process{procs.PIDRef{PID: cmd.Process.Pid, StartTime: 1}}
	var b [8]byte
	if err := p.ReadAt(b[:], 4096); !errors.Is(err, ErrGone) {
		t.Errorf("memory of a process that has ended: %v", err)
	}
	if _, err := p.Maps(); !errors.Is(err, ErrGone) || !strings.HasPrefix(err.Error(), "cannot read the mappings of pid ") {
		t.Errorf("mappings of a process that has ended: %v", err)
	}
	if p.Alive() || (Process{procs.PIDRef{PID: os.Getpid(), StartTime: 1}}).Alive() {
		t.Error("it is said to live")
	}
	if !(Process{procs.PIDRef{PID: os.Getpid()}}).Alive() {
		t.Error("this process is said to be gone")
	}
}
