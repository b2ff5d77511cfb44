package task

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Advice is something that would make a map faster, with the figure that says so
// and the flag to change.
type Advice struct {
	// Rule names it: "tiny_items", "waits_for_input", "results", "straggler", "no_answers" or "workers_stay".
	Rule string
	Text string
}

// circumstances are what advice goes by, over the time since the map began.
type circumstances struct {
	age time.Duration
	// work is the mean time of an item in the worker's own measure, item what it
	// costs the worker with handing over.
	work, item time.Duration
	done       uint64
	fixedChunk int // that the user wants; 0: measured
	// idle is the share of observations at which workers waited for input, behind
	// that at which results waited for the sink.
	idle, behind float64
	observations int
	silent       bool          // workers that have to answer have been sent items, and none has
	staying      time.Duration // since all items are done and workers were to end
	progress     *Progress
}

// Advice is given once enough has been seen.
const (
	adviseAfter = 2 * time.Second
	adviseItems = 1000
	// muchOf is a share that is worth a word.
	muchOf = 0.5
	// silentFor is how long no answer is no surprise.
	silentFor = 5 * time.Second
	// stragglerTimes is how many times the median an item takes that decides the end.
	stragglerTimes = 5
)

// advise judges the circumstances. It is pure.
func advise(c *circumstances) (all []Advice) {
	if c.age < adviseAfter {
		return nil
	}
	if c.silent && c.age >= silentFor {
		all = append(all, Advice{"no_answers", fmt.Sprintf(
			`no worker has answered anything in %v: an answer is a line such as {"id":1,"result":2}, and has to be flushed (docs/map.md)`, short(c.age.Truncate(time.Second)))})
	}
	if pids := living(c.progress); c.staying >= adviseAfter && pids != "" {
		all = append(all, Advice{"workers_stay", "all items are done, and workers have not ended, as where a thread goes on: pid " + pids + "; muster stacks PID tells where they are, Ctrl-C ends them"})
	}
	if c.fixedChunk > 0 && c.done >= adviseItems && c.work > 0 && c.item > 2*c.work && c.item < chunkMatters {
		all = append(all, Advice{"tiny_items", fmt.Sprintf(
			"an item takes %v of work and %v in all: handing items over is %d%% of the time; --chunksize auto, or more than %d",
			short(c.work), short(c.item), 100-100*c.work/c.item, c.fixedChunk)})
	}
	if c.observations >= minObservations && c.idle > muchOf {
		all = append(all, Advice{"waits_for_input", fmt.Sprintf(
			"workers waited for items %.0f%% of the time: the input is the bottleneck; fewer of them (-j) do as well", 100*c.idle)})
	}
	if c.observations >= minObservations && c.behind > muchOf {
		all = append(all, Advice{"results", fmt.Sprintf(
			"results waited to be written %.0f%% of the time: whoever reads them is the bottleneck; --results FILE.jsonl is faster than a slow reader", 100*c.behind)})
	}
	if s := straggler(c.progress); s != nil {
		flag := "--timeout 300% ends such items"
		if c.progress.ChunkSize > 1 {
			flag = "--chunksize 1 keeps others from waiting behind it, --timeout 300% ends it"
		}
		all = append(all, Advice{"straggler", fmt.Sprintf(
			"only item %d (%s) still runs, for %v where half of them took %v: it decides the end; %s",
			s.Seq, s.Item, short(s.Age), short(c.progress.P50), flag)})
	}
	return all
}

const (
	chunkMatters    = 2 * time.Millisecond // longer items are handed over one by one in any case
	minObservations = 10
)

// straggler is the only worker that still works, if it has been at it for long.
func straggler(p *Progress) *WorkerProgress {
	if !p.TotalKnown || p.Waiting > 0 || p.Size < 2 || p.OK < 5 {
		return nil
	}
	var last *WorkerProgress
	for i := range p.Workers {
		if p.Workers[i].Seq == 0 {
			continue
		}
		if last != nil {
			return nil
		}
		last = &p.Workers[i]
	}
	if last == nil || last.Age < adviseAfter || last.Age < stragglerTimes*p.P50 {
		return nil
	}
	return last
}

// maxListed is how many processes are named.
const maxListed = 5

// living names the processes of workers.
func living(p *Progress) string {
	var pids []string
	for _, w := range p.Workers {
		if w.PID == 0 {
			continue
		}
		if len(pids) == maxListed {
			pids = append(pids, "...")
			break
		}
		pids = append(pids, strconv.Itoa(w.PID))
	}
	return strings.Join(pids, ", ")
}

// short is a duration with three digits.
func short(d time.Duration) time.Duration {
	for unit := time.Duration(1); unit < time.Hour; unit *= 10 {
		if d < 1000*unit {
			return d.Round(unit)
		}
	}
	return d.Round(time.Second)
}

// advise looks at how the map stands, and gives its advice with the progress.
func (m *Map) advise(now time.Time, g *Progress) {
	w := m.watch
	w.observations++
	if m.plan.Idle() && g.Unsorted == 0 && len(m.pending) == 0 {
		w.idle++
	}
	if m.behind() {
		w.behind++
	}
	n := float64(w.observations)
	g.Advice = advise(&circumstances{
		age: now.Sub(w.started), work: m.plan.Times().Mean(), item: m.plan.ItemTime(), done: g.OK, fixedChunk: m.cfg.Plan.Chunk,
		idle: float64(w.idle) / n, behind: float64(w.behind) / n, observations: w.observations, progress: g,
		silent: m.silent(), staying: m.staying(now),
	})
}

// staying is for how long nothing has been left to do while workers have not ended.
func (m *Map) staying(now time.Time) time.Duration {
	if _, known := m.plan.Total(); !known || m.plan.Counts().Held > 0 || m.plan.Over() {
		m.watch.idled = time.Time{}
		return 0
	}
	if m.watch.idled.IsZero() {
		m.watch.idled = now
	}
	return now.Sub(m.watch.idled)
}

// silent reports whether workers have been sent items that have to speak a protocol,
// and none of them has spoken it yet.
func (m *Map) silent() bool {
	c, ok := m.crew.(*pipeCrew)
	return ok && c.unfit != nil && !c.proven.Load() && m.plan.Counts().Running > 0
}

// behind reports whether results that are not written keep items from being begun.
func (m *Map) behind() bool {
	c := m.plan.Counts()
	inSink := c.Held - c.Running - c.Waiting - c.Unsorted
	return c.Running < m.plan.Size() && m.plan.Room() == 0 && inSink > c.Held/2 && !m.plan.Stopped() && m.inputErr == nil
}
