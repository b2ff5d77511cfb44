package crashes

import (
	"testing"

	"example.com/muster/procs"
	"example.com/muster/profiling/crash"
)

// TestWhoseLastLines: the card says whose its last lines are, and why they are not of the process alone.
func TestWhoseLastLines(t *testing.T) {
	two := []procs.Line{{Text: []byte("a")}, {Text: []byte("b")}}
	for want, r := range map[string]crash.Report{
		"last 2 lines of its output": {Tail: two},
		"last 2 lines of the whole slot: this mode of output does not tell who wrote them": {Tail: two, More: crash.More{Shared: true}},
		"last 2 lines of the whole slot: it has printed none itself":                       {Tail: two, More: crash.More{Shared: true, TailWhy: crash.TailOfOthers}},
	} {
		if got := tailNote(&r); got != want {
			t.Errorf("%q instead of %q", got, want)
		}
	}
}

// TestHowManySiblings: those that were counted to the end are told from more than that.
func TestHowManySiblings(t *testing.T) {
	for n, want := range map[int]string{1: "1 other", 999: "999 others", crash.MaxSiblingCount: "at least 1,000 others"} {
		if got := others(n); got != want {
			t.Errorf("%q instead of %q", got, want)
		}
	}
}

// TestWhoOf: the slot of a process stays in sight, and so does what tells it from others there.
func TestWhoOf(t *testing.T) {
	for _, tt := range []struct {
		pool, label string
		w           int
		want        string
	}{
		{"train", "", 16, "train/0"},
		{"train", "ForkPoolWorker-1", 24, "train/0/ForkPoolWorker-1"},
		{"train", "ForkPoolWorker-100", 19, "train/0 …Worker-100"},
		{"train", "ForkPoolWorker-100", 16, "train/0 …ker-100"},
		{"train", "ForkPoolWorker-100", 13, "train/0 …-100"},
		{"train", "ForkPoolWorker-100", 11, "train/0 …00"},
		{"preprocess-images", "ForkPoolWorker-100", 16, "pre…ages/0 …-100"},
		{"grandchild", "importer", 16, "grandchild/0 …er"},
		{"preprocess-images", "p7", 16, "prep…images/0 p7"},
		{"preprocess-images", "", 16, "prepr…s-images/0"},
		{"train", "ForkPoolWorker-100", 6, "…/0 …0"},
	} {
		id := procs.ID{Pool: tt.pool}
		r := crash.Report{Run: procs.Run{ID: id}, More: crash.More{Name: id.String()}}
		if tt.label != "" {
			r.Name += "/" + tt.label
		}
		if got := whoOf(&r, tt.w); got != tt.want {
			t.Errorf("%s in %d cells is %q, want %q", r.Name, tt.w, got, tt.want)
		}
	}
}
