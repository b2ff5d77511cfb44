package capture

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/google/pprof/profile"

	"example.com/muster/profiling/goroutines"
)

// maxProcessors bounds what a program can say that it has used: so many
// processors, all the time.
const maxProcessors = 4096

// addGo adds a program's own CPU profile, of some time.
func (r *recorder) addGo(of *Subject, p *profile.Profile, window time.Duration) error {
	index := func(kind, unit string) int {
		return slices.IndexFunc(p.SampleType, func(t *profile.ValueType) bool { return t.Type == kind && t.Unit == unit })
	}
	count, cpu := index("samples", "count"), index("cpu", "nanoseconds")
	if count < 0 || cpu < 0 {
		return errors.New("its answer is no profile of the CPU")
	}
	most := int64(window+time.Minute) * maxProcessors
	for _, s := range p.Sample {
		n, used := s.Value[count], s.Value[cpu]
		if n < 0 || n > most || used < 0 || used > most {
			return errors.New("its profile has values that cannot be")
		}
	}
	for _, s := range p.Sample {
		used := time.Duration(s.Value[cpu])
		r.add(&look{of: of, state: OnCPU, stack: framesOf(s), n: s.Value[count], cpu: used, wall: used})
	}
	r.gave(of)
	return nil
}

// preempt is what the scheduler's signal makes a goroutine call (sigPreempt of
// preempt.go in Go's runtime). Where a thread that had no processor gets one again,
// that signal and the profiler's come together, and the second finds the goroutine
// at the first instruction of preempt: the time before was its caller's.
const preempt = "runtime.asyncPreempt"

// framesOf returns the stack of a sample, innermost first.
func framesOf(s *profile.Sample) (stack []frame) {
	for _, loc := range s.Location {
		module := ""
		if loc.Mapping != nil && loc.Mapping.File != "" {
			module = clip(path.Base(loc.Mapping.File))
		}
		for i, line := range loc.Line {
			f := frame{line: int(line.Line), module: module, inlined: i < len(loc.Line)-1}
			if fn := line.Function; fn != nil {
				f.function, f.file, f.start = clip(fn.Name), clip(fn.Filename), int(fn.StartLine)
			}
			stack = append(stack, f)
		}
		if len(loc.Line) == 0 { // C, of which Go's runtime knows no names
			f := frame{function: fmt.Sprintf("%#x", loc.Address), module: module}
			if m := loc.Mapping; m != nil {
				f.function = fmt.Sprintf("%s+%#x", module, loc.Address-m.Start+m.Offset)
			}
			stack = append(stack, f)
		}
		if len(stack) > maxDepth {
			break
		}
	}
	if len(stack) > 1 && stack[0].function == preempt {
		stack = stack[1:]
	}
	return stack
}

// maxName bounds the names that programs tell, in bytes.
const maxName = 1024

func clip(s string) string {
	return strings.ToValidUTF8(s[:min(len(s), maxName)], "\uFFFD")
}

// addGoroutines adds where goroutines were seen at a moment that stands for some
// time.
func (r *recorder) addGoroutines(of *Subject, list []goroutines.Goroutine, stands time.Duration) {
	for i := range list {
		g := &list[i]
		l := look{of: of, state: doing(g), n: 1, wall: stands}
		if l.state == OnCPU {
			l.cpu = stands
		}
		for _, f := range g.Frames {
			l.stack = append(l.stack, frame{function: clip(f.Function), file: clip(f.File), line: f.Line})
		}
		if asks(g) {
			continue
		}
		r.add(&l)
	}
}

// asks reports whether a goroutine is the one that writes the dump.
func asks(g *goroutines.Goroutine) bool {
	return slices.ContainsFunc(g.Frames[:min(len(g.Frames), 8)], func(f goroutines.Frame) bool {
		return f.Function == "runtime/pprof.writeGoroutineStacks"
	})
}

// doing tells what a goroutine does by the runtime's word for it
// (waitReasonStrings in runtime2.go).
func doing(g *goroutines.Goroutine) State {
	switch {
	case g.State == "running" || g.State == "runnable":
		return OnCPU
	case g.State == "IO wait" || g.State == "syscall":
		return IO
	case g.State == "semacquire" || strings.HasPrefix(g.State, "sync.") || strings.HasPrefix(g.State, "chan send"):
		return Lock
	}
	return Sleep
}
