package processes

import (
	"time"

	"example.com/muster/procs"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/port"
)

const (
	// sparkSpan is how far back a sparkline reaches.
	sparkSpan = 30 * time.Second
	// maxTraces bounds the descendants whose past is kept.
	maxTraces = 4096
	// traceLength is how many measurements of a descendant are kept.
	traceLength = 32
	// maxSamples bounds what is asked of the session for a sparkline, where
	// it measures more often than once a second.
	maxSamples = 256
)

// point is the CPU at one moment.
type point struct {
	at  time.Time
	run int
	cpu float64
}

// rates are what a process does per second; procs.Unknown where not known.
type rates struct{ read, write, switches float64 }

var noRates = rates{procs.Unknown, procs.Unknown, procs.Unknown}

// rateBetween derives the rates from two measurements of the counters.
func rateBetween(a, b procs.Usage, d time.Duration) rates {
	s := d.Seconds()
	if s <= 0 {
		return noRates
	}
	per := func(x, y int64) float64 {
		if x < 0 || y < x {
			return procs.Unknown
		}
		return float64(y-x) / s
	}
	r := rates{read: per(a.ReadBytes, b.ReadBytes), write: per(a.WriteBytes, b.WriteBytes), switches: procs.Unknown}
	v, i := per(a.VoluntarySwitches, b.VoluntarySwitches), per(a.InvoluntarySwitches, b.InvoluntarySwitches)
	if v >= 0 && i >= 0 {
		r.switches = v + i
	}
	return r
}

// meter has the last measurement of a process, and the rates since the one before.
type meter struct {
	last  procs.Usage
	at    time.Time
	run   int // of a slot
	rates rates
	seen  uint64 // version of the snapshot that had it last
	// stopping is since when a slot's run has been asked to end; zero while it has not been.
	stopping time.Time
}

// read adds a measurement. It reports false if that is the one from before.
func (m *meter) read(u procs.Usage, at time.Time, run int) bool {
	if !at.After(m.at) {
		return false
	}
	if m.rates = noRates; !m.at.IsZero() && run == m.run {
		m.rates = rateBetween(m.last, u, at.Sub(m.at))
	}
	m.last, m.at, m.run = u, at, run
	return true
}

// trace is the recent past of one descendant, of which the session keeps none.
type trace struct {
	meter
	points []point
}

// past is what the table knows of the time before now.
type past struct {
	slots  map[procs.ID]*meter
	traces map[procs.PIDRef]*trace
	at     time.Time // of the newest snapshot recorded
	want   int       // samples of a slot that reach back far enough
	sparks map[key]*cachedSpark
}

func newPast() past {
	return past{slots: map[procs.ID]*meter{}, traces: map[procs.PIDRef]*trace{}, want: traceLength, sparks: map[key]*cachedSpark{}}
}

// record takes down what a new snapshot says of slots and their descendants.
func (p *past) record(snap *procs.Snapshot) {
	if !snap.At.After(p.at) {
		return
	}
	p.at = snap.At
	for i := range snap.Pools {
		for k := range snap.Pools[i].Slots {
			s := &snap.Pools[i].Slots[k]
			at := s.Sample.At
			m := p.slots[s.ID]
			if m == nil {
				m = &meter{rates: noRates}
				p.slots[s.ID] = m
			}
			m.seen = snap.Version
			switch s.State {
			case procs.Stopping:
				m.stopping = s.Since
			case procs.Running:
				m.stopping = time.Time{}
			}
			m.read(s.Sample.Sum, at, s.Sample.Run)
			for n := range s.Descendants {
				p.note(&s.Descendants[n], at, snap.Version)
			}
		}
	}
	for id, m := range p.slots {
		if m.seen != snap.Version {
			delete(p.slots, id)
		}
	}
	for ref, t := range p.traces {
		if t.seen != snap.Version {
			delete(p.traces, ref)
		}
	}
	if len(p.sparks) > maxTraces {
		clear(p.sparks) // those in sight are made anew
	}
}

// note adds one measurement of a descendant, unless it is the one from before.
func (p *past) note(d *procs.Descendant, at time.Time, version uint64) {
	t := p.traces[d.PIDRef]
	if t == nil {
		if len(p.traces) >= maxTraces {
			return
		}
		t = &trace{meter: meter{rates: noRates}}
		p.traces[d.PIDRef] = t
	}
	t.seen = version
	if d.Exit != nil || !t.read(d.Usage, at, 0) {
		return
	}
	if len(t.points) == traceLength {
		copy(t.points, t.points[1:])
		t.points = t.points[:traceLength-1]
	}
	t.points = append(t.points, point{at: at, cpu: d.CPUPercent})
}

// cachedSpark is the sparkline of a row, which changes once a second only.
type cachedSpark struct {
	second int64
	width  int
	folded bool
	text   string
}

// spark returns the sparkline of a row. Only rows in sight have one: it asks the session
// once a second for each of them that is a slot's.
func (p *past) spark(s port.Session, r *row, now time.Time, width int) string {
	c := p.sparks[r.key]
	if c == nil {
		c = &cachedSpark{}
		p.sparks[r.key] = c
	}
	if c.second == now.Unix() && c.width == width && c.folded == r.folded {
		return c.text
	}
	c.second, c.width, c.folded = now.Unix(), width, r.folded
	values := buckets(p.points(s, r, now), now, width)
	c.text = draw.Spark(values, sparkTop(values), width)
	return c.text
}

// rates returns what a row's process does per second: by the last two snapshots that have
// measured it, so that nobody is asked.
func (p *past) rates(r *row) rates {
	if r.child == nil {
		if m := p.slots[r.id]; m != nil {
			return m.rates
		}
		return noRates
	}
	per := noRates
	add := func(d *procs.Descendant) {
		if t := p.traces[d.PIDRef]; t != nil {
			per = rates{procs.Plus(per.read, t.rates.read), procs.Plus(per.write, t.rates.write), procs.Plus(per.switches, t.rates.switches)}
		}
	}
	add(r.child)
	for _, d := range r.below {
		add(d)
	}
	return per
}

// points returns the row's measurements.
func (p *past) points(s port.Session, r *row, now time.Time) []point {
	if r.child != nil && len(r.below) > 0 {
		return p.sum(append([]*procs.Descendant{r.child}, r.below...))
	}
	if r.child != nil {
		if t := p.traces[r.child.PIDRef]; t != nil {
			return t.points
		}
		return nil
	}
	samples := s.Samples(r.id, p.want)
	if n := len(samples); n == p.want && p.want < maxSamples && now.Sub(samples[0].At) < sparkSpan {
		p.want *= 2 // the session measures more often than was thought
	}
	points := make([]point, len(samples))
	for i := range samples {
		points[i] = point{samples[i].At, samples[i].Run, samples[i].Sum.CPUPercent}
	}
	return points
}

// sum adds up the measurements of several descendants.
func (p *past) sum(list []*procs.Descendant) (points []point) {
	at := map[int64]int{} // index of each moment in points
	for _, d := range list {
		t := p.traces[d.PIDRef]
		if t == nil {
			continue
		}
		for _, one := range t.points {
			i, known := at[one.at.UnixNano()]
			if !known {
				i = len(points)
				at[one.at.UnixNano()] = i
				points = append(points, point{at: one.at, cpu: procs.Unknown})
			}
			points[i].cpu = procs.Plus(points[i].cpu, one.cpu)
		}
	}
	return points
}

// buckets averages the points of the last 30 seconds into n values. The edges
// lie on whole multiples of a bucket since the epoch, so that the picture
// moves by whole cells and what is past keeps its shape. A bucket in which a
// new run began, or without a measurement, is a gap.
func buckets(points []point, now time.Time, n int) []float64 {
	if n <= 0 {
		return nil
	}
	width := sparkSpan.Nanoseconds() / int64(n)
	last := now.UnixNano() / width
	sums, counts := make([]float64, n), make([]int, n)
	values := make([]float64, n)
	run := 0
	for i, pt := range points {
		b := int(pt.at.UnixNano()/width - last + int64(n) - 1)
		if b >= 0 && b < n && pt.cpu >= 0 {
			sums[b] += pt.cpu
			counts[b]++
			if i > 0 && pt.run != run {
				sums[b], counts[b] = 0, 0
			}
		}
		run = pt.run
	}
	for i := range values {
		values[i] = draw.Gap()
		if counts[i] > 0 {
			values[i] = sums[i] / float64(counts[i])
		}
	}
	return values
}

// sparkTop is what a full block stands for: one busy core, or more if more is used.
func sparkTop(values []float64) float64 {
	top := 100.0
	for _, v := range values {
		if v > top {
			top = v
		}
	}
	return top
}
