// Package pattern has regular expressions that cost nothing until they are
// needed: to compile those of all packages takes a twentieth of the time that
// muster takes to start, and a start is what people wait for.
package pattern

import (
	"regexp"
	"sync"
)

// Later returns a function that gives the expression, compiled when it is called
// first. It panics then, as regexp.MustCompile does, if it is none.
func Later(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}
