// Package peek looks into another process without stopping it: its memory, its
// mappings and what the kernel says that its threads are blocked in. It is
// where locks, cpython and native get their bytes from.
//
// Everything that it returns comes from an untrusted, running process: bytes
// may be torn, addresses may lead nowhere, and the process may be gone by the
// next call. Nothing here trusts a length that it has read. Who may look is
// decided by the kernel (ptrace(2), "Ptrace access mode checking"): reading
// memory and system calls wants the attach mode, which Yama permits for one's
// own descendants.
package peek

import (
	"encoding/binary"
	"errors"
	"fmt"

	"example.com/muster/procs"
)

// ErrGone says that the process has ended, or that its number belongs to
// another one now.
var ErrGone = errors.New("the process has ended")

// ErrNotPermitted says that the kernel does not let us look.
var ErrNotPermitted = errors.New("not permitted")

// Memory is something whose bytes can be read at an address.
type Memory interface {
	// ReadAt fills b from the address, or fails; a partial read is a failure.
	ReadAt(b []byte, addr uint64) error
}

// Part is one of several pieces of memory that are read at once.
type Part struct {
	Addr uint64
	Len  int // bytes
}

// Uint64 reads the little-endian word at an address.
func Uint64(m Memory, addr uint64) (uint64, error) {
	var b [8]byte
	err := m.ReadAt(b[:], addr)
	return binary.LittleEndian.Uint64(b[:]), err
}

// Uint32 reads the little-endian half word at an address.
func Uint32(m Memory, addr uint64) (uint32, error) {
	var b [4]byte
	err := m.ReadAt(b[:], addr)
	return binary.LittleEndian.Uint32(b[:]), err
}

// CString reads bytes up to a NUL, at most as many as limit.
func CString(m Memory, addr uint64, limit int) (string, error) {
	var out []byte
	for len(out) < limit {
		// Up to the end of a page: what lies behind may not be there.
		n := min(int(4096-addr%4096), limit-len(out), 256)
		b := make([]byte, n)
		if err := m.ReadAt(b, addr); err != nil {
			return "", err
		}
		for i, c := range b {
			if c == 0 {
				return string(append(out, b[:i]...)), nil
			}
		}
		out, addr = append(out, b...), addr+uint64(n)
	}
	return string(out), nil
}

// Process is the memory of a process that muster may look into.
type Process struct {
	Ref procs.PIDRef
}

// wrap names the process in an error.
func (p Process) wrap(what string, err error) error {
	return fmt.Errorf("cannot read %s of pid %d: %w", what, p.Ref.PID, err)
}
