package crashcorpus_test

import (
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"example.com/muster/internal/corpus"
)

// The crash corpus is a set of programs that end badly, lose an exception or
// only look like it, and say what they do: testdata/crashes/README.md. Here
// each is run under muster, and what it says is compared with the report.

// reportedCrashes are plays of which muster does not say the truth, and why.
// They are played all the same, and what is wrong is logged.
var reportedCrashes = map[string]string{
	"go grandchild-exit": "a descendant that is no worker of multiprocessing and ends with a code only counts as one that answers its caller, as grep does: docs/crashes.md",
	"c ends reuse":       "of processes that have one pid within a millisecond the first may be missed: docs/crashes.md",
}

var (
	crashesInC = corpus.Words(`
		ends segv; ends fpe; ends ill; ends bus; ends abort; ends assert; ends stack; ends double-free; ends bad-free
		ends code; ends killed; ends term; ends pipe; ends child-segv; ends orphan; ends good; ends core; ends reuse
		memory use-after-free; memory heap; memory stack; memory segv
		race exit
		terminate throw; terminate noexcept; terminate int; terminate thread; terminate virtual; terminate caught`)
	crashesInGo = corpus.Words(`
		index; nil; error; custom; goroutine; again; deadlock; map; race; stack; exit; fatal; recovered
		grandchild; grandchild-exit; quit; closed-channel; many; abort; killed`)
	crashesInRust  = corpus.Words(`index; unwrap; thread; caught; overflow; code`)
	crashesInNode  = corpus.Words(`throw; promise; rejected; text; worker; handler; heap; abort; logged; code`)
	crashesInShell = corpus.Words(`
		ends.sh code; ends.sh 137; ends.sh not-found; ends.sh timeout; ends.sh child-segv
		good.sh grep; good.sh failed-child; good.sh ignored; good.sh background; good.sh forced; good.sh make; good.sh configure; good.sh timeout`)
	// Each Python runs these.
	crashesInEachPython = corpus.Words(`
		raises.py; chained.py cause; chained.py context; cyclic.py; group.py; syntax.py; recursion.py; memory_error.py
		remote.py fork; executor.py fork; swallowed.py fork; segv_in_map.py fork; broken_executor.py fork
		thread.py; threads.py once; threads.py torn; threads.py left; process.py fork; process_exit.py fork each; grandchild.py fork; abort.py; segv.py; watchdog.py; asyncio_task.py
		pool_lost.py fork term; pool_lost.py fork hup; pool_lost.py fork zero; pool_lost.py fork leave; pool_lost.py fork interrupt; process_beside.py fork
		executor_lost.py fork term; executor_lost.py fork zero; executor_initializer.py fork; unrebuilt.py fork pool; unrebuilt.py fork executor
		logged.py; printed.py fork; pool_terminate.py fork; pool_ends.py fork; ignored.py atexit
		pool_given_up.py fork interrupt; pool_given_up.py fork executor
		thread_pool.py executor gone; thread_pool.py pool gone; never_retrieved.py task`)
	// The oldest and the newest Python run these; each one does if the corpus is
	// run with MUSTER_REPEAT.
	crashesInPython = corpus.Words(`
		memory_error_caught.py; swallowed.py spawn; swallowed.py forkserver; remote.py spawn; remote.py forkserver
		executor.py spawn; executor.py forkserver; future_unasked.py fork; future_unasked.py spawn
		fetched.py fork; fetched.py forkserver; unpicklable.py fork; unpicklable.py spawn
		segv_in_map.py spawn; segv_in_map.py forkserver; exit_in_map.py fork; exit_in_map.py forkserver; broken_executor.py spawn
		process.py spawn; process.py forkserver; interleaved.py fork; interleaved.py spawn; grandchild.py spawn; grandchild.py forkserver
		executor_initializer.py spawn; executor_initializer.py forkserver; unrebuilt.py spawn pool; unrebuilt.py forkserver executor
		manager_proxy.py fork key; manager_proxy.py spawn key; manager_proxy.py forkserver remote
		system_exit.py code; system_exit.py message; system_exit.py why; system_exit.py log; system_exit.py atexit; system_exit.py handled
		logged_end.py once; logged_end.py later; logged_end.py why; logged_end.py warned
		process_exit.py spawn each; process_exit.py forkserver each; process_exit.py fork alike; process_exit.py fork caught
		process_exit.py fork good; process_exit.py spawn class; process_exit.py fork class; tail.py fork own; tail.py spawn own; tail.py fork none; tail.py fork command; interrupt.py; killed_worker.py fork; killed_worker.py spawn; cut.py
		big_message.py; escapes.py; multiline.py; subprocess_failed.py; subprocess_killed.py; ignored.py del; ignored.py closed
		thread_pool.py executor asked; thread_pool.py pool asked; thread_pool.py executor kept; thread_pool.py pool kept
		never_retrieved.py callback; never_retrieved.py asked
		pool_terminate.py spawn; pool_terminate.py forkserver; process_terminate.py fork; process_terminate.py forkserver
		beside_handled.py fork; beside_handled.py spawn; process_ended_at_once.py fork; process_ended_at_once.py spawn; process_ended_at_once.py forkserver
		pool_lost.py spawn term; pool_lost.py forkserver term; pool_lost.py forkserver hup; executor_lost.py spawn term; process_beside.py spawn
		pool_lost.py spawn zero; pool_lost.py forkserver zero; pool_lost.py forkserver interrupt; executor_lost.py forkserver zero; executor_lost.py spawn twice
		pool_given_up.py fork group; pool_given_up.py fork hangup; pool_given_up.py spawn group; pool_given_up.py fork dies; pool_given_up.py fork leave
		pool_given_up.py spawn interrupt; pool_given_up.py spawn executor; pool_ends.py spawn; pool_ends.py forkserver
		good_exit.py fork; good_exit.py spawn; printed.py forkserver; prints_others.py; forked_threads.py`)
	// The newest Python runs these, or each one again.
	crashesInOnePython = corpus.Words(`oom.py`)
)

// crashPlay is a program with its arguments.
type crashPlay struct {
	name string // "python3.8 swallowed.py fork"
	key  string // "python swallowed.py fork"
	argv func(t *testing.T) []string
}

// crashesAtOnce is how many programs are played at a time: most of them wait most
// of the time.
var crashesAtOnce = runtime.NumCPU() + 2

func TestCrashCorpus(t *testing.T) {
	if raceDetector {
		t.Skip("the programs are played without the race detector, as what they wait for has its limits")
	}
	c := openCrashCorpus(t)
	all := c.plays(t)
	for name := range reportedCrashes {
		if !slices.ContainsFunc(all, func(p crashPlay) bool { return p.key == name || p.name == name }) {
			t.Errorf("%q is said not to be told right, but there is no such program", name)
		}
	}
	plays := make(chan crashPlay)
	var wg sync.WaitGroup
	for range crashesAtOnce {
		wg.Go(func() {
			for p := range plays {
				t.Run(p.name, func(t *testing.T) { c.play(t, p) })
			}
		})
	}
	for range corpus.Repeats(t) {
		for _, p := range all {
			plays <- p
		}
	}
	close(plays)
	wg.Wait()
}

// plays returns the whole corpus.
func (c *crashCorpus) plays(t *testing.T) []crashPlay {
	var all []crashPlay
	add := func(language, version string, args []string, argv func(t *testing.T) []string) {
		rest := " " + strings.Join(args, " ")
		all = append(all, crashPlay{language + version + rest, language + rest, argv})
	}
	for i, compiler := range c.compilers {
		for _, args := range crashesInC {
			add("c", [...]string{"", " clang"}[i], args, func(t *testing.T) []string { return append([]string{c.program(t, compiler, args[0])}, args[1:]...) })
		}
	}
	for _, args := range crashesInGo {
		name := "go"
		if args[0] == "race" {
			name = "go-race"
		}
		add("go", "", args, func(t *testing.T) []string { return append([]string{c.program(t, "go", name)}, args...) })
	}
	for _, args := range crashesInRust {
		add("rust", "", args, func(t *testing.T) []string { return append([]string{c.program(t, "rustc", "rust")}, args...) })
	}
	for _, args := range crashesInNode {
		add("node", "", args, func(t *testing.T) []string {
			node, err := exec.LookPath("node")
			if err != nil {
				t.Skip("node is missing")
			}
			return append([]string{node, "--max-old-space-size=20", c.path("js", "main.js")}, args...)
		})
	}
	for _, args := range crashesInShell {
		add("sh", "", args, func(*testing.T) []string { return append([]string{"sh", c.path("sh", args[0])}, args[1:]...) })
	}
	for i, py := range c.pythons {
		for _, args := range c.inPython(i) {
			add("python", py.Version, args, func(*testing.T) []string { return append([]string{py.Path, c.path("py", args[0])}, args[1:]...) })
		}
	}
	for _, name := range []string{"gunicorn_boot.py", "gunicorn_reload.py", "gunicorn_timeout.py"} {
		add("python", "", []string{name}, func(t *testing.T) []string {
			gunicorn, err := exec.LookPath("gunicorn")
			if err != nil {
				t.Skip("gunicorn is missing")
			}
			return []string{"python3", c.path("py", name), gunicorn}
		})
	}
	return all
}

// inPython returns what one of the Pythons runs.
func (c *crashCorpus) inPython(i int) [][]string {
	if os.Getenv("MUSTER_REPEAT") != "" {
		i = len(c.pythons) - 1
	}
	switch i {
	case len(c.pythons) - 1:
		return slices.Concat(crashesInEachPython, crashesInPython, crashesInOnePython)
	case 0:
		return slices.Concat(crashesInEachPython, crashesInPython)
	}
	return crashesInEachPython
}
