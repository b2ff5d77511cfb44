package sample

import (
	"slices"
	"time"

	"example.com/muster/procs"
)

// view puts together what a pass has found of one slot; if that is nothing, or
// the run does not live, what its runs have used.
func (p *pass) view(run procs.Run) View {
	s := p.slots[run.ID]
	if s == nil {
		return View{CPUTime: p.spent.get(run.ID).cpu}
	}
	v := View{CPUTime: s.cpu}
	if s.root == nil || s.root.PID != run.PID || s.root.clockAt.IsZero() {
		if late := s.late.in(p.count); late > 0 && !p.before.IsZero() { // one run after the other, and none lasts
			v.Sample = procs.Sample{At: p.at, Own: unknown, Sum: unknown}
			v.Sample.Sum.CPUPercent = share(late, p.at.Sub(p.before))
		}
		return v
	}
	v.Kernel, v.Debugged = s.root.state, s.traced(s.root)
	v.Sample = procs.Sample{At: p.at, Run: run.N, Own: s.root.usage, Sum: unknown}
	p.sum(s, &v.Sample)
	p.descend(run.ID, s)
	v.Descendants, v.TreeVersion = s.descendants(), p.version
	if s.forks.n == 0 {
		s.forks.put(time.Unix(0, s.root.StartedAt), 0)
	}
	s.forks.still(p.before)
	v.ForksPerSecond = s.forks.put(p.at, s.total)
	v.ForksExact = s.exact
	if len(s.listed) > 0 || v.ForksPerSecond > 0 { // both change by themselves
		p.stir(s)
	}
	return v
}

// viewLeft is view for a slot whose run has ended, but not all that it has left.
func (p *pass) viewLeft(id procs.ID, s *slot) View {
	v := View{CPUTime: s.cpu, TreeVersion: p.version, Sample: procs.Sample{At: p.at, Own: unknown, Sum: unknown}}
	p.sum(s, &v.Sample)
	if v.Sample.Processes > 0 {
		p.descend(id, s)
		v.Descendants = s.descendants()
	}
	return v
}

// sum adds up in a sample what the processes of a slot use that live.
func (p *pass) sum(s *slot, of *procs.Sample) {
	for _, e := range s.entries {
		if e.gone || e.Ended {
			continue
		}
		of.Processes++
		add(&of.Sum, &e.usage)
	}
	of.Sum.CPUPercent = p.sumCPU(s)
}

// descend asks the tree for the descendants of a slot, if there may be others than before.
func (p *pass) descend(id procs.ID, s *slot) {
	if s.asked != p.version || len(s.listed) > 0 { // ended ones drop out of the list by themselves
		s.asked = p.version
		s.listed = p.tree.Descendants(id)
		s.total, s.exact = p.tree.Forks(id)
	}
}

// OfSlot returns what a sample tells of a slot whatever run it has: the share of
// CPU of all its processes.
func OfSlot(s procs.Sample) procs.Sample {
	all := procs.Sample{At: s.At, Own: unknown, Sum: unknown}
	all.Sum.CPUPercent = s.Sum.CPUPercent
	return all
}

// share is the percentage of a processor that was used.
func share(used, since time.Duration) float64 {
	if used <= 0 || since <= 0 {
		return 0
	}
	return 100 * float64(used) / float64(since)
}

// sumCPU adds up the shares of CPU, and what processes have used that have
// come or gone since the pass before.
func (p *pass) sumCPU(s *slot) float64 {
	since := p.at.Sub(p.before)
	late := s.late.in(p.count)
	if s.root != nil && !s.root.gone && s.root.usage.CPUPercent == procs.Unknown && late == 0 {
		return procs.Unknown
	}
	sum := share(late, since)
	for _, e := range s.entries {
		sum += share(e.late.in(p.count), since)
		switch {
		case e.gone:
		case e.usage.CPUPercent != procs.Unknown:
			sum += e.usage.CPUPercent
		case e.used > 0:
			sum += share(e.used, since)
		}
	}
	return sum
}

// add adds what a process uses to a sum. What is not known of one process is
// left out, so the sum is what is known; it is Unknown if that is nothing.
func add(sum, u *procs.Usage) {
	sum.RSSBytes = procs.Plus(sum.RSSBytes, u.RSSBytes)
	sum.Threads = procs.Plus(sum.Threads, u.Threads)
	sum.FDs = procs.Plus(sum.FDs, u.FDs)
	sum.ReadBytes = procs.Plus(sum.ReadBytes, u.ReadBytes)
	sum.WriteBytes = procs.Plus(sum.WriteBytes, u.WriteBytes)
	sum.VoluntarySwitches = procs.Plus(sum.VoluntarySwitches, u.VoluntarySwitches)
	sum.InvoluntarySwitches = procs.Plus(sum.InvoluntarySwitches, u.InvoluntarySwitches)
}

// descendants returns the tree's list with what was measured.
func (s *slot) descendants() []procs.Descendant {
	if len(s.listed) == 0 {
		return nil
	}
	byPID := make(map[int]*entry, len(s.entries))
	for _, e := range s.entries {
		byPID[e.PID] = e
	}
	list := make([]procs.Descendant, len(s.listed))
	for i, d := range s.listed {
		if e := byPID[d.PID]; e != nil && !e.gone && d.Exit == nil {
			d.Usage, d.Debugged = e.usage, s.traced(e)
			if e.state != 0 {
				d.State = e.state
			}
		}
		list[i] = d
	}
	return list
}

// traced reports whether somebody traces a process who is none of the slot's own: a
// debugger of a person's, not the strace that the pool's command is.
func (s *slot) traced(e *entry) bool {
	return e.tracer != 0 && !slices.ContainsFunc(s.entries, func(o *entry) bool { return o.PID == e.tracer })
}

// rate works out how fast a number grows, over the last seconds.
type rate struct {
	at, moved int64  // when it was last put, and when it had last grown then; nanoseconds since 1970
	total     uint64 // then
	n         int
	points    [16]struct {
		at    int64
		total uint64
	}
}

// rateOver is how far back a rate looks, to the value before at least.
const rateOver = 5 * time.Second

// put adds the newest value and returns the growth a second.
func (r *rate) put(when time.Time, total uint64) float64 {
	at := when.UnixNano()
	if r.n > 0 && total == r.total && at-r.moved > int64(rateOver) { // as mostly: no older point matters
		r.at = at
		return 0
	}
	if last := &r.points[(r.n+len(r.points)-1)%len(r.points)]; r.n > 0 && last.at < r.at { // it has grown again
		r.add(r.at, r.total)
	}
	if total != r.total || r.n == 0 {
		r.moved = at
	}
	r.add(at, total)
	for i := max(0, r.n-len(r.points)); i < r.n-1; i++ {
		old := r.points[i%len(r.points)]
		newest := i == r.n-2 // passes may lie further apart
		if since := at - old.at; 0 < since && (since <= int64(rateOver) || newest) && total >= old.total {
			return float64(total-old.total) / time.Duration(since).Seconds()
		}
	}
	return 0
}

// still says that the total had not grown by then.
func (r *rate) still(when time.Time) {
	if at := when.UnixNano(); r.n > 0 && !when.IsZero() {
		r.at = max(r.at, at)
	}
}

func (r *rate) add(at int64, total uint64) {
	p := &r.points[r.n%len(r.points)]
	p.at, p.total = at, total
	r.n++
	r.at, r.total = at, total
}
