package cpython

import "example.com/muster/profiling/peek"

// GIL is a global interpreter lock. Up to 3.11 a process has one; from 3.12 on
// an interpreter may have one of its own.
type GIL struct {
	// Start and End are where the lock's words lie, its condition variables
	// and mutexes included: a thread in futex(2) at an address of these waits
	// for it.
	Start, End uint64
	Locked     bool
	// Holder is the kernel's id of the thread that has it, 0 if unknown: the
	// one that the thread state names. In 3.12 that of a second interpreter
	// may name the thread that made it instead.
	Holder int
}

// Contains reports whether an address belongs to the lock.
func (g GIL) Contains(addr uint64) bool { return addr >= g.Start && addr < g.End }

// GILs returns the locks of all interpreters, the main interpreter's last.
func (in *Interpreter) GILs() ([]GIL, error) {
	in.begin()
	if at := in.layout.runtimeGIL; at != 0 {
		g, err := in.gil(in.found.start + at)
		if err != nil {
			return nil, in.wrap("the GIL", err)
		}
		return []GIL{g}, nil
	}
	if err := in.listInterpreters(); err != nil {
		return nil, in.wrap("the GIL", err)
	}
	var out []GIL
	seen := map[uint64]bool{}
	for _, interp := range in.known {
		at, err := peek.Uint64(in.mem, interp+in.layout.interp.gil)
		if err == nil && at != 0 && !seen[at] {
			seen[at] = true
			var g GIL
			g, err = in.gil(at)
			out = append(out, g)
		}
		if err != nil {
			return nil, in.wrap("the GIL", err)
		}
	}
	return out, nil
}

// gil reads the struct _gil_runtime_state at an address. Where the holder
// changes while it is looked up, the lock is read again.
func (in *Interpreter) gil(at uint64) (GIL, error) {
	g := GIL{Start: at, End: at + gilSize()}
	for range attempts {
		var b [gilLocked + 4]byte
		if err := in.mem.ReadAt(b[:], at); err != nil {
			return g, err
		}
		holder := le.Uint64(b[gilHolder:])
		g.Locked, g.Holder = int32(le.Uint32(b[gilLocked:])) == 1, 0
		if !g.Locked {
			return g, nil
		}
		if t, err := in.readThread(holder); err == nil {
			g.Holder = t.tid
		}
		if again, err := peek.Uint64(in.mem, at+gilHolder); err == nil && again == holder && g.Holder != 0 {
			return g, nil
		}
	}
	return g, nil
}
