package agent_test

import (
	"fmt"

	_ "example.com/muster/profiling/agent" // all that a program needs
)

// The import alone lets muster profile the program, show what its goroutines
// wait for, and keep its panic. Where muster has not started it, nothing happens.
func Example() {
	fmt.Println("the program is what it was")
	// Output: the program is what it was
}
