package crash

import (
	"fmt"
	"strings"
	"testing"
)

func TestFaulthandlerIsSilent(t *testing.T) {
	for name, text := range map[string]string{
		"a word on threads":        "Thread 0x7f01 started\nCurrent thread is main\nTimeout (5s) reached\n",
		"a header without a stack": "Thread 0x00007f01 (most recent call first):\nnothing here\n",
		"a question of fatality":   "the log says: Fatal Python error: Aborted\n",
		"a traceback's frames":     "Stack (most recent call first):\n  File \"x.py\", line 3, in f\n",
	} {
		if got := Parse(asLines([]byte(text))); len(got) > 0 {
			t.Errorf("%s: %s", name, told(got))
		}
	}
}

// TestThousandsOfThreads are few stacks.
func TestThousandsOfThreads(t *testing.T) {
	var b strings.Builder
	b.WriteString("Fatal Python error: Aborted\n\n")
	for i := range 20_000 {
		fmt.Fprintf(&b, "Thread 0x%016x (most recent call first):\n  File \"/app/x.py\", line %d in f\n\n", i, i%1000)
	}
	w := Parse(asLines([]byte(b.String())))
	if len(w) != 1 || len(w[0].Others) != maxOthers || w[0].Others[0].Count != 20 {
		t.Errorf("%d words, %d stacks", len(w), len(w[0].Others))
	}
}
