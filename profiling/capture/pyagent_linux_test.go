package capture

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/pprof/profile"

	"example.com/muster/procs"
	"example.com/muster/profiling"
	"example.com/muster/profiling/pyagent"
)

// timedProgram is testdata/timed.py with the agent.
type timedProgram struct {
	*program
	t      *testing.T
	python string
	agent  *pyagent.Agent
}

// eachTimed starts it on each of them.
func eachTimed(t *testing.T, args []string, test func(p *timedProgram)) {
	t.Helper()
	eachPython(t, func(t *testing.T, python string) {
		agent, err := pyagent.Install(filepath.Join(t.TempDir(), "agent"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = agent.Remove() })
		cmd := exec.Command(python, append([]string{"testdata/timed.py"}, args...)...)
		environ := slices.DeleteFunc(os.Environ(), func(kv string) bool {
			return strings.HasPrefix(kv, "PYTHON") || strings.HasPrefix(kv, "MUSTER_")
		})
		cmd.Env = agent.Environ(append(environ, "PYTHONDONTWRITEBYTECODE=1"), "")
		test(&timedProgram{launch(t, cmd), t, python, agent})
	})
}

// tell has the program do something, and returns what it says of it.
func (p *timedProgram) tell(word string) (said []string) {
	p.t.Helper()
	if _, err := io.WriteString(p.in, word+"\n"); err != nil {
		p.t.Fatal(err)
	}
	for p.out.Scan() {
		if p.out.Text() == "done" {
			return said
		}
		said = append(said, p.out.Text())
	}
	return said
}

// capture profiles the program while do runs, which begins when the profile has.
func (p *timedProgram) capture(kind Kind, do func(), functions ...string) (*Capture, error) {
	p.t.Helper()
	ctx, end := context.WithTimeout(p.t.Context(), 2*time.Minute)
	defer end()
	begun := false
	return Take(ctx, Request{
		Kind: kind, Duration: time.Hour, Functions: functions, Agent: p.agent,
		Subjects: func() []Subject { return []Subject{p.subject("py", 0)} },
	}, func(now Progress) {
		if now.Processes > 0 && !begun {
			begun = true
			do()
			end()
		}
	})
}

// pstatsOf is what Python's own pstats reads: by function, primitive calls,
// calls, tottime, cumtime and how many of its calls a caller has made.
func pstatsOf(p *timedProgram, data []byte) map[string][]float64 {
	p.t.Helper()
	file := filepath.Join(p.t.TempDir(), "it.pstats")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		p.t.Fatal(err)
	}
	cmd := exec.Command(p.python, "-c", `
import json, pstats, sys
all = {}
for (file, line, name), (cc, nc, tt, ct, callers) in pstats.Stats(sys.argv[1]).stats.items():
    all[name] = [cc, nc, tt, ct]
    for (_, _, by), (n, *_) in callers.items():
        all[by + ">" + name] = [n]
print(json.dumps(all))`, file)
	out, err := cmd.Output()
	all := map[string][]float64{}
	if err == nil {
		err = json.Unmarshal(out, &all)
	}
	if err != nil {
		p.t.Fatal(err)
	}
	return all
}

// flat sums what is told of a function itself.
func flat(p *profile.Profile, value int, function string) (sum int64) {
	for _, s := range p.Sample {
		if len(s.Location) > 0 && s.Location[0].Line[0].Function.Name == function {
			sum += s.Value[value]
		}
	}
	return sum
}

// TestDeterministic: calls are counted exactly, their times are true, and the
// program does not notice, nor do its forked children.
func TestDeterministic(t *testing.T) {
	eachTimed(t, nil, func(p *timedProgram) {
		var child []string
		c, err := p.capture(Deterministic, func() {
			p.tell("go")
			child = p.tell("fork")
		})
		if err != nil || !ok(c, "pyagent") {
			p.t.Fatal(err, c)
		}
		if !slices.Equal(child, []string{"child None None None False"}) {
			p.t.Errorf("the child says %q", child)
		}
		if len(c.Coverage) != 1 {
			p.t.Errorf("it is said: %v", c.Coverage)
		}
		stats := pstatsOf(p, c.Files[fmt.Sprintf("py-0-%d.pstats", p.Process.Pid)])
		for name, want := range map[string][]float64{
			"leaf": {108, 108}, "work": {2, 2}, "fib": {1, 177}, "counts": {6, 6}, "fails": {20, 20}, "catches": {1, 1}, "throws": {1, 1},
			"sleeps": {1, 1}, "step": {1, 1}, "go": {1, 1}, "<built-in method time.sleep>": {2, 2},
		} {
			if got := stats[name]; len(got) < 2 || got[0] != want[0] || got[1] != want[1] {
				p.t.Errorf("%s: %v, want primitive calls and calls %v", name, got, want)
			}
		}
		for edge, want := range map[string]float64{"work>leaf": 107, "throws>leaf": 1, "fib>fib": 176, "go>fib": 1, "sleeps><built-in method time.sleep>": 1} {
			if got := stats[edge]; len(got) != 1 || got[0] != want {
				p.t.Errorf("%s: %v, want %v", edge, got, want)
			}
		}
		for _, name := range []string{"debug", "asked", "begin", "<method 'sendall' of '_socket.socket' objects>"} {
			if _, there := stats[name]; there {
				p.t.Errorf("the agent's own %s is told of", name)
			}
		}
		p.times(c, stats)
		pprofReads(p.t, c)
		if left := p.end(); !slices.Equal(left, []string{"left True True"}) {
			p.t.Errorf("afterwards it has %q", left)
		}
	})
}

// times checks the times, which can only be longer on a busy machine.
func (p *timedProgram) times(c *Capture, stats map[string][]float64) {
	p.t.Helper()
	var b bytes.Buffer
	if err := c.Profile.Write(&b); err != nil {
		p.t.Fatal(err)
	}
	prof, err := profile.Parse(&b)
	if err != nil {
		p.t.Fatal(err)
	}
	if names := values(c.Profile); names != "calls/count tottime/nanoseconds cumtime/nanoseconds calls/count" {
		p.t.Errorf("it tells %s", names)
	}
	const least = int64(300 * time.Millisecond)
	if n := flat(prof, 1, "<built-in method time.sleep>"); n < least*5/3 {
		p.t.Errorf("time.sleep took %v", time.Duration(n))
	}
	if own, all := flat(prof, 1, "sleeps"), flat(prof, 2, "sleeps"); all < least || own > all/2 {
		p.t.Errorf("sleeps took %v, of that %v itself", time.Duration(all), time.Duration(own))
	}
	if got := sum(prof, 1, in("go")); got < least*5/3 || got > int64(c.For) { // both sleeps
		p.t.Errorf("go took %v of %v", time.Duration(got), c.For)
	}
	if n := flat(prof, 0, "leaf"); n != 108 {
		p.t.Errorf("leaf was called %d times", n)
	}
	if got, want := stats["fib"][3], time.Duration(flat(prof, 2, "fib")).Seconds(); got < want*0.999 || got > want*1.001 {
		p.t.Errorf("fib took %v, and %v", got, want)
	}
	helper := func(s *profile.Sample) bool {
		return strings.HasPrefix(strings.Join(s.Label[LabelThread], ""), "helper ") && in("leaf")(s)
	}
	if n := sum(prof, 0, helper); n != 7 && n != 0 || n == 0 && sum(prof, 0, func(s *profile.Sample) bool { return in("work")(s) && !in("go")(s) }) == 0 {
		p.t.Errorf("the thread has called leaf %d times", n)
	}
	for _, s := range prof.Sample {
		if !slices.Equal(s.Label[LabelPool], []string{"py"}) || !slices.Equal(s.Label[LabelProcess], []string{"py/0"}) || len(s.Label[LabelThread]) != 1 {
			p.t.Fatalf("labels %v", s.Label)
		}
	}
}

// noted reports whether a capture says something of a process.
func noted(c *Capture, text string) bool {
	return slices.ContainsFunc(c.Coverage, func(s profiling.Coverage) bool { return strings.HasSuffix(s.Note, ": "+text) })
}

// TestLines: the lines of the chosen functions, and of no others, are counted
// exactly, and timed with what they call.
func TestLines(t *testing.T) {
	source, err := os.ReadFile("testdata/timed.py")
	if err != nil {
		t.Fatal(err)
	}
	lineOf := func(text string) int64 {
		before, _, _ := strings.Cut(string(source), text)
		return int64(strings.Count(before, "\n") + 1)
	}
	want := map[int64]int64{
		lineOf("total += i"): 10, lineOf("total -= 1"): 5, lineOf("if i % 2"): 10, lineOf("time.sleep(0.2)"): 1, lineOf("return total"): 1,
		lineOf("        leaf()\n\n\ndef fib"): 107, lineOf("        yield i"): 5, lineOf("            fails()"): 20, lineOf("    return n if n"): 177,
	}
	eachTimed(t, nil, func(p *timedProgram) {
		var child []string
		c, err := p.capture(Lines, func() {
			p.tell("go")
			child = p.tell("fork")
		}, "Model.step", "work", "timed.counts", "catches", "fib", "Other.leaf", "nowhere.sleeps")
		if err != nil || !ok(c, "pyagent") {
			p.t.Fatal(err, c)
		}
		if !noted(c, "not called: Other.leaf, nowhere.sleeps") {
			p.t.Errorf("it tells %v", c.Coverage)
		}
		if !slices.Equal(child, []string{"child None None None False"}) {
			p.t.Errorf("the child says %q", child)
		}
		if names := values(c.Profile); names != "hits/count time/nanoseconds hits/count" {
			p.t.Errorf("it tells %s", names)
		}
		hits, times, functions := map[int64]int64{}, map[int64]int64{}, map[string]bool{}
		for _, s := range c.Profile.Sample {
			l := s.Location[0].Line[0]
			hits[l.Line] += s.Value[0]
			times[l.Line] += s.Value[1]
			functions[l.Function.Name] = true
		}
		for line, n := range want {
			if hits[line] != n {
				p.t.Errorf("line %d was hit %d times, want %d", line, hits[line], n)
			}
		}
		if at := times[lineOf("time.sleep(0.2)")]; at < int64(200*time.Millisecond) || at > int64(c.For) {
			p.t.Errorf("the sleep took %v", time.Duration(at))
		}
		pprofReads(p.t, c)
		if functions["leaf"] || functions["sleeps"] || len(functions) != 5 {
			p.t.Errorf("told of %v", functions)
		}
		if left := p.end(); !slices.Equal(left, []string{"left True True"}) {
			p.t.Errorf("afterwards it has %q", left)
		}
	})
}

// mute is an agent that no program should be asked by.
type mute struct{ t *testing.T }

func (m mute) Profile(procs.PIDRef, string, []string, time.Duration) (func() ([]byte, error), error) {
	m.t.Error("it was asked")
	return nil, errors.New("nobody answers")
}

// TestTimedOthers: where nobody is a Python program nobody waits for the end.
func TestTimedOthers(t *testing.T) {
	prog := launch(t, exec.Command("sh", "-c", "echo ready; read x"))
	c, err := Take(t.Context(), Request{
		Kind: Deterministic, Duration: time.Hour, Agent: mute{t}, Subjects: func() []Subject { return []Subject{prog.subject("sh", 0)} },
	}, nil)
	if !errors.Is(err, ErrNothing) || told(c, "pyagent") != "no Python programs, which the kind deterministic is for: 1 process" {
		t.Errorf("%v, %v", err, c.Coverage)
	}
}

// TestTimedOwn: a program that profiles or traces itself is left alone, which is said
// instead of a profile of nothing.
func TestTimedOwn(t *testing.T) {
	eachTimed(t, []string{"own"}, func(p *timedProgram) {
		kinds := map[Kind]string{Deterministic: "profile function of its own"}
		if p.t.Name() != "TestTimedOwn/3.12" && p.t.Name() != "TestTimedOwn/3.13" { // whose sys.monitoring has room for many
			kinds[Lines] = "trace function of its own"
		}
		for kind, why := range kinds {
			ctx, end := context.WithTimeout(p.t.Context(), 2*time.Minute)
			c, err := Take(ctx, Request{
				Kind: kind, Duration: 100 * time.Millisecond, Functions: []string{"leaf"}, Agent: p.agent,
				Subjects: func() []Subject { return []Subject{p.subject("py", 0)} },
			}, nil)
			end()
			if !errors.Is(err, ErrNothing) || ok(c, "pyagent") || !strings.Contains(told(c, "pyagent"), why) {
				p.t.Errorf("%s: %v, %v", kind, err, c.Coverage)
			}
		}
	})
}

// TestTimedEnds: a program that ends meanwhile leaves what there was; of one that
// is killed it is said that it could not.
func TestTimedEnds(t *testing.T) {
	eachTimed(t, nil, func(p *timedProgram) {
		c, err := p.capture(Deterministic, func() {
			p.tell("go")
			p.end()
		})
		if err != nil || !ok(c, "pyagent") || flat(c.Profile, 0, "leaf") != 108 {
			p.t.Errorf("%v, %v\n%s", err, c.Coverage, c.Profile)
		}
	})
	eachTimed(t, nil, func(p *timedProgram) {
		c, err := p.capture(Lines, func() {
			_ = p.Process.Kill()
			p.end()
		}, "leaf")
		if err != nil || ok(c, "pyagent") || !strings.Contains(told(c, "pyagent"), "it ended before it could tell") {
			p.t.Errorf("%v, %v", err, c.Coverage)
		}
	})
}

// TestTales: what several programs tell becomes one profile, in which each is
// told apart.
func TestTales(t *testing.T) {
	for kind, text := range map[Kind]string{
		Deterministic: `{"functions":[{"file":"a","line":1,"name":"f"}],"threads":[{"tid":3,"name":"x","nodes":[[-1,0,2,10],[0,0,3000000000,5]]}]}`,
		Lines:         `{"timed":[{"function":{"file":"a","line":1,"name":"f"},"lines":[[2,3000000002,15]]}]}`,
	} {
		r := newRecorder(kind, 0)
		a := newPythonAgent(&taking{request: Request{Kind: kind}, recorder: r})
		for pid := 1; pid <= 2; pid++ {
			if err := a.add(&Subject{PIDRef: procs.PIDRef{PID: pid}, Pool: "p", Process: fmt.Sprintf("p/%d", pid)}, []byte(text)); err != nil {
				t.Fatal(err)
			}
		}
		p := r.finish(time.Now(), time.Second)
		if err := p.CheckValid(); err != nil {
			t.Error(err)
		}
		for _, process := range []string{"p/1", "p/2"} {
			of := func(s *profile.Sample) bool { return slices.Equal(s.Label[LabelProcess], []string{process}) }
			if n, d := sum(p, 0, of), sum(p, 1, of); n != 3000000002 || d != 15 {
				t.Errorf("%s: %s: %d in %d ns", kind, process, n, d)
			}
		}
		if kind == Deterministic && (flat(p, 2, "f") != 30 || len(r.files) != 2) {
			t.Errorf("f took %d, %d files", flat(p, 2, "f"), len(r.files))
		}
	}
}

// TestTaleHostile: what a program tells is not believed.
func TestTaleHostile(t *testing.T) {
	f := `"functions":[{"file":"a","line":1,"name":"f"}],`
	for _, text := range []string{
		"", "{", `{"threads":1}`, `{` + f + `"threads":[{"nodes":[[0,0,1,1]]}]}`, `{` + f + `"threads":[{"nodes":[[-1,1,1,1]]}]}`,
		`{` + f + `"threads":[{"nodes":[[-1,0,-1,1]]}]}`, `{` + f + `"threads":[{"nodes":[[-1,0,9007199254740993,1]]}]}`,
		`{"timed":[{"function":{},"lines":[[1,-1,0]]}]}`, `{"threads":[{"nodes":[[-2,0,0,0]]}]}`,
	} {
		a := newPythonAgent(&taking{request: Request{Kind: Deterministic}, recorder: newRecorder(Deterministic, 0)})
		if err := a.add(&Subject{}, []byte(text)); !errors.Is(err, errTale) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
