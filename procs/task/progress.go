package task

import (
	"cmp"
	"slices"
	"time"
	"unicode/utf8"

	"example.com/muster/procs"
	"example.com/muster/procs/task/plan"
)

// Progress is how far a map is. It is immutable.
type Progress struct {
	At, Started time.Time
	plan.Counts
	// Resumed counts items that an earlier run had done; they are in no other count.
	Resumed uint64
	// Total is how many items there are, without those; it is known once the input
	// has been read, and from the start where the items stand on the command line. Of a map
	// that reads its input and was stopped it is how many had been read.
	Total      uint64
	TotalKnown bool
	// Rate is how many items come to their end in a second, lately; 0 while the map is paused.
	Rate float64
	// ETA is how long the rest takes at that rate; between ETALow and ETAHigh at
	// the best and the worst rate of the last ten seconds. 0 where it cannot be told,
	// as while the map is paused.
	ETA, ETALow, ETAHigh time.Duration
	Workers              []WorkerProgress
	Size                 int // how many may work
	ChunkSize            int
	// P50, P95 and P99 are of the times of items that have succeeded, Max the longest.
	P50, P95, P99, Max time.Duration
	Times              []plan.Bar
	// Slowest are the items that took longest, the worst first.
	Slowest []Slow
	// Failures are the failed items by kind, the most frequent first.
	Failures []FailureGroup
	Advice   []Advice
	// FailedItems are the failures one by one, oldest first, and Results what was
	// done lately; both bounded, and kept for an interactive map only.
	FailedItems []*FailedItem
	Results     []Result
	// Again is how many of the failed items can be tried again.
	Again   int
	Paused  bool
	Stopped bool
	// Ended says that all items have come to their end; in an interactive map
	// failed ones may be tried again.
	Ended bool
}

// Left is how many items have not come to their end, of those that are known of.
func (p *Progress) Left() uint64 {
	if p.TotalKnown && p.Total > p.Done() {
		return p.Total - p.Done()
	}
	return p.Unfinished
}

// WorkerProgress is what one worker does.
type WorkerProgress struct {
	Worker int // from 0
	PID    int // 0 if it has no process
	// Rising says that its process has been started, and takes no items yet.
	Rising bool
	// Seq and Item are the item that it is on, Seq 0 if none, Age since when.
	Seq    uint64
	Item   string
	Age    time.Duration
	Tries  int // that have failed before
	Queued int // items that it has been sent besides
	Done   int // items, since the map began
	// CPUTime is what the processes of those items have used that had one of
	// their own, with what they had waited for.
	CPUTime time.Duration
}

// Slow is an item that took long.
type Slow struct {
	Seq  uint64
	Item string
	Took time.Duration
}

// FailureGroup is the failures of one kind.
type FailureGroup struct {
	Kind  string
	Count uint64
	// Message, Traceback, Seq and Item are of the first.
	Message, Traceback, Item string
	Seq                      uint64
	// Lacks is what there was too little of for one of them, "" if that was not it.
	Lacks procs.Lack
}

// How much of each is kept.
const (
	maxSlowest  = 10
	maxGroups   = 50
	maxItemText = 200
	rateSamples = 100 // of observeEvery each
)

// shorten is an item for a person. Of a long one the beginning and the end are kept:
// many paths begin alike.
func shorten(it *Item) string {
	parts := it.Parts()
	text := middleCut(parts[0], maxItemText)
	for _, s := range parts[1:] {
		if text += " " + middleCut(s, maxItemText); len(text) > maxShortened {
			break
		}
	}
	return middleCut(text, maxItemText)
}

// maxShortened bounds what is looked at of an item of many parts, in bytes.
const maxShortened = 16 * maxItemText

// middleCut is a text in about so many bytes, without its middle if it is longer.
func middleCut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	head, tail := most/2, len(s)-most/2
	for head > 0 && !utf8.RuneStart(s[head]) {
		head--
	}
	for tail < len(s) && !utf8.RuneStart(s[tail]) {
		tail++
	}
	return s[:head] + "..." + s[tail:]
}

// watch keeps what the progress is made of besides the plan. The owner of the
// plan owns it.
type watch struct {
	started time.Time
	done    []int           // by worker
	cpu     []time.Duration // likewise, see WorkerProgress.CPUTime
	slowest []Slow
	groups  []FailureGroup
	samples []sample // the last rateSamples
	// observations counts calls of observe, idle those at which workers waited for
	// input, behind those at which results waited for the sink.
	observations, idle, behind int
	looks                      *looks    // nil unless somebody looks
	idled                      time.Time // since when all is done but the ends of workers; zero if it is not
}

type sample struct {
	at   time.Time
	done uint64
}

func newWatch(now time.Time) *watch {
	return &watch{started: now, samples: []sample{{at: now}}}
}

// delivered notes an item that has come to its end.
func (w *watch) delivered(t *Task) {
	if w.looks != nil {
		w.looks.delivered(t)
	}
	for len(w.done) <= t.Worker {
		w.done, w.cpu = append(w.done, 0), append(w.cpu, 0)
	}
	if t.Worker >= 0 {
		w.done[t.Worker]++
		if x := t.Item.Out.Exit; x != nil {
			w.cpu[t.Worker] += x.UserTime + x.SystemTime
		}
	}
	switch {
	case t.Verdict == plan.OK:
		w.slow(t)
	case t.Verdict.Failure():
		w.failed(t)
	}
}

func (w *watch) slow(t *Task) {
	if len(w.slowest) == maxSlowest && t.Took <= w.slowest[maxSlowest-1].Took {
		return
	}
	at, _ := slices.BinarySearchFunc(w.slowest, t.Took, func(s Slow, took time.Duration) int {
		return int(min(1, max(-1, took-s.Took)))
	})
	w.slowest = slices.Insert(w.slowest, at, Slow{t.Item.Seq, shorten(t.Item), t.Took})
	w.slowest = w.slowest[:min(len(w.slowest), maxSlowest)]
}

// failed counts a failure among those of its kind. Kinds beyond the bound are
// counted together.
func (w *watch) failed(t *Task) {
	f := FailureOf(t)
	for i := range w.groups {
		if w.groups[i].Kind == f.Kind {
			w.groups[i].more(&f)
			return
		}
	}
	if len(w.groups) >= maxGroups {
		w.groups[maxGroups-1].Kind = "others"
		w.groups[maxGroups-1].more(&f)
		return
	}
	w.groups = append(w.groups, FailureGroup{
		Kind: f.Kind, Count: 1, Message: f.Message, Traceback: f.Traceback, Seq: t.Item.Seq, Item: shorten(t.Item), Lacks: f.Lacks,
	})
}

// more counts another failure.
func (g *FailureGroup) more(f *Failure) {
	g.Count++
	g.Lacks = cmp.Or(g.Lacks, f.Lacks)
}

// withdraw forgets failures that are tried again.
func (w *watch) withdraw(seqs map[uint64]bool) {
	for _, f := range w.looks.failed {
		if !seqs[f.Seq] {
			continue
		}
		at := slices.IndexFunc(w.groups, func(g FailureGroup) bool { return g.Kind == f.Kind })
		if at < 0 {
			continue
		}
		if w.groups[at].Count--; w.groups[at].Count == 0 {
			w.groups = slices.Delete(w.groups, at, at+1)
		}
	}
	w.looks.withdraw(seqs)
	for i := range w.groups {
		w.groups[i].represent(w.looks.failed)
	}
}

// represent has a group shown by one of its items that has not been withdrawn.
func (g *FailureGroup) represent(items []*FailedItem) {
	known := false
	for _, f := range items {
		switch {
		case f.Kind != g.Kind:
		case known:
			g.Lacks = cmp.Or(g.Lacks, f.Lacks)
		default:
			g.Message, g.Traceback, g.Seq, g.Item, g.Lacks = f.Message, f.Traceback, f.Seq, f.Item, f.Lacks
			known = true
		}
	}
}

// thaw forgets how fast it went: nothing went on lately. done items have come to
// their end.
func (w *watch) thaw(now time.Time, done uint64) {
	w.samples = append(w.samples[:0], sample{now, done})
}

// undone forgets an item that has come to its end then, as it is tried again: that was
// no progress.
func (w *watch) undone(then time.Time) {
	for i := range w.samples {
		if s := &w.samples[i]; !s.at.Before(then) && s.done > 0 {
			s.done--
		}
	}
}

// Progress returns how far the map is; at the most a tenth of a second ago.
func (m *Map) Progress() *Progress { return m.progress.Load() }

// observe puts the progress together.
func (m *Map) observe(now time.Time, ended bool) {
	p, w := m.plan, m.watch
	times := p.Times()
	if p.Over() && len(m.failures.queued) == 0 {
		if m.over.IsZero() {
			m.over = now
		}
		now, ended = m.over, true
	}
	g := &Progress{
		At: now, Started: w.started, Counts: p.Counts(), Resumed: m.resumed, Size: p.Size(), ChunkSize: p.ChunkSize(),
		P50: times.Quantile(0.5), P95: times.Quantile(0.95), P99: times.Quantile(0.99), Max: times.Max(), Times: times.Bars(),
		Slowest: slices.Clone(w.slowest), Failures: slices.Clone(w.groups), Paused: p.Paused(), Stopped: p.Stopped(), Ended: ended,
	}
	if w.looks != nil {
		g.FailedItems, g.Results, g.Again = slices.Clip(w.looks.failed), w.looks.recent(), len(m.failures.items)
		w.looks.left = resultsAtOnce
	}
	g.Total, g.TotalKnown = p.Total()
	if m.sized {
		g.Total, g.TotalKnown = m.size, true
	}
	slices.SortStableFunc(g.Failures, func(a, b FailureGroup) int { return int(b.Count) - int(a.Count) })
	for i := range p.Workers() {
		s := p.Worker(i)
		wp := WorkerProgress{Worker: i, PID: m.crew.pid(i), Queued: s.Queued, Rising: s.Rising}
		if i < len(w.done) {
			wp.Done, wp.CPUTime = w.done[i], w.cpu[i]
		}
		if s.Task != nil {
			wp.Seq, wp.Item, wp.Tries, wp.Age = s.Task.Item.Seq, shorten(s.Task.Item), s.Task.Tries, now.Sub(s.Began)
		}
		g.Workers = append(g.Workers, wp)
	}
	w.rates(now, g)
	m.advise(now, g)
	m.progress.Store(g)
}

// rates finds how fast it goes, and when it will be over. Neither is known of a map that
// is paused, and the pause is no part of how fast it goes afterwards.
func (w *watch) rates(now time.Time, g *Progress) {
	done := g.Done()
	if g.Paused && !g.Ended {
		w.thaw(now, done)
		return
	}
	w.samples = append(w.samples, sample{now, done})
	if len(w.samples) > rateSamples {
		w.samples = slices.Delete(w.samples, 0, len(w.samples)-rateSamples)
	}
	first := w.samples[0]
	if now.Sub(first.at) <= 0 {
		return
	}
	g.Rate = w.samples[len(w.samples)-1].rate(first)
	if g.Ended { // of all of it
		g.Rate = float64(done) / max(now.Sub(w.started).Seconds(), 1e-9)
		return
	}
	if !g.TotalKnown || g.Rate <= 0 {
		return
	}
	left := float64(g.Total - min(g.Total, done))
	g.ETA = seconds(left / g.Rate)
	g.ETALow, g.ETAHigh = g.ETA, g.ETA
	for _, next := range w.samples {
		if next.at.Sub(first.at) < time.Second { // in less than that a few items that come together are no rate
			continue
		}
		if rate := next.rate(first); rate > 0 {
			g.ETALow, g.ETAHigh = min(g.ETALow, seconds(left/rate)), max(g.ETAHigh, seconds(left/rate))
		}
		first = next
	}
}

// rate is how many items in a second have come to their end since.
func (s sample) rate(since sample) float64 {
	if s.done <= since.done { // less, where a failure was known between the two and is undone
		return 0
	}
	return float64(s.done-since.done) / s.at.Sub(since.at).Seconds()
}

func seconds(f float64) time.Duration {
	return time.Duration(min(f, 1e9) * float64(time.Second))
}
