package plan

import (
	"slices"
	"testing"
	"time"
)

// bench is a plan with a clock and workers that do what a test says.
type bench struct {
	t    *testing.T
	p    *Plan[int]
	now  time.Time
	have [][]*Task[int] // by worker, what it was sent and has not answered
	// delivered are the items in order, verdicts theirs.
	delivered []int
	verdicts  map[int]Verdict
	kills     []Reason
	starts    int
	retired   int
	sent      []int // sizes of chunks
}

func newBench(t *testing.T, o Options) *bench {
	return &bench{t: t, p: New[int](o), now: time.Unix(1000, 0), verdicts: map[int]Verdict{}}
}

func (b *bench) offer(items ...int) {
	for _, i := range items {
		b.p.Offer(i, 1)
	}
}

func (b *bench) worker(i int) *[]*Task[int] {
	for len(b.have) <= i {
		b.have = append(b.have, nil)
	}
	return &b.have[i]
}

// run carries out what the plan wants until it wants nothing; processes start
// and end at once.
func (b *bench) run() {
	for {
		a, ok := b.p.Next(b.now)
		if !ok {
			return
		}
		switch a.Kind {
		case Start:
			b.starts++
			b.p.Ready(a.Worker)
		case Send:
			h := b.worker(a.Worker)
			*h = append(*h, a.Tasks...)
			b.sent = append(b.sent, len(a.Tasks))
		case Retire:
			b.retired++
			b.p.Ended(b.now, a.Worker, Unknown)
		case Kill:
			b.kills = append(b.kills, a.Why)
			h := b.worker(a.Worker)
			if b.p.opt.PerItem {
				whom := a.Tasks
				if whom == nil {
					whom = slices.Clone(*h)
				}
				for _, t := range whom {
					*h = slices.DeleteFunc(*h, func(have *Task[int]) bool { return have == t })
					b.p.Done(b.now, a.Worker, t, Failed, -1, 0)
				}
				continue
			}
			*h = nil
			b.p.Ended(b.now, a.Worker, Unknown)
		case Deliver:
			for _, t := range a.Tasks {
				b.delivered = append(b.delivered, t.Item)
				b.verdicts[t.Item] = t.Verdict
			}
			b.p.Release(a.Tasks)
		}
	}
}

// answer has a worker be done with its first item after some time.
func (b *bench) answer(worker int, v Verdict, took time.Duration) {
	b.t.Helper()
	h := b.worker(worker)
	if len(*h) == 0 {
		b.t.Fatalf("worker %d has nothing to answer", worker)
	}
	t := (*h)[0]
	*h = (*h)[1:]
	b.now = b.now.Add(took)
	b.p.Done(b.now, worker, t, v, -1, 0)
	b.run()
}

// wake lets time pass until the plan wants something.
func (b *bench) wake() {
	b.t.Helper()
	at := b.p.Wake()
	if at.IsZero() {
		b.t.Fatal("the plan waits for no time")
	}
	b.now = at
	b.run()
}

func (b *bench) wants(what string, got, want any) {
	b.t.Helper()
	if got != want {
		b.t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func TestOrder(t *testing.T) {
	for _, ordered := range []bool{false, true} {
		b := newBench(t, Options{Workers: 2, PerItem: true, Ordered: ordered})
		b.offer(1, 2, 3)
		b.p.Close()
		b.run()
		b.answer(1, OK, time.Second)
		b.answer(1, OK, time.Second)
		b.answer(0, OK, time.Second)
		want := []int{2, 3, 1}
		if ordered {
			want = []int{1, 2, 3}
		}
		if !slices.Equal(b.delivered, want) {
			t.Errorf("ordered %v: delivered %v, want %v", ordered, b.delivered, want)
		}
		if !b.p.Over() {
			t.Error("it is not over")
		}
	}
}

// TestAhead: a place has one short item more than the one that runs, which is
// skipped alone and stopped with the other.
func TestAhead(t *testing.T) {
	for _, tt := range []struct {
		name string
		opt  Options
		took time.Duration
		want int
	}{
		{"short", Options{}, time.Millisecond, 2},
		{"long", Options{}, 3 * time.Millisecond, 1},
		{"with a limit of time", Options{Timeout: Timeout{Fixed: time.Second}}, time.Millisecond, 1},
		{"with a halt", Options{Halt: Halt{Of: HaltFail, N: 1}}, time.Millisecond, 1},
		{"with a delay", Options{Delay: time.Microsecond}, time.Millisecond, 1},
	} {
		tt.opt.PerItem, tt.opt.Ahead = true, true
		b := newBench(t, tt.opt)
		b.offer(1, 2, 3, 4)
		b.run()
		b.wants(tt.name+": at first", len(b.have[0]), 1)
		b.answer(0, OK, tt.took)
		b.wants(tt.name+": then", len(b.have[0]), tt.want)
	}
	short := func() *bench {
		b := newBench(t, Options{PerItem: true, Ahead: true})
		b.offer(1, 2, 3)
		b.p.Close()
		b.run()
		b.answer(0, OK, time.Millisecond)
		return b
	}
	b := short()
	b.p.Skip(0)
	b.run()
	b.wants("the skipped one", b.verdicts[2], Skipped)
	b.answer(0, Failed, time.Millisecond)
	b.wants("the one behind it", b.verdicts[3], Failed)
	b.wants("over", b.p.Over(), true)
	for _, skipped := range []bool{false, true} {
		b = short()
		if skipped { // and not ended yet
			b.p.Skip(0)
		}
		b.p.Stop(true)
		b.run()
		b.wants("unfinished", b.p.Counts().Unfinished, uint64(2))
		b.wants("failed", b.p.Counts().Failed, uint64(0))
		b.wants("over", b.p.Over(), true)
	}
}

func TestRetries(t *testing.T) {
	b := newBench(t, Options{PerItem: true, Retries: 2, Backoff: time.Second})
	b.offer(1)
	b.p.Close()
	b.run()
	began := b.now
	b.answer(0, Failed, 0)
	b.wants("sent before the backoff is over", len(b.have[0]), 0)
	b.wake()
	b.wants("first backoff", b.now.Sub(began), time.Second)
	b.answer(0, Failed, 0)
	b.wake()
	b.wants("second backoff", b.now.Sub(began), 3*time.Second)
	b.answer(0, Failed, 0)
	b.wants("verdict", b.verdicts[1], Failed)
	b.wants("failed", b.p.Counts().Failed, uint64(1))
	b.wants("retried", b.p.Counts().Retried, uint64(2))
	b.wants("over", b.p.Over(), true)
}

func TestTimeout(t *testing.T) {
	b := newBench(t, Options{PerItem: true, Timeout: Timeout{Fixed: 5 * time.Second}})
	b.offer(1, 2)
	b.p.Close()
	b.run()
	b.answer(0, OK, 4*time.Second)
	b.wake()
	for len(b.kills) == 0 {
		b.wake()
	}
	b.wants("time", b.now, time.Unix(1000+4+5, 0))
	b.wants("verdict", b.verdicts[2], TimedOut)
}

func TestTimeoutOfMedian(t *testing.T) {
	b := newBench(t, Options{PerItem: true, Timeout: Timeout{Percent: 300}})
	b.offer(1, 2, 3, 4)
	b.p.Close()
	b.run()
	b.answer(0, OK, 90*time.Second) // there is no median yet
	b.answer(0, OK, time.Second)
	b.answer(0, OK, time.Second)
	began := b.now
	for len(b.kills) == 0 {
		b.wake()
	}
	if waited := b.now.Sub(began); waited < 2800*time.Millisecond || waited > 3200*time.Millisecond {
		t.Errorf("the limit was %v, not three times the median of 1s", waited)
	}
}

// A worker that was quicker than the kill has answered: nobody is charged.
func TestTimeoutThatComesTooLate(t *testing.T) {
	b := newBench(t, Options{Chunk: 2, Timeout: Timeout{Fixed: time.Second}})
	b.offer(1, 2)
	b.p.Close()
	b.run()
	b.now = b.now.Add(time.Second)
	a, _ := b.p.Next(b.now)
	b.wants("action", a.Kind, Kill)
	b.p.Done(b.now, 0, b.have[0][0], OK, -1, 0)
	b.have[0] = nil
	b.p.Ended(b.now, 0, Unknown)
	b.run()
	b.wants("verdict of the first", b.verdicts[1], OK)
	b.answer(0, OK, 0)
	b.wants("verdict of the second", b.verdicts[2], OK)
}

func TestHalt(t *testing.T) {
	for _, c := range []struct {
		halt       string
		verdicts   []Verdict // of worker 0, one after the other
		stopped    bool
		unfinished uint64
	}{
		{"never", []Verdict{Failed, Failed, Failed}, false, 0},
		{"soon,fail=2", []Verdict{Failed, OK}, false, 0},
		{"soon,fail=2", []Verdict{Failed, OK, Failed}, true, 6},
		{"now,fail=2", []Verdict{Failed, OK, Failed}, true, 7},
		{"now,success=1", []Verdict{Failed, OK}, true, 8},
		{"soon,done=3", []Verdict{Failed, OK, OK}, true, 6},
		{"soon,fail=20%", []Verdict{Failed, OK}, false, 0},
		{"soon,fail=20%", []Verdict{Failed, OK, Failed}, true, 6},
	} {
		halt, err := ParseHalt(c.halt)
		if err != nil {
			t.Fatal(err)
		}
		b := newBench(t, Options{Workers: 2, PerItem: true, Halt: halt})
		b.offer(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
		b.p.Close()
		b.run()
		for _, v := range c.verdicts {
			b.answer(0, v, time.Second)
		}
		b.wants(c.halt+" stopped", b.p.Stopped(), c.stopped)
		b.wants(c.halt+" unfinished", b.p.Counts().Unfinished, c.unfinished)
		if c.stopped && !halt.Now {
			b.answer(1, OK, time.Second)
		}
		if c.stopped {
			b.wants(c.halt+" over", b.p.Over(), true)
		}
	}
	for _, bad := range []string{"now", "soon,fail", "soon,fail=0", "soon,fail=101%", "later,fail=1", "now,fails=1", "now,fail=x"} {
		if h, err := ParseHalt(bad); err == nil {
			t.Errorf("%q was read as %+v", bad, h)
		}
	}
}

func TestDelay(t *testing.T) {
	b := newBench(t, Options{Workers: 4, PerItem: true, Delay: time.Second})
	b.offer(1, 2, 3)
	b.run()
	b.wants("sent", len(b.sent), 1)
	b.wake()
	b.wants("time", b.now, time.Unix(1001, 0))
	b.wants("sent", len(b.sent), 2)
}

// A worker that dies loses the item that it was on, and no other.
func TestDeath(t *testing.T) {
	for _, c := range []struct {
		on   int
		lost int
	}{{Unknown, 2}, {0, 2}, {2, 4}, {Nothing, 0}} {
		b := newBench(t, Options{Chunk: 4})
		b.offer(1, 2, 3, 4)
		b.p.Close()
		b.run()
		b.answer(0, OK, 0)
		b.have[0] = nil
		b.p.Ended(b.now, 0, c.on)
		b.run()
		for len(b.have[0]) > 0 {
			b.answer(0, OK, 0)
		}
		for i := 1; i <= 4; i++ {
			want := OK
			if i == c.lost {
				want = Lost
			}
			b.wants("verdict", b.verdicts[i], want)
		}
		b.wants("starts", b.starts, 2)
		b.wants("over", b.p.Over(), true)
	}
}

func TestWorkersThatEndAtOnce(t *testing.T) {
	b := newBench(t, Options{Workers: 3})
	b.offer(1, 2, 3, 4)
	b.p.Close()
	starts := 0
	for {
		a, ok := b.p.Next(b.now)
		if !ok {
			if b.p.Over() {
				break
			}
			b.now = b.p.Wake()
			continue
		}
		switch a.Kind {
		case Start:
			starts++
			b.p.Ended(b.now, a.Worker, Unknown)
		case Deliver:
			t.Errorf("item %d was delivered", a.Tasks[0].Item)
		}
	}
	b.wants("starts", starts, maxFruitless)
	b.wants("why", b.p.Broken(), "workers end before they have done anything")
	b.wants("unfinished", b.p.Counts().Unfinished, uint64(4))
}

func TestMaxTasks(t *testing.T) {
	b := newBench(t, Options{MaxTasks: 2, Chunk: 3})
	b.offer(1, 2, 3, 4, 5)
	b.p.Close()
	b.run()
	for len(b.have[0]) > 0 {
		b.answer(0, OK, 0)
	}
	if !slices.Equal(b.sent, []int{2, 2, 1}) {
		t.Errorf("chunks of %v", b.sent)
	}
	b.wants("starts", b.starts, 3)
	b.wants("over", b.p.Over(), true)
}

func TestChunksAdapt(t *testing.T) {
	for _, c := range []struct {
		each     time.Duration
		min, max int
	}{{time.Microsecond, 1000, maxChunk}, {100 * time.Microsecond, 25, 100}, {50 * time.Millisecond, 1, 1}} {
		b := newBench(t, Options{Workers: 2})
		next := 0
		for range 30_000 {
			for b.p.Room() > 0 {
				b.offer(next)
				next++
			}
			b.run()
			for w := range b.have {
				if len(b.have[w]) > 0 {
					b.answer(w, OK, c.each)
				}
			}
		}
		if got := b.p.ChunkSize(); got < c.min || got > c.max {
			t.Errorf("items of %v: chunks of %d, want %d to %d", c.each, got, c.min, c.max)
		}
		if c.max == 1 && slices.Max(b.sent) > 1 {
			t.Errorf("a chunk of %d long items was sent", slices.Max(b.sent))
		}
	}
}

// Long items after short ones: the chunks shrink at the first that is seen.
func TestChunksShrink(t *testing.T) {
	c := chunks{}
	for range 20 {
		c.measure(max(1, c.size(2, 0, false)), time.Duration(c.size(2, 0, false))*time.Microsecond)
	}
	c.measure(1, time.Second)
	if got := c.size(2, 0, false); got != 1 {
		t.Errorf("chunks of %d items of a second", got)
	}
}

func TestResize(t *testing.T) {
	b := newBench(t, Options{Workers: 1})
	b.offer(1, 2, 3, 4, 5, 6)
	b.run()
	b.wants("starts", b.starts, 1)
	b.p.Resize(3)
	b.run()
	b.wants("starts", b.starts, 3)
	b.p.Resize(1)
	b.run()
	b.wants("retired while busy", b.retired, 0)
	b.answer(1, OK, time.Second)
	b.answer(2, OK, time.Second)
	b.wants("retired", b.retired, 2)
}

func TestPauseAndSkip(t *testing.T) {
	b := newBench(t, Options{PerItem: true, Retries: 5})
	b.offer(1, 2)
	b.p.Close()
	b.p.Pause(true)
	b.run()
	b.wants("sent while paused", len(b.sent), 0)
	b.p.Pause(false)
	b.run()
	b.wants("skip", b.p.Skip(0), true)
	b.run()
	b.wants("verdict", b.verdicts[1], Skipped)
	b.answer(0, OK, 0)
	b.wants("skip", b.p.Skip(0), false)
	b.wants("over", b.p.Over(), true)
}

func TestAgainAfterTheEnd(t *testing.T) {
	for _, o := range []Options{{PerItem: true}, {}, {Ordered: true}} {
		b := newBench(t, o)
		b.offer(1, 2)
		b.p.Close()
		b.run()
		b.answer(0, OK, 0)
		b.answer(0, Failed, 0)
		b.wants("over", b.p.Over(), true)
		b.wants("again", b.p.Again(2, 1, 1), true)
		b.wants("over with an item", b.p.Over(), false)
		b.wants("failed", b.p.Counts().Failed, uint64(0))
		b.run()
		b.answer(0, OK, 0)
		b.wants("over at last", b.p.Over(), true)
		b.wants("ok", b.p.Counts().OK, uint64(2))
		total, _ := b.p.Total()
		b.wants("total", total, uint64(2))
		b.wants("one more than has failed", b.p.Again(2, 1, 1), false)
	}
	b := newBench(t, Options{PerItem: true, Halt: Halt{Of: HaltFail, N: 1}})
	b.offer(1)
	b.run()
	b.answer(0, Failed, 0)
	b.wants("again after a halt", b.p.Again(1, 1, 1), false)
}

// An item that is tried again by hand has its retries anew, and its tries are
// counted on.
func TestAgainHasRetries(t *testing.T) {
	b := newBench(t, Options{PerItem: true, Retries: 1, Backoff: time.Second})
	b.offer(1)
	b.p.Close()
	b.run()
	b.answer(0, Failed, 0)
	b.wake()
	b.answer(0, Failed, 0)
	b.wants("verdict", b.verdicts[1], Failed)
	b.p.Again(1, 1, 2)
	b.run()
	b.answer(0, Failed, 0)
	b.wants("wait", b.p.Wake().Sub(b.now), time.Second)
	b.wake()
	b.answer(0, OK, 0)
	b.wants("verdict", b.verdicts[1], OK)
	b.wants("retried", b.p.Counts().Retried, uint64(3))
}

// While all stands still no time passes for anything.
func TestShift(t *testing.T) {
	b := newBench(t, Options{PerItem: true, Timeout: Timeout{Fixed: 10 * time.Second}, Retries: 1, Backoff: 5 * time.Second, Workers: 2})
	b.offer(1, 2)
	b.p.Close()
	b.run()
	b.answer(0, Failed, 0) // it backs off
	b.now = b.now.Add(time.Hour)
	b.p.Shift(time.Hour)
	b.run()
	b.wants("kills", len(b.kills), 0)
	b.wants("backoff", b.p.Wake().Sub(b.now), 5*time.Second)
	b.wake()
	b.now = b.now.Add(5 * time.Second)
	b.run()
	b.wants("kills after ten seconds", len(b.kills), 1)
}

// However slow whoever takes the results is, no more than the window is held.
func TestBackPressure(t *testing.T) {
	for _, o := range []Options{{PerItem: true, Window: 10}, {PerItem: true, HeldBytes: 10}, {PerItem: true, Window: 10, Ordered: true}} {
		p := New[int](o)
		now := time.Unix(0, 0)
		offered := 0
		for range 1000 {
			for n := p.Room(); n > 0; n-- {
				p.Offer(0, 1)
				offered++
			}
			for {
				a, ok := p.Next(now)
				if !ok {
					break
				}
				if a.Kind == Send {
					p.Done(now, a.Worker, a.Tasks[0], OK, 0, 1)
				} // and nothing is released
			}
		}
		if offered > 80 {
			t.Errorf("%+v: %d items were taken, and no result has been told", o, offered)
		}
	}
}

func TestSet(t *testing.T) {
	var s Set
	a, b := Key{1}, Key{2}
	s.Add(a)
	s.Add(a)
	got := []bool{s.Take(b), s.Take(a), s.Take(a), s.Take(a)}
	if !slices.Equal(got, []bool{false, true, true, false}) {
		t.Errorf("two of a, none of b: took %v", got)
	}
}

func TestHistogram(t *testing.T) {
	var h Histogram
	for i := 1; i <= 1000; i++ {
		h.Add(time.Duration(i) * time.Millisecond)
	}
	for _, c := range []struct {
		q    float64
		want time.Duration
	}{{0.5, 500 * time.Millisecond}, {0.95, 950 * time.Millisecond}, {0.99, 990 * time.Millisecond}} {
		if got := h.Quantile(c.q); got < c.want*94/100 || got > c.want*106/100 {
			t.Errorf("quantile %v: %v, want about %v", c.q, got, c.want)
		}
	}
	var sum uint64
	for _, bar := range h.Bars() {
		sum += bar.Count
		if bar.To < bar.From {
			t.Errorf("a bar from %v to %v", bar.From, bar.To)
		}
	}
	if sum != 1000 || h.Max() != time.Second {
		t.Errorf("%d in bars, the longest %v", sum, h.Max())
	}
	h.Add(1<<63 - 1)
	if h.Quantile(1) != 1<<63-1 {
		t.Error("the longest of all is lost")
	}
	if last := h.Bars(); last[len(last)-1].To < last[len(last)-1].From {
		t.Error("the last bar ends before it begins")
	}
}

func TestParse(t *testing.T) {
	for s, want := range map[string]Timeout{
		"5": {Fixed: 5 * time.Second}, "0.5": {Fixed: time.Second / 2}, "1m30s": {Fixed: 90 * time.Second}, "300%": {Percent: 300},
	} {
		if got, err := ParseTimeout(s); err != nil || got != want {
			t.Errorf("%q: %+v, %v", s, got, err)
		}
	}
	for _, bad := range []string{"", "x", "-5", "0", "0%", "NaN", "1e300"} {
		if got, err := ParseTimeout(bad); err == nil {
			t.Errorf("%q was read as %+v", bad, got)
		}
	}
}

// A percentage is of all items: while their number is not known it stops nothing.
func TestHaltOfPercentWaitsForTheInput(t *testing.T) {
	b := newBench(t, Options{PerItem: true, Halt: Halt{Of: HaltFail, Percent: 50}})
	b.offer(1, 2, 3)
	b.run()
	b.answer(0, Failed, 0)
	b.answer(0, Failed, 0)
	b.wants("stopped before the input has been read", b.p.Stopped(), false)
	b.p.Close()
	b.wants("stopped", b.p.Stopped(), true)
}

// The last items are shared out among the workers.
func TestLastChunksAreSmall(t *testing.T) {
	c := chunks{}
	c.measure(4096, 4096*time.Microsecond)
	if got := c.size(2, 40, true); got != 10 {
		t.Errorf("a chunk of %d of the last 40 items, for two workers", got)
	}
	if got := c.size(2, 40, false); got < 1000 {
		t.Errorf("a chunk of %d where more items come", got)
	}
}
