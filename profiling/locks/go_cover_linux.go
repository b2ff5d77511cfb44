package locks

import (
	"fmt"

	"example.com/muster/profiling"
)

// goReport gathers what the Go programs of a pass do not tell.
type goReport struct {
	mute     []int // no net/http/pprof in them
	silent   []int // it is in them, but cannot be asked
	why      error // of the first of those
	asked    int   // have told their goroutines
	failed   error // of the first profile that could not be read
	off      []int // record nothing in either profile
	noMutex  []int // record nothing in this one
	noBlock  []int
	once     int // have been read only once
	awaiting int // have not answered yet
}

// add takes in what a program has told; nil is nothing so far.
func (r *goReport) add(pid int, t *goTold) {
	switch {
	case t == nil:
		r.awaiting++
		return
	case t.err != nil:
		r.silent = append(r.silent, pid)
		if r.why == nil {
			r.why = t.err
		}
		return
	}
	r.asked++
	mutex, block := &t.profiles[0], &t.profiles[1]
	for _, p := range t.profiles {
		if r.failed == nil {
			r.failed = p.err
		}
	}
	off, noBlock := mutex.off, block.err == nil && block.empty
	switch {
	case off && noBlock:
		r.off = append(r.off, pid)
	case off:
		r.noMutex = append(r.noMutex, pid)
	case noBlock:
		r.noBlock = append(r.noBlock, pid)
	}
	if mutex.once || block.once {
		r.once++
	}
}

// cover puts it into rows: one of the goroutines, one of the profiles.
func (r *goReport) cover(c *coverage) {
	switch {
	case len(r.silent) > 0:
		c.add(ofGo, r.why.Error()+andMore(r.silent))
	case len(r.mute) > 0:
		c.add(ofGo, fmt.Sprintf("what the goroutines of %s wait for, only the program itself can say: it has to import net/http/pprof and serve it on 127.0.0.1", these(r.mute)))
	case r.awaiting > 0:
		c.add(ofGo, "a Go program has not told yet what its goroutines wait for")
	}
	if r.asked > 0 {
		row := r.profiles()
		row.Source = "go contention"
		c.goProfiles = &row
	}
}

// The lines of code by which a program records its waits: one event of 10 at
// its mutexes, and on average one of what waits for a millisecond. That is cheap.
const (
	turnOnMutex = "runtime.SetMutexProfileFraction(10)"
	turnOnBlock = "runtime.SetBlockProfileRate(1000000)"
)

func (r *goReport) profiles() profiling.Coverage {
	switch {
	case r.failed != nil:
		return profiling.Coverage{Note: r.failed.Error()}
	case len(r.off) > 0:
		return profiling.Coverage{Note: fmt.Sprintf("%s does not record where goroutines wait for mutexes: %s at its start turns that on (and %s other waits)", these(r.off), turnOnMutex, turnOnBlock)}
	case r.once > 0:
		return profiling.Coverage{Note: "the profiles have been read once so far; what is told is the difference between two readings"}
	case len(r.noMutex) > 0:
		return profiling.Coverage{OK: true, Note: fmt.Sprintf("%s records the lines that wait, but not those that let go of a mutex: %s would", these(r.noMutex), turnOnMutex)}
	case len(r.noBlock) > 0:
		return profiling.Coverage{OK: true, Note: fmt.Sprintf("the block profile of %s is empty: %s was not called in it, or nothing has waited yet", these(r.noBlock), turnOnBlock)}
	}
	return profiling.Coverage{OK: true}
}

// these names the first of some processes: "pid 4121 (and of 2 more)".
func these(pids []int) string { return fmt.Sprintf("pid %d", pids[0]) + andMore(pids) }

func andMore(pids []int) string {
	if len(pids) == 1 {
		return ""
	}
	return fmt.Sprintf(" (and %d more)", len(pids)-1)
}
