package draw

import (
	"slices"

	"github.com/charmbracelet/x/ansi"
)

// Over lays a box of w cells over lines at a place. What it
// covers of them is gone; what it does not, keeps its colours. Lines of the box
// below the last line are left out.
func Over(lines, box []string, x, y, w int) []string {
	out := slices.Clone(lines)
	for i, l := range box {
		if y+i < 0 || y+i >= len(out) {
			continue
		}
		under := out[y+i]
		left := Pad(cut(under, x, ""), x)
		out[y+i] = left + Pad(l, w) + after(under, x+w)
	}
	return out
}

// after is what stands in a line from cell n on. A blank stands for half of a wide
// character.
func after(line string, n int) string {
	rest := ansi.TruncateLeft(line, n, "")
	if Width(rest) > max(0, Width(line)-n) {
		return " " + ansi.TruncateLeft(line, n+1, "")
	}
	return rest
}
