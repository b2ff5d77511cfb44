package plan_test

import (
	"fmt"
	"time"

	"example.com/muster/procs/task/plan"
)

// Two places work on three items, each of which gets a process of its own. One fails
// once and is tried again; results are told in the order of the items.
func ExamplePlan() {
	now := time.Date(2026, time.November, 22, 12, 0, 0, 0, time.UTC)
	p := plan.New[string](plan.Options{Workers: 2, PerItem: true, Retries: 1, Backoff: time.Second, Ordered: true})
	for _, item := range []string{"a.jpg", "b.jpg", "c.jpg"} {
		p.Offer(item, len(item))
	}
	p.Close()
	failed := false
	for !p.Over() {
		a, ok := p.Next(now)
		if !ok {
			fmt.Println("nothing to do for", p.Wake().Sub(now))
			now = p.Wake()
			continue
		}
		switch a.Kind {
		case plan.Send:
			for _, t := range a.Tasks {
				v := plan.OK
				if t.Item == "a.jpg" && !failed {
					v, failed = plan.Failed, true
				}
				fmt.Println("place", a.Worker, "does", t.Item, v)
				p.Done(now, a.Worker, t, v, 10*time.Millisecond, 100)
			}
		case plan.Deliver:
			for _, t := range a.Tasks {
				fmt.Println("result of", t.Item, t.Verdict)
			}
			p.Release(a.Tasks)
		}
	}
	fmt.Printf("%d ok, %d tried again\n", p.Counts().OK, p.Counts().Retried)
	// Output:
	// place 0 does a.jpg failed
	// place 1 does b.jpg ok
	// place 0 does c.jpg ok
	// nothing to do for 1s
	// place 1 does a.jpg ok
	// result of a.jpg ok
	// result of b.jpg ok
	// result of c.jpg ok
	// 3 ok, 1 tried again
}
