package native

import (
	"encoding/binary"
	"os"
	"reflect"
	"testing"

	"example.com/muster/procs"
	"example.com/muster/profiling/peek"
)

// FuzzSampled reads stacks that a program has invented: whatever is in its
// registers, on its stack and in its chain of frame pointers, there is an end.
func FuzzSampled(f *testing.F) {
	p := peek.Process{Ref: procs.PIDRef{PID: os.Getpid()}}
	maps, err := p.Maps()
	if err != nil {
		f.Fatal(err)
	}
	var code []peek.Mapping
	for _, m := range maps {
		if m.Perm.Has(peek.Exec) {
			code = append(code, m)
		}
	}
	var s Symbols
	f.Cleanup(s.Close)
	in := func(v uint64) uint64 { // most are in code
		m := code[v%uint64(len(code))]
		if v>>8%7 == 0 {
			return v
		}
		return m.Start + v>>16%m.Size()
	}
	here := uint64(reflect.ValueOf(TestPerfMap).Pointer())
	f.Add(binary.LittleEndian.AppendUint64(nil, here), uint64(1<<17-1), []byte("a stack of some bytes, not many"))
	f.Fuzz(func(t *testing.T, words []byte, known uint64, stack []byte) {
		m := Moment{PC: here + known%64, Known: known, Stack: stack}
		for i := 0; len(words) >= 8; i, words = i+1, words[8:] {
			v := binary.LittleEndian.Uint64(words)
			if i < maxReg {
				m.V[i] = in(v)
			}
			m.Calls = append(m.Calls, in(v))
		}
		frames, end := s.Sampled(p, maps, &m, func(uint64) string { return "" })
		if len(frames) == 0 || len(frames) > MaxFrames*(maxInlined+1) || end > Broken {
			t.Fatalf("%d frames, %d", len(frames), end)
		}
	})
}
