package profile

import (
	"fmt"
	"testing"

	"example.com/muster/profiling/report"
)

// calls makes a tree of modules that call each other, each with its children.
func calls(module string, children ...*report.Node) *report.Node {
	return &report.Node{Frame: report.Frame{Function: module + ".f"}, Children: children}
}

func TestColours(t *testing.T) {
	one := calls("", calls("main", calls("load", calls("zip")), calls("save", calls("zip"))))
	other := calls("", calls("main", calls("runtime"), calls("save", calls("gc"), calls("zip")), calls("load", calls("zip"))))
	for n := range 13 {
		a, b := colours(one, n), colours(other, n)
		for _, name := range []string{"main", "load", "save"} { // zip is called by another one first
			if a[name] != b[name] {
				t.Errorf("of %d colours %s has %d, in another profile %d", n, name, a[name], b[name])
			}
		}
	}
}

// TestColoursDiffer: who calls another has another colour.
func TestColoursDiffer(t *testing.T) {
	for n := 2; n < 13; n++ {
		root := calls("")
		for i, at := 0, root; i < 50; i++ {
			next := calls(fmt.Sprint("m", i))
			at.Children, at = []*report.Node{next}, next
		}
		c := colours(root, n)
		for i := range 49 {
			a, b := c[fmt.Sprint("m", i)], c[fmt.Sprint("m", i+1)]
			if a == b || a >= n || b >= n || b < 0 {
				t.Errorf("of %d colours m%d has %d, which m%d calls, %d", n, i+1, b, i, a)
			}
		}
	}
}
