package pyagent

import (
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"example.com/muster/procs"
)

// TestWhoEndsWhom: it is known which workers their own process has ended, and whose pool
// that has given up; of a worker that had gone before neither is told.
func TestWhoEndsWhom(t *testing.T) {
	eachPython(t, func(t *testing.T, python string) {
		for _, method := range methods {
			t.Run(method, func(t *testing.T) {
				a := install(t)
				r := run(t, a.Environ(plainEnviron(), ""), python, "testdata/ends.py", method)
				if r.code != 0 {
					t.Fatalf("code %d, stderr:\n%s", r.code, r.stderr)
				}
				var known Known
				known.Add(read(t, a)...)
				said := 0
				for line := range strings.Lines(r.stdout) {
					said++
					words := strings.Fields(line)
					pid, err := strconv.Atoi(words[0])
					must(t, err)
					p, _ := known.Process(procs.PIDRef{PID: pid})
					if got := []string{strconv.Itoa(int(p.Ended)), strconv.FormatBool(known.GivenUp(p))}; got[0] != words[1] || got[1] != words[2] {
						t.Errorf("%q: the agent said %q", words, got)
					}
					if len(words) == 4 && p.Name != words[3] {
						t.Errorf("%q: it is told as %q", words, p.Name)
					}
				}
				if said != 10 {
					t.Errorf("the program said\n%s", r.stdout)
				}
			})
		}
	})
}

// TestOnlyTheOwnerEnds: the word of another process on a worker does not count, nor one on
// a process that had its number before.
func TestOnlyTheOwnerEnds(t *testing.T) {
	worker := func(start uint64) Process {
		return Process{PIDRef: procs.PIDRef{PID: 8, StartTime: start}, Name: "W", Pool: "multiprocessing", Owner: 7, Queue: 5}
	}
	var k Known
	k.Add(worker(1), Ends{PID: 6, Child: procs.PIDRef{PID: 8, StartTime: 1}, Signal: procs.SIGTERM}, GivesUp{PID: 6, Queue: 5}, GivesUp{PID: 7, Queue: 4})
	if p, _ := k.Process(procs.PIDRef{PID: 8}); p.Ended != 0 || k.GivenUp(p) {
		t.Errorf("another one has ended %+v", p)
	}
	k.Add(Ends{PID: 7, Child: procs.PIDRef{PID: 8, StartTime: 1}, Signal: procs.SIGTERM}, Ends{PID: 7, Child: procs.PIDRef{PID: 8, StartTime: 1}, Signal: procs.SIGKILL}, worker(1), GivesUp{PID: 7, Queue: 5})
	if p, _ := k.Process(procs.PIDRef{PID: 8}); p.Ended != procs.SIGKILL || !k.GivenUp(p) {
		t.Errorf("its owner has ended %+v", p)
	}
	k.Add(worker(2))
	if p, _ := k.Process(procs.PIDRef{PID: 8}); p.Ended != 0 {
		t.Errorf("ended before it began: %+v", p)
	}
	k.Add(Ends{PID: 7, Child: procs.PIDRef{PID: 8, StartTime: 1}, Signal: procs.SIGKILL})
	if p, _ := k.Process(procs.PIDRef{PID: 8}); p.Ended != 0 {
		t.Errorf("who had its number before was ended: %+v", p)
	}
}

// TestEndedBeforeItSpoke: of who is ended before it has said who it is, its owner's word stands;
// what it comes to say all the same is added.
func TestEndedBeforeItSpoke(t *testing.T) {
	child := procs.PIDRef{PID: 8, StartTime: 2}
	ends := Ends{PID: 7, Child: child, Name: "victim", Signal: procs.SIGTERM}
	began := Process{PIDRef: child, PPID: 7}
	said := Process{PIDRef: child, PPID: 7, Name: "victim", Forked: true, Owner: 7, Task: "f()"}
	for name, reports := range map[string][]Report{
		"nothing is known":                {ends},
		"another one had its number":      {Process{PIDRef: procs.PIDRef{PID: 8, StartTime: 1}, Name: "other", Owner: 7}, ends},
		"it runs a new Python":            {began, ends},
		"it has a handler for the signal": {ends, said},
		"it begins after that":            {ends, began},
		"it begins and says its name":     {ends, began, said},
	} {
		var k Known
		k.Add(reports...)
		p, ok := k.Process(child)
		if !ok || p.Ended != procs.SIGTERM || p.Name != "victim" || p.Owner != 7 {
			t.Errorf("%s: %+v", name, p)
		}
		if last := reports[len(reports)-1]; last == Report(said) && (p.Task != "f()" || name == "it has a handler for the signal" && !p.Forked) {
			t.Errorf("%s: it has said more than %+v", name, p)
		}
	}
	var k Known
	k.Add(said, Ends{PID: 6, Child: child, Name: "stolen", Signal: procs.SIGKILL}, began)
	if p, _ := k.Process(child); p.Ended != 0 || p.Name == "stolen" {
		t.Errorf("another one than its owner has ended %+v", p)
	}
}

// TestWhoReturns: a process of multiprocessing that ends badly by an exception or sys.exit says
// that it has come to its end; one that leaves by os._exit does not, nor does one that ends well.
func TestWhoReturns(t *testing.T) {
	const program = `
import multiprocessing, os, sys
def raises(): raise ValueError("no room")
def exits(): sys.exit(3)
def leaves(): os._exit(1)
def ends(): pass
if __name__ == "__main__":
    for target in raises, exits, leaves, ends:
        p = multiprocessing.get_context(sys.argv[1]).Process(target=target, name=target.__name__)
        p.start()
        p.join()
        print(p.pid, target.__name__, flush=True)
`
	script := filepath.Join(t.TempDir(), "returns.py")
	must(t, os.WriteFile(script, []byte(program), 0o600))
	eachPython(t, func(t *testing.T, python string) {
		for _, method := range methods {
			a := install(t)
			r := run(t, a.Environ(plainEnviron(), ""), python, script, method)
			var known Known
			known.Add(read(t, a)...)
			got := map[string]bool{}
			for line := range strings.Lines(r.stdout) {
				words := strings.Fields(line)
				pid, err := strconv.Atoi(words[0])
				must(t, err)
				p, _ := known.Process(procs.PIDRef{PID: pid})
				if p.Name != words[1] {
					t.Errorf("%s: %q is called %q", method, words, p.Name)
				}
				got[words[1]] = p.Returned
			}
			if want := map[string]bool{"raises": true, "exits": true, "leaves": false, "ends": false}; !maps.Equal(got, want) {
				t.Errorf("%s: %v, want %v", method, got, want)
			}
		}
	})
}
