package task

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/muster/procs/task/plan"
)

// sentCrew is a crew that keeps how many tasks it was sent at a time.
type sentCrew struct{ tasks [][]*Task }

func (c *sentCrew) start(int)                      {}
func (c *sentCrew) send(_ int, tasks []*Task)      { c.tasks = append(c.tasks, tasks) }
func (c *sentCrew) crew(func(event)) (crew, error) { return c, nil }
func (c *sentCrew) retire(int)                     {}
func (c *sentCrew) kill(int, []*Task, bool)        {}
func (c *sentCrew) pid(int) int                    { return 0 }
func (c *sentCrew) close()                         {}
func (c *sentCrew) perItem() (is, ahead bool)      { return false, false }

// TestShortItemsAreSentTogether: what a worker may have at a time goes to it in
// one message, unless its processes are replaced after so many items.
func TestShortItemsAreSentTogether(t *testing.T) {
	for _, tt := range []struct {
		name     string
		maxTasks int
		want     []int
	}{
		{"short", 0, []int{1, 9}},
		{"replaced after 3", 3, []int{1, 1, 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := &sentCrew{}
			m := New(Config{Work: c, Plan: plan.Options{Workers: 1, Chunk: 1, MaxTasks: tt.maxTasks}})
			m.crew, m.now = c, time.Now()
			for i := range 10 {
				m.plan.Offer(&Item{Seq: uint64(i + 1)}, 1)
			}
			m.act()
			m.plan.Ready(0)
			m.act()
			m.now = m.now.Add(10 * time.Microsecond)
			m.plan.Done(m.now, 0, c.tasks[0][0], plan.OK, time.Microsecond, 1)
			m.act()
			seq := uint64(0)
			for i, tasks := range c.tasks {
				if i >= len(tt.want) || len(tasks) != tt.want[i] {
					t.Fatalf("message %d of %d has %d tasks, want %v", i, len(c.tasks), len(tasks), tt.want)
				}
				for _, task := range tasks {
					if seq++; task.Item.Seq != seq {
						t.Errorf("item %d is sent in the place of %d", task.Item.Seq, seq)
					}
				}
			}
			if len(c.tasks) != len(tt.want) {
				t.Errorf("%d messages, want %v", len(c.tasks), tt.want)
			}
		})
	}
}

// countedSink counts.
type countedSink struct{ told, flushed, closed atomic.Int32 }

func (s *countedSink) Tell([]*Task) error { s.told.Add(1); return nil }
func (s *countedSink) Flush() error       { s.flushed.Add(1); return nil }
func (s *countedSink) Close() error       { s.closed.Add(1); return nil }

func (s *countedSink) counts() [3]int32 {
	return [3]int32{s.told.Load(), s.flushed.Load(), s.closed.Load()}
}

// TestResultsAreFlushedTogether: the first result is flushed at once, those that
// come right after it together, a moment later.
func TestResultsAreFlushedTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &countedSink{}
		m := New(Config{Work: &sentCrew{}, Sink: s})
		tell, told, ended := make(chan telling), make(chan []*Task, 1), make(chan error, 1)
		go func() { ended <- m.sink(tell, told) }()
		give := func() {
			tell <- telling{tasks: []*Task{{Item: &Item{}}}}
			<-told
			synctest.Wait()
		}
		give()
		if got := s.counts(); got != [3]int32{1, 1, 0} {
			t.Errorf("after the first result: %v", got)
		}
		for range 10 {
			give()
		}
		if got := s.counts(); got != [3]int32{11, 1, 0} {
			t.Errorf("after ten more: %v", got)
		}
		time.Sleep(flushEvery)
		synctest.Wait()
		if got := s.counts(); got != [3]int32{11, 2, 0} {
			t.Errorf("a moment later: %v", got)
		}
		give()
		close(tell)
		if err := <-ended; err != nil || s.told.Load() != 12 || s.closed.Load() != 1 {
			t.Errorf("at the end: %v, %v", s.counts(), err)
		}
	})
}
