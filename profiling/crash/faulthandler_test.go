package crash

import (
	"fmt"
	"slices"
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

// TestForkedWorkersDump: a forked worker is in none of the frames below its beginning, and
// what Python puts under an __init__ is nobody's function.
func TestForkedWorkersDump(t *testing.T) {
	const lib = "/usr/lib/python3.13/"
	text := "Fatal Python error: Segmentation fault\n\nCurrent thread 0x00007f01 (most recent call first):\n" +
		"  File \"" + lib + "ctypes/__init__.py\", line 525 in string_at\n  File \"" + lib + "multiprocessing/pool.py\", line 51 in starmapstar\n" +
		"  File \"__init__\", line ??? in __init__\n" +
		"  File \"" + lib + "multiprocessing/process.py\", line 313 in _bootstrap\n  File \"" + lib + "multiprocessing/popen_fork.py\", line 71 in _launch\n" +
		"  File \"__init__\", line ??? in __init__\n  File \"/app/seg.py\", line 4 in <module>\n\n"
	w := Parse(asLines([]byte(text)))
	if len(w) != 1 {
		t.Fatalf("%d words", len(w))
	}
	var got []string
	for _, f := range w[0].Exception.Frames {
		got = append(got, f.Function)
	}
	slices.Sort(got)
	if !slices.Equal(got, []string{"_bootstrap", "starmapstar", "string_at"}) || !strings.HasSuffix(w[0].Exception.Headline(), "at __init__.py:525 in string_at") || w[0].Cut {
		t.Errorf("the frames are %q, cut %t: %s", got, w[0].Cut, w[0].Exception.Headline())
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

// TestTimeoutIsOfTheMainThread, which stands last: of those that are the same
// one is counted less, and of a list that was cut nothing is known.
func TestTimeoutIsOfTheMainThread(t *testing.T) {
	const (
		head   = "Timeout (0:00:01)!\n"
		thread = "Thread 0x00007f01 (most recent call first):\n  File \"/app/x.py\", line 5 in wait\n\n"
		main   = "Thread 0x00007f00 (most recent call first):\n  File \"/app/x.py\", line 9 in slow\n  File \"/app/x.py\", line 20 in <module>\n"
	)
	for _, tt := range []struct {
		name, text, headline string
		others               []int
	}{
		{"alone", head + main, "timeout: 0:00:01, at x.py:9 in slow", nil},
		{"the last of three", head + thread + thread + main, "timeout: 0:00:01, at x.py:9 in slow", []int{2}},
		{"at the same place", head + thread + thread, "timeout: 0:00:01, at x.py:5 in wait", []int{1}},
		{"too many to list", head + strings.Repeat(thread, 100) + "...\n", "timeout: 0:00:01", []int{100}},
	} {
		w := Parse(asLines([]byte(tt.text)))
		if len(w) != 1 || w[0].Exception.Headline() != tt.headline || w[0].Thread != "" {
			t.Errorf("%s: %s", tt.name, told(w))
			continue
		}
		var counts []int
		for _, s := range w[0].Others {
			counts = append(counts, s.Count)
		}
		if !slices.Equal(counts, tt.others) {
			t.Errorf("%s: others are %v, want %v", tt.name, counts, tt.others)
		}
	}
}
