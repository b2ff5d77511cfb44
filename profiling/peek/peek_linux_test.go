package peek

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"example.com/muster/procs"
	"example.com/muster/procs/procfs"
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
	// Two parts and, behind the hole, one that is not reached.
	parts := []Part{{addr + size - 8, 5}, {addr + size - 4, 4}, {addr + size, 1}, {addr, 1}}
	if n, err := self.ReadParts(b[:], parts); n != 2 || err != nil || string(b[:9]) != "seven"+"n..." {
		t.Errorf("read %d parts %q, %v", n, b[:9], err)
	}
	if n, err := self.ReadParts(b[:], parts[2:]); n != 0 || err != nil {
		t.Errorf("read %d parts behind the hole, %v", n, err)
	}
	many := slices.Repeat(parts[:1], 3000)
	all := make([]byte, 5*len(many))
	if n, err := self.ReadParts(all, many); n != len(many) || err != nil || string(all[len(all)-10:]) != "sevenseven" {
		t.Errorf("read %d of %d parts, %v", n, len(many), err)
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
	if _, err := p.ReadParts(b[:], []Part{{4096, 8}}); !errors.Is(err, ErrGone) {
		t.Errorf("parts of a process that has ended: %v", err)
	}
	if _, err := p.TIDs(); !errors.Is(err, ErrGone) {
		t.Errorf("threads of a process that has ended: %v", err)
	}
	if p.Alive() || (Process{procs.PIDRef{PID: os.Getpid(), StartTime: 1}}).Alive() {
		t.Error("it is said to live")
	}
	if !(Process{procs.PIDRef{PID: os.Getpid()}}).Alive() {
		t.Error("this process is said to be gone")
	}
}

// TestTIDs: a process knows its threads by the numbers that we know, unless it
// lives in a PID namespace of its own.
func TestTIDs(t *testing.T) {
	pid := os.Getpid()
	tids, err := Process{procs.PIDRef{PID: pid}}.TIDs()
	if err != nil || tids[pid] != pid {
		t.Errorf("%v, %v", tids, err)
	}
	// The shell prints the pid that it has inside, and waits.
	cmd := exec.Command("unshare", "--user", "--pid", "--fork", "--kill-child", "sh", "-c", "echo $$; read _")
	stdin, _ := cmd.StdinPipe()
	out, _ := cmd.StdoutPipe()
	if err := cmd.Start(); err != nil {
		t.Skip("needs unshare: ", err)
	}
	defer func() { _, _ = stdin.Close(), cmd.Wait() }()
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "1\n" {
		t.Skipf("no PID namespace to be had: %q, %v", line, err)
	}
	inner := procfs.Children(cmd.Process.Pid, 1, nil)
	if len(inner) != 1 {
		t.Fatalf("unshare has the children %v", inner)
	}
	if tids, err := (Process{procs.PIDRef{PID: inner[0]}}).TIDs(); err != nil || len(tids) != 1 || tids[1] != inner[0] {
		t.Errorf("%v, %v; its first process is %d", tids, err, inner[0])
	}
}

// TestTouched: only pages that were used are listed.
func TestTouched(t *testing.T) {
	size := os.Getpagesize()
	memory, err := unix.Mmap(-1, 0, 3000*size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Munmap(memory) }()
	if err := unix.Madvise(memory, unix.MADV_NOHUGEPAGE); err != nil {
		t.Fatal(err)
	}
	for _, page := range []int{1, 2, 1500, 2999} {
		memory[page*size] = 1
	}
	addr := func(page int) uint64 { return uint64(uintptr(unsafe.Pointer(&memory[page*size]))) }
	self := Process{procs.PIDRef{PID: os.Getpid()}}
	got, err := self.Touched(addr(0), addr(2999)+uint64(size))
	want := []Part{{addr(1), 2 * size}, {addr(1500), size}, {addr(2999), size}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, not %v, %v", got, want, err)
	}
	if got, err := self.Touched(addr(3), addr(3)); len(got) != 0 || err != nil {
		t.Errorf("of nothing %v, %v", got, err)
	}
}
