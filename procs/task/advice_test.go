package task

import (
	"strings"
	"testing"
	"time"

	"example.com/muster/procs/task/plan"
)

func TestAdvice(t *testing.T) {
	at := func(change func(*circumstances)) *circumstances {
		c := &circumstances{
			age: 10 * time.Second, work: 100 * time.Microsecond, item: 120 * time.Microsecond, done: 50_000, fixedChunk: 1, observations: 100,
			progress: &Progress{Size: 2},
		}
		change(c)
		return c
	}
	straggles := func(c *circumstances) {
		c.progress = &Progress{
			Size: 2, TotalKnown: true, P50: time.Second, Counts: plan.Counts{OK: 100}, ChunkSize: 1,
			Workers: []WorkerProgress{{}, {Worker: 1, Seq: 7, Item: "big.jpg", Age: 20 * time.Second}},
		}
	}
	for name, c := range map[string]struct {
		c    *circumstances
		want string // "" for none
	}{
		"all is well":          {at(func(*circumstances) {}), ""},
		"tiny items":           {at(func(c *circumstances) { c.work, c.item = 2*time.Microsecond, 20*time.Microsecond }), "tiny_items: an item takes 2µs of work and 20µs in all: handing items over is 90% of the time; --chunksize auto, or more than 1"},
		"tiny, but measured":   {at(func(c *circumstances) { c.work, c.item, c.fixedChunk = 2*time.Microsecond, 20*time.Microsecond, 0 }), ""},
		"tiny, but few":        {at(func(c *circumstances) { c.work, c.item, c.done = 2*time.Microsecond, 20*time.Microsecond, 100 }), ""},
		"tiny, but just begun": {at(func(c *circumstances) { c.work, c.item, c.age = 2*time.Microsecond, 20*time.Microsecond, time.Second }), ""},
		"waits for input":      {at(func(c *circumstances) { c.idle = 0.8 }), "waits_for_input: workers waited for items 80% of the time: the input is the bottleneck; fewer of them (-j) do as well"},
		"waits now and then":   {at(func(c *circumstances) { c.idle = 0.2 }), ""},
		"results wait":         {at(func(c *circumstances) { c.behind = 0.7 }), "results: results waited to be written 70% of the time: "},
		"one straggles":        {at(straggles), "straggler: only item 7 (big.jpg) still runs, for 20s where half of them took 1s: it decides the end; --timeout 300% ends such items"},
		"nobody answers":       {at(func(c *circumstances) { c.silent = true }), "no_answers: no worker has answered anything in 10s: "},
		"nobody answers yet":   {at(func(c *circumstances) { c.silent, c.age = true, 3*time.Second }), ""},
		"workers stay": {at(func(c *circumstances) {
			c.staying, c.progress.Workers = 3*time.Second, []WorkerProgress{{PID: 7}, {}, {PID: 9}}
		}), "workers_stay: all items are done, and workers have not ended, as where a thread goes on: pid 7, 9; muster stacks PID tells where they are, Ctrl-C ends them"},
		"workers are about to end": {at(func(c *circumstances) { c.staying, c.progress.Workers = time.Second, []WorkerProgress{{PID: 7}} }), ""},
		"nobody stays":             {at(func(c *circumstances) { c.staying = 3 * time.Second }), ""},
		"two straggle": {at(func(c *circumstances) {
			straggles(c)
			c.progress.Workers[0] = WorkerProgress{Seq: 6, Age: 20 * time.Second}
		}), ""},
		"the last is no slower":  {at(func(c *circumstances) { straggles(c); c.progress.P50 = 10 * time.Second }), ""},
		"one works, others wait": {at(func(c *circumstances) { straggles(c); c.progress.TotalKnown = false }), ""},
	} {
		got := advise(c.c)
		switch {
		case c.want == "" && len(got) > 0:
			t.Errorf("%s: %+v", name, got)
		case c.want != "" && (len(got) != 1 || !strings.HasPrefix(got[0].Rule+": "+got[0].Text, c.want)):
			t.Errorf("%s: %+v, want %s", name, got, c.want)
		}
	}
}
