// Package pages gives pages of memory back that hold nothing but the program's file:
// most of what a start touches is the code by which packages set themselves up, which
// is never needed again. It imports what is set up first, for the guard's sake.
package pages

import "time"

// After is when a process has done what its start takes, and the pages can go.
const After = 2 * time.Second
