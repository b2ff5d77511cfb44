package report

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/pprof/profile"

	"example.com/muster/profiling"
	"example.com/muster/profiling/capture"
)

// shares is what a process does: how often of 100 it is seen with a stack.
type shares map[string]int

// played is a profile of processes that were looked at so often, at random
// moments. Names with "!" have no pool.
func played(t *testing.T, seed uint64, looks int, processes map[string]shares) *profile.Profile {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, 1))
	var lines strings.Builder
	names := make([]string, 0, len(processes))
	for name := range processes {
		names = append(names, name)
	}
	for i, name := range sorted(names) {
		labels := fmt.Sprintf("process=%s pool=%s pid=%d", name, strings.SplitN(name, "/", 2)[0], 100+i)
		if bare, alone := strings.CutPrefix(name, "!"); alone {
			labels = fmt.Sprintf("process=%s pid=%d", bare, 100+i)
		}
		stacks, seen := sorted(keys(processes[name])), map[string]int{}
		for range looks {
			at := random.IntN(100)
			for _, stack := range stacks {
				if at -= processes[name][stack]; at < 0 {
					seen[stack]++
					break
				}
			}
		}
		for _, stack := range stacks {
			fmt.Fprintf(&lines, "%s %d %s\n", stack, seen[stack], labels)
		}
	}
	return folded(t, lines.String())
}

func findings(r *Report, o Options) (lines []string) {
	for _, f := range r.Odd(o) {
		lines = append(lines, f.String())
	}
	return lines
}

// usual is what the workers of a pool do.
var usual = shares{"main;work;step": 70, "main;load;loads": 9, "main;wait": 21}

// TestOdd: the worker that differs is named, with the function that makes the
// difference, and not with those that call it or are called by it.
func TestOdd(t *testing.T) {
	odd := shares{"main;work;step": 40, "main;load;loads;parse": 21, "main;load;loads;copy": 20, "main;wait": 19}
	r := New(played(t, 1, 1000, map[string]shares{"train/0": usual, "train/1": usual, "train/2": usual, "train/3": odd}))
	found := r.Odd(Options{Value: 1})
	if len(found) != 1 {
		t.Fatalf("found: %v", findings(r, Options{}))
	}
	f := found[0]
	if text := f.String(); !strings.HasPrefix(text, "train/3 spends 4") || !strings.Contains(text, " % in loads, the others 9 %") && !strings.Contains(text, " % in loads, the others 8 %") {
		t.Errorf("it is told as %q", text)
	}
	if f.Of != 1000 || f.RestOf != 3000 || f.Others != 3 || f.Evidence != profiling.Sampled || f.Rule != RuleOdd || float64(f.Looks) != f.Share*1000 {
		t.Errorf("the evidence is %+v", f)
	}
	if lines := findings(r, Options{By: ByLine}); len(lines) != 1 {
		t.Errorf("by line: %q", lines)
	}
	if lines := findings(r, Options{Label: "pool", LabelValue: "other"}); lines != nil {
		t.Errorf("in another pool: %q", lines)
	}
}

// TestOddIsSilent: no process is named for what chance, or the way pools are,
// makes different.
func TestOddIsSilent(t *testing.T) {
	busy, parent := shares{"main;work;step": 100}, shares{"main;join": 100}
	between := func(n int) shares { return shares{"main;work;step": n, "main;load;loads": 100 - n} }
	for _, c := range []struct {
		name      string
		looks     int
		processes map[string]shares
	}{
		{"all are alike", 1000, map[string]shares{"a/0": usual, "a/1": usual, "a/2": usual, "a/3": usual}},
		{"few looks", 25, map[string]shares{"a/0": busy, "a/1": parent, "a/2": busy}},
		{"some looks", 60, map[string]shares{"a/0": between(70), "a/1": between(70), "a/2": between(62)}},
		{"the parent of a pool waits", 1000, map[string]shares{"a/0": parent, "a/0/Worker-1": busy, "a/0/Worker-2": busy, "a/0/Worker-10": busy}},
		{"pools differ", 1000, map[string]shares{"a/0": busy, "b/0": parent, "a/1": busy, "b/1": parent}},
		{"all differ", 1000, map[string]shares{"a/0": between(10), "a/1": between(30), "a/2": between(50), "a/3": between(70)}},
		{"3 points are a detail", 100000, map[string]shares{"a/0": between(50), "a/1": between(50), "a/2": between(53)}},
		{"one process", 1000, map[string]shares{"a/0": usual}},
		{"others of that name", 1000, map[string]shares{"!sh": usual, "!python3": busy}},
	} {
		for seed := range uint64(20) {
			r := New(played(t, seed, c.looks, c.processes))
			if lines := findings(r, Options{}); lines != nil {
				t.Errorf("%s, seed %d: %q", c.name, seed, lines)
			}
		}
	}
}

// TestOddOfManyFunctions: the more functions there are, the more likely one of
// them differs by chance.
func TestOddOfManyFunctions(t *testing.T) {
	many := shares{}
	for i := range 20 {
		many[fmt.Sprintf("main;f%d;g%d", i, i)] = 5
	}
	wrong := 0
	for seed := range uint64(1000) {
		wrong += len(New(played(t, seed, 400, map[string]shares{"a/0": many, "a/1": many})).Odd(Options{}))
	}
	if wrong > 3 {
		t.Errorf("of 1000 profiles of processes that are alike, %d findings were made; once in a thousand is promised", wrong)
	}
}

// TestOddOfFew: two processes, a pool of many, and processes without a pool.
func TestOddOfFew(t *testing.T) {
	busy, waits := shares{"main;work;step": 100}, shares{"main;work;step": 50, "main;lock": 50}
	lines := findings(New(played(t, 1, 500, map[string]shares{"a/0": busy, "a/1": waits})), Options{})
	sorted(lines)
	if len(lines) != 2 || !strings.HasPrefix(lines[1], "a/1 spends ") || !strings.HasSuffix(lines[1], "% in lock, the other 0 %") || !strings.HasPrefix(lines[0], "a/0 spends 100 % in step, the other ") {
		t.Errorf("of two: %q", lines)
	}
	many := map[string]shares{}
	for i := range 40 {
		many[fmt.Sprintf("a/%d", i)] = usual
	}
	many["a/17"] = shares{"main;work;step": 60, "main;load;loads": 10, "main;wait": 30}
	lines = findings(New(played(t, 3, 2000, many)), Options{})
	if len(lines) != 1 || !strings.HasPrefix(lines[0], "a/17 spends 3") || !strings.HasSuffix(lines[0], " % in wait, the others 21 %") {
		t.Errorf("of many: %q", lines)
	}
	p := played(t, 1, 500, map[string]shares{"!sh": busy, "!bash": busy})
	for i, s := range p.Sample {
		s.Label["process"] = []string{"python3"}
		if i%2 == 0 && s.Label["pid"][0] == "100" {
			s.Location = s.Location[1:]
		}
	}
	lines = findings(New(p), Options{})
	if len(lines) != 1 || !strings.HasPrefix(lines[0], "python3 (pid 101) spends 100 % in step, the other ") {
		t.Errorf("without a pool: %q", lines)
	}
}

// TestOddKnowsNothing: of profiles that count no looks, or have no processes,
// nothing is said.
func TestOddKnowsNothing(t *testing.T) {
	p := played(t, 1, 500, map[string]shares{"a/0": {"main;x": 100}, "a/1": {"main;y": 100}})
	if len(New(p).Odd(Options{})) == 0 {
		t.Fatal("the two do not differ")
	}
	p.SampleType[0].Type = "alloc_objects"
	check(t, findings(New(p), Options{}), nil)
	check(t, findings(New(folded(t, someStacks)), Options{}), nil)
	check(t, findings(New(&profile.Profile{}), Options{}), nil)
}

// TestLabelsAreTheCaptures: the labels are those that captures have.
func TestLabelsAreTheCaptures(t *testing.T) {
	check(t, []string{LabelProcess, labelPool, labelPID}, []string{capture.LabelProcess, capture.LabelPool, capture.LabelPID})
}
