//go:build race

package locks_test

// Under the race detector the search for SemLocks takes longer than it may, and
// it is not repeated while a process does not run.
func init() {
	for _, args := range append(inEachPython, inPython...) {
		switch args[0] {
		case "mp_lock.py", "mp_rlock.py", "mp_semaphore.py", "abba.py", "cycle3.py", "killed.py", "queue_idle.py", "passed.py", "fake.py", "idle.py":
			reported[keyOf("python", args)] = "the search for its SemLocks ends early and is not repeated"
		}
	}
}
