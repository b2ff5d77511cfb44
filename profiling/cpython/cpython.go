// Package cpython reads a running CPython from outside: what its threads
// execute, which of them has the GIL, and which multiprocessing locks it
// holds. It never stops the process and writes nothing into it.
//
// Start at [Open], which finds the interpreter in a process; then ask for
// [Interpreter.Stack], [Interpreter.GILs] or [Interpreter.FindSemLocks]. The
// last is a search of the whole memory, for a fresh process or now and then;
// what it found is followed with [Interpreter.ReadSemLocks]. A thread waits for
// the GIL if it is blocked in futex(2) at an address that [GIL.Contains].
//
// Below that, find.go and elf.go find the object _PyRuntime, threads.go follows
// its lists, stacks.go, code.go and lines.go make frames of a thread, and
// gil.go, semlock.go and scan.go read the locks. Only layout.go and offsets.go
// differ between versions: they say what lies where. To teach the package
// another version, add a row there, and run the tests with that Python
// installed: they compare everything with what the interpreter says of itself.
//
// CPython 3.8 to 3.14 are covered, on 64-bit Linux; 3.14 from its sources, not
// tried on an interpreter. From 3.13 on most of what lies where is read from
// the table that the interpreter carries for this purpose
// (Include/internal/pycore_debug_offsets.h of its sources). Nothing is trusted
// because a table says so: [Open] asks for a chain of structures that point at
// each other and end at a thread that the kernel knows, and each read checks
// what it finds.
//
// The process is untrusted and runs on meanwhile. Whatever is read may be of
// two moments, or a lie. So every count, length and chain is bounded, a broken
// one ends the read, and a stack that changed under the reader is said to be
// torn. The text of names is any valid UTF-8, control characters included: who
// prints it cleans it.
package cpython

import (
	"errors"
	"fmt"
	"slices"

	"example.com/muster/procs"
	"example.com/muster/profiling/peek"
)

// ErrNotPython says that no CPython is loaded in the process.
var ErrNotPython = errors.New("no CPython in it")

// ErrNotCovered says that there is a CPython, but one that cannot be read: its
// version or build is not known here. The error that wraps it says which.
var ErrNotCovered = errors.New("not covered")

// ErrNotReady says that the interpreter has not started yet or is already
// ending. While it starts, a later [Open] may succeed.
var ErrNotReady = errors.New("the interpreter is starting or ending")

// Version is a version of CPython, such as 3.12.1.
type Version struct {
	Major, Minor int
	Micro        int // -1 if unknown
}

// String returns the version as Python prints it, without an unknown micro.
func (v Version) String() string {
	if v.Micro < 0 {
		return fmt.Sprintf("%d.%d", v.Major, v.Minor)
	}
	return fmt.Sprintf("%d.%d.%d", v.Major, v.Minor, v.Micro)
}

// process is what is asked of a process: [peek.Process], or one invented by a
// test.
type process interface {
	peek.Memory
	ReadSome(b []byte, addr uint64) (int, error)
	ReadParts(b []byte, parts []peek.Part) (int, error)
	Touched(start, end uint64) ([]peek.Part, error)
	Maps() ([]peek.Mapping, error)
	TIDs() (map[int]int, error)
	Alive() bool
}

// Interpreter is the CPython of one process. Its methods keep what they have
// learnt, and may be called by one goroutine at a time.
type Interpreter struct {
	pid    int
	mem    process
	found  located
	layout *layout

	codes   codeCache
	types   map[uint64]string // names of types, by the address of the type
	known   []uint64          // the interpreters, as of the latest look
	oldest  uint64            // the last thread state, as of the latest look
	tids    map[int]int       // threads, as the process numbers them, to our number
	fresh   bool              // tids were read during the present call
	tidAt   int               // where the thread id is in a struct pthread, -1 if unknown
	threads map[int]uint64    // where a thread's PyThreadState was seen last
	trails  map[int]trail     // what led to its frames, as [Interpreter.Glance] saw it
	sems    semaphores
	left    allowance
	pages   pages
}

// Open finds the interpreter in a process; after the process has executed
// another program it has to be opened anew. It fails with [ErrNotPython],
// [ErrNotCovered], [ErrNotReady], [peek.ErrNotPermitted] or [peek.ErrGone],
// and says why.
func Open(ref procs.PIDRef) (*Interpreter, error) {
	mem := peek.Process{Ref: ref}
	in, err := open(ref.PID, mem, fileOf(ref.PID))
	if !mem.Alive() {
		err = peek.ErrGone
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read the Python of pid %d: %w", ref.PID, err)
	}
	return in, nil
}

// open is Open on any memory.
func open(pid int, mem process, files opener) (*Interpreter, error) {
	maps, err := mem.Maps()
	if err != nil {
		return nil, err
	}
	found, err := locate(mem, maps, files)
	if err != nil {
		return nil, err
	}
	if !writable(maps, found.start) {
		return nil, ErrNotReady
	}
	return reading(pid, mem, found, maps)
}

// writable reports whether there is memory to write at an address. Where a library's data
// will be, the loader of programs maps another part of its file for a moment
// (_dl_map_segments in glibc's elf/dl-map-segments.h maps all of it, and then the data over that).
func writable(maps []peek.Mapping, addr uint64) bool {
	return slices.ContainsFunc(maps, func(m peek.Mapping) bool { return m.Start <= addr && addr < m.End && m.Perm.Has(peek.Write) })
}

// reading returns an interpreter that was found, if it proves to be one.
func reading(pid int, mem process, found located, maps []peek.Mapping) (*Interpreter, error) {
	l, err := layoutOf(mem, found)
	if err != nil {
		return nil, err
	}
	in := &Interpreter{
		pid: pid, mem: mem, found: found, layout: l, tidAt: -1,
		types: map[uint64]string{}, threads: map[int]uint64{}, trails: map[int]trail{},
	}
	in.pages.mem = mem
	in.codes.init()
	in.sems.set(maps)
	in.begin()
	for range proofs {
		// What changes under the reader proves nothing against it.
		if err = in.validate(); !errors.Is(err, ErrNotCovered) {
			break
		}
	}
	if errors.Is(err, ErrNotCovered) && in.halfway() {
		err = ErrNotReady // one that was interrupted while it starts stands still as well
	}
	if err != nil {
		return nil, err
	}
	return in, nil
}

// halfway reports whether the interpreter says of itself that it has begun to
// start and is not there yet, or no more.
func (in *Interpreter) halfway() bool {
	if in.layout.preinitialized == 0 {
		return false
	}
	var b [12]byte
	if in.mem.ReadAt(b[:], in.found.start+in.layout.preinitialized) != nil {
		return false
	}
	begun, core, whole := le.Uint32(b[0:]), le.Uint32(b[4:]), le.Uint32(b[8:])
	return begun == 1 && core <= 1 && whole == 0
}

// proofs is how often an interpreter may fail to prove to be one. Among threads
// that start and end all the time one proof in ten thousand fails.
const proofs = 16

// validate accepts the interpreter only if its structures lead to a thread that
// the kernel knows as one of this process, and to a GIL that can be one.
func (in *Interpreter) validate() error {
	head, err := peek.Uint64(in.mem, in.found.start+in.layout.interpretersHead)
	if err != nil {
		return err
	}
	if head == 0 {
		return ErrNotReady
	}
	list, err := in.list()
	switch {
	case hopeless(err):
		return err
	case err != nil:
		return in.uncovered("its interpreters and threads are not where they should be")
	case len(list) == 0:
		return ErrNotReady
	}
	if !slices.ContainsFunc(list, func(t thread) bool { return t.tid != 0 }) {
		return in.uncovered("none of its threads is one of the process")
	}
	if !slices.ContainsFunc(list, in.followed) {
		return in.uncovered("its frames cannot be followed")
	}
	return in.validateGIL()
}

// followed reports whether the frames of a thread make sense, or it has none.
func (in *Interpreter) followed(t thread) bool {
	frames, torn := in.stackOf(&t)
	return len(frames) > 0 || !torn
}

// validateGIL checks that each GIL is in order, and that of the main
// interpreter, which is the last one, within _PyRuntime.
func (in *Interpreter) validateGIL() error {
	all, err := in.GILs()
	if hopeless(err) {
		return err
	}
	if err != nil || len(all) == 0 {
		return in.uncovered("its GIL is not where it should be")
	}
	for i, g := range all {
		var b [gilLocks]byte
		inside := g.Start >= in.found.start && g.End <= in.found.end
		if in.mem.ReadAt(b[:], g.Start) != nil || i == len(all)-1 && !inside {
			return in.uncovered("its GIL is not where it should be")
		}
		interval, locked := le.Uint64(b[:]), le.Uint32(b[gilLocked:])
		if locked == gilUnready {
			return ErrNotReady
		}
		if interval == 0 || interval > maxInterval || locked > 1 {
			return in.uncovered("its GIL is not where it should be")
		}
	}
	return nil
}

// gilUnready is the int -1: a GIL that is not made yet, or not there any more.
const gilUnready = 1<<32 - 1

// maxInterval bounds the time after which a thread that waits for the GIL asks
// for it, in microseconds; by default it is 5,000.
const maxInterval = 1 << 32

// hopeless reports whether an error means that nothing at all can be read.
func hopeless(err error) bool {
	return errors.Is(err, peek.ErrGone) || errors.Is(err, peek.ErrNotPermitted)
}

// uncovered is ErrNotCovered with the version and a reason.
func (in *Interpreter) uncovered(why string) error {
	return fmt.Errorf("%s is %w: %s", in.found.version, ErrNotCovered, why)
}
