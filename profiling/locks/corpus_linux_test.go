package locks_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"example.com/muster/internal/corpus"
	"example.com/muster/profiling/locks/graph"
)

// The corpus is a set of programs that bring themselves into a state, say what
// they know of their own locks, and stay: testdata/locks/README.md. Here each
// is run as a child, what it says is checked, and so is what a Watcher says of
// it: one that has looked since the program began, and one that comes late.

// covered are the kinds of which the answers are compared.
var covered = map[graph.Kind]bool{
	graph.Semaphore: true, graph.PthreadMutex: true, graph.PthreadRWLock: true, graph.PthreadCond: true, graph.PthreadBarrier: true,
	graph.Flock: true, graph.POSIX: true, graph.OFD: true, graph.SysVSem: true,
	graph.MPLock: true, graph.MPRLock: true, graph.MPSemaphore: true, graph.MPCondition: true, graph.ThreadLock: true, graph.GIL: true,
	graph.Pipe: true, graph.Socket: true, graph.EventFD: true, graph.Futex: true,
	graph.Go: true,
}

// inC, inGo and inShell are the programs with their arguments.
var (
	inC = corpus.Words(`
		mutex normal private; mutex recursive private; mutex errorcheck private
		mutex robust private; mutex pi private; mutex robust-pi private
		mutex normal shared; mutex recursive shared; mutex errorcheck shared
		mutex robust shared; mutex pi shared; mutex robust-pi shared
		mutex normal memfd; mutex robust-pi memfd
		rwlock writer private; rwlock writer shared; rwlock readers private; rwlock readers shared
		cond private; cond shared
		barrier private; barrier shared; barrier again; barrier sem
		sem private; sem shared; sem named; sem passed; sem free
		filelock flock; filelock posix; filelock lockf; filelock ofd
		filelock flock-readers; filelock flock-inherited; filelock flock-outside; filelock posix-ranges; filelock ofd-ranges
		sysvsem hold; sysvsem undo
		pipe empty; pipe full; pipe abba; pipe or; pipe alone; pipe self; pipe prefork
		socket pair; socket full; socket tcp; socket abba; accept; loop epoll; loop select
		futex private; futex shared; futex latch
		eventfd threads; eventfd processes
		abba mutex; abba threads; abba timed; abba pi; abba pi-threads; abba pi-timed; abba alarm; abba flock; abba ofd; abba posix
		self mutex; self flock; self pi
		dead normal; dead errorcheck; dead robust; dead recovered; dead inconsistent; dead thread
		rate mutex; rate flock
		join threads; join processes; join held; join held-cond; join held-child
		exits; nodump; setuid; fakesem
		mutex-static normal private; mutex-static robust shared; abba-static mutex; filelock-static ofd
		mutex-musl normal private; mutex-musl recursive private; mutex-musl errorcheck shared; mutex-musl robust memfd; mutex-musl pi private
		rwlock-musl writer private; rwlock-musl readers shared; cond-musl private; cond-musl shared; join-musl threads; join-musl held-cond
		sem-musl private; sem-musl shared; abba-musl mutex; abba-musl threads; abba-musl timed`)
	inGo    = corpus.Words(`mutex; rwmutex; chan; send; flock; parked; server; self; abba; keep`)
	inShell = corpus.Words(`
		flock.sh command; flock.sh descriptor; flock.sh abba
		pipe.sh empty; pipe.sh full; pipe.sh fifo; pipe.sh open
		pidns.sh mutex normal shared; pidns.sh mutex robust-pi private; pidns.sh filelock flock; pidns.sh abba ofd`)
	// Each Python runs these.
	inEachPython = corpus.Words(`mp_lock.py fork; abba.py fork; killed.py fork; full_queue.py fork`)
	// The newest Python runs these with muster's agent as well.
	inAgentsPython = corpus.Words(`
		mp_lock.py fork; abba.py fork; killed.py spawn lock; full_queue.py fork; joiner.py fork pool; answer.py fork pipe
		queue_idle.py fork; idle.py fork pool; idle.py spawn executor; idle.py fork server; idle.py spawn served
		reader.py fork pipe; reader.py fork duplex; reader.py fork os; reader.py fork queue; reader.py fork served
		sender.py fork pipe`)
	// The oldest and the newest Python run these.
	inPython = corpus.Words(`
		mp_lock.py spawn; mp_lock.py forkserver; mp_lock.py fork many; mp_lock.py fork heap; mp_lock.py fork used
		mp_rlock.py fork; mp_rlock.py spawn
		mp_semaphore.py fork; mp_semaphore.py forkserver bounded; mp_semaphore.py fork free
		mp_semaphore.py fork room; mp_semaphore.py spawn work; mp_semaphore.py fork full; mp_semaphore.py spawn full; mp_semaphore.py fork all
		mp_condition.py fork; mp_condition.py spawn event
		queue_idle.py fork; queue_idle.py forkserver
		idle.py fork pool; idle.py spawn pool; idle.py fork executor; idle.py forkserver executor
		idle.py fork condition; idle.py fork queue; idle.py fork simple; idle.py fork join; idle.py fork server; idle.py spawn served; idle.py fork joiner; idle.py spawn ends
		abba.py spawn; abba.py fork timed; abba.py fork alarm; abba.py forkserver flock
		cycle3.py fork; cycle3.py spawn
		killed.py forkserver; killed.py spawn lock
		passed.py fork; passed.py spawn back; passed.py fork again; passed.py fork again-back
		fake.py fork; fake.py spawn
		release.py fork gate; release.py spawn gate; release.py fork baton; release.py spawn baton; release.py fork cross; release.py spawn cross
		release.py fork passed; release.py spawn passed; release.py fork own; release.py spawn own; release.py fork joined; release.py spawn joined
		release.py fork pool; release.py spawn pool; release.py fork ended; release.py spawn ended; release.py fork left; release.py spawn left
		answer.py fork child; answer.py fork both; answer.py fork tcp; answer.py fork unix; answer.py fork pipe; answer.py spawn request
		joiner.py fork rlock; joiner.py fork lock; joiner.py spawn process; joiner.py fork future; joiner.py fork pool
		reader.py fork pipe; reader.py fork duplex; reader.py fork os; reader.py fork queue; reader.py fork served; reader.py fork orders; reader.py fork paused
		full_queue.py forkserver; joiner.py forkserver process; reader.py forkserver orders
		lost.py fork killed; lost.py spawn killed; lost.py fork task; lost.py spawn leaked
		sender.py fork pipe; sender.py spawn pipe; sender.py fork duplex; sender.py spawn duplex
		outside.py fork; flow.py fork; rate.py fork
		filelock.py fork flock; filelock.py spawn lockf
		thread_lock.py fork lock; thread_lock.py fork rlock
		gil.py fork main; gil.py fork thread
		manager.py fork; manager.py spawn`)
)

// atOnce is how many programs are played at a time. They sleep, nearly all of
// them, so there may be more than the machine has processors.
const atOnce = 6

func TestCorpus(t *testing.T) {
	c := openCorpus(t)
	plays := make(chan play)
	var wg sync.WaitGroup
	for range atOnce {
		wg.Go(func() {
			for p := range plays {
				t.Run(p.name, func(t *testing.T) { c.play(t, p) })
			}
		})
	}
	for range corpus.Repeats(t) {
		for _, p := range c.plays() {
			plays <- p
		}
	}
	close(plays)
	wg.Wait()
}

// play is a program with its arguments.
type play struct {
	name string // "python3.8 abba.py fork"
	argv func(t *testing.T) []string
	// agent says that muster's agent is in it, as in what it starts itself.
	agent bool
}

// python returns how to run a program by an interpreter.
func (c *playground) python(py corpus.Python, args []string) func(*testing.T) []string {
	return func(*testing.T) []string { return append([]string{py.Path, c.path("py", args[0])}, args[1:]...) }
}

// plays returns the whole corpus.
func (c *playground) plays() []play {
	var all []play
	add := func(language, version string, args []string, argv func(t *testing.T) []string) {
		all = append(all, play{name: strings.Join(append([]string{language + version}, args...), " "), argv: argv})
	}
	for _, args := range inC {
		add("c", "", args, func(t *testing.T) []string { return append([]string{c.program(t, args[0])}, args[1:]...) })
	}
	for _, args := range inGo {
		add("go", "", args, func(t *testing.T) []string { return append([]string{c.program(t, "go")}, args...) })
	}
	for _, args := range inShell {
		add("sh", "", args, func(t *testing.T) []string {
			argv := append([]string{"sh", c.path("sh", args[0])}, args[1:]...)
			if args[0] == "pidns.sh" {
				argv[2] = c.program(t, args[1])
			}
			return argv
		})
	}
	for i, py := range c.pythons {
		list := inEachPython
		if i == 0 || i == len(c.pythons)-1 {
			list = slices.Concat(list, inPython)
		}
		version := py.Version
		if py.System() { // which is linked in another way
			version += " of the system"
		}
		for _, args := range list {
			add("python", version, args, c.python(py, args))
		}
		if i == len(c.pythons)-1 {
			for _, args := range inAgentsPython {
				add("python", version+" with agent", args, c.python(py, args))
				all[len(all)-1].agent = true
			}
		}
	}
	return all
}
