package report

import (
	"fmt"
	"slices"
)

// Bounds of what is looked at. A profile that a program has made is far below
// all of them.
const (
	maxName    = 4096    // bytes of a function's or a file's name
	maxInlined = 256     // functions inlined at one place
	maxDepth   = 1 << 11 // frames from the root in trees; what is deeper is one frame
	maxNodes   = 1 << 22 // of a tree
	maxTrees   = 1 << 10 // of one profile by process; further processes share one
)

// deeper is the frame that stands for all below maxDepth or beyond maxNodes.
var deeper = Frame{Function: "<deeper>"}

// inlinedLimit is said of places with more than maxInlined.
var inlinedLimit = fmt.Sprintf("functions beyond %d that were inlined at one place", maxInlined)

// limit notes that something was left out.
func (r *Report) limit(text string) {
	if !slices.Contains(r.limits, text) {
		r.limits = append(r.limits, text)
	}
}
