package report

import "fmt"

// Bounds of what is looked at. A profile that a program has made is far below
// all of them.
const (
	maxInlined = 256     // functions inlined at one place
	maxDepth   = 1 << 11 // frames from the root in trees; what is deeper is one frame
	maxNodes   = 1 << 22 // of a tree
)

// deeper is the frame that stands for all below maxDepth or beyond maxNodes.
var deeper = Frame{Function: "<deeper>"}

// limit notes that something was left out.
func (r *Report) limit(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	for _, known := range r.limits {
		if known == text {
			return
		}
	}
	r.limits = append(r.limits, text)
}
