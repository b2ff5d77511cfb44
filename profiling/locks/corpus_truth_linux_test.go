package locks_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"example.com/muster/procs/procfs"
	"example.com/muster/profiling"
	"example.com/muster/profiling/locks/graph"
)

// truth is what a program says of its own locks: testdata/locks/README.md.
type truth struct {
	Locks     []trueLock `json:"locks"`
	Deadlocks [][]int    `json:"deadlocks"`
	Rings     [][]int    `json:"rings"`
	Never     []string   `json:"never"`
	Denied    bool       `json:"denied"`
}

type trueLock struct {
	Kind      string       `json:"kind"` // or several, with | between
	Holders   []trueThread `json:"holders"`
	Waiters   []trueThread `json:"waiters"`
	Maybe     []trueThread `json:"maybe"`
	Hidden    bool         `json:"hidden"`
	Contended *bool        `json:"contended"`
	Abandoned *bool        `json:"abandoned"`
	Idle      *bool        `json:"idle"`
	// Releasable says whether another process could release an abandoned one.
	Releasable *bool `json:"releasable"`
	// Quiet says whether it needs no look.
	Quiet *bool `json:"quiet"`
}

type trueThread struct {
	PID     int  `json:"pid"`
	TID     int  `json:"tid"`
	Dead    bool `json:"dead"`
	Lives   bool `json:"lives"` // of a dead one: only the thread has ended
	Outside bool `json:"outside"`
}

func (th trueThread) String() string {
	s := fmt.Sprint(th.PID)
	if th.TID != 0 {
		s += fmt.Sprint("/", th.TID)
	}
	if th.Dead {
		s += "(dead)"
	}
	if th.Outside {
		s += "(outside)"
	}
	return s
}

func readTruth(path string) (*truth, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	tr := new(truth)
	if err := d.Decode(tr); err != nil {
		return nil, fmt.Errorf("the truth is not well-formed: %w\n%s", err, b)
	}
	return tr, nil
}

func (tr *truth) String() string {
	var b strings.Builder
	for _, l := range tr.Locks {
		fmt.Fprintf(&b, "  want %s held by %v, waited for by %v%s\n", l.Kind, l.Holders, l.Waiters, l.flags())
	}
	fmt.Fprintf(&b, "  want deadlocks %v, rings %v, never %v\n", tr.Deadlocks, tr.Rings, tr.Never)
	return b.String()
}

func (l *trueLock) flags() string {
	s := ""
	for word, set := range map[string]*bool{"contended": l.Contended, "abandoned": l.Abandoned, "idle": l.Idle, "quiet": l.Quiet} {
		if set != nil && *set {
			s += ", " + word
		}
	}
	if l.Hidden {
		s += ", which is hidden"
	}
	return s
}

func (l *trueLock) kinds() []string { return strings.Split(l.Kind, "|") }

// covered reports whether all its kinds are compared. A trap has none.
func (tr *truth) covered() bool {
	return !slices.ContainsFunc(tr.Locks, func(l trueLock) bool {
		return !slices.ContainsFunc(l.kinds(), func(k string) bool { return covered[graph.Kind(k)] })
	})
}

// calls are the system calls in which one waits for a lock of a kind, where
// there are but few.
var calls = func() map[graph.Kind][]int {
	m := map[graph.Kind][]int{
		graph.Flock: {unix.SYS_FLOCK}, graph.POSIX: {unix.SYS_FCNTL}, graph.OFD: {unix.SYS_FCNTL},
		graph.SysVSem: {unix.SYS_SEMOP, unix.SYS_SEMTIMEDOP}, graph.Pipe: {unix.SYS_READ, unix.SYS_WRITE, unix.SYS_OPENAT},
		graph.EventFD: {unix.SYS_READ}, graph.Socket: {unix.SYS_READ, unix.SYS_WRITE, unix.SYS_RECVFROM, unix.SYS_SENDTO}, graph.Go: nil, graph.GIL: nil,
	}
	for _, k := range []graph.Kind{
		graph.MPLock, graph.MPRLock, graph.MPSemaphore, graph.MPCondition, graph.Semaphore, graph.PthreadMutex,
		graph.PthreadRWLock, graph.PthreadCond, graph.PthreadBarrier, graph.ThreadLock, graph.Futex,
	} {
		m[k] = []int{unix.SYS_FUTEX}
	}
	return m
}()

// check says what is wrong with a truth, without asking a Watcher: whoever it
// names must be there, and whoever waits must sleep in the right system call.
func (tr *truth) check(root int) []string {
	var faults []string
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	for _, word := range tr.Never {
		if !slices.Contains([]string{"contended", "abandoned", "deadlock"}, word) {
			fault("never %q?", word)
		}
	}
	for _, l := range tr.Locks {
		for _, k := range l.kinds() {
			if _, ok := calls[graph.Kind(k)]; !ok {
				fault("there is no kind %q", k)
			}
		}
		if len(l.Waiters) == 0 {
			fault("nobody waits for %s", l.Kind)
		}
		for _, h := range append(l.Holders[:len(l.Holders):len(l.Holders)], l.Maybe...) {
			faults = append(faults, h.check(root)...)
		}
		for _, w := range l.Waiters {
			faults = append(faults, w.check(root)...)
			if nrs := calls[graph.Kind(l.kinds()[0])]; nrs != nil && !w.sleepsIn(nrs) {
				fault("%v does not wait for %s", w, l.Kind)
			}
		}
	}
	for _, cycle := range tr.Deadlocks {
		for _, pid := range cycle {
			if !descends(pid, root) {
				fault("%d is no process of the program", pid)
			}
		}
	}
	return faults
}

func (th trueThread) check(root int) []string {
	s, err := procfs.ReadStat(th.PID)
	here := err == nil && !s.Ended()
	switch {
	case th.Lives && (!here || th.isTask()):
		return []string{fmt.Sprintf("of %v more or less than a thread has ended", th)}
	case th.Lives:
		return nil
	case th.Dead && here:
		return []string{fmt.Sprintf("%v lives", th)}
	case th.Dead:
		return nil
	case !here:
		return []string{fmt.Sprintf("%v does not live", th)}
	case descends(th.PID, root) == th.Outside:
		return []string{fmt.Sprintf("%v is a descendant or is not, but not as it says", th)}
	}
	if th.TID == 0 {
		return nil
	}
	if _, err := os.Stat(fmt.Sprintf("/proc/%d/task/%d", th.PID, th.TID)); err != nil {
		return []string{err.Error()}
	}
	return nil
}

// isTask reports whether the thread is there.
func (th trueThread) isTask() bool {
	_, err := os.Stat(fmt.Sprintf("/proc/%d/task/%d", th.PID, th.TID))
	return err == nil
}

// sleepsIn reports whether a thread is blocked in one of the system calls. One
// that wakes now and then is asked for long enough to meet it asleep.
func (th trueThread) sleepsIn(nrs []int) bool {
	for deadline := time.Now().Add(agreeTime); time.Now().Before(deadline); {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/syscall", th.PID, th.TID))
		if err != nil {
			return false
		}
		for _, nr := range nrs {
			if bytes.HasPrefix(b, fmt.Appendf(nil, "%d ", nr)) {
				return true
			}
		}
	}
	return false
}

func descends(pid, root int) bool {
	for pid > 1 {
		if pid == root {
			return true
		}
		s, err := procfs.ReadStat(pid)
		if err != nil {
			return false
		}
		pid = s.PPID
	}
	return false
}

// compare looks until two looks in a row have said the truth; where there is no
// deadlock four, as one is not told at the first sight of it. What must never be
// said must not be said once.
func (tr *truth) compare(w *watched) error {
	wanted := 2
	switch {
	case slices.Contains(tr.Never, "deadlock"): // some take several seconds to be told
		wanted = 10
	case len(tr.Deadlocks) == 0:
		wanted = 4
	}
	if lies := noCycles("deadlock", w.early, tr.Deadlocks); len(lies) > 0 {
		return fmt.Errorf("said what was not true:\n%s\n%s", lines(lies), tr)
	}
	limit := time.After(agreeTime)
	w.seenAt = time.Now()
	var last *graph.View
	var diff []string
	for agreed := 0; agreed < wanted; {
		v := w.next(limit)
		if v == nil {
			return fmt.Errorf("does not see the truth:\n%s\n%s%s", lines(diff), tr, shown(last))
		}
		if lies := tr.lies(v); len(lies) > 0 {
			return fmt.Errorf("says what is not true:\n%s\n%s%s", lines(lies), tr, shown(v))
		}
		if diff = tr.diff(v); len(diff) > 0 {
			agreed = 0
		} else {
			agreed++
		}
		last = v
	}
	return nil
}

// lies are what a view must never say: whoever it calls a holder for certain is one.
func (tr *truth) lies(v *graph.View) []string {
	lies := append(noCycles("deadlock", v.Deadlocks, tr.Deadlocks), noCycles("ring", v.Rings, slices.Concat(tr.Rings, tr.Deadlocks))...)
	for i := range tr.Locks {
		lies = append(lies, tr.Locks[i].lies(v)...)
	}
	for _, l := range v.Locks {
		for word, said := range map[string]bool{"contended": l.Contended, "abandoned": l.Abandoned} {
			if said && slices.Contains(tr.Never, word) {
				lies = append(lies, fmt.Sprintf("%s is not %s", l.ID, word))
			}
		}
	}
	return lies
}

func (l *trueLock) lies(v *graph.View) (lies []string) {
	for i := range v.Locks {
		got := &v.Locks[i]
		if !slices.Contains(l.kinds(), string(got.Kind)) || !l.sameWaiters(got.Waiters) {
			continue
		}
		for _, h := range got.Holders {
			isHolder := func(want trueThread) bool { return l.isHolder(want, h) }
			if h.Evidence == profiling.Exact && !slices.ContainsFunc(l.Holders, isHolder) {
				lies = append(lies, fmt.Sprintf("%s is not held by %d/%d%s", got.ID, h.PID, h.TID, holderWords(h)))
			}
		}
	}
	return lies
}

// noCycles names the cycles that are none.
func noCycles(what string, said []graph.Deadlock, so [][]int) []string {
	var lies []string
	for _, d := range said {
		got := cyclePIDs(d)
		if !slices.ContainsFunc(so, func(want []int) bool { return slices.Equal(sorted(want), got) }) {
			lies = append(lies, fmt.Sprintf("there is no %s of %v", what, got))
		}
	}
	return lies
}

// diff says in what a view differs from the truth.
func (tr *truth) diff(v *graph.View) []string {
	var diff []string
	for i := range tr.Locks {
		diff = append(diff, tr.Locks[i].diff(v)...)
	}
	for _, want := range tr.Deadlocks {
		if !slices.ContainsFunc(v.Deadlocks, func(d graph.Deadlock) bool { return slices.Equal(sorted(want), cyclePIDs(d)) }) {
			diff = append(diff, fmt.Sprintf("the deadlock of %v is not told", want))
		}
	}
	for _, want := range tr.Rings {
		if !slices.ContainsFunc(v.Rings, func(d graph.Deadlock) bool { return slices.Equal(sorted(want), cyclePIDs(d)) }) {
			diff = append(diff, fmt.Sprintf("the ring of %v is not told", want))
		}
	}
	row := slices.IndexFunc(v.Coverage, func(c profiling.Coverage) bool { return !c.OK && strings.Contains(c.Note, "not permitted") })
	if tr.Denied && row < 0 {
		diff = append(diff, "it is not said that something is not permitted")
	}
	if !tr.Denied && row >= 0 {
		diff = append(diff, fmt.Sprintf("%s is permitted", v.Coverage[row].Source))
	}
	return diff
}

func (l *trueLock) diff(v *graph.View) []string {
	for i := range v.Locks {
		got := &v.Locks[i]
		if slices.Contains(l.kinds(), string(got.Kind)) && l.sameWaiters(got.Waiters) {
			return l.diffOf(got)
		}
	}
	return []string{fmt.Sprintf("no %s has the waiters %v", l.Kind, l.Waiters)}
}

// sameWaiters compares threads, or only processes where the truth names no threads.
func (l *trueLock) sameWaiters(got []graph.Waiter) bool {
	want, have := map[trueThread]bool{}, map[trueThread]bool{}
	threads := true
	for _, w := range l.Waiters {
		want[trueThread{PID: w.PID, TID: w.TID}] = true
		threads = threads && w.TID != 0
	}
	for _, w := range got {
		th := trueThread{PID: w.PID, TID: w.TID}
		if !threads {
			th.TID = 0
		}
		have[th] = true
	}
	if len(want) != len(have) {
		return false
	}
	for th := range want {
		if !have[th] {
			return false
		}
	}
	return true
}

// diffOf compares the lock with one that has its waiters.
func (l *trueLock) diffOf(got *graph.Lock) []string {
	var diff []string
	left := slices.Clone(l.Holders)
	for _, h := range got.Holders {
		i := slices.IndexFunc(left, func(want trueThread) bool { return l.isHolder(want, h) })
		switch {
		case i >= 0:
			left = slices.Delete(left, i, i+1)
			if h.Evidence == profiling.Inferred && !l.Hidden && got.Kind != graph.SysVSem { // who has one of those is written nowhere
				diff = append(diff, fmt.Sprintf("%s is certainly held by %d/%d, which is only guessed at%s", got.ID, h.PID, h.TID, holderWords(h)))
			}
		case h.Evidence == profiling.Inferred && slices.ContainsFunc(l.Maybe, func(m trueThread) bool { return m.PID == h.PID }):
		default:
			diff = append(diff, fmt.Sprintf("%s is not held by %d/%d%s", got.ID, h.PID, h.TID, holderWords(h)))
		}
	}
	for _, want := range left {
		if !l.Hidden && (!want.Dead || want.TID != 0) {
			diff = append(diff, fmt.Sprintf("%s is held by %v, who is not named", got.ID, want))
		}
	}
	for word, pair := range map[string]struct {
		want *bool
		got  bool
	}{"contended": {l.Contended, got.Contended}, "abandoned": {l.Abandoned, got.Abandoned}, "idle": {l.Idle, got.Idle}, "releasable": {l.Releasable, got.Releasable}, "quiet": {l.Quiet, got.Quiet()}} {
		if pair.want != nil && *pair.want != pair.got {
			diff = append(diff, fmt.Sprintf("%s %s: %v, want %v", got.ID, word, pair.got, *pair.want))
		}
	}
	return diff
}

// isHolder reports whether a holder of a view is the one of the truth. One that
// is only guessed at need not be the right thread.
func (l *trueLock) isHolder(want trueThread, got graph.Holder) bool {
	if want.Dead != got.Dead || want.Lives != got.Lives || want.Outside && !got.Outside {
		return false
	}
	if want.Dead && want.TID != 0 && got.PID == 0 { // its thread alone is still known
		return want.TID == got.TID
	}
	return want.PID == got.PID && (want.TID == 0 || want.TID == got.TID || l.Hidden && got.Evidence == profiling.Inferred)
}

func cyclePIDs(d graph.Deadlock) []int {
	var pids []int
	for _, e := range d.Cycle {
		pids = append(pids, e.PID)
	}
	return sorted(pids)
}

func sorted(pids []int) []int { return slices.Sorted(slices.Values(pids)) }

func lines(list []string) string { return "  " + strings.Join(list, "\n  ") }

func holderWords(h graph.Holder) string {
	s := fmt.Sprintf(" (%s: %s", h.Evidence, h.Rule)
	for word, is := range map[string]bool{", dead": h.Dead, ", outside": h.Outside, ", any thread": h.AnyThread} {
		if is {
			s += word
		}
	}
	return s + ")"
}

// shown writes a view down, for a person.
func shown(v *graph.View) string {
	if v == nil {
		return "  got no look at all\n"
	}
	var b strings.Builder
	for _, l := range v.Locks {
		fmt.Fprintf(&b, "  got  %s %s %q %q complete=%v any=%v taken=%v guess=%v contended=%v abandoned=%v idle=%v\n",
			l.Kind, l.ID, l.Name, l.State, l.Complete, l.Any, l.Taken, l.Guess, l.Contended, l.Abandoned, l.Idle)
		for _, h := range l.Holders {
			fmt.Fprintf(&b, "         holder %d/%d%s\n", h.PID, h.TID, holderWords(h))
		}
		for _, w := range l.Waiters {
			fmt.Fprintf(&b, "         waiter %d/%d timed=%v\n", w.PID, w.TID, w.Timed)
		}
	}
	for _, d := range v.Deadlocks {
		fmt.Fprintf(&b, "  got  deadlock %v\n", d.Cycle)
	}
	states := slices.SortedFunc(slices.Values(v.Threads), func(a, b graph.State) int { return cmp.Or(a.PID-b.PID, a.TID-b.TID) })
	for _, s := range states {
		fmt.Fprintf(&b, "  got  thread %d/%d %s %s\n", s.PID, s.TID, s.Doing, procfs.Comm(s.PID))
	}
	for _, c := range v.Coverage {
		fmt.Fprintf(&b, "  got  coverage %s ok=%v %s\n", c.Source, c.OK, c.Note)
	}
	return b.String()
}
