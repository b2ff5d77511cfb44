package cpython

import (
	"os/exec"
	"slices"
	"testing"
)

// newest returns a running interpreter of the newest Python, eleven frames
// deep, and the address of a SemLock in it.
func newest(b *testing.B) (in *Interpreter, lock uint64) {
	b.Helper()
	found := installed()
	if len(found) == 0 {
		b.Skip("needs python3")
	}
	p := start(b, found[len(found)-1], "testdata/eleven.py")
	p.json(&lock)
	in = attach(b, p.cmd.Process.Pid)
	b.Log(in.found.version)
	return in, lock
}

// BenchmarkStack reads one thread of eleven frames.
func BenchmarkStack(b *testing.B) {
	in, _ := newest(b)
	for b.Loop() {
		frames, torn, err := in.Stack(in.pid)
		if len(frames) != 11 || torn || err != nil {
			b.Fatal(frames, torn, err)
		}
	}
}

// BenchmarkGlance reads the same thread as a profile does.
func BenchmarkGlance(b *testing.B) {
	in, _ := newest(b)
	for b.Loop() {
		g, err := in.Glance(in.pid)
		if len(g.Calls) != 11 || !g.Unmoved() || err != nil {
			b.Fatal(g, err)
		}
	}
}

// BenchmarkStacks reads all threads, of which there is one.
func BenchmarkStacks(b *testing.B) {
	in, _ := newest(b)
	for b.Loop() {
		if threads, err := in.stacks(); len(threads) != 1 || err != nil {
			b.Fatal(threads, err)
		}
	}
}

// BenchmarkReadSemLocks reads many locks at once, as a look at a program that
// has many does; the same one here. The time is that of all.
func BenchmarkReadSemLocks(b *testing.B) {
	in, object := newest(b)
	maps, err := in.mem.Maps()
	if err != nil {
		b.Fatal(err)
	}
	objects := slices.Repeat([]uint64{object}, 1000)
	for b.Loop() {
		if l, err := in.ReadSemLocks(objects, maps); len(l) != 1000 || err != nil {
			b.Fatal(l, err)
		}
	}
}

// BenchmarkGIL asks who has it.
func BenchmarkGIL(b *testing.B) {
	in, _ := newest(b)
	for b.Loop() {
		if _, _, err := in.gilHolder(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFindSemLocks scans a small heap and counts its bytes.
func BenchmarkFindSemLocks(b *testing.B) {
	in, _ := newest(b)
	for b.Loop() {
		locks, note, err := in.FindSemLocks(b.Context(), Budget{})
		if len(locks) != 1 || err != nil {
			b.Fatal(locks, note, err)
		}
		b.SetBytes(int64(note.Scanned))
	}
}

// BenchmarkOpen finds the interpreter; a program that is none costs less.
func BenchmarkOpen(b *testing.B) {
	in, _ := newest(b)
	r := ref(b, in.pid)
	for b.Loop() {
		if _, err := Open(r); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkNotPython asks a program that is none.
func BenchmarkNotPython(b *testing.B) {
	sleep, err := exec.LookPath("sleep")
	if err != nil {
		b.Skip("needs sleep")
	}
	p := start(b, sleep, "1000")
	r := ref(b, p.cmd.Process.Pid)
	for b.Loop() {
		if _, err := Open(r); err == nil {
			b.Fatal("it is taken for Python")
		}
	}
}
