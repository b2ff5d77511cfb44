package lifecycle_test

import (
	"fmt"
	"time"

	"example.com/muster/procs"
	"example.com/muster/procs/lifecycle"
)

// A supervisor tells a slot what has happened, and does what it is told: here a
// program that ends with code 3 and is to be restarted, once.
func ExampleSlot_Next() {
	now := time.Date(2026, time.November, 22, 12, 0, 0, 0, time.UTC)
	spec := procs.Spec{
		Name:    "web",
		Restart: procs.RestartPolicy{When: procs.RestartOnFailure, Max: 1, Backoff: time.Second, BackoffMax: time.Minute},
	}.WithDefaults()
	slot := lifecycle.New(spec, now)

	tell := func(in lifecycle.Input) {
		var actions []lifecycle.Action
		var err error
		slot, actions, err = slot.Next(in, now, 0.5) // 0.5: no jitter
		fmt.Printf("%T: %s", in, slot.State)
		for _, a := range actions {
			fmt.Printf(", do %T", a)
		}
		fmt.Println(reason(slot.Reason) + refused(err))
	}
	died := lifecycle.Exited{Exit: procs.Exit{Code: 3}}
	tell(lifecycle.Start{})
	tell(lifecycle.Started{At: now})
	tell(died)
	tell(lifecycle.Cleared{})
	now = slot.NextTry
	tell(lifecycle.Tick{})
	tell(lifecycle.Started{At: now})
	tell(died)
	tell(lifecycle.Cleared{})
	tell(lifecycle.Stop{})
	// Output:
	// lifecycle.Start: starting, do lifecycle.Spawn
	// lifecycle.Started: running
	// lifecycle.Exited: running, do lifecycle.ClearDescendants
	// lifecycle.Cleared: backing_off (exit 3)
	// lifecycle.Tick: starting, do lifecycle.Spawn
	// lifecycle.Started: running
	// lifecycle.Exited: running, do lifecycle.ClearDescendants
	// lifecycle.Cleared: failed (crash loop: exit 3 after 1 restart)
	// lifecycle.Stop: failed (crash loop: exit 3 after 1 restart), refused: it is not running
}

func reason(s string) string {
	if s == "" {
		return ""
	}
	return " (" + s + ")"
}

func refused(err error) string {
	if err == nil {
		return ""
	}
	return ", refused: " + err.Error()
}

// What is waited for comes first, whatever the order of the file.
func ExampleOrder() {
	order, err := lifecycle.Order([]procs.Spec{
		{Name: "web", DependsOn: []procs.Dependency{{Pool: "db", On: procs.OnReady}}},
		{Name: "db"},
	})
	fmt.Println(order, err)
	// Output: [db web] <nil>
}
