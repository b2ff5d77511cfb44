// Package postmortem knows what the kernel can tell of a process after its
// death: whether it was killed since memory ran out, and what became of its
// core dump. Both need what is gone by then (its cgroup, directory and limits),
// so a [Watcher] is shown the processes while they live.
//
// Start at [New]. What follows from the facts is decided by package crash.
package postmortem

import (
	"bytes"
	"cmp"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"example.com/muster/procs"
	"example.com/muster/procs/procfs"
	"example.com/muster/profiling/crash"
)

const (
	// around is how long before a death the kernel may have counted the kill:
	// it counts, sends the signal, and then the victim gives back its memory.
	around = 3 * time.Second
	// lookAgain is after how many calls of Look a process is read anew, once it
	// has been read twice: programs enter a cgroup or directory at their start.
	lookAgain = 60
	// maxPlaces bounds the processes that are remembered, maxReads those that
	// are read in one call of Look, maxDeaths the deaths that are compared.
	maxPlaces, maxReads, maxDeaths = 8192, 256, 1024
	// stillPasses is how many calls of Again may pass until all processes are
	// gone through.
	stillPasses = 8
)

// Watcher remembers where processes live, and counts OOM kills. Its methods
// may be called from any goroutine.
type Watcher struct {
	proc   string // "/proc"
	now    func() time.Time
	mounts mounts
	alive  []procs.PIDRef // as Look was told; of its goroutine alone, as is
	still  int            // how often Again has been called since
	due    int            // how many were read in the last pass
	inUse  []group        // those of the places, likewise

	mu      sync.Mutex // never held while a file is read
	places  map[procs.PIDRef]*place
	groups  map[string]*kills // of cgroups, by directory
	machine kills
	deaths  []death
	pass    int
}

// place is what is remembered of a living process.
type place struct {
	group group
	limit time.Duration // of its CPU time
	looks int           // how often it has been seen in this group
	next  int           // the pass that reads it again
	alive int           // the pass that saw it last
	dump  dumpPlace
}

// death is an end by SIGKILL.
type death struct {
	ref     procs.PIDRef
	at      time.Time
	group   group
	counted bool          // the kills in its group are known from before its end
	sure    bool          // it was in that group when it ended
	taken   bool          // its kill has been told
	limit   time.Duration // of its CPU time
}

// New returns a watcher that begins to count now.
func New() *Watcher { return newWatcher("/proc", time.Now) }

func newWatcher(proc string, now func() time.Time) *Watcher {
	w := &Watcher{proc: proc, now: now, places: map[procs.PIDRef]*place{}, groups: map[string]*kills{}}
	w.mounts = readMounts(filepath.Join(proc, "self/mountinfo"))
	w.count()
	return w
}

// Look shows the watcher all processes that live. It reads those that are new,
// and now and then the others; it is to be called when some have begun, and
// about each second, so that a rise of a counter is known to be a new one.
func (w *Watcher) Look(alive []procs.PIDRef) {
	w.still, w.alive = 0, append(w.alive[:0], alive...)
	w.look()
}

// Again says that the same processes live as at the last Look. It is called by
// the same goroutine.
func (w *Watcher) Again() {
	if w.still++; w.due > 0 || w.still%stillPasses == 0 {
		w.look()
		return
	}
	w.mu.Lock()
	w.pass++
	w.mu.Unlock()
	w.count()
}

func (w *Watcher) look() {
	due := w.dueNow(w.alive)
	w.due = len(due)
	for _, ref := range due {
		p := w.read(ref)
		w.mu.Lock()
		switch old := w.places[ref]; {
		case old == nil:
		case old.dump.exe != "" && p.dump.exe == "": // it is ending, and in no group any more
			p = old
		case old.group == p.group:
			p.looks = old.looks
		}
		p.looks++
		p.alive, p.next = w.pass, w.pass+1
		if p.looks > 1 {
			p.next = w.pass + lookAgain
		}
		if len(w.places) < maxPlaces || w.places[ref] != nil {
			w.places[ref] = p
		}
		w.mu.Unlock()
	}
	w.mu.Lock()
	inUse := map[group]bool{}
	for _, p := range w.places {
		inUse[p.group] = true
	}
	w.inUse = slices.AppendSeq(w.inUse[:0], maps.Keys(inUse))
	w.mu.Unlock()
	w.count()
}

// dueNow returns the processes that are to be read in this pass, and forgets those
// that have been gone for some.
func (w *Watcher) dueNow(alive []procs.PIDRef) (due []procs.PIDRef) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pass++
	for _, ref := range alive {
		p := w.places[ref]
		if p != nil {
			p.alive = w.pass
		}
		if (p == nil || p.next <= w.pass) && len(due) < maxReads {
			due = append(due, ref)
		}
	}
	for ref, p := range w.places {
		if w.pass-p.alive > lookAgain { // long enough for its death to be judged
			delete(w.places, ref)
		}
	}
	w.forget()
	return due
}

// forget drops groups that nobody is in any more, and old deaths.
func (w *Watcher) forget() {
	used := map[string]bool{}
	for _, p := range w.places {
		used[p.group.dir] = true
	}
	for dir := range w.groups {
		if !used[dir] {
			delete(w.groups, dir)
		}
	}
	old := 0
	for old < len(w.deaths) && (w.now().Sub(w.deaths[old].at) > 2*around || len(w.deaths)-old > maxDeaths) {
		old++
	}
	w.deaths = w.deaths[old:]
}

// read reads where a process lives.
func (w *Watcher) read(ref procs.PIDRef) *place {
	dir := filepath.Join(w.proc, strconv.Itoa(ref.PID))
	b, _ := os.ReadFile(dir + "/cgroup") // it may have ended meanwhile
	limits := readLimits(dir + "/limits")
	return &place{group: w.mounts.groupOf(string(b), false), dump: readDumpPlace(dir, limits), limit: limits.cpu()}
}

// count reads the counters of all groups and of the machine.
func (w *Watcher) count() {
	for _, g := range w.inUse {
		if n, ok := g.kills(); ok {
			w.saw(g.dir, n)
		}
	}
	w.countMachine()
}

func (w *Watcher) countMachine() {
	if n, ok := counter(filepath.Join(w.proc, "vmstat"), "oom_kill"); ok {
		w.saw("", n)
	}
}

// saw notes what a counter shows, and reports whether an earlier value of it is known.
func (w *Watcher) saw(dir string, n int64) (before bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	k := &w.machine
	if dir != "" {
		if k = w.groups[dir]; k == nil {
			k = &kills{}
			w.groups[dir] = k
		}
	}
	before = k.known
	k.see(n, w.now())
	return before
}

// Died is told of an end as soon as it is known, and reads what will be gone in
// a moment. It does something only for an end by SIGKILL.
func (w *Watcher) Died(ref procs.PIDRef, e procs.Exit) {
	if e.Signal != procs.SIGKILL {
		return
	}
	dir := filepath.Join(w.proc, strconv.Itoa(ref.PID))
	d := death{ref: ref, limit: readLimits(dir + "/limits").cpu()}
	w.mu.Lock()
	if p := w.places[ref]; p != nil {
		d.group, d.sure = p.group, p.looks > 1
		d.limit = cmp.Or(d.limit, p.limit)
	}
	w.mu.Unlock()
	b, err := os.ReadFile(dir + "/cgroup") // while it is a zombie
	if g := w.mounts.groupOf(string(b), true); err == nil && g.dir != "" {
		d.group, d.sure = g, true
	}
	if n, ok := d.group.kills(); ok {
		d.counted = w.saw(d.group.dir, n) || n == 0
	}
	w.countMachine()
	w.mu.Lock()
	defer w.mu.Unlock()
	d.at = w.now()
	w.deaths = append(w.deaths, d)
}

// OOM returns what the kernel counted around an end that Died was told of.
// Where one kill meets one death, that kill is not told of another.
func (w *Watcher) OOM(ref procs.PIDRef) crash.OOM {
	o, g := w.oom(ref)
	if o.GroupKills > 0 {
		o.LimitBytes = g.limit()
	}
	return o
}

func (w *Watcher) oom(ref procs.PIDRef) (crash.OOM, group) {
	w.mu.Lock()
	defer w.mu.Unlock()
	o := crash.OOM{GroupKills: -1, MachineKills: -1}
	d := w.deathOf(ref)
	if d == nil {
		return o, group{}
	}
	if w.machine.known {
		o.MachineKills = w.machine.within(d.at)
	}
	k := w.groups[d.group.dir]
	if k == nil || !d.counted {
		return o, d.group
	}
	if n := k.within(d.at); n > 0 || d.sure {
		o.GroupKills = n
	}
	o.GroupDeaths = w.deathsWith(d)
	if o.GroupKills == 1 && o.GroupDeaths == 1 {
		d.taken = true
		k.take(d.at)
		w.machine.take(d.at)
	}
	if !d.group.own {
		o.GroupDeaths = 0 // of all groups below it: not all of them are known
	}
	return o, d.group
}

// deathOf returns what was noted of an end, nil if nothing was; the caller holds mu.
func (w *Watcher) deathOf(ref procs.PIDRef) *death {
	for i := len(w.deaths) - 1; i >= 0; i-- {
		if w.deaths[i].ref == ref {
			return &w.deaths[i]
		}
	}
	return nil
}

// CPULimit is the hard limit of the CPU time of who Died was told of; 0 if there is none or it
// is not known.
func (w *Watcher) CPULimit(ref procs.PIDRef) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	if d := w.deathOf(ref); d != nil {
		return d.limit
	}
	return 0
}

// deathsWith counts the deaths that a kill in the group may have been, d among them.
func (w *Watcher) deathsWith(d *death) (n int64) {
	for i := range w.deaths {
		o := &w.deaths[i]
		if o.group.dir == d.group.dir && o.at.Sub(d.at).Abs() < around && (!o.taken || o == d) {
			n++
		}
	}
	return n
}

// kills is a counter of OOM kills, and when it rose.
type kills struct {
	known bool
	last  int64
	rises []rise
}

type rise struct {
	at time.Time
	n  int64
}

// maxRises bounds the rises that are remembered.
const maxRises = 256

func (k *kills) see(n int64, at time.Time) {
	if k.known && n > k.last {
		k.rises = append(k.rises, rise{at, n - k.last})
		if len(k.rises) > maxRises {
			k.rises = append(k.rises[:0], k.rises[1:]...)
		}
	}
	if !k.known || n > k.last {
		k.known, k.last = true, n
	}
}

// within counts the kills that a death at a time may have been.
func (k *kills) within(at time.Time) (n int64) {
	for _, r := range k.rises {
		if !r.at.After(at) && at.Sub(r.at) < around {
			n += r.n
		}
	}
	return n
}

// take removes one of them.
func (k *kills) take(at time.Time) {
	for i := range k.rises {
		if r := &k.rises[i]; r.n > 0 && !r.at.After(at) && at.Sub(r.at) < around {
			r.n--
			return
		}
	}
}

// buffers are for reading counters, which is done every second: vmstat has 4 KiB.
var buffers = sync.Pool{New: func() any { return new([16 << 10]byte) }}

// counter reads one number of a file of lines such as "oom_kill 3".
func counter(name, key string) (int64, bool) {
	buf := buffers.Get().(*[16 << 10]byte)
	defer buffers.Put(buf)
	buf[0] = '\n'
	b, err := procfs.ReadInto(name, buf[1:])
	if err != nil {
		return 0, false
	}
	_, value, ok := bytes.Cut(buf[:1+len(b)], []byte("\n"+key+" "))
	if !ok {
		return 0, false
	}
	value, _, _ = bytes.Cut(value, []byte("\n"))
	n, err := strconv.ParseInt(string(value), 10, 64)
	return n, err == nil
}
